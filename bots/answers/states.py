"""What answers are about."""

from enum import StrEnum


class Topic(StrEnum):
    """The field a question belongs to; within it the sample questions decide."""

    SHIPPING = "shipping"
    RETURNS = "returns"
    CANCELLING = "cancelling"
    PAYMENT = "payment"
    COUPONS = "coupons"
    ACCOUNT = "account"
    ORDERING = "ordering"
    PRODUCTS = "products"
    SHOP = "shop"
