"""From a notice to the ring in a browser: what is sent, how often, and what each answer does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from notifications import due, rules
from notifications.push import doctor, keys, subscribing, words
from notifications.push.posting import topic
from notifications.states import NoticeState
from oms_service.customers import zones
from oms_service.infra import relay
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.rings import later, switch_on, tell, work
from tests.factories.shop import make_customer
from tests.factories.staff import make_staff, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.push_service import proven
from tests.fakes.receiver import Receiver


@pytest.fixture
def me(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow)


def rings(runtime: Runtime) -> list[tuple[Any, ...]]:
    query = "SELECT browser_id, state, why, tries, status FROM push_rings ORDER BY id"
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def browsers(runtime: Runtime) -> list[tuple[Any, ...]]:
    query = "SELECT id, ended_at IS NULL, why, failures, last_ok_at FROM push_browsers ORDER BY id"
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def forget(runtime: Runtime) -> None:
    """The sweep, until nothing is left of what is old."""
    while True:
        with runtime.unit_of_work(SYSTEM) as uow:
            if not runtime.keeping.forget(uow):
                return


def notice_id(runtime: Runtime, template: str) -> int:
    query = text("SELECT id FROM notices WHERE template = :template")
    with runtime.database.reading() as connection:
        return int(connection.execute(query, {"template": template}).scalar_one())


def test_a_notice_rings_in_every_browser_of_its_reader(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    phone, desk = switch_on(runtime, me, service, "phone"), switch_on(runtime, me, service, "desk")
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_customer(uow, "b@example.jp")
    switch_on(runtime, other, service, "another")
    service.answers = [(201, ""), (202, "")]
    assert tell(runtime, me) is NoticeState.SPOKEN
    assert work(runtime, clock) == 2
    assert [call.path for call in service.calls] == ["/send/phone", "/send/desk"]
    for one, call in zip((phone, desk), service.calls, strict=True):
        assert one.said(call) == {
            "title": "News about your refund",
            "body": "Open it to read it in your account.",
            "lang": "en",
            "tag": topic(f"notice:{notice_id(runtime, 'refund_paid')}"),
            "path": f"/account/inbox/{notice_id(runtime, 'refund_paid')}",
        }
        key, claims = proven(call.headers["Authorization"])
        assert key == keys.identity(runtime.settings).public
        assert (claims["aud"], claims["sub"]) == (service.url, "mailto:desk@shop.example")
    assert rings(runtime) == [
        (phone.id, "taken", "", 1, 201),
        (desk.id, "taken", "", 1, 202),
    ]
    assert [row[4] for row in browsers(runtime)] == [clock.now(), clock.now(), None]
    assert work(runtime, clock) == 0


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: str(rule.template))
def test_nothing_personal_stands_in_what_rings(rule: rules.Rule, language: Language) -> None:
    """The words of a ring are made of its kind alone: no fact of the notice can be among them."""
    said = words.said(rule.kind, language, tag="t", path="/account/inbox/1")
    assert said["title"]
    assert said["body"] == words.BODY[language]
    assert not any(sign.isdigit() for sign in said["title"] + said["body"])


def test_it_says_so_in_the_language_of_its_notice(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    tell(runtime, me, rule=rules.RECEIVED, language=Language.JAPANESE)
    work(runtime, clock)
    said = mine.said(service.calls[0])
    assert (said["title"], said["lang"]) == ("ご注文のお知らせ", "ja")


def test_how_urgent_it_is_says_the_rule_and_a_later_step_takes_its_place(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    tell(runtime, me, rule=rules.PAYMENT_DUE, of=7)
    work(runtime, clock)
    tell(runtime, me, rule=rules.PAYMENT_RECEIVED, of=7)
    work(runtime, clock)
    at_once, in_daytime = service.calls
    assert (at_once.headers["Urgency"], at_once.headers["TTL"]) == ("high", "86385")
    assert (in_daytime.headers["Urgency"], in_daytime.headers["TTL"]) == ("normal", "259185")
    assert at_once.headers["Topic"] == in_daytime.headers["Topic"] == topic("payment:7")
    assert mine.said(at_once)["tag"] == mine.said(in_daytime)["tag"] == topic("payment:7")


def test_who_has_no_browser_that_rings_is_told_all_the_same(
    runtime: Runtime, clock: StandingClock, me: int
) -> None:
    assert tell(runtime, me) is NoticeState.SPOKEN
    assert work(runtime, clock) == 0
    assert rings(runtime) == []


def test_a_fact_that_is_heard_twice_rings_once(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    switch_on(runtime, me, service)
    together = Barrier(4, timeout=20)

    def hear(_: int) -> None:
        together.wait()
        tell(runtime, me)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hear, range(4)))
    assert work(runtime, clock) == 1
    assert len(service.calls) == 1


def test_two_workers_that_take_one_ring_ring_once(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    switch_on(runtime, me, service)
    tell(runtime, me)
    drain(runtime)
    with runtime.database.reading() as connection:
        query = "SELECT e.id FROM effects e JOIN outbox o ON o.id = outbox_id WHERE name = :name"
        effect = connection.execute(text(query), {"name": "ring.due"}).scalar_one()
    together = Barrier(4, timeout=20)

    def run(_: int) -> bool:
        together.wait()
        return relay.run_effect(runtime.tools, effect)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [False, False, False, True]
    assert len(service.calls) == 1


def test_what_waits_for_the_morning_rings_in_the_morning(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    switch_on(runtime, me, service)
    clock.set(datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    assert tell(runtime, me) is NoticeState.WAITING
    assert work(runtime, clock) == 0
    clock.set(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    with runtime.unit_of_work(SYSTEM) as uow:
        due.speak_due(uow, zone=runtime.settings.zone)
    assert work(runtime, clock) == 1
    assert len(service.calls) == 1


def test_what_comes_in_one_letter_rings_once_and_leads_to_all_of_it(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    clock.set(datetime(2026, 11, 22, 13, 0, tzinfo=UTC))
    tell(runtime, me, rule=rules.DELIVERED, key="a")
    tell(runtime, me, rule=rules.DELIVERED, key="b")
    clock.set(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert due.speak_due(uow, zone=runtime.settings.zone) == 2
    assert work(runtime, clock) == 1
    assert mine.said(service.calls[0])["path"] == "/account/inbox"


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_rings_no_more(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int, status: int
) -> None:
    mine = switch_on(runtime, me, service)
    service.answers = [(status, "")]
    tell(runtime, me)
    work(runtime, clock)
    assert rings(runtime) == [(mine.id, "ended", "", 1, status)]
    assert browsers(runtime) == [(mine.id, False, "gone", 0, None)]
    with runtime.database.reading() as connection:
        query = text("SELECT endpoint || p256dh || auth, mark FROM push_browsers")
        assert tuple(connection.execute(query).one()) == ("", None)
    tell(runtime, me, key="2")
    assert work(runtime, clock) == 0


@pytest.mark.parametrize("status", [400, 413])
def test_what_is_refused_is_not_tried_again_but_the_next_one_is(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int, status: int
) -> None:
    mine = switch_on(runtime, me, service)
    service.answers = [(status, "")]
    tell(runtime, me)
    work(runtime, clock)
    assert rings(runtime) == [(mine.id, "refused", "", 1, status)]
    assert browsers(runtime) == [(mine.id, True, "", 1, None)]
    later(clock, timedelta(hours=1))
    assert work(runtime, clock) == 0
    tell(runtime, me, key="2")
    work(runtime, clock)
    assert [row[1] for row in rings(runtime)] == ["refused", "taken"]
    assert [row[3] for row in browsers(runtime)] == [0]


def test_a_browser_that_refuses_for_good_is_given_up(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    service.answers = [(403, "")] * 11
    for number in range(11):
        tell(runtime, me, key=str(number))
        work(runtime, clock)
    assert len(service.calls) == 10
    assert browsers(runtime) == [(mine.id, False, "refused", 10, None)]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again_when_it_says_and_no_step_fails(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int, status: int
) -> None:
    mine = switch_on(runtime, me, service)
    service.answers, service.headers = [(status, "")] * 8, {"Retry-After": "120"}
    tell(runtime, me)
    for _ in range(8):
        work(runtime, clock)
        later(clock, timedelta(seconds=90))
    assert work(runtime, clock) == 1
    assert len(service.calls) == 9
    assert rings(runtime) == [(mine.id, "taken", "", 9, 204)]
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM fallout")).scalar_one() == 0


def test_it_is_not_asked_before(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    switch_on(runtime, me, service)
    service.answers, service.headers = [(429, "")], {"Retry-After": "120"}
    tell(runtime, me)
    work(runtime, clock)
    clock.advance(seconds=100)
    assert work(runtime, clock) == 0
    later(clock, timedelta(seconds=120))
    assert work(runtime, clock) == 1


def test_a_ring_that_is_late_wakes_nobody_at_night(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    """A push service that was busy in the evening is asked again in the morning."""
    clock.set(datetime(2026, 11, 22, 11, 0, tzinfo=UTC))
    mine = switch_on(runtime, me, service)
    service.answers, service.headers = [(503, "")], {"Retry-After": "7200"}
    tell(runtime, me)
    work(runtime, clock)
    later(clock, timedelta(hours=2))
    work(runtime, clock)
    assert len(service.calls) == 1
    assert rings(runtime) == [(mine.id, "waiting", "", 1, 503)]
    clock.set(datetime(2026, 11, 22, 22, 59, tzinfo=UTC))
    assert work(runtime, clock) == 0
    clock.set(datetime(2026, 11, 23, 3, 0, tzinfo=UTC))
    assert work(runtime, clock) == 1
    assert rings(runtime) == [(mine.id, "taken", "", 2, 204)]


def test_it_is_the_customers_night(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        zones.choose(uow, me, "Europe/Berlin")
    clock.set(datetime(2026, 11, 22, 11, 0, tzinfo=UTC))
    switch_on(runtime, me, service)
    service.answers, service.headers = [(503, "")], {"Retry-After": "7200"}
    tell(runtime, me)
    work(runtime, clock)
    later(clock, timedelta(hours=2))
    work(runtime, clock)
    assert len(service.calls) == 2


def test_what_was_read_meanwhile_does_not_ring(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    tell(runtime, me)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE notices SET read_at = :now"), {"now": uow.now})
    work(runtime, clock)
    assert service.calls == []
    assert rings(runtime) == [(mine.id, "dropped", "read", 0, None)]


def test_an_older_step_never_takes_the_place_of_a_newer_one(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    service.answers, service.headers = [(503, "")], {"Retry-After": "600"}
    tell(runtime, me, rule=rules.PAYMENT_DUE, of=7)
    work(runtime, clock)
    tell(runtime, me, rule=rules.PAYMENT_RECEIVED, of=7)
    work(runtime, clock)
    later(clock, timedelta(minutes=10))
    work(runtime, clock)
    assert len(service.calls) == 2
    assert rings(runtime) == [
        (mine.id, "dropped", "overtaken", 1, None),
        (mine.id, "taken", "", 1, 204),
    ]


def test_what_no_service_takes_for_days_is_let_go(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    service.answers = [(503, "")]
    tell(runtime, me, rule=rules.RECEIVED)
    work(runtime, clock)
    clock.advance(days=1)
    work(runtime, clock)
    assert len(service.calls) == 1
    assert rings(runtime) == [(mine.id, "dropped", "too_late", 1, None)]


def test_a_browser_that_was_switched_off_meanwhile_does_not_ring(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    tell(runtime, me)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert subscribing.switch_off(uow, me, mine.endpoint)
    work(runtime, clock)
    assert service.calls == []
    assert rings(runtime) == [(mine.id, "dropped", "switched_off", 0, None)]


def test_who_dies_before_the_note_of_an_answer_rings_again_in_the_same_place(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service)
    tell(runtime, me)
    work(runtime, clock)
    with runtime.unit_of_work(SYSTEM) as uow:
        undone = "state = 'waiting', settled_at = NULL, tries = 0, status = NULL"
        uow.session.execute(text(f"UPDATE push_rings SET {undone}"))  # noqa: S608 - our own words
        uow.session.execute(
            text("UPDATE effects SET state = 'waiting', done_at = NULL WHERE state = 'done'")
        )
    work(runtime, clock)
    first, again = service.calls
    assert first.headers["Topic"] == again.headers["Topic"]
    assert mine.said(first) == mine.said(again)
    assert rings(runtime) == [(mine.id, "taken", "", 1, 204)]


def test_the_course_of_a_message_says_what_rang(
    app: Flask, runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    switch_on(runtime, me, service, "phone", device="Chrome · Android")
    switch_on(runtime, me, service, "desk", device="Firefox · Linux")
    service.answers = [(201, ""), (413, "")]
    tell(runtime, me)
    work(runtime, clock)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, language=Language.ENGLISH)
    with runtime.database.reading() as connection:
        message = connection.execute(text("SELECT message_id FROM notices")).scalar_one()
    agent = app.test_client()
    sign_in(agent)
    page = agent.get(f"/console/messages/{message}").text
    course = page.partition("Rung in browsers")[2]
    assert course.index("Handed to the push service") < course.index("Chrome · Android")
    assert course.index("Refused by the push service") < course.index("Its answer was 413.")
    assert course.index("Its answer was 413.") < course.index("Firefox · Linux")
    assert service.url not in page


def test_what_rang_long_ago_is_forgotten_and_then_its_browser(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    mine = switch_on(runtime, me, service, "gone")
    switch_on(runtime, me, service, "stays")
    service.answers = [(410, ""), (201, "")]
    tell(runtime, me)
    work(runtime, clock)
    clock.advance(days=89)
    forget(runtime)
    assert len(rings(runtime)) == len(browsers(runtime)) == 2
    clock.advance(days=2)
    forget(runtime)
    assert rings(runtime) == []
    assert [row[0] for row in browsers(runtime)] == [mine.id + 1]


def test_the_doctor_says_how_many_ring_and_what_push_services_say(
    runtime: Runtime, clock: StandingClock, service: Receiver, me: int
) -> None:
    switch_on(runtime, me, service)
    service.answers = [(201, ""), (403, ""), (403, ""), (403, "")]
    tell(runtime, me, key="0")
    work(runtime, clock)
    (well,) = doctor.check(runtime)
    assert well.said == "1 browsers; 1 rings taken and 0 refused today"
    assert well.is_well
    for number in (1, 2, 3):
        tell(runtime, me, key=str(number))
        work(runtime, clock)
    (ill,) = doctor.check(runtime)
    assert ill.said == "1 browsers; 1 rings taken and 3 refused today"
    assert "SECRET_KEY" in ill.advice
