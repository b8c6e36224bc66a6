"""Rows of Slack as others see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.slack.states import PostKind
from oms_service.kernel.languages import Language


@dataclass(frozen=True)
class WorkspaceView:
    """A workspace that has let us in, or had."""

    id: int
    team: str
    name: str
    app: str
    bot: str
    bot_user: str
    scopes: Sequence[str]
    installed_at: datetime
    revoked_at: datetime | None
    trouble: str


@dataclass(frozen=True)
class PersonView:
    """Somebody in a workspace; ``staff_id`` is the colleague they are, where that is known."""

    id: int
    workspace_id: int
    user: str
    staff_id: int | None
    linked_at: datetime | None


@dataclass(frozen=True)
class ChannelView:
    """A channel that we post to."""

    id: int
    workspace_id: int
    slack_id: str
    name: str
    is_private: bool
    queue_id: int | None
    case_id: int | None
    language: Language
    trouble: str


@dataclass(frozen=True)
class ThreadView:
    """Where a case stands; ``ts`` is its card's, empty until that is posted."""

    id: int
    case_id: int
    channel: ChannelView
    ts: str
    is_left: bool


@dataclass(frozen=True)
class PostView:
    """What is to be sent now. ``was_begun``: somebody may have sent it already, and died."""

    id: int
    channel: ChannelView
    thread_id: int | None
    kind: PostKind
    key: str
    facts: Mapping[str, Any]
    wanted: int
    ts: str
    tries: int
    queued_at: datetime
    was_begun: datetime | None
