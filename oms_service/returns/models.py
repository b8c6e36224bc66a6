"""Returns as stored."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import (
    PERSONAL,
    PLAIN,
    ActorRef,
    Code,
    Currency,
    Key,
    Minor,
    Model,
    enum_column,
    ref,
)
from oms_service.returns.states import Disposition, ReturnReason, ReturnState


class Return(Model):
    """Goods a customer wants to send back for money (an RMA), and who decided what about it."""

    __tablename__ = "returns"
    __table_args__ = (
        CheckConstraint("refund_minor >= 0 AND fee_minor >= 0", name="not_negative"),
        Index("ix_returns_order_id", "order_id"),
        Index("ix_returns_state_id", "state", "id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    state: Mapped[ReturnState] = mapped_column(enum_column(ReturnState, "state"))
    channel: Mapped[Code]
    #: What the customer gets back if everything arrives as announced, as previewed to them.
    refund_minor: Mapped[Minor]
    fee_minor: Mapped[Minor] = mapped_column(default=0)
    currency: Mapped[Currency]
    refund_method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    #: Why policy sent it to a person; empty when it was allowed at once.
    referred_by_rule: Mapped[Code] = mapped_column(default="")
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    decided_by: Mapped[ActorRef | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="", info=PERSONAL)
    received_by: Mapped[ActorRef | None]
    received_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    #: The caller's own key: asking twice is one return.
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class ReturnLine(Model):
    """How many of an order line come back, and what became of them."""

    __tablename__ = "return_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND received BETWEEN 0 AND quantity", name="quantity"),
        Index("uq_return_lines_return_id_order_line_id", "return_id", "order_line_id", unique=True),
    )

    id: Mapped[Key]
    return_id: Mapped[int] = mapped_column(ref("returns.id"))
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    quantity: Mapped[int]
    reason: Mapped[ReturnReason] = mapped_column(enum_column(ReturnReason, "reason"))
    received: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[Disposition | None] = mapped_column(enum_column(Disposition, "disposition"))
