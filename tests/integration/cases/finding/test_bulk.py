"""Many cases at once: each once, whoever dies or runs beside, and what refuses is told."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from cases import queries as cases
from cases import service
from cases.finding import bulk
from cases.finding.bulk import BulkView
from cases.finding.events import CaseBulkStarted
from cases.finding.handling import Handling
from cases.finding.states import BulkAction, BulkState, ItemState
from cases.states import CaseState, Priority
from cases.taxonomy import queries as taxonomy
from cases.taxonomy import tags
from cases.views import CaseView
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.actors import SYSTEM, Actor, staff
from oms_service.kernel.errors import IllegalTransition, Invalid, NotFound
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.cases import make_agent, make_case
from tests.factories.shop import Shop
from tests.fakes.clock import StandingClock

KILLED = uuid.UUID(int=1)


@pytest.fixture
def me(runtime: Runtime, shop: Shop) -> Actor:
    with runtime.unit_of_work(SYSTEM) as uow:
        return staff(make_agent(uow, "ren@desk.example"))


def chosen(
    runtime: Runtime, me: Actor, of: list[CaseView], action: BulkAction, key: str = "k"
) -> BulkView:
    with runtime.unit_of_work(me) as uow:
        return bulk.choose(uow, [case.id for case in of], action, key=key)


def start(runtime: Runtime, me: Actor, made: BulkView, **given: str) -> BulkView:
    with runtime.unit_of_work(me) as uow:
        return bulk.start(uow, made.public_id, given)


def now(runtime: Runtime, me: Actor, made: BulkView) -> BulkView:
    with runtime.database.reading() as connection:
        return bulk.one(connection, made.public_id, me)


def undo(runtime: Runtime, me: Actor, made: BulkView) -> BulkView:
    with runtime.unit_of_work(me) as uow:
        return bulk.undo(uow, made.public_id)


def looks(runtime: Runtime, case: CaseView) -> tuple[object, ...]:
    """What a bulk can change of a case."""
    found = read(runtime, case)
    with runtime.database.reading() as connection:
        words = [one.name for one in taxonomy.tags_of(connection, [case.id]).get(case.id, ())]
    stands = found.state, found.snoozed_until, found.waiting_since
    return found.priority, found.queue_id, found.assignee_id, *stands, words


def read(runtime: Runtime, case: CaseView) -> CaseView:
    with runtime.database.reading() as connection:
        return cases.by_id(connection, case.id)


def outside(runtime: Runtime) -> Outside:
    return Outside(
        "key",
        ids.event_id(runtime.clock.now()),
        runtime.clock,
        runtime.database,
        runtime.adapters,
        lambda: runtime.unit_of_work(SYSTEM),
    )


def go_on(runtime: Runtime, made: BulkView) -> None:
    event = CaseBulkStarted(case_bulk_id=made.id, action=made.action, total=made.total)
    Handling(runtime.unit_of_work).go_on(outside(runtime), event)


def entries(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return int(connection.execute(text("SELECT count(*) FROM case_entries")).scalar_one())


def test_what_is_asked_for_is_done_with_each_case(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    asked: list[tuple[BulkAction, dict[str, str], Callable[[CaseView], object]]] = [
        (BulkAction.PRIORITY, {"priority": "urgent"}, lambda one: one.priority is Priority.URGENT),
        (BulkAction.QUEUE, {"queue": "returns"}, lambda one: one.queue_id == 2),
        (BulkAction.TAG, {"tag": "雪"}, lambda one: one.version > 1),
        (BulkAction.UNTAG, {"tag": "1"}, lambda one: one.version > 1),
        (BulkAction.SNOOZE, {"until": "2026-11-25T09:00:00+09:00"}, lambda one: one.snoozed_until),
        (BulkAction.ASSIGN, {"staff": me.id}, lambda one: one.assignee_id == int(me.id)),
        (
            BulkAction.RESOLVE,
            {"code": "answered", "note": "済み"},
            lambda one: one.state is CaseState.RESOLVED and one.resolution == "answered",
        ),
    ]
    for action, given, is_done in asked:
        made = chosen(runtime, me, many, action, key=action)
        assert (made.state, made.total, made.done) == (BulkState.DRAFTED, 5, 0)
        start(runtime, me, made, **given)
        settle(runtime)
        after = now(runtime, me, made)
        assert (after.state, after.done, after.skipped) == (BulkState.DONE, 5, 0), action
        assert all(is_done(read(runtime, case)) for case in many), action


def test_what_was_done_is_taken_back_and_each_case_is_what_it_was(
    runtime: Runtime, me: Actor, many: list[CaseView], clock: StandingClock
) -> None:
    with runtime.unit_of_work(me) as uow:
        colleague = make_agent(uow, "aoi@desk.example")
        service.assign(uow, many[0].id, colleague)
        tags.put(uow, many[0].id, "雪")
        service.take(uow, many[1].id)
    settle(runtime)
    asked: list[tuple[BulkAction, dict[str, str]]] = [
        (BulkAction.PRIORITY, {"priority": "urgent"}),
        (BulkAction.QUEUE, {"queue": "returns"}),
        (BulkAction.TAG, {"tag": "雪"}),
        (BulkAction.UNTAG, {"tag": "1"}),
        (BulkAction.ASSIGN, {"staff": me.id}),
        (BulkAction.SNOOZE, {"until": "2026-11-25T09:00:00+09:00"}),
    ]
    for action, given in asked:
        was = [looks(runtime, case) for case in many]
        made = chosen(runtime, me, many, action, key=action)
        start(runtime, me, made, **given)
        settle(runtime)
        after = now(runtime, me, made)
        assert (after.done, after.may_be_undone) == (5, True), action
        clock.advance(seconds=60)
        assert [looks(runtime, case) for case in many] != was, action
        back = undo(runtime, me, made)
        assert undo(runtime, me, made).public_id == back.public_id
        settle(runtime)
        ended = now(runtime, me, back)
        assert (ended.state, ended.done, ended.skipped) == (BulkState.DONE, 5, 0), action
        assert not ended.may_be_undone
        assert [looks(runtime, case) for case in many] == was, action


def test_what_somebody_changed_since_is_not_taken_back(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    settle(runtime)
    with runtime.unit_of_work(me) as uow:
        service.note(uow, many[0].id, "it is urgent indeed")
    back = undo(runtime, me, made)
    settle(runtime)
    assert (now(runtime, me, back).done, now(runtime, me, back).skipped) == (4, 1)
    assert read(runtime, many[0]).priority is Priority.URGENT
    assert read(runtime, many[1]).priority is many[1].priority


def test_what_was_settled_or_goes_on_or_is_anothers_is_not_taken_back(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    settled = chosen(runtime, me, many[:2], BulkAction.RESOLVE, key="settled")
    start(runtime, me, settled, code="answered", note="済み")
    settle(runtime)
    drafted = chosen(runtime, me, many[2:], BulkAction.PRIORITY, key="drafted")
    running = chosen(runtime, me, many[2:], BulkAction.TAG, key="running")
    start(runtime, me, running, tag="雪")
    with runtime.unit_of_work(me) as uow:
        bulk.next_one(uow, running.id)
    before = entries(runtime)
    for made in (settled, drafted, running):
        with pytest.raises(IllegalTransition):
            undo(runtime, me, made)
    with pytest.raises(NotFound):
        undo(runtime, SYSTEM, running)
    assert entries(runtime) == before


def test_taken_back_by_many_presses_at_once_it_is_one(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    settle(runtime)
    together = Barrier(4, timeout=20)

    def press(_: int) -> str:
        together.wait()
        return undo(runtime, me, made).public_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(press, range(4)))) == 1
    before = entries(runtime)
    settle(runtime)
    assert entries(runtime) - before == 5


def test_what_was_taken_back_is_forgotten_after_what_took_it_back(
    runtime: Runtime, me: Actor, many: list[CaseView], clock: StandingClock
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    settle(runtime)
    undo(runtime, me, made)
    settle(runtime)
    clock.advance(seconds=61 * 86_400)
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            assert bulk.forget_old(uow) == 1


def test_what_changed_since_or_is_settled_is_left_out_and_told(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    with runtime.unit_of_work(me) as uow:
        service.resolve(uow, many[0].id, code="answered", note="済み")
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    with runtime.database.reading() as connection:
        assert bulk.settled(connection, made.id) == 1
    with runtime.unit_of_work(me) as uow:
        service.note(uow, many[1].id, "wait")
    start(runtime, me, made, priority="high")
    settle(runtime)
    after = now(runtime, me, made)
    assert (after.state, after.done, after.skipped) == (BulkState.DONE, 3, 2)
    with runtime.database.reading() as connection:
        left = bulk.items(connection, made.id, state=ItemState.SKIPPED)
    assert [(one.number, one.why) for one in left] == [
        (many[0].number, "already-done"),
        (many[1].number, "stale-version"),
    ]
    assert read(runtime, many[1]).priority is not Priority.HIGH


def test_run_twice_and_by_two_at_once_each_case_is_done_once(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        more = [make_case(uow) for _ in range(15)]
    made = chosen(runtime, me, [*many, *more], BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    before = entries(runtime)
    together = Barrier(4, timeout=20)

    def work(_: int) -> None:
        together.wait()
        go_on(runtime, made)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    go_on(runtime, made)
    after = now(runtime, me, made)
    assert (after.state, after.done, after.skipped) == (BulkState.DONE, 20, 0)
    assert entries(runtime) - before == 20


def test_a_worker_that_dies_half_way_is_taken_over(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    for _ in range(2):
        with runtime.unit_of_work(me) as uow:
            bulk.next_one(uow, made.id)
    with runtime.database.session() as session:  # killed: it never commits
        bulk.next_one(UnitOfWork(session, runtime.clock, me, runtime.clock.now(), KILLED), made.id)
        session.rollback()
    assert now(runtime, me, made).done == 2
    before = entries(runtime)
    go_on(runtime, made)
    assert now(runtime, me, made).state is BulkState.DONE
    assert entries(runtime) - before == 3


def test_called_off_nothing_more_is_done(runtime: Runtime, me: Actor, many: list[CaseView]) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    with runtime.unit_of_work(me) as uow:
        bulk.next_one(uow, made.id)
    with runtime.unit_of_work(me) as uow:
        assert bulk.cancel(uow, made.public_id).state is BulkState.CANCELLED
    with runtime.unit_of_work(me) as uow:
        assert bulk.cancel(uow, made.public_id).done == 1
    settle(runtime)
    assert (now(runtime, me, made).state, now(runtime, me, made).done) == (BulkState.CANCELLED, 1)
    with pytest.raises(IllegalTransition):
        start(runtime, me, made, priority="urgent")


def test_asked_twice_it_is_one_and_started_twice_it_runs_once(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    assert chosen(runtime, me, many[:1], BulkAction.PRIORITY).public_id == made.public_id
    start(runtime, me, made, priority="urgent")
    start(runtime, me, made, priority="low")
    settle(runtime)
    with runtime.database.reading() as connection:
        started = connection.execute(
            text("SELECT count(*) FROM outbox WHERE name = 'case_bulk.started'")
        ).scalar_one()
    assert started == 1
    assert read(runtime, many[0]).priority is Priority.URGENT


def test_whoever_may_no_more_does_no_more(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    start(runtime, me, made, priority="urgent")
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE staff SET is_active = false"))
    settle(runtime)
    after = now(runtime, me, made)
    assert (after.state, after.done) == (BulkState.CANCELLED, 0)


def test_what_an_action_needs_is_checked_and_nothing_begins(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    before = entries(runtime)
    for nth, (action, given) in enumerate(
        [
            (BulkAction.ASSIGN, {"staff": "999999"}),
            (BulkAction.ASSIGN, {"staff": "9" * 30}),
            (BulkAction.QUEUE, {"queue": "nowhere"}),
            (BulkAction.PRIORITY, {}),
            (BulkAction.PRIORITY, {"priority": "x\0"}),
            (BulkAction.UNTAG, {"tag": "1"}),
            (BulkAction.TAG, {"tag": "x" * 300}),
            (BulkAction.RESOLVE, {"code": "refunded", "note": "x"}),
            (BulkAction.SNOOZE, {"until": "2020-01-01T00:00:00+00:00"}),
            (BulkAction.SNOOZE, {"until": "9999-12-31T00:00:00"}),
        ]
    ):
        made = chosen(runtime, me, many, action, key=f"k{nth}")
        with pytest.raises(Invalid):
            start(runtime, me, made, **given)
        assert now(runtime, me, made).state is BulkState.DRAFTED
    settle(runtime)
    assert entries(runtime) == before


def test_nobody_sees_or_starts_what_another_chose(
    runtime: Runtime, me: Actor, many: list[CaseView]
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    with pytest.raises(NotFound):
        now(runtime, SYSTEM, made)
    with pytest.raises(NotFound):
        start(runtime, SYSTEM, made, priority="low")


def test_no_case_and_too_many_are_refused(runtime: Runtime, me: Actor) -> None:
    for of in ([], [424242], list(range(1, 1002))):
        with pytest.raises(Invalid), runtime.unit_of_work(me) as uow:
            bulk.choose(uow, of, BulkAction.PRIORITY, key=f"k{len(of)}")


def test_old_drafts_are_forgotten(
    runtime: Runtime, me: Actor, many: list[CaseView], clock: StandingClock
) -> None:
    made = chosen(runtime, me, many, BulkAction.PRIORITY)
    clock.advance(seconds=2 * 86_400)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert bulk.forget_old(uow) == 1
        assert bulk.forget_old(uow) == 0
    with pytest.raises(NotFound):
        now(runtime, me, made)
