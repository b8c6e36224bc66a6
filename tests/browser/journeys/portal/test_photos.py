"""Photos are chosen, seen, taken back and sent: on the page of an order, and in the chat."""

from playwright.sync_api import BrowserContext, FilePayload, expect

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.journeys.looks import PHONE_JA
from tests.browser.journeys.place import Place
from tests.factories.files import a_pdf, a_photo
from tests.factories.orders import make_delivered_order

PHOTO = FilePayload(name="へこみ.jpg", mimeType="image/jpeg", buffer=a_photo())
OTHER = FilePayload(name="箱.jpg", mimeType="image/jpeg", buffer=a_photo(shade=1))
PAPER = FilePayload(name="納品書.pdf", mimeType="application/pdf", buffer=a_pdf())
HOSTILE = FilePayload(name="a.svg", mimeType="image/svg+xml", buffer=b"<svg/>")


def test_photos_are_chosen_taken_back_and_sent(place: Place, context: BrowserContext) -> None:
    with place.work() as uow:
        person = place.customer_in(uow, PHONE_JA)
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        token = sessions.start(
            uow, SessionKind.CUSTOMER, person.id, device="a test", instead_of=None
        )
    name = sessions.COOKIES[SessionKind.CUSTOMER]
    context.add_cookies([{"name": name, "value": token, "url": place.house.url}])
    page = context.new_page()
    photos, chat = (
        f"{place.house.url}{path}" for path in (f"/orders/{order.number}/photos", "/chat")
    )
    page.goto(photos)
    page.locator("#files").set_input_files([PHOTO, OTHER, HOSTILE])
    waiting = page.locator(".file-waits img")
    expect(waiting).to_have_count(2)
    expect(page.locator("[data-files-trouble]")).to_contain_text("JPEG")
    page.get_by_role("button", name="取り除く: 箱.jpg").click()
    expect(waiting).to_have_count(1)
    page.get_by_role("button", name="写真を送る").click()
    expect(page.locator(".file-shown img")).to_have_count(1)
    expect(page.locator(".file-shown img")).to_have_attribute("alt", "へこみ.jpg")

    page.goto(chat)
    page.locator("[data-chat-file]").set_input_files([PHOTO, PAPER])
    expect(page.locator(".chat-tray [data-file]")).to_have_count(2)
    page.locator(".chat-send").click()
    expect(page.locator(".chat-message.is-customer .chat-file")).to_have_count(2)
    expect(page.locator(".chat-message.is-bot").last).to_contain_text("お預かりしました")
    expect(page.locator(".chat-tray li")).to_have_count(0)
    assert_open_to_everybody(page, [photos, chat])
