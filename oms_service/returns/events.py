"""What returns tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("return.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnRequested(Event):
    """A customer wants to send goods back; ``failed_rule`` where a person has to decide."""

    order_id: int
    return_id: int
    is_referred: bool
    failed_rule: str
    refund_minor: int
    currency: str


@event("return.approved", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnApproved(Event):
    """The goods may come; ``by_policy`` where no person had to say so."""

    order_id: int
    return_id: int
    by_policy: bool


@event("return.hand_over_chosen", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnHandOverChosen(Event):
    """How the goods get to the carrier: ``drop_off``, or ``pickup`` on a day of the shop's zone."""

    order_id: int
    return_id: int
    way: str
    collect_on: str | None
    collect_window: str


@event("return.rejected", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnRejected(Event):
    """A person said no."""

    order_id: int
    return_id: int


@event("return.received", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnReceived(Event):
    """All goods are here; ``refund_minor`` is what is owed for them, ``last_minor`` the last of it.

    That is what is owed since the parcel that came last; None where nobody wrote it down.
    """

    order_id: int
    return_id: int
    refund_minor: int
    currency: str
    last_minor: int | None = None


@event("return.in_transit", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnSent(Event):
    """A carrier has the goods that come back."""

    order_id: int
    return_id: int


@event("return.partly_received", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnPartlyReceived(Event):
    """Some of the goods are here, more are to come; ``refund_minor`` is owed for these."""

    order_id: int
    return_id: int
    receipt_id: int
    refund_minor: int
    currency: str


@event("return.differed", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnDiffered(Event):
    """What came is not what was announced: a person should look. Each is a number of units."""

    order_id: int
    return_id: int
    missing: int
    damaged: int
    wrong_item: int
    surplus: int


@event("return.withdrawn", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnWithdrawn(Event):
    """The goods stay with the customer after all; ``by_customer`` unless staff called it off."""

    order_id: int
    return_id: int
    by_customer: bool


@event("return.overdue", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnOverdue(Event):
    """The goods should have been sent back by now; ``kind`` says what they are for."""

    order_id: int
    return_id: int
    kind: str


@event("return.settled", of="order")
@dataclass(frozen=True, kw_only=True)
class ReturnSettled(Event):
    """Nothing is open of a return any more: all that was owed for it, if anything, is paid."""

    order_id: int
    return_id: int
    refunded_minor: int
    currency: str


@event("exchange.sent", of="order")
@dataclass(frozen=True, kw_only=True)
class ExchangeSent(Event):
    """The new goods of an exchange are lines of the order now."""

    order_id: int
    return_id: int
    exchange_id: int


@event("exchange.completed", of="order")
@dataclass(frozen=True, kw_only=True)
class ExchangeCompleted(Event):
    """The old goods came, or their not coming was settled."""

    order_id: int
    return_id: int
    exchange_id: int


@event("exchange.cancelled", of="order")
@dataclass(frozen=True, kw_only=True)
class ExchangeCancelled(Event):
    """Nothing is exchanged; what was reserved, sent or charged for it has been undone."""

    order_id: int
    return_id: int
    exchange_id: int


@event("claim.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class ClaimRequested(Event):
    """Something is wrong with goods; ``failed_rule`` where a person has to decide."""

    order_id: int
    claim_id: int
    reason: str
    remedy: str
    is_referred: bool
    failed_rule: str


@event("claim.approved", of="order")
@dataclass(frozen=True, kw_only=True)
class ClaimApproved(Event):
    """It will be put right; ``return_id`` where the goods come back first."""

    order_id: int
    claim_id: int
    return_id: int | None
    by_policy: bool


@event("claim.remedied", of="order")
@dataclass(frozen=True, kw_only=True)
class ClaimRemedied(Event):
    """It has been put right: ``refund_minor`` is owed, or a replacement is on the order."""

    order_id: int
    claim_id: int
    remedy: str
    refund_minor: int
    currency: str


@event("claim.rejected", of="order")
@dataclass(frozen=True, kw_only=True)
class ClaimRejected(Event):
    """A person said no."""

    order_id: int
    claim_id: int


@event("claim.reopened", of="order")
@dataclass(frozen=True, kw_only=True)
class ClaimReopened(Event):
    """How a claim was put right is undone, so a person decides anew.

    ``why`` is ``replacement_cancelled`` or ``refund_declined``.
    """

    order_id: int
    claim_id: int
    why: str


@event("claim.withdrawn", of="order")
@dataclass(frozen=True, kw_only=True)
class ClaimWithdrawn(Event):
    """The customer's claim was called off."""

    order_id: int
    claim_id: int
