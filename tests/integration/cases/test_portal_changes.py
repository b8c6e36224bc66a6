"""Customers and guests change orders by page: seen before, done once, refused with reasons."""

import re
from datetime import date
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.money import Money
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.payments import attempts
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.wishes import Wish
from tests.factories.money import make_card
from tests.factories.orders import MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.factories.stock import stock_up
from tests.integration.cases.test_portal_waiting import add_sibling, signed_in
from tests.queries import counted

PAGE = "/orders/A-10600"
PATH = f"{PAGE}/change"
OSAKA = {
    "recipient": "佐藤 美咲",
    "country": "JP",
    "postal_code": "530-0001",
    "region": "大阪府",
    "city": "大阪市北区",
    "line1": "梅田1-2-3",
}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        stock_up(uow, add_sibling(uow, shop, "COFFEE-L", price=1_200), shop.location_id, 5)
        return shop


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    """Two coffees and a mug, paid, wished for one afternoon."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(
            uow,
            shop,
            number="A-10600",
            items={"COFFEE": 2, "MUG": 1},
            wish=Wish(date(2026, 11, 26), "1416"),
            method_id=make_card(uow, shop),
        )
    drain(runtime)
    return made


@pytest.fixture
def mine(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    return signed_in(app, runtime, shop.customer_id)


def hidden(page: str) -> dict[str, str]:
    """What the forms of a page send without anybody typing."""
    main = page.partition("<main")[2]
    found = re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', main)
    return {name: unescape(value) for name, value in found}


def looked(client: FlaskClient, what: str, root: str = PATH, **typed: str) -> dict[str, str]:
    """The second look at a wish: what its button sends."""
    answer = post(client, f"{root}/{what}", typed)
    assert answer.status_code == 200, answer.text
    return hidden(answer.text) | {"step": "confirm"}


def counts(runtime: Runtime, order: MadeOrder) -> list[tuple[str, int]]:
    with runtime.database.looking() as session:
        return [
            (one.sku, one.counters.wanted)
            for one in orders.lines(session, order.id)
            if one.counters.wanted
        ]


def standing(runtime: Runtime, order: MadeOrder) -> OrderState:
    with runtime.database.reading() as connection:
        return orders.by_id(connection, order.id).order_state


def asked(runtime: Runtime) -> list[tuple[str, str, int]]:
    """Reason, failed rule and the customer's messages of each case."""
    with runtime.database.reading() as connection:
        query = text(
            "SELECT reason, failed_rule, (SELECT count(*) FROM messages m"
            " WHERE m.conversation_id = cases.conversation_id AND m.direction = 'in')"
            " FROM cases ORDER BY id"
        )
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def test_the_order_leads_to_what_may_be_changed(
    runtime: Runtime, mine: FlaskClient, order: MadeOrder
) -> None:
    assert f'href="{PATH}"' in mine.get(PAGE).text
    page = mine.get(PATH).text
    for what in ("address", "delivery", "items", "quantity", "cancel"):
        assert f'href="{PATH}/{what}"' in page
    moved = mine.get(f"{PAGE}/when")
    assert (moved.status_code, moved.location) == (303, f"{PATH}/delivery")
    with counted(runtime.database) as sent:
        assert mine.get(f"{PATH}/items").status_code == 200
    assert len(sent) <= 50, sent


