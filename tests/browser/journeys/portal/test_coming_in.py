"""Customers come in without a password, see what is theirs, and go again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import POSTAL_CODE, make_order
from tests.factories.shop import make_customer

UNKNOWN = (
    "We could not find an order for those details. Please check the order number, and the mail "
    "address, phone number or postal code you ordered with."
)
SIGNED_IN = """
SELECT count(*) FROM sessions
WHERE kind = 'customer' AND subject_id = :id AND revoked_at IS NULL
"""


def comes_in(walk: Walk, place: Place) -> None:
    """From the home page to one's orders, by the code in a mail; and out again."""
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.opens("/orders")
    walk.fills(walk.entry("Mail address"), person.mail)
    walk.step("mail")
    walk.presses(walk.button("Send me a code"))
    expect(walk.entry("Code")).to_be_visible()
    walk.step("code")
    walk.fills(walk.entry("Code"), place.code_for(person.mail))
    walk.presses(walk.button("Sign in"))
    walk.page.wait_for_url("**/orders")
    walk.reads("Signed in as %(name)s", name=person.name)
    expect(walk.page.get_by_role("link", name=order.number)).to_be_visible()
    walk.step("orders")
    assert place.one(SIGNED_IN, id=person.id) == 1
    walk.presses(walk.button("Sign out"))
    walk.opens("/orders")
    expect(walk.entry("Mail address")).to_be_visible()
    assert place.one(SIGNED_IN, id=person.id) == 0


def test_a_customer_comes_in_by_the_code_in_a_mail(walk: Walk, place: Place) -> None:
    comes_in(walk, place)


@pytest.mark.without_script
def test_a_customer_comes_in_where_no_script_runs(walk: Walk, place: Place) -> None:
    comes_in(walk, place)


def test_a_customer_comes_in_by_the_link_in_a_mail_once(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    walk.opens("/sign-in")
    walk.fills(walk.entry("Mail address"), person.mail)
    walk.presses(walk.button("Send me a code"))
    expect(walk.entry("Code")).to_be_visible()
    found = re.search(r"http\S+/sign-in/link\?\S+", place.letter_to(person.mail))
    assert found
    link = found[0]
    walk.opens(link)
    walk.is_at("Sign in as %(mail)s", mail=person.mail)
    walk.step("link")
    assert place.one(SIGNED_IN, id=person.id) == 0
    walk.presses(walk.button("Sign in"))
    walk.reads("Signed in as %(name)s", name=person.name)
    walk.step("in")
    assert place.one(SIGNED_IN, id=person.id) == 1
    somebody = walk.another("somebody")
    assert somebody.opens(link).status == 410
    somebody.step("used")
    assert place.one(SIGNED_IN, id=person.id) == 1


def test_the_list_goes_on_and_shows_nobody_elses_orders(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        for _ in range(11):
            make_order(uow, place.shop, customer_id=person.id)
        other = make_customer(uow, f"other.{person.mail}")
        foreign = make_order(uow, place.shop, customer_id=other)
    walk.as_customer(person.id).opens("/orders")
    expect(walk.page.locator(".portal-card")).to_have_count(10)
    walk.step("first")
    walk.presses(walk.link("Show more", exact=False))
    expect(walk.page.locator(".portal-card")).to_have_count(1)
    walk.step("second")
    assert walk.opens(f"/orders/{foreign.number}").status == 404
    walk.step("not-theirs")
    assert walk.opens("/orders/A-999999999").status == 404


def finds(walk: Walk, place: Place) -> None:
    """One order by its number and one thing of it; a guess says what nobody's number says."""
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.opens("/find")
    walk.is_at("Find your order")
    walk.fills(walk.entry("Order number"), order.number)
    walk.fills(walk.entry("Mail address, phone number or postal code"), "999-9999")
    walk.presses(walk.button("Find the order"))
    expect(walk.page.get_by_role("alert")).to_contain_text(walk.words(UNKNOWN))
    walk.step("not-theirs")
    walk.fills(walk.entry("Mail address, phone number or postal code"), POSTAL_CODE)
    walk.presses(walk.button("Find the order"))
    walk.is_at("We are preparing your order for shipping.")
    walk.step("order")
    assert walk.opens(f"/orders/{order.number}").url.partition("?")[0].endswith("/sign-in")
    walk.opens("/find/order")
    walk.presses(walk.button("Done here"))
    walk.is_at("Find your order")
    walk.opens("/find/order")
    walk.is_at("Find your order")
    assert place.one(SIGNED_IN, id=person.id) == 0


def test_a_guest_finds_one_order_and_leaves_nothing(walk: Walk, place: Place) -> None:
    finds(walk, place)


@pytest.mark.without_script
def test_a_guest_finds_an_order_where_no_script_runs(walk: Walk, place: Place) -> None:
    finds(walk, place)


def test_an_order_is_found_from_the_home_page(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.opens("/")
    walk.is_at("Your order, answered at once")
    walk.step("home")
    walk.fills(walk.entry("Order number"), order.number)
    walk.fills(walk.entry("Mail address, phone number or postal code"), f"x{person.mail}")
    walk.presses(walk.button("Find the order"))
    expect(walk.page.get_by_role("alert")).to_contain_text(walk.words(UNKNOWN))
    expect(walk.entry("Order number")).to_have_value(order.number)
    walk.step("mistyped")
    walk.fills(walk.entry("Mail address, phone number or postal code"), person.mail.upper())
    walk.presses(walk.button("Find the order"))
    walk.is_at("We are preparing your order for shipping.")
    expect(walk.page.locator("main")).to_contain_text(order.number)
    walk.step("order")
    assert place.one(SIGNED_IN, id=person.id) == 0


def test_the_chat_goes_on_from_page_to_page(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        order = make_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    walk.as_customer(person.id).opens("/orders")
    bubble, panel = walk.page.locator("button.chat-widget"), walk.page.locator("iframe.chat-panel")
    chat = walk.page.frame_locator("iframe.chat-panel")
    walk.presses(bubble)
    words = walk.look.either(f"{order.number}はどこですか", f"Where is {order.number}?")
    walk.fills(chat.locator("#chat-text"), words)
    walk.presses(chat.locator(".chat-send"))
    answer = chat.locator(".chat-message.is-bot").last
    expect(answer).to_contain_text(order.number)
    walk.step("asked")
    said = chat.locator(".chat-message").all()
    walk.hits("Escape")
    expect(panel).to_be_hidden()
    walk.opens("/account")
    walk.presses(bubble)
    expect(panel).to_be_visible()
    expect(chat.locator(".chat-message.is-customer")).to_contain_text(words)
    expect(chat.locator(".chat-message")).to_have_count(len(said))
    walk.step("on-another-page")
    again = walk.look.either("ありがとう", "Thank you")
    walk.fills(chat.locator("#chat-text"), again)
    walk.presses(chat.locator(".chat-send"))
    expect(chat.locator(".chat-message.is-customer")).to_have_count(2)
    expect(chat.locator(".chat-message")).to_have_count(len(said) + 2)
    talked = """
        SELECT c.id, c.channel, count(*) FROM conversations c
        JOIN messages m ON m.conversation_id = c.id
        WHERE c.customer_id = :id AND m.author_kind = 'customer' GROUP BY c.id
    """
    ((_, channel, messages),) = place.rows(talked, id=person.id)
    assert (channel, messages) == ("webchat", 2)
