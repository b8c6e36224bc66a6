"""A customer asks where their refund is: answered at once, or brought to people with the facts."""

from dataclasses import dataclass

from cases import opening
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.money import refund_news
from oms_service.operations.money.refund_news import RefundNews, Stand
from oms_service.orders import queries as orders

#: The reason under which such a matter is taken up.
REASON = "refund"
#: Nothing is wrong as far as we know, and the customer asks for a person all the same.
ASKED = "refund_asked"


@dataclass(frozen=True)
class Answered:
    """Where each refund is; ``case`` where a person looks into it."""

    news: tuple[RefundNews, ...]
    case: CaseView | None


def ask(
    uow: UnitOfWork,
    order_id: int,
    *,
    channel: str,
    conversation_id: int | None = None,
    insists: bool = False,
) -> Answered:
    """Answer from what is known; what is late or failed opens a case, once for the order.

    Args:
        uow: its actor is who asks.
        order_id: whose refunds.
        channel: where they ask.
        conversation_id: where they are answered; the bot goes on with everything else there.
        insists: whether they want a person though nothing is wrong as far as we know.

    Raises:
        NotFound: no such order.
    """
    order = orders.by_id(uow.session, order_id)
    news = refund_news.of_order(uow.session, order_id, now=uow.now)
    wrong = [one for one in news if one.needs_person]
    if not wrong and not insists:
        return Answered(news, None)
    about = wrong or list(news)
    worst = next((one for one in about if one.stand is Stand.FAILED), next(iter(about), None))
    case = opening.open_case(
        uow,
        reason=REASON,
        language=order.language,
        channel=channel,
        order_id=order.id,
        customer_id=order.customer_id,
        conversation_id=conversation_id,
        wanted={
            "refund_minor": sum(one.refund.amount.minor for one in about),
            "currency": worst.refund.amount.currency,
            "expected_by": worst.expected_by.isoformat() if worst.expected_by else "",
            "failure": worst.refund.failure,
        }
        if worst is not None
        else {},
        failed_rule=f"refund_{worst.stand}" if worst is not None and wrong else ASKED,
        passes_on=False,
    )
    return Answered(news, case)
