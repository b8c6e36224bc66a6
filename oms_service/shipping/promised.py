"""Of whose arrival something was promised, and whose is in doubt: for lists of orders to ask."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from oms_service.shipping.models import OrderOutlook
from oms_service.shipping.states import Jeopardy

#: ``order_id`` and ``promised_until``, the end of the original promise, of orders that have one.
PROMISES: Final = (
    select(OrderOutlook.order_id, OrderOutlook.promised_until)
    .where(OrderOutlook.promised_until.is_not(None))
    .subquery("promises")
)
#: As the index of such rows says it.
_IN_DOUBT: Final = OrderOutlook.is_open & (OrderOutlook.jeopardy != Jeopardy.ON_TIME)


def in_jeopardy(jeopardies: Collection[Jeopardy]) -> Select[int]:
    """Ids of the orders still to arrive whose promise stands in one of these ways."""
    stands = OrderOutlook.jeopardy.in_(jeopardies)
    is_open = OrderOutlook.is_open if Jeopardy.ON_TIME in jeopardies else _IN_DOUBT
    return select(OrderOutlook.order_id).where(is_open, stands)


def is_unpromised(order_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether nothing was promised of the order of that id."""
    return ~exists().where(
        OrderOutlook.order_id == order_id, OrderOutlook.promised_until.is_not(None)
    )
