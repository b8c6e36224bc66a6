"""What figures are counted from: a row for each case, and one for each of its answers.

Both are derived from the case's own record and its clocks, and can be written anew at any time.
"""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.sla.clocks import Metric
from oms_service.infra.db import PLAIN, Code, Model, enum_column, ref
from oms_service.kernel.languages import Language


class CaseFact(Model):
    """One case as figures see it.

    ``carriers`` are those its parcels left with, ``skus`` what it is about; of no lines named,
    all of its orders. ``is_counted``: it stands for itself and is not part of another case.
    ``is_contact``: its customer wrote first, and not the house.
    """

    __tablename__ = "case_facts"
    __table_args__ = (
        Index("ix_case_facts_opened_at", "opened_at"),
        Index("ix_case_facts_resolved_at", "resolved_at"),
        Index("ix_case_facts_first_resolved_at", "first_resolved_at"),
        Index("ix_case_facts_first_assigned_at", "first_assigned_at"),
        CheckConstraint("replies >= 0 AND reopenings >= 0", name="counted"),
        CheckConstraint("first_resolved_at >= opened_at", name="first_resolved_at"),
        CheckConstraint("first_assigned_at >= opened_at", name="first_assigned_at"),
    )

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    queue_id: Mapped[int]
    assignee_id: Mapped[int | None]
    reason: Mapped[Code]
    channel: Mapped[Code]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    tags: Mapped[list[int]] = mapped_column(ARRAY(Integer), info=PLAIN)
    carriers: Mapped[list[str]] = mapped_column(ARRAY(String(60)), info=PLAIN)
    skus: Mapped[list[str]] = mapped_column(ARRAY(String(60)), info=PLAIN)
    is_counted: Mapped[bool]
    is_contact: Mapped[bool]
    opened_at: Mapped[datetime]
    first_assigned_at: Mapped[datetime | None]
    #: When it was settled for the first time, and the last; the latter is empty while it is open.
    first_resolved_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    #: How often a person answered the customer, and how often the case came back.
    replies: Mapped[int]
    reopenings: Mapped[int]


class CaseSpan(Model):
    """One wait of a counted case that has ended: for an answer, the settling, what was promised.

    ``calendar_s`` counts day and night, ``business_s`` the hours of the policy that held; empty
    where none did. ``is_done``: what was waited for came; else the wait was called off after its
    time had run out. ``is_kept``: within its target; empty where it had none.
    """

    __tablename__ = "case_spans"
    __table_args__ = (
        Index("ix_case_spans_ended_at", "ended_at"),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("calendar_s >= 0 AND business_s >= 0", name="seconds"),
        CheckConstraint("is_done OR NOT is_kept", name="is_done"),
        CheckConstraint("(business_s IS NULL) = (is_kept IS NULL)", name="is_kept"),
    )

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    metric: Mapped[Metric] = mapped_column(enum_column(Metric, "metric"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    #: Who answered; of a settling, whose case it is.
    staff_id: Mapped[int | None]
    ended_at: Mapped[datetime]
    calendar_s: Mapped[float]
    business_s: Mapped[float | None]
    is_done: Mapped[bool]
    is_kept: Mapped[bool | None]
