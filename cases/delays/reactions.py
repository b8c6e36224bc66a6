"""Delays become cases, one an order; what nobody has touched settles itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from cases import opening, queries, service
from cases.delays import policy
from cases.delays.policy import REASON, Do, Slip
from cases.models import CaseEntry
from cases.states import CaseState
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.operations.rules import delay_rules
from oms_service.operations.rules.delay_rules import DelayRules
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderCancelled
from oms_service.shipping import outlooks
from oms_service.shipping.events import (
    OrderAtRisk,
    OrderLate,
    OrderPromiseChanged,
    OrderRecovered,
    OrderStalled,
    ParcelDelivered,
    ShipmentDelayed,
)


def late(uow: UnitOfWork, event: ShipmentDelayed) -> None:
    """A parcel slips: open the delay case of the order, or add to it, as the policy says."""
    _slipped(uow, event, {"parcel_id": event.parcel_id})


def promised_anew(uow: UnitOfWork, event: OrderPromiseChanged) -> None:
    """Goods in the house slip: the same."""
    _slipped(uow, event, {"parcel_id": None})


def in_doubt(uow: UnitOfWork, event: OrderAtRisk | OrderLate | OrderStalled) -> None:
    """The whole order stands worse: the same, unless that is over already."""
    now = outlooks.of_order(uow.session, event.order_id)
    if now is None or not now.is_open or now.change != event.change:
        return
    found = queries.open_of_order(uow.session, event.order_id, REASON)
    facts = {
        "parcel_id": event.parcel_id,
        "jeopardy": str(now.jeopardy),
        "cause": event.cause,
        "suggestion": event.suggestion,
        "old_until": event.told_until,
        "new_from": event.estimated_from,
        "new_until": event.estimated_until,
    }
    do = policy.decide_standing(
        now.jeopardy,
        cause=event.cause,
        has_case=found is not None,
        rules=_rules(uow, event.order_id),
    )
    _do(uow, do, event.order_id, found, facts, failed_rule=f"order_{now.jeopardy}")


def well_again(uow: UnitOfWork, event: OrderRecovered) -> None:
    """The whole order will be in time after all, or is there."""
    now = outlooks.of_order(uow.session, event.order_id)
    if now is not None and now.change == event.change:
        _settle(uow, event.order_id, "recovered" if now.is_open else "arrived")


def arrived(uow: UnitOfWork, event: ParcelDelivered) -> None:
    """Late or not, everything is there."""
    now = outlooks.of_order(uow.session, event.order_id)
    if now is not None and not now.is_open:
        _settle(uow, event.order_id, "arrived")


def called_off(uow: UnitOfWork, event: OrderCancelled) -> None:
    """Nothing is waited for any more."""
    _settle(uow, event.order_id, "called_off")


def _slipped(
    uow: UnitOfWork, event: ShipmentDelayed | OrderPromiseChanged, more: Mapping[str, Any]
) -> None:
    found = queries.open_of_order(uow.session, event.order_id, REASON)
    slip = Slip(
        old_until=datetime.fromisoformat(event.old_until),
        new_until=datetime.fromisoformat(event.new_until),
        cause=event.cause,
        has_case=found is not None,
    )
    facts = {
        **more,
        "old_from": event.old_from,
        "old_until": event.old_until,
        "new_from": event.new_from,
        "new_until": event.new_until,
        "cause": event.cause,
    }
    do = policy.decide(slip, _rules(uow, event.order_id))
    _do(uow, do, event.order_id, found, facts, failed_rule="late")


def _rules(uow: UnitOfWork, order_id: int) -> DelayRules:
    order = orders.by_id(uow.session, order_id)
    return delay_rules.in_force(uow.session, order.channel_id, at=uow.now)


def _do(
    uow: UnitOfWork,
    do: Do,
    order_id: int,
    found: CaseView | None,
    facts: Mapping[str, Any],
    *,
    failed_rule: str,
) -> None:
    match do:
        case Do.OPEN:
            order = orders.by_id(uow.session, order_id)
            opening.open_case(
                uow,
                reason=REASON,
                language=order.language,
                channel="shipping",
                order_id=order.id,
                customer_id=order.customer_id,
                wanted=facts,
                failed_rule=failed_rule,
            )
        case Do.APPEND if found is not None:
            service.append(uow, found.id, "delay", data=facts)
        case _:
            return


def _settle(uow: UnitOfWork, order_id: int, code: str) -> None:
    """End the delay case of this order, unless somebody is at it."""
    found = queries.open_of_order(uow.session, order_id, REASON)
    if found is None:
        return
    case = service.append(uow, found.id, code)
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
