"""Orders changed in the chat, on the real books: proposed, agreed to, done once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bots import inbound
from bots.inbound import Incoming
from bots.proposing import service as proposals
from oms_service.customers import addresses, bulk
from oms_service.customers.models import Customer
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.runtime import Runtime
from tests.factories.coming_back import make_sibling
from tests.factories.money import make_balance, make_card, run
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.fakes.clock import StandingClock
from tests.integration.bots.test_inbound import Chat, rows


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    """Two open orders paid by card and one that has arrived; there is a gift card, too."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_sibling(uow, made, "BIG", price=1_500, options={"size": "500 g"})
        make_sibling(uow, made, "GONE", price=900, stock=0, options={"size": "50 g"})
        card = make_card(uow, made)
        make_balance(uow, made, 50_000)
        make_order(uow, made, number="A-10001", items={"COFFEE": 2}, method_id=card)
        make_order(uow, made, number="A-10002", items={"MUG": 1}, method_id=card)
        make_delivered_order(uow, made, number="A-10003")
    run(runtime)
    return made


def known(runtime: Runtime, shop: Shop, language: str = "en", key: str = "a") -> Chat:
    """A chat of the shop's customer, who has shown who they are."""
    chat = Chat(runtime, key, language)
    inbound.recognise(runtime, chat.id, shop.customer_id)
    return chat


def order(runtime: Runtime, number: str) -> OrderView:
    with runtime.database.reading() as connection:
        return orders.find(connection, number)


def agreement(runtime: Runtime) -> str:
    """The button that agrees to what was shown last."""
    query = "SELECT extra FROM messages WHERE direction = 'out' ORDER BY id DESC LIMIT 1"
    (extra,) = rows(runtime, query)
    assert isinstance(extra, Mapping)
    return next(
        str(one["value"]) for one in extra["choices"] if one["value"].startswith("confirm:")
    )


def standings(runtime: Runtime) -> list[object]:
    return rows(runtime, "SELECT state FROM proposals ORDER BY id")


def adopt(runtime: Runtime, shop: Shop, **rules: Mapping[str, object]) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        change_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text={})


def test_orders_are_changed_in_every_way_that_the_shop_allows(runtime: Runtime, shop: Shop) -> None:
    chat = known(runtime, shop)
    assert "This has left our warehouse" in chat.ask("cancel A-10003 please")
    assert "We could not find an order" in chat.ask("cancel A-99999 please")
    chat.ask("never mind")
    assert "Which version" in chat.ask("I want to change the items in order A-10001")
    assert '"Drip coffee" (50 g) is not in stock.' in chat.ask("50 g")
    shown = chat.ask("500 g")
    assert "quantity 2: 100 g (¥1,000) becomes 500 g (¥1,500)." in shown
    assert "The total changes from ¥2,000 to ¥3,000." in shown
    assert "The difference of ¥1,000 is taken from your credit card (****4242)." in shown
    assert order(runtime, "A-10001").total.minor == 2_000
    assert "Your order A-10001 is changed." in chat.ask("yes")
    run(runtime)
    assert order(runtime, "A-10001").total.minor == 3_000
    shown = chat.ask("change the payment method of A-10002 to my gift card")
    assert "¥2,500 would be paid by your gift card." in shown
    chat.ask("yes")
    run(runtime)
    chat.ask("change the delivery address of A-10001")
    assert "〒150-0002 東京都渋谷区渋谷2-1-1" in chat.ask("〒150-0002 東京都渋谷区渋谷2-1-1")
    chat.ask(choice=agreement(runtime))
    with runtime.database.reading() as connection:
        assert orders.destination(connection, order(runtime, "A-10001").id)["line1"] == "渋谷2-1-1"
    shown = chat.ask("A-10002のお届け日を明日の午前中に変更したい")
    assert "明日 11月23日(月) 午前中" in shown
    chat.ask("はい")
    found = order(runtime, "A-10002")
    assert (str(found.deliver_on), found.delivery_window) == ("2026-11-23", "0812")
    chat.ask("いつもの住所を変えたい")
    chat.ask("〒604-8005 京都府京都市中京区恵比須町1-2")
    assert "いつものお届け先を変更しました。" in chat.ask("お願いします")
    with runtime.database.looking() as session:
        usual = addresses.default(session, shop.customer_id)
    assert usual is not None
    assert (usual.region, usual.postal_code) == ("京都府", "604-8005")
    shown = chat.ask("A-10002をキャンセルしたい、不要になったので")
    assert "2,500円をギフトカードに返金いたします" in shown
    assert "ご注文 A-10002 をキャンセルしました。" in chat.ask("キャンセルする")
    run(runtime)
    assert order(runtime, "A-10002").order_state is OrderState.CANCELLED
    assert standings(runtime) == ["done"] * 6
    by = "SELECT DISTINCT actor FROM order_log WHERE kind IN ('cancelled', 'changed')"
    assert rows(runtime, by) == [f"customer:{shop.customer_id}"]
    assert list(audit(runtime.database)) == []


