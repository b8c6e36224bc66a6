"""The clock: one sweep that breaks keeps no other from its duty."""

from oms_service.clock import Clock
from oms_service.infra.rounds import Round
from oms_service.infra.sweeps import Sweep
from oms_service.infra.uow import UnitOfWork
from oms_service.runtime import Runtime


def test_a_sweep_that_breaks_stops_neither_the_clock_nor_the_others(runtime: Runtime) -> None:
    ran: list[str] = []

    def breaks(uow: UnitOfWork) -> int:
        ran.append("breaks")
        raise KeyError("what a row lacks")

    def works(uow: UnitOfWork) -> int:
        ran.append("works")
        return 0

    runtime.sweeps.add(Sweep("breaks", 0, breaks))
    runtime.sweeps.add(Sweep("works", 0, works))
    clock = Clock(runtime)
    clock.step()
    clock.step()
    assert ran == ["breaks", "works"] * 2
    last = runtime.rounds.last()
    assert last["works"] == Round(runtime.clock.now(), is_done=True)
    assert last["breaks"] == Round(runtime.clock.now(), is_done=False)
