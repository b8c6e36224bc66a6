"""What customers do about goods that wait for stock, signed in or by the link they were sent."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from cases.portal.links import KEPT, WaitingLinks
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.catalog.models import Price, Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.people import People
from oms_service.operations.placement import drafting, selling
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.placing import WantedLine
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders.states import OrderState
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.factories.stock import stock_up
from tests.fakes.clock import StandingClock

PATH = "/orders/A-10500/waiting"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=1)
        large = add_sibling(uow, shop, "COFFEE-L", price=1_200)
        stock_up(uow, large, shop.location_id, 5)
        return shop


def add_sibling(uow: UnitOfWork, shop: Shop, sku: str, *, price: int) -> int:
    product_id = uow.session.scalar(select(Variant.product_id).where(Variant.id == shop.coffee_id))
    variant = Variant(
        product_id=product_id, sku=sku, options={"size": "500 g"}, option_words={}, tax_rate_bp=800
    )
    uow.session.add(variant)
    uow.session.flush()
    uow.session.add(Price(variant_id=variant.id, currency="JPY", amount_minor=price))
    return variant.id


@pytest.fixture
def waits(runtime: Runtime, shop: Shop) -> MadeOrder:
    """Three coffees and a mug: two of the coffees wait."""
    with runtime.unit_of_work(SYSTEM) as uow:
        items = {"COFFEE": 3, "MUG": 1}
        return make_order(uow, shop, number="A-10500", items=items, may_backorder=True)


def signed_in(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
        )
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def mine(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    return signed_in(app, runtime, shop.customer_id)


def fields(page: str) -> dict[str, str]:
    """What the form of the second look sends."""
    form = page.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def counters(runtime: Runtime, order: MadeOrder) -> list[tuple[str, int, int, int]]:
    with runtime.database.looking() as session:
        return [
            (
                one.sku,
                one.counters.ordered,
                one.counters.cancelled,
                one.counters.backordered,
            )
            for one in orders.lines(session, order.id)
        ]


def log(runtime: Runtime) -> list[dict[str, object]]:
    with runtime.database.reading() as connection:
        query = text("SELECT data FROM order_log WHERE kind = 'waits' ORDER BY id")
        return list(connection.execute(query).scalars())


UNTOUCHED = [("COFFEE", 3, 0, 2), ("MUG", 1, 0, 0)]


def test_what_waits_is_cancelled_once_it_was_seen_what_that_brings(
    mine: FlaskClient, runtime: Runtime, waits: MadeOrder
) -> None:
    assert f'href="{PATH}"' in mine.get("/orders/A-10500").text
    assert "Cancel this item" in mine.get(PATH).text
    shown = post(mine, PATH, {"line": waits.line_ids[0], "choice": "cancel"})
    assert shown.status_code == 200
    assert "¥2,000, the way you paid" in shown.text
    assert counters(runtime, waits) == UNTOUCHED
    sent = fields(shown.text)
    for _twice in range(2):
        done = post(mine, PATH, sent)
        assert (done.status_code, done.location) == (303, "/orders/A-10500")
    assert counters(runtime, waits) == [("COFFEE", 3, 2, 0), ("MUG", 1, 0, 0)]
    assert "Nothing of your order waits for stock." in mine.get(PATH).text
    assert audit(runtime.database) == ()


def test_another_item_is_sent_instead(
    mine: FlaskClient, runtime: Runtime, shop: Shop, waits: MadeOrder
) -> None:
    page = mine.get(PATH).text
    assert "Send 500 g instead" in page
    assert "in stock, ¥200 more each" in page
    found = re.search(r'value="(substitute:\d+)"', page)
    assert found
    # Money that is owed on top needs a method; paid without one, a person has to see to it.
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.query(Price).filter_by(amount_minor=1_200).update({"amount_minor": 1_000})
    shown = post(mine, PATH, {"line": waits.line_ids[0], "choice": found[1]})
    assert "Send another item instead?" in shown.text
    assert post(mine, PATH, fields(shown.text)).status_code == 303
    assert counters(runtime, waits) == [
        ("COFFEE", 3, 2, 0),
        ("MUG", 1, 0, 0),
        ("COFFEE-L", 2, 0, 0),
    ]
    assert audit(runtime.database) == ()


def test_waiting_is_noted_once_for_each_day(
    mine: FlaskClient, runtime: Runtime, waits: MadeOrder
) -> None:
    for _twice in range(2):
        said = post(mine, PATH, {"line": waits.line_ids[0], "choice": "wait"})
        assert (said.status_code, said.location) == (303, "/orders/A-10500")
    assert log(runtime) == [{"sku": "COFFEE", "new_day": None}]
    assert counters(runtime, waits) == UNTOUCHED


def test_the_link_opens_this_order_alone_and_for_a_month(
    app: Flask, runtime: Runtime, clock: StandingClock, shop: Shop, waits: MadeOrder
) -> None:
    links = WaitingLinks(runtime.settings.secret_key, runtime.clock)
    path = links.path(waits.id, shop.customer_id)
    anybody = app.test_client()
    anybody.set_cookie("lang", "en")
    page = anybody.get(path)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert "佐藤" not in page.text
    shown = post(anybody, path, {"line": waits.line_ids[0], "choice": "cancel"})
    done = post(anybody, path, fields(shown.text))
    assert (done.status_code, done.location) == (303, path)
    assert counters(runtime, waits)[0] == ("COFFEE", 3, 2, 0)
    with runtime.database.looking() as session:
        actor = session.execute(text("SELECT requested_by FROM order_changes")).scalar_one()
    assert actor == f"customer:{shop.customer_id}"
    foreign = WaitingLinks("another key", runtime.clock).path(waits.id, shop.customer_id)
    for wrong in (f"{path}x", "/waiting/x", foreign):
        assert anybody.get(wrong).status_code == 404
    clock.advance(seconds=KEPT.total_seconds() + 1)
    assert anybody.get(path).status_code == 404


def test_the_link_does_nothing_once_the_order_is_another_records_or_nobodys(
    app: Flask, runtime: Runtime, shop: Shop, waits: MadeOrder
) -> None:
    links = WaitingLinks(runtime.settings.secret_key, runtime.clock)
    path = links.path(waits.id, shop.customer_id)
    people = People(runtime.keepers)
    with runtime.unit_of_work(SYSTEM) as uow:
        kept = make_customer(uow, "kept@example.jp")
        people.merge(uow, kept_id=kept, merged_id=shop.customer_id)
    anybody = app.test_client()
    assert anybody.get(path).status_code == 404
    assert post(anybody, path, {"line": waits.line_ids[0], "choice": "wait"}).status_code == 404
    its_own = links.path(waits.id, kept)
    assert anybody.get(its_own).status_code == 200
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, kept, force=True)
    assert anybody.get(its_own).status_code == 404
    assert counters(runtime, waits) == UNTOUCHED


def test_what_a_colleague_has_not_placed_yet_is_nothing_a_customer_has(
    runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    wanted = Draft(
        channel="web",
        customer_id=shop.customer_id,
        lines=[WantedLine(sku="COFFEE", quantity=9)],
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        number = drafting.keep(uow, wanted, key="k").number
    for page in ("", "/waiting", "/delivery.ics"):
        assert mine.get(f"/orders/{number}{page}").status_code == 404
    cancel = {"line": "1", "choice": "cancel"}
    assert post(mine, f"/orders/{number}/waiting", cancel).status_code == 404


def test_who_tries_many_links_has_to_wait(
    app: Flask, runtime: Runtime, shop: Shop, waits: MadeOrder
) -> None:
    links = WaitingLinks(runtime.settings.secret_key, runtime.clock)
    path = links.path(waits.id, shop.customer_id)
    anybody = app.test_client()
    tried = [anybody.get(f"/waiting/guess-{number}").status_code for number in range(21)]
    assert tried == [404] * 20 + [429]
    assert anybody.get(path).status_code == 429
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert anybody.get(path, environ_base=elsewhere).status_code == 200


def test_a_foreign_order_and_an_odd_form_change_nothing(
    app: Flask, runtime: Runtime, shop: Shop, mine: FlaskClient, waits: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
    stranger = signed_in(app, runtime, other)
    cancel = {"line": waits.line_ids[0], "choice": "cancel"}
    assert stranger.get(PATH).status_code == post(stranger, PATH, cancel).status_code == 404
    for odd, status in (
        ({}, 422),
        ({"line": "x", "choice": "cancel"}, 422),
        ({"line": waits.line_ids[0], "choice": "burn"}, 422),
        ({"line": waits.line_ids[0], "choice": "substitute"}, 422),
        ({"line": waits.line_ids[0], "choice": f"substitute:{shop.mug_id}"}, 409),
        ({"line": waits.line_ids[0], "choice": "substitute:999999999"}, 422),
        ({"line": "999999999", "choice": "cancel"}, 404),
        ({"line": waits.line_ids[1], "choice": "wait"}, 303),
        (cancel | {"confirmed": "1", "key": ""}, 422),
    ):
        assert post(mine, PATH, odd).status_code == status, odd
    stale = cancel | {"confirmed": "1", "key": "k", "version": "1", "digest": "old"}
    assert post(mine, PATH, stale).location == PATH
    assert counters(runtime, waits) == UNTOUCHED
    assert log(runtime) == []


def test_what_the_shop_does_not_allow_is_refused_and_what_a_person_decides_waits(
    mine: FlaskClient, runtime: Runtime, clock: StandingClock, shop: Shop, waits: MadeOrder
) -> None:
    def adopt(**rules: object) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            change_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text={})

    adopt(cancel={"in_part": False})
    cancel = {"line": waits.line_ids[0], "choice": "cancel"}
    refused = post(mine, PATH, cancel)
    assert (refused.status_code, "We cannot do this." in refused.text) == (409, True)
    adopt(cancel={"in_part": True, "cut_off_minutes": 1, "late": "person"})
    clock.advance(minutes=5)
    shown = post(mine, PATH, cancel)
    assert "A colleague has to look at this." in shown.text
    post(mine, PATH, fields(shown.text))
    page = mine.get(PATH).text
    assert "We are looking at what you asked for" in page
    assert "Choose this" not in page
    another = fields(shown.text) | {"key": "another"}
    assert post(mine, PATH, another).location == PATH
    assert counters(runtime, waits) == UNTOUCHED
    with runtime.database.reading() as connection:
        query = text("SELECT state FROM order_changes")
        assert list(connection.execute(query).scalars()) == ["proposed"]


def test_the_whole_order_is_cancelled_where_all_of_it_waits(
    mine: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, items={"COFFEE": 1}, number="A-1")
        all_of_it = make_order(uow, shop, number="A-10500", items={"COFFEE": 2}, may_backorder=True)
    assert made.number == "A-1"
    shown = post(mine, PATH, {"line": all_of_it.line_ids[0], "choice": "cancel"})
    post(mine, PATH, fields(shown.text))
    with runtime.database.looking() as session:
        assert orders.by_id(session, all_of_it.id).order_state is OrderState.CANCELLED
        assert selling.choices(session, all_of_it.id) == ()
    assert audit(runtime.database) == ()
