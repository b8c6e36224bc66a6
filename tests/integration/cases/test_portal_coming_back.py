"""Sending back, exchanging and claiming on the portal: at once, referred, refused, twice, stale."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases.portal.links import ComingBackLinks
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.relay import drain
from oms_service.returns import claim_queries
from oms_service.returns import queries as returns
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ClaimState, Remedy, ReturnKind, ReturnState
from oms_service.runtime import Runtime
from tests.factories.coming_back import (
    adopt_claims,
    adopt_exchanges,
    adopt_returns,
    make_card,
    make_sibling,
)
from tests.factories.files import a_photo
from tests.factories.orders import MadeOrder, make_delivered_order, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.staff import post


class Room:
    """A shop, its customer's browser in English, and an order of two coffees that has come."""

    def __init__(self, app: Flask, runtime: Runtime) -> None:
        self.app, self.runtime = app, runtime
        with runtime.unit_of_work(SYSTEM) as uow:
            self.shop: Shop = make_shop(uow)
            self.order: MadeOrder = make_delivered_order(uow, self.shop)
        self.line = self.order.line_ids[0]
        self.me = self.browser(self.shop.customer_id)
        self.path = f"/orders/{self.order.number}/return"

    def browser(self, customer_id: int | None) -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie("lang", "en")
        if customer_id is not None:
            with self.runtime.unit_of_work(SYSTEM) as uow:
                token = sessions.start(
                    uow, SessionKind.CUSTOMER, customer_id, device="a test", instead_of=None
                )
            client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
        return client

    def returns(self) -> tuple[ReturnView, ...]:
        with self.runtime.database.looking() as session:
            return returns.of_orders(session, [self.order.id])

    def claims(self) -> tuple[ClaimView, ...]:
        with self.runtime.database.looking() as session:
            return claim_queries.of_orders(session, [self.order.id])

    def cases(self) -> list[tuple[str, str, str]]:
        drain(self.runtime)
        with self.runtime.database.reading() as connection:
            query = text("SELECT number, reason, failed_rule FROM cases ORDER BY id")
            return [(one[0], one[1], one[2]) for one in connection.execute(query)]

    def one(self, **more: str) -> dict[str, str]:
        """A form that chooses one coffee."""
        chosen = {f"units-{self.line}": "1", f"reason-{self.line}": "changed_mind"}
        return {**chosen, "step": "look", **more}


@pytest.fixture
def room(app: Flask, runtime: Runtime) -> Room:
    return Room(app, runtime)


def fields(page: str) -> dict[str, str]:
    """What the form of the preview sends when it is confirmed."""
    form = page.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {**{name: value for name, value in found if name != "csrf_token"}, "step": "confirm"}


def test_a_return_is_accepted_at_once_and_once_for_two_presses(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, send_back_within_days=14, postage_minor=300)
    assert f'href="{room.path}"' in room.me.get(f"/orders/{room.order.number}").text
    assert f'href="{room.path}/return"' in room.me.get(room.path).text
    assert "Continue" in room.me.get(f"{room.path}/return").text
    shown = post(room.me, f"{room.path}/return", room.one())
    assert shown.status_code == 200
    assert "We accept it at once" in shown.text
    assert "¥700" in shown.text
    assert "¥300, taken off your refund already" in shown.text
    assert shown.text.count("¥300") == 1, "named twice, it reads as if taken twice"
    assert "Terms" in shown.text, "the shop's own words stand before the button"
    assert room.returns() == ()
    sent = fields(shown.text)
    done = [post(room.me, f"{room.path}/return", sent) for _twice in range(2)]
    (made,) = room.returns()
    assert (made.state, made.channel, made.refund.minor) == (ReturnState.APPROVED, "portal", 700)
    assert made.policy_id is not None
    assert [(one.status_code, one.location) for one in done] == [
        (303, f"{room.path}/of/{made.number}")
    ] * 2
    page = room.me.get(done[0].location).text
    assert "It is accepted. Please send it back." in page
    label = re.search(r'href="(/return-label/[^"]+)"', page)
    assert label is not None
    assert room.me.get(label.group(1)).data.startswith(b"%PDF")
    assert "<svg" in page
    terms = re.search(r'href="(/return-terms/\d+)"', page)
    assert terms is not None
    assert "Terms" in room.browser(None).get(terms.group(1)).text
    order = room.me.get(f"/orders/{room.order.number}").text
    assert f'href="{room.path}/of/{made.number}"' in order
    assert "Label and how to send it" in order
    assert room.cases() == []
    assert audit(room.runtime.database) == ()


