"""What a new user of each kind comes for first, timed: from where they start to what they wanted.

Each takes somebody who has arranged nothing and learnt nothing: no password, no bookmark.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.kernel.ids import numeric_code
from tests.browser.journeys.console.goods import shelve
from tests.browser.journeys.looks import DESKTOP_EN, PHONE_JA, Look
from tests.browser.journeys.matters import colleague, matter
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import (
    POSTAL_CODE,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.warehouse import COFFEE_BARCODE


@dataclass(frozen=True)
class Stretch:
    """A part of the way: what the person did, and how long they and the pages took.

    ``pages_s`` is all the time in which the browser loads and the test drives it.
    """

    title: str
    taps: int
    scans: int
    keys: int
    human_s: float
    pages_s: float
    pages: int


@dataclass
class Tour:
    """A walk in parts."""

    walk: Walk
    place: Place
    stretches: list[Stretch] = field(default_factory=list)

    def begins(self, path: str) -> None:
        """Where the person is before anything is counted."""
        self.walk.opens(path)
        self.walk.step("0")

    @contextmanager
    def stretch(self, title: str) -> Iterator[Walk]:
        did, before_s = copy(self.walk.did), self.walk.watch.elapsed_s
        loaded: list[str] = []

        def note(page: Page) -> None:
            loaded.append(page.url)

        self.walk.page.on("domcontentloaded", note)
        yield self.walk
        self.walk.page.remove_listener("domcontentloaded", note)
        now, pages_s = self.walk.did, self.walk.watch.elapsed_s - before_s
        self.stretches.append(
            Stretch(
                title,
                now.taps - did.taps,
                now.scans - did.scans,
                now.keys - did.keys,
                now.human_s - did.human_s,
                pages_s,
                len(loaded),
            )
        )
        self.walk.step(f"{len(self.stretches)}")

    @property
    def taps(self) -> int:
        return sum(one.taps for one in self.stretches)

    @property
    def human_s(self) -> float:
        return sum(one.human_s for one in self.stretches)

    @property
    def pages_s(self) -> float:
        return sum(one.pages_s for one in self.stretches)

    @property
    def total_s(self) -> float:
        return self.human_s + self.pages_s


def _proves(walk: Walk, number: str) -> None:
    """One thing of an order beside its number: the postal code, which people know by heart."""
    walk.fills(walk.entry("Order number"), number)
    walk.fills(
        walk.entry("Mail address, phone number or postal code"), POSTAL_CODE.replace("-", "")
    )
    walk.presses(walk.button("Find the order"))


def follow(tour: Tour) -> None:
    """A shopper reads in a mail that the parcel has left, and wants to know where it is."""
    place = tour.place
    person = place.customer(tour.walk.look)
    with place.work() as uow:
        order = make_shipped_order(uow, place.shop, customer_id=person.id, mail=person.mail)
        token = place.house.runtime.links.token(order.number, person.id, uow.now)
    with tour.stretch("Press the link in the mail") as walk:
        walk.did.press(is_touch=walk.look.is_phone)
        walk.opens(f"/t/{token}")
        walk.is_at("Your order has shipped.")
    with tour.stretch("Read where it is and when it comes") as walk:
        walk.did.read()
        walk.did.read()


def look_up(tour: Tour) -> None:
    """A shopper asks where a parcel is, without an account and without that mail."""
    place = tour.place
    person = place.customer(tour.walk.look)
    with place.work() as uow:
        order = make_shipped_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    tour.begins("/")
    with tour.stretch("Type the order number and the postal code, press “Find the order”") as walk:
        _proves(walk, order.number)
        walk.is_at("Your order has shipped.")
    with tour.stretch("Read where it is") as walk:
        walk.did.read()


def send_back(tour: Tour) -> None:
    """A shopper wants one of two coffees taken back, and a label for it."""
    place = tour.place
    person = place.customer(tour.walk.look)
    with place.work() as uow:
        order = make_delivered_order(uow, place.shop, customer_id=person.id, mail=person.mail)
    tour.begins("/")
    with tour.stretch("Type the order number and the postal code, press “Find the order”") as walk:
        _proves(walk, order.number)
        expect(walk.link("Return, exchange, or report a problem")).to_be_visible()
    with tour.stretch("Press “Return, exchange, or report a problem”, then “Return items”") as walk:
        walk.presses(walk.link("Return, exchange, or report a problem"))
        walk.presses(walk.link("Return items", exact=False))
        walk.is_at("Return items")
    with tour.stretch("Choose the reason, press “Continue”") as walk:
        walk.chooses(walk.entry("How many"), "1")
        walk.chooses(walk.entry("Why?"), label=walk.words("It does not fit"))
        walk.presses(walk.button("Continue"))
        walk.is_at("We accept it at once")
    with tour.stretch("Read what comes back, tick the terms, press “Request the return”") as walk:
        walk.did.read()
        walk.ticks(walk.page.get_by_label(walk.words("I have read these terms.")))
        walk.presses(walk.button("Request the return"))
        walk.is_at("It is accepted. Please send it back.")
    with tour.stretch("Press “Open the return label (PDF)”") as walk:
        label = walk.link("Open the return label (PDF)")
        walk.did.press(is_touch=walk.look.is_phone)
        answer = walk.page.request.get(f"{place.house.url}{label.get_attribute('href')}")
        assert answer.headers["content-type"] == "application/pdf"
    with place.house.runtime.database.looking():
        state = place.one("SELECT state FROM returns WHERE order_id = :id", id=order.id)
    assert state == "approved"


def refund(tour: Tour) -> None:
    """An agent gives the money of an order back, from the card of its case."""
    place = tour.place
    agent = colleague(place, tour.walk.look)
    asked = matter(place, tour.walk.look, taken_by=agent)
    tour.walk.as_colleague(agent.id)
    tour.begins(asked.path)
    with tour.stretch("On the case, press “Refund”") as walk:
        walk.presses(walk.link("Refund").first)
        walk.is_at("Refund")
    with tour.stretch("Press “Preview the change” and read the amount") as walk:
        walk.presses(walk.button("Preview the change"))
        expect(walk.page.locator("#brings")).to_be_visible()
        walk.did.read()
    with tour.stretch("Press “Give the money back”") as walk:
        walk.presses(walk.button("Give the money back"))
        walk.is_told("Done: %(what)s.", what=walk.words("Refund"))
    query = "SELECT amount_minor FROM refunds WHERE order_id = :id"
    assert place.one(query, id=asked.order.id) == 2_000


def pack(tour: Tour) -> None:
    """Somebody of the warehouse picks, packs and labels an order of three pieces."""
    place = tour.place
    who = colleague(place, tour.walk.look, Role.WAREHOUSE)
    with place.work() as uow:
        shelve(uow, place)
        person = place.customer_in(uow, tour.walk.look)
        items = {"COFFEE": 2, "MUG": 1}
        order = make_order(uow, place.shop, items=items, customer_id=person.id, mail=person.mail)
    ready = "SELECT number FROM fulfilments WHERE order_id = :id"
    number = tour.walk.until(lambda: place.one(ready, id=order.id))
    tour.walk.as_colleague(who.id)
    tour.walk.opens("/console/warehouse")
    # Said once for a device, not for an order.
    tour.walk.page.get_by_role("combobox").first.select_option(str(place.shop.location_id))
    tour.walk.button("Work here").click()
    expect(tour.walk.page.locator("#number")).to_be_visible()
    tour.begins("/console/warehouse")
    with tour.stretch("Tap the number field, scan the order, tap “Pick this order”") as walk:
        walk.presses(walk.page.locator("#number"))
        walk.scans(number)
        walk.presses(walk.button("Pick this order"))
        expect(walk.page.locator("#code")).to_be_focused()
    with tour.stretch("Scan the three pieces at their shelves") as walk:
        for count, code in enumerate((COFFEE_BARCODE, COFFEE_BARCODE, "MUG")):
            if count == 1:
                expect(walk.page.locator(".work-count")).to_contain_text("1")
            if count == 2:
                expect(walk.page.locator(".work-shelf")).to_contain_text("B-2")
            expect(walk.page.locator("#code")).to_be_focused()
            walk.scans(code)
        expect(walk.page.locator("#code")).to_have_count(0)
    with tour.stretch("Tap “Pack”, then “Pack into this box”") as walk:
        walk.presses(walk.page.locator(".work-next a").first)
        walk.presses(walk.button("Pack into this box"))
        expect(walk.page.locator("#code")).to_be_focused()
    with tour.stretch("Tap “Everything is in it”, type the weight of the scales") as walk:
        walk.presses(walk.button("Everything is in it"))
        expect(walk.page.locator("#weight_g")).to_be_focused()
        walk.types("672")
        walk.hits("Enter")
        expect(walk.page.locator("input[name='tracking_number']")).to_be_focused()
    with tour.stretch("Scan the label of the carrier") as walk:
        walk.scans(numeric_code(12))
        expect(walk.page.locator("p .number").last).to_be_visible()
    boxes = "SELECT state FROM packed_boxes WHERE order_id = :id"
    tour.walk.until(lambda: place.one(boxes, id=order.id) == "labelled")


@dataclass(frozen=True)
class Goal:
    """Who walks from where, on what, and what it may take at most: seconds or taps."""

    who: str
    wants: str
    start: str
    name: str
    goes: Callable[[Tour], None]
    look: Look
    seconds: int | None = None
    taps: int | None = None

    def misses(self, tour: Tour) -> str:
        """What is too much, in words; empty where the goal is reached.

        Pages count with a second each, whatever else the machine does meanwhile.
        """
        at_most_s = tour.human_s + sum(one.pages for one in tour.stretches)
        if self.seconds is not None and at_most_s > self.seconds:
            return f"{at_most_s:.1f} s of {self.seconds}"
        if self.taps is not None and tour.taps > self.taps:
            return f"{tour.taps} presses of {self.taps}"
        return ""


GOALS: Final = (
    Goal(
        "A shopper",
        "where the parcel is",
        "the mail that says that it has left",
        "follow",
        follow,
        PHONE_JA,
        seconds=15,
    ),
    Goal(
        "A shopper without a mail at hand",
        "where the parcel is",
        "the home page, signed in nowhere",
        "look_up",
        look_up,
        PHONE_JA,
        seconds=15,
    ),
    Goal(
        "A shopper",
        "a return with its label",
        "the home page, signed in nowhere",
        "send_back",
        send_back,
        PHONE_JA,
        seconds=60,
    ),
    Goal(
        "An agent",
        "money back for a customer",
        "the card of the case",
        "refund",
        refund,
        DESKTOP_EN,
        taps=3,
    ),
    Goal(
        "Somebody of the warehouse",
        "an order picked, packed and labelled",
        "the board of the warehouse",
        "pack",
        pack,
        PHONE_JA,
        taps=6,
    ),
)
