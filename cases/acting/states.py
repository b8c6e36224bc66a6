"""What can be done about an order from a case."""

from enum import StrEnum


class ActKind(StrEnum):
    """What was done."""

    REFUND = "refund"
    STORE_CREDIT = "store_credit"
    REPLACEMENT = "replacement"
    RETURN = "return"
    EXCHANGE = "exchange"
    LABEL = "label"
    CANCEL = "cancel"
    ADDRESS = "address"
    ITEMS = "items"
    QUANTITY = "quantity"
    DELIVERY = "delivery"
    EXPEDITE = "expedite"
    PAYMENT = "payment"
    HOLD = "hold"
    RELEASE = "release"
