"""Saved views of the inbox, and what is done with many cases at once, as stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.finding.states import BulkAction, BulkState, ItemState, Sort
from oms_service.infra.db import OF_STAFF, PLAIN, ActorRef, Code, Key, Model, enum_column, ref


class SavedView(Model):
    """A view of the inbox that somebody put together, for themselves or for everybody.

    ``filters`` holds codes by what they filter, never words that were searched for. One without
    an owner was made by a program and belongs to everybody.
    """

    __tablename__ = "case_views"
    __table_args__ = (
        Index("ix_case_views_owner_id", "owner_id"),
        Index("ix_case_views_shared", "position", "id", postgresql_where=text("is_shared")),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("position BETWEEN 0 AND 999", name="position"),
        CheckConstraint("is_shared OR owner_id IS NOT NULL", name="owner"),
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(43), unique=True, info=PLAIN)
    owner_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    name: Mapped[str] = mapped_column(String(60), info=OF_STAFF)
    is_shared: Mapped[bool]
    filters: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    sort: Mapped[Sort] = mapped_column(enum_column(Sort, "sort"))
    position: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Bulk(Model):
    """Something to be done with many cases: chosen, looked at, then done one by one.

    ``given`` holds what the action needs: codes, ids and times. One that ``undoes`` another puts
    the cases back to what they were before that one.
    """

    __tablename__ = "case_bulks"
    __table_args__ = (
        Index("uq_case_bulks_asked_by_key", "asked_by", "key", unique=True),
        Index("ix_case_bulks_asked_by_id", "asked_by", "id"),
        Index("uq_case_bulks_undoes_id", "undoes_id", unique=True),
        CheckConstraint("total BETWEEN 1 AND 1000", name="total"),
        CheckConstraint("(state = 'drafted') = (started_at IS NULL)", name="started_at"),
        CheckConstraint(
            "(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_at"
        ),
    )

    id: Mapped[Key]
    public_id: Mapped[str] = mapped_column(String(43), unique=True, info=PLAIN)
    key: Mapped[str] = mapped_column(String(128), info=PLAIN)
    asked_by: Mapped[ActorRef]
    action: Mapped[BulkAction] = mapped_column(enum_column(BulkAction, "action"))
    given: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    state: Mapped[BulkState] = mapped_column(enum_column(BulkState, "state"))
    total: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undoes_id: Mapped[int | None] = mapped_column(ref("case_bulks.id"))


class BulkItem(Model):
    """One case of them: the version that was looked at, and what became of it.

    ``before`` and ``version_after`` are what taking it back needs, where it can be taken back.
    """

    __tablename__ = "case_bulk_items"
    __table_args__ = (
        Index(
            "ix_case_bulk_items_waiting",
            *("bulk_id", "case_id"),
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("(state = 'waiting') = (at IS NULL)", name="at"),
        CheckConstraint("(state = 'skipped') = (why <> '')", name="why"),
        CheckConstraint("(before IS NULL) = (version_after IS NULL)", name="before"),
    )

    bulk_id: Mapped[int] = mapped_column(ref("case_bulks.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True, index=True)
    version: Mapped[int]
    state: Mapped[ItemState] = mapped_column(enum_column(ItemState, "state"))
    why: Mapped[Code] = mapped_column(default="")
    at: Mapped[datetime | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(info=PLAIN)
    version_after: Mapped[int | None]
