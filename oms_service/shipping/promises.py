"""Writing down what customers are promised: appended, never edited, each with its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.shipping.jeopardy import RISK_PERCENT
from oms_service.shipping.models import OrderOutlook, Promise
from oms_service.shipping.windows import Window


@dataclass(frozen=True)
class OfOrder:
    """What an order hands on to its parcels.

    ``promised`` is what its customer was promised first, ``told`` what they hold now; both None
    where nothing was promised before it left.
    """

    promised: Window | None = None
    told: Window | None = None
    risk_percent: int = RISK_PERCENT


def of_orders(session: Session, order_ids: Collection[int]) -> dict[int, OfOrder]:
    """What these orders hand on to their parcels, by order; one query."""
    query = select(
        OrderOutlook.order_id,
        OrderOutlook.promised_from,
        OrderOutlook.promised_until,
        OrderOutlook.told_from,
        OrderOutlook.told_until,
        OrderOutlook.risk_percent,
    ).where(OrderOutlook.order_id.in_(order_ids))
    found = {
        row.order_id: OfOrder(
            Window.between(row.promised_from, row.promised_until),
            Window.between(row.told_from, row.told_until),
            row.risk_percent,
        )
        for row in session.execute(query)
    }
    return {order_id: found.get(order_id, OfOrder()) for order_id in order_ids}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A promise to write down, of an order or of one parcel of it."""

    window: Window
    order_id: int
    parcel_id: int | None
    reason: str


def promise(
    uow: UnitOfWork, window: Window, *, order_id: int, parcel_id: int | None, reason: str
) -> int:
    """Append a promise of an order, or of one parcel of it; returns its id.

    The parcel's row, or the order's, must be held: promises stand in the order of their ids,
    whenever those who made them had begun.
    """
    made = Made(window=window, order_id=order_id, parcel_id=parcel_id, reason=reason)
    (promise_id,) = several(uow, [made])
    return promise_id


def several(uow: UnitOfWork, made: Sequence[Made]) -> list[int]:
    """Append promises, in their order and in one go; returns their ids. See ``promise``."""
    return _SAY.each(
        uow.session,
        [
            {
                "order_id": one.order_id,
                "parcel_id": one.parcel_id,
                "window_from": one.window.start,
                "window_until": one.window.until,
                "said_at": uow.now,
                "channel": "system",
                "reason": one.reason[:60],
            }
            for one in made
        ],
    )


_SAY: Final[Hot[int]] = Hot(
    insert(Promise).returning(Promise.id),
    value,
    columns=(
        "order_id",
        "parcel_id",
        "window_from",
        "window_until",
        "said_at",
        "channel",
        "reason",
    ),
)
