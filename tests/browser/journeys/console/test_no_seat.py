"""Too many streams are open: the bell falls back to what the reader looks at, and recovers."""

import re

from oms_service.access.states import Role
from tests.browser.journeys.matters import colleague
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk

STREAM = re.compile(r"/desk/stream\?")
BELL = re.compile(r"/notices/bell$")
FOCUS = "dispatchEvent(new Event('focus'))"


def test_a_bell_without_a_seat_rings_when_the_window_is_looked_at(walk: Walk, place: Place) -> None:
    who = colleague(place, walk.look, Role.OPERATIONS)
    walk.as_colleague(who.id)
    page = walk.page
    page.context.route(
        STREAM, lambda route: route.fulfill(status=429, headers={"Retry-After": "15"}, body="")
    )
    with page.expect_response(STREAM) as refused:
        walk.opens("/console/keys")
    assert refused.value.status == 429
    with page.expect_response(BELL) as fetched, page.expect_response(STREAM) as again:
        page.evaluate(FOCUS)
    assert (fetched.value.status, again.value.status) == (200, 429)
    page.context.unroute(STREAM)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if BELL.search(one.url) else None)
    with page.expect_response(STREAM) as seated:
        page.evaluate(FOCUS)
    assert seated.value.status == 200
    # What happened while it had no seat is fetched once it has one.
    if len(asked) < 2:
        page.wait_for_event("request", lambda one: bool(BELL.search(one.url)))
    walk.step("the-bell-hears-again")
