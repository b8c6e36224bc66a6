"""How many orders were placed day by day, and what they came to."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Date, cast, func, select
from sqlalchemy.orm import Session

from oms_service.orders.models import Order
from oms_service.orders.states import OrderState


@dataclass(frozen=True)
class Day:
    """One day of the shop: its orders, and the total of those not cancelled since, minor units."""

    day: date
    orders: int
    cancelled: int
    total_minor: int


def by_day(
    reader: Session | Connection,
    *,
    begin: datetime,
    end: datetime,
    zone: ZoneInfo,
    currency: str,
) -> tuple[Day, ...]:
    """The days on which orders in one currency were placed, oldest first; one query.

    Args:
        reader: a session or connection.
        begin: the first moment.
        end: the first moment after.
        zone: whose days are meant.
        currency: totals in others do not compare.
    """
    day = cast(func.timezone(zone.key, Order.placed_at), Date).label("day")
    stands = Order.order_state != OrderState.CANCELLED
    query = (
        select(
            day,
            func.count().label("orders"),
            func.count().filter(~stands).label("cancelled"),
            func.coalesce(func.sum(Order.total_minor).filter(stands), 0).label("total_minor"),
        )
        .where(
            Order.placed_at >= begin,
            Order.placed_at < end,
            Order.is_draft.is_(False),
            Order.currency == currency,
        )
        .group_by(day)
        .order_by(day)
    )
    return tuple(
        Day(row.day, row.orders, row.cancelled, int(row.total_minor))
        for row in reader.execute(query)
    )
