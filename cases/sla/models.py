"""Answer times as stored: opening hours and policies the shop edits, and the clocks of cases."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cases.sla.clocks import ClockState, Metric
from oms_service.infra.db import PLAIN, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Words


class SlaHours(Model):
    """When a desk is open; ``week`` and ``special`` as ``sla.reading`` reads them.

    ``country`` is the one whose national holidays are kept, empty where none are.
    """

    __tablename__ = "sla_hours"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    zone: Mapped[str] = mapped_column(String(60), info=PLAIN)
    country: Mapped[str] = mapped_column(String(2), default="", info=PLAIN)
    week: Mapped[list[Any]] = mapped_column(JSONB, info=PLAIN)
    special: Mapped[dict[str, Any]] = mapped_column(default=dict, info=PLAIN)
    version: Mapped[int] = mapped_column(default=1)


class SlaPolicy(Model):
    """How soon which cases are answered; the first active one that fits holds.

    An empty list of a condition fits all. ``targets``: seconds by metric. ``ladder``: what
    happens at which percent of a target, as ``sla.reading`` reads it.
    """

    __tablename__ = "sla_policies"
    __table_args__ = (CheckConstraint("position >= 0", name="position"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    position: Mapped[int]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    priorities: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    tiers: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    channels: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list, info=PLAIN)
    hours_id: Mapped[int] = mapped_column(ref("sla_hours.id"))
    targets: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    ladder: Mapped[list[Any]] = mapped_column(JSONB, info=PLAIN)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class SlaBook(Model):
    """Grows with every change of hours or policies: clocks of an older book are derived anew."""

    __tablename__ = "sla_book"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(default=1)


class SlaClock(Model):
    """One clock of a case, as ``sla.clocks`` derives it from the case's record.

    ``warned`` is the highest share of its target that people were told of, in percent;
    ``warn_at`` the moment of the next one while it runs.
    """

    __tablename__ = "sla_clocks"
    __table_args__ = (
        Index("uq_sla_clocks_case_id_metric_round", "case_id", "metric", "round", unique=True),
        Index("ix_sla_clocks_warn_at", "warn_at", postgresql_where=text("warn_at IS NOT NULL")),
        Index(
            "ix_sla_clocks_open_book",
            "book_version",
            "case_id",
            postgresql_where=text("state IN ('running', 'paused')"),
        ),
        CheckConstraint("target > interval '0'", name="target"),
        CheckConstraint("elapsed >= interval '0'", name="elapsed"),
        CheckConstraint("(state = 'running') = (running_since IS NOT NULL)", name="running"),
        CheckConstraint("(running_since IS NULL) = (due_at IS NULL)", name="due"),
        CheckConstraint(
            "(state IN ('stopped', 'cancelled')) = (stopped_at IS NOT NULL)", name="stopped"
        ),
        CheckConstraint("warned IN (0, 50, 80, 100)", name="warned"),
        CheckConstraint("warn_at IS NULL OR running_since IS NOT NULL", name="warn_at"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    metric: Mapped[Metric] = mapped_column(enum_column(Metric, "metric"))
    round: Mapped[int]
    policy_id: Mapped[int] = mapped_column(ref("sla_policies.id"))
    book_version: Mapped[int]
    target: Mapped[timedelta]
    started_at: Mapped[datetime]
    state: Mapped[ClockState] = mapped_column(enum_column(ClockState, "state"))
    elapsed: Mapped[timedelta]
    running_since: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    warned: Mapped[int] = mapped_column(default=0)
    warn_at: Mapped[datetime | None]
