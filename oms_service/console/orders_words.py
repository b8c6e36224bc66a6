"""Words about orders for colleagues: states, reasons to wait, and the past in short sentences."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from oms_service.kernel.money import Money
from oms_service.orders.queries import OrderView
from oms_service.orders.states import FulfilmentState, HoldReason, OrderState, PaymentState
from oms_service.payments.states import MethodKind
from oms_service.ports.carrier import CarrierStatus
from oms_service.ports.timeline import Entry
from oms_service.web.frame import Formats
from oms_service.web.texts import N_, gettext

ORDER: Final[Mapping[OrderState, tuple[str, str]]] = {
    OrderState.DRAFT: (N_("Draft"), ""),
    OrderState.PLACED: (N_("Order placed"), "accent"),
    OrderState.ON_HOLD: (N_("On hold"), "attention"),
    OrderState.COMPLETED: (N_("Completed"), "success"),
    OrderState.CANCELLED: (N_("Cancelled"), "danger"),
}
PAYMENT: Final[Mapping[PaymentState, tuple[str, str]]] = {
    PaymentState.UNPAID: (N_("Not paid"), "attention"),
    PaymentState.AUTHORIZED: (N_("Payment authorised"), "accent"),
    PaymentState.PARTIALLY_PAID: (N_("Partly paid"), "attention"),
    PaymentState.PAID: (N_("Paid in full"), "success"),
    PaymentState.PARTIALLY_REFUNDED: (N_("Partly refunded"), ""),
    PaymentState.REFUNDED: (N_("Money returned"), ""),
}
FULFILMENT: Final[Mapping[FulfilmentState, tuple[str, str]]] = {
    FulfilmentState.UNALLOCATED: (N_("No stock assigned"), "attention"),
    FulfilmentState.BACKORDERED: (N_("Waiting for stock"), "attention"),
    FulfilmentState.PARTIALLY_ALLOCATED: (N_("Some units wait for stock"), "attention"),
    FulfilmentState.ALLOCATED: (N_("Stock assigned"), "accent"),
    FulfilmentState.PICKING: (N_("Being picked"), "accent"),
    FulfilmentState.PACKED: (N_("Packed"), "accent"),
    FulfilmentState.PARTIALLY_SHIPPED: (N_("Partly shipped"), "accent"),
    FulfilmentState.SHIPPED: (N_("All shipped"), "accent"),
    FulfilmentState.PARTIALLY_DELIVERED: (N_("Partly delivered"), "accent"),
    FulfilmentState.DELIVERED: (N_("All delivered"), "success"),
    FulfilmentState.CANCELLED: (N_("Nothing to send"), ""),
}
HOLDS: Final[Mapping[HoldReason, str]] = {
    HoldReason.PAYMENT: N_("Payment to be settled"),
    HoldReason.ADDRESS: N_("Address to be checked"),
    HoldReason.FRAUD: N_("Review for fraud"),
    HoldReason.STOCK: N_("Waits until everything is there"),
    HoldReason.CUSTOMER: N_("The customer asked to wait"),
}
METHODS: Final[Mapping[MethodKind, str]] = {
    MethodKind.CARD: N_("Card"),
    MethodKind.PAYPAL: "PayPal",
    MethodKind.GIFT_CARD: N_("Gift card"),
    MethodKind.STORE_CREDIT: N_("Store credit"),
    MethodKind.KONBINI: N_("Convenience store"),
    MethodKind.CASH_ON_DELIVERY: N_("Cash on delivery"),
    MethodKind.CASH: N_("Cash at the till"),
    MethodKind.BANK_TRANSFER: N_("Bank transfer"),
}
#: The counters of a line that a colleague reads, in the order units go through them.
COUNTERS: Final[Mapping[str, str]] = {
    "backordered": N_("awaiting stock"),
    "allocated": N_("assigned"),
    "picked": N_("picked"),
    "packed": N_("in boxes"),
    "shipped": N_("shipped"),
    "delivered": N_("delivered"),
    "cancelled": N_("cancelled"),
    "return_requested": N_("coming back"),
    "returned": N_("returned"),
    "refunded": N_("refunded"),
}
PARCELS: Final[Mapping[CarrierStatus, str]] = {
    CarrierStatus.PRE_TRANSIT: N_("Not handed over yet"),
    CarrierStatus.IN_TRANSIT: N_("On its way"),
    CarrierStatus.OUT_FOR_DELIVERY: N_("Out for delivery"),
    CarrierStatus.AVAILABLE_FOR_PICKUP: N_("Waiting to be collected"),
    CarrierStatus.ATTEMPTED: N_("Nobody was there"),
    CarrierStatus.DELAYED: N_("Delayed"),
    CarrierStatus.DELIVERED: N_("Delivered"),
    CarrierStatus.CUSTOMS_HOLD: N_("Held by customs"),
    CarrierStatus.RETURNING: N_("Coming back to us"),
    CarrierStatus.FAILURE: N_("Delivery failed"),
    CarrierStatus.UNKNOWN: N_("Not known"),
}
#: Where an order stands and what happens next, before anything else is read.
_NEXT: Final[Mapping[FulfilmentState, str]] = {
    FulfilmentState.UNALLOCATED: N_("No stock is assigned to it yet."),
    FulfilmentState.BACKORDERED: N_("It waits for stock, and is sent as soon as some comes."),
    FulfilmentState.PARTIALLY_ALLOCATED: N_("A part of it waits for stock; the rest is assigned."),
    FulfilmentState.ALLOCATED: N_("Everything is in stock. Next, it is picked."),
    FulfilmentState.PICKING: N_("It is being picked. Next, it is packed."),
    FulfilmentState.PACKED: N_("It is packed. Next, the carrier takes it."),
    FulfilmentState.PARTIALLY_SHIPPED: N_("A part of it is on its way. Next, the rest is sent."),
    FulfilmentState.SHIPPED: N_("All of it is on its way to the customer."),
    FulfilmentState.PARTIALLY_DELIVERED: N_("A part of it has arrived; the rest is on its way."),
    FulfilmentState.DELIVERED: N_("All of it has arrived."),
    FulfilmentState.CANCELLED: N_("Nothing of it is sent any more."),
}
#: The same for what a customer collects in a shop, where it differs.
_NEXT_IN_SHOP: Final[Mapping[FulfilmentState, str]] = {
    FulfilmentState.BACKORDERED: N_("It is being brought to the shop."),
    FulfilmentState.PARTIALLY_ALLOCATED: N_("A part of it is being brought to the shop."),
    FulfilmentState.ALLOCATED: N_("It is in the shop. Next, the customer collects it."),
    FulfilmentState.DELIVERED: N_("The customer has collected it."),
}


def standing(
    order: OrderView,
    said: Formats,
    *,
    holds: Sequence[HoldReason],
    is_collected: bool,
    leaves_by: date | None,
    arrives_by: date | None,
    owed: Money,
) -> tuple[str, ...]:
    """Where an order stands and what happens next, in a sentence or a few; not for drafts."""
    if order.order_state is OrderState.CANCELLED:
        return (str(gettext("This order is cancelled. Nothing more is sent.")),)
    told = []
    if holds:
        why = ", ".join(str(gettext(HOLDS[reason])) for reason in holds)
        told.append(gettext("It is on hold (%(why)s), and goes on once that is released.", why=why))
    else:
        state = order.fulfilment_state
        told.append(
            gettext(_NEXT_IN_SHOP.get(state, _NEXT[state]) if is_collected else _NEXT[state])
        )
        if leaves_by is not None:
            told.append(gettext("What waits leaves by %(day)s.", day=said.day(leaves_by)))
        elif arrives_by is not None:
            told.append(gettext("Expected by %(day)s.", day=said.day(arrives_by)))
    if owed.minor > 0 and order.payment_state is not PaymentState.AUTHORIZED:
        told.append(gettext("%(money)s is still to be paid.", money=said.money(owed)))
    return tuple(str(sentence) for sentence in told)


_PAST: Final[Mapping[str, tuple[str, str]]] = {
    "order.placed": (N_("The order was placed: %(money)s"), "inbox"),
    "order.cancelled": (N_("The order was cancelled"), "cross"),
    "order.changed": (N_("The order was changed"), "note"),
    "order.lines_cancelled": (N_("Some units were cancelled"), "cross"),
    "order.completed": (N_("Everything has been delivered"), "check"),
    "order.held": (N_("Put on hold: %(reason)s"), "pause"),
    "order.released": (N_("May go on: %(reason)s"), "arrow"),
    "order.date_moved": (N_("%(sku)s leaves by %(day)s"), "clock"),
    "order.waits": (N_("The customer waits for %(sku)s"), "clock"),
    "payment.authorized": (N_("%(money)s authorised"), "refund"),
    "payment.captured": (N_("%(money)s received"), "refund"),
    "payment.voided": (N_("Authorisation of %(money)s let go"), "refund"),
    "payment.charged_back": (N_("%(money)s taken back by the bank"), "refund"),
    "refund.requested": (N_("%(money)s to be refunded"), "refund"),
    "refund.paid": (N_("%(money)s refunded"), "refund"),
    "return.requested": (N_("A return was asked for"), "return"),
    "return.approved": (N_("The return was approved"), "return"),
    "return.rejected": (N_("The return was rejected"), "return"),
    "return.received": (N_("Returned goods came in"), "return"),
    "return.withdrawn": (N_("The return was withdrawn"), "return"),
    "exchange.sent": (N_("Exchange %(number)s: the new items may leave"), "return"),
    "claim.requested": (N_("Claim %(number)s opened"), "inbox"),
    "claim.refunded": (N_("Claim %(number)s settled by a refund"), "check"),
    "claim.replaced": (N_("Claim %(number)s settled by a replacement"), "check"),
    "claim.rejected": (N_("Claim %(number)s rejected"), "cross"),
    "claim.withdrawn": (N_("Claim %(number)s withdrawn"), "cross"),
    "document.invoice": (N_("Invoice %(number)s issued, %(money)s"), "note"),
    "document.receipt": (N_("Receipt %(number)s issued, %(money)s"), "note"),
    "document.credit_note": (N_("Credit note %(number)s issued, %(money)s"), "note"),
    "parcel.handed_over": (N_("A parcel was handed over, %(tracking)s"), "truck"),
    "parcel.scanned": (N_("Parcel %(tracking)s: %(status)s"), "truck"),
    "case.opened": (N_("A case was opened"), "inbox"),
    "case.resolved": (N_("The case was settled"), "check"),
    "case.rated": (N_("The customer said how satisfied they are with our help"), "speech"),
    "order.rated": (N_("The customer said how satisfied they are with the delivery"), "speech"),
}


def past(entry: Entry, said: Formats) -> tuple[str, str] | None:
    """One fact as a sentence and its icon; None for what a list of orders need not tell."""
    found = _PAST.get(entry.kind)
    if found is None:
        return None
    text, icon = found
    return str(gettext(text)) % _spoken(entry.facts, said), icon


def _spoken(facts: Mapping[str, Any], said: Formats) -> dict[str, str]:
    minor = facts.get("amount_minor", facts.get("total_minor"))
    reason, status = str(facts.get("reason", "")), str(facts.get("status", ""))
    is_reason = reason in {str(one) for one in HoldReason}
    is_status = status in {str(one) for one in CarrierStatus}
    return {
        "money": said.money(Money(minor, facts["currency"])) if minor is not None else "",
        "reason": str(gettext(HOLDS[HoldReason(reason)])) if is_reason else reason,
        "sku": str(facts.get("sku", "")),
        "day": said.day(date.fromisoformat(facts["new_day"])) if facts.get("new_day") else "",
        "number": str(facts.get("number", "")),
        "tracking": str(facts.get("tracking_number", "")),
        "status": str(gettext(PARCELS[CarrierStatus(status)])) if is_status else status,
    }
