"""Every page of customers that one order of each kind can show: both languages, both themes."""

import pytest

from tests.browser.conftest import assert_open_to_everybody
from tests.browser.journeys.looks import DESKTOP_EN, PHONE_JA, Look
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import make_delivered_order, make_order, make_shipped_order


@pytest.mark.parametrize("look", [DESKTOP_EN], ids=str)
def test_every_page_of_customers_is_open_to_everybody(walk: Walk, place: Place) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        new = make_order(uow, place.shop, customer_id=person.id)
        sent = make_shipped_order(uow, place.shop, customer_id=person.id)
        there = make_delivered_order(uow, place.shop, customer_id=person.id)
        token = place.house.runtime.links.token(sent.number, person.id, uow.now)
    pages = [f"/t/{token}", f"/t/{token}x"]
    pages += [f"/orders/{new.number}/change/{kind}" for kind in ("address", "items", "cancel")]
    pages += [f"/orders/{there.number}/return{kind}" for kind in ("", "/exchange", "/problem")]
    pages += [f"/orders/{sent.number}/late", f"/orders/{there.number}/cases/new"]
    pages += ["/orders", "/find", "/account", "/account/addresses", "/account/sign-ins", "/cases"]
    walk.as_customer(person.id)
    assert_open_to_everybody(walk.page, [place.house.url + path for path in pages])


UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = true"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("look", [PHONE_JA, Look("phone", "en")], ids=str)
def test_an_order_holds_on_the_smallest_screen_in_type_of_twice_the_size(
    walk: Walk, place: Place
) -> None:
    person = place.customer(walk.look)
    with place.work() as uow:
        there = make_delivered_order(uow, place.shop, customer_id=person.id)
        token = place.house.runtime.links.token(there.number, person.id, uow.now)
    walk.as_customer(person.id)
    walk.page.set_viewport_size({"width": 320, "height": 640})
    for path in (f"/orders/{there.number}", f"/t/{token}", "/orders"):
        walk.opens(path)
        walk.page.evaluate("document.documentElement.style.fontSize = '200%'")
        # What is folded counts as well.
        walk.page.evaluate(
            "for (const one of document.querySelectorAll('details')) one.open = true"
        )
        assert walk.page.evaluate(TOO_WIDE) == 0, path
