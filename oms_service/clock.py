"""The clock process: sweeps, one at a time in the whole house, under an advisory lock."""

import time
from typing import Final

import structlog
from sqlalchemy import text

from oms_service.infra.db import is_in_the_way
from oms_service.infra.fallout import cause_of
from oms_service.infra.sweeps import Sweep
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import PASSING, Stop, held_by, keep_going, start
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

LOCK: Final = 727_002
TICK_S: Final = 1.0


class Clock:
    """Runs each sweep when its time has come; a second clock finds the lock taken and waits."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._next: dict[str, float] = {}

    def step(self) -> None:
        for sweep in self._runtime.sweeps.all():
            if time.monotonic() >= self._next.get(sweep.name, 0.0):
                self._next[sweep.name] = time.monotonic() + sweep.every_s
                self._run_alone(sweep)

    def run(self, stop: Stop) -> None:
        def work() -> None:
            self.step()
            stop.wait(TICK_S)

        keep_going(stop, work)

    def _run_alone(self, sweep: Sweep) -> None:
        """What one sweep cannot do keeps no other from its duty; it tries again in its time."""
        try:
            is_mine = self._run(sweep)
        except Exception as error:
            if isinstance(error, PASSING) and not is_in_the_way(error):
                raise
            self._note(sweep, is_done=False)
            log.error("sweep.broke", sweep=sweep.name, cause=cause_of(error))  # noqa: TRY400 - a trace may quote a customer
        else:
            if is_mine:
                self._note(sweep, is_done=True)

    def _note(self, sweep: Sweep, *, is_done: bool) -> None:
        self._runtime.rounds.note(sweep.name, self._runtime.clock.now(), is_done=is_done)

    def _run(self, sweep: Sweep) -> bool:
        """Do a duty to its end; False where another clock has it."""
        changed = sweep.again_at
        while changed >= sweep.again_at:
            with self._runtime.unit_of_work(SYSTEM) as uow:
                held = text("SELECT pg_try_advisory_xact_lock(:lock)")
                if not uow.session.scalar(held, {"lock": LOCK}):
                    return False
                changed = sweep.run(uow)
            if changed:
                log.info("sweep.ran", sweep=sweep.name, changed=changed)
        return True


def main() -> None:
    Clock(held_by(start("clock"))).run(Stop())


if __name__ == "__main__":
    main()
