"""What came back and why, as stored: returns, their parcels and receipts, exchanges, claims."""

from datetime import date, datetime

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
from oms_service.returns.states import (
    ClaimReason,
    ClaimState,
    Condition,
    Disposition,
    ExchangeState,
    Finding,
    Goods,
    HandOver,
    Moment,
    NeverBack,
    ParcelState,
    RefundFor,
    RefundWhen,
    Remedy,
    ReturnKind,
    ReturnReason,
    ReturnState,
)


class Return(Model):
    """Goods a customer wants to send back (an RMA), what for, and who decided what about it."""

    __tablename__ = "returns"
    __table_args__ = (
        CheckConstraint("refund_minor >= 0 AND fee_minor >= 0", name="not_negative"),
        CheckConstraint(
            "restocking_minor >= 0 AND postage_minor >= 0"
            " AND restocking_minor + postage_minor <= fee_minor",
            name="parts_of_fee",
        ),
        Index("ix_returns_order_id", "order_id"),
        Index("ix_returns_state_id", "state", "id"),
        Index("ix_returns_requested_at", "requested_at"),
        Index(
            "ix_returns_send_back_by",
            "send_back_by",
            postgresql_where=text("state = 'approved' AND overdue_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    kind: Mapped[ReturnKind] = mapped_column(
        enum_column(ReturnKind, "kind"), default=ReturnKind.RETURN
    )
    state: Mapped[ReturnState] = mapped_column(enum_column(ReturnState, "state"))
    channel: Mapped[Code]
    #: What the customer gets back if everything arrives as announced, as previewed to them.
    refund_minor: Mapped[Minor]
    #: All that is taken off; how much of it for restocking and for the way back.
    fee_minor: Mapped[Minor] = mapped_column(default=0)
    restocking_minor: Mapped[Minor] = mapped_column(default=0)
    postage_minor: Mapped[Minor] = mapped_column(default=0)
    currency: Mapped[Currency]
    refund_method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    refund_when: Mapped[RefundWhen] = mapped_column(
        enum_column(RefundWhen, "refund_when"), default=RefundWhen.ON_RECEIPT
    )
    refund_for: Mapped[RefundFor] = mapped_column(
        enum_column(RefundFor, "refund_for"), default=RefundFor.RECEIVED
    )
    #: Why policy sent it to a person; empty when it was allowed at once.
    referred_by_rule: Mapped[Code] = mapped_column(default="")
    #: The version of the shop's terms that held, and were shown, when it was asked for.
    policy_id: Mapped[int | None] = mapped_column(ref("policies.id"))
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    decided_by: Mapped[ActorRef | None]
    decided_at: Mapped[datetime | None]
    #: The refund is above what whoever approved it may give alone.
    needs_second_person: Mapped[bool] = mapped_column(default=False)
    #: What colleagues tell each other about the decision; never shown to the customer.
    decision_note: Mapped[str] = mapped_column(String(500), default="", info=PERSONAL)
    #: What the customer reads about the decision.
    answer: Mapped[str] = mapped_column(String(500), default="", info=PERSONAL)
    sent_at: Mapped[datetime | None]
    #: When the goods should be on their way at the latest, and when we noticed they are not.
    send_back_by: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    received_by: Mapped[ActorRef | None]
    received_at: Mapped[datetime | None]
    #: Everything came or is known to be missing, and all money owed for it is paid.
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    #: The caller's own key: asking twice is one return.
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class ReturnLine(Model):
    """How many of an order line come back, and what became of them."""

    __tablename__ = "return_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND received BETWEEN 0 AND quantity", name="quantity"),
        Index("uq_return_lines_return_id_order_line_id", "return_id", "order_line_id", unique=True),
        Index("ix_return_lines_order_line_id", "order_line_id"),
    )

    id: Mapped[Key]
    return_id: Mapped[int] = mapped_column(ref("returns.id"))
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    quantity: Mapped[int]
    reason: Mapped[ReturnReason] = mapped_column(enum_column(ReturnReason, "reason"))
    condition: Mapped[Condition | None] = mapped_column(enum_column(Condition, "condition"))
    #: Codes of what the customer showed us, such as ``photo``.
    evidence: Mapped[list[str]] = mapped_column(default=list, info=PLAIN)
    received: Mapped[int] = mapped_column(default=0)
    #: What became of most of the units; the receipts tell each of them.
    disposition: Mapped[Disposition | None] = mapped_column(enum_column(Disposition, "disposition"))


