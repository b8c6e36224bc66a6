"""Goods go back for money, for others, or because something is wrong with them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests import pdfs
from tests.browser.journeys.looks import DESKTOP_EN
from tests.browser.journeys.place import Person, Place
from tests.browser.journeys.walking import Walk
from tests.factories.coming_back import make_card
from tests.factories.files import a_photo
from tests.factories.orders import TOKYO, MadeOrder, make_delivered_order

PHOTO = FilePayload(name="へこみ.jpg", mimeType="image/jpeg", buffer=a_photo())
RETURNED = """
SELECT r.state, r.kind, l.quantity, l.reason, r.refund_minor FROM returns r
JOIN return_lines l ON l.return_id = r.id WHERE r.order_id = :order_id
"""
CLAIMED = "SELECT state, remedy, refund_minor FROM claims WHERE order_id = :order_id"
SENDING = """
SELECT h.way, h.collect_on, h.collect_window FROM return_hand_overs h
JOIN returns r ON r.id = h.return_id WHERE r.order_id = :order_id
"""
COMING_BACK = "SELECT return_requested FROM order_lines WHERE id = :id"


def delivered(place: Place, walk: Walk) -> tuple[Person, MadeOrder]:
    """Somebody, signed in, whose two coffees came three days ago."""
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.as_customer(person.id)
    return person, order


def begins(walk: Walk, order: MadeOrder, kind: str) -> None:
    """From the page of the order to the form of what is wished."""
    walk.opens(f"/orders/{order.number}")
    walk.presses(walk.link("Return, exchange, or report a problem"))
    walk.is_at("What would you like to do?")
    walk.presses(walk.link(kind, exact=False))
    walk.is_at(kind)


def agrees(walk: Walk) -> None:
    walk.ticks(walk.page.get_by_label(walk.words("I have read these terms.")))


def test_what_is_damaged_goes_back_with_a_photo_and_is_kept_after_all(
    walk: Walk, place: Place
) -> None:
    _, order = delivered(place, walk)
    begins(walk, order, "Return items")
    walk.chooses(walk.entry("How many"), "1")
    walk.chooses(walk.entry("Why?"), label=walk.words("It arrived damaged"))
    walk.step("chosen")
    walk.presses(walk.button("Continue"))
    walk.is_at("A colleague looks at it first")
    walk.step("without-a-photo")
    walk.presses(walk.button("Add a photo"))
    expect(walk.entry("How many")).to_have_value("1")
    walk.attaches(walk.page.locator("#files"), PHOTO)
    expect(walk.page.locator(".file-waits img")).to_have_count(1)
    walk.presses(walk.button("Continue"))
    walk.is_at("We accept it at once")
    walk.step("preview")
    walk.presses(walk.button("Request the return"))
    expect(walk.page.get_by_role("alert")).to_contain_text(
        walk.words("Please confirm that you have read the terms.")
    )
    assert place.rows(RETURNED, order_id=order.id) == []
    agrees(walk)
    walk.presses(walk.button("Request the return"))
    walk.is_at("It is accepted. Please send it back.")
    walk.step("label")
    assert place.rows(RETURNED, order_id=order.id) == [("approved", "return", 1, "damaged", 1_000)]
    assert place.one(COMING_BACK, id=order.line_ids[0]) == 1
    number = place.one("SELECT number FROM returns WHERE order_id = :id", id=order.id)
    address = walk.link("Open the return label (PDF)").get_attribute("href")
    label = walk.page.request.get(f"{place.house.url}{address}")
    assert label.headers["content-type"] == "application/pdf"
    assert number in str(pdfs.pages(label.body()))
    walk.presses(walk.page.locator("summary", has_text=walk.words("Keep the items after all")))
    walk.presses(walk.button("Withdraw it"))
    walk.is_at("It is withdrawn. You keep the items.")
    walk.step("withdrawn")
    assert place.rows(RETURNED, order_id=order.id)[0][0] == "cancelled"
    assert place.one(COMING_BACK, id=order.line_ids[0]) == 0


#: Where the focus is: that it is on the screen, and that one sees it.
SEEN = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const isMarked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return one !== document.body && isMarked && box.bottom > 0 && box.top < innerHeight;
}"""


def tabs_to(walk: Walk, what: Locator) -> None:
    """Go there by the Tab key alone; the focus is seen wherever it comes by."""
    for _ in range(60):
        walk.hits("Tab")
        assert walk.page.evaluate(SEEN), walk.page.evaluate("document.activeElement.outerHTML")
        if what.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab never comes to {what}")


@pytest.mark.parametrize("look", [DESKTOP_EN], ids=str)
def test_a_return_is_asked_for_by_keyboard_alone(walk: Walk, place: Place) -> None:
    _, order = delivered(place, walk)
    walk.opens(f"/orders/{order.number}")
    tabs_to(walk, walk.link("Return, exchange, or report a problem"))
    walk.hits("Enter")
    walk.is_at("What would you like to do?")
    tabs_to(walk, walk.link("Return items", exact=False))
    walk.hits("Enter")
    walk.is_at("Return items")
    tabs_to(walk, walk.button("Continue"))
    walk.hits("Enter")
    # What is wrong has the focus, and each point leads to its field.
    expect(walk.page.locator(".error-summary")).to_be_focused()
    tabs_to(walk, walk.entry("How many"))
    walk.hits("1")
    expect(walk.entry("How many")).to_have_value("1")
    tabs_to(walk, walk.entry("Why?"))
    walk.types(walk.words("Not what I expected, or no longer needed")[:6])
    tabs_to(walk, walk.button("Continue"))
    walk.hits("Enter")
    walk.is_at("We accept it at once")
    tabs_to(walk, walk.page.get_by_label(walk.words("I have read these terms.")))
    walk.hits("Space")
    tabs_to(walk, walk.button("Request the return"))
    walk.hits("Enter")
    walk.is_at("It is accepted. Please send it back.")
    assert place.rows(RETURNED, order_id=order.id) == [
        ("approved", "return", 1, "changed_mind", 1_000)
    ]
    assert walk.did.presses == 0


