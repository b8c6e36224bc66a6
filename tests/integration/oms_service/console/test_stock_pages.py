"""The pages of stock: everything a warehouse does with them works without script."""

import re
from collections.abc import Mapping, Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from oms_service.access.states import Role
from oms_service.inventory import papers, queries
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from oms_service.web import csrf
from tests.factories.orders import make_order
from tests.factories.papers import make_count, make_purchase, make_transfer
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, proof, sign_in
from tests.factories.stock import make_location


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        make_location(uow, "osaka", region="大阪府")
        make_staff(uow, Role.OPERATIONS)
        make_staff(uow, Role.AGENT)
    return shop


@pytest.fixture
def staff(app: Flask, shop: Shop) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def send(client: FlaskClient, path: str, fields: Sequence[tuple[str, object]]) -> TestResponse:
    """Send a form of many fields of one name, as the browser does, and go where it leads."""
    data = MultiDict([(csrf.FIELD, proof(client, "/console/stock")), *fields])
    return client.post(path, data=data, follow_redirects=True)


def read(client: FlaskClient, path: str) -> str:
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert answer.status_code == 200, path
    return answer.text


def coffee(runtime: Runtime, shop: Shop) -> Mapping[str, int]:
    with runtime.database.reading() as connection:
        found = queries.availability(connection, [shop.coffee_id])
        codes = {one.id: one.code for one in queries.locations(connection)}
    return {codes[one.location_id]: one.on_hand for one in found}


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="(\w+)"', page)
    assert found is not None
    return found[1]


def test_the_list_finds_by_name_and_a_scan_opens_the_item(staff: FlaskClient) -> None:
    assert "Drip coffee" in read(staff, "/console/stock")
    assert "COFFEE" in read(staff, "/console/stock?q=ドリップ&location=tokyo")
    assert "Nothing fits" in read(staff, "/console/stock?q=tea")
    for view in ("low", "negative", "apart", "incoming"):
        read(staff, f"/console/stock?view={view}")
    scanned = staff.get("/console/stock?q=MUG")
    assert (scanned.status_code, scanned.location) == (303, "/console/stock/MUG")
    assert staff.get("/console/stock?after=x").status_code == 422
    assert staff.get("/console/stock/TEA").status_code == 404


