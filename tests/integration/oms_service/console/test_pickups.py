"""The counter's pages: found by code, number or name; laid out, checked, paid, handed over."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.orders import queries as orders
from oms_service.pickup import queries
from oms_service.pickup.queries import PickupView
from oms_service.pickup.states import IdentityCheck, PickupState
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.orders import pay
from tests.factories.pickups import place_for_pickup, reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        for role in (Role.SHOP, Role.OPERATIONS, Role.WAREHOUSE):
            make_staff(uow, role)
        return make_shop(uow, stock=20)


@pytest.fixture
def ginza(runtime: Runtime, shop: Shop) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return stocked_counter(uow, shop, 5)


@pytest.fixture
def counter(app: Flask, ginza: int) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "shop@shop.example")
    return client


@pytest.fixture
def paid(runtime: Runtime, shop: Shop, ginza: int) -> PickupView:
    with runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, shop, ginza)
        pay(uow, placed.order.id, placed.order.total)
    drain(runtime)
    return pickup


def now(runtime: Runtime, pickup: PickupView) -> PickupView:
    with runtime.database.looking() as session:
        return queries.by_id(session, pickup.id)


def page(client: FlaskClient, path: str) -> str:
    return client.get(path, follow_redirects=True).get_data(as_text=True)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_page_shows_in_both_languages(
    counter: FlaskClient, app: Flask, shop: Shop, paid: PickupView, lang: str
) -> None:
    words = {"ja": ("店頭受け取り", "佐藤"), "en": ("Collection in the shop", "佐藤")}[lang]
    listed = page(counter, f"/console/pickups?lang={lang}")
    assert words[0] in listed
    assert words[1] in listed
    assert words[1] in page(counter, f"/console/pickups/{paid.number}?lang={lang}")
    known = page(counter, f"/console/pickups/customers?customer={shop.customer_id}&goods=COFFEE")
    assert "tokyo倉庫" in known
    assert paid.number in known
    manager = app.test_client()
    sign_in(manager, "operations@shop.example")
    assert "10:00-20:00" in page(manager, f"/console/pickups/terms?lang={lang}")
    assert counter.get("/console/pickups/terms").status_code == 403


@pytest.mark.parametrize("how", ["code", "number", "order", "name"])
def test_found_by_whatever_the_customer_says(
    counter: FlaskClient, runtime: Runtime, paid: PickupView, how: str
) -> None:
    with runtime.database.looking() as session:
        order = orders.by_id(session, paid.order_id or 0)
    typed = {
        "code": paid.shown_code.lower(),
        "number": paid.number,
        "order": order.number,
        "name": "misaki.sato@example.jp",
    }[how]
    found = counter.get("/console/pickups", query_string={"q": typed})
    assert (found.status_code, found.location) == (302, f"/console/pickups/{paid.number}")


def test_laid_out_checked_and_handed_over(
    counter: FlaskClient, runtime: Runtime, paid: PickupView
) -> None:
    path = f"/console/pickups/{paid.number}"
    assert post(counter, f"{path}/prepare", {"version": 1}).status_code == 303
    post(counter, f"{path}/ready", {"version": 1})
    assert now(runtime, paid).state is PickupState.PREPARING
    post(counter, f"{path}/ready", {"version": 2})
    ready = now(runtime, paid)
    assert ready.state is PickupState.READY
    with runtime.database.looking() as session:
        (line,) = orders.lines(session, paid.order_id or 0)
    form = {"version": ready.version, "key": "once", "check": "code", f"units-{line.id}": "2"}
    wrong = post(counter, f"{path}/collect?lang=en", {**form, "code": "AAAAAAAA"})
    assert wrong.status_code == 422
    assert "The code does not fit" in wrong.get_data(as_text=True)
    many = {**form, "code": paid.code, f"units-{line.id}": "3"}
    assert post(counter, f"{path}/collect", many).status_code == 422
    assert now(runtime, paid).state is PickupState.READY
    for _ in range(2):
        assert post(counter, f"{path}/collect", {**form, "code": paid.code}).status_code == 303
    drain(runtime)
    assert now(runtime, paid).state is PickupState.COLLECTED
    with runtime.database.looking() as session:
        (given,) = queries.handovers(session, paid.id)
    assert given.identity_check is IdentityCheck.CODE
    assert audit(runtime.database) == ()


def test_a_reservation_is_paid_at_the_till(
    counter: FlaskClient, runtime: Runtime, shop: Shop, ginza: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, shop, ginza)
    path = f"/console/pickups/{pickup.number}"
    assert "¥1,000" in page(counter, f"{path}?lang=en")
    form = {"version": 1, "key": "once", "check": "known_customer"}
    assert post(counter, f"{path}/collect", form).status_code == 422
    assert post(counter, f"{path}/collect", {**form, "check": "none"}).status_code == 422
    assert now(runtime, pickup).state is PickupState.RESERVED
    assert post(counter, f"{path}/collect", {**form, "paid": "1"}).status_code == 303
    assert now(runtime, pickup).state is PickupState.COLLECTED


def test_guessing_codes_ends(counter: FlaskClient, runtime: Runtime, paid: PickupView) -> None:
    form = {"version": 1, "key": "k", "check": "code", "code": "AAAAAAAA"}
    path = f"/console/pickups/{paid.number}/collect?lang=en"
    for _ in range(5):
        post(counter, path, form)
    right = post(counter, path, {**form, "code": paid.code})
    assert right.status_code == 422
    assert "Too many wrong codes" in right.get_data(as_text=True)
    assert now(runtime, paid).state is PickupState.RESERVED


def test_called_off_and_kept_longer(
    counter: FlaskClient, runtime: Runtime, shop: Shop, ginza: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, shop, ginza)
    path = f"/console/pickups/{pickup.number}"
    post(counter, f"{path}/extend", {"version": 1})
    longer = now(runtime, pickup)
    assert (longer.is_extended, longer.version) == (True, 2)
    post(counter, f"{path}/cancel", {"version": 2})
    assert now(runtime, pickup).state is PickupState.CANCELLED
    assert counter.get(path).status_code == 200


def test_terms_are_kept_as_typed(app: Flask, runtime: Runtime, ginza: int) -> None:
    manager = app.test_client()
    sign_in(manager, "operations@shop.example")
    form: dict[str, object] = {
        "location": ginza,
        "version": 1,
        "handling_minutes": 30,
        "hold_days": 3,
        "extension_days": 0,
        "transfer_days": 2,
        "address-ja": "東京都中央区銀座1-2-3",
        "address-en": "1-2-3 Ginza",
        "latitude": "35.67",
        "longitude": "139.76",
        "hours-0": "9:30-21",
    }
    assert post(manager, "/console/pickups/terms", {**form, "hours-1": "20-9"}).status_code == 422
    assert post(manager, "/console/pickups/terms", {**form, "hold_days": 0}).status_code == 422
    assert post(manager, "/console/pickups/terms", {**form, "latitude": "nan"}).status_code == 422
    assert post(manager, "/console/pickups/terms", form).status_code == 303
    with runtime.database.looking() as session:
        terms = queries.terms(session, ginza)
    assert terms.hours == ((570, 1260), *[None] * 6)
    assert (terms.hold_days, terms.position, terms.version) == (3, (35.67, 139.76), 2)
    assert post(manager, "/console/pickups/terms", form).status_code == 422
