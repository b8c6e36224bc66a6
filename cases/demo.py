"""Cases and conversations for the demo shop: what agents find on their first morning."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from cases import demo_together, opening, service
from cases.after import demo as answers
from cases.delays.policy import REASON as DELAY
from cases.finding import demo as finding_demo
from cases.routing import agents
from cases.routing import demo as routing_demo
from cases.taxonomy import demo as words
from cases.views import CaseView
from cases.writing import answering
from cases.writing import queries as writing
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import ConversationView
from oms_service.customers import queries as customers
from oms_service.demo_shop.result import DemoOrder, DemoShop
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors, ids
from oms_service.kernel.languages import Language
from oms_service.operations.outlook import assessing
from oms_service.returns import queries as returns

_MANY_DELAYS: Final = 8
_MANY_RETURNS: Final = 6


@dataclass(frozen=True)
class Matter:
    """What somebody writes, what the bot answers, and why it is passed on."""

    reason: str
    words: Mapping[Language, str]
    rule: str = "needs_colleague"


_JA, _EN = Language.JAPANESE, Language.ENGLISH
_PASSED_ON: Final = {
    _JA: "担当者におつなぎします。ここまでの内容は伝わっていますので、同じご説明は不要です。",
    _EN: "I am passing you to a colleague, who can see everything above.",
}
_ANSWERED: Final = {
    _JA: "{customer_name} 様\n\n領収書は、ご注文のページから会社名を入れて発行いただけます。"
    "\n\n{agent_name}",
    _EN: "Hello {customer_name},\n\nThe page of your order makes a receipt in your company's name."
    "\n\n{agent_name}",
}
_RETURN: Final = Matter(
    "return",
    {
        _JA: "届いた商品ですが、思っていたものと違ったので返品したいです。",
        _EN: "This is not quite what I expected. I would like to return it, please.",
    },
)
_MATTERS: Final = (
    Matter(
        "change_address",
        {
            _JA: "引っ越しをしたので、お届け先を変更できますか。",
            _EN: "I have moved. Can you send it to my new address?",
        },
    ),
    Matter(
        "change_address",
        {
            _JA: "お届けを今度の土曜の午前中に変えてもらえますか。",
            _EN: "Could it come on Saturday morning instead?",
        },
    ),
    Matter(
        "where_is_it",
        {
            _JA: "荷物が2日前から動いていないようです。確認をお願いします。",
            _EN: "My parcel has not moved for two days. Could somebody have a look?",
        },
        "asked",
    ),
    Matter(
        "other",
        {
            _JA: "領収書の宛名を会社名にできますか。",
            _EN: "Can the receipt be made out to my company?",
        },
        "not_understood",
    ),
)


def add(uow: UnitOfWork, shop: DemoShop) -> None:
    """Open cases about late parcels, returns that wait for a word, and what the bot passed on.

    Late orders stand in the list of deliveries at risk as well.
    """
    agents.ensure(uow)
    routing_demo.add(uow)
    finding_demo.add(uow)
    for order in shop.late[-_MANY_DELAYS:]:
        _open(uow, order, DELAY, wanted={"cause": order.cause}, rule="late")
        assessing.assess(uow, order.order_id)
    asked = [one for one in shop.returns if one.is_referred and one.state == "requested"]
    for one in asked[-_MANY_RETURNS:]:
        found = returns.by_id(uow.session, one.return_id)
        chat = _talk(uow, one.order, _RETURN)
        _open(
            uow,
            one.order,
            _RETURN.reason,
            chat=chat,
            return_id=found.id,
            lines={line.order_line_id: line.quantity for line in found.lines},
            wanted={"refund_minor": found.refund.minor, "currency": found.refund.currency},
            rule=found.referred_by_rule,
        )
    for matter, order in zip(_MATTERS, reversed(shop.in_flight), strict=False):
        _open(uow, order, matter.reason, chat=_talk(uow, order, matter), rule=matter.rule)
    if shop.delivered:
        order = shop.delivered[-1]
        settled = _open(uow, order, "other", chat=_talk(uow, order, _MATTERS[-1]), rule="asked")
        _answer(uow, settled)
        service.resolve(uow, settled.id, code="answered")
    demo_together.add(uow)
    words.add(uow)
    answers.add(uow, shop)


def _answer(uow: UnitOfWork, case: CaseView) -> None:
    """What a colleague answered from a macro, before the case was settled."""
    colleague = next(
        (one for one in access.all_staff(uow.session) if Role.AGENT in one.roles), None
    )
    if colleague is None:
        return
    macro = writing.macro(uow.session, "looking_into_it", staff_id=None)
    person = customers.find(uow.session, case.customer_id) if case.customer_id else None
    told = {"customer_name": person.name if person else "", "agent_name": colleague.name}
    answering.press(
        replace(uow, actor=actors.staff(colleague.id)),
        case.id,
        _ANSWERED[case.language].format(**told),
        key="demo-answer",
        wait=timedelta(0),
        macro=macro,
    )


def _talk(uow: UnitOfWork, order: DemoOrder, matter: Matter) -> ConversationView:
    """A chat of the order's customer, from a few minutes ago."""
    language = Language(order.language)
    chat = talking.open_or_resume(
        uow, channel=WEBCHAT, key=ids.digest(ids.token()), language=language
    )
    talking.identify(uow, chat.id, order.customer_id)
    talking.receive(uow, chat.id, key="demo-1", text=matter.words[language])
    talking.say(
        uow,
        chat.id,
        author_kind=AuthorKind.BOT,
        text=_PASSED_ON[language],
        key="re:demo-1",
        at=uow.now + timedelta(seconds=1),
    )
    return chat


def _open(
    uow: UnitOfWork,
    order: DemoOrder,
    reason: str,
    *,
    rule: str,
    chat: ConversationView | None = None,
    **more: Any,
) -> CaseView:
    return opening.open_case(
        uow,
        reason=reason,
        language=Language(order.language),
        channel=WEBCHAT if chat else "shipping",
        order_id=order.order_id,
        customer_id=order.customer_id,
        conversation_id=chat.id if chat else None,
        failed_rule=rule,
        **more,
    )
