"""Words of the warehouse, and what may follow what."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class WorkState(StrEnum):
    """Where the work on a fulfilment stands; derived by ``warehouse.policy``, never set by hand."""

    OPEN = "open"
    SCHEDULED = "scheduled"
    ON_HOLD = "on_hold"
    IN_PROGRESS = "in_progress"
    #: Something was short or has left already, and nobody is at the rest.
    INCOMPLETE = "incomplete"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ListState(StrEnum):
    """Where a pick list stands."""

    PICKING = "picking"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class ListAction(StrEnum):
    """What can be done with a pick list."""

    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    REOPEN = "reopen"
    CANCEL = "cancel"


class ShortReason(StrEnum):
    """Why less was on the shelf than should have been."""

    NOT_FOUND = "not_found"
    DAMAGED = "damaged"
    #: It lies somewhere else in the house: the books are right, but nobody can wait for it.
    MISPLACED = "misplaced"


class BoxState(StrEnum):
    """Where a box stands."""

    OPEN = "open"
    PACKED = "packed"
    LABELLED = "labelled"
    HANDED_OVER = "handed_over"
    UNPACKED = "unpacked"


class BoxAction(StrEnum):
    """What can be done with a box."""

    CLOSE = "close"
    LABEL = "label"
    HAND_OVER = "hand_over"
    UNPACK = "unpack"


class WeightReason(StrEnum):
    """Why a box weighs something else than what is in it should."""

    PACKING_MATERIAL = "packing_material"
    CATALOGUE_WRONG = "catalogue_wrong"
    CHECKED = "checked"


class ServiceReason(StrEnum):
    """Why a person chose another carrier or service than the one proposed."""

    CUSTOMER_ASKED = "customer_asked"
    TOO_LATE_FOR_TODAY = "too_late_for_today"
    GOODS_NEED_IT = "goods_need_it"
    CARRIER_DISTURBED = "carrier_disturbed"


L, LA = ListState, ListAction

PICK_LIST: Final = StateMachine(
    "pick list",
    {
        (L.PICKING, LA.PAUSE): L.PAUSED,
        (L.PAUSED, LA.RESUME): L.PICKING,
        (L.PICKING, LA.FINISH): L.DONE,
        (L.PAUSED, LA.FINISH): L.DONE,
        (L.DONE, LA.REOPEN): L.PICKING,
        (L.PICKING, LA.CANCEL): L.CANCELLED,
        (L.PAUSED, LA.CANCEL): L.CANCELLED,
    },
)

B, BA = BoxState, BoxAction

BOX: Final = StateMachine(
    "box",
    {
        (B.OPEN, BA.CLOSE): B.PACKED,
        (B.PACKED, BA.LABEL): B.LABELLED,
        (B.LABELLED, BA.LABEL): B.LABELLED,
        (B.LABELLED, BA.HAND_OVER): B.HANDED_OVER,
        (B.OPEN, BA.UNPACK): B.UNPACKED,
        (B.PACKED, BA.UNPACK): B.UNPACKED,
        (B.LABELLED, BA.UNPACK): B.UNPACKED,
    },
)

#: Boxes whose contents count as packed: closed, and still in the house.
IN_THE_HOUSE: Final = (B.PACKED, B.LABELLED)
