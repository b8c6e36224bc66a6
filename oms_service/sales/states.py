"""Words about sales channels."""

from enum import StrEnum


class ChannelKind(StrEnum):
    """Where a sale is made."""

    WEB = "web"
    SHOP = "shop"
    MARKETPLACE = "marketplace"
    DESK = "desk"


class TaxMode(StrEnum):
    """Whether prices contain tax."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


class SellingMode(StrEnum):
    """Whether a variant may be sold without being there."""

    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    PREORDER = "preorder"
