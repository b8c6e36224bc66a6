"""Working together as stored: watchers, news for colleagues, links, child cases, side tasks."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.together.states import LinkKind, NewsKind, TaskState, Team
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Key, Model, enum_column, ref


class CaseWatcher(Model):
    """A colleague who watches a case, or who has left it and stays away (``is_watching`` false)."""

    __tablename__ = "case_watchers"
    __table_args__ = (Index("ix_case_watchers_staff_id", "staff_id"),)

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    is_watching: Mapped[bool]
    changed_at: Mapped[datetime]


class CaseNews(Model):
    """Something a colleague is told of a case; ids only, the words stand in the case.

    What happens again before it is read counts up in one row; each mention has its own.
    """

    __tablename__ = "case_news"
    __table_args__ = (
        Index("ix_case_news_staff_id_id", "staff_id", "id"),
        Index("ix_case_news_case_id", "case_id"),
        Index(
            "uq_case_news_unread",
            "staff_id",
            "case_id",
            "kind",
            unique=True,
            postgresql_where=text("read_at IS NULL AND entry_id IS NULL"),
        ),
        Index("uq_case_news_staff_id_entry_id", "staff_id", "entry_id", unique=True),
        CheckConstraint("times > 0", name="times"),
        CheckConstraint("(kind = 'mentioned') = (entry_id IS NOT NULL)", name="entry"),
    )

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ref("staff.id"))
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    kind: Mapped[NewsKind] = mapped_column(enum_column(NewsKind, "kind"))
    entry_id: Mapped[int | None] = mapped_column(ref("case_entries.id"))
    by: Mapped[ActorRef]
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class CaseLink(Model):
    """Two cases that hang together; of those that are merely related the smaller id is first."""

    __tablename__ = "case_links"
    __table_args__ = (
        Index("ix_case_links_to_id", "to_id"),
        CheckConstraint("from_id <> to_id", name="two"),
        CheckConstraint("kind <> 'related' OR from_id < to_id", name="order"),
    )

    from_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(enum_column(LinkKind, "kind"), primary_key=True)
    by: Mapped[ActorRef]
    at: Mapped[datetime]


class CaseChild(Model):
    """A case opened from another; ``is_blocking``: the parent waits for it before it is settled."""

    __tablename__ = "case_children"
    __table_args__ = (
        Index("ix_case_children_parent_id", "parent_id"),
        CheckConstraint("child_id <> parent_id", name="two"),
    )

    child_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True, autoincrement=False)
    parent_id: Mapped[int] = mapped_column(ref("cases.id"))
    is_blocking: Mapped[bool]
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    by: Mapped[ActorRef]
    at: Mapped[datetime]


class CaseTask(Model):
    """A side task: what somebody else has to do before a case can go on.

    ``waits``: the case waits for it and comes back by itself when the last such task has ended.
    """

    __tablename__ = "case_tasks"
    __table_args__ = (
        Index("ix_case_tasks_case_id", "case_id"),
        Index(
            "ix_case_tasks_to_do",
            "team",
            "due_at",
            postgresql_where=text("state IN ('open', 'doing')"),
        ),
        Index("ix_case_tasks_assignee_id", "assignee_id"),
        CheckConstraint("(state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    title: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    detail: Mapped[str] = mapped_column(Text, info=PERSONAL)
    remark: Mapped[str] = mapped_column(Text, default="", info=PERSONAL)
    team: Mapped[Team] = mapped_column(enum_column(Team, "team"))
    assignee_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    due_at: Mapped[datetime | None]
    state: Mapped[TaskState] = mapped_column(enum_column(TaskState, "state"))
    waits: Mapped[bool]
    opened_at: Mapped[datetime]
    opened_by: Mapped[ActorRef]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80), info=PLAIN)
    version: Mapped[int] = mapped_column(default=1)
