"""Working together as others see it."""

from dataclasses import dataclass
from datetime import datetime

from cases.states import CaseState
from cases.together.states import LinkKind, NewsKind, TaskState, Team


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A side task of a case."""

    id: int
    number: str
    case_id: int
    title: str
    detail: str
    remark: str
    team: Team
    assignee_id: int | None
    due_at: datetime | None
    state: TaskState
    waits: bool
    opened_at: datetime
    opened_by: str
    ended_at: datetime | None
    ended_by: str | None
    version: int


@dataclass(frozen=True)
class LinkView:
    """Another case that hangs together with one; ``is_from``: the one comes first."""

    case_id: int
    number: str
    state: CaseState
    reason: str
    kind: LinkKind
    is_from: bool


@dataclass(frozen=True)
class RelativeView:
    """A child case or the parent of one."""

    case_id: int
    number: str
    state: CaseState
    reason: str
    assignee_id: int | None
    is_blocking: bool


@dataclass(frozen=True)
class NewsView:
    """Something a colleague is told of; ``text`` is the note that called them."""

    id: int
    case_id: int
    number: str
    reason: str
    kind: NewsKind
    by: str
    times: int
    at: datetime
    is_read: bool
    text: str
