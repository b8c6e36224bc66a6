"""In which order a customer wants the ways of notices tried."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notifications.models import WayOrder
from oms_service.customers import service as people
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

Reader = Connection | Session


def of(reader: Reader, customer_id: int) -> tuple[str, ...]:
    """The channels in the order a customer put them; empty where they never did."""
    kept = _OF.first(reader, customer_id=customer_id)
    return tuple(kept.split(",")) if kept else ()


_OF: Final[Hot[str]] = Hot(
    select(WayOrder.ways).where(WayOrder.customer_id == bindparam("customer_id")), value
)


def choose(
    uow: UnitOfWork, customer_id: int, order: Sequence[str], *, among: Collection[str]
) -> None:
    """Keep an order; chosen again alike it stays, and of two at once the later holds.

    Raises:
        Invalid: it is not each of ``among`` once.
        NotFound: no such customer, or erased.
    """
    if sorted(order) != sorted(among):
        raise Invalid("not an order of these ways", {"order": "names each way once"})
    person = people.held(uow, customer_id)
    row = insert(WayOrder).values(customer_id=person.id, ways=",".join(order), at=uow.now)
    uow.session.execute(
        row.on_conflict_do_update(
            index_elements=["customer_id"], set_={"ways": row.excluded.ways, "at": row.excluded.at}
        )
    )
