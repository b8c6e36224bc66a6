"""Which events customers hear of, by which template, how urgently. Data; ``planner`` reads it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Urgency(StrEnum):
    """Whether it may wait for the morning."""

    AT_ONCE = "at_once"
    DAYTIME = "daytime"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one event is told.

    ``once_a_day``: of several about one order on one day the first is told, the last one waits
    for the next morning. ``may_be_refused``: a customer may have asked not to be told. ``about``:
    rules of one matter count as one another for ``once_a_day``. ``in_chat``: the template that
    says it in a chat, where one can press buttons and read no subject.
    """

    event: str
    template: str
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
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
LATE: Final = Rule(
    event="order.late", template="late", once_a_day=True, may_be_refused=True, about=ARRIVAL
)
STALLED: Final = Rule(
    event="order.stalled", template="stalled", once_a_day=True, may_be_refused=True, about=ARRIVAL
)
RECOVERED: Final = Rule(
    event="order.recovered",
    template="recovered",
    once_a_day=True,
    may_be_refused=True,
    about=ARRIVAL,
)
SHIPPED: Final = Rule(
    event="parcel.handed_over", template="shipped", once_a_day=True, may_be_refused=True
)
RETURN_APPROVED: Final = Rule(event="return.approved", template="return_approved")
RETURN_REJECTED: Final = Rule(event="return.rejected", template="return_rejected")
RETURN_RECEIVED: Final = Rule(event="return.received", template="return_received")
REFUND_PAID: Final = Rule(event="refund.paid", template="refund_paid")
DATE_MOVED: Final = Rule(event="order.date_moved", template="date_moved")
CASE_RESOLVED: Final = Rule(event="case.resolved", template="case_resolved")
SATISFACTION: Final = Rule(
    event="satisfaction.asked", template="satisfaction", in_chat="satisfaction_chat"
)
FEEDBACK: Final = Rule(event="feedback.asked", template="feedback")

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


#: Causes that are the house's own business: nobody outside is told of them.
INTERNAL: Final = frozenset({"review_hold", "customer_hold"})
#: What a customer refuses who does not want to be told how their orders get on.
PURPOSE: Final = "order_updates"
#: Endings of cases that colleagues chose; the others are told by what brought them about.
TOLD_ENDINGS: Final = frozenset({"answered", "handled", "refused"})
