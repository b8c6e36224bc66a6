"""What a customer may see, set and take away of what we keep of them."""

import io
import json
import zipfile

from playwright.sync_api import expect

from tests import pdfs
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import make_order

HOME = {
    "Postal code": "160-0022",
    "Prefecture": "東京都",
    "City or ward": "新宿区",
    "Street and number": "新宿1-2-3",
}
ADDRESSES = "SELECT line1, is_default FROM addresses WHERE customer_id = :id ORDER BY id"
SAID = """
SELECT purpose, granted FROM consents WHERE customer_id = :id ORDER BY id
"""
OPEN = """
SELECT count(*) FROM sessions
WHERE kind = 'customer' AND subject_id = :id AND revoked_at IS NULL
"""


def test_papers_are_fetched_and_a_second_receipt_says_so(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.as_customer(person.id)
    papers = []
    for button in ("Download the receipt", "Download the receipt", "Download the invoice"):
        walk.opens(f"/orders/{order.number}")
        name, content = walk.downloads(walk.button(button))
        assert name.endswith(".pdf")
        assert content.startswith(b"%PDF-")
        papers.append("".join(line for page in pdfs.pages(content) for line in page))
    walk.step("order")
    first, second, invoice = papers
    assert ("再発行" in first, "再発行" in second) == (False, True)
    assert order.number in invoice
    kinds = "SELECT kind, count(*) FROM documents WHERE order_id = :id GROUP BY kind ORDER BY kind"
    assert place.rows(kinds, id=order.id) == [("invoice", 1), ("receipt", 1)]


def test_everything_that_is_kept_is_fetched(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.as_customer(person.id).opens("/account")
    walk.presses(walk.link("Your data", exact=False))
    walk.is_at("Your data")
    walk.step("page")
    name, content = walk.downloads(walk.button("Fetch my data"))
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(content)) as kept:
        data = next(one for one in kept.namelist() if one.endswith(".json"))
        told = json.dumps(json.loads(kept.read(data)), ensure_ascii=False)
    assert order.number in told
    assert person.mail in told
    assert "misaki.sato@example.jp" not in told.replace(person.mail, "")


def test_addresses_are_added_changed_chosen_and_removed(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    walk.as_customer(person.id).opens("/account/addresses")
    walk.reads("No address is kept yet")
    walk.step("none")
    for street in ("新宿1-2-3", "新宿9-8-7"):
        walk.presses(walk.link("Add an address", exact=False))
        parts = {"Recipient": person.name, **HOME, "Street and number": street}
        for label, typed in parts.items():
            walk.fills(walk.entry(label), typed)
        if street == "新宿1-2-3":
            walk.fills(walk.entry("Postal code"), "160")
            walk.presses(walk.button("Save the address").last)
            told = walk.words("Please enter a postal code of 7 digits.")
            expect(walk.page.locator("#postal_code-error")).to_contain_text(told)
            walk.step("no-such-code")
            assert place.rows(ADDRESSES, id=person.id) == []
            walk.fills(walk.entry("Postal code"), HOME["Postal code"])
        walk.presses(walk.button("Save the address").last)
        walk.is_told("Your address is saved. Orders that are placed already keep theirs.")
    assert place.rows(ADDRESSES, id=person.id) == [("新宿1-2-3", True), ("新宿9-8-7", False)]
    second = walk.page.locator("li.card").filter(has_text="新宿9-8-7")
    walk.presses(second.get_by_role("link", name=walk.words("Change"), exact=True))
    walk.fills(walk.entry("Street and number"), "新宿4-5-6")
    walk.presses(walk.button("Save the address").last)
    second = walk.page.locator("li.card").filter(has_text="新宿4-5-6")
    name = walk.words("Send orders here from now on")
    walk.presses(second.get_by_role("button", name=name))
    walk.is_told("Your next orders go there.")
    expect(second).to_contain_text(walk.words("Your next orders go here"))
    walk.step("both")
    assert place.rows(ADDRESSES, id=person.id) == [("新宿1-2-3", False), ("新宿4-5-6", True)]
    walk.presses(walk.button("Remove").first)
    walk.is_told("The address is removed.")
    expect(walk.page.locator("li.card")).to_have_count(1)
    walk.step("one-left")
    assert len(place.rows(ADDRESSES, id=person.id)) == 1


def test_what_somebody_wants_to_hear_is_kept(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    walk.as_customer(person.id).opens("/account/notices")
    walk.is_at("Notices")
    walk.step("before")
    box = walk.page.locator("#surveys").get_by_label(walk.words("By mail"))
    expect(box).to_be_checked()
    walk.ticks_off(box)
    walk.presses(walk.button("Save my choices"))
    walk.is_told("Your choices are saved.")
    expect(box).not_to_be_checked()
    expect(walk.page.locator("#payment input:checked").first).to_be_visible()
    walk.step("kept")
    kept = place.rows(SAID, id=person.id)
    needed = walk.page.locator("#payment input")
    for one in needed.all():
        walk.ticks_off(one)
    walk.presses(walk.button("Save my choices"))
    told = "Please leave one way open: this is something we have to tell you."
    expect(walk.page.locator(".error-summary")).to_contain_text(walk.words(told))
    walk.step("one-way-stays")
    assert place.rows(SAID, id=person.id) == kept
    assert [granted for purpose, granted in kept if "survey" in purpose][-1] is False


def test_a_sign_in_elsewhere_is_ended(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    other = walk.another("lost-phone").as_customer(person.id)
    other.opens("/account")
    other.is_at("Account")
    walk.as_customer(person.id).opens("/account/sign-ins")
    rows = walk.page.get_by_role("row").filter(has_text="a walk")
    expect(rows).to_have_count(2)
    walk.step("two")
    assert place.one(OPEN, id=person.id) == 2
    walk.presses(walk.button("End this sign-in"))
    walk.is_told("That sign-in has ended.")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(walk.words("This one"))
    walk.step("one")
    assert place.one(OPEN, id=person.id) == 1
    other.opens("/account")
    expect(other.entry("Mail address")).to_be_visible()
    other.step("out")


def test_somebody_is_forgotten_by_a_code_in_their_mail(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    walk.as_customer(person.id).opens("/account/data")
    walk.presses(walk.link("See what happens", exact=False))
    walk.is_at("To be forgotten")
    walk.step("what-happens")
    walk.presses(walk.button("Send me a code"))
    known = "SELECT erased_at IS NULL, family_name FROM customers WHERE id = :id"
    walk.fills(walk.entry("Code"), place.code_for(person.mail))
    walk.presses(walk.button("Erase me for good"))
    expect(walk.page.locator(".error-summary")).to_contain_text(
        walk.words("Please confirm that you have read what happens.")
    )
    walk.step("not-confirmed")
    assert place.rows(known, id=person.id)[0][0] is True
    walk.fills(walk.entry("Code"), place.code_for(person.mail))
    walk.ticks(walk.page.get_by_label(walk.words("I have read what happens.")))
    walk.presses(walk.button("Erase me for good"))
    walk.is_told("It is done. We no longer know who you are. Thank you for having been with us.")
    walk.step("forgotten")
    assert place.rows(known, id=person.id) == [(False, "")]
    assert place.one(OPEN, id=person.id) == 0
    mails = "SELECT count(*) FROM identities WHERE key = :mail"
    assert place.one(mails, mail=person.mail) == 0
    walk.opens("/account")
    expect(walk.entry("Mail address")).to_be_visible()
