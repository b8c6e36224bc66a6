"""The lives of returns, exchanges and claims, each as a table."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class ReturnKind(StrEnum):
    """What the goods that come back are for."""

    RETURN = "return"
    EXCHANGE = "exchange"
    CLAIM = "claim"


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    IN_TRANSIT = "in_transit"
    PARTLY_RECEIVED = "partly_received"
    REJECTED = "rejected"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class ReturnAction(StrEnum):
    """What can be done with a return."""

    APPROVE = "approve"
    REJECT = "reject"
    SEND = "send"
    RECEIVE_PART = "receive_part"
    RECEIVE = "receive"
    CANCEL = "cancel"


class Disposition(StrEnum):
    """What becomes of goods that came back."""

    RESTOCK = "restock"
    QUALITY_CONTROL = "quality_control"
    DISCARD = "discard"
    MISSING = "missing"


class Finding(StrEnum):
    """What the receiver found: what was announced, the same but damaged, or something else."""

    EXPECTED = "expected"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    SURPLUS = "surplus"


class ReturnReason(StrEnum):
    """Why a customer sends something back."""

    CHANGED_MIND = "changed_mind"
    WRONG_SIZE = "wrong_size"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


class Condition(StrEnum):
    """In what state the customer says the goods are."""

    UNOPENED = "unopened"
    OPENED = "opened"
    USED = "used"


class RefundWhen(StrEnum):
    """When the money for returned goods is owed."""

    ON_RECEIPT = "on_receipt"
    AT_ONCE = "at_once"
    ON_SCAN = "on_scan"


class RefundFor(StrEnum):
    """What a refund is for: the units that came, or those that were announced."""

    RECEIVED = "received"
    ANNOUNCED = "announced"


class ParcelState(StrEnum):
    """How far a parcel on its way back to us is."""

    ANNOUNCED = "announced"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    RECEIVED = "received"


class HandOver(StrEnum):
    """How a customer gives goods that come back to their carrier."""

    DROP_OFF = "drop_off"
    PICKUP = "pickup"


class Moment(StrEnum):
    """When an exchange sends its goods, or settles its difference."""

    AT_ONCE = "at_once"
    ON_RECEIPT = "on_receipt"


class NeverBack(StrEnum):
    """What follows where goods of an exchange never come back."""

    CASE = "case"
    CHARGE = "charge"


class ExchangeState(StrEnum):
    """Where an exchange stands."""

    REQUESTED = "requested"
    WAITING = "waiting"
    SENT = "sent"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ExchangeAction(StrEnum):
    """What can be done with an exchange."""

    ACCEPT = "accept"
    SEND = "send"
    COMPLETE = "complete"
    CANCEL = "cancel"


class ClaimReason(StrEnum):
    """What is wrong with goods, or with their delivery."""

    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    MISSING = "missing"
    NOT_RECEIVED = "not_received"


class Remedy(StrEnum):
    """How the shop puts it right."""

    REFUND = "refund"
    REPLACEMENT = "replacement"


class Goods(StrEnum):
    """Whether the goods of a claim stay with the customer or come back first."""

    STAY = "stay"
    COME_BACK = "come_back"


class ClaimState(StrEnum):
    """Where a claim stands."""

    REQUESTED = "requested"
    AWAITING_GOODS = "awaiting_goods"
    REMEDIED = "remedied"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class ClaimAction(StrEnum):
    """What can be done with a claim."""

    AWAIT_GOODS = "await_goods"
    REMEDY = "remedy"
    REJECT = "reject"
    CANCEL = "cancel"
    REOPEN = "reopen"


S, A = ReturnState, ReturnAction

RETURN: Final = StateMachine(
    "return",
    {
        (S.REQUESTED, A.APPROVE): S.APPROVED,
        (S.REQUESTED, A.REJECT): S.REJECTED,
        (S.REQUESTED, A.CANCEL): S.CANCELLED,
        (S.APPROVED, A.SEND): S.IN_TRANSIT,
        (S.APPROVED, A.RECEIVE_PART): S.PARTLY_RECEIVED,
        (S.APPROVED, A.RECEIVE): S.RECEIVED,
        (S.APPROVED, A.CANCEL): S.CANCELLED,
        (S.IN_TRANSIT, A.RECEIVE_PART): S.PARTLY_RECEIVED,
        (S.IN_TRANSIT, A.RECEIVE): S.RECEIVED,
        (S.IN_TRANSIT, A.CANCEL): S.CANCELLED,
        (S.PARTLY_RECEIVED, A.RECEIVE_PART): S.PARTLY_RECEIVED,
        (S.PARTLY_RECEIVED, A.RECEIVE): S.RECEIVED,
    },
)

#: States in which goods are announced that have not all come.
EXPECTED_STATES: Final = (S.APPROVED, S.IN_TRANSIT, S.PARTLY_RECEIVED)
#: States in which units of a return are spoken for.
OPEN_STATES: Final = (S.REQUESTED, *EXPECTED_STATES)

EXCHANGE: Final = StateMachine(
    "exchange",
    {
        (ExchangeState.REQUESTED, ExchangeAction.ACCEPT): ExchangeState.WAITING,
        (ExchangeState.REQUESTED, ExchangeAction.CANCEL): ExchangeState.CANCELLED,
        (ExchangeState.WAITING, ExchangeAction.SEND): ExchangeState.SENT,
        (ExchangeState.WAITING, ExchangeAction.CANCEL): ExchangeState.CANCELLED,
        (ExchangeState.SENT, ExchangeAction.COMPLETE): ExchangeState.COMPLETED,
        (ExchangeState.SENT, ExchangeAction.CANCEL): ExchangeState.CANCELLED,
    },
)

CLAIM: Final = StateMachine(
    "claim",
    {
        (ClaimState.REQUESTED, ClaimAction.AWAIT_GOODS): ClaimState.AWAITING_GOODS,
        (ClaimState.REQUESTED, ClaimAction.REMEDY): ClaimState.REMEDIED,
        (ClaimState.REQUESTED, ClaimAction.REJECT): ClaimState.REJECTED,
        (ClaimState.REQUESTED, ClaimAction.CANCEL): ClaimState.CANCELLED,
        (ClaimState.AWAITING_GOODS, ClaimAction.REMEDY): ClaimState.REMEDIED,
        (ClaimState.AWAITING_GOODS, ClaimAction.CANCEL): ClaimState.CANCELLED,
        (ClaimState.REMEDIED, ClaimAction.REOPEN): ClaimState.REQUESTED,
    },
)
