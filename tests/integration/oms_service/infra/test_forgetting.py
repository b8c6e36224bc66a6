"""Old events go; what still waits for somebody stays."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from oms_service.infra import fallout, relay, sweeps
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.events import Event, event
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.fakes.clock import StandingClock


@event("test.remembered", of="thing")
@dataclass(frozen=True, kw_only=True)
class Remembered(Event):
    thing_id: int


def fail(uow: UnitOfWork, event: Remembered) -> None:
    if event.thing_id == 1:
        raise ZeroDivisionError


def forget(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        sweeps.forget_old_events(uow, uow.now - timedelta(days=60), 100)
        return uow.session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def test_an_old_event_is_kept_while_a_person_may_still_retry_it(
    runtime: Runtime, clock: StandingClock
) -> None:
    runtime.subscribers.react(Remembered, fail)
    with runtime.unit_of_work(SYSTEM) as uow:
        for thing in (1, 2):
            uow.emit(Remembered(thing_id=thing))
    for wait_s in (0, *relay.BACKOFF_S):
        clock.advance(seconds=wait_s)
        drain(runtime)
    clock.advance(days=61)
    assert forget(runtime) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        (failed,) = fallout.waiting(uow.session)
        fallout.retry(uow, failed.id)
    assert drain(runtime) == 2  # and what tells that it waits for nobody any more


def test_a_run_that_was_overtaken_does_not_undo_the_one_that_took_over(
    runtime: Runtime, clock: StandingClock
) -> None:
    ran: list[str] = []

    def slow(outside: Outside, event: Remembered) -> None:
        ran.append("slow" if not ran else "quick")
        if len(ran) == 1:
            clock.advance(seconds=runtime.settings.effect_lease_s + 1)
            assert relay.run_effect(runtime.tools, 1)
            raise TimeoutError

    runtime.subscribers.effect(Remembered, slow)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.emit(Remembered(thing_id=7))
    drain(runtime)
    assert not relay.run_effect(runtime.tools, 1)
    clock.advance(hours=1)
    assert not relay.run_effect(runtime.tools, 1)
    assert ran == ["slow", "quick"]
