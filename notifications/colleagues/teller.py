"""What tells colleagues of something: who did it, who there is, and the page it is about."""

from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

from cases import families
from cases import queries as cases
from cases.routing import queries as routing
from cases.views import CaseView
from notifications.colleagues import planner, service
from notifications.colleagues.rules import Rule
from notifications.colleagues.service import Fact
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.infra import outbox
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor


@dataclass(frozen=True)
class Teller:
    """The shop's zone, and how a fact of a case is told."""

    zone: ZoneInfo

    def of_case(
        self,
        uow: UnitOfWork,
        rule: Rule,
        case: CaseView,
        *,
        key: object,
        to: tuple[StaffView, ...],
        facts: dict[str, str] | None = None,
    ) -> None:
        """Tell something of a case; ``key`` says once of what."""
        fact = Fact(
            rule=rule,
            key=f"{rule.about or rule.code}:{case.id}:{key}",
            matter=matter_of(case.id),
            path=path_of(case),
            facts={"case": case.number, **(facts or {})},
            case_id=case.id,
            queue_id=case.queue_id,
        )
        self.tell(uow, fact, to)

    def tell(self, uow: UnitOfWork, fact: Fact, to: tuple[StaffView, ...]) -> None:
        """Tell a fact; whoever brought it about knows it already."""
        if to:
            service.tell(uow, fact, to, zone=self.zone, by=doer(uow))


def doer(uow: UnitOfWork) -> Actor | None:
    """Who did what a reaction reacts to."""
    return outbox.actor_of(uow.session, uow.causation_id) if uow.causation_id else None


def matter_of(case_id: int) -> str:
    """What all that is told of a case is told of."""
    return f"case:{case_id}"


def path_of(case: CaseView) -> str:
    """The page of a case."""
    return f"/desk/cases/{quote(case.number)}"


def case_of(uow: UnitOfWork, case_id: int) -> CaseView:
    """A case, or the one that stands for it since they were merged."""
    return cases.by_id(uow.session, families.root_id(uow.session, case_id))


def colleague(uow: UnitOfWork, staff_id: int | None) -> tuple[StaffView, ...]:
    """One colleague; nobody where there is no id."""
    return (access.staff_by_id(uow.session, staff_id),) if staff_id is not None else ()


def leads_of(uow: UnitOfWork, queue_id: int) -> tuple[StaffView, ...]:
    """The leads of a queue; see ``planner.leads``."""
    members = next((one.members for one in routing.queues(uow.session) if one.id == queue_id), ())
    return planner.leads(access.all_staff(uow.session), queue_id, members)
