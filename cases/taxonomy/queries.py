"""Reading the shop's own words for cases."""

from typing import Final

from sqlalchemy import Connection, any_, literal, select
from sqlalchemy.orm import Session

from cases.models import Reason
from cases.states import Stage
from cases.taxonomy.policy import stage_of
from cases.views import ReasonView
from oms_service.orders import queries as orders
from oms_service.shipping import queries as shipping

Reader = Connection | Session

_REASON: Final = tuple(getattr(Reason, name) for name in ReasonView.__dataclass_fields__)


def reasons_for(reader: Reader, stage: Stage) -> tuple[ReasonView, ...]:
    """The reasons offered to whoever writes about an order in that stage, in the shop's order."""
    query = (
        select(*_REASON)
        .where(Reason.is_active, literal(str(stage)) == any_(Reason.stages))
        .order_by(Reason.position, Reason.code)
    )
    return tuple(ReasonView(*row) for row in reader.execute(query))


def stage_of_order(reader: Reader, order_id: int | None) -> Stage:
    """How far an order is; of none it is ``none``."""
    if order_id is None:
        return Stage.NONE
    found = orders.by_ids(reader, [order_id]).get(order_id)
    return stage_of(found, shipping.parcels_of(reader, [order_id]))
