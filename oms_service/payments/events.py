"""What payments tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("refund.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """Money is owed back; ``return_id`` where goods came back for it."""

    order_id: int
    refund_id: int
    return_id: int | None
    amount_minor: int
    currency: str


@event("refund.paid", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundPaid(Event):
    """The customer has the money, or its provider has taken the order to pay it."""

    order_id: int
    refund_id: int
    return_id: int | None
    amount_minor: int
    currency: str


@event("refund.approval_needed", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundApprovalNeeded(Event):
    """An amount above what its requester may give: nothing is owed until a second person agrees."""

    order_id: int
    refund_id: int
    amount_minor: int
    currency: str


@event("refund.declined", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundDeclined(Event):
    """The second person did not agree; nothing is owed."""

    order_id: int
    refund_id: int


@event("refund.failed", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundFailed(Event):
    """The provider will not pay it; ``failure`` is a code. The money is still owed."""

    order_id: int
    refund_id: int
    return_id: int | None
    failure: str


@event("refund.retried", of="order")
@dataclass(frozen=True, kw_only=True)
class RefundRetried(Event):
    """A refund is to be paid anew, perhaps another way."""

    order_id: int
    refund_id: int
    method_id: int | None


@event("payment.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentRequested(Event):
    """A provider is to be asked for something; ``purpose`` is authorize, charge, capture, void."""

    order_id: int
    attempt_id: int
    purpose: str
    amount_minor: int
    currency: str


@event("payment.authorized", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentAuthorized(Event):
    """Money is promised by the customer's bank."""

    order_id: int
    attempt_id: int
    amount_minor: int
    currency: str


@event("payment.captured", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Event):
    """Money has come in."""

    order_id: int
    attempt_id: int
    amount_minor: int
    currency: str


@event("payment.voided", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentVoided(Event):
    """Promised money was let go."""

    order_id: int
    attempt_id: int
    amount_minor: int
    currency: str


@event("payment.waiting", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentWaiting(Event):
    """It needs the customer, a bank or a colleague, until ``expires_at`` where there is an end."""

    order_id: int
    attempt_id: int
    purpose: str
    is_by_hand: bool
    expires_at: str


@event("payment.ask_changed", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentAskChanged(Event):
    """The order costs something else than its customer was asked for by slip, or at the door.

    The old request has ended; ``new_attempt_id`` takes its place, and is None where nothing is to
    be paid any more.
    """

    order_id: int
    attempt_id: int
    new_attempt_id: int | None
    before_minor: int
    after_minor: int
    currency: str


@event("payment.refused", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentRefused(Event):
    """The provider said no; ``refusal`` is a code."""

    order_id: int
    attempt_id: int
    purpose: str
    refusal: str


@event("payment.ended", of="order")
@dataclass(frozen=True, kw_only=True)
class PaymentEnded(Event):
    """What was waited for will not come: its time is over, or it was called off."""

    order_id: int
    attempt_id: int
    purpose: str
    reason: str


@event("chargeback.opened", of="order")
@dataclass(frozen=True, kw_only=True)
class ChargebackOpened(Event):
    """A customer's bank takes money back; evidence is due at ``evidence_due_at``."""

    order_id: int
    chargeback_id: int
    amount_minor: int
    currency: str
    evidence_due_at: str


@event("chargeback.settled", of="order")
@dataclass(frozen=True, kw_only=True)
class ChargebackSettled(Event):
    """A dispute is over; ``outcome`` is won or lost."""

    order_id: int
    chargeback_id: int
    outcome: str


@event("gift_card.issued", of="gift_card")
@dataclass(frozen=True, kw_only=True)
class GiftCardIssued(Event):
    """A code with value was made."""

    gift_card_id: int
    amount_minor: int
    currency: str


@event("gift_card.claimed", of="gift_card")
@dataclass(frozen=True, kw_only=True)
class GiftCardClaimed(Event):
    """Its value is a customer's balance now."""

    gift_card_id: int
    customer_id: int
    method_id: int


@event("payment.unmatched", of="notice")
@dataclass(frozen=True, kw_only=True)
class PaymentUnmatched(Event):
    """A provider has taken money that belongs to no order."""

    notice_id: int
    amount_minor: int
    currency: str


@event("payment.send_back_requested", of="notice")
@dataclass(frozen=True, kw_only=True)
class SendBackRequested(Event):
    """Money that belongs to no order is to go back."""

    notice_id: int
