"""Twelve threads give out cases while others settle them: none twice, none over capacity."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from cases.routing import agents as whom
from cases.routing import assignment
from cases.routing.service import set_weights
from oms_service.kernel.actors import SYSTEM
from oms_service.operations import reconcile
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case

THREADS, CASES, AGENTS, CAPACITY = 12, 600, 20, 25
LOADS = "colleagues carry what their open cases weigh"


def test_twelve_threads_give_none_twice_and_nobody_too_much(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for n in range(AGENTS):
            make_agent(uow, f"agent{n}@desk.example")
        first = make_case(uow)
        set_weights(uow, {"webchat": 1})
        uow.session.execute(text("UPDATE agents SET capacity = :n"), {"n": CAPACITY})
        _copy(uow.session, first.id, CASES - 1)
    together = Barrier(THREADS, timeout=20)

    def give_out(thread: int) -> int:
        together.wait()
        given = idle = 0
        while idle < 3:
            with runtime.unit_of_work(SYSTEM) as uow:
                found = assignment.assign_waiting(uow, 10 + thread)
            given, idle = given + found, 0 if found else idle + 1
        return given

    with ThreadPoolExecutor(THREADS) as pool:
        given = sum(pool.map(give_out, range(THREADS)))
    with runtime.unit_of_work(SYSTEM) as uow:
        given += assignment.assign_waiting(uow, CASES)
    with runtime.database.reading() as connection:
        rows = connection.execute(text("SELECT id, assignee_id FROM cases")).all()
        entries = connection.execute(
            text("SELECT case_id FROM case_entries WHERE kind = 'assigned'")
        ).scalars()
        times = Counter(entries)
        loads = connection.execute(text("SELECT load FROM agents")).scalars().all()
    had = Counter(row.assignee_id for row in rows)
    assert given == AGENTS * CAPACITY
    assert had.pop(None) == CASES - AGENTS * CAPACITY
    assert set(had.values()) == set(loads) == {CAPACITY}
    assert set(times.values()) == {1}
    # The copies never went through opening, so the lists of the desk do not know them.
    assert LOADS not in {one.check for one in reconcile.audit(runtime.database)}


def test_a_counter_that_was_broken_is_found_and_mended(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_agent(uow)
        case = make_case(uow)
        assignment.assign(uow, case.id)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE agents SET load = 7"))
    (found,) = reconcile.audit(runtime.database)
    assert found.check == LOADS
    assert (found.expected, found.found) == (2, 7)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert whom.mend(uow) == 1
    assert reconcile.audit(runtime.database) == ()


def _copy(session: object, case_id: int, times: int) -> None:
    """Further cases like one, with everything that tables ask of them."""
    columns = "reason, state, priority, queue_id, language, channel, snapshot, wanted, failed_rule"
    more = "opened_at, opened_by, waiting_since, resolution, version, is_internal"
    session.execute(  # type: ignore[attr-defined]  # a session
        text(
            f"INSERT INTO cases (number, {columns}, {more})"  # noqa: S608 - our own columns
            f" SELECT 'C-copy-' || n, {columns}, {more}"
            " FROM cases, generate_series(1, :times) n WHERE id = :id"
        ),
        {"times": times, "id": case_id},
    )
