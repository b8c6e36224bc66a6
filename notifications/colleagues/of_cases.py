"""Telling colleagues of cases: given, called for, answered, running out of time, nobody's."""

from dataclasses import dataclass
from typing import Final

from cases.events import (
    CaseAppended,
    CaseAssigned,
    CaseMentioned,
    CaseMerged,
    CaseReleased,
    CaseReplied,
    CaseResolved,
    CaseSlaWarned,
)
from cases.routing.events import CaseRouted
from cases.sla.book import Step
from cases.sla.clocks import Metric
from cases.sla.events import CaseEscalated
from cases.states import ACTIVE
from notifications.colleagues import rules, service
from notifications.colleagues.states import End
from notifications.colleagues.teller import Teller, case_of, colleague, leads_of, matter_of
from oms_service.infra.uow import UnitOfWork

#: What customers add to a case.
_FROM_CUSTOMERS: Final = frozenset({"message", "files", "matter"})
#: The share of a target from which on it is told of; what is over from there is missed.
_SOON: Final = 80
_OVER: Final = 100


@dataclass(frozen=True)
class OfCases:
    """The reactions."""

    teller: Teller

    def given(self, uow: UnitOfWork, event: CaseAssigned) -> None:
        """It is old news for whoever had it, and for the leads who were to look for somebody."""
        matter = matter_of(event.case_id)
        service.outdate(uow, End.TAKEN, matter)
        service.outdate(uow, End.HANDED_ON, matter, but=event.staff_id)
        case = case_of(uow, event.case_id)
        if case.state in ACTIVE and case.assignee_id == event.staff_id:
            to = colleague(uow, event.staff_id)
            self.teller.of_case(uow, rules.GIVEN, case, key=uow.causation_id, to=to)

    def released(self, uow: UnitOfWork, event: CaseReleased) -> None:
        if case_of(uow, event.case_id).assignee_id is None:
            service.outdate(uow, End.HANDED_ON, matter_of(event.case_id))

    def mentioned(self, uow: UnitOfWork, event: CaseMentioned) -> None:
        case = case_of(uow, event.case_id)
        to = colleague(uow, event.staff_id)
        self.teller.of_case(uow, rules.MENTIONED, case, key=event.entry_id, to=to)

    def answered(self, uow: UnitOfWork, event: CaseAppended) -> None:
        """The customer wrote; several messages are one notice until it is read."""
        if event.what not in _FROM_CUSTOMERS:
            return
        case = case_of(uow, event.case_id)
        if case.state in ACTIVE:
            to = colleague(uow, case.assignee_id)
            self.teller.of_case(uow, rules.ANSWERED, case, key=uow.causation_id, to=to)

    def warned(self, uow: UnitOfWork, event: CaseSlaWarned) -> None:
        """Who has the case hears of it; of one that nobody has, the leads of its queue."""
        case = case_of(uow, event.case_id)
        if event.percent < _SOON or case.state not in ACTIVE:
            return
        is_over = event.percent >= _OVER
        facts = {"metric": event.metric, "due_at": event.due_at, "percent": str(event.percent)}
        if case.assignee_id is not None:
            rule = rules.MISSED if is_over else rules.RUNNING_OUT
            to = colleague(uow, case.assignee_id)
        else:
            rule = rules.MISSED_BY_OTHERS if is_over else rules.RUNNING_OUT
            to = leads_of(uow, case.queue_id)
        key = self._key(uow, event.metric, is_over=is_over)
        self.teller.of_case(uow, rule, case, key=key, to=to, facts=facts)

    def escalated(self, uow: UnitOfWork, event: CaseEscalated) -> None:
        """The ladder of the shop says that a lead is told now, whoever has read what."""
        if event.step != Step.TELL_LEAD:
            return
        case = case_of(uow, event.case_id)
        if case.state not in ACTIVE:
            return
        is_over = event.percent >= _OVER
        rule = rules.MISSED_BY_OTHERS if is_over else rules.RUNNING_OUT
        facts = {"metric": event.metric, "percent": str(event.percent)}
        key = self._key(uow, event.metric, is_over=is_over)
        to = leads_of(uow, case.queue_id)
        self.teller.of_case(uow, rule, case, key=key, to=to, facts=facts)

    def unassigned(self, uow: UnitOfWork, event: CaseRouted) -> None:
        """Nobody could be found for it; once until somebody has it."""
        case = case_of(uow, event.case_id)
        if event.blocked and case.state in ACTIVE and case.assignee_id is None:
            to = leads_of(uow, case.queue_id)
            self.teller.of_case(uow, rules.UNASSIGNED, case, key=uow.causation_id, to=to)

    def replied(self, uow: UnitOfWork, event: CaseReplied) -> None:
        """The customer has an answer; a case that has to be settled by a time is not yet."""
        service.outdate(uow, End.REPLIED, matter_of(event.case_id), metric=str(Metric.RESOLUTION))

    def resolved(self, uow: UnitOfWork, event: CaseResolved) -> None:
        service.outdate(uow, End.CLOSED, matter_of(event.case_id))

    def merged(self, uow: UnitOfWork, event: CaseMerged) -> None:
        service.outdate(uow, End.CLOSED, matter_of(event.case_id))

    @staticmethod
    def _key(uow: UnitOfWork, metric: str, *, is_over: bool) -> str:
        """One warning is one fact, however it reaches somebody: one sweep tells all of it."""
        return f"{metric}:{'over' if is_over else 'soon'}:{uow.correlation_id}"
