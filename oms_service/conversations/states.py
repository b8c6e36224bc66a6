"""Words about conversations: who speaks, which way, how far a message got."""

from enum import StrEnum


class Direction(StrEnum):
    """From the customer or to them."""

    IN = "in"
    OUT = "out"


class AuthorKind(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    NOTICE = "notice"


class DeliveryState(StrEnum):
    """How far an outgoing message got."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Owner(StrEnum):
    """Who answers: the bot, or people, while the bot is silent."""

    BOT = "bot"
    PEOPLE = "people"
