"""Who gets a case, also when everybody asks at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import text

from cases import queries, service
from cases.routing import assignment
from cases.states import EntryKind
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case


def set_capacity(runtime: Runtime, capacity: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE agents SET capacity = :n"), {"n": capacity})


def test_fifty_cases_among_eight_threads_none_twice_none_over_capacity(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agents = [make_agent(uow, f"agent{n}@desk.example") for n in range(4)]
        cases = [make_case(uow).id for _ in range(50)]
    set_capacity(runtime, 20)  # a chat takes two
    together = Barrier(8, timeout=20)

    def give_out(thread: int) -> list[tuple[int, int]]:
        together.wait()
        given = []
        # Every thread tries every case, each from a place of its own.
        for case_id in cases[thread * 6 :] + cases[: thread * 6]:
            with runtime.unit_of_work(SYSTEM) as uow:
                staff_id = assignment.assign(uow, case_id)
            if staff_id is not None:
                given.append((case_id, staff_id))
        return given

    with ThreadPoolExecutor(8) as pool:
        given = [one for found in pool.map(give_out, range(8)) for one in found]
    assert len(given) == len({case_id for case_id, _ in given})
    with runtime.unit_of_work(SYSTEM) as uow:
        left = assignment.assign_waiting(uow)
    assert len(given) + left == 40
    with runtime.database.reading() as connection:
        had = [queries.by_id(connection, case_id).assignee_id for case_id in cases]
    assert Counter(had) == dict.fromkeys(agents, 10) | {None: 10}


def test_it_goes_to_who_speaks_the_language_and_says_why(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        aoi = make_agent(uow)
        grace = make_agent(uow, "grace@desk.example", language=Language.ENGLISH)
        case = make_case(uow, language=Language.ENGLISH)
    drain(runtime)
    with runtime.database.reading() as connection:
        assert queries.by_id(connection, case.id).assignee_id == grace
        (said,) = [
            entry.data
            for entry in queries.entries(connection, case.id)
            if entry.kind is EntryKind.ASSIGNED
        ]
    assert said["to"] == grace
    assert said["why"] == "only_one"
    assert sorted(said["considered"]) == sorted([[grace, "chosen"], [aoi, "no_language"]])


def test_what_found_nobody_is_given_out_when_somebody_has_room(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        first, second = make_case(uow), make_case(uow)
    set_capacity(runtime, 3)  # a chat takes two
    drain(runtime)
    with runtime.database.reading() as connection:
        given = {n: queries.by_id(connection, n).assignee_id for n in (first.id, second.id)}
    assert sorted(given.values(), key=str) == [agent, None]
    (mine,) = [one for one, who in given.items() if who == agent]
    (other,) = [one for one, who in given.items() if who is None]
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, mine, code="recovered")
    drain(runtime)
    with runtime.database.reading() as connection:
        assert queries.by_id(connection, other).assignee_id == agent
