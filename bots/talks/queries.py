"""Reading talks: lists, one of them, and the turns in it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, select
from sqlalchemy.orm import Session

from bots.talks.asking import Wanted
from bots.talks.models import Talk, TalkTurn, TalkWish
from bots.talks.states import NO_WISH, TalkOutcome
from bots.talks.views import TalkView, TurnView
from oms_service.conversations import talks
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session

#: A talk in which nothing was said for so long is over.
OVER_AFTER: Final = timedelta(hours=1)
#: Words are looked for in so many of the newest talks of the days at most.
MOST_SEARCHED: Final = 20_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def outcome(now: datetime) -> ColumnElement[str]:
    """How a talk ended, as SQL: the one place that says it."""
    return case(
        (Talk.why.is_not(None), str(TalkOutcome.HANDED_OVER)),
        (Talk.last_at > now - OVER_AFTER, str(TalkOutcome.OPEN)),
        (and_(Talk.is_answered, ~Talk.is_open), str(TalkOutcome.CONTAINED)),
        else_=str(TalkOutcome.GIVEN_UP),
    )


def which(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    """What talks must be to be of those wanted, but for whose they are and what was said."""
    found = [Talk.began_at >= wanted.period.start, Talk.began_at < wanted.period.end]
    if wanted.channel:
        found.append(Talk.channel == wanted.channel)
    if wanted.language is not None:
        found.append(Talk.language == wanted.language)
    if wanted.wish:
        found.append(exists().where(TalkWish.talk_id == Talk.id, TalkWish.wish == wanted.wish))
    if wanted.outcome is not None:
        found.append(outcome(now) == str(wanted.outcome))
    return found


def several(
    reader: Reader, wanted: Wanted, *, now: datetime, cursor: str = "", limit: int = 50
) -> Page[TalkView]:
    """One page of talks, the newest first; two queries.

    Raises:
        Invalid: a cursor of another list.
    """
    thread = talks.threads()
    query = _talks(thread, now).where(*which(wanted, now))
    if wanted.is_known is not None:
        known = thread.c.customer_id.is_not(None)
        query = query.where(known if wanted.is_known else ~known)
    if wanted.words:
        newest = (
            select(Talk.id)
            .where(*which(wanted, now))
            .order_by(Talk.began_at.desc(), Talk.id.desc())
            .limit(MOST_SEARCHED)
        )
        said = talks.customer_said(
            wanted.words,
            conversation_id=Talk.conversation_id.expression,
            since_seq=Talk.first_seq.expression,
            until=Talk.last_at.expression,
        )
        query = query.where(Talk.id.in_(newest), said)
    if cursor:
        at, talk_id = pages.read(cursor, int, int)
        before = _moment(int(at))
        query = query.where(
            (Talk.began_at < before) | ((Talk.began_at == before) & (Talk.id < int(talk_id)))
        )
    rows = reader.execute(
        query.order_by(Talk.began_at.desc(), Talk.id.desc()).limit(limit + 1)
    ).all()
    wishes = wishes_of(reader, [row.id for row in rows])
    return pages.cut(
        rows,
        limit,
        shown=lambda row: _view(row, wishes),
        key=lambda row: [_number(row.began_at), int(row.id)],
    )


def one(reader: Reader, talk_id: int, *, now: datetime) -> TalkView:
    """One talk.

    Raises:
        NotFound: there is none.
    """
    thread = talks.threads()
    row = reader.execute(_talks(thread, now).where(Talk.id == talk_id)).one_or_none()
    if row is None:
        raise NotFound("no such talk")
    return _view(row, wishes_of(reader, [talk_id]))


def until_seq(reader: Reader, talk: TalkView) -> int | None:
    """The place where the next talk of the same conversation begins; None where there is none."""
    return reader.execute(
        select(func.min(Talk.first_seq)).where(
            Talk.conversation_id == talk.conversation_id, Talk.first_seq > talk.first_seq
        )
    ).scalar()


def beside(reader: Reader, talk: TalkView) -> tuple[int | None, int | None]:
    """The talks of the same conversation just before and just after one."""
    of = Talk.conversation_id == talk.conversation_id
    row = reader.execute(
        select(
            func.max(Talk.id).filter(Talk.id < talk.id).label("before"),
            func.min(Talk.id).filter(Talk.id > talk.id).label("after"),
        ).where(of)
    ).one()
    return row.before, row.after


def turns(reader: Reader, talk_id: int) -> dict[int, TurnView]:
    """What became of each message of a talk, by message."""
    rows = reader.execute(
        select(
            TalkTurn.message_id,
            TalkTurn.wish,
            TalkTurn.intent,
            TalkTurn.likely,
            TalkTurn.act,
            TalkTurn.ranked,
            TalkTurn.slots,
            TalkTurn.calls,
            TalkTurn.says,
            TalkTurn.marks,
            TalkTurn.outcome,
            TalkTurn.why,
        )
        .where(TalkTurn.talk_id == talk_id)
        .order_by(TalkTurn.message_id)
    )
    return {row.message_id: _turn(row) for row in rows}


def wishes_of(reader: Reader, talk_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """What was wished in some talks, the one most spoken of first; one query."""
    rows = reader.execute(
        select(TalkWish.talk_id, TalkWish.wish)
        .where(TalkWish.talk_id.in_(talk_ids), TalkWish.wish != NO_WISH)
        .order_by(TalkWish.talk_id, TalkWish.turns.desc(), TalkWish.wish)
    )
    found: dict[int, tuple[str, ...]] = {}
    for talk_id, wish in rows:
        found[talk_id] = (*found.get(talk_id, ()), wish)
    return found


def has_any(reader: Reader) -> bool:
    """Whether there is a talk at all."""
    return reader.execute(select(Talk.id).limit(1)).first() is not None


# Inside


def _talks(thread: Any, now: datetime) -> Select[*tuple[Any, ...]]:
    return select(
        Talk.id,
        Talk.conversation_id,
        thread.c.customer_id,
        thread.c.is_emptied,
        Talk.channel,
        Talk.language,
        Talk.began_at,
        Talk.last_at,
        Talk.first_seq,
        Talk.turns,
        Talk.why,
        outcome(now).label("outcome"),
    ).join(thread, thread.c.id == Talk.conversation_id)


def _view(row: Row[*tuple[Any, ...]], wishes: dict[int, tuple[str, ...]]) -> TalkView:
    said = dict(row._mapping)  # noqa: SLF001 - a row's public way to names
    return TalkView(
        **{**said, "outcome": TalkOutcome(said["outcome"])}, wishes=wishes.get(row.id, ())
    )


def _turn(row: Row[*tuple[Any, ...]]) -> TurnView:
    return TurnView(
        row.message_id,
        row.wish,
        row.intent,
        row.likely,
        row.act,
        tuple((str(intent), float(likely)) for intent, likely in row.ranked),
        tuple(row.slots),
        tuple((str(skill), str(came)) for skill, came in row.calls),
        tuple(row.says),
        tuple(row.marks),
        row.outcome,
        row.why,
    )


def _number(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _moment(number: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=number)
    except OverflowError:
        raise Invalid(
            "this cursor is not valid here", {"cursor": "not a cursor of this list"}
        ) from None
