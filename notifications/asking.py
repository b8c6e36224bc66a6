"""Asking customers how it went: with a case that was settled, with a delivery that has arrived."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases import queries as cases
from cases.after import queries as asked
from cases.after.events import FeedbackAsked, SatisfactionAsked
from cases.after.links import AfterLinks, Opens
from cases.after.scores import choices_of
from cases.events import CaseReopened
from notifications import rules, service
from notifications.service import Told
from notifications.stops import Stops
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders


@dataclass(frozen=True)
class Asking:
    """The reactions, which know the shop's zone and how its links are signed."""

    zone: ZoneInfo
    links: AfterLinks
    stops: Stops | None = None

    def satisfaction(self, uow: UnitOfWork, event: SatisfactionAsked) -> None:
        """Nobody is asked about a case that has come back meanwhile."""
        case = cases.by_id(uow.session, event.case_id)
        survey = asked.survey(uow.session, event.survey_id)
        if case.resolved_at is None:
            return
        facts: dict[str, Any] = {
            "case_number": case.number,
            "link": self.links.url(Opens.SURVEY, survey.id, survey.customer_id),
            "until_day": self._day(event.answer_until),
            "choices": choices_of(survey.id),
        }
        told = Told(
            rule=rules.SATISFACTION,
            key=f"{rules.SATISFACTION.template}:{survey.id}",
            customer_id=survey.customer_id,
            language=survey.language,
            facts=facts,
            order_id=case.order_id,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)

    def feedback(self, uow: UnitOfWork, event: FeedbackAsked) -> None:
        order = orders.by_id(uow.session, event.order_id)
        lines = [one for one in orders.lines(uow.session, order.id) if one.counters.delivered]
        told = Told(
            rule=rules.FEEDBACK,
            key=f"{rules.FEEDBACK.template}:{event.feedback_id}",
            customer_id=order.customer_id,
            language=order.language,
            facts={
                "order": order.number,
                "first_item": dict(lines[0].name) if lines else {},
                "further_items": max(0, len(lines) - 1),
                "link": self.links.url(Opens.FEEDBACK, event.feedback_id, order.customer_id),
                "until_day": self._day(event.answer_until),
            },
            order_id=order.id,
        )
        service.tell(uow, told, zone=self.zone, stops=self.stops)

    def came_back(self, uow: UnitOfWork, event: CaseReopened) -> None:
        """What waits for the morning says nothing of an end that was none."""
        case = cases.by_id(uow.session, event.case_id)
        service.withdraw_of_case(uow, case.number, why="reopened")

    def _day(self, moment: str) -> str:
        return datetime.fromisoformat(moment).astimezone(self.zone).date().isoformat()