@pytest.mark.without_script
def test_a_return_is_asked_for_where_no_script_runs(walk: Walk, place: Place) -> None:
    _, order = delivered(place, walk)
    begins(walk, order, "Return items")
    walk.chooses(walk.entry("How many"), "2")
    walk.presses(walk.button("Continue"))
    walk.step("no-reason")
    assert place.rows(RETURNED, order_id=order.id) == []
    expect(walk.entry("How many")).to_have_value("2")
    walk.chooses(walk.entry("Why?"), label=walk.words("Not what I expected, or no longer needed"))
    walk.presses(walk.button("Continue"))
    walk.is_at("We accept it at once")
    agrees(walk)
    walk.step("preview")
    walk.presses(walk.button("Request the return"))
    walk.is_at("It is accepted. Please send it back.")
    walk.step("label")
    assert place.rows(RETURNED, order_id=order.id) == [
        ("approved", "return", 2, "changed_mind", 2_000)
    ]


def test_one_size_is_exchanged_for_another(walk: Walk, place: Place) -> None:
    person, order = delivered(place, walk)
    with place.work() as uow:
        card = make_card(uow, replace(place.shop, customer_id=person.id), 5_000, name=person.mail)
    begins(walk, order, "Exchange items")
    walk.chooses(walk.entry("How many"), "1")
    walk.chooses(walk.entry("Instead I want"), "COFFEE-L")
    walk.chooses(walk.entry("Why?"), label=walk.words("It does not fit"))
    walk.step("chosen")
    walk.presses(walk.button("Continue"))
    walk.chooses(walk.entry("How would you like to pay the difference?"), str(card))
    walk.presses(walk.button("Continue"))
    walk.is_at("We exchange it at once")
    walk.step("preview")
    agrees(walk)
    walk.presses(walk.button("Request the exchange"))
    walk.is_at("It is accepted. Please send it back.")
    walk.step("label")
    assert place.rows(RETURNED, order_id=order.id) == [("approved", "exchange", 1, "wrong_size", 0)]
    exchanged = place.rows(
        "SELECT method_id, difference_minor FROM exchanges WHERE order_id = :id", id=order.id
    )
    assert exchanged == [(card, 200)]


def test_what_came_broken_is_paid_back_at_once(walk: Walk, place: Place) -> None:
    _, order = delivered(place, walk)
    begins(walk, order, "Something is wrong with it")
    walk.chooses(walk.entry("How many"), "1")
    walk.chooses(walk.entry("What is wrong?"), label=walk.words("It arrived damaged"))
    walk.ticks(walk.named("radio", "Give me the money back"))
    walk.attaches(walk.page.locator("#files"), PHOTO)
    expect(walk.page.locator(".file-waits img")).to_have_count(1)
    walk.step("chosen")
    walk.presses(walk.button("Continue"))
    walk.is_at("We put it right at once")
    expect(walk.page.locator("main")).to_contain_text(walk.look.either("1,000円", "¥1,000"))
    walk.step("preview")
    walk.presses(walk.button("Have it put right"))
    walk.is_at("Your money is on its way back.")
    walk.step("done")
    assert place.rows(CLAIMED, order_id=order.id) == [("remedied", "refund", 1_000)]


def test_what_goes_back_is_collected_at_the_door(walk: Walk, place: Place) -> None:
    _, order = delivered(place, walk)
    begins(walk, order, "Return items")
    walk.chooses(walk.entry("How many"), "1")
    walk.chooses(walk.entry("Why?"), label=walk.words("Not what I expected, or no longer needed"))
    walk.presses(walk.button("Continue"))
    agrees(walk)
    walk.presses(walk.button("Request the return"))
    walk.is_at("It is accepted. Please send it back.")
    today = place.house.runtime.clock.now().astimezone(TOKYO).date()
    walk.ticks(walk.page.locator("input[name=way][value=pickup]"))
    walk.fills(walk.entry("Day, if it is to be collected"), today.isoformat())
    walk.presses(walk.button("Save how I send it"))
    expect(walk.page.locator("#collect_on")).to_have_attribute("aria-invalid", "true")
    walk.step("too-soon")
    assert place.rows(SENDING, order_id=order.id) == []
    day = today + timedelta(days=2)
    walk.fills(walk.entry("Day, if it is to be collected"), day.isoformat())
    walk.chooses(walk.entry("Time of day"), "1820")
    walk.presses(walk.button("Save how I send it"))
    walk.is_told("Thank you. A colleague arranges it and confirms it to you.")
    expect(walk.entry("Day, if it is to be collected")).to_have_value(day.isoformat())
    walk.step("collected")
    assert place.rows(SENDING, order_id=order.id) == [("pickup", day, "1820")]
    walk.ticks(walk.page.locator("input[name=way][value=drop_off]"))
    walk.fills(walk.entry("Day, if it is to be collected"), "")
    walk.chooses(walk.entry("Time of day"), "")
    walk.presses(walk.button("Save how I send it"))
    walk.step("taken-to-a-counter")
    assert place.rows(SENDING, order_id=order.id) == [("drop_off", None, "")]
