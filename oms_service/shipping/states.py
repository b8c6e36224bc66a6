"""How a parcel stands, in our words."""

from enum import StrEnum
from typing import Final

from oms_service.ports.carrier import CarrierStatus

__all__ = ["FINAL", "MOVING", "CarrierStatus", "ForecastStage", "Jeopardy"]

#: After these nothing the carrier says moves the parcel again, except that a lost one arrives.
FINAL: Final = frozenset({CarrierStatus.DELIVERED, CarrierStatus.FAILURE})

#: In these the parcel is expected to be heard of again soon; in the others it waits for somebody.
MOVING: Final = frozenset(
    {
        CarrierStatus.PRE_TRANSIT,
        CarrierStatus.IN_TRANSIT,
        CarrierStatus.OUT_FOR_DELIVERY,
        CarrierStatus.DELAYED,
        CarrierStatus.CUSTOMS_HOLD,
    }
)


class Jeopardy(StrEnum):
    """Whether the promise will hold."""

    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"
    STALLED = "stalled"


class ForecastStage(StrEnum):
    """From where a forecast was made that is kept to be measured."""

    PLACEMENT = "placement"
    HANDOVER = "handover"
    #: With the carrier's first scan.
    SCAN = "scan"
    #: A day before the promise ends: the last moment at which a warning still helps.
    DAY_BEFORE = "day_before"


class Stage(StrEnum):
    """How far an order is, as far as its arrival goes."""

    #: A hold keeps it from being worked on.
    HELD = "held"
    #: Something of it waits for stock.
    BACKORDERED = "backordered"
    PLACED = "placed"
    ALLOCATED = "allocated"
    PICKED = "picked"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """Why a promise is in doubt."""

    NONE = ""
    PAYMENT_HOLD = "payment_hold"
    ADDRESS = "address"
    REVIEW_HOLD = "review_hold"
    CUSTOMER_HOLD = "customer_hold"
    STOCK = "stock"
    STOCK_OVERDUE = "stock_overdue"
    NOT_SENT = "not_sent"
    SILENCE = "silence"
    CUSTOMS = "customs"
    ATTEMPTED = "attempted"
    REFUSED = "refused"
    DAMAGED = "damaged"
    LOST = "lost"
    RETURNING = "returning"
    UNCLAIMED = "unclaimed"
    CARRIER_DELAY = "carrier_delay"
    SLOW = "slow"
    PAST_PROMISE = "past_promise"


class Suggestion(StrEnum):
    """The next step that would help; ``WHO`` says whose it is."""

    NONE = ""
    WAIT = "wait"
    ASK_FOR_PAYMENT = "ask_for_payment"
    CONFIRM_ADDRESS = "confirm_address"
    DECIDE_ON_HOLD = "decide_on_hold"
    ASK_CUSTOMER = "ask_customer"
    FIND_STOCK = "find_stock"
    SEND_FIRST = "send_first"
    TRACE = "trace"
    CLEAR_CUSTOMS = "clear_customs"
    ARRANGE_REDELIVERY = "arrange_redelivery"
    SEND_AGAIN = "send_again"
    REMIND_TO_COLLECT = "remind_to_collect"


class Who(StrEnum):
    """Whose move it is."""

    NOBODY = "nobody"
    CUSTOMER = "customer"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    AGENT = "agent"


WHO: Final = {
    Suggestion.NONE: Who.NOBODY,
    Suggestion.WAIT: Who.CARRIER,
    Suggestion.ASK_FOR_PAYMENT: Who.CUSTOMER,
    Suggestion.CONFIRM_ADDRESS: Who.CUSTOMER,
    Suggestion.DECIDE_ON_HOLD: Who.AGENT,
    Suggestion.ASK_CUSTOMER: Who.CUSTOMER,
    Suggestion.FIND_STOCK: Who.WAREHOUSE,
    Suggestion.SEND_FIRST: Who.WAREHOUSE,
    Suggestion.TRACE: Who.AGENT,
    Suggestion.CLEAR_CUSTOMS: Who.AGENT,
    Suggestion.ARRANGE_REDELIVERY: Who.CUSTOMER,
    Suggestion.SEND_AGAIN: Who.AGENT,
    Suggestion.REMIND_TO_COLLECT: Who.CUSTOMER,
}
