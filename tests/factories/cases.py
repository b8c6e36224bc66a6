"""Cases, the chats they come from, and the colleagues who work on them."""

from cases import opening
from cases.routing import agents
from cases.views import CaseView
from oms_service.access import staff
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.queries import staff_by_mail
from oms_service.access.states import Role
from oms_service.conversations import service as conversations
from oms_service.conversations.views import ConversationView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language
from oms_service.operations.returning import returns
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.returns.states import ReturnReason
from tests.factories.orders import make_delivered_order
from tests.factories.shop import Shop


def make_agent(
    uow: UnitOfWork,
    mail: str = "aoi@desk.example",
    *,
    name: str = "田中 葵",
    language: Language = Language.JAPANESE,
    role: Role = Role.AGENT,
) -> int:
    """A colleague who signs in with ``PASSWORD`` and gets cases of their language."""
    found = staff_by_mail(uow.session, mail)
    if found is None:
        found = staff.add(
            uow, mail=mail, name=name, password=PASSWORD, roles=[role], language=language
        )
    agents.ensure(uow)
    return found.id


def make_chat(
    uow: UnitOfWork, *, customer_id: int | None = None, key: str | None = None
) -> ConversationView:
    """A chat on the shop's page, of somebody who has shown who they are, or not yet."""
    thread = conversations.open_or_resume(
        uow, channel="webchat", key=key or readable_code(20), language=Language.JAPANESE
    )
    if customer_id is not None:
        conversations.identify(uow, thread.id, customer_id)
    return thread


def make_case(
    uow: UnitOfWork,
    *,
    reason: str = "other",
    order_id: int | None = None,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    language: Language = Language.JAPANESE,
) -> CaseView:
    return opening.open_case(
        uow,
        reason=reason,
        language=language,
        channel="webchat",
        order_id=order_id,
        customer_id=customer_id,
        conversation_id=conversation_id,
    )


def make_return_case(
    uow: UnitOfWork, shop: Shop, *, conversation_id: int | None = None
) -> CaseView:
    """A delivered order of which one piece shall go back; the shop has no policy, so it asks."""
    order = make_delivered_order(uow, shop)
    asked = returns.request(
        uow,
        Wanted(
            order_id=order.id,
            lines=[
                WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.CHANGED_MIND)
            ],
            channel="webchat",
            key=readable_code(12),
        ),
    )
    return opening.open_case(
        uow,
        reason="return",
        language=Language.JAPANESE,
        channel="webchat",
        order_id=order.id,
        customer_id=shop.customer_id,
        conversation_id=conversation_id,
        return_id=asked.view.id,
        lines={order.line_ids[0]: 1},
        wanted={"refund_minor": asked.view.refund.minor, "currency": asked.view.refund.currency},
        failed_rule=asked.view.referred_by_rule,
    )
