"""Lines that wait for stock: who is next, and how much they are owed.

A line waits in its place by when its order was placed. An order on hold for another reason than
stock keeps its place, but is passed over until it is released.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot
from oms_service.orders.models import Hold, Order, OrderLine, OrderLog
from oms_service.orders.states import HoldReason

Reader = Session | Connection


@dataclass(frozen=True)
class Waiting:
    """A line that waits for so many units."""

    order_id: int
    line_id: int
    variant_id: int
    units: int


_IS_HELD = (
    exists()
    .where(
        Hold.order_id == OrderLine.order_id,
        Hold.released_at.is_(None),
        Hold.reason != HoldReason.STOCK,
    )
    .correlate(OrderLine)
)

#: No order has this id.
_NO_ORDER: Final = 0


def _pair(variant_id: int, units: int) -> tuple[int, int]:
    return variant_id, int(units)


_OWED: Final = Hot(
    select(OrderLine.variant_id, func.sum(OrderLine.backordered))
    .join(Order, Order.id == OrderLine.order_id)
    .where(
        OrderLine.variant_id == func.any(bindparam("variant_ids", type_=ARRAY(BigInteger))),
        OrderLine.backordered > literal_column("0"),
        OrderLine.order_id != bindparam("but_order"),
        Order.pickup_location_id.is_(None),
        ~_IS_HELD,
    )
    .group_by(OrderLine.variant_id),
    _pair,
)


def owed(
    reader: Reader, variant_ids: Collection[int], *, to_others_than: int | None = None
) -> dict[int, int]:
    """Units that lines wait for, by variant; those of one order not counted.

    What is to be fetched in one shop comes from there alone, and is owed by no other place.
    """
    return dict(
        _OWED.all(reader, variant_ids=list(variant_ids), but_order=to_others_than or _NO_ORDER)
    )


def queue(
    reader: Reader, variant_id: int, *, at: int | None = None, limit: int
) -> tuple[Waiting, ...]:
    """Lines that wait for a variant, oldest order first.

    Orders that are fetched in a shop wait for what comes to that shop: ``at`` is where some came.
    """
    query = (
        select(OrderLine.order_id, OrderLine.id, OrderLine.variant_id, OrderLine.backordered)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.variant_id == variant_id,
            OrderLine.backordered > 0,
            or_(Order.pickup_location_id.is_(None), Order.pickup_location_id == at),
            ~_IS_HELD,
        )
        .order_by(func.coalesce(Order.placed_at, Order.created_at), Order.id, OrderLine.position)
        .limit(limit)
    )
    return tuple(Waiting(*row) for row in reader.execute(query))


def of_order(reader: Reader, order_id: int) -> tuple[Waiting, ...]:
    """The lines of one order that wait, held or not."""
    query = (
        select(OrderLine.order_id, OrderLine.id, OrderLine.variant_id, OrderLine.backordered)
        .where(OrderLine.order_id == order_id, OrderLine.backordered > 0)
        .order_by(OrderLine.position)
    )
    return tuple(Waiting(*row) for row in reader.execute(query))


def orders_of_lines(reader: Reader, line_ids: Collection[int]) -> dict[int, int]:
    """The order of each line."""
    query = select(OrderLine.id, OrderLine.order_id).where(OrderLine.id.in_(line_ids))
    return {row.id: row.order_id for row in reader.execute(query)}


def variants(reader: Reader, *, limit: int) -> tuple[int, ...]:
    """Variants some line waits for."""
    query = (
        select(OrderLine.variant_id)
        .where(OrderLine.backordered > 0)
        .distinct()
        .order_by(OrderLine.variant_id)
        .limit(limit)
    )
    return tuple(reader.execute(query).scalars())


def units_by_channel(reader: Reader, variant_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Units that wait, by variant and the channel they were sold in; one query for all."""
    query = (
        select(OrderLine.variant_id, Order.channel_id, func.sum(OrderLine.backordered))
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.variant_id.in_(variant_ids), OrderLine.backordered > 0)
        .group_by(OrderLine.variant_id, Order.channel_id)
    )
    return {(variant, channel): int(units) for variant, channel, units in reader.execute(query)}


@dataclass(frozen=True)
class ToTell:
    """Orders whose waiting lines have another day than one: how many, and the first by id."""

    count: int
    first: tuple[int, ...]


def with_another_day(
    reader: Reader,
    variant_id: int,
    day: date,
    *,
    channel_id: int | None,
    but_channels: Collection[int | None] = (),
    limit: int,
) -> ToTell:
    """Orders that wait for a variant and were told another day than ``day``, or none.

    Of one channel, or of all but some, as ``queries.waiting_orders`` finds them.
    """
    found = (
        select(OrderLine.order_id)
        .distinct()
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.variant_id == variant_id,
            OrderLine.backordered > 0,
            OrderLine.ships_by.is_distinct_from(day),
        )
    )
    if channel_id is not None:
        found = found.where(Order.channel_id == channel_id)
    elif but_channels:
        found = found.where(Order.channel_id.not_in(but_channels))
    count = reader.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    first = reader.execute(found.order_by(OrderLine.order_id).limit(limit)).scalars()
    return ToTell(count, tuple(first))


def is_noted(reader: Reader, order_id: int, kind: str, data: Mapping[str, Any]) -> bool:
    """Whether the order's log has this line already."""
    noted = exists().where(
        OrderLog.order_id == order_id, OrderLog.kind == kind, OrderLog.data == dict(data)
    )
    return bool(reader.execute(select(noted)).scalar_one())
