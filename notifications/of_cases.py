"""Telling customers of their requests: received, answered, waiting for them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cases import queries as cases
from cases.after.links import AfterLinks, Opens
from cases.events import AboutCase, CaseChanged, CaseOpened, CaseReplied
from cases.states import CaseState
from notifications import rules, service
from notifications.rules import Rule
from notifications.service import Told
from notifications.stops import Stops
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind


@dataclass(frozen=True)
class OfCases:
    """The reactions; how a case ended stands in ``reactions``."""

    zone: ZoneInfo
    links: AfterLinks
    stops: Stops | None = None

    def opened(self, uow: UnitOfWork, event: CaseOpened) -> None:
        """What a customer asked on a page; in a conversation they are answered there."""
        case = cases.by_id(uow.session, event.case_id)
        is_theirs = case.opened_by.startswith(f"{ActorKind.CUSTOMER}:")
        if is_theirs and case.conversation_id is None:
            self._tell(uow, rules.CASE_OPENED, event, key=str(case.id))

    def answered(self, uow: UnitOfWork, event: CaseReplied) -> None:
        self._tell(uow, rules.CASE_ANSWERED, event, key=f"{event.case_id}:{event.message_id}")

    def changed(self, uow: UnitOfWork, event: CaseChanged) -> None:
        """Unless somebody went on with it by the time this is heard."""
        case = cases.by_id(uow.session, event.case_id)
        waits = CaseState.WAITING_CUSTOMER
        if event.state == waits and case.state is waits:
            self._tell(uow, rules.CASE_WAITING, event, key=f"{case.id}:{uow.causation_id}")

    def _tell(self, uow: UnitOfWork, rule: Rule, event: AboutCase, *, key: str) -> None:
        case = cases.by_id(uow.session, event.case_id)
        if case.customer_id is None or case.is_internal or case.resolved_at is not None:
            return
        told = Told(
            rule=rule,
            key=f"{rule.template}:{key}",
            customer_id=case.customer_id,
            language=case.language,
            facts={
                "case_number": case.number,
                "link": self.links.url(Opens.CASE, case.id, case.customer_id),
            },
            order_id=case.order_id,
            of=case.id,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)
