"""Reactions: once, together with their row, in order, and never lost."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from structlog.contextvars import get_contextvars

from oms_service import relay as process
from oms_service.infra import fallout, relay
from oms_service.infra.outbox import Delivery, EffectRow, OutboxRow
from oms_service.infra.outbox import DeliveryState as State
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.events import Event, event
from oms_service.runtime import Runtime
from tests.fakes.clock import StandingClock


@event("test.happened", of="thing")
@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    thing_id: int
    step: int


@pytest.fixture(autouse=True)
def ledger(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        connection.execute(text("CREATE TABLE heard (id bigserial, thing int, step int)"))


def emit(runtime: Runtime, *events: Happened) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for one in events:
            uow.emit(one)


def heard(runtime: Runtime) -> list[tuple[int, int]]:
    with runtime.database.reading() as connection:
        rows = connection.execute(text("SELECT thing, step FROM heard ORDER BY id"))
        return [(row.thing, row.step) for row in rows]


def note(uow: UnitOfWork, event: Happened) -> None:
    uow.session.execute(
        text("INSERT INTO heard (thing, step) VALUES (:t, :s)"),
        {"t": event.thing_id, "s": event.step},
    )


def fail(uow: UnitOfWork, event: Happened) -> None:
    note(uow, event)
    uow.emit(Happened(thing_id=99, step=99))
    uow.session.flush()
    raise ZeroDivisionError


def test_a_reaction_runs_once_however_often_the_relay_looks(runtime: Runtime) -> None:
    runtime.subscribers.react(Happened, note)
    emit(runtime, Happened(thing_id=1, step=1))
    assert process.drain(runtime) == 1
    assert process.drain(runtime) == 0
    assert heard(runtime) == [(1, 1)]


def test_events_of_one_thing_stay_in_order_and_others_do_not_wait(runtime: Runtime) -> None:
    runtime.subscribers.react(Happened, note)
    emit(runtime, *(Happened(thing_id=t, step=s) for s in (1, 2, 3) for t in (1, 2)))
    assert process.drain(runtime) == 6
    assert heard(runtime) == [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]


def test_a_refused_transaction_leaves_no_event(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError), runtime.unit_of_work(SYSTEM) as uow:  # noqa: PT012
        uow.emit(Happened(thing_id=1, step=1))
        raise RuntimeError
    with runtime.database.looking() as session:
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 0


def test_a_failing_reaction_undoes_itself_alone_and_its_thing_waits(
    runtime: Runtime, clock: StandingClock
) -> None:
    runtime.subscribers.react(Happened, fail)
    runtime.subscribers.react(Happened, note)
    emit(runtime, Happened(thing_id=1, step=1), Happened(thing_id=1, step=2))
    process.drain(runtime)
    assert heard(runtime) == [(1, 1)]
    clock.advance(seconds=1)
    process.drain(runtime)
    assert heard(runtime) == [(1, 1)]
    with runtime.database.looking() as session:
        assert session.scalar(select(func.count()).select_from(OutboxRow)) == 2


def test_what_ran_before_a_failing_reaction_has_happened_once_with_all_that_it_told(
    runtime: Runtime, clock: StandingClock
) -> None:
    def pass_on(uow: UnitOfWork, event: Happened) -> None:
        note(uow, event)
        if event.step == 1:
            uow.emit(Happened(thing_id=2, step=2))

    runtime.subscribers.react(Happened, pass_on)
    runtime.subscribers.react(Happened, fail)
    emit(runtime, Happened(thing_id=1, step=1))
    for wait_s in (0, *relay.BACKOFF_S):
        clock.advance(seconds=wait_s)
        process.drain(runtime)
    assert heard(runtime) == [(1, 1), (2, 2)]
    with runtime.database.looking() as session:
        assert (
            len(session.scalars(select(OutboxRow).where(OutboxRow.name == "test.happened")).all())
            == 2
        )


def test_what_keeps_failing_becomes_fallout_then_the_thing_goes_on_and_retry_brings_it_back(
    runtime: Runtime, clock: StandingClock
) -> None:
    runtime.subscribers.react(Happened, fail, owner="lead")
    emit(runtime, Happened(thing_id=1, step=1))
    for wait_s in (0, *relay.BACKOFF_S):
        clock.advance(seconds=wait_s)
        process.drain(runtime)
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
        assert session.scalar(select(OutboxRow.reacted_at)) is not None
    assert (entry.owner, entry.what, entry.attempts) == ("lead", "test.happened thing:1", 6)
    assert entry.cause.startswith("ZeroDivisionError at tests.")

    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.retry(uow, entry.id)
    runtime.subscribers._reactions["test.happened"][entry.step] = note
    assert process.drain(runtime) == 2  # and what tells that it waits for nobody any more
    assert heard(runtime) == [(1, 1)]
    with runtime.database.looking() as session:
        assert set(session.scalars(select(Delivery.state))) == {State.DONE}
        assert fallout.waiting(session) == []


def test_what_a_reaction_emits_names_its_cause(runtime: Runtime) -> None:
    def chain(uow: UnitOfWork, event: Happened) -> None:
        if event.step == 1:
            uow.emit(Happened(thing_id=event.thing_id, step=2))

    runtime.subscribers.react(Happened, chain)
    emit(runtime, Happened(thing_id=1, step=1))
    process.drain(runtime)
    with runtime.database.looking() as session:
        first, second = session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
    assert second.causation_id == first.event_id
    assert second.correlation_id == first.correlation_id


def test_what_reactions_and_effects_log_names_the_event(runtime: Runtime) -> None:
    seen: list[dict[str, object]] = []

    def listen(uow: UnitOfWork, event: Happened) -> None:
        seen.append(get_contextvars())

    def tell(outside: Outside, event: Happened) -> None:
        seen.append(get_contextvars())

    runtime.subscribers.react(Happened, listen)
    runtime.subscribers.effect(Happened, tell)
    emit(runtime, Happened(thing_id=1, step=1))
    ((effect_id, _),) = relay.react_once(runtime.unit_of_work, runtime.subscribers).effects
    relay.run_effect(runtime.tools, effect_id)
    with runtime.database.looking() as session:
        row = session.scalars(select(OutboxRow)).one()
    named = {"event_id": str(row.event_id), "correlation_id": str(row.correlation_id)}
    assert seen == [named, {**named, "effect_id": effect_id}]
    assert "event_id" not in get_contextvars()


def test_an_effect_runs_with_no_transaction_open_and_once_only(runtime: Runtime) -> None:
    keys = []

    def tell(outside: Outside, event: Happened) -> None:
        with outside.database.reading() as connection:
            idle = connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state LIKE 'idle in transaction%'"
                )
            ).scalar_one()
        assert idle == 0
        keys.append(outside.key)

    runtime.subscribers.effect(Happened, tell)
    emit(runtime, Happened(thing_id=1, step=1))
    (effect,) = relay.react_once(runtime.unit_of_work, runtime.subscribers).effects
    assert relay.run_effect(runtime.tools, effect[0]) is True
    assert relay.run_effect(runtime.tools, effect[0]) is False
    assert len(keys) == 1


def test_a_failing_effect_comes_back_with_the_same_key_and_then_becomes_fallout(
    runtime: Runtime, clock: StandingClock
) -> None:
    keys = []

    def tell(outside: Outside, event: Happened) -> None:
        keys.append(outside.key)
        raise ConnectionError

    runtime.subscribers.effect(Happened, tell)
    emit(runtime, Happened(thing_id=1, step=1))
    ((effect_id, _),) = relay.react_once(runtime.unit_of_work, runtime.subscribers).effects
    for wait_s in (*relay.BACKOFF_S, 0):
        assert relay.run_effect(runtime.tools, effect_id) is False
        clock.advance(seconds=wait_s)
    assert len(keys) == 6
    assert len(set(keys)) == 1
    with runtime.database.looking() as session:
        assert session.scalar(select(EffectRow.state)) is State.PARKED
        assert [entry.kind for entry in fallout.waiting(session)] == ["effect"]


def test_a_batch_that_takes_long_lets_go_of_what_it_holds_and_the_next_goes_on(
    runtime: Runtime,
) -> None:
    runtime.subscribers.react(Happened, note)
    emit(runtime, *(Happened(thing_id=thing, step=1) for thing in (1, 2, 3)))
    at_once = timedelta(0)
    batches = [
        relay.react_once(runtime.unit_of_work, runtime.subscribers, longest=at_once)
        for _ in range(4)
    ]
    assert [one.events for one in batches] == [1, 1, 1, 0]
    assert heard(runtime) == [(1, 1), (2, 1), (3, 1)]


def test_an_effect_that_never_reached_the_queue_is_sent_when_it_is_due(
    runtime: Runtime, clock: StandingClock
) -> None:
    runtime.subscribers.effect(Happened, lambda outside, event: None)
    emit(runtime, Happened(thing_id=1, step=1))
    relay.react_once(runtime.unit_of_work, runtime.subscribers)
    assert relay.send_due(runtime.unit_of_work, runtime.jobs) == 0
    clock.advance(seconds=16)
    assert relay.send_due(runtime.unit_of_work, runtime.jobs) == 1
    assert runtime.jobs.waiting() == {"effects": 1}