def test_a_whole_order_is_cancelled_once_however_often_the_button_is_pressed(
    runtime: Runtime, mine: FlaskClient, order: MadeOrder
) -> None:
    sent = looked(mine, "cancel", reason="ordered_by_mistake", scope="whole")
    assert standing(runtime, order) is OrderState.PLACED
    answers = [post(mine, f"{PATH}/cancel", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert standing(runtime, order) is OrderState.CANCELLED
    drain(runtime)
    with runtime.database.reading() as connection:
        query = text("SELECT sum(amount_minor), count(*) FROM refunds")
        assert tuple(connection.execute(query).one()) == (4_500, 1)
    assert audit(runtime.database) == ()


def test_items_and_numbers_change_with_their_money_shown_first(
    runtime: Runtime, mine: FlaskClient, order: MadeOrder
) -> None:
    coffee, mug = order.line_ids
    preview = post(
        mine, f"{PATH}/cancel", {"reason": "other", "scope": "part", f"units-{mug}": "1"}
    ).text
    assert "Cancel these items?" in preview
    assert "¥4,500" in preview
    assert "¥2,000" in preview
    post(mine, f"{PATH}/cancel", hidden(preview) | {"step": "confirm"})
    assert counts(runtime, order) == [("COFFEE", 2)]
    post(mine, f"{PATH}/quantity", looked(mine, "quantity", **{f"units-{coffee}": "1"}))
    assert counts(runtime, order) == [("COFFEE", 1)]
    page = mine.get(f"{PATH}/items").text
    (large,) = re.findall(r'<option value="(\d+)">500 g – in stock, ¥200 more each', page)
    seen = looked(mine, "items", **{f"variant-{coffee}": large})
    post(mine, f"{PATH}/items", seen)
    assert ("COFFEE-L", 1) in counts(runtime, order)


def test_more_is_asked_of_the_card_that_has_only_promised_the_rest(
    runtime: Runtime, mine: FlaskClient, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, number="A-10601", is_paid=False)
        card = make_card(uow, shop)
        held = NewEntry(
            order_id=made.id,
            kind=EntryKind.AUTHORIZED,
            amount=Money(2_000, "JPY"),
            key="held",
            method_id=card,
        )
        payments.record(uow, held)
        payments.rederive(uow, made.id)
    drain(runtime)
    root = "/orders/A-10601/change"
    assert f'href="{root}/payment"' in mine.get(root).text
    assert "No payment has reached us yet" in mine.get(f"{root}/payment").text
    preview = post(mine, f"{root}/quantity", {f"units-{made.line_ids[0]}": "3"}).text
    assert "¥1,000" in preview
    assert "4242" in preview
    sent = hidden(preview) | {"step": "confirm"}
    assert [post(mine, f"{root}/quantity", sent).status_code for _ in range(2)] == [303, 303]
    assert sum(count for _sku, count in counts(runtime, made)) == 3
    with runtime.database.looking() as session:
        (asked_for,) = attempts.of_order(session, made.id)
    assert (asked_for.method_id, asked_for.amount) == (card, Money(1_000, "JPY"))


def test_the_way_it_was_paid_is_no_other_way(
    runtime: Runtime, mine: FlaskClient, shop: Shop, order: MadeOrder
) -> None:
    assert "no other way of yours on file" in mine.get(f"{PATH}/payment").text
    with runtime.unit_of_work(SYSTEM) as uow:
        second = make_card(uow, shop, "pm_5555")
    page = mine.get(f"{PATH}/payment").text
    assert re.findall(r'name="method_id" value="(\d+)"', page) == [str(second)]


def test_the_second_look_keeps_the_days_that_the_order_names(
    mine: FlaskClient, order: MadeOrder
) -> None:
    days = re.search(r"Expect it (.*?)</strong>", mine.get(PAGE).text)
    assert days is not None
    coffee, _mug = order.line_ids
    preview = post(mine, f"{PATH}/quantity", {f"units-{coffee}": "1"}).text
    assert f"{days[1].rstrip('.')} (unchanged)" in preview


def test_the_address_is_filled_in_looked_at_and_changed(
    runtime: Runtime, mine: FlaskClient, order: MadeOrder
) -> None:
    page = mine.get(f"{PATH}/address").text
    assert 'value="新宿1-2-3"' in page
    filled = post(mine, f"{PATH}/address", {**OSAKA, "city": "", "line1": "", "complete": "1"})
    assert 'value="大阪市北区"' in filled.text
    preview = post(mine, f"{PATH}/address", OSAKA)
    assert "梅田1-2-3" in preview.text
    with runtime.database.reading() as connection:
        assert orders.destination(connection, order.id)["city"] == "新宿区"
    answer = post(mine, f"{PATH}/address", hidden(preview.text) | {"step": "confirm"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    with runtime.database.reading() as connection:
        assert orders.destination(connection, order.id)["city"] == "大阪市北区"


def test_another_day_is_chosen(runtime: Runtime, mine: FlaskClient, order: MadeOrder) -> None:
    assert "You asked for: Thu 26 Nov, 14:00–16:00" in mine.get(PAGE).text
    sent = looked(mine, "delivery", deliver_on="2026-11-28", delivery_window="1820")
    answers = [post(mine, f"{PATH}/delivery", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    with runtime.database.reading() as connection:
        found = orders.by_id(connection, order.id)
    assert Wish(found.deliver_on, found.delivery_window) == Wish(date(2026, 11, 28), "1820")


@pytest.mark.parametrize(
    ("what", "typed", "status", "said"),
    [
        ("delivery", {"deliver_on": "soon"}, 422, "Choose a day from the calendar."),
        ("delivery", {"deliver_on": "2026-11-22"}, 409, "The earliest is 23 November."),
        (
            "delivery",
            {"deliver_on": "2026-11-28", "delivery_window": "0203"},
            409,
            "within these hours",
        ),
        ("cancel", {}, 422, "Choose a reason."),
        ("cancel", {"reason": "fraud"}, 422, "Choose a reason."),
        ("cancel", {"reason": "other", "scope": "part"}, 422, "at least one"),
        ("address", {**OSAKA, "city": ""}, 409, "Enter the city or ward."),
        ("address", {**OSAKA, "postal_code": "000-0000", "complete": "1"}, 422, "postal code"),
        ("address", {**OSAKA, "line1": "a\u200b" * 200}, 422, "Enter the street and number."),
        ("address", {**OSAKA, "phone": "abc"}, 422, "Please enter a phone number, such as"),
        ("quantity", {"units-1": "9999999"}, 422, "Enter how many"),
        ("items", {}, 422, "Choose another version"),
        ("quantity", {"units-1": "2"}, 422, "That is what the order says already."),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(
    runtime: Runtime,
    mine: FlaskClient,
    order: MadeOrder,
    what: str,
    typed: dict[str, str],
    status: int,
    said: str,
) -> None:
    answer = post(mine, f"{PATH}/{what}", typed)
    assert answer.status_code == status
    assert said in answer.text
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM order_changes")).scalar_one() == 0


def test_what_was_not_shown_is_not_done(
    runtime: Runtime, mine: FlaskClient, order: MadeOrder
) -> None:
    seen = looked(mine, "cancel", reason="other", scope="whole")
    for forged in ({**seen, "digest": "0" * 64}, {**seen, "version": ""}):
        assert post(mine, f"{PATH}/cancel", forged).location == f"{PATH}/cancel"
    assert post(mine, f"{PATH}/cancel", {**seen, "key": ""}).status_code == 404
    assert standing(runtime, order) is OrderState.PLACED


def test_what_is_refused_can_be_asked_of_a_colleague_once(
    runtime: Runtime, mine: FlaskClient, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        ship(uow, shop, order)
    page = mine.get(f"{PATH}/cancel").text
    assert "Ask a colleague" in page
    assert "Preview the change" not in page
    sent = hidden(page) | {"reason": "other", "more": "It was a gift.", "step": "ask"}
    answers = [post(mine, f"{PATH}/cancel", sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert len({one.location for one in answers}) == 1
    ((reason, rule, messages),) = asked(runtime)
    assert (reason, messages) == ("cancel", 1)
    assert rule
    thread = mine.get(answers[0].location).text
    assert "I would like to cancel this order." in thread
    assert "It was a gift." in thread


def test_what_a_person_decides_waits_in_one_case(
    runtime: Runtime, mine: FlaskClient, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        rules = {"address": {"approval": "person"}, "cancel": {}}
        change_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text={})
    preview = post(mine, f"{PATH}/address", OSAKA)
    assert "A colleague looks at it first" in preview.text
    sent = hidden(preview.text) | {"step": "confirm"}
    answers = [post(mine, f"{PATH}/address", sent) for _ in range(2)]
    drain(runtime)
    assert [one.status_code for one in answers] == [303, 303]
    assert [one[0] for one in asked(runtime)] == ["change_address"]


def test_anothers_order_is_unknown(app: Flask, runtime: Runtime, order: MadeOrder) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
    client = signed_in(app, runtime, other)
    assert client.get(PATH).status_code == 404
    assert client.get(f"{PATH}/cancel").status_code == 404
    assert client.get(f"{PAGE}/late").status_code == 404
