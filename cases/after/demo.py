"""What customers of the demo shop have said so far: of cases, of deliveries, of products."""

from datetime import timedelta
from typing import Final

from sqlalchemy import update

from cases import opening, service
from cases.after import feedback, queries, surveys
from cases.after.models import OrderFeedback, Survey
from cases.after.states import AskState
from cases.after.views import Given
from cases.events import CaseResolved
from oms_service.conversations import service as talking
from oms_service.conversations.channels import WEBCHAT
from oms_service.demo_shop.result import DemoOrder, DemoShop
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderCompleted

#: So long they may still change their minds.
_KEPT: Final = timedelta(days=14)
_JA, _EN = Language.JAPANESE, Language.ENGLISH
#: Score and words of each delivery, and a score of its first product.
_DELIVERIES: Final = (
    (5, {_JA: "思っていたより早く届きました。", _EN: "It came sooner than I thought."}, 5),
    (4, {_JA: "", _EN: ""}, 4),
    (2, {_JA: "箱の角が潰れていました。", _EN: "A corner of the box was crushed."}, 4),
    (5, {_JA: "時間どおりでした。", _EN: "Right on time."}, 3),
)
#: Score and words of each settled case.
_CASES: Final = (
    (5, {_JA: "丁寧に教えていただきました。", _EN: "Kind and clear."}),
    (2, {_JA: "返信まで時間がかかりました。", _EN: "It took long to hear from you."}),
)
_ASKED: Final = {
    _JA: "領収書を再発行していただけますか。",
    _EN: "Could I have the receipt once more?",
}
_ANSWERED: Final = {
    _JA: "ご注文のページから再発行できます。お手数をおかけいたします。",
    _EN: "You can have it from the page of your order at any time.",
}


def add(uow: UnitOfWork, shop: DemoShop) -> None:
    """Let some customers have answered; they are told nothing more for it."""
    chosen = _of_different_customers(shop)
    for order, (score, words, of_product) in zip(chosen, _DELIVERIES, strict=False):
        _delivery(uow, order, score, words[Language(order.language)], of_product)
    for order, (score, words) in zip(chosen[len(_DELIVERIES) :], _CASES, strict=False):
        _case(uow, order, score, words[Language(order.language)])


def _of_different_customers(shop: DemoShop) -> list[DemoOrder]:
    found: dict[int, DemoOrder] = {}
    for one in reversed(shop.delivered[:-1]):
        found.setdefault(one.customer_id, one)
    return list(found.values())[: len(_DELIVERIES) + len(_CASES)]


def _delivery(uow: UnitOfWork, order: DemoOrder, score: int, words: str, of_product: int) -> None:
    feedback.plan(uow, OrderCompleted(order_id=order.order_id))
    planned = queries.feedback_of_order(uow.session, order.order_id)
    if planned is None:
        return
    uow.session.execute(
        update(OrderFeedback)
        .where(OrderFeedback.id == planned.id, OrderFeedback.state == AskState.WAITING)
        .values(
            state=AskState.ASKED,
            due_at=None,
            asked_at=uow.now,
            answer_until=uow.now + _KEPT,
        )
    )
    lines = [Given(orders.lines(uow.session, order.order_id)[0].id, of_product)]
    feedback.give(uow, planned.id, score=score, words=words, lines=lines, on="link")


def _case(uow: UnitOfWork, order: DemoOrder, score: int, words: str) -> None:
    language = Language(order.language)
    chat = talking.open_or_resume(
        uow, channel=WEBCHAT, key=ids.digest(ids.token()), language=language
    )
    talking.identify(uow, chat.id, order.customer_id)
    talking.receive(uow, chat.id, key="demo-1", text=_ASKED[language])
    case = opening.open_case(
        uow,
        reason=opening.OTHER,
        language=language,
        channel=WEBCHAT,
        order_id=order.order_id,
        customer_id=order.customer_id,
        conversation_id=chat.id,
    )
    service.reply(uow, case.id, _ANSWERED[language], key="demo-answer")
    service.resolve(uow, case.id, code="answered")
    surveys.plan(uow, CaseResolved(case_id=case.id, order_id=order.order_id, resolution="answered"))
    (planned,) = queries.surveys_of_case(uow.session, case.id)
    uow.session.execute(
        update(Survey)
        .where(Survey.id == planned.id, Survey.state == AskState.WAITING)
        .values(state=AskState.ASKED, due_at=None, asked_at=uow.now, answer_until=uow.now + _KEPT)
    )
    surveys.answer(uow, planned.id, score=score, words=words, on="chat")