class ReturnParcel(Model):
    """A parcel on its way back to us, as announced and as its carrier tells."""

    __tablename__ = "return_parcels"
    __table_args__ = (
        Index("uq_return_parcels_carrier_tracking_key", "carrier", "tracking_key", unique=True),
        Index("ix_return_parcels_tracking_key", "tracking_key"),
        Index("ix_return_parcels_return_id", "return_id"),
    )

    id: Mapped[Key]
    return_id: Mapped[int] = mapped_column(ref("returns.id"))
    carrier: Mapped[Code]
    tracking_number: Mapped[str] = mapped_column(String(60), info=PLAIN)
    tracking_key: Mapped[str] = mapped_column(String(60), info=PLAIN)
    state: Mapped[ParcelState] = mapped_column(enum_column(ParcelState, "state"))
    announced_at: Mapped[datetime]
    #: When its carrier said the newest word of it.
    scanned_at: Mapped[datetime | None]


class ReturnHandOver(Model):
    """How a customer wants to give the goods of a return to the carrier; their last word counts.

    ``collect_window`` are hours as ``shipping.wishes`` names them; empty for any.
    """

    __tablename__ = "return_hand_overs"
    __table_args__ = (
        CheckConstraint("(way = 'pickup') = (collect_on IS NOT NULL)", name="collect_on"),
        CheckConstraint("way = 'pickup' OR collect_window = ''", name="collect_window"),
    )

    return_id: Mapped[int] = mapped_column(ref("returns.id"), primary_key=True)
    way: Mapped[HandOver] = mapped_column(enum_column(HandOver, "way"))
    collect_on: Mapped[date | None]
    collect_window: Mapped[Code] = mapped_column(default="")
    chosen_by: Mapped[ActorRef]
    chosen_at: Mapped[datetime]


class Receipt(Model):
    """Goods of a return booked in at one location; one return may come in several."""

    __tablename__ = "return_receipts"
    __table_args__ = (Index("ix_return_receipts_return_id", "return_id"),)

    id: Mapped[Key]
    return_id: Mapped[int] = mapped_column(ref("returns.id"))
    location_id: Mapped[int] = mapped_column(ref("locations.id"))
    parcel_id: Mapped[int | None] = mapped_column(ref("return_parcels.id"))
    received_by: Mapped[ActorRef]
    received_at: Mapped[datetime]
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)


