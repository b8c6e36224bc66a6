"""What agents write as others may see it. Internal: for colleagues only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.writing.enclosing import enclosed_of
from cases.writing.states import ReminderKind, ReminderState, ReplyState
from oms_service.conversations.attachments import Enclosed
from oms_service.kernel.languages import Words


@dataclass(frozen=True)
class PendingView:
    """An answer that leaves at ``send_at`` unless it is undone; ``author`` is an actor.

    ``enclosed`` names the files that go with it: ``scope``, ``ids`` and ``rules``; see ``files``.
    """

    id: int
    case_id: int
    author: str
    text: str
    asks: bool
    actions: Sequence[Mapping[str, Any]]
    pressed_at: datetime
    send_at: datetime
    state: ReplyState
    settled_at: datetime | None
    why: str
    enclosed: Mapping[str, Any] | None

    @property
    def files(self) -> Enclosed | None:
        """The files that go with it, and what was allowed when it was pressed."""
        return None if self.enclosed is None else enclosed_of(self.enclosed)


@dataclass(frozen=True)
class MacroView:
    """An answer written beforehand. Without an owner it is everybody's."""

    id: int
    code: str
    title: Words
    body: Words
    actions: Sequence[Mapping[str, Any]]
    reasons: Sequence[str]
    queues: Sequence[str]
    owner_id: int | None
    is_active: bool
    version: int


@dataclass(frozen=True)
class ReminderView:
    """When a case comes back by itself."""

    id: int
    case_id: int
    kind: ReminderKind
    actor: str
    set_at: datetime
    due_at: datetime
    state: ReminderState


@dataclass(frozen=True)
class News:
    """What has come to a case since somebody began to write: ``what`` is a code."""

    what: str
    by: str
    at: datetime
    text: str
