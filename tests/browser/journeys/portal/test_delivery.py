"""Where is it? What customers come for most, and what they may still change about it."""

from datetime import timedelta

from playwright.sync_api import expect

from oms_service.infra.uow import UnitOfWork
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.shipping import service as shipping
from tests.browser.journeys.place import Person, Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_shipped_order


def out_for_delivery(uow: UnitOfWork, place: Place, person: Person) -> MadeOrder:
    """Two coffees that left Osaka yesterday and are on the van this morning."""
    order = make_shipped_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    scans = (
        ("in", CarrierStatus.IN_TRANSIT, timedelta(hours=20), "大阪ベース"),
        ("out", CarrierStatus.OUT_FOR_DELIVERY, timedelta(hours=1), "新宿センター"),
    )
    facts = [
        ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key=key,
            status=status,
            occurred_at=uow.now - ago,
            place=where,
        )
        for key, status, ago, where in scans
    ]
    shipping.record_scans(uow, facts, zone=TOKYO)
    return order


def test_an_order_on_its_way_is_tracked(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = out_for_delivery(uow, place, person)
    walk.as_customer(person.id).opens("/orders")
    walk.step("orders")
    walk.presses(walk.page.get_by_role("link", name=order.number))
    walk.is_at("Your parcel is out for delivery.")
    expect(walk.page.locator("main")).to_contain_text("新宿センター")
    walk.step("order")
