"""In the chat, on the real books: returns, exchanges, claims, what is late, money wanted back."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from oms_service.catalog.models import Product, Variant
from oms_service.kernel.actors import SYSTEM
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from tests.factories.coming_back import (
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_card,
    make_sibling,
)
from tests.factories.orders import (
    CARRIER,
    MAIL,
    TOKYO,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.integration.bots.test_inbound import Chat, rows


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        mug = uow.session.get_one(Variant, made.mug_id)
        uow.session.get_one(Product, mug.product_id).name = {"ja": "マグカップ", "en": "Mug"}
        adopt_returns(uow, made)
        adopt_exchanges(uow, made)
        adopt_claims(
            uow,
            made,
            at_once_up_to_minor=100_000,
            reasons={"damaged": {"evidence": ["photo"]}, "defective": {"goods": "come_back"}},
        )
        return made


def known(runtime: Runtime, language: str = "en") -> Chat:
    """A chat whose customer has shown who they are."""
    chat = Chat(runtime, key=f"of {language}", language=language)
    for words in ("where is my order", "A-10423", MAIL):
        chat.ask(words)
    return chat


def test_money_for_what_comes_back_goes_to_the_gift_card_that_was_named(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 2, "MUG": 1}, number="A-10423")
        card = make_card(uow, shop, 500)
    chat = known(runtime)
    asked = chat.ask("I want to return one of the coffees, I changed my mind")
    assert asked.endswith("How should the money go back to you?")
    shown = chat.ask("put it on my gift card")
    assert "quantity 1" in shown
    assert "to your gift card" in shown
    assert rows(runtime, "SELECT number FROM returns") == []
    done = chat.ask("yes")
    (number,) = rows(runtime, "SELECT number FROM returns WHERE state = 'approved'")
    assert f"Its number is {number}" in done
    assert f"{runtime.links.base}/return-label/" in done
    assert rows(runtime, "SELECT refund_method_id FROM returns") == [card]
    assert rows(runtime, "SELECT quantity FROM return_lines") == [1]
    page = re.search(r"/coming-back/\S+", done)
    assert page is not None
    assert str(number) in app.test_client().get(page.group(0)).text
    kept = rows(runtime, "SELECT outcome::text FROM proposals WHERE state = 'done'")
    assert "return-label" not in str(kept)


def test_an_exchange_is_shown_with_its_difference_and_done_once(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, number="A-10423")
        make_sibling(uow, shop, "LARGE", price=2_480, options={"size": "large"})
        make_sibling(uow, shop, "HUGE", price=2_980, stock=0, options={"size": "huge"})
        make_card(uow, shop, 5_000)
    chat = known(runtime, "ja")
    chat.ask("届いたコーヒーのサイズを交換してほしいです")
    gone = chat.ask("hugeでお願いします")
    assert "ただいま在庫がございません" in gone
    shown = chat.ask("largeで")
    assert "2,480円" in shown
    assert "ギフトカードでのお支払い" in shown
    assert rows(runtime, "SELECT id FROM exchanges") == []
    done = chat.ask("はい")
    assert "交換を承りました" in done
    assert len(rows(runtime, "SELECT id FROM exchanges")) == 1
    assert rows(runtime, "SELECT kind FROM returns") == ["exchange"]
    drain(runtime)
    assert rows(runtime, "SELECT number FROM cases") == []


def test_a_claim_without_its_photo_goes_to_a_colleague_with_what_was_wished(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, number="A-10423")
    chat = known(runtime)
    assert "How may we put it right?" in chat.ask("the mug arrived broken")
    shown = chat.ask("a replacement please")
    assert "With a photo" in shown
    assert "A colleague has to look at it first." in shown
    done = chat.ask("yes")
    drain(runtime)
    (number,) = rows(runtime, "SELECT number FROM cases")
    assert f"case {number}" in done
    assert rows(runtime, "SELECT failed_rule FROM cases") == ["evidence_needed"]
    assert rows(runtime, "SELECT reason FROM cases") == ["damaged"]
    assert rows(runtime, "SELECT wanted ->> 'remedy' FROM cases") == ["replacement"]
    assert rows(runtime, "SELECT state FROM claims") == ["requested"]
    assert "A-10423" in chat.ask("where is my order")


def test_faulty_goods_come_back_first_and_the_label_is_there_at_once(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, number="A-10423")
    chat = known(runtime, "ja")
    chat.ask("届いたマグカップが不良品でした")
    shown = chat.ask("返金でお願いします")
    assert "先にお手元の商品をご返送ください" in shown
    done = chat.ask("はい")
    assert f"{runtime.links.base}/return-label/" in done
    assert rows(runtime, "SELECT state FROM claims") == ["awaiting_goods"]


def test_money_back_for_what_has_not_left_is_a_cancellation(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, items={"COFFEE": 1}, number="A-10423")
    chat = known(runtime)
    said = chat.ask("I want a refund")
    assert "it can be cancelled" in said
    assert "Why do you want to cancel" in said
    assert "cancels the whole order" in chat.ask("ordered by mistake")
    chat.ask("no")
    assert rows(runtime, "SELECT order_state FROM orders") == ["placed"]


def test_a_late_order_has_one_case_however_often_it_is_said(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, shop, number="A-10423")
    clock.advance(hours=12)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key="snow",
            status=CarrierStatus.DELAYED,
            occurred_at=uow.now,
            reason="snow",
            estimate_from=uow.now + timedelta(days=5),
            estimate_until=uow.now + timedelta(days=6),
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)
    chat = known(runtime)
    said = chat.ask("my order is late")
    (number,) = rows(runtime, "SELECT number FROM cases WHERE reason = 'delay'")
    assert f"case {number}" in said
    assert "What would you like to do?" in said
    assert "Thank you for your patience" in chat.ask("I will wait")
    chat.ask("my order is late")
    assert rows(runtime, "SELECT count(*) FROM cases") == [1]
    assert "If it is not there by" in said


def test_what_the_rules_refuse_is_told_in_the_shops_words(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"COFFEE": 1}, number="A-10423")
    clock.advance(days=60)
    chat = known(runtime)
    said = chat.ask("exchange the coffee")
    assert "I cannot exchange anything in order A-10423 here." in said
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM returns")).scalar_one() == 0
