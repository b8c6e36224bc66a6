"""A customer's own address: shown, changed, and what cannot be read of it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.customers.addresses import AddressView
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime
from tests.factories.orders import SHIP_TO, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post
from tests.pages import plain

PATH = "/account/address"
OSAKA = {
    "recipient": "佐藤 美咲",
    "country": "jp",
    "postal_code": "５３０－０００１",
    "region": "大阪",
    "city": "大阪市北区",
    "line1": "梅田1-2-3",
    "line2": "",
    "phone": "",
}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def mine(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow, SessionKind.CUSTOMER, shop.customer_id, device="a test", instead_of=None
        )
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    client.set_cookie("lang", "en")
    return client


def kept(runtime: Runtime, shop: Shop) -> AddressView | None:
    with runtime.database.looking() as session:
        return addresses.default(session, shop.customer_id)


def told(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        query = text("SELECT count(*) FROM outbox WHERE name = 'customer.address_changed'")
        return int(connection.execute(query).scalar_one())


def test_parcels_go_elsewhere_and_saving_twice_is_once(
    mine: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    assert "You have not given an address yet." in mine.get(PATH).text
    for _twice in range(2):
        done = post(mine, PATH, OSAKA)
        assert (done.status_code, done.location) == (303, PATH)
    found = kept(runtime, shop)
    assert found is not None
    assert (found.postal_code, found.region, found.country) == ("530-0001", "大阪府", "JP")
    assert told(runtime) == 1
    with runtime.database.looking() as session:
        assert orders.destination(session, order.id)["city"] == SHIP_TO["city"]
    assert 'value="大阪市北区"' in mine.get(PATH).text


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    mine: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    for change, says in (
        ({"postal_code": "12"}, "Please enter a postal code of 7 digits."),
        ({"region": "Atlantis"}, "Please enter a prefecture"),
        ({"city": ""}, "Please enter the city or ward."),
        ({"line1": "x" * 161}, "Please enter the street and number."),
        ({"country": "Japan"}, "Please choose a country."),
    ):
        answer = post(mine, PATH, OSAKA | change)
        assert (answer.status_code, says in answer.text) == (422, True), change
        assert 'value="佐藤 美咲"' in answer.text
    assert (kept(runtime, shop), told(runtime)) == (None, 0)


def test_nobody_else_gets_there(app: Flask, shop: Shop) -> None:
    stranger = app.test_client()
    assert stranger.get(PATH).location == "/sign-in?next=%2Faccount%2Faddress"
    assert post(stranger, PATH, OSAKA).status_code == 401


def test_a_postal_code_fills_in_what_it_tells_and_saves_nothing(
    mine: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    bare = {**OSAKA, "postal_code": "１５０００４２", "region": "", "city": "", "line1": ""}
    filled = post(mine, PATH, {**bare, "complete": "1"})
    assert filled.status_code == 200
    for part in ("150-0042", "東京都", "渋谷区", "宇田川町"):
        assert f'value="{part}"' in filled.text
    mine_stays = post(mine, PATH, {**OSAKA, "complete": "1"})
    assert 'value="梅田1-2-3"' in mine_stays.text
    unknown = post(mine, PATH, {**bare, "postal_code": "999-9999", "complete": "1"})
    assert unknown.status_code == 422
    assert "could not find this postal code" in unknown.text
    assert kept(runtime, shop) is None
    assert told(runtime) == 0


def book(runtime: Runtime, shop: Shop) -> list[tuple[str, bool]]:
    with runtime.database.looking() as session:
        return [
            (one.address.city, one.is_default) for one in addresses.book(session, shop.customer_id)
        ]


def test_a_book_of_addresses_of_which_one_is_the_usual(
    runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    new = "/account/addresses/new"
    assert "No address is kept yet" in mine.get("/account/addresses").text
    assert post(mine, new, OSAKA).status_code == 303
    assert post(mine, new, OSAKA).status_code == 303
    home = {**OSAKA, "postal_code": "160-0022", "region": "東京都", "city": "新宿区"}
    assert post(mine, new, home).status_code == 303
    assert book(runtime, shop) == [("大阪市北区", True), ("新宿区", False)]
    assert told(runtime) == 1
    with runtime.database.looking() as session:
        first, second = (one.id for one in addresses.book(session, shop.customer_id))
    for _ in range(2):
        assert post(mine, f"/account/addresses/{second}/choose", {}).status_code == 303
    assert book(runtime, shop) == [("新宿区", True), ("大阪市北区", False)]
    assert told(runtime) == 2
    changed = {**OSAKA, "line1": "梅田9-9-9"}
    assert post(mine, f"/account/addresses/{first}", changed).status_code == 303
    assert "梅田9-9-9" in plain(mine.get("/account/addresses").text)
    for _ in range(2):
        assert post(mine, f"/account/addresses/{second}/remove", {}).status_code == 303
    assert book(runtime, shop) == [("大阪市北区", True)]
    assert told(runtime) == 3
    assert post(mine, new, {**OSAKA, "city": ""}).status_code == 422
    assert "大阪市北区" in mine.get("/account").text


@pytest.mark.parametrize(
    ("phone", "status"),
    [
        ("abc", 422),
        ("090", 422),
        ("090-1234-5678 or so", 422),
        ("1" * 20, 422),
        ("０９０ー１２３４ー５６７８", 303),
        ("+81 (90) 1234-5678", 303),
        ("", 303),
    ],
)
def test_a_phone_that_no_driver_could_call_is_asked_for_again(
    runtime: Runtime, shop: Shop, mine: FlaskClient, phone: str, status: int
) -> None:
    for path in (PATH, "/account/addresses/new"):
        answer = post(mine, path, {**OSAKA, "phone": phone})
        assert answer.status_code == status, path
        assert (status == 303) != ("Please enter a phone number, such as" in answer.text)
    assert len(book(runtime, shop)) == (1 if status == 303 else 0)


def test_another_customers_addresses_are_unknown_and_a_full_book_says_so(
    app: Flask, runtime: Runtime, shop: Shop, mine: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
        whole = {**OSAKA, "country": "JP"}
        addresses.add(uow, other, whole)
        foreign = addresses.book(uow.session, other)[0].id
        for n in range(addresses.MOST):
            addresses.add(uow, shop.customer_id, {**whole, "line1": f"梅田{n}"})
    assert mine.get(f"/account/addresses/{foreign}").status_code == 404
    assert post(mine, f"/account/addresses/{foreign}", OSAKA).status_code == 404
    assert post(mine, f"/account/addresses/{foreign}/choose", {}).status_code == 404
    post(mine, f"/account/addresses/{foreign}/remove", {})
    with runtime.database.looking() as session:
        assert len(addresses.book(session, other)) == 1
    full = post(mine, "/account/addresses/new", OSAKA)
    assert (full.status_code, "Please remove one first." in full.text) == (409, True)


def test_the_language_of_mails_is_chosen(runtime: Runtime, shop: Shop, mine: FlaskClient) -> None:
    answer = post(mine, "/account/language", {"language": "en"})
    assert "lang=en" in answer.headers["Set-Cookie"]
    post(mine, "/account/language", {"language": "fr"})
    with runtime.database.looking() as session:
        found = customers.find(session, shop.customer_id)
    assert found is not None
    assert found.language is Language.ENGLISH
