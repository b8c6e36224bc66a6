"""A customer switches notifications on in a real browser, is rung, opens what rang, and ends it.

Chromium without a window has no push service to subscribe to, shows no notifications and always
says that its user refused them. So three things are replaced: ``PushManager``, whose subscription
leads to a push service of this test, which opens what the product's own worker has sealed; the
answer of the user; and, in the service worker, the screen. The service worker itself is real, and
so is the push event by which the browser hands it what the push service had for it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from notifications import rules
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from tests.browser.conftest import PATIENCE_MS, assert_open_to_everybody
from tests.factories.rings import tell
from tests.factories.shop import make_customer
from tests.fakes.push_service import Browser as Ringing
from tests.fakes.push_service import coded
from tests.fakes.receiver import Receiver, a_receiver
from tests.running import RunningHouse, a_running_house
from tests.services import Databases, a_valkey

PAGE = "/account/notices"
#: A browser that subscribes as the real one does, and forgets when it is told to.
SUBSCRIBES = """
(() => {
  const answer = () => localStorage.getItem("answer") ?? "default";
  Object.defineProperty(Notification, "permission", { get: answer });
  Notification.requestPermission = async () => {
    if (answer() === "default") localStorage.setItem("answer", "granted");
    return answer();
  };
  const kept = () => JSON.parse(localStorage.getItem("push") ?? "null");
  const bytes = (text) => Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0)).buffer;
  const made = (key) => ({
    endpoint: GIVEN.endpoint,
    options: { applicationServerKey: bytes(key) },
    toJSON: () => ({ endpoint: GIVEN.endpoint, keys: GIVEN.keys }),
    unsubscribe: async () => { localStorage.removeItem("push"); return true; },
  });
  PushManager.prototype.getSubscription = async () => kept() && made(kept());
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly) throw new Error("a browser wants to show what rings");
    localStorage.setItem("push", JSON.stringify(applicationServerKey));
    return made(applicationServerKey);
  };
})();
"""


@dataclass(frozen=True)
class Place:
    """A running house with one customer, and the push service their browser is at."""

    house: RunningHouse
    customer_id: int
    service: Receiver
    browser: Ringing

    def url(self, path: str) -> str:
        return f"{self.house.url}{path}"

    def sign_in(self, context: BrowserContext) -> None:
        with self.house.runtime.unit_of_work(SYSTEM) as uow:
            token = sessions.start(
                uow, SessionKind.CUSTOMER, self.customer_id, device="a test", instead_of=None
            )
        cookie = sessions.COOKIES[SessionKind.CUSTOMER]
        context.add_cookies([{"name": cookie, "value": token, "url": self.house.url}])

    def let_subscribe(self, context: BrowserContext) -> None:
        keys = {"p256dh": coded(self.browser.point), "auth": coded(self.browser.auth)}
        given = {"endpoint": f"{self.service.url}/send/abc", "keys": keys}
        context.add_init_script(SUBSCRIBES.replace("GIVEN", json.dumps(given)))


@pytest.fixture(scope="module")
def place(
    databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with (
        databases.a_clone(template_database) as database_url,
        a_valkey() as broker,
        a_receiver() as service,
        a_running_house(
            database_url,
            broker.url,
            tmp_path_factory.mktemp("house"),
            without=("streams", "clock"),
            WEBHOOKS_PRIVATE="1",
        ) as house,
    ):
        with house.runtime.unit_of_work(SYSTEM) as uow:
            customer_id = make_customer(uow)
        yield Place(house, customer_id, service, Ringing())


class Screen:
    """What a service worker shows, and what it opens when that is pressed."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._origin = page.evaluate("location.origin")
        known: list[str] = []
        self._devtools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda said: known.extend(one["registrationId"] for one in said["registrations"]),
        )
        self._devtools.send("ServiceWorker.enable")
        for _ in range(100):
            if known:
                break
            page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        self._registration = known[-1]
        (self._worker,) = page.context.service_workers
        self._worker.evaluate(
            """() => {
              self.shown = new Map();
              self.registration.showNotification = async (title, more) => {
                self.shown.set(more.tag, { title, ...more });
              };
              self.clients.openWindow = async (url) => { self.opened = url; };
            }"""
        )

    def ring(self, plain: str) -> None:
        """Hand the worker what its push service had for it."""
        self._devtools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self._origin, "registrationId": self._registration, "data": plain},
        )

    def shown(self) -> list[dict[str, Any]]:
        """What stands on the screen now, once something does."""
        said = """async () => {
          while (!self.shown.size) await new Promise((next) => setTimeout(next, 20));
          return [...self.shown.values()];
        }"""
        found: list[dict[str, Any]] = self._worker.evaluate(said)
        return found

    def press(self, path: str) -> str:
        """Press what rang for a path; the address that is opened."""
        said = """async (path) => {
          const waits = [], notification = { close() {}, data: { path } };
          const press = Object.assign(new Event("notificationclick"), {
            notification, waitUntil: (one) => waits.push(one),
          });
          self.dispatchEvent(press);
          await Promise.all(waits);
          return self.opened;
        }"""
        return str(self._worker.evaluate(said, path))


