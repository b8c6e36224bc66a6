"""The whole product at work, and failing, with the most talkative log: no line names anybody."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import sessions
from oms_service.access.guard import public
from oms_service.access.states import Role, SessionKind
from oms_service.infra import fallout, inbound, relay
from oms_service.infra.logging import set_up
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.events import Event, event
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.people import Marked, everything, make_marked, traces
from tests.factories.staff import bearer, make_key, make_staff, post
from tests.fakes.clock import StandingClock

#: What is kept of failures and of events; none of it may quote a customer.
_OF_FAILURES = ("fallout", "deliveries", "effects", "outbox", "idempotency_keys")


@event("test.logged", of="thing")
@dataclass(frozen=True, kw_only=True)
class Logged(Event):
    thing_id: int


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Room for every question; the limits have tests of their own."""
    return replace(settings, api_rate="100000/second")


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    """The other tests' own logging, afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def signed_in(app: Flask, runtime: Runtime, kind: SessionKind, subject_id: int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, kind, subject_id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[kind], token)
    return client


def test_no_line_of_any_log_names_a_customer_or_repeats_their_words(
    app: Flask,
    runtime: Runtime,
    clock: StandingClock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(level="DEBUG", process="test")
    mark = "Zundamochi"

    @app.get("/broken/<words>")
    @public(reason="it breaks while it holds what somebody typed")
    def broken(words: str) -> str:
        raise RuntimeError(f"cannot read {words} of {mark}")

    def fail(_uow: UnitOfWork, _event: Logged) -> None:
        raise LookupError(f"no {mark}@example.jp")

    def fail_outside(_outside: Outside, _event: Logged) -> None:
        raise ConnectionError(f"the bank refused {mark}, 090-5550-9876")

    runtime.subscribers.react(Logged, fail)
    runtime.subscribers.effect(Logged, fail_outside)
    marked = make_marked(app, runtime, clock, tmp_path, mark=mark)
    walk(app, runtime, marked)
    breakdowns(app, runtime, clock, marked)
    lines = capsys.readouterr().err.splitlines()
    told = [json.loads(line) for line in lines]
    assert {"reaction.failed", "effect.failed", "inbound.refused"} <= {one["event"] for one in told}
    assert any("RuntimeError" in one.get("exception", "") for one in told)
    named = [
        line
        for line in lines
        if any(word.lower() in line.lower() for word in (*marked.marks, quote("お名前")))
    ]
    assert named == []
    with runtime.database.looking() as session:
        assert fallout.count(session) >= 2
    kept = everything(runtime)
    assert traces({name: kept[name] for name in _OF_FAILURES}, marked.marks) == {}


def walk(app: Flask, runtime: Runtime, marked: Marked) -> None:
    """What customers, colleagues and programs ask, with words of the customer in it."""
    mine = signed_in(app, runtime, SessionKind.CUSTOMER, marked.customer_id)
    mine.get("/orders?q=" + marked.marks[0])
    post(mine, "/account/address", {"recipient": marked.marks[0], "postal_code": "?"})
    post(mine, "/cases/new", {"reason": "other", "words": f"{marked.marks[0]}です"})
    mine.get(f"/track?order=A-10423&mail={quote(marked.mail)}")
    post(app.test_client(), "/sign-in", {"mail": marked.mail})
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_staff(uow, Role.LEAD)
        _view, secret = make_key(uow, "orders:read", "track:read", "customers:write")
    desk = signed_in(app, runtime, SessionKind.STAFF, lead.id)
    desk.get("/desk?view=all&q=" + quote(marked.mail))
    desk.get("/console/orders?q=" + quote("090-5550-9876"))
    program = app.test_client()
    program.get("/v1/orders?text=" + quote(marked.mail), headers=bearer(secret))
    program.get(f"/v1/track?order=A-10423&mail={quote(marked.mail)}", headers=bearer(secret))
    program.post(
        "/v1/customers",
        json={"mail": marked.mail, "phone": "090-5550-9876" * 9},
        headers={**bearer(secret), "Idempotency-Key": "a-key"},
    )
    program.post("/webhooks/carriers/yamato", data=f"{{{marked.mail}")


def breakdowns(app: Flask, runtime: Runtime, clock: StandingClock, marked: Marked) -> None:
    """Everything that can fail does, with the customer's words in what is raised."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert app.test_client().get(f"/broken/{marked.mail}?q={marked.marks[0]}").status_code == 500
    with runtime.unit_of_work(Actor(ActorKind.CARRIER, "yamato")) as uow:
        kept = inbound.keep(uow, source="carrier:yamato", body=f"<{marked.mail}".encode())
    assert kept is not None
    with runtime.unit_of_work(Actor(ActorKind.CARRIER, "yamato")) as uow:
        runtime.intake.take(uow, kept)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.emit(Logged(thing_id=1))
    for wait_s in (0, *relay.BACKOFF_S):
        clock.advance(seconds=wait_s)
        drain(runtime)
        with runtime.database.reading() as connection:
            due = connection.exec_driver_sql("SELECT id FROM effects WHERE state = 'waiting'")
            effects = due.scalars().all()
        for effect in effects:
            relay.run_effect(runtime.tools, effect)
    server = logging.getLogger("werkzeug")
    server.info('10.0.0.1 - - "GET /track?mail=%s HTTP/1.1" 200 -', quote(marked.mail))
    server.info('10.0.0.1 - - "GET /desk?q=%s HTTP/1.1" 200 -', quote(marked.marks[0]))
    logging.getLogger("granian.access").info("GET /orders?q=%s 200", marked.marks[0])
    structlog.get_logger("x").info("told", facts={"name": marked.marks[0], "to": [marked.mail]})
