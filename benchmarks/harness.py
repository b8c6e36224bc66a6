"""What a measurement is, how it is found by name, and the real servers it runs on."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from migrations.run import upgrade
from oms_service.embedded.ports import LOCALHOST, a_free_port, is_answering
from oms_service.embedded.postgres import Postgres
from oms_service.embedded.valkey import Valkey

#: The parts of the product that are measured, in the order they run.
PARTS: Final = ("house", "orders", "eta", "cases", "bot", "slack", "pages", "notify")
_START_S: Final = 90.0
_STOP_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number.

    ``floor`` is what the same machine did in the same run with the least code that answers
    rightly, and ``ratio`` is ``value / floor``. The goal is for the ratio where there is a floor,
    else for the value; it is a least, or with ``at_most`` a most.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def ok(self) -> bool:
        if self.goal is None:
            return True
        judged = self.value if self.ratio is None else self.ratio
        return judged <= self.goal if self.at_most else judged >= self.goal

    def as_line(self) -> dict[str, Any]:
        """The fields of its JSON line."""
        shown = asdict(self)
        del shown["at_most"]
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return {**shown, "value": round(self.value, 3), "ratio": ratio, "ok": self.ok}


@dataclass(eq=False)
class Bench:
    """The servers of one run, started when first asked for and stopped at its end."""

    room: Path
    _ends: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def database_url(self) -> str:
        """A migrated database on a PostgreSQL of our own, as durable as the demo's."""
        self.tell("starting PostgreSQL")
        server = Postgres(self.room / "pg", self.room / "postgres.log")
        self._ends.append(server.stop)
        server.start()
        upgrade(server.url())
        return server.url()

    @cached_property
    def redis_url(self) -> str:
        """A Valkey of our own."""
        self.tell("starting Valkey")
        server = Valkey(self.room / "valkey", self.room / "valkey.log")
        self._ends.append(server.stop)
        server.start()
        return server.url

    @cached_property
    def environ(self) -> dict[str, str]:
        """What every process of the product is started with."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": "a key for measurements, thirty-two characters and more",
            "STATE_DIR": str(self.room / "state"),
            "LOG_LEVEL": "WARNING",
        }

    @contextmanager
    def serving(
        self, target: str, *, threads: int = 8, processes: int = 1
    ) -> Iterator[tuple[str, int]]:
        """One WSGI app under granian on a free port: where it is, as (host, port)."""
        host, port = LOCALHOST, a_free_port()
        command = (
            f"-m granian --interface wsgi --no-ws --host {host} --port {port} "
            f"--workers {processes} --blocking-threads {threads} --workers-kill-timeout 2 "
            f"--log-level warning {target}"
        )
        with self.running(command.split()):
            _await(port)
            yield host, port

    @contextmanager
    def running(
        self, arguments: list[str], *, more: Mapping[str, str] | None = None
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """A Python process of the product, such as ``["-m", "oms_service.relay"]``."""
        process = subprocess.Popen(  # noqa: S603 - our own module on our own interpreter
            [sys.executable, *arguments], env={**os.environ, **self.environ, **(more or {})}
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def tell(self, words: str) -> None:
        """Progress, for people."""
        sys.stderr.write(f"  {words} ...\n")
        sys.stderr.flush()

    def close(self) -> None:
        while self._ends:
            self._ends.pop()()


Measurement = Callable[[Bench], Iterator[Figure]]
_MEASUREMENTS: dict[str, list[Measurement]] = {}


def figure(part: str) -> Callable[[Measurement], Measurement]:
    """Measure with this function when ``part`` is asked for; it yields one figure or more."""
    if part not in PARTS:
        raise ValueError(f"no part named {part!r}")

    def add(measurement: Measurement) -> Measurement:
        _MEASUREMENTS.setdefault(part, []).append(measurement)
        return measurement

    return add


def measurements(part: str) -> tuple[Measurement, ...]:
    return tuple(_MEASUREMENTS.get(part, ()))


@contextmanager
def a_bench() -> Iterator[Bench]:
    """Servers for one run, and no trace of them after it."""
    with tempfile.TemporaryDirectory(prefix="order-desk-bench-") as room:
        bench = Bench(Path(room))
        try:
            yield bench
        finally:
            bench.close()


def _await(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while not is_answering(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.05)
