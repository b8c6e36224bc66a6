"""What happens in conversations, as facts. The words themselves stay in their rows."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("message.received", of="conversation")
@dataclass(frozen=True, kw_only=True)
class MessageReceived(Event):
    """A customer wrote while people own the conversation: somebody should read it."""

    conversation_id: int
    message_id: int


@event("message.queued", of="conversation")
@dataclass(frozen=True, kw_only=True)
class MessageQueued(Event):
    """A message waits to be sent by the transport of its channel."""

    conversation_id: int
    message_id: int


@event("message.taken_back", of="conversation")
@dataclass(frozen=True, kw_only=True)
class MessageTakenBack(Event):
    """A customer took back what they had said: its words are gone, everywhere."""

    conversation_id: int
    message_id: int


@event("message.failed", of="conversation")
@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """A message will not reach its reader; ``why`` is a code, ``is_final`` of their address too."""

    conversation_id: int
    message_id: int
    why: str
    is_final: bool


@event("message.resent", of="conversation")
@dataclass(frozen=True, kw_only=True)
class MessageResent(Event):
    """A colleague had a message sent again that had not got through."""

    conversation_id: int
    message_id: int


@event("mail.came", of="inbound")
@dataclass(frozen=True, kw_only=True)
class MailCame(Event):
    """A mail came in and is to be read; its bytes are the body ``inbound_id``."""

    inbound_id: int


@event("mail_box.due", of="letter_box")
@dataclass(frozen=True, kw_only=True)
class MailBoxDue(Event):
    """It is time to look into a mailbox."""

    letter_box_id: int


@event("conversation.handed_over", of="conversation")
@dataclass(frozen=True, kw_only=True)
class ConversationHandedOver(Event):
    """The bot passed a conversation to people, and why. ``case_id`` is where they take it up."""

    conversation_id: int
    reason: str
    case_id: int | None = None


@event("attachment.sent", of="attachment")
@dataclass(frozen=True, kw_only=True)
class AttachmentSent(Event):
    """A file became part of a message, of an order's matter, or of what colleagues know."""

    attachment_id: int
    message_id: int | None = None
    order_id: int | None = None
    is_internal: bool = False


@event("attachment.removed", of="attachment")
@dataclass(frozen=True, kw_only=True)
class AttachmentRemoved(Event):
    """A file is gone for everybody; its content is deleted from where it was kept.

    ``why``: ``discarded``, ``unsent``, ``taken_back``, ``retention`` or ``erased``.
    """

    attachment_id: int
    why: str
