"""A customer proves a number, ticks what comes there, puts it first, and ends it."""

import re

from playwright.sync_api import expect

from oms_service.adapters.sms import box
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk

NUMBERS = "SELECT number FROM sms_numbers WHERE customer_id = :id"
ORDER = "SELECT ways FROM notice_way_orders WHERE customer_id = :id"
SAID = "SELECT granted FROM consents WHERE customer_id = :id AND purpose = 'sms' ORDER BY id"


def code_on(place: Place, number: str) -> str:
    """The code that the next text to a number tells."""
    folder = place.house.runtime.settings.state_dir / "sms"

    def found() -> str | None:
        told = (re.search(r"\d{6}", one.text) for one in box.newest(folder) if one.to == number)
        return next((code[0] for code in told if code), None)

    code: str = place.until(found)
    return code


def test_text_messages_are_proven_chosen_put_first_and_ended(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    number = f"+8190{80_000_000 + person.id}"
    walk.as_customer(person.id).opens("/account/notices")
    walk.step("before")
    walk.presses(walk.link("Give a mobile number"))
    walk.is_at("Text messages")
    walk.fills(walk.entry("Mobile number"), "03-1234-5678")
    walk.presses(walk.button("Send me a code"))
    expect(walk.page.locator(".error-summary")).to_be_visible()
    walk.step("no-mobile")
    walk.fills(walk.entry("Mobile number"), number.replace("+81", "0"))
    walk.presses(walk.button("Send me a code"))
    walk.step("asked")
    code = code_on(place, number)
    walk.fills(walk.page.locator("#code"), f"{(int(code) + 1) % 1_000_000:06}")
    walk.presses(walk.button("Confirm the number"))
    expect(walk.page.locator(".error-summary")).to_contain_text(
        walk.words("That code does not match or is no longer valid. Check it, or get a new one.")
    )
    walk.step("wrong")
    walk.fills(walk.page.locator("#code"), f"{code[:3]} {code[3:]}")
    walk.presses(walk.button("Confirm the number"))
    walk.is_told("The number is yours. Now tick what we may tell you by text message, and save.")
    assert place.rows(NUMBERS, id=person.id) == [(number,)]
    texts = walk.page.locator("#delivery").get_by_label(walk.words("By text message"))
    expect(texts).not_to_be_checked()
    walk.ticks(texts)
    walk.presses(walk.button("Save my choices"))
    walk.is_told("Your choices are saved.")
    expect(texts).to_be_checked()
    walk.step("chosen")
    rows = walk.page.locator("#order li")
    expect(rows.nth(1)).to_contain_text(walk.words("By text message"))
    walk.presses(rows.nth(1).get_by_role("button"))
    expect(rows.first).to_contain_text(walk.words("By text message"))
    walk.step("first")
    assert place.rows(ORDER, id=person.id) == [("sms,webchat,mail",)]
    walk.presses(walk.link("Change or end it"))
    walk.reads("Your number")
    expect(walk.page.locator("main")).not_to_contain_text(number)
    walk.step("yours")
    walk.presses(walk.button("No more text messages"))
    walk.is_told("You get no more text messages from us.")
    walk.step("ended")
    assert place.rows(NUMBERS, id=person.id) == []
    assert place.rows(SAID, id=person.id) == [(True,), (False,)]
