"""Teaching the chat: utterances of the shop, and what becomes of messages that were missed."""

import re
from collections.abc import Collection, Sequence
from typing import ClassVar, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from bots.learning import queries
from bots.learning.models import ChatSeed, MissedMessage
from bots.learning.queries import SeedView
from bots.learning.states import Handling, Outcome
from bots.understanding.masking import masked
from bots.understanding.seed import LABELS, LONGEST, key_of, read
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.languages import Language

#: Every message is compared with each of them.
MOST_SEEDS: Final = 3_000
MOST_LINES: Final = 2_000
#: PostgreSQL keeps no NUL, and UTF-8 no half of a character, which a file's escapes may spell.
_UNSTORABLE: Final = re.compile(r"[\x00\ud800-\udfff]")


class SeedTaken(DomainError):
    """The same words were taught before."""

    code: ClassVar[str] = "utterance-taken"
    http_status: ClassVar[int] = 409


class NothingMissed(DomainError):
    """Somebody has looked at these messages before."""

    code: ClassVar[str] = "nothing-missed"
    http_status: ClassVar[int] = 409


def add(uow: UnitOfWork, *, text: str, language: Language, label: str) -> SeedView:
    """Teach what is meant by ``text``, from the next message on.

    Raises:
        Invalid: naming what is wrong.
        SeedTaken: the same words were taught before.
    """
    text, key = _checked(text, label)
    _assert_room(uow, 1)
    values = _row(uow, text, key, label)
    made = uow.session.scalar(
        insert(ChatSeed)
        .values(language=language, **values)
        .on_conflict_do_nothing(index_elements=["language", "key"])
        .returning(ChatSeed.id)
    )
    if made is None:
        raise SeedTaken("the same words were taught before")
    return queries.seed(uow.session, made)


def change(
    uow: UnitOfWork, seed_id: int, *, text: str, label: str, is_active: bool, version: int
) -> SeedView:
    """Teach it otherwise, or no longer.

    Raises:
        NotFound: there is none.
        Invalid: naming what is wrong.
        Stale: somebody changed it meanwhile.
        SeedTaken: another one has the same words.
    """
    text, key = _checked(text, label)
    now = uow.session.get(ChatSeed, seed_id, with_for_update=True, populate_existing=True)
    if now is None:
        return queries.seed(uow.session, seed_id)  # which says that there is none
    if now.version != version:
        raise Stale("somebody changed this meanwhile")
    twin = select(ChatSeed.id).where(
        ChatSeed.language == now.language, ChatSeed.key == key, ChatSeed.id != seed_id
    )
    if uow.session.scalar(twin) is not None:
        raise SeedTaken("the same words were taught before")
    if (now.text, now.label, now.is_active) != (text, label, is_active):
        now.text, now.key, now.label, now.is_active = text, key, label, is_active
        now.version, now.changed_by, now.changed_at = version + 1, uow.actor.ref, uow.now
        uow.session.flush()
    return queries.seed(uow.session, seed_id)


def take_in(uow: UnitOfWork, lines: Sequence[str]) -> int:
    """Teach all ``lines`` of a file or none; what was taught before takes the file's meaning.

    Returns:
        How many utterances the lines have.

    Raises:
        Invalid: what is wrong, under the number of its line.
    """
    if len(lines) > MOST_LINES:
        raise Invalid("too many lines", {"file": f"must have at most {MOST_LINES} lines"})
    rows: dict[tuple[Language, str], dict[str, object]] = {}
    wrong: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        try:
            for seed in read([line]):
                text, key = _checked(seed.text, seed.label)
                row = _row(uow, text, key, seed.label)
                rows[seed.language, key] = {"language": seed.language, **row}
        except Invalid as error:
            wrong[str(number)] = "; ".join(error.fields.values())
    if wrong:
        raise Invalid("some lines are no utterances", wrong)
    if not rows:
        raise Invalid("no utterance", {"file": "has no utterance"})
    _assert_room(uow, len(rows))
    statement = insert(ChatSeed).values([rows[key] for key in sorted(rows)])
    new = statement.excluded
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["language", "key"],
            set_={
                "label": new.label,
                "text": new.text,
                "is_active": True,
                "version": ChatSeed.version + 1,
                "changed_by": new.changed_by,
                "changed_at": new.changed_at,
            },
        )
    )
    return len(rows)


def note(
    uow: UnitOfWork,
    *,
    message_id: int,
    conversation_id: int,
    language: Language,
    outcome: Outcome,
) -> None:
    """Keep that a message was not understood; the same message counts once."""
    uow.session.execute(
        insert(MissedMessage)
        .values(
            message_id=message_id,
            conversation_id=conversation_id,
            language=language,
            outcome=outcome,
            handling=Handling.OPEN,
            at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["message_id"])
    )


def chose(uow: UnitOfWork, *, conversation_id: int, label: str) -> None:
    """What the customer meant by the words that were unclear last."""
    last = (
        select(func.max(MissedMessage.id))
        .where(
            MissedMessage.conversation_id == conversation_id,
            MissedMessage.outcome == Outcome.UNCLEAR,
        )
        .scalar_subquery()
    )
    uow.session.execute(
        update(MissedMessage)
        .where(MissedMessage.id == last, MissedMessage.chosen.is_(None))
        .values(chosen=label)
    )


def teach(
    uow: UnitOfWork, ids: Collection[int], *, text: str, language: Language, label: str
) -> SeedView:
    """Make a seed of messages that were missed.

    Raises:
        Invalid: naming what is wrong.
        NothingMissed: somebody has looked at all of them before.
        SeedTaken: the same words were taught before.
    """
    _decide(uow, ids, Handling.TAUGHT)
    return add(uow, text=text, language=language, label=label)


def dismiss(uow: UnitOfWork, ids: Collection[int]) -> None:
    """There is nothing to learn from these messages.

    Raises:
        NothingMissed: somebody has looked at all of them before.
    """
    _decide(uow, ids, Handling.DISMISSED)


def _decide(uow: UnitOfWork, ids: Collection[int], handling: Handling) -> None:
    done = uow.session.scalars(
        select(MissedMessage.id)
        .where(MissedMessage.id.in_(ids), MissedMessage.handling == Handling.OPEN)
        .order_by(MissedMessage.id)
        .with_for_update()
    ).all()
    if not done:
        raise NothingMissed("somebody has looked at this before")
    uow.session.execute(
        update(MissedMessage)
        .where(MissedMessage.id.in_(done))
        .values(handling=handling, decided_by=uow.actor.ref, decided_at=uow.now)
    )


def _checked(text: str, label: str) -> tuple[str, str]:
    wrong: dict[str, str] = {}
    plain = masked(text) if not _UNSTORABLE.search(text) else ""
    key = key_of(plain)
    if not key or len(plain) > LONGEST or len(key) > LONGEST:
        wrong["text"] = f"must have 1 to {LONGEST} characters"
    if label not in LABELS:
        wrong["label"] = "is unknown"
    if wrong:
        raise Invalid("this cannot be taught", wrong)
    return plain, key


def _assert_room(uow: UnitOfWork, more: int) -> None:
    there = uow.session.scalar(select(func.count()).select_from(ChatSeed)) or 0
    if there + more > MOST_SEEDS:
        raise Invalid("too many utterances", {"text": f"there can be {MOST_SEEDS} at most"})


def _row(uow: UnitOfWork, text: str, key: str, label: str) -> dict[str, object]:
    return {
        "key": key,
        "text": text,
        "label": label,
        "is_active": True,
        "version": 1,
        "changed_by": uow.actor.ref,
        "changed_at": uow.now,
    }
