"""Cases as stored. An order is a foreign key here, never a relationship."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.states import CaseState, EntryKind, LineEnding, Priority, ReasonGroup, Stage
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language, Words


def _listed(kind: type[StrEnum]) -> str:
    return ", ".join(f"'{one}'" for one in kind)


class Queue(Model):
    """A line of cases that some agents work on."""

    __tablename__ = "queues"
    __table_args__ = (
        Index("uq_queues_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    is_default: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Reason(Model):
    """Why customers write, as the shop's own editable list.

    ``name`` is the colleagues' word, ``public_name`` what customers read; ``stages`` are those of
    an order in which it is offered.
    """

    __tablename__ = "case_reasons"
    __table_args__ = (
        CheckConstraint(f"stages <@ ARRAY[{_listed(Stage)}]::character varying[]", name="stages"),
        CheckConstraint("position >= 0", name="position"),
    )

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    public_name: Mapped[Words] = mapped_column(info=PLAIN)
    queue_id: Mapped[int] = mapped_column(ref("queues.id"))
    priority: Mapped[Priority] = mapped_column(enum_column(Priority, "priority"))
    is_active: Mapped[bool] = mapped_column(default=True)
    group: Mapped[ReasonGroup] = mapped_column(enum_column(ReasonGroup, "group"))
    stages: Mapped[list[str]] = mapped_column(ARRAY(String(20)), info=PLAIN)
    needs_photo: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


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
            "ix_cases_similar",
            "reason",
            "resolved_at",
            postgresql_where=text("resolved_at IS NOT NULL"),
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
        Index(
            "ix_cases_merged_into_id",
            "merged_into_id",
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        CheckConstraint("merged_into_id IS NULL OR state = 'closed'", name="merged"),
        Index(
            "ix_cases_kept",
            "resolved_at",
            postgresql_where=text(
                "state = 'closed' AND (emptied_at IS NULL OR emptied_at < resolved_at)"
            ),
        ),
        CheckConstraint("merged_into_id <> id", name="merged_into"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    reason: Mapped[str] = mapped_column(ref("case_reasons.code"), info=PLAIN)
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState, "state"))
    #: Where it stands within its state; a trigger forgets it as soon as the state is left.
    status: Mapped[str | None] = mapped_column(ref("case_statuses.code"), info=PLAIN)
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
    #: A matter among colleagues: its customer is never told that there is one.
    is_internal: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    opened_by: Mapped[ActorRef]
    first_reply_at: Mapped[datetime | None]
    #: Since when the customer waits for us; empty while we wait for others.
    waiting_since: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[Code] = mapped_column(default="")
    #: The case this one has become part of; it is closed then, and that one takes all that comes.
    merged_into_id: Mapped[int | None] = mapped_column(ref("cases.id"))
    #: When its words went, since nobody needed them any more.
    emptied_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class CaseOrder(Model):
    """A further order of a case."""

    __tablename__ = "case_orders"

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    order_id: Mapped[int] = mapped_column(ref("orders.id"), primary_key=True, index=True)
    #: As of the case itself: codes and numbers only, when the order came to it.
    snapshot: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PLAIN)


class CaseLine(Model):
    """An order line a case is about, each settled by itself."""

    __tablename__ = "case_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(f"resolution IN ('', {_listed(LineEnding)})", name="resolution"),
    )

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
    """A case as the inbox lists and searches it: a projection, kept by reactions, rebuildable.

    ``search`` holds names, numbers and mail addresses, ``words`` what was written and noted, both
    as ``cases.folding`` folds them. ``updated_at`` is when the record last grew.
    """

    __tablename__ = "case_inbox"
    __table_args__ = (
        Index(
            "ix_case_inbox_priority",
            *("is_active", "priority_rank", "waits_from", "case_id"),
        ),
        Index("ix_case_inbox_waits_from", "is_active", "waits_from", "case_id"),
        Index("ix_case_inbox_due_by", "is_active", "due_by", "case_id"),
        Index("ix_case_inbox_opened_at", "is_active", "opened_at", "case_id"),
        Index("ix_case_inbox_updated_at", "is_active", "updated_at", "case_id"),
        Index("ix_case_inbox_queue", "is_active", "queue_id", "priority_rank", "waits_from"),
        Index("ix_case_inbox_assignee", "is_active", "assignee_id", "priority_rank", "waits_from"),
        Index("ix_case_inbox_reason", "is_active", "reason", "priority_rank", "waits_from"),
        Index("ix_case_inbox_customer_id", "customer_id"),
        Index("ix_case_inbox_tags", "tags", postgresql_using="gin"),
        Index(
            "ix_case_inbox_search",
            "search",
            postgresql_using="gin",
            postgresql_ops={"search": "gin_trgm_ops"},
        ),
        Index(
            "ix_case_inbox_words",
            "words",
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
        ),
        CheckConstraint("priority_rank BETWEEN 0 AND 3", name="priority_rank"),
        CheckConstraint("(due_at IS NULL) = (due_metric = '')", name="due"),
        CheckConstraint("due_by = coalesce(due_at, '9999-12-31 00:00:00+00')", name="due_by"),
        CheckConstraint(
            "waits_from = coalesce(waiting_since, '9999-12-31 00:00:00+00')", name="waits_from"
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
    customer_id: Mapped[int | None]
    customer_name: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    tier: Mapped[Code]
    channel: Mapped[Code]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    #: Ids of its tags, so that a tag may be called otherwise.
    tags: Mapped[list[int]] = mapped_column(ARRAY(Integer), info=PLAIN)
    order_number: Mapped[str] = mapped_column(String(40), info=PLAIN)
    excerpt: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    opened_at: Mapped[datetime]
    #: Since when somebody waits for us; empty while we wait for others.
    waiting_since: Mapped[datetime | None]
    #: The next running clock of its answer times; empty while none runs.
    due_at: Mapped[datetime | None]
    due_metric: Mapped[Code]
    #: What lists are ordered by: the same as above, or the end of time.
    waits_from: Mapped[datetime]
    due_by: Mapped[datetime]
    updated_at: Mapped[datetime]
    search: Mapped[str] = mapped_column(Text, info=PERSONAL)
    words: Mapped[str] = mapped_column(Text, info=PERSONAL)
