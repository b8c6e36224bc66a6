"""What was done about orders from cases, as stored; the things stand with their owners."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.acting.states import ActKind
from oms_service.infra.db import PLAIN, ActorRef, Key, Model, enum_column, ref


class CaseAct(Model):
    """One thing done about an order, once for each key of a case.

    ``position`` counts those of the case from 1: with its number it is what programs call it.
    ``facts`` are amounts, codes and numbers of it; where the thing is a return, a claim or a
    change, its id. Refunds stand in ``CaseActRefund``.
    """

    __tablename__ = "case_acts"
    __table_args__ = (
        Index("uq_case_acts_case_id_key", "case_id", "key", unique=True),
        Index("uq_case_acts_case_id_position", "case_id", "position", unique=True),
        Index("ix_case_acts_order_id", "order_id"),
        Index("ix_case_acts_return_id", "return_id"),
        Index("ix_case_acts_claim_id", "claim_id"),
        Index("ix_case_acts_change_id", "change_id"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
        CheckConstraint(
            "(return_id IS NOT NULL)::int + (claim_id IS NOT NULL)::int"
            " + (change_id IS NOT NULL)::int <= 1",
            name="one_thing",
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    position: Mapped[int]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    kind: Mapped[ActKind] = mapped_column(enum_column(ActKind, "kind"))
    key: Mapped[str] = mapped_column(String(80), info=PLAIN)
    facts: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    return_id: Mapped[int | None] = mapped_column(ref("returns.id"))
    claim_id: Mapped[int | None] = mapped_column(ref("claims.id"))
    change_id: Mapped[int | None] = mapped_column(ref("order_changes.id"))
    done_by: Mapped[ActorRef]
    done_at: Mapped[datetime]
    undone_by: Mapped[ActorRef | None]
    undone_at: Mapped[datetime | None]


class CaseActRefund(Model):
    """A refund that was asked for from a case; one belongs to one act at most."""

    __tablename__ = "case_act_refunds"
    __table_args__ = (Index("ix_case_act_refunds_act_id", "act_id"),)

    refund_id: Mapped[int] = mapped_column(ref("refunds.id"), primary_key=True)
    act_id: Mapped[int] = mapped_column(ref("case_acts.id"))
