"""Putting things right: claims, parcels that are late, and by which way money can come back."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from bots.dialogue.turns import Data, Result
from bots.skills import coming_back as back
from bots.skills.coming_back import NothingWillDo
from bots.skills.context import Context, Skill, known_customer, money, own, refusal
from bots.skills.proposing import Agreed, Doer, Done, NoLonger, NotAllowed, propose
from cases import opening as cases
from cases import referring
from cases.acting import labels
from cases.delays.policy import REASON as DELAY
from oms_service.history import tracking
from oms_service.history.tracking import Proof, Tracking
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.errors import Invalid, Stale
from oms_service.operations.changes import changing_preview
from oms_service.operations.returning import choices, claiming, returns
from oms_service.operations.returning.choices import ClaimableLine
from oms_service.operations.returning.claiming import ClaimedLine, ClaimRefused, WantedClaim
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind, FulfilmentState
from oms_service.payments import queries as payments
from oms_service.returns import queries as return_queries
from oms_service.returns.states import ClaimReason, Goods, Remedy

# Claims


def claim_facts(context: Context, given: Data, customer_id: int) -> Result:
    """What of an order something may be wrong with, and what the shop offers for it."""
    return back.facts(context, given, "claim_facts", customer_id, open_in=back.SENT, of=_of_claim)


def propose_claim(context: Context, given: Data, customer_id: int) -> Result:
    """What the claim would bring; it is written down to be agreed to."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("propose_claim", "unknown")
    arguments = {
        "lines": [[one["line_id"], one["quantity"]] for one in given["lines"]],
        "reason": given["reason"],
        "remedy": given["remedy"],
    }
    session = context.uow.session
    try:
        wanted = _wanted(context, order.id, arguments, key="", digest=None)
        seen = claiming.preview(session, wanted, now=context.uow.now)
    except (Invalid, ValueError):
        return back.refused("propose_claim", [Cause(Code.NOT_DELIVERED)])
    if seen.decision.outcome is Outcome.REFUSED:
        return back.refused("propose_claim", seen.decision.causes)
    names = {line.id: dict(line.name) for line in orders.lines(session, order.id)}
    is_agents = seen.decision.outcome is Outcome.PERSON
    shown = propose(
        context,
        customer_id,
        kind="claim",
        order_id=order.id,
        arguments=arguments,
        digest=seen.digest,
        decision="agent" if is_agents else "at_once",
        shown={
            "number": order.number,
            "summary": back.known(context, order)["summary"],
            "lines": [
                {"name": names[line], "quantity": units} for line, units in arguments["lines"]
            ],
            "reason": arguments["reason"],
            "remedy": str(seen.remedy),
            "comes_back": seen.goods is Goods.COME_BACK,
            "refund": money(seen.refund),
            "method": seen.method,
            "doubts": back.doubts(seen.decision.causes) if is_agents else [],
            "needs_photo": is_agents and back.lacks_photo(seen.decision.causes),
        },
    )
    return Result("propose_claim", "ok", shown)


def _of_claim(context: Context, order: OrderView) -> Mapping[str, Any]:
    session = context.uow.session
    found = choices.claimable_lines(session, order.id, now=context.uow.now)
    if not any(one.quantity for one in found):
        raise NothingWillDo([one.cause for one in found if one.cause is not None])
    return {"lines": [_claimable(one) for one in found]}


def _claimable(one: ClaimableLine) -> dict[str, Any]:
    line = one.line
    return {
        "line_id": line.id,
        "name": dict(line.name),
        "options": " / ".join(line.options.values()),
        "quantity": one.quantity,
        "refusal": refusal(one.cause) if one.cause and not one.quantity else None,
        "remedies": {
            str(reason): sorted(str(remedy) for remedy in offered)
            for reason, offered in one.remedies.items()
        },
        "is_delivered": line.counters.delivered > 0,
    }


def _wanted(
    context: Context,
    order_id: int,
    arguments: Mapping[str, Any],
    *,
    key: str,
    digest: str | None,
) -> WantedClaim:
    """Raises: ValueError: a reason or a remedy that is none."""
    reason, remedy = ClaimReason(arguments["reason"]), Remedy(arguments["remedy"])
    return WantedClaim(
        order_id=order_id,
        lines=[
            ClaimedLine(line_id=line, quantity=units, reason=reason)
            for line, units in arguments["lines"]
        ],
        remedy=remedy,
        channel=context.conversation.channel,
        key=key,
        evidence=back.evidence(context, order_id),
        digest=digest,
    )


