"""Questions to customers and their answers, as others see them."""

from dataclasses import dataclass
from datetime import datetime

from cases.after.states import AskState
from oms_service.kernel.languages import Language, Words


@dataclass(frozen=True, kw_only=True)
class SurveyView:
    """How satisfied somebody was with one ending of a case; see ``models.Survey``."""

    id: int
    case_id: int
    round: int
    customer_id: int
    assignee_id: int | None
    queue_id: int
    reason: str
    resolution: str
    channel: str
    language: Language
    state: AskState
    why: str
    asked_at: datetime | None
    answer_until: datetime | None
    score: int | None
    words: str
    answered_at: datetime | None
    answered_on: str
    review_case_id: int | None
    version: int


@dataclass(frozen=True, kw_only=True)
class FeedbackView:
    """How one delivery was; see ``models.OrderFeedback``."""

    id: int
    order_id: int
    customer_id: int
    language: Language
    carrier: str
    delivered_at: datetime
    state: AskState
    why: str
    asked_at: datetime | None
    answer_until: datetime | None
    score: int | None
    words: str
    answered_at: datetime | None
    answered_on: str
    case_id: int | None
    version: int


@dataclass(frozen=True)
class LineView:
    """How one product of an order was."""

    feedback_id: int
    order_line_id: int
    variant_id: int
    sku: str
    name: Words
    score: int
    words: str


@dataclass(frozen=True)
class Average:
    """What came together under one heading: how many answers, how many are good, and their mean.

    ``key`` is a code or an id as text; ``good`` counts scores of 4 and 5.
    """

    key: str
    name: str
    answers: int
    good: int
    total: int

    @property
    def mean(self) -> float | None:
        return self.total / self.answers if self.answers else None

    @property
    def good_percent(self) -> int | None:
        return round(100 * self.good / self.answers) if self.answers else None


@dataclass(frozen=True)
class Given:
    """One product's part of an answer about a delivery."""

    order_line_id: int
    score: int
    words: str = ""
