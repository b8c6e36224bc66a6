"""What asking customers tells the rest of the house. Scores are facts; words stay in their rows."""

from dataclasses import dataclass

from cases.events import AboutCase
from oms_service.kernel.events import Event, event


@event("case.accepted", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseAccepted(AboutCase):
    """The customer says that the matter is settled."""


@event("case.rejected", of="case")
@dataclass(frozen=True, kw_only=True)
class CaseRejected(AboutCase):
    """The customer says that the matter is not settled; ``message_id`` is why."""

    message_id: int


@event("satisfaction.asked", of="case")
@dataclass(frozen=True, kw_only=True)
class SatisfactionAsked(AboutCase):
    """A customer is to be asked how satisfied they were, until ``answer_until``."""

    survey_id: int
    answer_until: str


@event("satisfaction.answered", of="case")
@dataclass(frozen=True, kw_only=True)
class SatisfactionAnswered(AboutCase):
    """A customer said how satisfied they were, 1 to 5; said again, the last score counts."""

    survey_id: int
    score: int


@event("feedback.asked", of="order")
@dataclass(frozen=True, kw_only=True)
class FeedbackAsked(Event):
    """A customer is to be asked how a delivery and its products were."""

    order_id: int
    feedback_id: int
    answer_until: str


@event("feedback.given", of="order")
@dataclass(frozen=True, kw_only=True)
class FeedbackGiven(Event):
    """A customer said how a delivery was; ``score`` is null where only products were judged."""

    order_id: int
    feedback_id: int
    score: int | None
