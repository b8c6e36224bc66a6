"""The page of a delivery without a browser: whose it is, who finds it, what it leaves behind."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.history.links import KEPT, Links
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.changes import cancelling
from oms_service.operations.dispatch import shipping as operations_shipping
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.people import People
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.service import NewParcel
from tests.factories.orders import (
    CARRIER,
    TOKYO,
    MadeOrder,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import make_staff, sign_in
from tests.fakes.clock import StandingClock
from tests.pages import plain
from tests.queries import counted

NUMBER = "A-10423"
#: The order, its customer; parcels, outlook, scans; what was told; besides, the name in the head.
PAGE_QUERIES = 7


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, shop, number=NUMBER)


def token_of(runtime: Runtime, number: str, customer_id: int) -> str:
    return runtime.links.token(number, customer_id, runtime.clock.now())


@pytest.fixture
def token(runtime: Runtime, shop: Shop, order: MadeOrder) -> str:
    return token_of(runtime, order.number, shop.customer_id)


def scan(
    runtime: Runtime,
    order: MadeOrder,
    status: CarrierStatus,
    *,
    window: tuple[str, str] | None = None,
    reason: str = "",
) -> None:
    first, until = (datetime.fromisoformat(one) for one in window) if window else (None, None)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key=f"{status}-{uow.now.isoformat()}",
            status=status,
            occurred_at=uow.now,
            place="新宿センター",
            reason=reason,
            estimate_from=first,
            estimate_until=until,
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)


def test_whoever_holds_the_link_sees_the_delivery_and_nothing_of_the_person(
    app: Flask, token: str, order: MadeOrder
) -> None:
    answer = app.test_client().get(f"/t/{token}?lang=en")
    assert answer.status_code == 200
    assert NUMBER in answer.text
    assert "Your order has shipped." in answer.text
    assert order.tracking_number[:4] in answer.text
    phone = ("090-1234", "09012345678", "9012345678")
    for secret in ("佐藤", "美咲", "misaki", "1-2-3", "160-0022", "1600022", *phone, "COFFEE", "¥"):
        assert secret not in answer.text, secret
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text


def test_forged_over_foreign_and_unknown_links_are_one_page(
    app: Flask, runtime: Runtime, shop: Shop, token: str, clock: StandingClock
) -> None:
    other_shop = Links("another secret, thirty-two characters", "https://shop.example")
    with runtime.unit_of_work(SYSTEM) as uow:
        stranger = make_customer(uow, "other@example.jp")
    client = app.test_client()
    links = [
        "nonsense",
        "x" * 2000,
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        other_shop.token(NUMBER, shop.customer_id, clock.now()),
        token_of(runtime, NUMBER, stranger),
        token_of(runtime, "A-99999", shop.customer_id),
        runtime.links.token(NUMBER, shop.customer_id, clock.now() - KEPT - timedelta(days=1)),
    ]
    pages = [client.get(f"/t/{one}?lang=en") for one in links]
    assert {one.status_code for one in pages} == {404}
    assert len({plain(one.text) for one in pages}) == 1
    assert "This link does not open a delivery" in pages[0].text
    assert {one.headers["Referrer-Policy"] for one in pages} == {"no-referrer"}
    files = [client.get(f"/t/{one}/delivery.ics?lang=en") for one in links]
    assert {(one.status_code, plain(one.text)) for one in files} == {(404, plain(pages[0].text))}


def test_a_link_ends_by_itself(app: Flask, token: str, clock: StandingClock) -> None:
    client = app.test_client()
    clock.advance(days=60)
    assert client.get(f"/t/{token}").status_code == 200
    clock.advance(days=1)
    assert client.get(f"/t/{token}").status_code == 404


def test_a_link_opens_nothing_once_its_customer_is_erased(
    app: Flask, runtime: Runtime, shop: Shop, token: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        People(runtime.keepers).erase(uow, shop.customer_id, force=True)
    assert app.test_client().get(f"/t/{token}").status_code == 404


def test_a_link_opens_nothing_once_the_order_is_another_records(
    app: Flask, runtime: Runtime, shop: Shop, token: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        kept = make_customer(uow, "kept@example.jp")
        People(runtime.keepers).merge(uow, kept_id=kept, merged_id=shop.customer_id)
    client = app.test_client()
    assert client.get(f"/t/{token}").status_code == 404
    assert client.get(f"/t/{token_of(runtime, NUMBER, kept)}").status_code == 200


def test_who_tries_many_links_has_to_wait_and_right_ones_wait_with_them(
    app: Flask, token: str
) -> None:
    client = app.test_client()
    for number in range(20):
        assert client.get(f"/t/guess-{number}").status_code == 404
    refused = client.get(f"/t/{token}")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = client.get(f"/t/{token}", environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            (
                "It will arrive later than we told you, and we are sorry.",
                "First told",
                "Now expected",
                "later",
                "Heavy snow is holding up parcels",
            ),
        ),
        ("ja", ("お届けが当初", "当初のご案内", "現在の予定", "遅くなりました", "大雪")),
    ],
)
def test_a_delay_shows_both_dates_and_its_reason(
    app: Flask,
    runtime: Runtime,
    order: MadeOrder,
    token: str,
    clock: StandingClock,
    language: str,
    sentences: tuple[str, ...],
) -> None:
    clock.advance(hours=6)
    late = ("2026-11-26T00:00:00+09:00", "2026-11-28T00:00:00+09:00")
    scan(runtime, order, CarrierStatus.DELAYED, window=late, reason="snow")
    said = plain(app.test_client().get(f"/t/{token}?lang={language}").text)
    assert [one for one in sentences if one not in said] == []


def test_before_anything_is_sent_the_page_says_what_is_done_and_offers_changes(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop)
    said = plain(
        app.test_client().get(f"/t/{token_of(runtime, made.number, shop.customer_id)}?lang=en").text
    )
    assert "We are preparing your order for shipping." in said
    assert "Sign in to change or cancel it" in said


def test_a_delivered_order_says_when_and_has_nothing_to_wait_for(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_delivered_order(uow, shop, days_ago=1)
    token = token_of(runtime, made.number, shop.customer_id)
    said = plain(app.test_client().get(f"/t/{token}?lang=en").text)
    assert "Delivered yesterday at 10:00." in said
    assert "no delivery date" not in said


def test_what_was_read_is_kept_once(app: Flask, runtime: Runtime, token: str) -> None:
    client = app.test_client()
    for _ in range(3):
        client.get(f"/t/{token}")
        client.get(f"/t/{token}/now")
    with runtime.database.reading() as connection:
        rows = connection.execute(text("SELECT channel, parcel_id IS NULL FROM tellings")).all()
    assert [tuple(row) for row in rows] == [("tracking_page", False)]


def test_a_page_costs_a_number_of_queries_that_is_known(
    app: Flask, runtime: Runtime, token: str
) -> None:
    client = app.test_client()
    client.get(f"/t/{token}")
    with counted(runtime.database) as said:
        client.get(f"/t/{token}")
    assert len(said) <= PAGE_QUERIES, said


# Entries for calendars


def entries(client: FlaskClient, token: str, language: str = "en") -> list[Any]:
    answer = client.get(f"/t/{token}/delivery.ics?lang={language}")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    return list(icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def test_an_entry_is_the_same_until_the_date_changes(
    app: Flask, runtime: Runtime, order: MadeOrder, token: str, clock: StandingClock
) -> None:
    client = app.test_client()
    (first,) = entries(client, token)
    clock.advance(hours=1)
    (again,) = entries(client, token)
    assert again == first
    assert (first["UID"], first["SEQUENCE"]) == ("A10423-1@localhost", 0)
    assert str(first["SUMMARY"]) == "Delivery: order A-10423"
    assert str(first["STATUS"]) == "TENTATIVE"
    clock.advance(hours=5)
    late = ("2026-11-26T00:00:00+09:00", "2026-11-28T00:00:00+09:00")
    scan(runtime, order, CarrierStatus.DELAYED, window=late, reason="snow")
    (moved,) = entries(client, token)
    assert (moved["UID"], moved["SEQUENCE"]) == (first["UID"], 1)
    assert moved["DTSTART"].dt > first["DTSTART"].dt
    assert moved["LAST-MODIFIED"].dt == clock.now()


def test_hours_are_hours_and_an_arrived_parcel_is_confirmed(
    app: Flask, runtime: Runtime, order: MadeOrder, token: str, clock: StandingClock
) -> None:
    client = app.test_client()
    clock.advance(hours=20)
    today = ("2026-11-23T14:00:00+09:00", "2026-11-23T16:00:00+09:00")
    scan(runtime, order, CarrierStatus.OUT_FOR_DELIVERY, window=today)
    (out,) = entries(client, token, "ja")
    assert out["DTSTART"].dt == datetime.fromisoformat(today[0])
    assert out["DTEND"].dt == datetime.fromisoformat(today[1])
    assert str(out["SUMMARY"]) == "お届け予定: ご注文 A-10423"
    assert f"/t/{token}" in str(out["URL"])
    clock.advance(hours=8)
    scan(runtime, order, CarrierStatus.DELIVERED)
    (there,) = entries(client, token, "ja")
    assert (str(there["STATUS"]), there["SEQUENCE"]) == ("CONFIRMED", 1)
    assert there["DTSTART"].dt == clock.now()


def test_without_a_date_there_is_no_file_but_a_word(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop)
        uow.session.execute(text("DELETE FROM order_outlooks"))
    token = token_of(runtime, made.number, shop.customer_id)
    answer = app.test_client().get(f"/t/{token}/delivery.ics?lang=en")
    assert answer.status_code == 404
    assert "There is no delivery date yet" in answer.text


def test_handed_out_by_many_at_once_an_entry_counts_each_change_once(
    app: Flask, runtime: Runtime, order: MadeOrder, token: str, clock: StandingClock
) -> None:
    def fetch(_: int) -> int:
        return app.test_client().get(f"/t/{token}/delivery.ics").status_code

    for n in range(3):
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(fetch, range(8))) == {200}
        clock.advance(hours=6)
        late = (f"2026-11-{26 + n}T00:00:00+09:00", f"2026-11-{28 + n}T00:00:00+09:00")
        scan(runtime, order, CarrierStatus.DELAYED, window=late)
    (found,) = entries(app.test_client(), token)
    assert found["SEQUENCE"] == 3


def test_two_parcels_are_two_entries_and_a_cancelled_order_calls_its_own_off(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    client = app.test_client()
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, items={"COFFEE": 2, "MUG": 1})
    drain(runtime)
    token = token_of(runtime, made.number, shop.customer_id)
    (before,) = entries(client, token)
    first, second = made.line_ids
    with runtime.unit_of_work(SYSTEM) as uow:
        operations_shipping.hand_over(
            uow,
            HandOver(
                order_id=made.id,
                number="S-TWO",
                location_id=shop.location_id,
                parcels=[
                    NewParcel(carrier=CARRIER, tracking_number="111122223333", lines={first: 2}),
                    NewParcel(carrier="sagawa", tracking_number="444455556666", lines={second: 1}),
                ],
            ),
        )
    one, two = entries(client, token)
    assert [one["UID"], two["UID"]] == [before["UID"], before["UID"].replace("-1@", "-2@")]
    assert str(two["SUMMARY"]).endswith("(parcel 2 of 2)")
    assert "Sagawa, tracking number 444455556666" in str(two["DESCRIPTION"])


def test_an_order_that_is_called_off_is_called_off_in_the_calendar(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    client = app.test_client()
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop)
    drain(runtime)
    token = token_of(runtime, made.number, shop.customer_id)
    (before,) = entries(client, token)
    with runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, made.id, reason="ordered_by_mistake")
    (after,) = entries(client, token)
    assert (str(after["STATUS"]), after["SEQUENCE"]) == ("CANCELLED", 1)
    assert after["DTSTART"].dt == before["DTSTART"].dt


# Where else it is shown


def test_customers_download_their_own_entry_alone(
    app: Flask, runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
        signed = {
            who: sessions.start(uow, SessionKind.CUSTOMER, who, device="a test", instead_of=None)
            for who in (shop.customer_id, other)
        }
    answers = []
    for token in signed.values():
        client = app.test_client()
        client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
        answers.append(client.get(f"/orders/{order.number}/delivery.ics?lang=en"))
    mine, foreign = answers
    assert mine.content_type == "text/calendar; charset=utf-8"
    assert f"/orders/{order.number}" in mine.text.replace("\r\n ", "")
    assert foreign.status_code == 404


def test_colleagues_see_the_way_and_the_page_to_pass_on(
    app: Flask, runtime: Runtime, order: MadeOrder
) -> None:
    client = app.test_client()
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow)
    sign_in(client)
    page = client.get(f"/console/orders/{order.number}?lang=en").text
    assert page.count('aria-current="step"') == 1
    assert "The customer's page of this delivery, to pass on" in page
    found = re.search(r'href="http://localhost:8000(/t/[^"]+)"', page)
    assert found
    assert app.test_client().get(found[1]).status_code == 200


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "カレンダーに追加"), ("en", "your calendar")]
)
def test_a_notice_of_a_delay_leads_to_the_page_and_the_calendar(
    app: Flask,
    runtime: Runtime,
    order: MadeOrder,
    clock: StandingClock,
    language: str,
    words: str,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE orders SET language = :to"), {"to": language})
    drain(runtime)
    clock.advance(hours=6)
    late = ("2026-11-26T00:00:00+09:00", "2026-11-28T00:00:00+09:00")
    scan(runtime, order, CarrierStatus.DELAYED, window=late, reason="snow")
    drain(runtime)
    with runtime.database.reading() as connection:
        said = connection.execute(
            text("SELECT text FROM messages WHERE text LIKE '%/t/%' ORDER BY id DESC LIMIT 1")
        ).scalar_one()
        told = connection.execute(text("SELECT channel, reason FROM tellings")).all()
    assert words in said
    page, entry = re.findall(r"http://localhost:8000(/t/\S+)", said)
    assert entry == f"{page}/delivery.ics"
    assert app.test_client().get(page).status_code == 200
    assert app.test_client().get(entry).status_code == 200
    assert ("mail", "snow") in [tuple(row) for row in told]
