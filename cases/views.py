"""Cases as others see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.states import CaseState, EntryKind, Priority, ReasonGroup
from oms_service.kernel.languages import Language, Words


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """One matter. ``is_new`` says that the call that answered it has opened it."""

    id: int
    number: str
    reason: str
    state: CaseState
    status: str | None
    priority: Priority
    queue_id: int
    assignee_id: int | None
    language: Language
    channel: str
    customer_id: int | None
    order_id: int | None
    return_id: int | None
    conversation_id: int | None
    snapshot: Mapping[str, Any]
    wanted: Mapping[str, Any]
    failed_rule: str
    is_internal: bool
    opened_at: datetime
    opened_by: str
    first_reply_at: datetime | None
    waiting_since: datetime | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolution: str
    merged_into_id: int | None
    version: int
    is_new: bool = False


@dataclass(frozen=True)
class EntryView:
    """One line of a case's own record. Internal: for colleagues only."""

    id: int
    kind: EntryKind
    text: str
    data: Mapping[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True)
class Note:
    """What a colleague noted in a case. Internal."""

    case_number: str
    text: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class ReasonView:
    """Why customers write; ``name`` for colleagues, ``public_name`` for customers."""

    code: str
    name: Words
    public_name: Words
    group: ReasonGroup
    stages: Sequence[str]
    queue_id: int
    priority: Priority
    needs_photo: bool
    is_active: bool
    position: int
    version: int


@dataclass(frozen=True)
class PublicCase:
    """All that a customer may know of their case."""

    number: str
    reason: Words
    state: CaseState
    opened_at: datetime
    resolved_at: datetime | None
    order_id: int | None
