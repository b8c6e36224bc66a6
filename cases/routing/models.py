"""Routing as stored: who is there and what they can, who works which queue, rules, outcomes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cases.routing.states import Presence
from cases.states import Priority
from oms_service.infra.db import PLAIN, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words


class Agent(Model):
    """A colleague as routing sees them.

    ``load`` is what their open cases weigh; a trigger on ``cases`` keeps it in the transaction
    that changes it. ``timed_out`` says that the house itself has set them offline, so that their
    next request brings them back.
    """

    __tablename__ = "agents"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 0 AND 1000", name="capacity"),
        CheckConstraint("load >= 0", name="load"),
        CheckConstraint("back_at IS NULL OR presence IN ('busy', 'away')", name="back_at"),
        CheckConstraint("presence = 'offline' OR NOT timed_out", name="timed_out"),
    )

    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(2)), info=PLAIN)
    skills: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    capacity: Mapped[int] = mapped_column(default=20)
    load: Mapped[int] = mapped_column(default=0)
    presence: Mapped[Presence] = mapped_column(enum_column(Presence, "presence"))
    presence_since: Mapped[datetime]
    back_at: Mapped[datetime | None]
    timed_out: Mapped[bool] = mapped_column(default=False)
    #: Their last request, to the minute.
    seen_at: Mapped[datetime | None]
    #: When routing gave them a case for the last time.
    given_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Skill(Model):
    """Something a case may need and a colleague may have."""

    __tablename__ = "skills"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class QueueMember(Model):
    """A colleague who works on a queue; a queue without any is everybody's."""

    __tablename__ = "queue_members"

    queue_id: Mapped[int] = mapped_column(ref("queues.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ref("agents.staff_id"), primary_key=True, index=True)


class ChannelWeight(Model):
    """How much of a colleague's capacity a case of a channel takes; 1 where nothing is said."""

    __tablename__ = "channel_weights"
    __table_args__ = (CheckConstraint("weight BETWEEN 1 AND 10", name="weight"),)

    channel: Mapped[Code] = mapped_column(primary_key=True)
    weight: Mapped[int]


class RoutingRule(Model):
    """To which queue which cases go; the first active rule that fits decides.

    An empty list of a condition fits all. ``least_minor`` is the least total of the order, in
    minor units of ``currency``. Without ``queue_id`` a case stays in the queue of its reason.
    """

    __tablename__ = "routing_rules"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("(least_minor IS NULL) = (currency = '')", name="currency"),
        CheckConstraint("least_minor > 0", name="least_minor"),
        CheckConstraint(
            "queue_id IS NOT NULL OR priority IS NOT NULL OR cardinality(skills) > 0",
            name="says_something",
        ),
    )

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(info=PLAIN)
    position: Mapped[int]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    channels: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    priorities: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    tiers: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    tags: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    sales_channels: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    least_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="", info=PLAIN)
    queue_id: Mapped[int | None] = mapped_column(ref("queues.id"))
    priority: Mapped[Priority | None] = mapped_column(enum_column(Priority, "priority"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class CaseRoute(Model):
    """How routing decided about a case the last time; its record keeps every time.

    ``considered`` is ``[[staff_id, verdict], ...]``, the best first. ``nobody`` is why it went
    to nobody, empty where it went to somebody. ``told_lead_at`` is set while a lead should look.
    """

    __tablename__ = "case_routes"
    __table_args__ = (
        Index(
            "ix_case_routes_told_lead_at",
            "told_lead_at",
            postgresql_where=text("told_lead_at IS NOT NULL"),
        ),
        CheckConstraint("staff_id IS NULL OR nobody = ''", name="nobody"),
    )

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    #: When the rules were asked; that happens once.
    sorted_at: Mapped[datetime | None]
    rule_id: Mapped[int | None] = mapped_column(ref("routing_rules.id"))
    skills: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    staff_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    why: Mapped[Code] = mapped_column(default="")
    nobody: Mapped[Code] = mapped_column(default="")
    considered: Mapped[list[Any]] = mapped_column(JSONB, default=list, info=PLAIN)
    #: Who gave it back last, and is not given it again.
    given_back_by: Mapped[int | None] = mapped_column(ref("staff.id"))
    told_lead_at: Mapped[datetime | None]
    at: Mapped[datetime]
