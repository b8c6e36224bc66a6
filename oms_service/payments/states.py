"""Words about money."""

from enum import StrEnum


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
