"""Bringing what policy left to a person before people: one case for a return, one for a claim."""

from typing import Final

from cases import opening, queries
from cases.merging import queries as merged
from cases.states import ACTIVE
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.returns import claim_queries as claims
from oms_service.returns import queries as returns
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.hand_overs import Sending
from oms_service.returns.states import ClaimReason, ReturnKind

RETURN: Final = "return"
#: Why a colleague has a return before them that needs no decision: its parcel is to be collected.
PICKUP: Final = "pickup_wished"
#: Under which reason a matter about goods that come back is taken up.
_RETURNS: Final = {
    ReturnKind.RETURN: RETURN,
    ReturnKind.EXCHANGE: "exchange",
    ReturnKind.CLAIM: "damaged",
}
_CLAIMS: Final = {
    ClaimReason.DAMAGED: "damaged",
    ClaimReason.DEFECTIVE: "defective",
    ClaimReason.WRONG_ITEM: "wrong_item",
    ClaimReason.MISSING: "missing",
    ClaimReason.NOT_RECEIVED: "not_received",
}


def reason_of(claim: ClaimView) -> str:
    """Under which reason a claim is taken up."""
    return _CLAIMS[claim.lines[0].reason]


def open_for_return(uow: UnitOfWork, return_id: int, failed_rule: str) -> CaseView:
    """Open a case about a return or exchange; its customer is answered where they asked."""
    found = returns.by_id(uow.session, return_id)
    order = orders.by_id(uow.session, found.order_id)
    return opening.open_case(
        uow,
        reason=_RETURNS[found.kind],
        language=order.language,
        channel=found.channel,
        order_id=order.id,
        customer_id=order.customer_id,
        return_id=found.id,
        lines={line.order_line_id: line.quantity for line in found.lines},
        wanted={"refund_minor": found.refund.minor, "currency": found.refund.currency},
        failed_rule=failed_rule,
    )


def open_for_pickup(uow: UnitOfWork, return_id: int, sending: Sending) -> CaseView:
    """Have a colleague arrange that goods are collected, or hear that they need not be."""
    found = returns.by_id(uow.session, return_id)
    order = orders.by_id(uow.session, found.order_id)
    return opening.open_case(
        uow,
        reason=_RETURNS[found.kind],
        language=order.language,
        channel=found.channel,
        order_id=order.id,
        customer_id=order.customer_id,
        return_id=found.id,
        lines={line.order_line_id: line.quantity for line in found.lines},
        wanted={
            "hand_over": str(sending.way),
            "collect_on": sending.collect_on.isoformat() if sending.collect_on else None,
            "collect_window": sending.collect_window,
        },
        failed_rule=PICKUP,
    )


def open_for_claim(uow: UnitOfWork, claim_id: int, *, failed_rule: str) -> CaseView:
    """Open a case about a claim."""
    found = claims.by_id(uow.session, claim_id)
    order = orders.by_id(uow.session, found.order_id)
    return opening.open_case(
        uow,
        reason=reason_of(found),
        language=order.language,
        channel=found.channel,
        order_id=order.id,
        customer_id=order.customer_id,
        lines={line.order_line_id: line.quantity for line in found.lines},
        wanted={
            "claim_number": found.number,
            "remedy": str(found.remedy),
            "refund_minor": found.refund.minor,
            "currency": found.refund.currency,
        },
        failed_rule=failed_rule,
    )


def case_of_return(uow: UnitOfWork, return_id: int, failed_rule: str) -> CaseView:
    """The case of a referred return, opened unless it was before; of a merged one, its root."""
    found = queries.of_return(uow.session, return_id)
    if found is None:
        return open_for_return(uow, return_id, failed_rule)
    return merged.in_place_of(uow.session, found)


def case_of_claim(uow: UnitOfWork, claim: ClaimView) -> CaseView:
    """The same of a referred claim."""
    found = carrying(uow, claim)
    return found or open_for_claim(uow, claim.id, failed_rule=claim.referred_by_rule)


def carrying(uow: UnitOfWork, claim: ClaimView) -> CaseView | None:
    """The open case that has a claim as its matter, or as a part of what was merged into it."""
    found = queries.carrying(uow.session, claim.order_id, "claim_number", claim.number)
    now = merged.in_place_of(uow.session, found) if found is not None else None
    return now if now is not None and now.state in ACTIVE else None
