"""Letters to colleagues that come back: seen at the colleague, by them, and among failed steps."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access import staff as colleagues
from oms_service.access.states import Role
from oms_service.conversations import resending
from oms_service.conversations import service as talking
from oms_service.infra import fallout
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.shop import make_customer
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer, a_mail_server

AGENT, BOSS = "agent@shop.example", "operations@shop.example"


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with a_mail_server() as made:
        yield made


@pytest.fixture
def app(settings: Settings, clock: StandingClock, server: SmtpServer) -> Iterator[Flask]:
    """A shop whose mail really leaves."""
    with an_app(replace(settings, smtp_url=server.url), clock=clock) as made:
        yield made


@pytest.fixture
def agent_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, name="鈴木 健太", language=Language.ENGLISH)
        return make_staff(uow, Role.AGENT, name="Grace Taylor", language=Language.ENGLISH).id


@pytest.fixture
def boss(app: Flask, agent_id: int) -> FlaskClient:
    client = app.test_client()
    sign_in(client, BOSS)
    return client


def write(
    runtime: Runtime,
    key: str = "k",
    *,
    to: str = AGENT,
    customer_id: int | None = None,
    is_secret: bool = False,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        talking.say_by_mail(
            uow,
            to=to,
            customer_id=customer_id,
            language=Language.ENGLISH,
            subject="A case is late",
            text="Look at C-1.",
            key=key,
            is_secret=is_secret,
        )
    settle(runtime)


def steps(runtime: Runtime) -> list[tuple[Any, ...]]:
    with runtime.database.looking() as session:
        query = text(
            "SELECT kind, what, cause, owner, state FROM fallout WHERE kind = 'letter' ORDER BY id"
        )
        return [tuple(row) for row in session.execute(query)]


def opened(runtime: Runtime, agent_id: int) -> tuple[Any, ...]:
    return ("letter", f"letter staff:{agent_id}", "refused", "operations", "open")


def test_a_letter_that_is_refused_is_seen_where_somebody_can_help(
    app: Flask, runtime: Runtime, server: SmtpServer, agent_id: int, boss: FlaskClient
) -> None:
    server.refuse = 550
    write(runtime)
    settle(runtime)
    assert steps(runtime) == [opened(runtime, agent_id)]
    page = boss.get(f"/console/staff/{agent_id}").text
    assert "Mail to this colleague does not arrive." in page
    assert "The mail server refused the address." in page
    assert "/console/messages/" in page
    listed = boss.get("/console/fallout").text
    assert "Letters to colleagues" in listed
    assert f"letter staff:{agent_id}" in listed
    mine = app.test_client()
    sign_in(mine, AGENT)
    told = mine.get("/notices").text
    assert "Our mail to you does not arrive." in told
    assert "Our mail to you" not in boss.get("/notices").text
    mine.set_cookie("lang", "ja")
    assert "メールが届いていません" in mine.get("/notices").text


def test_tried_again_it_leaves_once_and_all_is_well(
    runtime: Runtime, server: SmtpServer, agent_id: int, boss: FlaskClient
) -> None:
    server.refuse = 550
    write(runtime)
    server.refuse = None
    with runtime.database.looking() as session:
        (entry,) = [one for one in fallout.waiting(session) if one.kind == "letter"]
    for _twice in range(2):
        post(boss, "/console/fallout/many", {"step": entry.id, "do": "retry"})
        settle(runtime)
    assert len(server.taken) == 1
    assert steps(runtime) == [(*opened(runtime, agent_id)[:-1], "retried")]
    assert "does not arrive" not in boss.get(f"/console/staff/{agent_id}").text


def test_refused_again_it_is_one_step_again(
    runtime: Runtime, server: SmtpServer, agent_id: int, boss: FlaskClient
) -> None:
    server.refuse = 550
    write(runtime)
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    post(boss, "/console/fallout/many", {"step": entry.id, "do": "retry"})
    settle(runtime)
    one = opened(runtime, agent_id)
    assert steps(runtime) == [(*one[:-1], "retried"), one]


def test_sent_again_from_the_log_it_leaves_the_list(
    runtime: Runtime, server: SmtpServer, agent_id: int
) -> None:
    server.refuse = 550
    write(runtime)
    server.refuse = None
    with runtime.unit_of_work(SYSTEM) as uow:
        message_id = uow.session.execute(text("SELECT id FROM messages")).scalar_one()
        resending.resend(uow, message_id)
    settle(runtime)
    assert steps(runtime) == [(*opened(runtime, agent_id)[:-1], "resolved")]
    assert len(server.taken) == 1


def test_what_must_not_be_sent_twice_comes_back_on_the_list(
    runtime: Runtime, server: SmtpServer, agent_id: int, boss: FlaskClient
) -> None:
    server.refuse = 550
    write(runtime, is_secret=True)
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    server.refuse = None
    post(boss, "/console/fallout/many", {"step": entry.id, "do": "retry"})
    settle(runtime)
    assert [(cause, state) for _kind, _what, cause, _owner, state in steps(runtime)] == [
        ("refused", "retried"),
        ("not sent again: code", "open"),
    ]
    assert server.taken == []


def test_letters_to_customers_and_strangers_are_no_step(
    runtime: Runtime, server: SmtpServer, agent_id: int, boss: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer_id = make_customer(uow)
    server.refuse = 550
    write(runtime, "a", to="misaki.sato@example.jp", customer_id=customer_id)
    write(runtime, "b", to="nobody@example.jp")
    assert steps(runtime) == []
    with runtime.unit_of_work(SYSTEM) as uow:
        colleagues.deactivate(uow, agent_id)
    write(runtime, "c")
    assert steps(runtime) == []