def test_it_is_withdrawn_as_long_as_nothing_is_on_its_way(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop)
    done = post(
        room.me,
        f"{room.path}/return",
        fields(post(room.me, f"{room.path}/return", room.one()).text),
    )
    page = room.me.get(done.location).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    for said in ("It is withdrawn. You keep the items.", "It was withdrawn before."):
        again = post(room.me, f"{done.location}/withdraw", {"version": version.group(1)})
        assert (again.status_code, again.location) == (303, done.location)
        assert said in room.me.get(done.location).text
    (made,) = room.returns()
    assert made.state is ReturnState.CANCELLED
    assert "Withdraw it" not in room.me.get(done.location).text
    assert audit(room.runtime.database) == ()


def test_what_a_person_decides_is_before_one_with_the_rule_that_failed(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, approval="person")
    shown = post(room.me, f"{room.path}/return", room.one())
    assert "A colleague looks at it first" in shown.text
    assert "A colleague confirms each request." in shown.text
    for _twice in range(2):
        done = post(room.me, f"{room.path}/return", fields(shown.text))
    ((number, reason, rule),) = room.cases()
    assert (reason, rule) == ("return", "approval_needed")
    page = room.me.get(done.location).text
    assert "A colleague is looking at it." in page
    assert f'href="/cases/{number}"' in page
    assert "return-label" not in page


def test_what_cannot_come_back_says_why_and_changes_nothing(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, excluded_categories=["food"], at_most_minor=500)
    path = f"{room.path}/return"
    refused = post(room.me, path, room.one())
    assert refused.status_code == 409
    assert "The amount is above what can be asked for here." in refused.text
    assert 'value="1" selected' in refused.text, "what was chosen is not lost"
    many = post(room.me, path, room.one(**{f"units-{room.line}": "9"}))
    assert (many.status_code, "You can return at most 2" in many.text) == (409, True)
    for odd, said in (
        ({}, "at least one item"),
        ({f"units-{room.line}": "x"}, "as a number"),
        ({f"units-{room.line}": "1"}, "what the reason is"),
        ({f"units-{room.line}": "1", f"reason-{room.line}": "boredom"}, "what the reason is"),
    ):
        answer = post(room.me, path, {**odd, "step": "look"})
        assert (answer.status_code, said in answer.text) == (422, True), odd
    assert room.returns() == ()
    assert room.cases() == []


def test_nothing_of_an_order_on_its_way_can_come_back_yet(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, room.shop, number="A-10777")
    page = room.me.get(f"/orders/{order.number}/return/return").text
    assert "has not been delivered yet" in page
    assert "Continue" not in page


def test_a_foreign_order_is_as_unknown_as_none(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop)
        other = make_customer(uow, "other@example.jp")
    shown = post(room.me, f"{room.path}/return", room.one())
    done = post(room.me, f"{room.path}/return", fields(shown.text))
    stranger = room.browser(other)
    for path in (room.path, f"{room.path}/return", done.location, "/orders/A-0/return"):
        assert stranger.get(path).status_code == 404
    assert post(stranger, f"{room.path}/return", fields(shown.text)).status_code == 404
    assert post(stranger, f"{done.location}/withdraw", {"version": "1"}).status_code == 404
    with room.runtime.unit_of_work(SYSTEM) as uow:
        mine_too = make_delivered_order(uow, room.shop, number="A-10888")
    (made,) = room.returns()
    assert room.me.get(f"/orders/{mine_too.number}/return/of/{made.number}").status_code == 404
    assert made.state is ReturnState.APPROVED
    assert room.browser(None).get("/return-terms/99999").status_code == 404


def test_what_changed_meanwhile_is_shown_again_in_words(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop)
    path = f"{room.path}/return"
    shown = post(room.me, path, room.one())
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, fee_minor=200, approval="person", must_agree=True)
    sent = fields(shown.text)
    unread = post(room.me, path, sent)
    assert (unread.status_code, "have read the terms" in unread.text) == (422, True)
    stale = post(room.me, path, {**sent, "agreed": "yes"})
    assert stale.status_code == 409
    for said in (
        "The amount is another one than before.",
        "A colleague has to look at it now.",
        "The terms below are new.",
        "I have read these terms.",
    ):
        assert said in stale.text
    assert room.returns() == ()
    assert post(room.me, path, {**fields(stale.text), "agreed": "yes"}).status_code == 303
    assert len(room.returns()) == 1


