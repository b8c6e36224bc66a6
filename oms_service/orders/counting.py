"""How many orders were placed, for figures that are told per hundred of them."""

from datetime import datetime

from sqlalchemy import Connection, Subquery, func, literal, select
from sqlalchemy.orm import Session

from oms_service.orders.models import Order, OrderLine

Reader = Connection | Session


def placed(
    reader: Reader, *, since: datetime, until: datetime, of: Subquery | None = None
) -> dict[str, int]:
    """Orders placed from one moment to before another; all under "", or by what ``of`` calls them.

    ``of`` has columns ``order_id`` and ``key``; an order under two keys counts for each once.
    """
    key = literal("") if of is None else of.c.key
    query = (
        select(key.label("under"), func.count(Order.id.distinct()))
        .where(Order.placed_at >= since, Order.placed_at < until)
        .group_by("under")
    )
    if of is not None:
        query = query.join(of, of.c.order_id == Order.id)
    return {str(one): count for one, count in reader.execute(query)}


def skus() -> Subquery:
    """Every order with the products in it, as ``order_id`` and ``key``."""
    return select(OrderLine.order_id, OrderLine.sku.label("key")).distinct().subquery()
