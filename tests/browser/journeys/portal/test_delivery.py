"""Where is it? What customers come for most, and what they may still change about it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from cases.portal.links import WaitingLinks
from oms_service.catalog.models import Price, Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import Counter
from oms_service.operations.placement import selling
from oms_service.pickup.states import IdentityCheck
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.sales.states import SellingMode
from oms_service.shipping import service as shipping
from tests.browser.journeys.place import Person, Place
from tests.browser.journeys.walking import Walk
from tests.browser.journeys.words import said
from tests.factories.orders import (
    CARRIER,
    TOKYO,
    MadeOrder,
    make_order,
    make_shipped_order,
    pay,
    ship,
)
from tests.factories.pickups import place_for_pickup
from tests.factories.stock import make_variant, stock_up


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


def follows(walk: Walk, place: Place) -> None:
    """By the link that was passed on: read, kept in a calendar, in the other language, forged."""
    person = place.customer(walk.look)
    with place.work() as uow:
        order = out_for_delivery(uow, place, person)
    runtime = place.house.runtime
    token = runtime.links.token(order.number, person.id, runtime.clock.now())
    walk.opens(f"/t/{token}")
    walk.is_at("Your parcel is out for delivery.")
    expect(walk.page.locator(".progress-step[aria-current=step]")).to_be_visible()
    walk.step("delivery")
    name, entry = walk.downloads(walk.link("Add to my calendar", exact=False))
    assert name == f"delivery-{order.number.replace('-', '')}.ics"
    assert order.number in entry.decode()
    walk.presses(walk.page.get_by_role("button", name=walk.look.either("English", "日本語")))
    other = walk.look.either("en", "ja")
    expect(walk.page.locator("html")).to_have_attribute("lang", other)
    expect(walk.page.locator("h1")).to_have_text(
        said("en" if other == "en" else "ja", "Your parcel is out for delivery.")
    )
    walk.step("other-language")
    assert walk.opens(f"/t/{token}x").status == 404
    walk.step("forged")


def test_whoever_holds_the_link_follows_the_delivery(walk: Walk, place: Place) -> None:
    follows(walk, place)


@pytest.mark.without_script
def test_the_delivery_is_followed_where_no_script_runs(walk: Walk, place: Place) -> None:
    follows(walk, place)


def test_what_is_late_says_why_and_is_looked_into(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        long_ago = uow.now - timedelta(days=12)
        made = make_order(
            uow, place.shop, customer_id=person.id, mail=person.mail, placed_at=long_ago
        )
        order = ship(uow, place.shop, made)
        late = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key="late",
            status=CarrierStatus.DELAYED,
            occurred_at=uow.now,
            place="札幌ベース",
            reason="snow",
            estimate_from=uow.now + timedelta(days=7),
            estimate_until=uow.now + timedelta(days=8),
        )
        shipping.record_scans(uow, [late], zone=TOKYO)
    walk.as_customer(person.id).opens(f"/orders/{order.number}")
    expect(walk.page.locator("main")).to_contain_text(walk.look.either("雪", "snow"))
    expect(walk.page.locator("main")).to_contain_text("札幌ベース")
    walk.step("late")
    walk.presses(walk.link("My order has not arrived", exact=False))
    walk.is_at("It is late, and we are sorry.")
    words = walk.look.either("月曜までに必要です。", "I need it by Monday.")
    walk.fills(walk.entry("What should we know?"), words)
    walk.step("report")
    walk.presses(walk.button("Ask us to look into it"))
    walk.step("reported")
    asked = """
        SELECT c.reason, c.state, m.text FROM cases c
        JOIN messages m ON m.conversation_id = c.conversation_id AND m.author_kind = 'customer'
        WHERE c.order_id = :id
    """
    ((reason, standing, said_of_it),) = place.rows(asked, id=order.id)
    # The case that the delay itself opened takes the words in, where it was quicker.
    assert (reason in {"late", "delay"}, standing in {"new", "open"}) == (True, True)
    assert words in said_of_it
    state = "SELECT status FROM parcels WHERE tracking_number = :number"
    assert place.one(state, number=order.tracking_number) == "delayed"


def test_what_waits_for_stock_is_exchanged_for_what_is_there(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        scarce = make_variant(uow, f"RARE-{person.id}", price=1_000)
        stock_up(uow, scarce, place.shop.location_id, 1)
        product_id = uow.session.get_one(Variant, scarce).product_id
        other = Variant(
            product_id=product_id,
            sku=f"RARE-{person.id}-L",
            options={"size": "500 g"},
            option_words={},
            tax_rate_bp=1_000,
        )
        uow.session.add(other)
        uow.session.flush()
        uow.session.add(Price(variant_id=other.id, currency="JPY", amount_minor=1_000))
        stock_up(uow, other.id, place.shop.location_id, 5)
        order = make_order(
            uow,
            place.shop,
            items={f"RARE-{person.id}": 3},
            customer_id=person.id,
            mail=person.mail,
            may_backorder=True,
        )
    walk.as_customer(person.id).opens(f"/orders/{order.number}")
    walk.presses(walk.link("Wait, take another item, or cancel", exact=False))
    walk.is_at("Part of your order is waiting for stock.")
    walk.step("waits")
    walk.ticks(
        walk.page.get_by_role("radio", name=walk.words("Send %(item)s instead", item="500 g"))
    )
    walk.presses(walk.button("Choose this"))
    walk.is_at("Send another item instead?")
    walk.step("preview")
    walk.presses(walk.button("Send the other item"))
    walk.is_at("We are preparing your order for shipping.")
    walk.step("done")
    lines = place.rows(
        "SELECT v.sku, l.ordered - l.cancelled, l.backordered FROM order_lines l "
        "JOIN variants v ON v.id = l.variant_id WHERE l.order_id = :id ORDER BY l.id",
        id=order.id,
    )
    assert lines == [(f"RARE-{person.id}", 1, 0), (f"RARE-{person.id}-L", 2, 0)]


def test_a_new_day_of_what_was_ordered_ahead_is_accepted(walk: Walk, place: Place) -> None:
    person, runtime = place.customer(walk.look), place.house.runtime
    first = runtime.clock.now().astimezone(TOKYO).date() + timedelta(days=20)
    later = first + timedelta(days=10)
    with place.work() as uow:
        ahead = make_variant(uow, f"AHEAD-{person.id}", price=1_000)
        version = sells(uow, ahead, first)
        order = make_order(
            uow,
            place.shop,
            items={f"AHEAD-{person.id}": 1},
            customer_id=person.id,
            mail=person.mail,
        )
    with place.work() as uow:
        sells(uow, ahead, later, version)
    leaves = "SELECT ships_by FROM order_lines WHERE order_id = :id"
    walk.until(lambda: place.one(leaves, id=order.id) == later)
    links = WaitingLinks(runtime.settings.secret_key, runtime.clock)
    walk.opens(links.path(order.id, person.id))
    walk.is_at("Your order is waiting for stock.")
    day = walk.look.either(f"{later.month}月{later.day}日", f"{later.day} {later:%b}")
    expect(walk.page.locator("main")).to_contain_text(day)
    walk.step("new-day")
    walk.ticks(walk.page.get_by_role("radio", name=walk.words("I will wait")))
    walk.presses(walk.button("Choose this"))
    walk.is_told("Thank you. We keep it for you and send it as soon as it is here.")
    walk.step("waits")
    noted = "SELECT data ->> 'new_day' FROM order_log WHERE order_id = :id AND kind = 'waits'"
    assert place.rows(noted, id=order.id) == [(later.isoformat(),)]
    lines = "SELECT ordered, cancelled, backordered FROM order_lines WHERE order_id = :id"
    assert place.rows(lines, id=order.id) == [(1, 0, 1)]


def sells(uow: UnitOfWork, variant_id: int, ships_by: date, version: int = 0) -> int:
    """The variant is sold ahead of its day; the version of that rule."""
    rule = selling.sell(
        uow,
        variant_id=variant_id,
        channel_id=None,
        mode=SellingMode.PREORDER,
        limit_units=None,
        ships_by=ships_by,
        version=version,
    )
    return rule.version


def test_an_order_is_collected_by_its_code(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        shop = replace(place.shop, customer_id=person.id)
        placed, pickup = place_for_pickup(uow, shop, place.counter_id)
        pay(uow, placed.order.id, placed.order.total)
        collecting.make_ready(uow, pickup.id)
    walk.as_customer(person.id).opens(f"/orders/{placed.order.number}")
    walk.is_at("Your order is ready. You can collect it in the shop.")
    code = pickup.shown_code
    expect(walk.page.locator(".portal-code")).to_have_attribute(
        "aria-label", walk.words("Collection code %(code)s as a picture", code=code)
    )
    walk.reads("Show this code at the counter, or read it out:")
    expect(walk.page.locator("main")).to_contain_text(code)
    walk.step("ready")
    with place.work() as uow:
        collecting.collect(
            uow, pickup.id, Counter(check=IdentityCheck.CODE, code=code, key=person.mail)
        )
    walk.opens(f"/orders/{placed.order.number}")
    expect(walk.page.locator(".portal-code")).to_have_count(0)
    walk.step("collected")
