"""Telling customers of their requests: received, answered, waiting for them."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cases import queries as cases
from cases.after.links import AfterLinks, Opens
from cases.events import AboutCase, CaseOpened, CaseReplied
from cases.states import CaseState
from cases.views import CaseView
from notifications import asked, rules, service
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
        """A question is told as one alone, unless somebody went on by the time this is heard."""
        case = cases.by_id(uow.session, event.case_id)
        if event.asks and case.state is not CaseState.WAITING_CUSTOMER:
            return
        rule = rules.CASE_WAITING if event.asks else rules.CASE_ANSWERED
        told = self._told(case, rule, key=f"{case.id}:{event.message_id}")
        if told is not None:
            asked.tell(uow, told, event.message_id)

    def _tell(self, uow: UnitOfWork, rule: Rule, event: AboutCase, *, key: str) -> None:
        told = self._told(cases.by_id(uow.session, event.case_id), rule, key=key)
        if told is not None:
            service.tell(uow, told, zone=self.zone, stops=self.stops)

    def _told(self, case: CaseView, rule: Rule, *, key: str) -> Told | None:
        """None where nobody outside is told of it."""
        if case.customer_id is None or case.is_internal or case.resolved_at is not None:
            return None
        return Told(
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
