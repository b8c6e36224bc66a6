"""What is not gone yet is changed or cancelled, and what it brings is seen before."""

from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.journeys.place import Person, Place
from tests.browser.journeys.walking import Walk
from tests.factories.coming_back import make_card
from tests.factories.orders import TOKYO, MadeOrder, make_order

OSAKA = {
    "Recipient": "佐藤 美咲",
    "Postal code": "530-0001",
    "Prefecture": "大阪府",
    "City or ward": "大阪市北区",
    "Street and number": "梅田1-2-3",
}


def placed(walk: Walk, place: Place, **items: int) -> tuple[Person, MadeOrder]:
    """Somebody, signed in, whose order was paid by gift card and is not gone yet."""
    person = place.customer(walk.look)
    with place.work() as uow:
        card = make_card(uow, replace(place.shop, customer_id=person.id), 50_000, name=person.mail)
        order = make_order(
            uow,
            place.shop,
            items=items or {"COFFEE": 2},
            customer_id=person.id,
            mail=person.mail,
            method_id=card,
        )
    walk.as_customer(person.id)
    return person, order


def begins(walk: Walk, order: MadeOrder, what: str) -> None:
    """From the page of the order to the form of one change."""
    walk.opens(f"/orders/{order.number}")
    walk.presses(walk.link("Change or cancel the order", exact=False))
    walk.is_at("What would you like to change?")
    walk.step("choices")
    walk.presses(walk.link(what, exact=False))
    walk.is_at(what)


def looks(walk: Walk, heading: str = "This is what it brings") -> None:
    walk.presses(walk.button("Preview the change"))
    walk.is_at(heading)
    walk.step("preview")


def test_an_order_is_sent_somewhere_else(walk: Walk, place: Place) -> None:
    _, order = placed(walk, place)
    begins(walk, order, "Change the address")
    for label, text in OSAKA.items():
        walk.fills(walk.entry(label), text)
    walk.step("typed")
    looks(walk)
    expect(walk.page.locator("main")).to_contain_text("梅田1-2-3")
    before = "SELECT ship_to->>'city' FROM orders WHERE id = :id"
    assert place.one(before, id=order.id) == "新宿区"
    walk.presses(walk.button("Send it there"))
    walk.is_told("Done. Your order goes to the new address.")
    walk.step("done")
    assert place.one(before, id=order.id) == "大阪市北区"


def test_another_day_and_other_hours_are_chosen(walk: Walk, place: Place) -> None:
    _, order = placed(walk, place)
    begins(walk, order, "Change the day or time")
    today = place.house.runtime.clock.now().astimezone(TOKYO).date()
    day = today + timedelta(days=6)
    walk.fills(walk.entry("Day"), day.isoformat())
    walk.chooses(walk.entry("Time of day"), "1416")
    walk.step("chosen")
    looks(walk)
    walk.presses(walk.button("Have it arrive then"))
    walk.is_told("The day and time of delivery are changed.")
    walk.step("done")
    wished = place.rows("SELECT deliver_on, delivery_window FROM orders WHERE id = :i", i=order.id)
    assert wished == [(day, "1416")]


def test_another_version_is_taken_and_the_difference_paid(walk: Walk, place: Place) -> None:
    _, order = placed(walk, place)
    begins(walk, order, "Change size, colour or version")
    option = walk.entry("Instead I want").locator("option", has_text="500 g")
    walk.chooses(walk.entry("Instead I want"), option.get_attribute("value"))
    walk.step("chosen")
    looks(walk)
    expect(walk.page.locator("main")).to_contain_text(walk.look.either("400円", "¥400"))
    walk.presses(walk.button("Send the other version"))
    walk.is_told("Done. We send the other version.")
    walk.step("done")
    lines = """
        SELECT v.sku, l.ordered - l.cancelled FROM order_lines l
        JOIN variants v ON v.id = l.variant_id
        WHERE l.order_id = :id AND l.ordered > l.cancelled
    """
    assert place.rows(lines, id=order.id) == [("COFFEE-L", 2)]
    assert place.one("SELECT total_minor FROM orders WHERE id = :id", id=order.id) == 2_400


def test_an_order_is_cancelled_and_the_money_goes_back(walk: Walk, place: Place) -> None:
    person, order = placed(walk, place)
    begins(walk, order, "Cancel the order")
    walk.ticks(walk.named("radio", "I ordered it by mistake"))
    walk.step("why")
    looks(walk, "Cancel the whole order?")
    expect(walk.page.locator("main")).to_contain_text(walk.look.either("2,000円", "¥2,000"))
    state = "SELECT order_state FROM orders WHERE id = :id"
    assert place.one(state, id=order.id) == "placed"
    walk.presses(walk.button("Cancel it for good"))
    walk.is_told("It is cancelled. What you paid for it goes back to you.")
    walk.step("done")
    assert place.one(state, id=order.id) == "cancelled"
    refunds = "SELECT amount_minor, state FROM refunds WHERE order_id = :id"

    def paid_back() -> bool:
        return place.rows(refunds, id=order.id) == [(2_000, "paid")]

    walk.until(paid_back)
    balance = "SELECT balance_minor FROM payment_methods WHERE customer_id = :id"
    assert place.one(balance, id=person.id) == 50_000
