"""Words about money."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class MethodKind(StrEnum):
    """By what a customer pays."""

    CARD = "card"
    PAYPAL = "paypal"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    KONBINI = "konbini"
    CASH_ON_DELIVERY = "cash_on_delivery"
    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"


class EntryKind(StrEnum):
    """What an entry in the payments ledger says."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    CHARGEBACK = "chargeback"


class RefundState(StrEnum):
    """How far a refund is."""

    REQUESTED = "requested"
    PAID = "paid"
    FAILED = "failed"


class RefundAction(StrEnum):
    """What can be done with a refund."""

    PAY = "pay"
    FAIL = "fail"


REFUND: Final = StateMachine(
    "refund",
    {
        (RefundState.REQUESTED, RefundAction.PAY): RefundState.PAID,
        (RefundState.REQUESTED, RefundAction.FAIL): RefundState.FAILED,
        (RefundState.FAILED, RefundAction.PAY): RefundState.PAID,
    },
)

#: Methods whose money lies with us, as a balance.
STORED_VALUE: Final = frozenset({MethodKind.GIFT_CARD, MethodKind.STORE_CREDIT})
