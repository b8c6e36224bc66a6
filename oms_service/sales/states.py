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