def test_a_photo_with_the_form_lets_it_be_done_at_once(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, reasons={"damaged": {"evidence": ["photo"]}})
    path, chosen = f"{room.path}/return", room.one(**{f"reason-{room.line}": "damaged"})
    without = post(room.me, path, chosen)
    assert "With a photo we may be able to decide at once." in without.text
    edited = post(room.me, path, {**fields(without.text), "step": "edit"})
    assert 'value="damaged" selected' in edited.text
    with_one = post(
        room.me,
        path,
        {**chosen, "photos_id": "form-one", "files": (io.BytesIO(a_photo()), "a.jpg")},
    )
    assert "We accept it at once" in with_one.text
    assert post(room.me, path, fields(with_one.text)).status_code == 303
    (made,) = room.returns()
    assert (made.state, made.lines[0].evidence) == (ReturnState.APPROVED, ("photo",))


def test_another_version_is_sent_in_exchange(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, room.shop)
        make_sibling(uow, room.shop, "COFFEE-L", price=1_000)
        make_sibling(uow, room.shop, "COFFEE-S", price=800, stock=0)
    path = f"{room.path}/exchange"
    page = room.me.get(path).text
    assert "COFFEE-L – in stock, at the same price" in page
    assert "COFFEE-S – out of stock" in page
    assert post(room.me, path, room.one()).status_code == 422
    gone = post(room.me, path, room.one(**{f"sku-{room.line}": "COFFEE-S"}))
    assert (gone.status_code, "out of stock at the moment" in gone.text) == (409, True)
    unknown = post(room.me, path, room.one(**{f"sku-{room.line}": "NOTHING"}))
    assert unknown.status_code == 422
    shown = post(room.me, path, room.one(**{f"sku-{room.line}": "COFFEE-L"}))
    assert "We exchange it at once" in shown.text
    for _twice in range(2):
        done = post(room.me, path, fields(shown.text))
    (made,) = room.returns()
    assert (made.kind, made.state) == (ReturnKind.EXCHANGE, ReturnState.APPROVED)
    assert "return-label" in room.me.get(done.location).text
    assert audit(room.runtime.database) == ()


def test_a_dearer_version_asks_how_the_difference_is_paid(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, room.shop)
        make_sibling(uow, room.shop, "COFFEE-XL", price=1_500)
        card = make_card(uow, room.shop, 5_000)
    path = f"{room.path}/exchange"
    chosen = room.one(**{f"sku-{room.line}": "COFFEE-XL"})
    asked = post(room.me, path, chosen)
    assert "How would you like to pay the difference?" in asked.text
    assert "Request the exchange" not in asked.text
    shown = post(room.me, path, {**chosen, "method_id": str(card)})
    assert "Request the exchange" in shown.text
    assert "¥500 to be paid" in shown.text
    assert post(room.me, path, fields(shown.text)).status_code == 303
    assert len(room.returns()) == 1


def test_a_claim_is_put_right_at_once(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, room.shop, at_once_up_to_minor=5_000)
    path = f"{room.path}/problem"
    chosen = room.one(**{f"reason-{room.line}": "damaged"})
    nothing = post(room.me, path, chosen)
    assert (nothing.status_code, "choose what we should do" in nothing.text) == (422, True)
    too_much = post(room.me, path, {**chosen, "way": "part", "amount": "9999"})
    assert (too_much.status_code, "more than the items cost" in too_much.text) == (422, True)
    shown = post(room.me, path, {**chosen, "way": "part", "amount": "400"})
    assert "You need not send anything back." in shown.text
    for _twice in range(2):
        done = post(room.me, path, fields(shown.text))
    (claim,) = room.claims()
    assert (claim.state, claim.remedy, claim.refund.minor) == (
        ClaimState.REMEDIED,
        Remedy.REFUND,
        400,
    )
    assert done.location == f"{room.path}/of/{claim.number}"
    assert "Your money is on its way back." in room.me.get(done.location).text
    assert claim.number in room.me.get(f"/orders/{room.order.number}").text
    assert room.cases() == []


