"""The pages about what is sold before it is there."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.sales.states import SellingMode
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in

PATH = "/console/selling/COFFEE"
DAY = {"mode": "preorder", "limit_units": "5", "ships_by": "2026-12-10", "channel": ""}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=1)


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.LEAD)


def place(runtime: Runtime, shop: Shop, ref: str) -> str:
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = PlaceOrder(
            channel="web",
            external_ref=ref,
            customer_id=shop.customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=1)],
        )
        return placing.place(uow, wanted).order.number


def rules(runtime: Runtime, shop: Shop) -> list[tuple[object, ...]]:
    with runtime.database.reading() as connection:
        found = sales.rules_of_variant(connection, shop.coffee_id)
    return [(one.channel_id, one.mode, one.limit_units, one.ships_by, one.version) for one in found]


def told(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        query = text("SELECT count(*) FROM outbox WHERE name = 'order.date_moved'")
        return int(connection.execute(query).scalar_one())


def test_a_rule_is_seen_before_it_holds_and_pressing_twice_is_once(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    assert "Everything is sold from stock alone" in lead.get("/console/selling").text
    assert "Only from stock" in lead.get("/console/selling?q=COFFEE").text
    shown = post(lead, PATH, DAY | {"version": "0"})
    assert shown.status_code == 200
    assert "Nobody is told anything" in shown.text
    assert rules(runtime, shop) == []
    for _twice in range(2):
        done = post(lead, PATH, DAY | {"version": "0", "confirmed": "1"})
        assert (done.status_code, done.location) == (303, PATH)
    held = (None, SellingMode.PREORDER, 5, date(2026, 12, 10), 1)
    assert rules(runtime, shop) == [held]
    page = lead.get("/console/selling").text
    assert all(words in page for words in ("Drip coffee", "Pre-order", "everywhere", "5"))


def test_a_later_day_names_the_orders_that_are_told(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    post(lead, PATH, DAY | {"version": "0", "confirmed": "1"})
    place(runtime, shop, "there")
    waiting = [place(runtime, shop, f"waits-{n}") for n in range(2)]
    later = DAY | {"version": "1", "ships_by": "2026-12-20"}
    shown = post(lead, PATH, later).text
    assert "The customers of 2 orders are told of the new day" in shown
    assert re.findall(r'href="/console/orders/([^"]+)"', shown.partition("<main")[2]) == waiting
    assert told(runtime) == 0
    post(lead, PATH, later | {"confirmed": "1"})
    drain(runtime)
    assert told(runtime) == 2
    assert audit(runtime.database) == ()


def test_selling_ahead_is_ended_and_what_waits_stays(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    post(lead, PATH, DAY | {"version": "0", "confirmed": "1"})
    place(runtime, shop, "there")
    place(runtime, shop, "waits")
    end = DAY | {"version": "1", "mode": "in_stock"}
    shown = post(lead, PATH, end).text
    assert "already sold wait on" in shown
    post(lead, PATH, end | {"confirmed": "1"})
    assert rules(runtime, shop)[0][1] is SellingMode.IN_STOCK
    assert told(runtime) == 0
    assert "Everything is sold from stock alone" in lead.get("/console/selling").text


def test_what_cannot_be_read_is_named_and_a_stale_page_is_refused(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    wrong = (
        ({"mode": "nonsense"}, "Choose how it is sold."),
        ({"limit_units": "-1"}, "A whole number from 0 to 1,000,000"),
        ({"limit_units": "99999999999999999999"}, "A whole number from 0 to 1,000,000"),
        ({"ships_by": ""}, "A pre-order needs a day"),
        ({"ships_by": "0001-01-01"}, "This is not a day we can read."),
        ({"ships_by": "2020-01-01", "confirmed": "1"}, "This day is over."),
    )
    for change, says in wrong:
        answer = post(lead, PATH, DAY | {"version": "0"} | change)
        assert (answer.status_code, says in answer.text) == (422, True), change
    assert rules(runtime, shop) == []
    post(lead, PATH, DAY | {"version": "0", "confirmed": "1"})
    stale = post(lead, PATH, DAY | {"limit_units": "9", "version": "0", "confirmed": "1"})
    assert stale.status_code == 303
    assert "Somebody changed this meanwhile" in lead.get(PATH).text
    assert rules(runtime, shop)[0][2] == 5
    for path in ("/console/selling/NOTHING", f"{PATH}?channel=nowhere"):
        assert lead.get(path).status_code == 404
    assert lead.get("/console/selling?cursor=nonsense").status_code == 302


def test_a_channel_has_a_rule_of_its_own(lead: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    of_web = DAY | {"mode": "backorder", "limit_units": "", "channel": "web", "version": "0"}
    post(lead, PATH, of_web | {"confirmed": "1"})
    assert rules(runtime, shop) == [
        (shop.channel_id, SellingMode.BACKORDER, None, date(2026, 12, 10), 1)
    ]
    assert "Back-order" in lead.get(f"{PATH}?channel=web").text


def test_who_may_not_set_rules_only_reads_them(app: Flask, runtime: Runtime, shop: Shop) -> None:
    agent = come_in(app, runtime, Role.AGENT)
    page = agent.get(PATH)
    assert (page.status_code, "Preview the change" in page.text) == (200, False)
    assert post(agent, PATH, DAY | {"version": "0", "confirmed": "1"}).status_code == 403
    assert rules(runtime, shop) == []
