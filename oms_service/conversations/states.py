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


class ByMail(StrEnum):
    """What becomes of mail that is about no matter yet."""

    OPEN = "open"
    REFUSE = "refuse"


class MailOutcome(StrEnum):
    """What became of a mail that came in."""

    #: It is a message of a conversation.
    FILED = "filed"
    #: Its sender wrote too often; it is looked at again when there is room.
    HELD = "held"
    #: No person wrote it, or nobody can tell who; nothing was done.
    IGNORED = "ignored"
    #: The shop takes no such mail; its sender was told, at most once a day.
    REFUSED = "refused"
    #: A server's report on a letter of ours.
    REPORTED = "reported"


class MailTrust(StrEnum):
    """Why a mail is believed to belong where it was put, the best reason first."""

    #: Sent to the address of a letter, by whom that letter was written to.
    ANSWERED = "answered"
    #: Sent to the address of a letter, from another address than that letter went to.
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    #: The shop's own server says that the sender's domain sent it.
    CHECKED = "checked"
    #: It names a letter of ours, or a case or order of the sender's.
    REFERRED = "referred"
    #: Nothing but the sender's address, which anybody can write.
    CLAIMED = "claimed"
