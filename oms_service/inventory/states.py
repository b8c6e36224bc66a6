"""Words about stock, and the lives of what moves it, as tables."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class LocationKind(StrEnum):
    """What sort of place keeps stock."""

    WAREHOUSE = "warehouse"
    SHOP = "shop"


class MovementKind(StrEnum):
    """Why a level changed; each kind moves its own columns, see ``inventory.policy``."""

    OPENING = "opening"
    RECEIVED = "received"
    ALLOCATED = "allocated"
    RELEASED = "released"
    SHIPPED = "shipped"
    RESERVED = "reserved"
    UNRESERVED = "unreserved"
    RETURNED = "returned"
    ADJUSTED = "adjusted"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"
    SET_ASIDE = "set_aside"
    REDEEMED = "redeemed"
    EXPECTED = "expected"
    NO_LONGER_EXPECTED = "no_longer_expected"
    RECEIVED_DAMAGED = "received_damaged"
    QUARANTINED = "quarantined"
    CLEARED = "cleared"
    DAMAGED = "damaged"
    CONDEMNED = "condemned"
    MENDED = "mended"
    DISCARDED = "discarded"


class Handling(StrEnum):
    """What somebody does with goods by hand, and says why."""

    ADJUST = "adjust"
    QUARANTINE = "quarantine"
    CLEAR = "clear"
    DAMAGE = "damage"
    CONDEMN = "condemn"
    MEND = "mend"
    DISCARD = "discard"


class ReservationEnd(StrEnum):
    """How a reservation ended."""

    RELEASED = "released"
    EXPIRED = "expired"
    REDEEMED = "redeemed"


class PurchaseState(StrEnum):
    """Where a purchase order stands."""

    ORDERED = "ordered"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class PurchaseAction(StrEnum):
    """What can be done with a purchase order."""

    RECEIVE = "receive"
    COMPLETE = "complete"
    RESCHEDULE = "reschedule"
    CLOSE = "close"
    CANCEL = "cancel"


class TransferState(StrEnum):
    """Where a transfer stands; ``discrepant`` until somebody explains what differs."""

    REQUESTED = "requested"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    DISCREPANT = "discrepant"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class TransferAction(StrEnum):
    """What can be done with a transfer."""

    DISPATCH = "dispatch"
    CANCEL = "cancel"
    RECEIVE = "receive"
    RECEIVE_DIFFERENT = "receive_different"
    TAKE_OVER = "take_over"
    SETTLE = "settle"


class Explanation(StrEnum):
    """What became of units that were sent and did not arrive, or arrived and were not sent."""

    LOST = "lost"
    CAME_LATER = "came_later"
    STAYED_BEHIND = "stayed_behind"
    SENT_MORE = "sent_more"
    SURPLUS = "surplus"


class CountState(StrEnum):
    """Where a count stands."""

    OPEN = "open"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class CountAction(StrEnum):
    """What can be done with a count."""

    ENTER = "enter"
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    CANCEL = "cancel"


P, PA = PurchaseState, PurchaseAction
PURCHASE: Final = StateMachine(
    "purchase order",
    {
        (P.ORDERED, PA.RECEIVE): P.PARTLY_RECEIVED,
        (P.ORDERED, PA.COMPLETE): P.RECEIVED,
        (P.ORDERED, PA.RESCHEDULE): P.ORDERED,
        (P.ORDERED, PA.CANCEL): P.CANCELLED,
        (P.PARTLY_RECEIVED, PA.RECEIVE): P.PARTLY_RECEIVED,
        (P.PARTLY_RECEIVED, PA.COMPLETE): P.RECEIVED,
        (P.PARTLY_RECEIVED, PA.RESCHEDULE): P.PARTLY_RECEIVED,
        (P.PARTLY_RECEIVED, PA.CLOSE): P.CLOSED,
    },
)

T, TA = TransferState, TransferAction
TRANSFER: Final = StateMachine(
    "transfer",
    {
        (T.REQUESTED, TA.DISPATCH): T.IN_TRANSIT,
        (T.REQUESTED, TA.CANCEL): T.CANCELLED,
        (T.IN_TRANSIT, TA.RECEIVE): T.RECEIVED,
        (T.IN_TRANSIT, TA.RECEIVE_DIFFERENT): T.DISCREPANT,
        (T.DISCREPANT, TA.TAKE_OVER): T.DISCREPANT,
        (T.DISCREPANT, TA.SETTLE): T.SETTLED,
    },
)

C, CA = CountState, CountAction
COUNT: Final = StateMachine(
    "count",
    {
        (C.OPEN, CA.ENTER): C.OPEN,
        (C.OPEN, CA.SUBMIT): C.SUBMITTED,
        (C.OPEN, CA.CANCEL): C.CANCELLED,
        (C.SUBMITTED, CA.SEND_BACK): C.OPEN,
        (C.SUBMITTED, CA.APPROVE): C.APPROVED,
        (C.SUBMITTED, CA.CANCEL): C.CANCELLED,
    },
)

#: Purchase orders and transfers of which goods are still to come.
OPEN_PURCHASES: Final = (P.ORDERED, P.PARTLY_RECEIVED)
OPEN_TRANSFERS: Final = (T.REQUESTED, T.IN_TRANSIT, T.DISCREPANT)
OPEN_COUNTS: Final = (C.OPEN, C.SUBMITTED)
