"""Words about customers."""

from enum import StrEnum


class Tier(StrEnum):
    """How much a customer buys; policies and routing may look at it."""

    STANDARD = "standard"
    SILVER = "silver"
    GOLD = "gold"


class IdentityKind(StrEnum):
    """By what we know somebody."""

    MAIL = "mail"
    PHONE = "phone"
    LINE = "line"
    SLACK = "slack"
    EXTERNAL = "external"
    GUEST = "guest"