def test_a_move_by_hand_stands_in_the_ledger_once(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    key = key_of(read(staff, "/console/stock/COFFEE/move?at=tokyo"))
    form: list[tuple[str, object]] = [("at", "tokyo"), ("action", "adjust"), ("key", key)]
    wrong = send(staff, "/console/stock/COFFEE/move", [*form, ("quantity", "x")])
    assert wrong.status_code == 422
    unreasoned = send(staff, "/console/stock/COFFEE/move", [*form, ("quantity", "-1")])
    assert unreasoned.status_code == 422
    sound = [*form, ("quantity", "－３"), ("reason", "broken")]
    for _ in range(2):
        assert send(staff, "/console/stock/COFFEE/move", sound).status_code == 200
    too_many = [*form[:2], ("key", "other"), ("quantity", "-7"), ("reason", "broken")]
    assert send(staff, "/console/stock/COFFEE/move", too_many).status_code == 422
    page = read(staff, "/console/stock/COFFEE?at=tokyo")
    assert "Why are 7 on hand at tokyo warehouse?" in page
    assert page.count("Put right") == 1
    assert order.number in page
    assert coffee(runtime, shop) == {"tokyo": 7}


def test_what_is_kept_back_is_set_on_the_page(staff: FlaskClient) -> None:
    form = [("at", "tokyo"), ("safety_stock", "4"), ("reorder_point", "8")]
    send(staff, "/console/stock/COFFEE/settings", form)
    assert "6 units can be promised" in read(staff, "/console/stock/COFFEE")
    assert "running low" in read(staff, "/console/stock?view=low")
    answer = send(staff, "/console/stock/COFFEE/settings", [*form[:2], ("reorder_point", "x")])
    assert answer.status_code == 200


def test_goods_are_ordered_by_scans_and_booked_in(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    key = key_of(read(staff, "/console/purchases/new"))
    form: list[tuple[str, object]] = [("key", key)]
    page = send(staff, "/console/purchases/new", [*form, ("code", "COFFEE"), ("do", "add")])
    assert 'value="1"' in page.text
    line: list[tuple[str, object]] = [("sku", "COFFEE"), ("quantity", "1")]
    page = send(staff, "/console/purchases/new", [*form, *line, ("code", "tea"), ("do", "add")])
    assert page.text.count('name="sku" value="COFFEE"') == 1
    page = send(staff, "/console/purchases/new", [*form, *line, ("remove", "COFFEE")])
    assert 'name="sku"' not in page.text
    assert send(staff, "/console/purchases/new", [*form, *line]).status_code == 422
    rest = [("supplier", "珈琲商会"), ("location", "tokyo"), ("expected_on", "2026-12-01")]
    ordered = [*form, ("sku", "COFFEE"), ("quantity", "12"), *rest, ("do", "order")]
    for _ in range(2):
        assert send(staff, "/console/purchases/new", ordered).status_code == 200
    with runtime.database.looking() as session:
        (view,) = papers.purchases(session, is_open=True).items
    path = f"/console/purchases/{view.number}"
    assert view.number in read(staff, "/console/purchases")
    key = key_of(read(staff, path))
    came = [("key", key), ("sku", "COFFEE"), ("received", "5"), ("damaged", "1")]
    scanned = send(staff, f"{path}/receive", [*came, ("code", "COFFEE"), ("do", "add")])
    assert 'value="6"' in scanned.text
    for _ in range(2):
        send(staff, f"{path}/receive", [*came, ("do", "receive")])
    assert coffee(runtime, shop) == {"tokyo": 15}
    assert send(staff, f"{path}/receive", [("key", "k"), ("do", "receive")]).status_code == 422
    wrong = [("key", "k"), ("sku", "COFFEE"), ("received", "9" * 20), ("do", "receive")]
    assert send(staff, f"{path}/receive", wrong).status_code == 422
    send(staff, f"{path}/reschedule", [("expected_on", "2026-12-09"), ("version", "2")])
    send(staff, f"{path}/end", [("reason", "supplier"), ("version", "3")])
    assert "Ended short" in read(staff, path)
    assert view.number in read(staff, "/console/purchases?view=all")
    assert audit(runtime.database) == ()


def test_a_transfer_is_sent_received_and_explained(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    key = key_of(read(staff, "/console/transfers/new"))
    form = [("key", key), ("sku", "COFFEE"), ("quantity", "6"), ("from_location", "tokyo")]
    assert send(staff, "/console/transfers/new", [*form, ("to_location", "tokyo")]).status_code == (
        422
    )
    send(staff, "/console/transfers/new", [*form, ("to_location", "osaka")])
    with runtime.database.looking() as session:
        (view,) = papers.transfers(session, is_open=True).items
    path = f"/console/transfers/{view.number}"
    assert view.number in read(staff, "/console/transfers")
    too_many = [("version", "1"), ("sku", "COFFEE"), ("sent", "11")]
    assert send(staff, f"{path}/dispatch", too_many).status_code == 422
    send(staff, f"{path}/dispatch", [("version", "1"), ("sku", "COFFEE"), ("sent", "6")])
    assert coffee(runtime, shop) == {"tokyo": 4, "osaka": 0}
    came = [("version", "2"), ("sku", "COFFEE"), ("received", "5"), ("damaged", "")]
    assert (
        'value="6"'
        in send(staff, f"{path}/receive", [*came, ("code", "COFFEE"), ("do", "add")]).text
    )
    send(staff, f"{path}/receive", came)
    page = read(staff, path)
    assert "Does not add up" in page
    assert 'name="why-COFFEE" value="stayed_behind"' in page
    assert send(staff, f"{path}/settle", [("version", "3")]).status_code == 422
    send(staff, f"{path}/take-over", [])
    send(staff, f"{path}/settle", [("why-COFFEE", "stayed_behind")])
    assert "They never left the sender" in read(staff, path)
    assert coffee(runtime, shop) == {"tokyo": 5, "osaka": 5}
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_transfer(
            uow, view.from_location_id, view.to_location_id, {shop.mug_id: 1}, is_sent=False
        )
    send(staff, f"/console/transfers/{other.number}/cancel", [("version", "1")])
    assert "Called off" in read(staff, f"/console/transfers/{other.number}")
    assert audit(runtime.database) == ()


def test_a_count_is_scanned_handed_in_and_approved(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    key = key_of(read(staff, "/console/counts/new"))
    send(staff, "/console/counts/new", [("key", key), ("location", "tokyo")])
    with runtime.database.looking() as session:
        (view,) = papers.counts(session, is_open=True).items
    assert len(view.lines) == 2
    path = f"/console/counts/{view.number}"
    lines = [("sku", "COFFEE"), ("counted", "8"), ("sku", "MUG"), ("counted", "")]
    page = read(staff, path)
    assert "In the books" not in page
    scanned = send(staff, f"{path}/lines", [*lines, ("code", "COFFEE"), ("do", "add")])
    assert 'value="9"' in scanned.text
    send(staff, f"{path}/lines", [*lines, ("do", "keep")])
    send(staff, f"{path}/lines", [*lines, ("do", "submit")])
    page = read(staff, path)
    assert "−2" in page
    assert "not counted" in page
    send(staff, f"{path}/send-back", [("version", "3")])
    send(staff, f"{path}/lines", [*lines, ("do", "submit")])
    send(staff, f"{path}/approve", [("version", "1")])
    assert coffee(runtime, shop) == {"tokyo": 10}
    send(staff, f"{path}/approve", [("version", "5")])
    assert coffee(runtime, shop) == {"tokyo": 8}
    assert view.number in read(staff, "/console/counts?view=all")
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_count(uow, shop.location_id, {shop.mug_id: 3}, is_approved=False)
    send(staff, f"/console/counts/{other.number}/cancel", [("version", "3")])
    assert "Called off" in read(staff, f"/console/counts/{other.number}")
    assert audit(runtime.database) == ()


def test_an_agent_reads_stock_and_changes_nothing(app: Flask, runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        bought = make_purchase(uow, shop.location_id, {shop.coffee_id: 5})
    client = app.test_client()
    sign_in(client)
    assert "Move by hand" not in read(client, "/console/stock/COFFEE")
    assert client.get("/console/stock/COFFEE/move").status_code == 403
    path = f"/console/purchases/{bought.number}"
    assert "Book in" not in read(client, path)
    assert send(client, f"{path}/end", [("reason", "other")]).status_code == 403


def test_a_level_is_drawn_day_by_day_and_taken_along(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop)
        codes = {one.id: one.code for one in queries.locations(uow.session)}
    first = codes[shop.location_id]
    page = read(staff, f"/console/stock/COFFEE?at={first}")
    assert "On hand: from 0 (Mon 26 Oct) to 10 (Sun 22 Nov), +10" in page
    assert page.count('<time datetime="2026-1') >= 28
    assert f"/console/stock/COFFEE/levels.csv?at={first}" in page
    told = staff.get(f"/console/stock/COFFEE/levels.csv?at={first}")
    assert told.mimetype == "text/csv"
    lines = told.data.decode("utf-8-sig").splitlines()
    assert (len(lines), lines[0], lines[-1]) == (29, "day,on_hand,allocated", "2026-11-22,10,2")
    for wrong in ("", "?at=nowhere"):
        assert staff.get(f"/console/stock/COFFEE/levels.csv{wrong}").status_code == 404
    assert staff.get(f"/console/stock/NONE/levels.csv?at={first}").status_code == 404
