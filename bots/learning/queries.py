"""Reading what was taught and what was missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from bots.learning.models import ChatSeed, MissedMessage, RecogniserVersion
from bots.learning.states import Handling, Outcome
from bots.understanding.masking import masked
from bots.understanding.seed import Seed, key_of
from oms_service.conversations import queries as conversations
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language

Reader = Session | Connection

#: As many of the newest are looked at to show what was missed.
MOST_MISSED: Final = 300
_GREATEST_ID: Final = 2**63 - 1


@dataclass(frozen=True)
class SeedView:
    id: int
    language: Language
    text: str
    label: str
    is_active: bool
    version: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class MissedView:
    """The same words, however often they came; ``text`` is masked."""

    ids: tuple[int, ...]
    language: Language
    text: str
    outcome: Outcome
    chosen: str | None
    """What most who were asked chose."""
    last_at: datetime

    @property
    def count(self) -> int:
        return len(self.ids)


_COLUMNS: Final = (
    ChatSeed.id,
    ChatSeed.language,
    ChatSeed.text,
    ChatSeed.label,
    ChatSeed.is_active,
    ChatSeed.version,
    ChatSeed.changed_by,
    ChatSeed.changed_at,
)


def seeds(
    reader: Reader,
    *,
    label: str | None = None,
    language: Language | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[SeedView]:
    """What the shop taught, in the order of writing."""
    wanted = select(*_COLUMNS).where(ChatSeed.id > after).order_by(ChatSeed.id).limit(limit)
    if label is not None:
        wanted = wanted.where(ChatSeed.label == label)
    if language is not None:
        wanted = wanted.where(ChatSeed.language == language)
    return [SeedView(*row) for row in reader.execute(wanted)]


def seed(reader: Reader, seed_id: int) -> SeedView:
    """One of them.

    Raises:
        NotFound: there is none.
    """
    if seed_id > _GREATEST_ID:
        raise NotFound("no such utterance")
    row = reader.execute(select(*_COLUMNS).where(ChatSeed.id == seed_id)).one_or_none()
    if row is None:
        raise NotFound("no such utterance")
    return SeedView(*row)


def stamp(reader: Reader) -> tuple[Any, ...]:
    """Changes whenever what was taught changes; last the digest of the shop's weights in use."""
    wanted = select(
        func.count(),
        func.max(ChatSeed.changed_at),
        func.sum(ChatSeed.version),
        func.sum(func.hashtext(ChatSeed.key + ChatSeed.label)),
        select(RecogniserVersion.digest).where(RecogniserVersion.is_active).scalar_subquery(),
    )
    return tuple(reader.execute(wanted).one())


def taught(reader: Reader) -> tuple[Seed, ...]:
    """What is in use, as seeds."""
    rows = reader.execute(
        select(ChatSeed.text, ChatSeed.language, ChatSeed.label)
        .where(ChatSeed.is_active)
        .order_by(ChatSeed.id)
    )
    return tuple(Seed(row.text, row.language, row.label) for row in rows)


def missed(reader: Reader) -> list[MissedView]:
    """What nobody has looked at yet, the most frequent first; what was erased is left out."""
    rows = reader.execute(
        select(
            MissedMessage.id,
            MissedMessage.message_id,
            MissedMessage.language,
            MissedMessage.outcome,
            MissedMessage.chosen,
            MissedMessage.at,
        )
        .where(MissedMessage.handling == Handling.OPEN)
        .order_by(MissedMessage.id.desc())
        .limit(MOST_MISSED)
    ).all()
    words = conversations.texts_of(reader, [row.message_id for row in rows])
    groups: dict[tuple[Language, str], list[Any]] = {}
    for row in rows:
        text = masked(words.get(row.message_id, ""))
        if key_of(text):
            groups.setdefault((row.language, key_of(text)), []).append((row, text))
    found = [_group(members) for members in groups.values()]
    return sorted(found, key=lambda one: (-one.count, -one.ids[0]))


def _group(members: Sequence[tuple[Any, str]]) -> MissedView:
    rows = [row for row, _ in members]
    chosen = [row.chosen for row in rows if row.chosen]
    return MissedView(
        ids=tuple(row.id for row in rows),
        language=rows[0].language,
        text=members[0][1],
        outcome=rows[0].outcome,
        chosen=max(sorted(set(chosen)), key=chosen.count) if chosen else None,
        last_at=rows[0].at,
    )
