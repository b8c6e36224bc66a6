"""Which events customers hear of, by which template, how urgently. Data; ``planner`` reads it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Urgency(StrEnum):
    """Whether it may wait for the morning."""

    AT_ONCE = "at_once"
    DAYTIME = "daytime"


class Kind(StrEnum):
    """What customers may choose about: notices of one kind are told, and refused, alike."""

    DELIVERY = "delivery"
    STOCK = "stock"
    RETURNS = "returns"
    REFUNDS = "refunds"
    ANSWERS = "answers"
    SURVEYS = "surveys"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one event is told.

    ``kind`` is what a customer chooses about. ``once_a_day``: of several about one order on one
    day the first is told, the last one waits for the next morning. ``may_be_refused``: a customer
    may have asked not to be told. ``about``: rules of one matter count as one another for
    ``once_a_day``. ``in_chat``: the template that says it in a chat, where one can press buttons
    and read no subject.
    """

    event: str
    template: str
    kind: Kind
    urgency: Urgency = Urgency.DAYTIME
    once_a_day: bool = False
    may_be_refused: bool = False
    about: str = ""
    in_chat: str = ""


#: When an order arrives: the newest word makes those that wait old.
ARRIVAL: Final = "arrival"

DELAY: Final = Rule(
    event="shipment.delayed",
    template="delay",
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
LATE: Final = Rule(
    event="order.late",
    template="late",
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
STALLED: Final = Rule(
    event="order.stalled",
    template="stalled",
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
RECOVERED: Final = Rule(
    event="order.recovered",
    template="recovered",
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
SHIPPED: Final = Rule(
    event="parcel.handed_over",
    template="shipped",
    kind=Kind.DELIVERY,
    once_a_day=True,
    may_be_refused=True,
)
RETURN_APPROVED: Final = Rule(
    event="return.approved", template="return_approved", kind=Kind.RETURNS
)
RETURN_REJECTED: Final = Rule(
    event="return.rejected", template="return_rejected", kind=Kind.RETURNS
)
RETURN_RECEIVED: Final = Rule(
    event="return.received", template="return_received", kind=Kind.RETURNS
)
REFUND_PAID: Final = Rule(event="refund.paid", template="refund_paid", kind=Kind.REFUNDS)
DATE_MOVED: Final = Rule(event="order.date_moved", template="date_moved", kind=Kind.STOCK)
CASE_RESOLVED: Final = Rule(event="case.resolved", template="case_resolved", kind=Kind.ANSWERS)
SATISFACTION: Final = Rule(
    event="satisfaction.asked",
    template="satisfaction",
    kind=Kind.SURVEYS,
    may_be_refused=True,
    in_chat="satisfaction_chat",
)
FEEDBACK: Final = Rule(
    event="feedback.asked", template="feedback", kind=Kind.SURVEYS, may_be_refused=True
)

RULES: Final = (
    DELAY,
    LATE,
    STALLED,
    RECOVERED,
    SHIPPED,
    RETURN_APPROVED,
    RETURN_REJECTED,
    RETURN_RECEIVED,
    REFUND_PAID,
    DATE_MOVED,
    CASE_RESOLVED,
    SATISFACTION,
    FEEDBACK,
)
BY_TEMPLATE: Final = {rule.template: rule for rule in RULES}


def alike(rule: Rule) -> tuple[str, ...]:
    """The templates that count as one another with that of a rule."""
    if not rule.about:
        return (rule.template,)
    return tuple(one.template for one in RULES if one.about == rule.about)


def may_be_refused(kind: Kind) -> bool:
    """Whether customers may do without notices of a kind altogether."""
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