def _do_claim(context: Context, agreed: Agreed) -> Done:
    """Put right what was shown; a case is opened where a person must decide."""
    if agreed.order_id is None:
        raise AssertionError("a claim is of an order")
    uow, order_id = context.uow, agreed.order_id
    try:
        wanted = _wanted(context, order_id, agreed.arguments, key=agreed.key, digest=agreed.digest)
        made = claiming.request(uow, wanted)
    except ClaimRefused as error:
        causes = [refusal(one) for one in error.decision.causes]
        raise NotAllowed(causes) from None
    except OutOfStock:
        none = Cause(Code.VARIANT_OUT_OF_STOCK, {"left": 0, "wanted": 1})
        raise NotAllowed([refusal(none)]) from None
    except (Stale, Invalid, ValueError):
        raise NoLonger from None
    back.keep_with_order(context, order_id)
    view = made.view
    number = orders.by_id(uow.session, order_id).number
    facts = {
        "claim_number": view.number,
        "remedy": str(view.remedy),
        "refund": money(view.refund),
        "comes_back": view.goods is Goods.COME_BACK,
    }
    told = {"page": back.page(context, order_id, view.number)}
    if made.outcome is Outcome.AT_ONCE:
        if view.return_id is not None:
            comes = return_queries.by_id(uow.session, view.return_id)
            told["label"] = labels.url_of(context.runtime, uow.session, comes.number)
        return Done(decision="at_once", order_number=number, facts=facts, told=told)
    case = back.case_for(
        context,
        order_id,
        reason=referring.reason_of(view),
        wanted={
            "claim_number": view.number,
            "remedy": str(view.remedy),
            "reason": agreed.arguments["reason"],
            "refund_minor": view.refund.minor,
            "currency": view.refund.currency,
        },
        lines={line.order_line_id: line.quantity for line in view.lines},
        failed_rule=view.referred_by_rule,
    )
    return Done(
        decision="agent",
        order_number=number,
        case_number=case.number,
        facts=facts,
        told=told,
    )


# Money that is wanted back


def refund_choices(context: Context, given: Data, customer_id: int) -> Result:
    """By which ways money for an order can come back: returning, claiming, cancelling."""
    found = back.facts(
        context,
        given,
        "refund_choices",
        customer_id,
        open_in=frozenset(FulfilmentState) - {FulfilmentState.CANCELLED},
        of=_of_refund,
    )
    if found.outcome != "refused":
        return found
    order = own(context, {"order_key": found.data["number"]}, customer_id)
    if order is None or not payments.refunds(context.uow.session, order.id):
        return found
    return Result("refund_choices", "under_way", back.known(context, order))


def _of_refund(context: Context, order: OrderView) -> Mapping[str, Any]:
    session, now = context.uow.session, context.uow.now
    coming_back = returns.returnable_lines(session, order.id, now=now)
    claimable = choices.claimable_lines(session, order.id, now=now)
    ways = []
    if any(one.quantity and one.cause is None for one in coming_back):
        ways.append("return")
    if any(one.quantity and _is_refunded(one) for one in claimable):
        ways.append("claim")
    cancel = _cancel_causes(context, order.id)
    if not cancel:
        ways.append("cancel")
    if not ways:
        against = [one.cause for one in coming_back if one.cause is not None]
        raise NothingWillDo(against or list(cancel))
    return {"ways": ways}


def _is_refunded(one: ClaimableLine) -> bool:
    return any(Remedy.REFUND in offered for offered in one.remedies.values())


def _cancel_causes(context: Context, order_id: int) -> tuple[Cause, ...]:
    offers = changing_preview.offers(context.uow.session, order_id, now=context.uow.now)
    return tuple(next(one.causes for one in offers if one.kind is ChangeKind.CANCEL))


# Late


def report_delay(context: Context, given: Data, customer_id: int) -> Result:
    """Bring a late order into its one delay case; of one in time only what can be done."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("report_delay", "unknown")
    session, now = context.uow.session, context.uow.now
    proof = Proof.of_customer(customer_id)
    found = tracking.track(session, context.runtime.adapters, order.number, proof, now=now)
    lines = choices.claimable_lines(session, order.id, now=now)
    not_there = [one for one in lines if not one.line.counters.delivered]
    return Result(
        "report_delay",
        "ok",
        {
            **back.known(context, order),
            "case_number": _delay_case(context, order, found) if found.is_late else None,
            "can_cancel": not _cancel_causes(context, order.id),
            "can_claim": any(ClaimReason.NOT_RECEIVED in one.remedies for one in not_there),
            "claim_on": _claim_on(not_there),
        },
    )


def _delay_case(context: Context, order: OrderView, found: Tracking) -> str:
    """The open delay case takes the word of the customer in; without one it is opened."""
    conversation = context.conversation
    until = found.window.until.isoformat() if found.window else None
    case = cases.open_case(
        context.uow,
        reason=DELAY,
        language=conversation.language,
        channel=conversation.channel,
        order_id=order.id,
        customer_id=order.customer_id,
        conversation_id=conversation.id,
        wanted={"reported_by": "customer", "new_until": until, "cause": found.why},
        failed_rule="late",
        passes_on=False,
    )
    return case.number


def _claim_on(lines: list[ClaimableLine]) -> str | None:
    """The first day on which what is on its way counts as lost."""
    days = [
        one.cause.facts.get("ask_again_on")
        for one in lines
        if one.cause is not None and one.cause.code is Code.STILL_ON_THE_WAY
    ]
    return min((day.isoformat() for day in days if isinstance(day, date)), default=None)


#: By the kind of a proposal.
DOERS: Final[Mapping[str, Doer]] = {"claim": _do_claim}
SKILLS: Final[Mapping[str, Skill]] = {
    "claim_facts": known_customer(claim_facts),
    "propose_claim": known_customer(propose_claim),
    "refund_choices": known_customer(refund_choices),
    "report_delay": known_customer(report_delay),
}
