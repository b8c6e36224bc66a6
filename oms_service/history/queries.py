"""What happened, for an order or for a customer: one reading of all that packages know."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from oms_service.history.ordering import in_order
from oms_service.history.sources import TimelineSources
from oms_service.orders import queries as orders
from oms_service.ports.timeline import Entry, Subject


def timeline(session: Session, sources: TimelineSources, order_id: int) -> tuple[Entry, ...]:
    """Every fact about one order, oldest first.

    The number of queries is that of the sources' own, whatever happened to the order.
    """
    return _read(session, sources, Subject((order_id,)))


def for_customer(session: Session, sources: TimelineSources, customer_id: int) -> tuple[Entry, ...]:
    """Every fact about a customer and all of their orders, oldest first.

    One query more than for an order, however many orders there are.
    """
    order_ids = orders.ids_of_customer(session, customer_id)
    return _read(session, sources, Subject(order_ids, customer_id))


def public(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """What the customer themselves may see."""
    return tuple(one for one in entries if one.is_public)


def _read(session: Session, sources: TimelineSources, subject: Subject) -> tuple[Entry, ...]:
    return in_order(entry for source in sources.all() for entry in source(session, subject))
