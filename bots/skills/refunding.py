"""Money that goes back."""

from collections.abc import Mapping
from typing import Final

from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, known_customer, money, own
from bots.skills.tracking import choices, steps
from cases.acting import asking
from oms_service.operations.money import refund_news as refunds
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments

#: The newest orders that are looked through for a refund nobody named the order of.
_REFUNDS_AMONG: Final = 20


def refund_news(context: Context, given: Data, customer_id: int) -> Result:
    """Where the refunds of an order are; without a number of the one that has any."""
    session, typed = context.uow.session, given["order_key"]
    if typed is None:
        mine = orders.summaries(session, customer_id)[:_REFUNDS_AMONG]
        candidates = [one for one in mine if payments.refunds(session, one.order.id)] or mine
        if not candidates:
            return Result("refund_news", "none")
        if len(candidates) > 1:
            return Result("refund_news", "several", choices(candidates, steps(context, mine)))
        typed = candidates[0].order.number
    order = own(context, {"order_key": typed}, customer_id)
    if order is None:
        return Result("refund_news", "unknown")
    news = refunds.of_order(session, order.id, now=context.uow.now)
    return Result(
        "refund_news",
        "ok",
        {
            "number": order.number,
            "refunds": [
                {
                    "amount": money(one.refund.amount),
                    "stand": str(one.stand),
                    "expected_by": one.expected_by.isoformat() if one.expected_by else None,
                }
                for one in news
            ],
            "needs_person": any(one.needs_person for one in news),
        },
    )


def chase_refund(context: Context, given: Data, customer_id: int) -> Result:
    """Bring refunds before people, with what is known of them."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("chase_refund", "unknown")
    conversation = context.conversation
    asked_for = asking.ask(
        context.uow,
        order.id,
        channel=conversation.channel,
        conversation_id=conversation.id,
        insists=True,
    )
    if asked_for.case is None:
        raise AssertionError("whoever insists gets a case")
    return Result("chase_refund", "ok", {"case_number": asked_for.case.number})


SKILLS: Final[Mapping[str, Skill]] = {
    "refund_news": known_customer(refund_news),
    "chase_refund": known_customer(chase_refund),
}
