"""Orders at the console: found, read, held, put together for a customer and placed."""

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.customers import service as customers
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.changes import cancelling
from oms_service.operations.placement import holding
from oms_service.operations.reconcile import audit
from oms_service.orders import listing
from oms_service.orders.listing import Wanted
from oms_service.orders.states import HoldReason
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import service as sales
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, SellingMode, TaxMode
from oms_service.shipping.states import Jeopardy
from tests import pdfs
from tests.factories.orders import make_delivered_order, make_order, make_shipped_order
from tests.factories.outlooks import make_outlook
from tests.factories.pickups import stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.warehouse import (
    COFFEE_BARCODE,
    fulfilment_of,
    furnish,
    pack_all,
    pick_all,
    start_list,
)

Typed = dict[str, object]


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=10)
        customers.refresh_search(uow, customers.held(uow, made.customer_id))
        return made


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


@pytest.fixture
def agent(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.AGENT)


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_the_list_finds_orders_by_number_name_and_view(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1", is_paid=False)
        make_shipped_order(uow, shop, number="A-2")
        make_delivered_order(uow, shop, number="A-3")
    page = agent.get("/console/orders").text
    assert ("A-1" in page, "A-2" in page, "A-3" in page) == (True, True, False)
    assert "佐藤 美咲" in page
    for query, number in (("ａ－３", "A-3"), ("3", "A-3")):
        found = agent.get("/console/orders", query_string={"q": query}).text
        assert [one for one in ("A-1", "A-2", "A-3") if f"/orders/{one}" in found] == [number]
    assert "A-2" in agent.get("/console/orders", query_string={"q": "佐藤"}).text
    unpaid = agent.get("/console/orders?view=unpaid").text
    assert ("A-1" in unpaid, "A-2" in unpaid) == (True, False)
    assert "Nothing is on hold" in agent.get("/console/orders?view=on_hold").text
    assert "No order fits" in agent.get("/console/orders?q=nobody").text
    assert agent.get("/console/orders?cursor=x&from=9999-99-99&until=0001-01-01").status_code == 302


def test_filters_narrow_the_list_and_its_file_alike(
    agent: FlaskClient, app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1", is_paid=False)
        make_order(uow, shop, number="=A-2")
        make_delivered_order(uow, shop, number="A-3")

    def numbers(query: str) -> list[str]:
        answer = agent.get(f"/console/orders/export.csv?{query}")
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
        rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
        listed = agent.get(f"/console/orders?{query}").text
        found = [row[0] for row in rows[1:]]
        for number in ("A-1", "=A-2", "A-3"):
            is_in_file = any(one.lstrip("'") == number for one in found)
            assert (f">{number}<" in listed) == is_in_file, (query, number)
        return sorted(found)

    assert numbers("view=all") == ["'=A-2", "A-1", "A-3"]
    assert numbers("view=all&payment=unpaid") == ["A-1"]
    assert numbers("view=open&order=completed") == ["A-3"]
    assert numbers("view=all&fulfilment=delivered&order=completed") == ["A-3"]
    assert numbers("view=all&least=1000000") == []
    assert numbers("view=all&most=999,999&from=2000-01-01") == ["'=A-2", "A-1", "A-3"]
    assert len(numbers("view=all&least=-1&most=abc&order=none&payment=none")) == 3
    rows = agent.get("/console/orders/export.csv?view=all&q=A-1").text
    assert "佐藤" in rows
    warehouse = come_in(app, runtime, Role.WAREHOUSE)
    assert "佐藤" not in warehouse.get("/console/orders/export.csv?view=all").text


def test_each_filter_is_taken_off_alone(agent: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
        sales.open_channel(
            uow,
            NewChannel(
                code="abroad",
                name={"ja": "海外", "en": "Abroad"},
                kind=ChannelKind.WEB,
                currency="USD",
                tax_mode=TaxMode.EXCLUSIVE,
                zone="Asia/Tokyo",
                locale=Language.ENGLISH,
            ),
        )
    asked = {"q": "A-1", "from": "2000-01-05", "payment": "paid", "least": "0"}
    page = agent.get("/console/orders", query_string={"view": "all", "channel": "web", **asked})
    assert "Total from (JPY)" in page.text
    chips = [unescape(one) for one in re.findall(r'class="orders-chip" href="([^"]*)"', page.text)]
    left = [dict(parse_qsl(urlsplit(one).query)) for one in chips]
    whole = {"view": "all", "channel": "web", **asked}
    taken = ("q", "channel", "from", "payment", "least")
    assert left == [{k: v for k, v in whole.items() if k != name} for name in taken]
    assert [agent.get(one).status_code for one in chips] == [200] * len(taken)
    unread = agent.get("/console/orders?order=none&least=abc&from=9999-99-99").text
    assert ("orders-chip" in unread, "Remove the filters" in unread) == (False, False)


def test_an_amount_is_of_one_currency(agent: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
    with runtime.database.looking() as session:
        everything = Wanted(least_minor=0, most_minor=999_999)
        found = [
            [one.number for one in listing.page(session, replace(everything, currency=code)).items]
            for code in ("JPY", "USD", None)
        ]
    assert found == [["A-1"], [], ["A-1"]]


def test_names_are_for_those_who_may_read_them(app: Flask, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
    warehouse = come_in(app, runtime, Role.WAREHOUSE)
    assert "佐藤" not in warehouse.get("/console/orders").text
    page = warehouse.get("/console/orders/A-1").text
    assert ("佐藤" in page, "misaki" in page, "Drip coffee" in page) == (False, False, True)
    assert warehouse.get("/console/orders/new").status_code == 403


def test_an_order_shows_its_money_goods_and_past(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1", items={"COFFEE": 2, "MUG": 1})
    page = agent.get("/console/orders/A-1").text
    assert "Tax 8 % of ¥2,000" in page
    assert "Tax 10 % of ¥2,500" in page
    assert "The order was placed: ¥4,500" in page
    assert "tokyo warehouse × 2" in page
    assert agent.get("/console/orders/A-999").status_code == 404


def test_a_hold_is_put_on_and_released_and_a_stale_page_is_told(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
    version = field(agent.get("/console/orders/A-1").text, "version")
    asked: Typed = {"reason": "fraud", "version": version}
    post(agent, "/console/orders/A-1/hold", asked)
    page = agent.get("/console/orders/A-1").text
    assert "Review for fraud" in page
    assert "Nothing of this order is sent until the hold is released." in page
    post(agent, "/console/orders/A-1/release", asked)
    assert "The order has changed meanwhile." in agent.get("/console/orders/A-1").text
    post(agent, "/console/orders/A-1/release", {**asked, "version": field(page, "version")})
    assert "Put on hold: Review for fraud" in agent.get("/console/orders/A-1").text
    assert audit(runtime.database) == ()


def sheet(page: str, **typed: object) -> Typed:
    names = ("customer", "key", "draft", "version")
    return {**{name: field(page, name) for name in names}, "channel": "web", **typed}


def test_an_order_is_put_together_for_a_customer_and_placed_once(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    found = agent.get("/console/orders/new", query_string={"q": "佐藤"}).text
    assert f"customer={shop.customer_id}" in found
    page = agent.get(f"/console/orders/new?customer={shop.customer_id}").text
    chosen = post(agent, "/console/orders/new", sheet(page, find="coffee")).text
    assert "tokyo warehouse 10" in chosen
    priced = post(agent, "/console/orders/new", sheet(page, add="COFFEE")).text
    assert "Place the order: ¥1,000" in priced
    order = sheet(page, sku="COFFEE", units="2", do="place")
    stale = post(agent, "/console/orders/new", {**order, "seen_total": "1000"})
    assert (stale.status_code, "has changed meanwhile" in stale.text) == (422, True)
    placed = post(agent, "/console/orders/new", {**order, "seen_total": "2000"})
    assert placed.status_code == 303
    again = post(agent, "/console/orders/new", {**order, "seen_total": "2000"})
    assert again.headers["Location"] == placed.headers["Location"]
    shown = agent.get(placed.headers["Location"]).text
    assert ("The order is placed." in shown, "Stock assigned" in shown) == (True, True)
    assert audit(runtime.database) == ()


def test_a_draft_is_kept_changed_placed_or_thrown_away(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    page = agent.get(f"/console/orders/new?customer={shop.customer_id}").text
    kept = post(agent, "/console/orders/new", sheet(page, sku="MUG", units="1", do="keep"))
    where = kept.headers["Location"]
    number = where.rpartition("/")[2]
    shown = agent.get(where).text
    assert "This order is not placed yet" in shown
    assert number in agent.get("/console/orders?view=drafts").text
    again = agent.get(f"/console/orders/new?draft={number}").text
    changed = sheet(again, sku="MUG", units="2", do="keep")
    assert post(agent, "/console/orders/new", changed).status_code == 303
    post(agent, f"{where}/place", {"version": field(shown, "version")})
    assert "The order has changed meanwhile." in agent.get(where).text
    post(agent, f"{where}/place", {"version": field(agent.get(where).text, "version")})
    assert "The order was placed: ¥5,000" in agent.get(where).text
    other = agent.get(f"/console/orders/new?customer={shop.customer_id}").text
    kept = post(agent, "/console/orders/new", sheet(other, sku="MUG", units="1", do="keep"))
    where = kept.headers["Location"]
    post(agent, f"{where}/throw-away", {"version": field(agent.get(where).text, "version")})
    assert agent.get(where).status_code == 404
    assert audit(runtime.database) == ()


def test_what_is_not_there_says_whether_it_may_wait(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    page = agent.get(f"/console/orders/new?customer={shop.customer_id}").text
    many = sheet(page, sku="COFFEE", units="12")
    assert "too many: not in stock" in post(agent, "/console/orders/new", many).text
    with runtime.unit_of_work(SYSTEM) as uow:
        sales.sell_as(uow, variant_id=shop.coffee_id, channel_id=None, mode=SellingMode.BACKORDER)
    assert "2 items would wait for stock" in post(agent, "/console/orders/new", many).text


def test_an_order_that_is_collected_in_a_shop_needs_no_address(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        stocked_counter(uow, shop, units=2)
    page = agent.get(f"/console/orders/new?customer={shop.customer_id}").text
    order = sheet(page, sku="COFFEE", units="2", pickup="ginza", city="")
    shown = post(agent, "/console/orders/new", order).text
    assert "Ready in the shop" in shown
    assert "Another place sends it to the shop first." not in shown
    more = post(agent, "/console/orders/new", order | {"units": "3"}).text
    assert "Another place sends it to the shop first." in more
    nowhere = post(agent, "/console/orders/new", order | {"pickup": "nowhere", "do": "keep"})
    assert (nowhere.status_code, "Nothing can be fetched there." in nowhere.text) == (422, True)
    sent = order | {"do": "place", "seen_total": field(shown, "seen_total")}
    done = [post(agent, "/console/orders/new", sent).headers["Location"] for _twice in range(2)]
    assert done[0] == done[1]
    with runtime.database.reading() as connection:
        query = text("SELECT state, order_id FROM pickups")
        assert [row.state for row in connection.execute(query)] == ["reserved"]
        assert connection.scalar(text("SELECT ship_to FROM orders")) is None
    assert audit(runtime.database) == ()


def test_an_order_says_first_where_it_stands_and_what_comes_next(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    day = date(2026, 12, 10)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1", is_paid=False)
        make_shipped_order(uow, shop, number="A-2")
        make_delivered_order(uow, shop, number="A-3")
        held = make_order(uow, shop, number="A-4")
        holding.hold(uow, held.id, HoldReason.ADDRESS)
        sales.sell_as(
            uow,
            variant_id=shop.mug_id,
            channel_id=None,
            mode=SellingMode.BACKORDER,
            ships_by=day,
        )
        make_order(uow, shop, number="A-5", items={"MUG": 20})
        gone = make_order(uow, shop, number="A-6")
        cancelling.cancel(uow, gone.id, reason="no_longer_needed")

    def first(number: str) -> str:
        page = agent.get(f"/console/orders/{number}").text
        found = re.search(r'id="standing">([^<]*)<', page)
        assert found
        return found[1]

    assert first("A-1") == (
        "Everything is in stock. Next, it is picked. ¥2,000 is still to be paid."
    )
    assert first("A-2").startswith("All of it is on its way to the customer. Expected by ")
    assert first("A-3") == "All of it has arrived."
    assert first("A-4") == (
        "It is on hold (Address to be checked), and goes on once that is released."
    )
    assert first("A-5") == (
        "A part of it waits for stock; the rest is assigned. What waits leaves by Thu 10 Dec."
    )
    assert first("A-6") == "This order is cancelled. Nothing more is sent."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"units": "x"}, "Quantities are whole numbers."),
        ({"discount": "many"}, "The discount is not an amount"),
        ({"discount": "99999999"}, "The discount is not an amount"),
        ({"postal_code": "12", "city": "新宿区"}, "The postal code needs 7 digits."),
        ({"sku": "NO SUCH"}, "An item cannot be sold in this channel."),
        ({"units": "0"}, "Choose at least one item."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_kept(
    agent: FlaskClient, runtime: Runtime, shop: Shop, typed: Typed, said: str
) -> None:
    page = agent.get(f"/console/orders/new?customer={shop.customer_id}").text
    order = {**sheet(page, sku="COFFEE", units="1", do="keep"), **typed}
    answer = post(agent, "/console/orders/new", order)
    assert (answer.status_code, said in answer.text) == (422, True)
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM orders")) == 0


def test_the_list_is_sorted_and_narrowed_by_how_promises_stand(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [
            make_order(uow, shop, number=f"A-{n}", items={"COFFEE": units})
            for n, units in enumerate((1, 3, 2))
        ]
        standings = (Jeopardy.LATE, Jeopardy.ON_TIME, Jeopardy.AT_RISK)
        for days, (order, stands) in enumerate(zip(made, standings, strict=True)):
            make_outlook(uow, order.id, due=uow.now + timedelta(days=days), stands=stands)

    def numbers(query: str) -> list[str]:
        page = agent.get(f"/console/orders?{query}").text
        listed = re.findall(r'href="/console/orders/(A-\d)" data-row', page)
        file = agent.get(f"/console/orders/export.csv?{query}").get_data().decode("utf-8-sig")
        assert [row[0] for row in csv.reader(io.StringIO(file))][1:] == listed
        return listed

    assert numbers("sort=newest") == ["A-2", "A-1", "A-0"]
    assert numbers("sort=amount") == ["A-1", "A-2", "A-0"]
    assert numbers("sort=promised") == ["A-0", "A-1", "A-2"]
    assert numbers("sort=none&jeopardy=late") == ["A-0"]
    assert numbers("jeopardy=on_time&view=all") == ["A-1"]
    assert numbers("view=in_doubt&sort=promised") == ["A-0", "A-2"]
    assert numbers("jeopardy=unheard-of") == ["A-2", "A-1", "A-0"]
    page = agent.get("/console/orders").text
    found = re.search(r'view=in_doubt">Late or at risk <span class="count">(\d)<', page)
    assert found
    assert found[1] == "2"
    assert re.search(
        r'class="orders-chip"[^>]*>.*Standing.*Late',
        agent.get("/console/orders?jeopardy=late").text,
    )


def test_exactly_the_ticked_orders_are_taken_along(
    agent: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for n in range(3):
            make_order(uow, shop, number=f"A-{n}")

    def taken(query: str) -> list[str]:
        file = agent.get(f"/console/orders/export.csv?{query}").get_data().decode("utf-8-sig")
        return [row[0] for row in csv.reader(io.StringIO(file))][1:]

    assert taken("number=A-2&number=A-0&number=nobody%27s") == ["A-2", "A-0"]
    assert taken("number=nobody%27s") == []
    assert taken("number=") == ["A-2", "A-1", "A-0"]
    nothing = agent.get("/console/orders/export.csv?ticked=1&sort=amount")
    assert (nothing.status_code, nothing.location) == (302, "/console/orders")
    assert "Tick the orders first." in agent.get(nothing.location).text


def test_packing_slips_of_the_ticked_orders_are_one_file(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        furnish(uow, shop)
        orders = [make_order(uow, shop, items={"COFFEE": 1}) for _ in range(2)]
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        boxes = [pack_all(uow, fulfilment_of(uow, one, shop.location_id)) for one in orders]
        loose = make_order(uow, shop)
    clerk = come_in(app, runtime, Role.WAREHOUSE)
    numbers = [one.number for one in orders]
    answer = clerk.get("/console/documents/slips.pdf", query_string={"number": numbers})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    pages = ["\n".join(lines) for lines in pdfs.pages(answer.data)]
    assert len(pages) == 2
    assert [sum(box.number in page for page in pages) for box in boxes] == [1, 1]
    nothing = clerk.get("/console/documents/slips.pdf", query_string={"number": loose.number})
    assert (nothing.status_code, nothing.location) == (302, "/console/orders")
    assert "Nothing of the orders you ticked is in a box yet." in clerk.get(nothing.location).text
    assert clerk.get("/console/documents/slips.pdf").status_code == 302
    auditor = come_in(app, runtime, Role.AUDITOR)
    may_not = auditor.get("/console/documents/slips.pdf", query_string={"number": numbers})
    assert may_not.status_code == 403
