"""Telling colleagues that a step of the house has failed and waits for one of them."""

from dataclasses import dataclass

from notifications.colleagues import planner, rules, service
from notifications.colleagues.service import Fact
from notifications.colleagues.states import End
from notifications.colleagues.teller import Teller
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutParked, FalloutSettled
from oms_service.infra.uow import UnitOfWork


@dataclass(frozen=True)
class OfSteps:
    """The reactions."""

    teller: Teller

    def parked(self, uow: UnitOfWork, event: FalloutParked) -> None:
        """Operations, and the role that looks after the step."""
        if not fallout.is_open(uow.session, event.fallout_id):
            return
        everybody = access.all_staff(uow.session)
        fact = Fact(
            rule=rules.STEP_FAILED,
            key=f"{rules.STEP_FAILED.code}:{event.fallout_id}",
            matter=_step(event.fallout_id),
            path="/console/fallout",
            facts={"kind": event.kind},
        )
        self.teller.tell(uow, fact, planner.with_role(everybody, Role.OPERATIONS, event.owner))

    def settled(self, uow: UnitOfWork, event: FalloutSettled) -> None:
        service.outdate(uow, End.SETTLED, _step(event.fallout_id))


def _step(fallout_id: int) -> str:
    return f"step:{fallout_id}"
