"""The relay process: events to reactions, and effects to the queue."""

import time

from oms_service.infra import relay
from oms_service.infra.relay import Batch
from oms_service.processes import PASSING, Stop, held_by, keep_going, start
from oms_service.runtime import Runtime

#: How long to sleep when nothing woke us: the most a lost wake-up can cost.
NAP_S = 0.5
#: How often to look for effects that are due again.
DUE_EVERY_S = 1.0


class Relay:
    """One relay; any number may run beside each other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._looked_for_due = 0.0

    def step(self) -> Batch:
        """One batch of reactions; then what is due goes to the queue."""
        runtime = self._runtime
        batch = relay.react_once(runtime.unit_of_work, runtime.subscribers)
        if batch.effects:
            self._send(batch.effects)
        if time.monotonic() - self._looked_for_due >= DUE_EVERY_S:
            self._looked_for_due = time.monotonic()
            relay.send_due(runtime.unit_of_work, runtime.jobs)
        return batch

    def run(self, stop: Stop) -> None:
        def work() -> None:
            if not self.step().events:
                self._runtime.live.wait_for_wake(NAP_S)

        keep_going(stop, work)

    def _send(self, effects: tuple[tuple[int, int], ...]) -> None:
        try:
            self._runtime.jobs.put_effects(effects)
        except PASSING:
            return  # they are rows: ``send_due`` sends them once the broker is back


def drain(runtime: Runtime, *, most: int = 1000) -> int:
    """React to everything there is, here and now; for commands and tests. Returns the events."""
    done = 0
    for _ in range(most):
        batch = relay.react_once(runtime.unit_of_work, runtime.subscribers)
        if not batch.events:
            return done
        done += batch.events
    return done


def main() -> None:
    Relay(held_by(start("relay"))).run(Stop())


if __name__ == "__main__":
    main()
