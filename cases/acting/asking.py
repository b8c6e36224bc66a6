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


@dataclass(frozen=True)
class Answered:
    """Where each refund is; ``case`` where one of them should have arrived, or failed."""

    news: tuple[RefundNews, ...]
    case: CaseView | None


def ask(uow: UnitOfWork, order_id: int, *, channel: str) -> Answered:
    """Answer from what is known; what is late or failed opens a case, once for the order.

    Raises:
        NotFound: no such order.
    """
    order = orders.by_id(uow.session, order_id)
    news = refund_news.of_order(uow.session, order_id, now=uow.now)
    wrong = [one for one in news if one.needs_person]
    if not wrong:
        return Answered(news, None)
    worst = next((one for one in wrong if one.stand is Stand.FAILED), wrong[0])
    case = opening.open_case(
        uow,
        reason=REASON,
        language=order.language,
        channel=channel,
        order_id=order.id,
        customer_id=order.customer_id,
        wanted={
            "refund_minor": sum(one.refund.amount.minor for one in wrong),
            "currency": worst.refund.amount.currency,
            "expected_by": worst.expected_by.isoformat() if worst.expected_by else "",
            "failure": worst.refund.failure,
        },
        failed_rule=f"refund_{worst.stand}",
    )
    return Answered(news, case)