def test_from_the_press_to_the_note_on_the_screen_and_off_again(
    context: BrowserContext, page: Page, place: Place
) -> None:
    place.sign_in(context)
    place.let_subscribe(context)
    page.goto(place.url(PAGE))
    card = page.locator("[data-push]")
    expect(card.get_by_role("status")).to_have_text("オフ：このブラウザには通知しません。")
    page.get_by_role("button", name="このブラウザに通知する").click()
    expect(page.get_by_text("このブラウザに通知するように設定しました。")).to_be_visible()
    expect(card.get_by_role("status")).to_contain_text("オン：")
    row = card.get_by_role("listitem")
    expect(row).to_have_count(1)
    expect(row.locator("[data-push-this]")).to_be_visible()

    tell(place.house.runtime, place.customer_id, rule=rules.RECEIVED, language=Language.JAPANESE)
    assert place.service.arrived.wait(PATIENCE_MS / 1000)
    said = place.browser.opened(place.service.calls[0].body).decode()
    screen = Screen(page)
    for _ in range(2):  # what is sent twice stands there once
        screen.ring(said)
        (note,) = screen.shown()
    assert (note["title"], note["lang"]) == ("ご注文のお知らせ", "ja")
    path = note["data"]["path"]
    assert re.fullmatch(r"/account/inbox/\d+", path)
    assert screen.press(path) == place.url(path)
    assert screen.press("https://elsewhere.example/") == place.url("/account/inbox")
    page.goto(place.url(path))
    expect(page.get_by_role("heading", level=1)).to_contain_text("A-10423")

    page.goto(place.url(PAGE))
    expect(card.get_by_role("status")).to_contain_text("オン：")
    page.get_by_role("button", name="このブラウザへの通知を止める").click()
    expect(page.get_by_text("このブラウザへの通知を止めました。")).to_be_visible()
    expect(card.get_by_role("status")).to_have_text("オフ：このブラウザには通知しません。")
    assert page.evaluate("localStorage.getItem('push')") is None
    expect(card.get_by_role("listitem")).to_have_count(0)


def test_what_was_removed_elsewhere_is_off_here_and_not_kept(
    context: BrowserContext, page: Page, place: Place
) -> None:
    place.sign_in(context)
    place.let_subscribe(context)
    page.goto(place.url(PAGE))
    page.get_by_role("button", name="このブラウザに通知する").click()
    card = page.locator("[data-push]")
    expect(card.get_by_role("status")).to_contain_text("オン：")
    card.get_by_role("button", name="取り除く").click()
    expect(card.get_by_role("status")).to_contain_text("オフ：")
    assert page.evaluate("localStorage.getItem('push')") is None


def test_who_has_said_no_is_told_where_to_say_yes(
    context: BrowserContext, page: Page, place: Place
) -> None:
    place.sign_in(context)
    place.let_subscribe(context)
    context.add_init_script("localStorage.setItem('answer', 'denied')")
    page.goto(place.url(f"{PAGE}?lang=en"))
    card = page.locator("[data-push]")
    expect(card.get_by_role("status")).to_contain_text("blocks notifications from this site")
    expect(card.get_by_role("button")).to_have_count(0)


def test_a_browser_that_cannot_and_one_without_script_say_so(
    browser: Browser, place: Place
) -> None:
    for script, said in ((True, "cannot show notifications here"), (False, "needs JavaScript")):
        context = browser.new_context(locale="en-GB", java_script_enabled=script)
        context.set_default_timeout(PATIENCE_MS)
        place.sign_in(context)
        context.add_init_script("delete window.PushManager")
        page = context.new_page()
        page.goto(place.url(f"{PAGE}?lang=en"))
        card = page.locator("[data-push]")
        expect(card.get_by_role("status")).to_contain_text(said)
        expect(card.get_by_role("button")).to_have_count(0)
        context.close()


def test_the_page_is_open_to_everybody(context: BrowserContext, page: Page, place: Place) -> None:
    place.sign_in(context)
    place.let_subscribe(context)
    page.goto(place.url(f"{PAGE}?lang=en"))
    page.get_by_role("button", name="Notify me in this browser").click()
    expect(page.locator("[data-push]").get_by_role("status")).to_contain_text("On:")
    assert_open_to_everybody(page, [place.url(PAGE)])
