"""Clocks of real cases: derived, warned of once, raised, given on; and two sweeps at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from cases import queries as cases
from cases import service
from cases.models import CaseEntry
from cases.sla import queries
from cases.sla import service as answer_times
from cases.sla.clocks import ClockState, Metric
from cases.sla.queries import ClockView
from cases.states import EntryKind, Priority
from cases.views import CaseView
from oms_service.infra.outbox import OutboxRow
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

#: The first minute in which the desk is open: Monday is a holiday.
TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@pytest.fixture
def agent(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_agent(uow)


@pytest.fixture
def case(runtime: Runtime, agent: int) -> CaseView:
    """A chat that a person has to answer, opened on a Sunday."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        made = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
    drain(runtime)
    return made


def clocks(runtime: Runtime, case: CaseView) -> dict[tuple[Metric, int], ClockView]:
    drain(runtime)
    with runtime.database.reading() as connection:
        found = queries.clocks(connection, [case.id]).get(case.id, [])
    return {(one.metric, one.round): one for one in found}


def warn(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return answer_times.warn(uow)


def warnings(runtime: Runtime) -> list[tuple[str, int]]:
    with runtime.database.reading() as connection:
        rows = connection.execute(
            select(OutboxRow.payload)
            .where(OutboxRow.name == "case.sla_warned")
            .order_by(OutboxRow.id)
        ).scalars()
        return [(data["metric"], data["percent"]) for data in rows]


def test_a_case_opened_on_a_holiday_is_due_when_the_desk_opens(
    runtime: Runtime, case: CaseView
) -> None:
    found = clocks(runtime, case)
    assert {key: one.due_at for key, one in found.items()} == {
        (Metric.FIRST_RESPONSE, 1): TUESDAY + timedelta(minutes=15),
        (Metric.RESOLUTION, 1): TUESDAY + timedelta(hours=4),
    }


def test_answers_questions_and_waiting_move_the_clocks(
    runtime: Runtime, case: CaseView, agent: int, clock: StandingClock
) -> None:
    clock.set(TUESDAY + timedelta(minutes=10))
    with runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, case.id, "お調べします。", asks=True)
    found = clocks(runtime, case)
    assert found[Metric.FIRST_RESPONSE, 1].state is ClockState.STOPPED
    assert found[Metric.RESOLUTION, 1].state is ClockState.PAUSED
    clock.set(TUESDAY + timedelta(hours=5))
    with runtime.unit_of_work(SYSTEM) as uow:
        service.append(uow, case.id, "message")
    found = clocks(runtime, case)
    assert found[Metric.NEXT_RESPONSE, 1].due_at == TUESDAY + timedelta(hours=5, minutes=15)
    assert found[Metric.RESOLUTION, 1].due_at == TUESDAY + timedelta(hours=8, minutes=50)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.resolve(uow, case.id, code="answered", note="done")
    found = clocks(runtime, case)
    assert found[Metric.NEXT_RESPONSE, 1].state is ClockState.CANCELLED
    assert found[Metric.RESOLUTION, 1].state is ClockState.STOPPED
    assert not any(one.missed_at for one in found.values())


def test_each_share_is_told_once_even_after_a_long_sleep(
    runtime: Runtime, case: CaseView, clock: StandingClock
) -> None:
    assert warn(runtime) == 0
    clock.set(TUESDAY + timedelta(minutes=8))
    assert [warn(runtime), warn(runtime)] == [1, 0]
    assert warnings(runtime) == [("first_response", 50)]
    clock.set(TUESDAY + timedelta(hours=3))
    assert [warn(runtime), warn(runtime)] == [1, 0]
    assert sorted(warnings(runtime)) == [
        ("first_response", 50),
        ("first_response", 100),
        ("resolution", 50),
    ]
    with runtime.database.reading() as connection:
        now = cases.by_id(connection, case.id)
    assert now.priority is Priority.HIGH


def test_a_case_whose_time_runs_out_goes_to_a_colleague_with_room(
    runtime: Runtime, case: CaseView, agent: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = make_agent(uow, "ren@desk.example", name="鈴木 蓮")
    clock.set(TUESDAY + timedelta(minutes=12))
    warn(runtime)
    drain(runtime)
    with runtime.database.reading() as connection:
        now = cases.by_id(connection, case.id)
        entries = cases.entries(connection, case.id)
    assert (case.assignee_id, now.assignee_id) == (None, other)
    assert [one.data["why"] for one in entries if one.kind is EntryKind.ASSIGNED][-1] == (
        "time_runs_out"
    )
    assert agent != other


def test_a_promise_is_a_clock_of_its_own(
    runtime: Runtime, case: CaseView, agent: int, clock: StandingClock
) -> None:
    until = clock.now() + timedelta(hours=10)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.promise(uow, case.id, until)
    assert clocks(runtime, case)[Metric.PROMISE, 1].due_at == until
    clock.set(until + timedelta(seconds=1))
    warn(runtime)
    assert warnings(runtime) == [("promise", 100)]


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=366)])
def test_a_promise_lies_ahead_and_within_a_year(
    runtime: Runtime, case: CaseView, agent: int, clock: StandingClock, later: timedelta
) -> None:
    before = clocks(runtime, case)
    with pytest.raises(Invalid), runtime.unit_of_work(staff(agent)) as uow:
        service.promise(uow, case.id, clock.now() + later)
    assert clocks(runtime, case) == before


def test_an_edited_book_reaches_the_clocks_that_run(runtime: Runtime, case: CaseView) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text("UPDATE sla_policies SET targets = '{\"resolution\": 3600}', version = 2")
        )
        uow.session.execute(text("UPDATE sla_book SET version = version + 1"))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert answer_times.refresh_old(uow) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert answer_times.refresh_old(uow) == 0
    found = clocks(runtime, case)
    assert found[Metric.RESOLUTION, 1].due_at == TUESDAY + timedelta(hours=1)
    assert found[Metric.FIRST_RESPONSE, 1].state is ClockState.CANCELLED


def test_deriving_again_changes_nothing(runtime: Runtime, case: CaseView) -> None:
    before = clocks(runtime, case)
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            answer_times.refresh(uow, case.id)
    assert clocks(runtime, case) == before


def test_eight_sweeps_at_once_tell_each_share_once(
    runtime: Runtime, agent: int, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_case(uow) for _ in range(20)]
    drain(runtime)
    clock.set(TUESDAY + timedelta(minutes=8))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: warn(runtime), range(16)))
    assert sum(found) == len(made)
    assert len(warnings(runtime)) == len(made)
    with runtime.database.reading() as connection:
        told = connection.execute(
            select(func.count()).where(CaseEntry.kind == EntryKind.WARNED)
        ).scalar_one()
    assert told == len(made)
