"""In the chat: terms before a return, its label after, and where the money is that goes back."""

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import service as paying
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_returns
from tests.factories.orders import MAIL, MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.integration.bots.test_inbound import Chat

ASKED = "返金はいつ届きますか"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        adopt_returns(uow, made, refund_when="at_once", send_back_within_days=14)
        return made


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_delivered_order(uow, shop, number="A-10423")


def cases(runtime: Runtime) -> list[tuple[str, str, bool]]:
    drain(runtime)
    with runtime.database.reading() as connection:
        query = text(
            "SELECT reason, failed_rule, conversation_id IS NOT NULL FROM cases ORDER BY id"
        )
        return [(one[0], one[1], one[2]) for one in connection.execute(query)]


def sent_back(chat: Chat) -> str:
    """Send one coffee back; what is said at the end."""
    for words in ("返品したい", "A-10423", MAIL, "1"):
        chat.ask(words)
    shown = chat.ask("気が変わった")
    assert "返品特約" in shown, "the terms stand before the question"
    assert "/return-terms/" in shown
    assert shown.index("/return-terms/") < shown.index("申し込みますか")
    return chat.ask("はい")


def test_the_terms_come_before_the_question_and_the_label_after_it(
    runtime: Runtime, order: MadeOrder
) -> None:
    done = sent_back(Chat(runtime))
    assert "返品ラベル" in done
    assert f"{runtime.links.base}/return-label/" in done
    assert "/return-terms/" in done
    assert cases(runtime) == []
    assert order.number == "A-10423"


def test_a_refund_that_is_on_its_way_is_told_and_nobody_is_asked(
    runtime: Runtime, order: MadeOrder
) -> None:
    chat = Chat(runtime)
    sent_back(chat)
    with runtime.unit_of_work(SYSTEM) as uow:
        (refund,) = payments.refunds(uow.session, order.id)
        paying.confirm_paid(uow, refund.id)
    said = chat.ask(ASKED)
    assert "1,000円の返金のお手続きを進めております" in said
    assert "までに着金する見込みです" in said
    assert cases(runtime) == []
    assert "見込みの日までに着金しない場合は" in chat.ask(choice="no")
    chat.ask(ASKED)
    for _twice in range(2):
        said = chat.ask(choice="yes")
    assert cases(runtime) == [("refund", "refund_asked", True)]


def test_a_refund_that_is_overdue_goes_to_a_colleague_with_the_facts(
    runtime: Runtime, clock: StandingClock, order: MadeOrder
) -> None:
    chat = Chat(runtime)
    sent_back(chat)
    with runtime.unit_of_work(SYSTEM) as uow:
        (refund,) = payments.refunds(uow.session, order.id)
        paying.confirm_paid(uow, refund.id)
    clock.advance(days=20)
    later = Chat(runtime, key="b")
    for words in (ASKED, "A-10423", MAIL):
        said = later.ask(words)
    assert "着金する見込みでした" in said
    assert "受付番号 C-" in said
    assert cases(runtime) == [("refund", "refund_overdue", True)]
    later.ask(ASKED)
    assert len(cases(runtime)) == 1


def test_where_there_is_no_refund_it_says_so(runtime: Runtime, order: MadeOrder) -> None:
    chat = Chat(runtime)
    for words in (ASKED, order.number, MAIL):
        said = chat.ask(words)
    assert "返金は、今のところございません" in said
    assert cases(runtime) == []


def test_a_foreign_order_has_no_refund_news(runtime: Runtime, shop: Shop, order: MadeOrder) -> None:
    chat = Chat(runtime)
    for words in (ASKED, order.number, MAIL):
        chat.ask(words)
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).customer_id == shop.customer_id
    said = chat.ask("A-99999の返金はいつですか")
    assert "一致するご注文が見つかりませんでした" in said
    assert cases(runtime) == []
