"""Conversations and messages as other packages see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oms_service.conversations.states import AuthorKind, DeliveryState, Direction, Owner
from oms_service.kernel.languages import Language


@dataclass(frozen=True, kw_only=True)
class ConversationView:
    """One thread. ``customer_id`` is whom it belongs to, once they have shown who they are.

    ``identified_at`` is when they last did; ``dialogue`` is the bot's own memory.
    """

    id: int
    public_id: str
    channel: str
    identity_id: int
    customer_id: int | None
    identified_at: datetime | None
    language: Language
    owner: Owner
    dialogue: Mapping[str, Any]
    message_count: int
    last_message_at: datetime
    is_new: bool = False


@dataclass(frozen=True, kw_only=True)
class MessageView:
    """One message. ``key`` names it for its sender, ``seq`` is its place in the thread."""

    id: int
    conversation_id: int
    seq: int
    key: str
    direction: Direction
    author_kind: AuthorKind
    author: str
    language: Language
    subject: str
    text: str
    extra: Mapping[str, Any]
    at: datetime
    state: DeliveryState | None
