"""Runs a file of retail tasks through the product: ``python -m tests.acceptance.retail_tasks``.

Each task's actions are done twice: by ``retail_simulator``, which knows only the file and the
shop's written policy, and by the product, in a database of the task's own: through its services,
or through the chat's HTTP endpoint by ``retail_customer``, who talks. A task is settled when both
shops are alike afterwards, every order, address and balance of them, and, through the services,
the product refused exactly what the policy forbids.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import click
import psycopg
import redis
from flask import Flask
from psycopg import sql

from migrations.run import upgrade
from oms_service.app import create_app
from oms_service.importing.report import IMPORTER, Damaged
from oms_service.importing.retail import load, reading
from oms_service.operations.reconcile import audit
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.acceptance import retail_customer, retail_reading, retail_state
from tests.acceptance.retail_chat import Chat
from tests.acceptance.retail_services import Services, settle
from tests.acceptance.retail_simulator import WRITING, Refused, Simulator
from tests.fakes.bank import Bank
from tests.services import a_postgres, a_valkey

#: So much of each available item that no task runs out of it: the file only says that it is there.
PLENTY: Final = 100_000
_MOST_SHOWN: Final = 20
_LONGEST: Final = 500


@dataclass
class Outcome:
    """What became of one task."""

    task: str
    actions: int = 0
    refused: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """The conversation, where there was one."""

    @property
    def is_settled(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        shown = {"task": self.task, "differs": self.problems[:_MOST_SHOWN]}
        return {**shown, "said": self.said} if self.said else shown


def actions_of(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A task's actions that may change something, in their order."""
    criteria = task.get("evaluation_criteria") or {}
    every = criteria.get("actions") or task.get("actions") or []
    return [action for action in every if action.get("name") in WRITING]


def run_task(task: Mapping[str, Any], data: Mapping[str, Any], app: Flask) -> Outcome:
    """Do one task in both shops and compare them; the product's must be fresh from the file."""
    runtime = held_by(app)
    outcome = Outcome(str(task.get("id", "?")))
    shop, services = Simulator(data), Services(runtime, f"task:{outcome.task}")
    for number, action in enumerate(actions_of(task), start=1):
        expected = _expected(shop, action, outcome)
        try:
            found = services.do(action["name"], _arguments(action))
        except Exception as error:  # noqa: BLE001 - whatever it was, the other tasks go on
            found = None
            outcome.problems.append(
                _problem(f"action {number}: {action['name']}", "done or refused", error)
            )
        if found is not None and bool(expected) != bool(found):
            outcome.problems.append(
                {
                    "where": f"action {number}: {action['name']}",
                    "expected": f"refused: {expected}" if expected else "done",
                    "found": f"refused: {found}" if found else "done",
                }
            )
    _compare(shop, runtime, outcome)
    return outcome


def talk_task(
    task: Mapping[str, Any], data: Mapping[str, Any], app: Flask, *, seed: int
) -> Outcome:
    """Let a customer talk one task through, and compare what became of it."""
    runtime = held_by(app)
    outcome = Outcome(str(task.get("id", "?")))
    shop = Simulator(data)
    for action in actions_of(task):
        _expected(shop, action, outcome)
    talks: list[Chat] = []

    def open_talk() -> Chat:
        talks.append(Chat(app, f"10.0.0.{len(talks) + 1}"))
        return talks[-1]

    try:
        work = partial(settle, runtime)
        retail_customer.play(task, data, seed, open_talk, outcome.said, work)
        settle(runtime)
    except Exception as error:  # noqa: BLE001 - as above
        outcome.problems.append(_problem("the conversation", "an answer", error))
    _compare(shop, runtime, outcome)
    return outcome


def _expected(shop: Simulator, action: Mapping[str, Any], outcome: Outcome) -> str:
    """Why the shop of the file refuses the action; empty when it did it."""
    outcome.actions += 1
    try:
        shop.do(action["name"], _arguments(action))
    except Refused as refused:
        outcome.refused += 1
        return str(refused)
    return ""


