"""What is asked after a case or a delivery, as stored: the shop's rules, and each question."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.after.states import AskState
from oms_service.infra.db import PERSONAL, PLAIN, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language, Words

_CHECKS = {
    "score": "score BETWEEN 1 AND 5",
    "due_at": "(state = 'waiting') = (due_at IS NOT NULL)",
    "why": "(state = 'skipped') = (why <> '')",
    "asked": "(state IN ('asked', 'answered')) = (asked_at IS NOT NULL)",
    "answer_until": "(asked_at IS NULL) = (answer_until IS NULL)",
    "answered": "(state = 'answered') = (answered_at IS NOT NULL)",
    "answered_on": "(answered_at IS NULL) = (answered_on = '')",
}


def _checks() -> tuple[CheckConstraint, ...]:
    """What the row of every question keeps to."""
    return tuple(CheckConstraint(rule, name=name) for name, rule in _CHECKS.items())


class AfterRules(Model):
    """The one row of the shop's rules: how long a case may come back, who is asked, and when."""

    __tablename__ = "case_after_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("reopen_days BETWEEN 1 AND 90", name="reopen_days"),
        CheckConstraint("ask_after_minutes BETWEEN 0 AND 20160", name="ask_after_minutes"),
        CheckConstraint("feedback_after_hours BETWEEN 0 AND 1440", name="feedback_after_hours"),
        CheckConstraint("answer_days BETWEEN 1 AND 90", name="answer_days"),
        CheckConstraint("not_again_days BETWEEN 0 AND 365", name="not_again_days"),
        CheckConstraint("low_score BETWEEN 0 AND 4", name="low_score"),
    )

    id: Mapped[Key]
    reopen_days: Mapped[int]
    asks_satisfaction: Mapped[bool]
    ask_after_minutes: Mapped[int]
    #: Resolutions after which customers are asked.
    asked_endings: Mapped[list[str]] = mapped_column(ARRAY(String(60)), info=PLAIN)
    asks_feedback: Mapped[bool]
    feedback_after_hours: Mapped[int]
    #: So long an answer may be given and changed.
    answer_days: Mapped[int]
    #: Nobody is asked again within so many days of being asked.
    not_again_days: Mapped[int]
    #: A score up to this is looked into by a person; 0 for none.
    low_score: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class Survey(Model):
    """How satisfied a customer was with one ending of one case, as things stood then.

    ``round`` counts the endings of the case, from 1.
    """

    __tablename__ = "case_surveys"
    __table_args__ = (
        *_checks(),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("(state = 'answered') = (score IS NOT NULL)", name="scored"),
        Index("uq_case_surveys_case_id_round", "case_id", "round", unique=True),
        Index("ix_case_surveys_customer_id", "customer_id"),
        Index(
            "ix_case_surveys_review_case_id",
            "review_case_id",
            postgresql_where=text("review_case_id IS NOT NULL"),
        ),
        Index("ix_case_surveys_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_case_surveys_answered_at",
            "answered_at",
            "id",
            postgresql_where=text("state = 'answered'"),
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    round: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    assignee_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    queue_id: Mapped[int] = mapped_column(ref("queues.id"))
    reason: Mapped[Code]
    resolution: Mapped[Code]
    channel: Mapped[Code]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    state: Mapped[AskState] = mapped_column(enum_column(AskState, "state"))
    why: Mapped[Code] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    answer_until: Mapped[datetime | None]
    score: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    answered_at: Mapped[datetime | None]
    #: Where it was answered: by a link, in the chat, on the portal, through the API.
    answered_on: Mapped[Code] = mapped_column(default="")
    #: The case in which a colleague looks into a low score.
    review_case_id: Mapped[int | None] = mapped_column(ref("cases.id"))
    version: Mapped[int] = mapped_column(default=1)


class OrderFeedback(Model):
    """How the delivery of one order was, asked once. ``carrier`` is that of its last parcel."""

    __tablename__ = "order_feedback"
    __table_args__ = (
        *_checks(),
        Index("ix_order_feedback_customer_id", "customer_id"),
        Index("ix_order_feedback_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_order_feedback_answered_at",
            "answered_at",
            "id",
            postgresql_where=text("state = 'answered'"),
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"), unique=True)
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    carrier: Mapped[Code] = mapped_column(default="")
    delivered_at: Mapped[datetime]
    state: Mapped[AskState] = mapped_column(enum_column(AskState, "state"))
    why: Mapped[Code] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    answer_until: Mapped[datetime | None]
    #: Of the delivery; empty where only products were spoken of.
    score: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    answered_at: Mapped[datetime | None]
    answered_on: Mapped[Code] = mapped_column(default="")
    #: The case in which a colleague looks into a low score.
    case_id: Mapped[int | None] = mapped_column(ref("cases.id"))
    version: Mapped[int] = mapped_column(default=1)


class LineFeedback(Model):
    """How one product of an order was."""

    __tablename__ = "order_line_feedback"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        Index("ix_order_line_feedback_variant_id", "variant_id"),
    )

    feedback_id: Mapped[int] = mapped_column(ref("order_feedback.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    sku: Mapped[str] = mapped_column(String(60), info=PLAIN)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    score: Mapped[int]
    words: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)


class FollowUp(Model):
    """A case that came of another one: a review of its score, or the matter once more."""

    __tablename__ = "case_follow_ups"
    __table_args__ = (
        CheckConstraint("case_id <> of_case_id", name="another"),
        CheckConstraint("kind IN ('review', 'again')", name="kind"),
        Index("ix_case_follow_ups_of_case_id", "of_case_id"),
    )

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    of_case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    kind: Mapped[Code]
