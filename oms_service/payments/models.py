"""Money as stored: how customers pay, and the ledger of what was paid."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
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
from oms_service.payments.states import (
    AttemptState,
    ChargebackState,
    EntryKind,
    GiftCardState,
    MethodKind,
    NoticeState,
    Purpose,
    RefundPart,
    RefundState,
)


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
    #: Stored value may end; a sweep then takes the balance away.
    expires_at: Mapped[datetime | None]
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
        Index(
            "ix_payment_entries_provider_ref",
            "provider_ref",
            postgresql_where=text("provider_ref <> ''"),
        ),
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
    """Money owed back for a reason; ``key`` makes asking twice one refund.

    ``round`` counts tries that ended in a refusal and the present one: each has a key of its own
    at the provider. ``payment_ref`` is the payment it is taken from, as the provider names it.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_refunds_order_id", "order_id"),
        Index(
            "ix_refunds_unsettled",
            "id",
            postgresql_where=text("state IN ('awaiting_approval', 'requested', 'failed')"),
        ),
        Index(
            "ix_refunds_provider_ref", "provider_ref", postgresql_where=text("provider_ref <> ''")
        ),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("decided_by IS NULL OR decided_by <> requested_by", name="four_eyes"),
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
    part: Mapped[RefundPart] = mapped_column(
        enum_column(RefundPart, "part"), default=RefundPart.ORDER
    )
    payment_ref: Mapped[str] = mapped_column(String(120), default="", info=PLAIN)
    round: Mapped[int] = mapped_column(default=1)
    #: The provider cannot pay it: a colleague does, and says so.
    is_by_hand: Mapped[bool] = mapped_column(default=False)
    failure: Mapped[Code] = mapped_column(default="")
    provider_ref: Mapped[str] = mapped_column(String(120), default="", info=PLAIN)
    #: Who approved or declined it, where the amount needed a second person.
    decided_by: Mapped[ActorRef | None]
    decided_at: Mapped[datetime | None]


class StaffRefundLimit(Model):
    """What one colleague may give back alone in a currency, where it is not what their roles say.

    An empty amount leaves that kind to the roles; a row says one of the two at least.
    """

    __tablename__ = "staff_refund_limits"
    __table_args__ = (
        CheckConstraint("refund_up_to_minor >= 0", name="refund_up_to_minor"),
        CheckConstraint("goodwill_up_to_minor >= 0", name="goodwill_up_to_minor"),
        CheckConstraint(
            "num_nonnulls(refund_up_to_minor, goodwill_up_to_minor) > 0", name="says_something"
        ),
    )

    #: A colleague's; who that is, the package of colleagues knows.
    staff_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    refund_up_to_minor: Mapped[Minor | None]
    goodwill_up_to_minor: Mapped[Minor | None]


class PaymentAttempt(Model):
    """Something asked of a provider: written before the call, with the key of the call.

    ``payment_ref`` is the authorization that a capture or void is about, ``provider_ref`` what
    the provider called the outcome. ``round`` as in refunds.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint(
            "(state IN ('done', 'refused', 'ended')) = (settled_at IS NOT NULL)",
            name="settled_when_over",
        ),
        Index("ix_payment_attempts_order_id", "order_id"),
        Index(
            "ix_payment_attempts_provider_ref",
            "provider_ref",
            postgresql_where=text("provider_ref <> ''"),
        ),
        Index(
            "ix_payment_attempts_waiting",
            "expires_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, "purpose"))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[Code]
    #: Nothing more will be taken from the authorization after this capture.
    is_final: Mapped[bool] = mapped_column(default=True)
    payment_ref: Mapped[str] = mapped_column(String(120), default="", info=PLAIN)
    state: Mapped[AttemptState] = mapped_column(enum_column(AttemptState, "state"))
    round: Mapped[int] = mapped_column(default=1)
    is_by_hand: Mapped[bool] = mapped_column(default=False)
    provider_ref: Mapped[str] = mapped_column(String(120), default="", info=PLAIN)
    refusal: Mapped[Code] = mapped_column(default="")
    #: What the customer pays with: the number of a slip, or a page of the provider's.
    slip_number: Mapped[str] = mapped_column(String(40), default="", info=PERSONAL)
    action_url: Mapped[str] = mapped_column(String(500), default="", info=PERSONAL)
    expires_at: Mapped[datetime | None]
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class Chargeback(Model):
    """A customer's bank takes money back.

    ``held_minor`` is what of it the order still had when it was opened: that much may not be
    refunded meanwhile, and goes into the ledger if the dispute is lost.
    """

    __tablename__ = "chargebacks"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("held_minor >= 0 AND held_minor <= amount_minor", name="held"),
        Index("ix_chargebacks_order_id", "order_id"),
        Index(
            "ix_chargebacks_open",
            "evidence_due_at",
            "id",
            postgresql_where=text("state IN ('open', 'contested')"),
        ),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    amount_minor: Mapped[Minor]
    held_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[Code]
    provider_ref: Mapped[str] = mapped_column(String(120), default="", info=PLAIN)
    state: Mapped[ChargebackState] = mapped_column(enum_column(ChargebackState, "state"))
    evidence_due_at: Mapped[datetime | None]
    opened_by: Mapped[ActorRef]
    opened_at: Mapped[datetime]
    settled_by: Mapped[ActorRef | None]
    settled_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class GiftCard(Model):
    """Value sold or given as a code; only the code's digest is kept.

    Claimed by a customer it becomes a payment method of theirs, whose balance has its own ledger.
    """

    __tablename__ = "gift_cards"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(state = 'claimed') = (method_id IS NOT NULL)", name="claimed_by"),
        CheckConstraint("(state = 'issued') = (settled_at IS NULL)", name="settled_when_over"),
        Index(
            "ix_gift_cards_expiring",
            "expires_at",
            "id",
            postgresql_where=text("state = 'issued' AND expires_at IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    code_digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    last_four: Mapped[str] = mapped_column(String(4), info=PLAIN)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    cause: Mapped[Code]
    order_id: Mapped[int | None] = mapped_column(ref("orders.id"))
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    state: Mapped[GiftCardState] = mapped_column(enum_column(GiftCardState, "state"))
    expires_at: Mapped[datetime | None]
    issued_by: Mapped[ActorRef]
    issued_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class PaymentNotice(Model):
    """Something a provider told of money, once for each event of its own.

    Money that belongs to no order stays ``unmatched`` until somebody attaches it or sends it back.
    """

    __tablename__ = "payment_notices"
    __table_args__ = (
        Index("uq_payment_notices_provider_event_id", "provider", "event_id", unique=True),
        Index(
            "ix_payment_notices_unmatched",
            "id",
            postgresql_where=text("state IN ('unmatched', 'sending_back')"),
        ),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("round >= 1", name="round"),
    )

    id: Mapped[Key]
    provider: Mapped[Code]
    event_id: Mapped[str] = mapped_column(String(120), info=PLAIN)
    kind: Mapped[Code]
    payment_ref: Mapped[str] = mapped_column(String(120), info=PLAIN)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    #: The order's number or the channel's reference, where the payment carries it.
    order_hint: Mapped[str] = mapped_column(String(80), default="", info=PLAIN)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    inbound_id: Mapped[int] = mapped_column(ref("inbound_bodies.id"))
    order_id: Mapped[int | None] = mapped_column(ref("orders.id"))
    state: Mapped[NoticeState] = mapped_column(enum_column(NoticeState, "state"))
    round: Mapped[int] = mapped_column(default=1)
    settled_by: Mapped[ActorRef | None]
    settled_at: Mapped[datetime | None]