class ReceiptUnits(Model):
    """Units of one variant in a receipt, what was found and what becomes of them.

    Units of a line that was announced count for the return; a wrong item and a surplus are kept
    in stock's books only, until a person has decided about them.
    """

    __tablename__ = "return_receipt_units"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("disposition <> 'missing'", name="something_came"),
        CheckConstraint(
            "(return_line_id IS NOT NULL) = (finding IN ('expected', 'damaged'))",
            name="line_where_announced",
        ),
        Index("ix_return_receipt_units_receipt_id", "receipt_id"),
        Index("ix_return_receipt_units_return_line_id", "return_line_id"),
    )

    id: Mapped[Key]
    receipt_id: Mapped[int] = mapped_column(ref("return_receipts.id"))
    return_line_id: Mapped[int | None] = mapped_column(ref("return_lines.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    quantity: Mapped[int]
    finding: Mapped[Finding] = mapped_column(enum_column(Finding, "finding"))
    disposition: Mapped[Disposition] = mapped_column(enum_column(Disposition, "disposition"))


class Exchange(Model):
    """Goods for goods: what an RMA of that kind sends in turn, and the difference in price.

    ``difference_minor`` is above nothing where the customer owes it, below where the shop does.
    ``settled_minor`` is how much of it has been asked for or given back so far.
    """

    __tablename__ = "exchanges"
    __table_args__ = (Index("ix_exchanges_order_id", "order_id"),)

    id: Mapped[Key]
    return_id: Mapped[int] = mapped_column(ref("returns.id"), unique=True)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    state: Mapped[ExchangeState] = mapped_column(enum_column(ExchangeState, "state"))
    sends: Mapped[Moment] = mapped_column(enum_column(Moment, "sends"))
    settles: Mapped[Moment] = mapped_column(enum_column(Moment, "settles"))
    never_back: Mapped[NeverBack] = mapped_column(enum_column(NeverBack, "never_back"))
    method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    difference_minor: Mapped[Minor]
    settled_minor: Mapped[Minor] = mapped_column(default=0)
    currency: Mapped[Currency]
    sent_at: Mapped[datetime | None]


class ExchangeLine(Model):
    """Units of an order line and the variant that comes in their place.

    ``old_value_minor`` and ``new_value_minor`` are for all units, added tax included.
    """

    __tablename__ = "exchange_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("old_value_minor >= 0 AND new_value_minor >= 0", name="not_negative"),
        Index(
            "uq_exchange_lines_exchange_id_order_line_id_variant_id",
            "exchange_id",
            "order_line_id",
            "variant_id",
            unique=True,
        ),
    )

    id: Mapped[Key]
    exchange_id: Mapped[int] = mapped_column(ref("exchanges.id"))
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    old_value_minor: Mapped[Minor]
    new_value_minor: Mapped[Minor]
    #: The line of the order that sends the new units, once there is one.
    new_line_id: Mapped[int | None] = mapped_column(ref("order_lines.id"))


class Claim(Model):
    """Something is wrong with delivered goods; how it is put right, and whether they stay."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("refund_minor >= 0", name="not_negative"),
        Index("ix_claims_order_id", "order_id"),
        Index("ix_claims_state_id", "state", "id"),
        Index("ix_claims_return_id", "return_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    state: Mapped[ClaimState] = mapped_column(enum_column(ClaimState, "state"))
    channel: Mapped[Code]
    remedy: Mapped[Remedy] = mapped_column(enum_column(Remedy, "remedy"))
    goods: Mapped[Goods] = mapped_column(enum_column(Goods, "goods"))
    refund_minor: Mapped[Minor]
    currency: Mapped[Currency]
    refund_method_id: Mapped[int | None] = mapped_column(ref("payment_methods.id"))
    #: The RMA under which the goods come back first.
    return_id: Mapped[int | None] = mapped_column(ref("returns.id"))
    #: Codes of what the customer showed us, such as ``photo``.
    evidence: Mapped[list[str]] = mapped_column(default=list, info=PLAIN)
    referred_by_rule: Mapped[Code] = mapped_column(default="")
    requested_by: Mapped[ActorRef]
    requested_at: Mapped[datetime]
    decided_by: Mapped[ActorRef | None]
    decided_at: Mapped[datetime | None]
    #: What colleagues tell each other; and what the customer reads.
    decision_note: Mapped[str] = mapped_column(String(500), default="", info=PERSONAL)
    answer: Mapped[str] = mapped_column(String(500), default="", info=PERSONAL)
    remedied_at: Mapped[datetime | None]
    #: The refund is above what whoever approved it may give alone.
    needs_second_person: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(120), unique=True, info=PLAIN)


class ClaimLine(Model):
    """Units of an order line that are claimed; ``value_minor`` is what they were sold for."""

    __tablename__ = "claim_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("value_minor >= 0", name="not_negative"),
        Index("uq_claim_lines_claim_id_order_line_id", "claim_id", "order_line_id", unique=True),
        Index("ix_claim_lines_order_line_id", "order_line_id"),
    )

    id: Mapped[Key]
    claim_id: Mapped[int] = mapped_column(ref("claims.id"))
    order_line_id: Mapped[int] = mapped_column(ref("order_lines.id"))
    quantity: Mapped[int]
    reason: Mapped[ClaimReason] = mapped_column(enum_column(ClaimReason, "reason"))
    value_minor: Mapped[Minor]
    #: The line of the order that replaces them, once there is one.
    new_line_id: Mapped[int | None] = mapped_column(ref("order_lines.id"))
