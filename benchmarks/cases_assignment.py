"""Cases to colleagues: how soon after it was opened, and how many a second among many at once.

The latency goes through the product's own relay process; the rate is that of twelve threads which
give out ten thousand waiting cases, and none may be given twice or to somebody who is full.
"""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.harness import Bench, Figure, figure
from cases import opening
from cases.routing import agents as whom
from cases.routing import assignment
from oms_service.access import staff
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.queries import staff_by_mail
from oms_service.access.states import Role
from oms_service.app import build_runtime
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings

THREADS: Final = 12
CASES: Final = 10_000
AGENTS: Final = 100
CAPACITY: Final = 110
SINGLES: Final = 100
PATIENCE_S: Final = 60.0
#: Mail: each case takes one of somebody's room.
CHANNEL: Final = "mail"


@figure("cases")
def assignment_latency(bench: Bench) -> Iterator[Figure]:
    """Milliseconds from the commit of a case until somebody has it, with a relay as it runs."""
    with _a_runtime(bench) as runtime:
        _prepare(runtime)
        with bench.running(["-m", "oms_service.relay"]):
            waits = sorted(_wait_of_one(runtime) for _ in range(SINGLES))
    yield Figure(
        name="assignment_latency",
        value=waits[int(SINGLES * 0.95)] * 1000,
        unit="ms p95",
        goal=1000,
        at_most=True,
    )


@figure("cases")
def assignment_rate(bench: Bench) -> Iterator[Figure]:
    """Cases given out a second by twelve threads; who has what is counted afterwards."""
    with _a_runtime(bench) as runtime:
        first = _prepare(runtime)
        with runtime.unit_of_work(SYSTEM) as uow:
            _copy(uow.session, first, CASES)
        before = _given(runtime)
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            given = sum(pool.map(lambda _: _give_out(runtime), range(THREADS)))
        seconds = time.perf_counter() - began
        _prove(runtime, given=given, before=before)
    yield Figure(name="assignment_rate", value=given / seconds, unit="cases/s", goal=200)


@contextmanager
def _a_runtime(bench: Bench) -> Iterator[Runtime]:
    runtime = build_runtime(Settings.from_env(bench.environ))
    try:
        yield runtime
    finally:
        runtime.database.close()


def _prepare(runtime: Runtime) -> int:
    """Colleagues with room, and a case nobody has yet as a pattern; its id."""
    with runtime.unit_of_work(SYSTEM) as uow:
        if staff_by_mail(uow.session, "bench0@desk.example") is None:
            for n in range(AGENTS):
                staff.add(
                    uow,
                    mail=f"bench{n}@desk.example",
                    name=f"Bench {n}",
                    password=PASSWORD,
                    roles=[Role.AGENT],
                    language=Language.JAPANESE,
                )
        whom.ensure(uow)
        uow.session.execute(text("UPDATE agents SET capacity = :n"), {"n": CAPACITY})
        case = opening.open_case(uow, reason="other", language=Language.JAPANESE, channel=CHANNEL)
    return case.id


def _wait_of_one(runtime: Runtime) -> float:
    """Seconds from the return of a commit until another connection sees who has the case."""
    seen = text("SELECT assignee_id FROM cases WHERE id = :id")
    with runtime.database.reading() as connection:
        with runtime.unit_of_work(SYSTEM) as uow:
            case = opening.open_case(
                uow, reason="other", language=Language.JAPANESE, channel=CHANNEL
            )
        began = time.perf_counter()
        while connection.execute(seen, {"id": case.id}).scalar() is None:
            if time.perf_counter() - began > PATIENCE_S:
                raise TimeoutError("nobody was given the case")
            time.sleep(0.002)
        return time.perf_counter() - began


def _give_out(runtime: Runtime) -> int:
    """One thread's share: it stops when twice nothing was left for it."""
    given = idle = 0
    while idle < 2:
        with runtime.unit_of_work(SYSTEM) as uow:
            found = assignment.assign_waiting(uow)
        given, idle = given + found, 0 if found else idle + 1
    return given


def _given(runtime: Runtime) -> Counter[int]:
    """How often each case was given to somebody, by its record."""
    with runtime.database.reading() as connection:
        rows = connection.execute(
            text("SELECT case_id FROM case_entries WHERE kind = 'assigned'")
        ).scalars()
        return Counter(rows)


def _prove(runtime: Runtime, *, given: int, before: Counter[int]) -> None:
    new = _given(runtime) - before
    assert sum(new.values()) == len(new) == given, "a case was given twice"
    with runtime.database.reading() as connection:
        full: list[Any] = list(
            connection.execute(
                text(
                    "SELECT a.staff_id FROM agents a LEFT JOIN cases c ON c.assignee_id ="
                    " a.staff_id AND c.state NOT IN ('resolved', 'closed') GROUP BY a.staff_id"
                    " HAVING coalesce(sum(weight_of_channel(c.channel)) FILTER"
                    " (WHERE c.id IS NOT NULL), 0) <> a.load OR a.load > a.capacity"
                )
            )
        )
    assert not full, "somebody carries more than they can, or is miscounted"
    assert given >= CASES, "cases were left although there was room"


def _copy(session: Session, case_id: int, times: int) -> None:
    """Further cases like one, with nobody yet."""
    columns = "reason, state, priority, queue_id, language, channel, snapshot, wanted, failed_rule"
    more = "opened_at, opened_by, waiting_since, resolution, version, is_internal"
    session.execute(
        text(
            f"INSERT INTO cases (number, {columns}, {more})"  # noqa: S608 - our own columns
            f" SELECT 'C-copy-' || n, {columns}, {more}"
            " FROM cases, generate_series(1, :times) n WHERE id = :id"
        ),
        {"times": times, "id": case_id},
    )
