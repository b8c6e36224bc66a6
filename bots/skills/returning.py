"""Sending things back."""

from collections.abc import Mapping
from typing import Final

from bots.dialogue.contracts.returning import TermsData
from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, known_customer, money, own, refusal, refusals
from cases import opening as cases
from cases.acting import labels
from cases.portal.links import ComingBackLinks
from cases.views import CaseView
from oms_service.conversations import attachments
from oms_service.conversations import attachments_queries as files
from oms_service.kernel.errors import Stale
from oms_service.operations.returning import returns
from oms_service.operations.rules.eligibility import Code, Decision, Outcome
from oms_service.orders import queries as orders
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ReturnReason

_DECISIONS: Final = {
    Outcome.AT_ONCE: "at_once",
    Outcome.PERSON: "agent",
    Outcome.REFUSED: "refused",
}


#: As much of the shop's terms as one reads in a chat.
_TERMS_SHOWN: Final = 400


def returnable_lines(context: Context, given: Data, customer_id: int) -> Result:
    """What of an order may come back, line by line."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("returnable_lines", "unknown")
    found = returns.returnable_lines(context.uow.session, order.id, now=context.uow.now)
    lines = [
        {
            "line_id": one.line.id,
            "name": dict(one.line.name),
            "options": " / ".join(one.line.options.values()),
            "quantity_returnable": one.quantity,
            "reason_if_not": refusal(one.cause) if one.cause and not one.quantity else None,
        }
        for one in found
    ]
    return Result("returnable_lines", "ok", {"number": order.number, "lines": lines})


def preview_return(context: Context, given: Data, customer_id: int) -> Result:
    """What the return would bring; nothing is changed."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("preview_return", "unknown")
    session = context.uow.session
    shown = _evidence(context, order.id)
    seen = returns.preview(
        session,
        order.id,
        _wanted_lines(given, shown),
        now=context.uow.now,
        channel=context.conversation.channel,
    )
    names = {line.id: dict(line.name) for line in orders.lines(session, order.id)}
    return Result(
        "preview_return",
        "ok",
        {
            "lines": [
                {
                    "line_id": line.ask.facts.line_id,
                    "name": names[line.ask.facts.line_id],
                    "quantity": line.ask.quantity,
                    "is_allowed": line.outcome is not Outcome.REFUSED,
                    "refusal": refusal(line.causes[0]) if line.outcome is Outcome.REFUSED else None,
                }
                for line in seen.decision.lines
            ],
            "refund": money(seen.refund),
            "fee": money(seen.fee) if seen.fee.minor else None,
            "method": seen.method,
            "decision": _DECISIONS[seen.decision.outcome],
            "refusals": refusals(seen.decision),
            "needs_photo": seen.decision.outcome is Outcome.PERSON and _lacks_photo(seen.decision),
            "terms": _terms(context, order.id),
            "digest": seen.digest,
        },
    )


def request_return(context: Context, given: Data, customer_id: int) -> Result:
    """Ask for what was shown and confirmed; a case is opened where a person must decide."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("request_return", "changed")
    wanted = returns.Wanted(
        order_id=order.id,
        lines=_wanted_lines(given, _evidence(context, order.id)),
        channel=context.conversation.channel,
        key=f"message:{context.message_id}",
        digest=given["digest"],
    )
    try:
        made = returns.request(context.uow, wanted)
    except returns.Refused as error:
        return Result("request_return", "refused", {"refusals": refusals(error.decision)})
    except Stale:
        return Result("request_return", "changed")
    _keep_with_order(context, order.id)
    case_number, label = None, None
    if made.outcome is Outcome.AT_ONCE:
        label = labels.url_of(context.runtime, context.uow.session, made.view.number)
    else:
        case_number = _case_for(context, made.view, given["reason"]).number
    return Result(
        "request_return",
        "ok",
        {
            "return_number": made.view.number,
            "case_number": case_number,
            "decision": _DECISIONS[made.outcome],
            "label": label,
            "terms": _terms(context, order.id),
        },
    )


def coming_back_page(context: Context, given: Data, customer_id: int) -> Result:
    """The page where items are exchanged, or what is wrong with them is said."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("coming_back_page", "unknown")
    house = context.runtime
    links = ComingBackLinks(house.settings.secret_key, house.clock)
    page = f"{house.links.base}{links.path(order.id, customer_id)}"
    return Result("coming_back_page", "ok", {"link": page})


def _terms(context: Context, order_id: int) -> TermsData | None:
    """The terms of return as a chat shows them; the page has all of them."""
    found = returns.terms(context.uow.session, order_id, now=context.uow.now)
    if found is None or not any(found.text.values()):
        return None
    text = {
        code: said if len(said) <= _TERMS_SHOWN else f"{said[:_TERMS_SHOWN].rstrip()}…"
        for code, said in found.text.items()
    }
    return {"text": text, "link": f"{context.runtime.links.base}/return-terms/{found.id}"}


def _case_for(context: Context, made: ReturnView, reason: str) -> CaseView:
    """People decide about the return; the bot goes on answering everything else."""
    conversation = context.conversation
    return cases.open_case(
        context.uow,
        reason="return",
        language=conversation.language,
        channel=conversation.channel,
        order_id=made.order_id,
        customer_id=context.customer_id,
        conversation_id=conversation.id,
        return_id=made.id,
        lines={line.order_line_id: line.quantity for line in made.lines},
        wanted={
            "return_number": made.number,
            "reason": reason,
            "refund_minor": made.refund.minor,
            "currency": made.refund.currency,
        },
        failed_rule=made.referred_by_rule,
        passes_on=False,
    )


def _evidence(context: Context, order_id: int) -> frozenset[str]:
    """What the customer has really shown here or with the order; nobody's word counts."""
    return files.evidence(
        context.uow.session, order_id=order_id, conversation_id=context.conversation.id
    )


def _lacks_photo(decision: Decision) -> bool:
    return any(
        cause.code == Code.EVIDENCE_NEEDED for line in decision.lines for cause in line.causes
    )


def _keep_with_order(context: Context, order_id: int) -> None:
    """The pictures of this thread show this order from now on, and the warehouse sees them."""
    seen = files.pictures_by_customer(
        context.uow.session, order_id=order_id, conversation_id=context.conversation.id
    )
    attachments.belong_to_order(context.uow, [one.id for one in seen], order_id)


def _wanted_lines(given: Data, evidence: frozenset[str]) -> list[returns.WantedLine]:
    reason = ReturnReason(given["reason"])
    return [
        returns.WantedLine(
            line_id=line["line_id"], quantity=line["quantity"], reason=reason, evidence=evidence
        )
        for line in given["lines"]
    ]


SKILLS: Final[Mapping[str, Skill]] = {
    "returnable_lines": known_customer(returnable_lines),
    "preview_return": known_customer(preview_return),
    "request_return": known_customer(request_return),
    "coming_back_page": known_customer(coming_back_page),
}
