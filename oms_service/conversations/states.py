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


class AttachmentState(StrEnum):
    """How far a file has come: being stored, waiting to be sent, part of a matter, gone."""

    RECEIVING = "receiving"
    UPLOADED = "uploaded"
    READY = "ready"
    REMOVED = "removed"


class MediaType(StrEnum):
    """What a file may be."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"
    TEXT = "text/plain"
