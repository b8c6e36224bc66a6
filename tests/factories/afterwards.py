"""Settled cases with an answer to be judged, and delivered orders to be asked about."""

from dataclasses import dataclass

from cases import service
from cases.views import CaseView
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop


@dataclass(frozen=True)
class Settled:
    """A shop, an order of its customer, the agent, and their case that was answered and ended."""

    shop: Shop
    order: MadeOrder
    agent_id: int
    case: CaseView

    @property
    def customer_id(self) -> int:
        return self.shop.customer_id


def make_settled(runtime: Runtime, *, code: str = "answered", answers: bool = True) -> Settled:
    """A case from the chat about a delivered order, answered by an agent and resolved."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_delivered_order(uow, shop)
        agent_id = make_agent(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        case = make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )
    return Settled(shop, order, agent_id, settle(runtime, case, agent_id, code, answers=answers))


def settle(
    runtime: Runtime, case: CaseView, agent_id: int, code: str = "answered", *, answers: bool = True
) -> CaseView:
    """Answer a case and resolve it, as an agent does."""
    with runtime.unit_of_work(staff(agent_id)) as uow:
        if answers:
            service.reply(uow, case.id, "確認いたしました。", key=f"answer:{case.version}")
        return service.resolve(uow, case.id, code=code, note="told by phone")
