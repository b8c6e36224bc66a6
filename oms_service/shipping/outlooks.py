"""Keeping what is believed of a whole order: one row, each change of its jeopardy told once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from oms_service.infra.db import UtcTime
from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid
from oms_service.kernel.pages import Page
from oms_service.shipping.events import (
    AboutOutlook,
    OrderAtRisk,
    OrderLate,
    OrderRecovered,
    OrderStalled,
)
from oms_service.shipping.jeopardy import Verdict
from oms_service.shipping.models import OrderOutlook, OutlookChange, Promise
from oms_service.shipping.queries import OUTLOOK, Outlook, Part, outlook_view, outlooks_of
from oms_service.shipping.states import WHO, Cause, Jeopardy, Stage, Who
from oms_service.shipping.windows import Window

#: What boards of orders in doubt listen to.
TOPIC: Final = "outlooks"
#: After these there is nothing to wait for.
ENDED: Final = frozenset({Stage.DELIVERED, Stage.CANCELLED})

_EVENTS: Final[Mapping[Jeopardy, type[AboutOutlook]]] = {
    Jeopardy.ON_TIME: OrderRecovered,
    Jeopardy.AT_RISK: OrderAtRisk,
    Jeopardy.LATE: OrderLate,
    Jeopardy.STALLED: OrderStalled,
}


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """What is believed of an order now.

    Attributes:
        order_id: whose.
        stage: of its least advanced part.
        promised: the original promise; once kept it never changes.
        promised_at: when it was made.
        told: what the customer holds now.
        estimated: when the last part comes.
        median: the same as one moment.
        because: why, as ``shipping.because`` writes it.
        verdict: of the part that speaks.
        parcel_id: that part, where it is a parcel.
        parts: every part that is open, or all once everything is there.
        risk_percent: as the channel's policy says.
        look_again_at: when time alone may change this.
    """

    order_id: int
    stage: Stage
    promised: Window | None
    promised_at: datetime | None
    told: Window | None
    estimated: Window | None
    median: datetime | None
    because: Mapping[str, Any]
    verdict: Verdict
    parcel_id: int | None
    parts: tuple[Part, ...]
    risk_percent: int
    look_again_at: datetime | None


def keep(uow: UnitOfWork, now: Assessed) -> bool:
    """Write down what is believed of an order, and tell it where its jeopardy has changed.

    The order must be held. Believed again alike, nothing is written but when to look again.

    Returns:
        Whether anything but that has changed.
    """
    row = uow.session.get(OrderOutlook, now.order_id, populate_existing=True)
    values = _values(now)
    if row is None:
        row = OrderOutlook(
            order_id=now.order_id,
            due_at=now.promised.until if now.promised else uow.now,
            assessed_at=uow.now,
            changes=0,
            version=1,
            **{**values, **_judged(Verdict(Jeopardy.ON_TIME))},
        )
        uow.session.add(row)
    elif all(getattr(row, name) == value for name, value in values.items()):
        row.look_again_at, row.assessed_at = now.look_again_at, uow.now
        return False
    else:
        for name, value in values.items():
            if name not in _JUDGED:
                setattr(row, name, value)
        row.version += 1
    if now.promised is not None:
        row.due_at = now.promised.until
    row.look_again_at, row.assessed_at = now.look_again_at, uow.now
    _judge(uow, row, now)
    uow.session.flush()
    uow.touch(f"order:{now.order_id}")
    uow.touch(TOPIC)
    return True


def due(session: Session, *, now: datetime, limit: int) -> tuple[int, ...]:
    """Orders whose outlook is to be looked at again, the most overdue first."""
    query = (
        select(OrderOutlook.order_id)
        .where(OrderOutlook.look_again_at <= now)
        .order_by(OrderOutlook.look_again_at, OrderOutlook.order_id)
        .limit(limit)
    )
    return tuple(session.scalars(query))


def of_order(session: Session, order_id: int) -> Outlook | None:
    """What is believed of an order; None where nothing was ever."""
    return outlooks_of(session, [order_id]).get(order_id)


def in_doubt(
    reader: Session | Connection,
    *,
    jeopardy: Collection[Jeopardy] = (),
    causes: Collection[Cause] = (),
    who: Who | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Page[Outlook]:
    """One page of the open orders whose promise is in doubt or broken, the first due in front.

    Args:
        reader: a session or connection.
        jeopardy: only these; empty for any.
        causes: only these; empty for any.
        who: only those whose next step is theirs.
        cursor: of the page before.
        limit: how many.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(*OUTLOOK).where(_IN_DOUBT)
    if jeopardy:
        query = query.where(OrderOutlook.jeopardy.in_(jeopardy))
    if causes:
        query = query.where(OrderOutlook.cause.in_(causes))
    if who is not None:
        mine = [one for one, whose in WHO.items() if whose is who]
        query = query.where(OrderOutlook.suggestion.in_(mine))
    if cursor:
        micros, last_id = pages.read(cursor, int, int)
        query = query.where(
            tuple_(OrderOutlook.due_at, OrderOutlook.order_id)
            > tuple_(literal(_moment(int(micros)), UtcTime()), literal(int(last_id)))
        )
    rows = reader.execute(
        query.order_by(OrderOutlook.due_at, OrderOutlook.order_id).limit(limit + 1)
    ).all()
    return pages.cut(
        rows,
        limit,
        shown=outlook_view,
        key=lambda row: [round(row.due_at.timestamp() * 1_000_000), row.order_id],
    )


