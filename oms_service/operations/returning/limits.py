"""How much one person may allow for what comes back, with all that they allowed before."""

from collections.abc import Collection

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import queries as payment_queries
from oms_service.payments.states import RefundState
from oms_service.returns import claim_queries
from oms_service.returns import queries as return_queries
from oms_service.returns.states import EXPECTED_STATES, ClaimState, Remedy, ReturnKind


def is_above(uow: UnitOfWork, order_id: int, refund: Money, *, givers: Collection[Giver]) -> bool:
    """Whether a refund is more than these roles give alone; the order must be held.

    What one person allowed and is still to come counts, with what was given before.
    """
    if not refund:
        return False
    uow.session.flush()
    coming = _of_claims(uow, order_id) + _of_returns(uow, order_id)
    return refunding.needs_second_person(uow, order_id, refund, givers=givers, coming_minor=coming)


def _of_claims(uow: UnitOfWork, order_id: int) -> int:
    return sum(
        one.refund.minor
        for one in claim_queries.of_orders(uow.session, [order_id])
        if one.state is ClaimState.AWAITING_GOODS
        and one.remedy is Remedy.REFUND
        and one.giver
        and not one.needs_second_person
    )


def _of_returns(uow: UnitOfWork, order_id: int) -> int:
    owed: dict[int | None, int] = {}
    for one in payment_queries.refunds(uow.session, order_id):
        if one.state is not RefundState.DECLINED:
            owed[one.return_id] = owed.get(one.return_id, 0) + one.amount.minor
    return sum(
        max(0, one.refund.minor - owed.get(one.id, 0))
        for one in return_queries.of_orders(uow.session, [order_id])
        if one.kind is ReturnKind.RETURN
        and one.state in EXPECTED_STATES
        and one.giver
        and not one.needs_second_person
    )
