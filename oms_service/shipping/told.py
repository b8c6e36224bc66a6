"""What customers were told of an arrival: by which channel, when, and why it was another window."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from oms_service.infra.uow import UnitOfWork
from oms_service.shipping.models import Telling
from oms_service.shipping.windows import Window


def told(
    uow: UnitOfWork,
    *,
    order_id: int,
    parcel_id: int | None,
    window: Window,
    channel: str,
    reason: str = "",
) -> bool:
    """Write down that a customer was told a window; told before over this channel, nothing is.

    Safe to call with every answer, at once and again: each window has one row a channel. Said
    anew after another window, the row notes that it is the newest again.

    Args:
        uow: of the edge that answers.
        order_id: whose arrival it is.
        parcel_id: None where the window is that of the whole order.
        window: as it was said.
        channel: a code such as ``web_chat``, ``portal``, ``tracking_page``, ``mail``.
        reason: the code of why it is this window, as estimates give it.

    Returns:
        Whether anything was written.
    """
    if is_told(uow.session, order_id=order_id, parcel_id=parcel_id, window=window, channel=channel):
        return False
    other = aliased(Telling)
    is_overtaken = (
        select(true())
        .where(
            other.order_id == Telling.order_id,
            other.parcel_id.is_not_distinct_from(Telling.parcel_id),
            other.channel == Telling.channel,
            other.id != Telling.id,
            _last(other) > _last(Telling),
        )
        .exists()
    )
    row = insert(Telling).values(
        order_id=order_id,
        parcel_id=parcel_id,
        channel=channel,
        window_from=window.start,
        window_until=window.until,
        said_at=uow.now,
        reason=reason[:60],
    )
    written = uow.session.scalar(
        row.on_conflict_do_update(
            index_elements=["order_id", "parcel_id", "channel", "window_from", "window_until"],
            set_={"again_at": row.excluded.said_at, "reason": row.excluded.reason},
            where=is_overtaken & (row.excluded.said_at > Telling.said_at),
        ).returning(literal_column("true"))
    )
    return bool(written)


def is_told(
    reader: Session, *, order_id: int, parcel_id: int | None, window: Window, channel: str
) -> bool:
    """Whether this is what the channel said last; one look into an index.

    An edge that only shows may ask this first, and open no unit of work for nothing.
    """
    newest = reader.execute(_newest(order_id, parcel_id, channel)).first()
    return newest is not None and tuple(newest) == (window.start, window.until)


def _newest(order_id: int, parcel_id: int | None, channel: str) -> Select[*tuple[object, ...]]:
    return (
        select(Telling.window_from, Telling.window_until)
        .where(
            Telling.order_id == order_id,
            Telling.parcel_id.is_not_distinct_from(parcel_id),
            Telling.channel == channel,
        )
        .order_by(_last(Telling).desc(), Telling.id.desc())
        .limit(1)
    )


def _last(row: type[Telling]) -> ColumnElement[datetime]:
    return func.coalesce(row.again_at, row.said_at)