def since(reader: Session | Connection, order_ids: Collection[int]) -> dict[int, datetime]:
    """Since when some orders stand as they do, by order; one that never changed is left out."""
    newest = tuple_(OutlookChange.order_id, OutlookChange.number)
    query = (
        select(OutlookChange.order_id, OutlookChange.changed_at)
        .join(OrderOutlook, OrderOutlook.order_id == OutlookChange.order_id)
        .where(
            OutlookChange.order_id.in_(order_ids),
            newest == tuple_(OrderOutlook.order_id, OrderOutlook.changes),
        )
    )
    return {row[0]: row[1] for row in reader.execute(query)}


def counts(reader: Session | Connection) -> dict[Jeopardy, int]:
    """How many open orders stand how; those on time are not counted."""
    return dict(_COUNTS.all(reader))


#: As the index of such rows says it.
_IN_DOUBT: Final = OrderOutlook.is_open & (OrderOutlook.jeopardy != Jeopardy.ON_TIME)
_COUNTS: Final[Hot[tuple[Jeopardy, int]]] = Hot(
    select(OrderOutlook.jeopardy, func.count().label("orders"))
    .where(_IN_DOUBT)
    .group_by(OrderOutlook.jeopardy),
    lambda *row: row,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Invalid("this cursor is not valid here", {"cursor": "not of this list"}) from None


def told(session: Session, order_ids: Collection[int]) -> dict[tuple[int, int | None], Window]:
    """What was promised last, by order and parcel; None stands for what has not left."""
    query = (
        select(Promise.order_id, Promise.parcel_id, Promise.window_from, Promise.window_until)
        .where(Promise.order_id.in_(order_ids))
        .ext(distinct_on(Promise.order_id, Promise.parcel_id))
        .order_by(Promise.order_id, Promise.parcel_id, Promise.id.desc())
    )
    return {(row[0], row[1]): Window(row[2], row[3]) for row in session.execute(query)}


def put_off_at(session: Session, order_id: int, *, cause: Cause) -> datetime | None:
    """When another day was promised last of goods that have not left, if that was the cause."""
    query = (
        select(Promise.said_at, Promise.reason)
        .where(Promise.order_id == order_id, Promise.parcel_id.is_(None))
        .order_by(Promise.id.desc())
        .limit(1)
    )
    newest = session.execute(query).first()
    return newest.said_at if newest is not None and newest.reason == cause else None


_JUDGED: Final = ("jeopardy", "cause", "suggestion")


def _judged(verdict: Verdict) -> dict[str, Any]:
    return {
        "jeopardy": verdict.jeopardy,
        "cause": verdict.cause,
        "suggestion": verdict.suggestion,
    }


def _judge(uow: UnitOfWork, row: OrderOutlook, now: Assessed) -> None:
    """A change of jeopardy is a row and an event; a new cause alone is only written down."""
    before = Jeopardy(row.jeopardy)
    row.jeopardy, row.cause, row.suggestion = (
        now.verdict.jeopardy,
        now.verdict.cause,
        now.verdict.suggestion,
    )
    if before is now.verdict.jeopardy or now.stage is Stage.CANCELLED:
        return
    row.changes += 1
    uow.session.add(
        OutlookChange(
            order_id=now.order_id,
            number=row.changes,
            changed_at=uow.now,
            **_judged(now.verdict),
        )
    )
    uow.emit(
        _EVENTS[now.verdict.jeopardy](
            order_id=now.order_id,
            change=row.changes,
            before=before,
            cause=now.verdict.cause,
            suggestion=now.verdict.suggestion,
            parcel_id=now.parcel_id,
            told_until=now.told.until.isoformat() if now.told else None,
            estimated_from=now.estimated.start.isoformat() if now.estimated else None,
            estimated_until=now.estimated.until.isoformat() if now.estimated else None,
        )
    )


def _values(now: Assessed) -> dict[str, Any]:
    return {
        "stage": now.stage,
        "is_open": now.stage not in ENDED,
        "promised_from": now.promised.start if now.promised else None,
        "promised_until": now.promised.until if now.promised else None,
        "promised_at": now.promised_at,
        "told_from": now.told.start if now.told else None,
        "told_until": now.told.until if now.told else None,
        "estimated_from": now.estimated.start if now.estimated else None,
        "estimated_until": now.estimated.until if now.estimated else None,
        "estimated_at": now.median,
        "because": dict(now.because),
        **_judged(now.verdict),
        "parcel_id": now.parcel_id,
        "parts": {"parts": [_stored(one) for one in now.parts]},
        "risk_percent": now.risk_percent,
    }


def _stored(part: Part) -> dict[str, Any]:
    """A part as ``queries.part_of`` reads it."""
    return {
        "stage": str(part.stage),
        "parcel_id": part.parcel_id,
        "location_id": part.location_id,
        "from": part.window.start.isoformat() if part.window else None,
        "until": part.window.until.isoformat() if part.window else None,
        "median": part.median.isoformat() if part.median else None,
        "jeopardy": str(part.jeopardy),
        "cause": str(part.cause),
        "suggestion": str(part.suggestion),
        "chance_late": part.chance_late,
    }
