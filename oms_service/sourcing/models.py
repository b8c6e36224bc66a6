"""Sourcing as stored: every decision, for ever."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, ActorRef, Key, Minor, Model, enum_column, ref
from oms_service.sourcing.states import DecisionKind


class SourcingDecision(Model):
    """Where units of one order come from, and why from there; only ever added to.

    ``answer`` is what ``sourcing.decisions`` writes and reads: picks, units that wait, units
    taken back, and each location with its causes as codes and numbers. ``key`` makes a repeated
    command find its own decision.
    """

    __tablename__ = "sourcing_decisions"
    __table_args__ = (
        CheckConstraint("cost_minor >= 0", name="cost_minor"),
        CheckConstraint("is_exact OR most_locations IS NOT NULL", name="limit_said"),
        Index("uq_sourcing_decisions_key", "key", unique=True),
        Index("ix_sourcing_decisions_order_id_id", "order_id", "id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    kind: Mapped[DecisionKind] = mapped_column(enum_column(DecisionKind, "kind"))
    decided_at: Mapped[datetime]
    actor: Mapped[ActorRef]
    policy_id: Mapped[int | None] = mapped_column(ref("policies.id"))
    #: What the choice costs by its own rules, in minor units of the carriers' table.
    cost_minor: Mapped[Minor] = mapped_column(default=0)
    is_exact: Mapped[bool] = mapped_column(default=True)
    #: How many locations at most were combined, where not every choice was looked at.
    most_locations: Mapped[int | None]
    answer: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    key: Mapped[str] = mapped_column(String(120), info=PLAIN)