def _arguments(action: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = action.get("arguments") or action.get("kwargs") or {}
    return found


def _problem(where: str, expected: str, error: Exception) -> dict[str, Any]:
    found = f"{type(error).__name__}: {error}"[:_LONGEST]
    return {"where": where, "expected": expected, "found": found}


def _compare(shop: Simulator, runtime: Runtime, outcome: Outcome) -> None:
    with runtime.database.reading() as connection:
        after = retail_reading.read(connection)
        undone = retail_reading.undone(connection)
    outcome.problems += [
        {"where": f"step {step}", "expected": "done", "found": "open"} for step in undone
    ]
    outcome.problems += [one.as_json() for one in retail_state.differences(shop.state(), after)]
    outcome.problems += [one.as_json() for one in audit(runtime.database)]


#: Does one task in a shop that is fresh from the file.
Doing = Callable[[Mapping[str, Any], Mapping[str, Any], Flask], Outcome]


def run(
    tasks: Sequence[Mapping[str, Any]],
    data: Mapping[str, Any],
    database_url: str,
    do: Doing = run_task,
) -> list[Outcome]:
    """Every task on its own copy of a shop that is loaded once.

    Args:
        tasks: as the tasks file has them.
        data: the shop's file.
        database_url: a server where databases may be made and dropped.
        do: how each is done: ``run_task``, or ``talk_task`` with its seed.
    """
    with ExitStack() as stack:
        redis_url = stack.enter_context(a_valkey()).url
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retail-tasks-")))
        template = stack.enter_context(_a_database(database_url, "shop"))
        upgrade(template)
        with a_house(template, redis_url, folder) as app:
            fill(held_by(app), data)
        outcomes = []
        for number, task in enumerate(tasks):
            copy = stack.enter_context(ExitStack())
            url = copy.enter_context(_a_database(database_url, f"task_{number}", like=template))
            with copy, a_house(url, redis_url, folder) as app:
                # What is counted against limits belongs to the shop of the task before.
                redis.Redis.from_url(redis_url).flushall()
                outcomes.append(do(task, data, app))
        return outcomes


def fill(runtime: Runtime, data: Mapping[str, Any]) -> None:
    """Load the shop's file, with its policies, and let everything follow."""
    with runtime.unit_of_work(IMPORTER) as uow:
        load.load(uow, reading.read(json.dumps(data)), opening_stock=PLENTY)
    settle(runtime)


@contextmanager
def a_house(url: str, redis_url: str, folder: Path) -> Iterator[Flask]:
    """The whole product on one database, with a bank that answers at once."""
    bank = Bank()
    settings = Settings.from_env(
        {
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "a key for a scratch house, thirty-two characters and more",
            "STATE_DIR": str(folder),
            "DATABASE_POOL": "2",
            # As the shop's policy has it: a name and a zip code, or a mail, say who somebody is.
            "CHAT_IDENTITY": "name+postal mail+postal",
        }
    )
    app = create_app(settings, adapters={("payment", "card"): bank, ("payment", "paypal"): bank})
    try:
        yield app
    finally:
        held_by(app).database.close()


@contextmanager
def _a_database(server_url: str, name: str, *, like: str | None = None) -> Iterator[str]:
    """A scratch database on the server, dropped afterwards."""
    own = f"retail_tasks_{os.getpid()}_{name}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(own))
        if like is not None:
            template = sql.Identifier(urlsplit(like).path.lstrip("/"))
            made += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(template)
        connection.execute(made)
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{own}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(own)))


@contextmanager
def _a_server() -> Iterator[str]:
    """Where ``DATABASE_URL`` says, else a server of our own for as long as this runs."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        yield given
        return
    with a_postgres() as server:
        yield server.url("postgres")


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    writing = [one for one in outcomes if one.actions]
    return {
        "settled": sum(one.is_settled for one in outcomes),
        "total": len(outcomes),
        "with_writes": {
            "settled": sum(one.is_settled for one in writing),
            "total": len(writing),
        },
        "actions": sum(one.actions for one in outcomes),
        "refused": sum(one.refused for one in outcomes),
        "failures": [one.as_json() for one in outcomes if not one.is_settled],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.retail_tasks")
    parser.add_argument("tasks", type=Path, help="a JSON list of tasks")
    parser.add_argument("--data", type=Path, required=True, help="the shop's file")
    parser.add_argument("--through", choices=["services", "chat"], default="services")
    parser.add_argument("--seed", type=int, default=1, help="draws the words of the chat")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    given = parser.parse_args(arguments)
    tasks = json.loads(given.tasks.read_text(encoding="utf-8-sig"))
    data = json.loads(given.data.read_text(encoding="utf-8-sig"))
    do: Doing = run_task
    if given.through == "chat":
        do = partial(talk_task, seed=given.seed)
    try:
        with _a_server() as url:
            said = report(run(tasks, data, url, do))
    except Damaged as damaged:
        click.echo(f"The shop's file cannot be loaded: {damaged}", err=True)
        return 2
    if given.json:
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        click.echo(f"{said['settled']} / {said['total']} settled")
        for failure in said["failures"]:
            click.echo(f"task {failure['task']}")
            for one in failure["differs"]:
                click.echo(f"  {one}")
            for line in failure.get("said", ()):
                click.echo(f"  {line}")
    return 0 if said["settled"] == said["total"] else 1


if __name__ == "__main__":
    sys.exit(main())
