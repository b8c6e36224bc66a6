"""Customers are written to by their own clock, wherever the shop is."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import text

from notifications import hours_pages, rules, service
from notifications.service import Told
from notifications.states import NoticeState
from oms_service.customers import zones
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.shop import make_customer
from tests.factories.staff import post
from tests.integration.cases.test_portal_waiting import signed_in

PATH = "/account/hours"


def zone_of(runtime: Runtime, customer_id: int) -> str:
    with runtime.database.looking() as session:
        return zones.chosen(session, customer_id)


def told(runtime: Runtime, customer_id: int) -> NoticeState | None:
    with runtime.unit_of_work(SYSTEM) as uow:
        return service.tell(
            uow,
            Told(
                rule=rules.REFUND_PAID,
                key=f"refund:{customer_id}",
                customer_id=customer_id,
                language=Language.ENGLISH,
                facts={"order": "A-1", "refund_minor": 500, "currency": "JPY"},
            ),
            zone=runtime.settings.zone,
        )


def test_it_is_the_customers_night_that_counts(runtime: Runtime) -> None:
    """At ten in the morning of the shop it is two at night in Berlin, and eight at eight there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        here, there = make_customer(uow), make_customer(uow, "b@example.de")
        zones.choose(uow, there, "Europe/Berlin")
    assert told(runtime, here) is NoticeState.SPOKEN
    assert told(runtime, there) is NoticeState.WAITING
    with runtime.database.looking() as session:
        due = session.scalar(text("SELECT due_at FROM notices WHERE state = 'waiting'"))
    assert due == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def test_a_zone_is_chosen_on_a_page_and_taken_back(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_customer(uow)
    browser = signed_in(app, runtime, me)
    assert "As the shop: Japan Time" in browser.get(f"{PATH}?lang=en").text
    for _ in range(2):
        assert post(browser, PATH, {"zone": "Europe/Berlin"}).status_code == 303
        assert zone_of(runtime, me) == "Europe/Berlin"
    page = browser.get(PATH).text
    assert '<option value="Europe/Berlin" selected>Germany (Berlin) Time</option>' in page
    assert "It is 2:00 there now." in page
    for wrong in ("Mars/Base", "EST", "../etc/passwd"):
        answer = post(browser, PATH, {"zone": wrong})
        assert answer.status_code == 422
        assert "Please choose a place from the list." in answer.text
    assert zone_of(runtime, me) == "Europe/Berlin"
    assert post(browser, PATH, {"zone": ""}).status_code == 303
    assert zone_of(runtime, me) == ""
    assert app.test_client().get(PATH).status_code == 303


def test_places_are_said_in_both_languages() -> None:
    said = {language: dict(hours_pages.places(language)) for language in Language}
    assert said[Language.JAPANESE]["Europe/Berlin"] == "ドイツ（ベルリン）時間"
    assert said[Language.ENGLISH]["Asia/Tokyo"] == "Japan Time"
    for places in said.values():
        assert len(places) > 400
        assert set(places) <= zones.known()
