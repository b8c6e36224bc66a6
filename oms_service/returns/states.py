"""The life of a return, as a table."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class ReturnAction(StrEnum):
    """What can be done with a return."""

    APPROVE = "approve"
    REJECT = "reject"
    RECEIVE = "receive"
    CANCEL = "cancel"


class Disposition(StrEnum):
    """What becomes of goods that came back."""

    RESTOCK = "restock"
    QUALITY_CONTROL = "quality_control"
    DISCARD = "discard"
    MISSING = "missing"


class ReturnReason(StrEnum):
    """Why a customer sends something back."""

    CHANGED_MIND = "changed_mind"
    WRONG_SIZE = "wrong_size"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


S, A = ReturnState, ReturnAction

RETURN: Final = StateMachine(
    "return",
    {
        (S.REQUESTED, A.APPROVE): S.APPROVED,
        (S.REQUESTED, A.REJECT): S.REJECTED,
        (S.REQUESTED, A.CANCEL): S.CANCELLED,
        (S.APPROVED, A.RECEIVE): S.RECEIVED,
        (S.APPROVED, A.CANCEL): S.CANCELLED,
    },
)
