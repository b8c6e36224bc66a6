"""Money as stored: how customers pay, and the ledger of what was paid."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
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
from oms_service.payments.states import EntryKind, MethodKind, RefundState


class PaymentMethod(Model):
    """A way to pay that a customer has: a token, never a card number.

    Gift cards and store credit have a balance, which only ``stored_value_entries`` change.
    """

    __tablename__ = "payment_methods"
    __table_args__ = (
        CheckConstraint("balance_minor >= 0", name="balance"),
        CheckConstraint(
            "(kind IN ('gift_card', 'store_credit')) = (balance_minor IS NOT NULL)",
            name="balance_where_value_is_stored",
        ),
        Index("uq_payment_methods_customer_id_token", "customer_id", "token", unique=True),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    kind: Mapped[MethodKind] = mapped_column(enum_column(MethodKind, "kind"))
    token: Mapped[str] = mapped_column(String(120), info=PERSONAL)
    brand: Mapped[str] = mapped_column(String(40), default="", info=PERSONAL)
    last_four: Mapped[str] = mapped_column(String(4), default="", info=PERSONAL)
    currency: Mapped[Currency | None]
    balance_minor: Mapped[Minor | None]
    is_active: Mapped[bool] = mapped_column(default=True)


class StoredValueEntry(Model):
    """One change of a gift card's or store credit's balance."""

    __tablename__ = "stored_value_entries"
    __table_args__ = (Index("ix_stored_value_entries_method_id", "method_id"),)

    id: Mapped[Key]
    method_id: Mapped[int] = mapped_column(ref("payment_methods.id"))
    amount_minor: Mapped[Minor]
    cause: Mapped[str] = mapped_column(String(80), info=PLAIN)
    actor: Mapped[ActorRef]
    at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class PaymentEntry(Model):
    """One line of the payments ledger; amounts are positive, the kind gives the direction."""

    __tablename__ = "payment_entries"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_payment_entries_order_id", "order_id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind, "kind"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    provider_ref: Mapped[str] = mapped_column(String(120), default="", info=PLAIN)
    refund_id: Mapped[int | None] = mapped_column(ref("refunds.id"))
    actor: Mapped[ActorRef]
    #: Empty where the source of the order did not say.
    at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class Refund(Model):
    """Money owed back for a reason; ``key`` makes asking twice one refund."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_refunds_order_id", "order_id"),
        Index("ix_refunds_requested", "id", postgresql_where=text("state = 'requested'")),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    return_id: Mapped[int | None] = mapped_column(ref("returns.id"))
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[Code]
    state: Mapped[RefundState] = mapped_column(enum_column(RefundState, "state"))
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)
