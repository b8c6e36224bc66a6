"""Accounts and events of LINE as others see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bots.line.shapes import Kind


@dataclass(frozen=True)
class AccountView:
    """Somebody on LINE. ``customer_id`` is whose they are, where they have linked it."""

    id: int
    identity_id: int
    customer_id: int | None
    linked_at: datetime | None
    blocked_at: datetime | None


@dataclass(frozen=True)
class EventView:
    """One event that waits. ``content`` is as ``shapes`` reads it."""

    id: int
    key: str
    kind: Kind
    content: Mapping[str, str]
    tries: int


@dataclass(frozen=True)
class TokenView:
    """What answers an event free of charge, and when it was received."""

    event_id: int
    token: str


@dataclass(frozen=True)
class MonthView:
    """What is known of a month's messages; ``allowance`` is None where any number may be sent."""

    allowance: int | None
    used: int
    is_used_up: bool
    read_at: datetime

    @property
    def is_over(self) -> bool:
        return self.is_used_up or (self.allowance is not None and self.used >= self.allowance)