def test_a_claim_that_a_person_decides_lands_in_its_conversation(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(uow, room.shop, reasons={"damaged": {"evidence": ["photo"]}})
    path = f"{room.path}/problem"
    shown = post(
        room.me, path, room.one(**{f"reason-{room.line}": "damaged", "way": "replacement"})
    )
    assert "With a photo we may be able to decide at once." in shown.text
    for _twice in range(2):
        done = post(room.me, path, fields(shown.text))
    ((number, reason, rule),) = room.cases()
    assert (reason, rule, done.location) == ("damaged", "evidence_needed", f"/cases/{number}")
    assert "A colleague looks at it and writes to you here." in room.me.get(done.location).text
    (claim,) = room.claims()
    assert claim.state is ClaimState.REQUESTED
    with room.runtime.database.reading() as connection:
        kinds = connection.execute(text("SELECT kind FROM case_entries ORDER BY id")).scalars()
        assert list(kinds).count("opened") == 1
    result = f"{room.path}/of/{claim.number}"
    assert f'href="/cases/{number}"' in room.me.get(result).text
    assert f'href="{result}"' in room.me.get(done.location).text, "and back again"
    version = re.search(r'name="version" value="(\d+)"', room.me.get(result).text)
    assert version is not None
    assert post(room.me, f"{result}/withdraw", {"version": version.group(1)}).status_code == 303
    assert room.claims()[0].state is ClaimState.CANCELLED


def test_the_link_does_all_of_it_for_a_guest(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_claims(
            uow, room.shop, at_once_up_to_minor=5_000, reasons={"damaged": {"evidence": ["photo"]}}
        )
        adopt_returns(uow, room.shop)
    links = ComingBackLinks(room.runtime.settings.secret_key, room.runtime.clock)
    start = links.path(room.order.id, room.shop.customer_id)
    guest = room.browser(None)
    page = guest.get(start)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert f'href="{start}/problem"' in page.text
    chosen = room.one(**{f"reason-{room.line}": "damaged", "way": "replacement"})
    shown = post(
        guest,
        f"{start}/problem",
        {**chosen, "photos_id": "by-link", "files": (io.BytesIO(a_photo()), "a.jpg")},
    )
    assert "We put it right at once" in shown.text
    done = post(guest, f"{start}/problem", fields(shown.text))
    (claim,) = room.claims()
    assert done.location == f"{start}/of/{claim.number}"
    assert "We are sending you a new one." in guest.get(done.location).text
    back = post(guest, f"{start}/return", fields(post(guest, f"{start}/return", room.one()).text))
    label = re.search(r'href="(/return-label/[^"]+)"', guest.get(back.location).text)
    assert label is not None
    for wrong in (f"{start}x", f"{start}/nonsense", "/coming-back/x", f"{start}/of/R-NOTHING"):
        assert guest.get(wrong).status_code == 404
    with room.runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "other@example.jp")
    assert guest.get(links.path(room.order.id, other)).status_code == 404


def test_the_parcel_is_dropped_off_or_collected_as_the_customer_likes(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, room.shop, send_back_within_days=14)
    shown = post(room.me, f"{room.path}/return", room.one())
    there = post(room.me, f"{room.path}/return", fields(shown.text)).location
    assert "How do you hand the parcel over?" in room.me.get(there).text
    send, today = f"{there}/send", room.runtime.clock.now().date()
    wrong = [
        ({}, "Please choose how you hand the parcel over."),
        ({"way": "pickup"}, "Please choose one of the days shown."),
        ({"way": "pickup", "collect_on": "soon"}, "Please choose one of the days shown."),
        ({"way": "pickup", "collect_on": f"{today}"}, "Please choose one of the days shown."),
        ({"way": "pickup", "collect_on": "2026-12-31"}, "Please choose one of the days shown."),
        (
            {"way": "pickup", "collect_on": "2026-11-25", "collect_window": "0203"},
            "Choose the hours from the list.",
        ),
    ]
    for typed, said in wrong:
        answer = post(room.me, send, typed)
        assert (answer.status_code, said in answer.text) == (422, True)
    assert room.cases() == []
    wish = {"way": "pickup", "collect_on": "2026-11-25", "collect_window": "1416"}
    assert [post(room.me, send, wish).status_code for _ in range(2)] == [303, 303]
    assert [one[1:] for one in room.cases()] == [("return", "pickup_wished")]
    assert "To be collected on" in room.me.get(there).text
    assert post(room.me, send, {"way": "drop_off"}).status_code == 303
    assert "To be collected on" not in room.me.get(there).text
    with room.runtime.database.reading() as connection:
        query = text("SELECT way, collect_on FROM return_hand_overs")
        assert connection.execute(query).one() == ("drop_off", None)
        told = text("SELECT count(*) FROM outbox WHERE name = 'return.hand_over_chosen'")
        assert connection.execute(told).scalar_one() == 2
    assert post(room.browser(None), send, wish).status_code in {303, 401}
    (back,) = room.returns()
    post(room.me, f"{there}/withdraw", {"version": str(back.version)})
    assert post(room.me, send, wish).location == there