def test_what_changed_meanwhile_is_shown_again(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    chat = known(runtime, shop)
    chat.ask("cancel A-10001 please, no longer needed")
    adopt(runtime, shop, cancel={"approval": "person"})
    said = chat.ask("yes")
    assert "What I showed you has changed meanwhile." in said
    assert "A colleague has to agree to this." in said
    clock.advance(seconds=int(proposals.KEPT.total_seconds()) + 1)
    assert "It has been a while" in chat.ask("yes")
    assert standings(runtime) == ["replaced", "replaced", "open"]
    said = chat.ask("yes")
    assert "I have passed this on (case C-" in said
    run(runtime)
    assert order(runtime, "A-10001").order_state is OrderState.PLACED
    cases = "SELECT reason || ' ' || failed_rule || ' ' || (wanted->>'reason') FROM cases"
    assert rows(runtime, cases) == ["cancel change_needs_person no_longer_needed"]
    entered = "SELECT count(*) FROM case_entries WHERE kind IN ('opened', 'appended')"
    assert rows(runtime, entered) == [1]
    clock.advance(days=31)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert [proposals.forget_old_words(uow), proposals.forget_old_words(uow)] == [3, 0]
    assert (
        rows(runtime, "SELECT arguments::text || shown::text || digest FROM proposals")
        == ["{}{}"] * 3
    )


def test_an_old_button_does_nothing_and_says_what_holds(runtime: Runtime, shop: Shop) -> None:
    chat = known(runtime, shop)
    chat.ask("cancel A-10001 please, no longer needed")
    first = agreement(runtime)
    chat.ask("no, because I ordered it by mistake")
    second = agreement(runtime)
    assert "That no longer holds, so nothing was done." in chat.ask(choice=first)
    assert order(runtime, "A-10001").order_state is OrderState.PLACED
    third = agreement(runtime)
    assert len({first, second, third}) == 3
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "mayumi.tanaka@example.jp", family_name="田中")
    theirs = Chat(runtime, "b", "en")
    inbound.recognise(runtime, theirs.id, other)
    with pytest.raises(Invalid):
        theirs.ask(choice=third)
    chat.ask(choice=third)
    assert "That was done already" in chat.ask(choice=third)
    assert standings(runtime) == ["replaced", "replaced", "done"]


def test_two_yes_at_once_do_it_once(runtime: Runtime, shop: Shop) -> None:
    chat = known(runtime, shop)
    chat.ask("cancel A-10002 please, no longer needed")
    button, together = agreement(runtime), Barrier(4, timeout=20)

    def agree(number: int) -> str:
        together.wait()
        typed = Incoming(key=f"y:{number}", text="yes", source="192.0.2.1")
        incoming = Incoming(key=f"y:{number}", choice=button) if number % 2 else typed
        answer = inbound.receive(runtime, chat.id, incoming)
        return "\n".join(one.text for one in answer.replies)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(agree, range(4)))
    assert sum("is cancelled" in one for one in said) == 1
    run(runtime)
    assert standings(runtime) == ["done"]
    assert rows(runtime, "SELECT count(*) FROM order_changes") == [1]
    assert rows(runtime, "SELECT sum(amount_minor)::int FROM refunds") == [2_500]


def test_a_name_and_a_postal_code_are_enough_where_the_shop_says_so(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for one in uow.session.query(Customer).all():
            one.search = bulk.search_text(one.given_name, one.family_name, "")
    for key, allowed in (("n", frozenset[str]()), ("o", frozenset({"name+postal"}))):
        object.__setattr__(runtime.settings, "chat_identity", allowed)
        chat = Chat(runtime, key, "ja")
        chat.ask("注文をキャンセルしたい")
        said = chat.ask("佐藤 美咲です。160-0022です")
        assert (chat.now().customer_id == shop.customer_id) is bool(allowed)
        assert ("キャンセルなさるご注文" in said) is bool(allowed)
    other = Chat(runtime, "m", "ja")
    other.ask("注文をキャンセルしたい")
    told = {other.ask(f"{name}です。160-0022です") for name in ("田中 花子", "山田 太郎")}
    assert len(told) == 1
    assert other.now().customer_id is None
