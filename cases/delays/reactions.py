"""Delays become cases, one an order; what nobody has touched settles itself."""

from datetime import datetime

from sqlalchemy import select

from cases import queries, service
from cases.delays.policy import REASON, Do, Slip, decide
from cases.models import CaseEntry
from cases.states import CaseState
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.orders import queries as orders
from oms_service.shipping.events import ParcelDelivered, ShipmentDelayed, ShipmentRecovered


def late(uow: UnitOfWork, event: ShipmentDelayed) -> None:
    """Open the delay case of the order, or add to it, as the policy says."""
    found = queries.open_of_order(uow.session, event.order_id, REASON)
    slip = Slip(
        old_until=datetime.fromisoformat(event.old_until),
        new_until=datetime.fromisoformat(event.new_until),
        cause=event.cause,
        has_case=found is not None,
    )
    facts = {
        "parcel_id": event.parcel_id,
        "old_from": event.old_from,
        "old_until": event.old_until,
        "new_from": event.new_from,
        "new_until": event.new_until,
        "cause": event.cause,
    }
    match decide(slip):
        case Do.OPEN:
            order = orders.by_id(uow.session, event.order_id)
            service.open_case(
                uow,
                reason=REASON,
                language=order.language,
                channel="shipping",
                order_id=order.id,
                customer_id=order.customer_id,
                wanted=facts,
                failed_rule="late",
            )
        case Do.APPEND if found is not None:
            service.append(uow, found.id, "delay", data=facts)
        case _:
            return


def caught_up(uow: UnitOfWork, event: ShipmentRecovered) -> None:
    """The parcel will be in time after all."""
    _settle(uow, event.order_id, event.parcel_id, "recovered")


def arrived(uow: UnitOfWork, event: ParcelDelivered) -> None:
    """Late or not, the parcel is there."""
    _settle(uow, event.order_id, event.parcel_id, "arrived")


def _settle(uow: UnitOfWork, order_id: int, parcel_id: int, code: str) -> None:
    """End the delay case of this parcel, unless somebody is at it."""
    found = queries.open_of_order(uow.session, order_id, REASON)
    if found is None or found.wanted.get("parcel_id") not in (None, parcel_id):
        return
    case = service.append(uow, found.id, code, data={"parcel_id": parcel_id})
    # As it is now that it is held: somebody may have taken it up a moment ago.
    if case.state is CaseState.NEW and not _is_touched(uow, case.id):
        service.resolve(uow, case.id, code=code)


def _is_touched(uow: UnitOfWork, case_id: int) -> bool:
    """Whether a colleague or the customer has done anything in it."""
    by_people = [
        CaseEntry.actor.startswith(f"{kind}:") for kind in (ActorKind.STAFF, ActorKind.CUSTOMER)
    ]
    query = select(CaseEntry.id).where(CaseEntry.case_id == case_id, by_people[0] | by_people[1])
    return uow.session.scalar(query.limit(1)) is not None
