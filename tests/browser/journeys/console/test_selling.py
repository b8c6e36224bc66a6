"""Orders as colleagues find, place, change, hand over and bill them."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import expect

from oms_service.access.states import Role
from oms_service.customers import service as customers
from oms_service.kernel.actors import staff
from oms_service.operations.pickup import collecting
from oms_service.operations.returning import claiming, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from tests.browser.journeys.console.goods import own_variant
from tests.browser.journeys.matters import Colleague, colleague
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import make_delivered_order, make_order, pay
from tests.factories.pickups import place_for_pickup

TERMS = "SELECT total_minor FROM orders WHERE id = :id"


def of_operations(walk: Walk, place: Place, *roles: Role) -> Colleague:
    made = colleague(
        place,
        walk.look,
        *(roles or (Role.OPERATIONS,)),
        name=walk.look.either("山本 直樹", "Naoki Yamamoto"),
    )
    walk.as_colleague(made.id)
    return made


def test_orders_are_narrowed_and_exactly_those_taken_home(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        small, large = (
            make_order(
                uow,
                place.shop,
                items={"COFFEE": count},
                customer_id=person.id,
                mail=person.mail,
            )
            for count in (1, 5)
        )
        customers.refresh_search(uow, customers.held(uow, person.id))
    walk.opens("/console/orders")
    walk.fills(walk.entry("Find an order"), person.mail)
    walk.hits("Enter")
    rows = walk.page.locator("main tbody tr")
    expect(rows).to_have_count(2)
    walk.step("of-one-customer")
    walk.presses(walk.page.locator("summary", has_text=walk.words("More filters")))
    walk.fills(walk.page.locator("#least"), "3000")
    walk.hits("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(large.number)
    walk.step("of-3000-or-more")
    name, content = walk.downloads(walk.link("Export these as CSV", exact=False))
    assert name.endswith(".csv")
    _, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert [line[0] for line in lines] == [large.number]
    walk.presses(walk.page.locator(".orders-chip").filter(has_text="3,000"))
    expect(rows).to_have_count(2)
    walk.step("without-that")
    _, content = walk.downloads(walk.link("Export these as CSV", exact=False))
    _, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    totals = "SELECT number, total_minor FROM orders WHERE customer_id = :id"
    kept = dict(place.rows(totals, id=person.id))
    assert {line[0]: int(line[-2].replace(",", "")) for line in lines} == kept
    assert set(kept) == {small.number, large.number}


def test_orders_are_sorted_ticked_by_keyboard_and_taken_along(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        small, large, middle = (
            make_order(uow, place.shop, items={"COFFEE": count}, customer_id=person.id)
            for count in (1, 5, 3)
        )
        customers.refresh_search(uow, customers.held(uow, person.id))
    walk.opens("/console/orders?view=open")
    walk.fills(walk.entry("Find an order"), person.mail)
    if walk.look.is_phone:
        walk.presses(walk.page.locator("summary", has_text=walk.words("More filters")))
    walk.chooses(walk.page.locator("#sort"), label=walk.words("Largest total first"))
    walk.presses(walk.button("Find").first)
    rows = walk.page.locator("main tbody tr")
    expect(rows).to_have_count(3)
    for row, order in enumerate((large, middle, small)):
        expect(rows.nth(row)).to_contain_text(order.number)
    bar = walk.page.locator("[data-rows-bar]")
    expect(bar).to_be_hidden()
    walk.step("sorted")
    if walk.look.is_phone:
        for n in (0, 2):
            walk.ticks(rows.nth(n).get_by_role("checkbox"))
    else:
        for key in ("j", "x", "j", "j", "x"):
            walk.hits(key)
        walk.hits("?")
        expect(walk.page.get_by_role("dialog")).to_contain_text(walk.words("Keys on this page"))
        walk.step("keys")
        walk.hits("Escape")
    expect(bar).to_contain_text(walk.words("%(count)s ticked", count=2))
    walk.step("ticked")
    _, content = walk.downloads(walk.button("Take these along as CSV"))
    _, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert [line[0] for line in lines] == [large.number, small.number]
    totals = dict(
        place.rows("SELECT number, total_minor FROM orders WHERE customer_id = :id", id=person.id)
    )
    assert {line[0]: int(line[-2]) for line in lines} == {
        one.number: totals[one.number] for one in (large, small)
    }


def test_what_the_weeks_brought_is_drawn_and_taken_along(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    with place.work() as uow:
        make_order(uow, place.shop)
    walk.opens("/console/trade")
    walk.is_at("Sales and returns")
    expect(walk.page.locator("#chart-orders .chart-drawing canvas")).to_be_visible()
    walk.step("drawn")
    name, content = walk.downloads(
        walk.page.locator("#chart-orders").get_by_role("link", name=walk.words("Download as CSV"))
    )
    assert name.startswith("orders-")
    _, *lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    placed = "SELECT count(*) FROM orders WHERE NOT is_draft AND currency = 'JPY'"
    since = "AND placed_at >= now() - interval '49 days'"
    assert sum(int(line[1]) for line in lines) >= place.one(f"{placed} {since}") > 0


def test_an_order_is_put_together_with_its_price_in_sight(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    sku = f"PUT-{who.handle.upper()}"
    with place.work() as uow:
        own_variant(uow, place, sku)
        person = place.customer_in(uow, walk.look)
        customers.refresh_search(uow, customers.held(uow, person.id))
    walk.opens("/console/orders")
    walk.presses(walk.link("New order"))
    walk.fills(walk.entry("Find the customer"), person.mail)
    walk.presses(walk.button("Find").first)
    walk.step("for-whom")
    walk.presses(walk.link("Choose").first)
    walk.fills(walk.entry("Find an item"), sku)
    walk.presses(walk.button("Find").last)
    walk.presses(walk.button("Add").first)
    one, three = (walk.look.either(f"{n},000円", f"¥{n},000") for n in (1, 3))
    expect(walk.button("Place the order: %(money)s", money=one)).to_be_visible()
    walk.fills(walk.entry("Quantity"), "3")
    walk.hits("Tab")
    confirm = walk.button("Place the order: %(money)s", money=three)
    expect(confirm).to_be_visible()
    walk.step("priced")
    ordered = """
        SELECT o.order_state, o.total_minor, l.ordered FROM orders o
        JOIN order_lines l ON l.order_id = o.id WHERE o.customer_id = :id
    """
    assert place.rows(ordered, id=person.id) == []
    address = {
        "recipient": person.name,
        "phone": "090-1234-5678",
        "postal_code": "160-0022",
        "region": "東京都",
        "city": "新宿区",
        "line1": "新宿1-2-3",
    }
    for name, text in address.items():
        walk.fills(walk.page.locator(f"#{name}"), text)
    walk.hits("Tab")
    expect(confirm).to_be_visible()
    walk.step("addressed")
    walk.presses(confirm)
    walk.is_told("The order is placed.")
    walk.step("placed")
    assert place.rows(ordered, id=person.id) == [("placed", 3_000, 3)]


def test_units_are_called_off_after_a_look_at_what_it_brings(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        items = {"COFFEE": 2, "MUG": 1}
        order = make_order(uow, place.shop, items=items, customer_id=person.id, mail=person.mail)
    walk.opens(f"/console/orders/{order.number}")
    walk.presses(walk.link("Change or cancel this order"))
    walk.step("choose")
    walk.presses(walk.link("Cancel").first)
    walk.ticks(walk.named("radio", "Only these units"))
    walk.fills(walk.page.locator("fieldset#lines input").first, "1")
    walk.presses(walk.button("Preview the change"))
    expect(walk.page.locator("dl.facts").last).to_contain_text(
        walk.look.either("1,000円", "¥1,000")
    )
    walk.step("preview")
    assert place.one(TERMS, id=order.id) == 4_500
    walk.presses(walk.button("Cancel it for good"))
    walk.is_told("It is cancelled.")
    walk.step("cancelled")
    assert place.one(TERMS, id=order.id) == 3_500
    left = "SELECT cancelled FROM order_lines WHERE id = :id"
    assert place.one(left, id=order.line_ids[0]) == 1


def test_another_day_of_delivery_is_chosen(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        day = (uow.now + timedelta(days=6)).date().isoformat()
    walk.opens(f"/console/orders/{order.number}/change/delivery")
    walk.fills(walk.entry("Day of delivery"), day)
    walk.chooses(walk.entry("Time of day"), "1416")
    walk.presses(walk.button("Preview the change"))
    walk.step("preview")
    wished = "SELECT deliver_on::text, delivery_window FROM orders WHERE id = :id"
    assert place.rows(wished, id=order.id) == [(None, "")]
    walk.presses(walk.button("Change the order"))
    walk.is_told("The order is changed.")
    walk.step("changed")
    assert place.rows(wished, id=order.id) == [(day, "1416")]


def test_a_receipt_is_issued_once(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.opens(f"/console/documents/orders/{order.number}")
    walk.fills(walk.entry("What it is for (receipts)"), walk.look.either("コーヒー代", "Coffee"))
    walk.presses(walk.button("Issue the receipt"))
    issued = "SELECT number, kind, total_minor FROM documents WHERE order_id = :id"
    walk.until(lambda: place.rows(issued, id=order.id))
    ((number, kind, total),) = place.rows(issued, id=order.id)
    walk.is_told("Receipt %(number)s is ready.", number=number)
    assert (kind, total) == ("receipt", 2_000)
    walk.step("issued")
    walk.fills(walk.entry("What it is for (receipts)"), walk.look.either("コーヒー代", "Coffee"))
    walk.presses(walk.button("Issue the receipt"))
    walk.is_told("Receipt %(number)s is ready.", number=number)
    assert len(place.rows(issued, id=order.id)) == 1


def test_a_pickup_is_handed_over_in_three_taps(walk: Walk, place: Place) -> None:
    of_operations(walk, place, Role.SHOP)
    with place.work() as uow:
        person = place.customer_in(uow, walk.look)
        theirs = replace(place.shop, customer_id=person.id)
        placed, pickup = place_for_pickup(uow, theirs, place.counter_id)
        pay(uow, placed.order.id, placed.order.total)
        ready = collecting.make_ready(uow, pickup.id)
    walk.opens("/console/pickups")
    walk.step("counter")
    before = walk.did.presses
    walk.presses(walk.page.locator("#q"))
    walk.scans(ready.shown_code)
    walk.page.wait_for_url(f"**/console/pickups/{ready.number}")
    walk.step("found")
    walk.presses(walk.page.locator("#code"))
    walk.types(ready.code.lower())
    walk.presses(walk.page.locator("form[action$='/collect'] button").last)
    walk.is_told("Handed over.")
    # Besides, the scanner was pulled once.
    assert walk.did.presses - before - 1 <= 3
    walk.step("handed-over")
    state = "SELECT state FROM pickups WHERE number = :number"
    assert place.one(state, number=ready.number) == "collected"
    delivered = "SELECT fulfilment_state FROM orders WHERE id = :id"
    walk.until(lambda: place.one(delivered, id=placed.order.id) == "delivered")


def test_a_return_and_a_claim_are_decided(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    with place.house.runtime.unit_of_work(staff(who.id)) as uow:
        person = place.customer_in(uow, walk.look)
        first, second = (
            make_delivered_order(
                uow, place.shop, items=items, customer_id=person.id, mail=person.mail
            )
            for items in ({"COFFEE": 2}, {"MUG": 3})
        )
        # The rules want a photo of what is damaged, and a person for more than 5,000 yen.
        line = WantedLine(line_id=first.line_ids[0], quantity=1, reason=ReturnReason.DAMAGED)
        asked = returns.request(
            uow, Wanted(order_id=first.id, lines=[line], channel="portal", key=first.number)
        ).view
        broken = ClaimedLine(line_id=second.line_ids[0], quantity=3, reason=ClaimReason.DAMAGED)
        claim = claiming.request(
            uow,
            WantedClaim(
                order_id=second.id,
                lines=[broken],
                remedy=Remedy.REFUND,
                channel="portal",
                key=second.number,
            ),
        ).view
    walk.opens(f"/console/returns/{asked.number}")
    walk.presses(walk.button("Reject it"))
    expect(walk.page.locator(".error-summary")).to_contain_text(
        walk.words("Say why, in words for the customer.")
    )
    walk.step("say-why")
    state = "SELECT state FROM returns WHERE number = :number"
    assert place.one(state, number=asked.number) == "requested"
    walk.presses(walk.button("Approve it"))
    walk.is_told("It is approved.")
    walk.step("approved")
    assert place.one(state, number=asked.number) == "approved"
    walk.opens("/console/returns/claims")
    card = walk.page.locator(f"form[action*='{claim.number}']")
    walk.presses(card.get_by_role("button", name=walk.words("Approve it")).first)
    walk.is_told("It is approved.")
    walk.step("claim")
    decided = "SELECT state FROM claims WHERE number = :number"
    assert place.one(decided, number=claim.number) == "remedied"


def test_what_lies_elsewhere_is_shipped_home_from_the_counter(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place, Role.SHOP)
    sku = f"ELSE-{who.handle.upper()}"
    with place.work() as uow:
        own_variant(uow, place, sku)
        person = place.customer_in(uow, walk.look)
        customers.refresh_search(uow, customers.held(uow, person.id))
    walk.opens("/console/counter")
    expect(walk.page.locator("#q")).to_be_focused()
    walk.step("ready")
    walk.scans(sku)
    expect(walk.page.locator("main section").filter(has_text=sku)).to_be_visible()
    walk.step("elsewhere")
    walk.presses(walk.link("Ship it home"))
    walk.fills(walk.entry("Find the customer"), person.mail)
    walk.presses(walk.button("Find").first)
    walk.presses(walk.link("Choose").first)
    expect(walk.page.locator("#lines")).to_contain_text(sku)
    walk.step("order")
    kept = """
        SELECT o.order_state, l.ordered FROM orders o
        JOIN order_lines l ON l.order_id = o.id WHERE o.customer_id = :id
    """
    assert place.rows(kept, id=person.id) == []
    walk.presses(walk.button("Keep as a draft"))
    walk.is_told("The draft is kept.")
    walk.step("kept")
    assert place.rows(kept, id=person.id) == [("draft", 1)]
