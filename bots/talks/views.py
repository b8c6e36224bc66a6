"""Talks and their turns as others see them."""

from dataclasses import dataclass
from datetime import datetime

from bots.talks.states import TalkOutcome, TurnOutcome, Why
from oms_service.kernel.languages import Language


@dataclass(frozen=True, kw_only=True)
class TalkView:
    """One talk. ``wishes`` are what was wished in it, the one most spoken of first."""

    id: int
    conversation_id: int
    customer_id: int | None
    is_emptied: bool
    channel: str
    language: Language
    began_at: datetime
    last_at: datetime
    first_seq: int
    turns: int
    outcome: TalkOutcome
    why: Why | None
    wishes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TurnView:
    """What was heard in one message, and what was done about it."""

    message_id: int
    wish: str
    intent: str | None
    likely: float | None
    act: str | None
    ranked: tuple[tuple[str, float], ...]
    slots: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]
    says: tuple[str, ...]
    marks: tuple[str, ...]
    outcome: TurnOutcome
    why: Why | None
