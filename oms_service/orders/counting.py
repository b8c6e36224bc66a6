"""How many orders were placed, for figures that are told per hundred of them."""

from typing import Any

from sqlalchemy import Select, Subquery, bindparam, func, select

from oms_service.infra.headings import Called, heading
from oms_service.orders.models import Order, OrderLine


def placed(*, of: Subquery | None = None, called: Called | None = None) -> Select[*tuple[Any, ...]]:
    """Orders placed from the moment ``since`` to before ``until``.

    ``of`` has columns ``order_id`` and ``key``; an order under two keys counts for each once.

    Returns:
        A statement that answers ``under, many``: the heading, and how many.
    """
    many = func.count() if of is None else func.count(Order.id.distinct())
    query = (
        select(heading(Order.placed_at, of, called).label("under"), many.label("many"))
        .where(Order.placed_at >= bindparam("since"), Order.placed_at < bindparam("until"))
        .group_by("under")
    )
    return query if of is None else query.join(of, of.c.order_id == Order.id)


def skus() -> Subquery:
    """Every order with the products in it, as ``order_id`` and ``key``."""
    return select(OrderLine.order_id, OrderLine.sku.label("key")).distinct().subquery()
