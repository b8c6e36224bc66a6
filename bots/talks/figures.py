"""How many talks the chat settled itself, and what became of the others: counted, nothing kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)

from bots.talks import queries
from bots.talks.asking import Wanted
from bots.talks.models import Talk, TalkWish
from bots.talks.queries import Reader
from bots.talks.states import TalkOutcome, Why
from cases import queries as cases
from cases.after import counted
from oms_service.conversations import talks


class By(StrEnum):
    """What figures are split by."""

    DAY = "day"
    WEEK = "week"
    CHANNEL = "channel"
    LANGUAGE = "language"
    INTENT = "intent"


TIMES: Final = frozenset({By.DAY, By.WEEK})


@dataclass(frozen=True)
class Line:
    """The figures of one day, channel and so on; of everything where ``key`` is empty.

    ``talks`` are those counted; split by intent, a talk counts once for each thing wished in it,
    and ``contained`` means that this wish got its answer without a person. ``why`` has the reasons
    of those that went to a person. ``missed`` and ``clarified`` count messages, ``shown``,
    ``confirmed`` and ``dropped`` proposals, ``scores`` satisfied answers of all and their sum.
    """

    key: str
    talks: int = 0
    contained: int = 0
    handed_over: int = 0
    given_up: int = 0
    open: int = 0
    turns: int = 0
    missed: int = 0
    clarified: int = 0
    shown: int = 0
    confirmed: int = 0
    dropped: int = 0
    why: Mapping[Why, int] = field(default_factory=dict)
    scored: int = 0
    satisfied: int = 0

    @property
    def over(self) -> int:
        """Talks that have ended, of which shares are taken."""
        return self.talks - self.open

    @property
    def containment(self) -> float | None:
        """The share of ended talks that the chat settled itself; None without any."""
        return self.contained / self.over if self.over else None

    def as_json(self) -> dict[str, Any]:
        names = (
            "talks", "contained", "handed_over", "given_up", "open", "turns", "missed",
            "clarified", "shown", "confirmed", "dropped", "scored", "satisfied",
        )  # fmt: skip
        share = self.containment
        return {
            **{name: getattr(self, name) for name in names},
            "containment": None if share is None else round(share, 4),
            "why": {str(why): self.why.get(why, 0) for why in Why},
        }


def report(
    reader: Reader, wanted: Wanted, *, now: datetime, by: By | None = None
) -> tuple[Line, ...]:
    """Figures of the days: together, or split; three queries, whatever is asked.

    Returns:
        Days and weeks in order, else what was most first. Without a split always one line.
    """
    chosen = _chosen(wanted, now)
    key = _key(by, wanted)
    outcome = _outcome(now, by)
    whys = [
        func.count().filter(and_(outcome == str(TalkOutcome.HANDED_OVER), Talk.why == why))
        for why in Why
    ]
    # Split by intent a talk has a row for each wish; else one.
    ended: Select[*tuple[Any, ...]] = select(
        key.label("key"),
        func.count(),
        *(func.count().filter(outcome == str(one)) for one in _ENDS),
        *whys,
    ).where(Talk.id.in_(chosen))
    if by is By.INTENT:
        ended = ended.join(TalkWish, TalkWish.talk_id == Talk.id)
    sums = (
        select(key.label("key"), *(func.coalesce(func.sum(one), 0) for one in _SUMS))
        .select_from(Talk)
        .join(TalkWish, TalkWish.talk_id == Talk.id)
        .where(Talk.id.in_(chosen))
    )
    if wanted.wish and by is By.INTENT:
        ended = ended.where(TalkWish.wish == wanted.wish)
        sums = sums.where(TalkWish.wish == wanted.wish)
    lines: dict[str, dict[str, Any]] = {} if by else {"": {}}
    for name, *figures in reader.execute(_grouped(ended, by)):
        ends, reasons = figures[: 1 + len(_ENDS)], figures[1 + len(_ENDS) :]
        told = dict(zip(("talks", *map(str, _ENDS)), ends, strict=True))
        why = {one: count for one, count in zip(Why, reasons, strict=True) if count}
        lines.setdefault(name, {}).update(told, why=why)
    for name, *figures in reader.execute(_grouped(sums, by)):
        told = {one.key: int(count) for one, count in zip(_SUMS, figures, strict=True)}
        lines.setdefault(name, {}).update(told)
    for name, (count, good, _total) in _scores(reader, wanted, chosen, by, now).items():
        if name in lines:
            lines[name].update(scored=count, satisfied=good)
    found = [Line(name, **told) for name, told in lines.items()]
    if by in TIMES:
        return tuple(sorted(found, key=lambda one: one.key))
    return tuple(sorted(found, key=lambda one: (-one.talks, one.key)))


# Inside

_ENDS: Final = (
    TalkOutcome.CONTAINED,
    TalkOutcome.HANDED_OVER,
    TalkOutcome.GIVEN_UP,
    TalkOutcome.OPEN,
)
_SUMS: Final = (
    TalkWish.turns,
    TalkWish.missed,
    TalkWish.clarified,
    TalkWish.shown,
    TalkWish.confirmed,
    TalkWish.dropped,
)


def _chosen(wanted: Wanted, now: datetime) -> Select[int]:
    query = select(Talk.id).where(*queries.which(wanted, now))
    if wanted.is_known is not None:
        thread = talks.threads()
        known = thread.c.customer_id.is_not(None)
        query = query.join(thread, thread.c.id == Talk.conversation_id)
        query = query.where(known if wanted.is_known else ~known)
    return query


def _outcome(now: datetime, by: By | None) -> ColumnElement[str]:
    """How a talk ended; by intent, how the wish did."""
    if by is not By.INTENT:
        return queries.outcome(now)
    return case(
        (TalkWish.is_handed_over, str(TalkOutcome.HANDED_OVER)),
        (TalkWish.is_answered, str(TalkOutcome.CONTAINED)),
        (Talk.why.is_not(None), str(TalkOutcome.HANDED_OVER)),
        (Talk.last_at > now - queries.OVER_AFTER, str(TalkOutcome.OPEN)),
        else_=str(TalkOutcome.GIVEN_UP),
    )


def _key(by: By | None, wanted: Wanted) -> ColumnElement[str]:
    local = func.timezone(wanted.period.zone.key, Talk.began_at)
    match by:
        case None:
            return literal("")
        case By.DAY:
            return func.to_char(local, "YYYY-MM-DD")
        case By.WEEK:
            return func.to_char(func.date_trunc("week", local), "YYYY-MM-DD")
        case By.CHANNEL:
            return Talk.channel.expression
        case By.LANGUAGE:
            return cast(Talk.language, String)
        case By.INTENT:
            return TalkWish.wish.expression


def _grouped(query: Select[*tuple[Any, ...]], by: By | None) -> Select[*tuple[Any, ...]]:
    return query.group_by(literal_column("1")) if by else query


def _scores(
    reader: Reader, wanted: Wanted, chosen: Select[int], by: By | None, now: datetime
) -> Mapping[str, tuple[int, int, int]]:
    """What customers thought of the cases that came out of these talks."""
    of_case = cases.of_conversations()
    came = and_(
        of_case.c.conversation_id == Talk.conversation_id,
        of_case.c.at >= Talk.began_at,
        of_case.c.at <= Talk.last_at,
    )
    rows = (
        select(of_case.c.case_id, _key(by, wanted).label("key"))
        .select_from(Talk)
        .join(of_case, came)
        .where(Talk.id.in_(chosen))
    )
    if by is By.INTENT:
        rows = rows.join(
            TalkWish, and_(TalkWish.talk_id == Talk.id, TalkWish.is_handed_over.is_(True))
        )
    until = now + timedelta(seconds=1)
    return counted.scores(reader, since=wanted.period.start, until=until, of=rows.subquery())
