"""The foundation: how fast facts are reacted to, and what a process costs before it works.

The relay measured is the program that the kill tests run: the product's own loop with one more
subscriber, whose reaction writes one row.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import text

from benchmarks.harness import Bench, Figure, figure
from oms_service.app import build_runtime
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.concurrency.programs import TABLES, Asked

EVENTS: Final = 3_000
AGGREGATES: Final = 600
SINGLE_EVENTS: Final = 200
IMPORTS: Final = 5
PATIENCE_S: Final = 60.0
RELAY: Final = ["-m", "tests.concurrency.programs", "relay"]


@figure("house")
def app_import(bench: Bench) -> Iterator[Figure]:
    """Seconds from a cold interpreter to a built app; the best of some runs."""
    seconds = []
    for _ in range(IMPORTS):
        began = time.perf_counter()
        with bench.running(["-c", "import oms_service.wsgi"]) as process:
            if process.wait(PATIENCE_S):
                raise RuntimeError("the app cannot be imported")
            seconds.append(time.perf_counter() - began)
    yield Figure(name="app_import", value=min(seconds), unit="s", goal=1.5, at_most=True)


@figure("house")
def idle_worker_memory(bench: Bench) -> Iterator[Figure]:
    """Memory of a worker that waits for work, in megabytes it shares with nobody or partly."""
    with _a_runtime(bench) as runtime, bench.running(["-m", "oms_service.worker"]) as worker:
        _until(lambda: runtime.jobs.workers() == 1, "the worker has not signed on")
        memory = Path(f"/proc/{worker.pid}/smaps_rollup").read_text()
    kilobytes = int(memory.split("Pss:")[1].split()[0])
    yield Figure(
        name="idle_worker_memory", value=kilobytes / 1024, unit="MB", goal=200, at_most=True
    )


@figure("house")
def reactions(bench: Bench) -> Iterator[Figure]:
    """Reactions a second of one relay with a backlog, and the wait of a single fact."""
    with _a_runtime(bench) as runtime:
        _prepare(runtime)
        with runtime.unit_of_work(SYSTEM) as uow:
            for n in range(EVENTS):
                uow.emit(Asked(line_id=n % AGGREGATES, n=n))
        with bench.running(RELAY):
            _until(lambda: _heard(runtime) > 0, "the relay has not begun")
            began, first = time.perf_counter(), _heard(runtime)
            _until(lambda: _heard(runtime) == EVENTS, "the relay has not finished")
            seconds = time.perf_counter() - began
            waits = [_wait_of_one(runtime, EVENTS + n) for n in range(SINGLE_EVENTS)]
    yield Figure(
        name="reactions_per_s", value=(EVENTS - first) / seconds, unit="reactions/s", goal=300
    )
    waits.sort()
    yield Figure(
        name="commit_to_reaction",
        value=statistics.median(waits) * 1000,
        unit="ms p50",
        goal=50,
        at_most=True,
    )
    yield Figure(
        name="commit_to_reaction_p95", value=waits[int(len(waits) * 0.95)] * 1000, unit="ms p95"
    )


@contextmanager
def _a_runtime(bench: Bench) -> Iterator[Runtime]:
    runtime = build_runtime(Settings.from_env(bench.environ))
    try:
        yield runtime
    finally:
        runtime.database.close()


def _prepare(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("DROP TABLE IF EXISTS asked, heard, told"))
        uow.session.execute(text(TABLES))


def _heard(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM heard")).scalar_one())


def _wait_of_one(runtime: Runtime, n: int) -> float:
    """Seconds from the return of a commit until another connection sees the reaction's row."""
    seen = text("SELECT 1 FROM heard WHERE n = :n AND id > :least")
    with runtime.database.reading() as connection:
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.emit(Asked(line_id=n, n=n))
        began = time.perf_counter()
        while connection.execute(seen, {"n": n, "least": n - 500}).scalar() is None:
            if time.perf_counter() - began > PATIENCE_S:
                raise TimeoutError("a fact was not reacted to")
        return time.perf_counter() - began


def _until(claim: Callable[[], bool], otherwise: str) -> None:
    deadline = time.perf_counter() + PATIENCE_S
    while not claim():
        if time.perf_counter() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.005)
