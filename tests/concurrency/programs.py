"""The real processes with one more subscriber, run as programs by the tests that kill them.

``python -m tests.concurrency.programs relay|worker`` run the house's own loops; ``web_app`` is
served by granian. What each unit of work, reaction and effect did is a row, so that the test can
count: ``asked`` by requests, ``heard`` by reactions, ``told`` by effects.
"""

import sys
from dataclasses import dataclass

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from oms_service import relay, worker
from oms_service.access.guard import public
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.events import Event, event
from oms_service.processes import Stop, held_by, start

TABLES = """
CREATE TABLE asked (n int PRIMARY KEY, key text);
CREATE TABLE heard (id bigserial PRIMARY KEY, line int, n int);
CREATE TABLE told (id bigserial PRIMARY KEY, n int, key text)
"""
#: Events of one line stay in order.
LINES = 7


@event("test.asked", of="line")
@dataclass(frozen=True, kw_only=True)
class Asked(Event):
    line_id: int
    n: int


def hear(uow: UnitOfWork, event: Asked) -> None:
    uow.session.execute(
        text("INSERT INTO heard (line, n) VALUES (:line, :n)"),
        {"line": event.line_id, "n": event.n},
    )


def tell(outside: Outside, event: Asked) -> None:
    with outside.unit_of_work() as uow:
        uow.session.execute(
            text("INSERT INTO told (n, key) VALUES (:n, :key)"),
            {"n": event.n, "key": outside.key},
        )


def subscribe(app: Flask) -> Flask:
    subscribers = held_by(app).subscribers
    subscribers.react(Asked, hear)
    subscribers.effect(Asked, tell)
    return app


def web_app() -> Flask:
    app = start("web")

    @public(reason="a test asks here")
    def ask(n: int) -> ResponseReturnValue:
        with held_by(app).unit_of_work(SYSTEM) as uow:
            new = uow.session.execute(
                text("INSERT INTO asked (n) VALUES (:n) ON CONFLICT DO NOTHING RETURNING n"),
                {"n": n},
            ).one_or_none()
            if new is not None:
                uow.emit(Asked(line_id=n % LINES, n=n))
        return "", 204

    app.add_url_rule("/ask/<int:n>", view_func=ask, methods=["GET"])
    return app


def main() -> None:
    if sys.argv[1] == "relay":
        relay.Relay(held_by(subscribe(start("relay")))).run(Stop())
    elif sys.argv[1] == "worker":
        subscribe(worker.process_app())
        worker.main()


if __name__ == "__main__":
    main()
elif "granian" in sys.argv[0]:
    app = web_app()
