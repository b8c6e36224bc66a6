"""Which events are told to whom, by which template, how urgently. Data; ``planner`` reads it.

These are the rules a shop begins with, version 0 of each; ``versions`` has what it made of them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """Where in the life of an order a notice stands."""

    ORDER = "order"
    PAYMENT = "payment"
    DELIVERY = "delivery"
    PICKUP = "pickup"
    CHANGES = "changes"
    RETURNS = "returns"
    CLAIMS = "claims"
    REQUESTS = "requests"
    AFTERWARDS = "afterwards"


class Urgency(StrEnum):
    """Whether it may wait for the morning."""

    AT_ONCE = "at_once"
    DAYTIME = "daytime"


class Kind(StrEnum):
    """What people may choose about: notices of one kind are told, and refused, alike."""

    ORDERS = "orders"
    PAYMENT = "payment"
    DELIVERY = "delivery"
    STOCK = "stock"
    PICKUP = "pickup"
    RETURNS = "returns"
    REFUNDS = "refunds"
    ANSWERS = "answers"
    SURVEYS = "surveys"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one event is told.

    ``kind`` is what people choose about. ``once_a_day``: of several about one order on one day the
    first is told, the last one waits for the next morning. ``may_be_refused``: somebody may have
    asked not to be told. ``about``: rules of one matter count as one another for ``once_a_day``,
    and one of a higher ``rank`` makes those that still wait old. ``in_chat``: the template that
    says it in a chat, where one can press buttons and read no subject. ``in_writing``: a record to
    keep, so it goes by mail where there is an address, even to somebody in a chat. ``is_on``:
    whether it is told before the shop says otherwise. Between ``quiet_from_h`` and
    ``quiet_until_h`` nobody is woken for what can wait. Who has not read it after
    ``unread_h`` hours is told by the next way they chose as well; 0 for never.
    """

    event: str
    template: str
    stage: Stage
    kind: Kind
    urgency: Urgency = Urgency.DAYTIME
    once_a_day: bool = False
    may_be_refused: bool = False
    about: str = ""
    rank: int = 0
    in_chat: str = ""
    in_writing: bool = False
    is_on: bool = True
    quiet_from_h: int = 21
    quiet_until_h: int = 8
    unread_h: int = 0


#: When an order arrives: the newest word makes those that wait old.
ARRIVAL: Final = "arrival"
#: One parcel, pickup, payment, return or claim: each step makes those before it old.
PARCEL: Final = "parcel"
COLLECTION: Final = "pickup"
MONEY: Final = "payment"
RETURN: Final = "return"
CLAIM: Final = "claim"
CASE: Final = "case"

