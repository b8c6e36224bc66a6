"""Any part may be killed at any moment: nothing is lost, no reaction is doubled."""

import http.client
import itertools
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from oms_service.embedded.crew import Program, begin
from oms_service.embedded.ports import LOCALHOST, free_ports
from oms_service.embedded.postgres import Postgres
from oms_service.embedded.processes import Child
from oms_service.embedded.valkey import Valkey
from tests.concurrency.programs import LINES, TABLES
from tests.running import the_nursery

#: How long parts are being killed, in seconds; then everything may finish.
CHAOS_S = 8
PATIENCE_S = 60


class Programs:
    """Child processes by name, started again whenever they are killed."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self._environ = {**os.environ, **environ}
        self._log = log.open("ab")
        self._commands: dict[str, list[str]] = {}
        self._running: dict[str, Child] = {}

    def start(self, name: str, *command: str) -> None:
        self._commands[name] = list(command)
        program = Program(name, (sys.executable, *command))
        self._running[name] = begin(program, self._log.fileno(), self._environ, the_nursery())

    def kill(self, name: str) -> None:
        child = self._running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, 9)
        child.wait()
        self.start(name, *self._commands[name])

    def revive(self) -> None:
        """Start again what ended by itself, as a supervisor would."""
        for name, child in list(self._running.items()):
            if child.poll() is not None:
                self.start(name, *self._commands[name])

    def stop(self) -> None:
        for child in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(child.pid, 9)
            child.wait()
        self._log.close()


class Asking(threading.Thread):
    """A client that asks for 0, 1, 2, ... and repeats each until it is answered."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._stopped = threading.Event()
        self.answered = 0

    def run(self) -> None:
        for n in itertools.count():
            while not self._ask(n):
                if self._stopped.is_set():
                    return
            self.answered = n + 1
            if self._stopped.is_set():
                return

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _ask(self, n: int) -> bool:
        connection = http.client.HTTPConnection(LOCALHOST, self._port, timeout=5)
        try:
            connection.request("GET", f"/ask/{n}")
            return connection.getresponse().status == 204
        except (OSError, http.client.HTTPException):
            self._stopped.wait(0.05)
            return False
        finally:
            connection.close()


@contextmanager
def the_house(postgres: Postgres, valkey: Valkey, folder: Path) -> Iterator[tuple[Programs, int]]:
    (port,) = free_ports(1)
    programs = Programs(
        {
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": valkey.url,
            "SECRET_KEY": "a key for tests, thirty-two characters and more",
            "EFFECT_LEASE_S": "3",
            "LOG_LEVEL": "WARNING",
        },
        folder / "programs.log",
    )
    program = ("-m", "tests.concurrency.programs")
    programs.start("relay", *program, "relay")
    programs.start("relay beside it", *program, "relay")
    programs.start("worker", *program, "worker")
    programs.start(
        "web", "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", LOCALHOST,
        "--port", str(port), "--workers", "1", "--blocking-threads", "4",
        "tests.concurrency.programs:app",
    )  # fmt: skip
    try:
        yield programs, port
    finally:
        programs.stop()


def rows(url: str, query: str) -> list[tuple[int, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def wait_until(claim: Callable[[], bool], programs: Programs, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        programs.revive()
        with suppress(psycopg.OperationalError):
            if claim():
                return
        time.sleep(0.1)
    pytest.fail(f"not done after {PATIENCE_S} s:\n{log.read_text()[-3000:]}")


def test_killing_every_part_loses_nothing_and_doubles_no_reaction(
    own_postgres: Postgres, own_valkey: Valkey, tmp_path: Path
) -> None:
    with psycopg.connect(own_postgres.url()) as connection:
        connection.execute(TABLES)
    dice = random.Random(20261122)  # noqa: S311 - chance, not secrecy
    kills: Counter[str] = Counter()
    with the_house(own_postgres, own_valkey, tmp_path) as (programs, port):
        asking = Asking(port)
        asking.start()
        wait_until(lambda: asking.answered > 0, programs, tmp_path / "programs.log")
        ends = time.monotonic() + CHAOS_S
        victims = itertools.cycle(["relay", "worker", "web", "broker", "database"])
        while time.monotonic() < ends:
            time.sleep(dice.uniform(0.2, 1.0))
            victim = next(victims)
            if victim == "broker":
                own_valkey.kill()
                own_valkey.start()
            elif victim == "database":
                own_postgres.kill()
                own_postgres.start()
            else:
                programs.kill(victim)
            programs.revive()
            kills[victim] += 1
        asking.stop()
        url = own_postgres.url()

        def settled() -> bool:
            waiting = rows(url, "SELECT count(*) FROM outbox WHERE reacted_at IS NULL")
            effects = rows(url, "SELECT count(*) FROM effects WHERE state <> 'done'")
            return waiting == effects == [(0,)]

        wait_until(settled, programs, tmp_path / "programs.log")

    asked = [n for (n,) in rows(url, "SELECT n FROM asked ORDER BY n")]
    heard = rows(url, "SELECT line, n FROM heard ORDER BY id")
    assert len(asked) >= asking.answered > 50
    assert min(kills.values()) >= 1
    assert sorted(n for _, n in heard) == asked
    for line in range(LINES):
        of_line = [n for at, n in heard if at == line]
        assert of_line == sorted(of_line)
    told = Counter(n for (n,) in rows(url, "SELECT n FROM told"))
    assert sorted(told) == asked
    keys = rows(url, "SELECT count(DISTINCT key), count(DISTINCT n) FROM told")
    assert keys == [(len(asked), len(asked))]
    assert rows(url, "SELECT count(*) FROM fallout") == [(0,)]
