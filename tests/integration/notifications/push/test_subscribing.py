"""Browsers are switched on and off on the page of notices, by signing out, and by other doors."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from notifications.push import keys, subscribing
from notifications.push.policy import MOST_BROWSERS
from notifications.push.subscribing import TooManyBrowsers
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.operations.people import People
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.rings import switch_on, tell, wanted, work
from tests.factories.shop import make_customer
from tests.factories.staff import post
from tests.fakes.clock import StandingClock
from tests.fakes.push_service import Browser, coded
from tests.fakes.receiver import Receiver
from tests.integration.cases.test_portal_waiting import signed_in

PAGE = "/account/notices"
ON, HERE, OFF = (f"{PAGE}/browsers{one}" for one in ("", "/here", "/off"))
AT = "https://push.example/send/abc"


@pytest.fixture
def me(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow)


@pytest.fixture
def mine(app: Flask, runtime: Runtime, me: int) -> FlaskClient:
    return signed_in(app, runtime, me)


def fields(runtime: Runtime, endpoint: str = AT, **other: str) -> dict[str, str]:
    browser = Browser()
    return {
        "endpoint": endpoint,
        "p256dh": coded(browser.point),
        "auth": coded(browser.auth),
        "key": keys.identity(runtime.settings).public,
        **other,
    }


def press(client: FlaskClient, path: str, data: dict[str, str]) -> TestResponse:
    return post(client, path, data)


def stored(runtime: Runtime) -> list[tuple[Any, ...]]:
    query = "SELECT customer_id, endpoint, ended_at IS NULL, why FROM push_browsers ORDER BY id"
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_it_is_switched_on_and_off_and_each_press_counts_once(
    runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    sent = fields(runtime)
    answers = [press(mine, ON, sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert stored(runtime) == [(me, AT, True, "")]
    page = mine.get(PAGE).text
    assert "Browsers that notify you" in page
    assert press(mine, HERE, sent).json == answers[0].json
    for _ in range(2):
        assert press(mine, OFF, sent).status_code == 200
        assert stored(runtime) == [(me, "", False, "switched_off")]
    assert press(mine, HERE, sent).json == {"id": None}
    assert "Browsers that notify you" not in mine.get(PAGE).text


def test_the_page_gives_the_key_and_asks_nothing_of_who_has_no_script(
    runtime: Runtime, mine: FlaskClient
) -> None:
    page = mine.get(PAGE).text
    assert f'data-key="{keys.identity(runtime.settings).public}"' in page
    assert "Not available: this needs JavaScript." in page
    assert "Browsers that notify you" not in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint", ""),
        ("endpoint", "javascript:alert(1)"),
        ("endpoint", "ftp://push.example/x"),
        ("endpoint", "https://push.example/" + "x" * 500),
        ("endpoint", "https://user:password@push.example/x"),
        ("endpoint", "https://push.example/x\0"),
        ("p256dh", ""),
        ("p256dh", coded(b"\4" + b"\1" * 64)),
        ("p256dh", "x" * 2000),
        ("auth", "short"),
    ],
)
def test_what_cannot_be_rung_is_refused_and_nothing_is_kept(
    runtime: Runtime, mine: FlaskClient, name: str, value: str
) -> None:
    if value.endswith("\0"):
        value = "https://push.example/é"
    answer = press(mine, ON, fields(runtime, **{name: value}))
    assert answer.status_code == 422
    assert answer.json == {"said": "This browser gave us an address that we cannot notify."}
    assert stored(runtime) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://localhost/x",
        "https://db.internal/x",
    ],
)
def test_our_own_network_is_no_push_service(runtime: Runtime, me: int, endpoint: str) -> None:
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        subscribing.switch_on(uow, me, wanted(Browser(), endpoint))
    assert stored(runtime) == []


def test_a_page_older_than_the_key_is_to_be_opened_anew(
    runtime: Runtime, mine: FlaskClient
) -> None:
    assert press(mine, ON, fields(runtime, key="another")).status_code == 409
    assert stored(runtime) == []


def test_nobody_does_it_for_somebody_else(app: Flask, runtime: Runtime, mine: FlaskClient) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = signed_in(app, runtime, make_customer(uow, "b@example.jp"))
    sent = fields(runtime)
    found = press(mine, ON, sent).json
    assert found is not None
    assert press(other, HERE, sent).json == {"id": None}
    press(other, OFF, sent)
    strange = press(other, f"{ON}/{found['id']}/remove", {})
    unknown = press(other, f"{ON}/999999/remove", {})
    assert strange.status_code == unknown.status_code == 303
    assert strange.headers["Location"] == unknown.headers["Location"]
    assert [row[2] for row in stored(runtime)] == [True]
    stranger = app.test_client()
    for path in (ON, HERE, OFF, f"{ON}/{found['id']}/remove"):
        assert post(stranger, path, sent).status_code in {303, 401}
    assert [row[2] for row in stored(runtime)] == [True]


def test_another_browser_is_removed_once(runtime: Runtime, mine: FlaskClient, me: int) -> None:
    found = press(mine, ON, fields(runtime)).json
    assert found is not None
    for said in (
        "We do not notify you in that browser any more.",
        "That browser gets no notifications any more",
    ):
        answer = press(mine, f"{ON}/{found['id']}/remove", {})
        assert answer.status_code == 303
        assert said in mine.get(PAGE).text
    assert stored(runtime) == [(me, "", False, "removed")]


def test_two_tabs_that_switch_on_at_once_are_one_browser(runtime: Runtime, me: int) -> None:
    browser, together = Browser(), Barrier(6, timeout=20)

    def tab(_: int) -> int:
        together.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            return subscribing.switch_on(uow, me, wanted(browser, AT))

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(tab, range(6)))) == 1
    assert stored(runtime) == [(me, AT, True, "")]


def test_there_are_never_more_than_may_be_even_at_once(runtime: Runtime, me: int) -> None:
    many = MOST_BROWSERS + 4
    together = Barrier(many, timeout=20)

    def one(number: int) -> bool:
        together.wait()
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                subscribing.switch_on(uow, me, wanted(Browser(), f"{AT}{number}"))
        except TooManyBrowsers:
            return False
        return True

    with ThreadPoolExecutor(many) as pool:
        assert sum(pool.map(one, range(many))) == MOST_BROWSERS
    assert len(stored(runtime)) == MOST_BROWSERS


def test_one_too_many_is_said_in_words(runtime: Runtime, mine: FlaskClient, me: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for number in range(MOST_BROWSERS):
            subscribing.switch_on(uow, me, wanted(Browser(), f"{AT}{number}"))
    answer = press(mine, ON, fields(runtime))
    assert answer.status_code == 409
    assert answer.json == {"said": "That is one browser too many. Please remove another one first."}
    assert len(stored(runtime)) == MOST_BROWSERS


def test_a_shared_browser_rings_for_who_switched_it_on_last(
    app: Flask, runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other_id = make_customer(uow, "b@example.jp")
    sent = fields(runtime)
    press(mine, ON, sent)
    assert press(signed_in(app, runtime, other_id), ON, sent).status_code == 201
    assert stored(runtime) == [(me, "", False, "replaced"), (other_id, AT, True, "")]


def test_a_browser_that_subscribed_anew_is_one_still(
    runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    press(mine, ON, fields(runtime))
    press(mine, ON, fields(runtime, f"{AT}-anew"))
    assert stored(runtime) == [(me, "", False, "replaced"), (me, f"{AT}-anew", True, "")]


def test_who_signs_out_of_a_browser_is_not_rung_there(
    app: Flask, runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    press(mine, ON, fields(runtime))
    press(signed_in(app, runtime, me), ON, fields(runtime, f"{AT}-desk"))
    assert press(mine, "/sign-out", {}).status_code == 303
    drain(runtime)
    assert stored(runtime) == [(me, "", False, "signed_out"), (me, f"{AT}-desk", True, "")]


def test_whose_sign_in_is_ended_from_elsewhere_is_not_rung_there_either(
    app: Flask, runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    elsewhere = signed_in(app, runtime, me)
    press(elsewhere, ON, fields(runtime))
    assert press(mine, "/account/sign-ins/end-others", {}).status_code == 303
    drain(runtime)
    assert stored(runtime) == [(me, "", False, "signed_out")]


def test_who_signs_in_anew_in_a_browser_is_rung_on_until_they_sign_out(
    runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    press(mine, ON, fields(runtime))
    name = sessions.COOKIES[SessionKind.CUSTOMER]
    former = mine.get_cookie(name)
    assert former is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, SessionKind.CUSTOMER, me, device="", instead_of=former.value)
    drain(runtime)
    assert stored(runtime) == [(me, AT, True, "")]
    mine.set_cookie(name, token)
    press(mine, "/sign-out", {})
    drain(runtime)
    assert stored(runtime) == [(me, "", False, "signed_out")]


def test_who_comes_in_as_somebody_else_ends_the_rings_of_the_first(
    runtime: Runtime, mine: FlaskClient, me: int
) -> None:
    press(mine, ON, fields(runtime))
    former = mine.get_cookie(sessions.COOKIES[SessionKind.CUSTOMER])
    assert former is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "b@example.jp")
        sessions.start(uow, SessionKind.CUSTOMER, other, device="", instead_of=former.value)
    drain(runtime)
    assert stored(runtime) == [(me, "", False, "signed_out")]


def test_an_erased_customer_is_not_rung_and_a_merged_one_is_as_who_was_kept(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "b@example.jp")
    switch_on(runtime, other, service)
    people = People(runtime.keepers)
    with runtime.unit_of_work(SYSTEM) as uow:
        merged = people.merge(uow, kept_id=me, merged_id=other)
    tell(runtime, me)
    work(runtime, clock)
    assert len(service.calls) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, merged.id)
    assert [row[0] for row in stored(runtime)] == [other]
    tell(runtime, other, key="2")
    with runtime.unit_of_work(SYSTEM) as uow:
        people.erase(uow, other, force=True)
    work(runtime, clock)
    assert len(service.calls) == 1
    assert stored(runtime) == [(other, "", False, "erased")]


def test_the_worker_is_served_under_one_name_and_asked_for_anew(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/push-worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "notificationclick" in answer.text
    again = client.get("/push-worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