RECEIVED: Final = Rule(
    event="order.placed",
    template="order_received",
    stage=Stage.ORDER,
    kind=Kind.ORDERS,
    urgency=Urgency.AT_ONCE,
    in_writing=True,
)
HELD: Final = Rule(
    event="order.held",
    template="order_held",
    stage=Stage.ORDER,
    kind=Kind.ORDERS,
    about="hold",
    rank=1,
)
RELEASED: Final = Rule(
    event="order.released",
    template="order_released",
    stage=Stage.ORDER,
    kind=Kind.ORDERS,
    about="hold",
    rank=2,
)
PREPARING: Final = Rule(
    event="fulfilment.changed",
    template="preparing",
    stage=Stage.ORDER,
    kind=Kind.DELIVERY,
    may_be_refused=True,
    is_on=False,
)
PAYMENT_DUE: Final = Rule(
    event="payment.waiting",
    template="payment_due",
    stage=Stage.PAYMENT,
    kind=Kind.PAYMENT,
    urgency=Urgency.AT_ONCE,
    in_writing=True,
    about=MONEY,
    rank=1,
    unread_h=24,
)
PAYMENT_RECEIVED: Final = Rule(
    event="payment.captured",
    template="payment_received",
    stage=Stage.PAYMENT,
    kind=Kind.PAYMENT,
    in_writing=True,
    about=MONEY,
    rank=3,
)
PAYMENT_FAILED: Final = Rule(
    event="payment.refused",
    template="payment_failed",
    stage=Stage.PAYMENT,
    kind=Kind.PAYMENT,
    urgency=Urgency.AT_ONCE,
    in_writing=True,
    about=MONEY,
    rank=2,
)
SHIPPED: Final = Rule(
    event="parcel.handed_over",
    template="shipped",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
)
OUT_FOR_DELIVERY: Final = Rule(
    event="parcel.scanned",
    template="out_for_delivery",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    may_be_refused=True,
    about=PARCEL,
    rank=2,
)
ATTEMPTED: Final = Rule(
    event="parcel.scanned",
    template="attempted",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    may_be_refused=True,
    about=PARCEL,
    rank=3,
)
AT_COUNTER: Final = Rule(
    event="parcel.scanned",
    template="at_counter",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    may_be_refused=True,
    about=PARCEL,
    rank=3,
)
DELIVERED: Final = Rule(
    event="parcel.delivered",
    template="delivered",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    may_be_refused=True,
    about=PARCEL,
    rank=4,
)
DELAY: Final = Rule(
    event="shipment.delayed",
    template="delay",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
LATE: Final = Rule(
    event="order.late",
    template="late",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
STALLED: Final = Rule(
    event="order.stalled",
    template="stalled",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
RECOVERED: Final = Rule(
    event="order.recovered",
    template="recovered",
    stage=Stage.DELIVERY,
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
BACKORDERED: Final = Rule(
    event="order.placed",
    template="backordered",
    stage=Stage.DELIVERY,
    kind=Kind.STOCK,
    urgency=Urgency.AT_ONCE,
    about="stock",
    rank=1,
)
DATE_MOVED: Final = Rule(
    event="order.date_moved",
    template="date_moved",
    stage=Stage.DELIVERY,
    kind=Kind.STOCK,
    about="stock",
    rank=2,
)
STOCK_CAME: Final = Rule(
    event="order.backorder_filled",
    template="stock_came",
    stage=Stage.DELIVERY,
    kind=Kind.STOCK,
    about="stock",
    rank=3,
)
PICKUP_READY: Final = Rule(
    event="pickup.ready",
    template="pickup_ready",
    stage=Stage.PICKUP,
    kind=Kind.PICKUP,
    in_writing=True,
    about=COLLECTION,
    rank=1,
)
PICKUP_REMINDER: Final = Rule(
    event="pickup.reminder_due",
    template="pickup_reminder",
    stage=Stage.PICKUP,
    kind=Kind.PICKUP,
    about=COLLECTION,
    rank=2,
    unread_h=4,
)
PICKUP_EXTENDED: Final = Rule(
    event="pickup.extended",
    template="pickup_extended",
    stage=Stage.PICKUP,
    kind=Kind.PICKUP,
    about=COLLECTION,
    rank=3,
)
PICKUP_EXPIRED: Final = Rule(
    event="pickup.expired",
    template="pickup_expired",
    stage=Stage.PICKUP,
    kind=Kind.PICKUP,
    about=COLLECTION,
    rank=4,
)
PICKUP_CANCELLED: Final = Rule(
    event="pickup.cancelled",
    template="pickup_cancelled",
    stage=Stage.PICKUP,
    kind=Kind.PICKUP,
    about=COLLECTION,
    rank=4,
)
CANCELLED: Final = Rule(
    event="order.cancelled",
    template="order_cancelled",
    stage=Stage.CHANGES,
    kind=Kind.ORDERS,
    in_writing=True,
)
CANCELLED_BY_US: Final = Rule(
    event="order.cancelled",
    template="order_cancelled_by_us",
    stage=Stage.CHANGES,
    kind=Kind.ORDERS,
    in_writing=True,
)
PARTLY_CANCELLED: Final = Rule(
    event="order.lines_cancelled",
    template="partly_cancelled",
    stage=Stage.CHANGES,
    kind=Kind.ORDERS,
    in_writing=True,
)
CHANGED: Final = Rule(
    event="order.changed",
    template="order_changed",
    stage=Stage.CHANGES,
    kind=Kind.ORDERS,
    in_writing=True,
)
CHANGE_DECLINED: Final = Rule(
    event="order.change_closed",
    template="change_declined",
    stage=Stage.CHANGES,
    kind=Kind.ORDERS,
)
RETURN_ASKED: Final = Rule(
    event="return.requested",
    template="return_asked",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=1,
)
RETURN_APPROVED: Final = Rule(
    event="return.approved",
    template="return_approved",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=2,
)
RETURN_REJECTED: Final = Rule(
    event="return.rejected",
    template="return_rejected",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=2,
)
RETURN_OVERDUE: Final = Rule(
    event="return.overdue",
    template="return_overdue",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=3,
)
RETURN_SENT: Final = Rule(
    event="return.in_transit",
    template="return_sent",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=4,
    is_on=False,
)
RETURN_PARTLY_RECEIVED: Final = Rule(
    event="return.partly_received",
    template="return_partly_received",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=5,
)
RETURN_RECEIVED: Final = Rule(
    event="return.received",
    template="return_received",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=6,
)
RETURN_WITHDRAWN: Final = Rule(
    event="return.withdrawn",
    template="return_withdrawn",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
    about=RETURN,
    rank=6,
)
EXCHANGE_SENT: Final = Rule(
    event="exchange.sent",
    template="exchange_sent",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
)
EXCHANGE_CANCELLED: Final = Rule(
    event="exchange.cancelled",
    template="exchange_cancelled",
    stage=Stage.RETURNS,
    kind=Kind.RETURNS,
)
REFUND_PAID: Final = Rule(
    event="refund.paid",
    template="refund_paid",
    stage=Stage.RETURNS,
    kind=Kind.REFUNDS,
)
REFUND_DELAYED: Final = Rule(
    event="refund.failed",
    template="refund_delayed",
    stage=Stage.RETURNS,
    kind=Kind.REFUNDS,
)
CLAIM_ASKED: Final = Rule(
    event="claim.requested",
    template="claim_asked",
    stage=Stage.CLAIMS,
    kind=Kind.RETURNS,
    about=CLAIM,
    rank=1,
)
CLAIM_APPROVED: Final = Rule(
    event="claim.approved",
    template="claim_approved",
    stage=Stage.CLAIMS,
    kind=Kind.RETURNS,
    about=CLAIM,
    rank=2,
)
CLAIM_REJECTED: Final = Rule(
    event="claim.rejected",
    template="claim_rejected",
    stage=Stage.CLAIMS,
    kind=Kind.RETURNS,
    about=CLAIM,
    rank=2,
)
CLAIM_REFUNDED: Final = Rule(
    event="claim.remedied",
    template="claim_refunded",
    stage=Stage.CLAIMS,
    kind=Kind.RETURNS,
    about=CLAIM,
    rank=3,
)
CLAIM_REPLACED: Final = Rule(
    event="claim.remedied",
    template="claim_replaced",
    stage=Stage.CLAIMS,
    kind=Kind.RETURNS,
    about=CLAIM,
    rank=3,
)
CASE_OPENED: Final = Rule(
    event="case.opened",
    template="case_opened",
    stage=Stage.REQUESTS,
    kind=Kind.ANSWERS,
    urgency=Urgency.AT_ONCE,
    about=CASE,
    rank=1,
)
CASE_ANSWERED: Final = Rule(
    event="case.replied",
    template="case_answered",
    stage=Stage.REQUESTS,
    kind=Kind.ANSWERS,
    is_on=False,
    about=CASE,
    rank=2,
)
CASE_WAITING: Final = Rule(
    event="case.replied",
    template="case_waiting",
    stage=Stage.REQUESTS,
    kind=Kind.ANSWERS,
    about=CASE,
    rank=3,
    unread_h=24,
)
CASE_RESOLVED: Final = Rule(
    event="case.resolved",
    template="case_resolved",
    stage=Stage.REQUESTS,
    kind=Kind.ANSWERS,
    about=CASE,
    rank=4,
)
SATISFACTION: Final = Rule(
    event="satisfaction.asked",
    template="satisfaction",
    stage=Stage.AFTERWARDS,
    kind=Kind.SURVEYS,
    may_be_refused=True,
    in_chat="satisfaction_chat",
)
FEEDBACK: Final = Rule(
    event="feedback.asked",
    template="feedback",
    stage=Stage.AFTERWARDS,
    kind=Kind.SURVEYS,
    may_be_refused=True,
)

RULES: Final = (
    RECEIVED,
    HELD,
    RELEASED,
    PREPARING,
    PAYMENT_DUE,
    PAYMENT_RECEIVED,
    PAYMENT_FAILED,
    SHIPPED,
    OUT_FOR_DELIVERY,
    ATTEMPTED,
    AT_COUNTER,
    DELIVERED,
    DELAY,
    LATE,
    STALLED,
    RECOVERED,
    BACKORDERED,
    DATE_MOVED,
    STOCK_CAME,
    PICKUP_READY,
    PICKUP_REMINDER,
    PICKUP_EXTENDED,
    PICKUP_EXPIRED,
    PICKUP_CANCELLED,
    CANCELLED,
    CANCELLED_BY_US,
    PARTLY_CANCELLED,
    CHANGED,
    CHANGE_DECLINED,
    RETURN_ASKED,
    RETURN_APPROVED,
    RETURN_REJECTED,
    RETURN_OVERDUE,
    RETURN_SENT,
    RETURN_PARTLY_RECEIVED,
    RETURN_RECEIVED,
    RETURN_WITHDRAWN,
    EXCHANGE_SENT,
    EXCHANGE_CANCELLED,
    REFUND_PAID,
    REFUND_DELAYED,
    CLAIM_ASKED,
    CLAIM_APPROVED,
    CLAIM_REJECTED,
    CLAIM_REFUNDED,
    CLAIM_REPLACED,
    CASE_OPENED,
    CASE_ANSWERED,
    CASE_WAITING,
    CASE_RESOLVED,
    SATISFACTION,
    FEEDBACK,
)
BY_TEMPLATE: Final = {rule.template: rule for rule in RULES}


def alike(rule: Rule) -> tuple[str, ...]:
    """The templates that count as one another with that of a rule."""
    if rule.about != ARRIVAL:
        return (rule.template,)
    return tuple(one.template for one in RULES if one.about == rule.about)


def outdated(rule: Rule) -> tuple[str, ...]:
    """The templates that a notice of a rule makes old while they wait: earlier steps, itself."""
    if not rule.about or not rule.rank:
        return ()
    return tuple(
        one.template for one in RULES if one.about == rule.about and 0 < one.rank <= rule.rank
    )


#: Kinds of which several that wait for the same morning go in one letter.
_GATHERED: Final = frozenset({Kind.ORDERS, Kind.DELIVERY, Kind.STOCK, Kind.RETURNS, Kind.REFUNDS})


def is_gathered(rule: Rule) -> bool:
    """Whether a notice may share a letter: it could wait, and is no record to keep."""
    return rule.kind in _GATHERED and rule.urgency is Urgency.DAYTIME and not rule.in_writing


def may_be_refused(kind: Kind) -> bool:
    """Whether people may do without notices of a kind altogether."""
    return all(rule.may_be_refused for rule in RULES if rule.kind is kind)


def purpose(kind: Kind) -> str:
    """Under which name a customer's choice about a kind is kept."""
    return f"notice.{kind}"


#: Causes that are the house's own business: nobody outside is told of them.
INTERNAL: Final = frozenset({"review_hold", "customer_hold"})
#: What a customer refuses who does not want to be told how their orders get on.
PURPOSE: Final = "order_updates"
#: Endings of cases that colleagues chose; the others are told by what brought them about.
TOLD_ENDINGS: Final = frozenset({"answered", "handled", "refused"})
