"""A channel rests after failures in a row: shared by all workers, no try lost, one who looks."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.conversations import breaker as breaking
from oms_service.conversations import service
from oms_service.conversations.breaker import FIRST, LONGEST, MOST_FAILURES, PROBE, Breaker, How
from oms_service.conversations.channels import LINE, MAIL
from oms_service.infra import relay
from oms_service.infra.live import connect
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.staff import make_staff, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer, a_mail_server


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with a_mail_server() as made:
        yield made


@pytest.fixture
def app(settings: Settings, clock: StandingClock, server: SmtpServer) -> Iterator[Flask]:
    """The house with a real mail server."""
    with an_app(replace(settings, smtp_url=server.url), clock=clock) as made:
        yield made


@pytest.fixture
def workers(redis_url: str, clock: StandingClock) -> list[Breaker]:
    """What three processes hold."""
    return [Breaker(connect(redis_url), clock.now) for _worker in range(3)]


def fail(breaker: Breaker, times: int = MOST_FAILURES) -> None:
    for _time in range(times):
        breaker.note(MAIL, How.DOWN)


def pass_on(clock: StandingClock, span: timedelta) -> None:
    clock.advance(seconds=span.total_seconds())


def write(runtime: Runtime, *names: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for name in names:
            service.say_by_mail(
                uow,
                to=f"{name}@example.jp",
                customer_id=None,
                language=Language.JAPANESE,
                subject=name,
                text=name,
            )
    drain(runtime)


def run_due(runtime: Runtime) -> None:
    """What a worker runs of all that is due by the clock."""
    with runtime.database.reading() as connection:
        due = connection.execute(
            text("SELECT id FROM effects WHERE state = 'waiting' AND next_at <= :now ORDER BY id"),
            {"now": runtime.clock.now()},
        ).scalars()
        ids = list(due)
    for effect_id in ids:
        relay.run_effect(runtime.tools, effect_id)


def attempts(runtime: Runtime) -> list[int]:
    with runtime.database.reading() as connection:
        return list(connection.execute(text("SELECT attempts FROM effects ORDER BY id")).scalars())


def test_failures_that_different_workers_saw_add_up(workers: list[Breaker]) -> None:
    for number in range(MOST_FAILURES - 1):
        workers[number % 3].note(MAIL, How.DOWN)
    assert [one.wait_s(MAIL) for one in workers] == [0, 0, 0]
    workers[0].note(MAIL, How.DOWN)
    assert [one.wait_s(MAIL) for one in workers] == [FIRST.total_seconds()] * 3
    assert workers[0].wait_s(LINE) == 0


def test_something_that_went_well_between_them_begins_the_count_anew(
    workers: list[Breaker],
) -> None:
    fail(workers[0], MOST_FAILURES - 1)
    workers[1].note(MAIL, How.WELL)
    fail(workers[2], MOST_FAILURES - 1)
    assert workers[0].wait_s(MAIL) == 0


def test_failures_that_lie_far_apart_are_no_row(
    workers: list[Breaker], clock: StandingClock
) -> None:
    for _time in range(3 * MOST_FAILURES):
        fail(workers[0], 1)
        pass_on(clock, breaking.WINDOW + timedelta(seconds=1))
    assert workers[0].wait_s(MAIL) == 0


def test_after_a_rest_one_of_many_workers_tries(
    workers: list[Breaker], clock: StandingClock
) -> None:
    fail(workers[0])
    pass_on(clock, FIRST)
    start = Barrier(12)

    def ask(number: int) -> float:
        start.wait()
        return workers[number % 3].wait_s(MAIL)

    with ThreadPoolExecutor(12) as pool:
        waits = sorted(pool.map(ask, range(12)))
    assert waits == [0, *[5] * 11]
    workers[1].note(MAIL, How.WELL)
    assert [one.wait_s(MAIL) for one in workers] == [0, 0, 0]


def test_each_rest_that_ends_badly_is_followed_by_one_twice_as_long_up_to_the_longest(
    workers: list[Breaker], clock: StandingClock
) -> None:
    fail(workers[0])
    rests = []
    for _time in range(8):
        rest_s = workers[2].wait_s(MAIL)
        rests.append(rest_s)
        pass_on(clock, timedelta(seconds=rest_s))
        assert workers[1].wait_s(MAIL) == 0
        workers[1].note(MAIL, How.DOWN)
    longest = LONGEST.total_seconds()
    assert rests == [30, 60, 120, 240, 480, longest, longest, longest]


def test_whoever_dies_while_trying_is_followed_by_another(
    workers: list[Breaker], clock: StandingClock
) -> None:
    fail(workers[0])
    pass_on(clock, FIRST)
    assert workers[0].wait_s(MAIL) == 0
    assert workers[1].wait_s(MAIL) > 0
    pass_on(clock, PROBE)
    assert workers[1].wait_s(MAIL) == 0
    assert workers[2].wait_s(MAIL) > 0


def test_whoever_learned_nothing_lets_the_next_one_try(
    workers: list[Breaker], clock: StandingClock
) -> None:
    fail(workers[0])
    pass_on(clock, FIRST)
    assert workers[0].wait_s(MAIL) == 0
    workers[0].note(MAIL, How.UNKNOWN)
    assert workers[1].wait_s(MAIL) == 0


def test_what_failed_before_the_rest_does_not_make_it_longer(
    workers: list[Breaker], clock: StandingClock
) -> None:
    fail(workers[0])
    pass_on(clock, timedelta(seconds=10))
    fail(workers[1])
    assert workers[2].wait_s(MAIL) == FIRST.total_seconds() - 10


def test_without_the_broker_every_channel_may_be_tried(clock: StandingClock) -> None:
    away = Breaker(connect("redis://127.0.0.1:1/0", timeout_s=0.1), clock.now)
    fail(away)
    assert away.wait_s(MAIL) == 0
    assert away.resting(MAIL) == ()


def test_a_rest_costs_no_letter_a_try_and_all_arrive_after_it(
    app: Flask, runtime: Runtime, server: SmtpServer, clock: StandingClock
) -> None:
    names = [f"letter-{number}" for number in range(8)]
    server.hangs_up_at = "EHLO"
    write(runtime, *names)
    pass_on(clock, relay.RESEND)
    run_due(runtime)
    talks = len(server.talks)
    assert talks == MOST_FAILURES
    assert attempts(runtime) == [1] * MOST_FAILURES + [0] * 3
    for _time in range(3):
        pass_on(clock, timedelta(seconds=8))
        run_due(runtime)
    assert len(server.talks) == talks
    assert attempts(runtime) == [1] * MOST_FAILURES + [0] * 3
    pass_on(clock, FIRST)
    server.hangs_up_at = ""
    run_due(runtime)
    pass_on(clock, timedelta(seconds=10))
    run_due(runtime)
    assert sorted(mail.to[0] for mail in server.taken) == [f"{name}@example.jp" for name in names]
    assert runtime.breaker.resting(MAIL) == ()


def test_addresses_that_are_refused_are_no_reason_to_rest(
    app: Flask, runtime: Runtime, server: SmtpServer
) -> None:
    server.refuse = 451
    write(runtime, *(f"letter-{number}" for number in range(2 * MOST_FAILURES)))
    settle(runtime, rounds=1)
    assert attempts(runtime) == [1] * 2 * MOST_FAILURES
    assert runtime.breaker.resting(MAIL) == ()


def test_colleagues_see_that_a_channel_rests(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_staff(uow, Role.LEAD, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, lead.mail)
    for path in ("/console", "/console/messages"):
        assert "rests after" not in client.get(path).text
    fail(runtime.breaker)
    for path in ("/console", "/console/messages"):
        assert "Mail rests after 5 failures in a row" in client.get(path).text
