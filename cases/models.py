"""Cases as stored. An order is a foreign key here, never a relationship."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.states import CaseState, EntryKind, Priority
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language, Words


class Queue(Model):
    """A line of cases that some agents work on."""

    __tablename__ = "queues"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    is_default: Mapped[bool] = mapped_column(default=False)


class Reason(Model):
    """Why customers write, as the shop's own editable list."""

    __tablename__ = "case_reasons"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    queue_id: Mapped[int] = mapped_column(ref("queues.id"))
    priority: Mapped[Priority] = mapped_column(enum_column(Priority, "priority"))
    is_active: Mapped[bool] = mapped_column(default=True)


class Agent(Model):
    """A colleague as routing sees them: languages, capacity, whether they are there."""

    __tablename__ = "agents"
    __table_args__ = (CheckConstraint("capacity >= 0", name="capacity"),)

    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(2)), info=PLAIN)
    capacity: Mapped[int] = mapped_column(default=20)
    is_present: Mapped[bool] = mapped_column(default=True)


class Case(Model):
    """One matter of one customer, about orders mostly."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_customer_id", "customer_id"),
        Index("ix_cases_conversation_id", "conversation_id"),
        Index(
            "uq_cases_open_order_reason",
            "order_id",
            "reason",
            "return_id",
            unique=True,
            postgresql_where=text("state NOT IN ('resolved', 'closed') AND order_id IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_cases_assignee_id_active",
            "assignee_id",
            postgresql_where=text("state NOT IN ('resolved', 'closed')"),
        ),
        CheckConstraint(
            "(state IN ('resolved', 'closed')) = (resolved_at IS NOT NULL)", name="resolved_at"
        ),
        CheckConstraint("(state = 'snoozed') = (snoozed_until IS NOT NULL)", name="snoozed_until"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    reason: Mapped[str] = mapped_column(ref("case_reasons.code"), info=PLAIN)
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState, "state"))
    priority: Mapped[Priority] = mapped_column(enum_column(Priority, "priority"))
    queue_id: Mapped[int] = mapped_column(ref("queues.id"))
    assignee_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    channel: Mapped[Code]
    customer_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    #: The order it is mainly about; further ones stand in ``case_orders``.
    order_id: Mapped[int | None] = mapped_column(ref("orders.id"))
    return_id: Mapped[int | None] = mapped_column(ref("returns.id"), index=True)
    conversation_id: Mapped[int | None] = mapped_column(ref("conversations.id"))
    #: The order's states and amounts when the case was opened: codes and numbers only.
    snapshot: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    #: What was asked for and the rule that did not allow it at once.
    wanted: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    failed_rule: Mapped[Code] = mapped_column(default="")
    opened_at: Mapped[datetime]
    opened_by: Mapped[ActorRef]
    first_reply_at: Mapped[datetime | None]
    #: Since when the customer waits for us; empty while we wait for others.
    waiting_since: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[Code] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class CaseOrder(Model):
    """A further order of a case."""

    __tablename__ = "case_orders"

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ref("orders.id"), primary_key=True, index=True)


class CaseLine(Model):
    """An order line a case is about, each settled by itself."""

    __tablename__ = "case_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"), primary_key=True)
    quantity: Mapped[int]
    resolution: Mapped[Code] = mapped_column(default="")


class CaseEntry(Model):
    """One line of a case's own record: append-only, internal, never shown to customers.

    ``text`` is what an agent noted; ``data`` holds ids and codes.
    """

    __tablename__ = "case_entries"
    __table_args__ = (Index("ix_case_entries_case_id_id", "case_id", "id"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind, "kind"))
    text: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    data: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    actor: Mapped[ActorRef]
    at: Mapped[datetime]


class InboxRow(Model):
    """A case as the inbox lists and searches it: a projection, kept by reactions, rebuildable."""

    __tablename__ = "case_inbox"
    __table_args__ = (
        Index("ix_case_inbox_queue", "is_active", "queue_id", "priority_rank", "waiting_since"),
        Index("ix_case_inbox_assignee", "is_active", "assignee_id", "waiting_since"),
        Index(
            "ix_case_inbox_search",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
    )

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), info=PLAIN)
    reason: Mapped[Code]
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState, "state"))
    is_active: Mapped[bool]
    priority_rank: Mapped[int]
    queue_id: Mapped[int]
    assignee_id: Mapped[int | None]
    customer_name: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    order_number: Mapped[str] = mapped_column(String(40), info=PLAIN)
    excerpt: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    #: Since when somebody waits for us; empty while we wait for others.
    waiting_since: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    search: Mapped[str] = mapped_column(Text, info=PERSONAL)
