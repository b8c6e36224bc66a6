"""The life of a side task as a table, and the words for how cases hang together."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class Team(StrEnum):
    """Whom a side task is for."""

    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    FINANCE = "finance"
    OTHER = "other"


class TaskState(StrEnum):
    """Where a side task stands."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskAction(StrEnum):
    """What can be done with a side task."""

    START = "start"
    STOP = "stop"
    FINISH = "finish"
    CANCEL = "cancel"
    UNDO = "undo"


class LinkKind(StrEnum):
    """How two cases hang together."""

    RELATED = "related"
    #: The first is the same matter as the second.
    DUPLICATE = "duplicate"
    #: The second cannot be settled before the first.
    BLOCKS = "blocks"


class NewsKind(StrEnum):
    """What a colleague is told of."""

    MENTIONED = "mentioned"
    MESSAGE = "message"
    REPLIED = "replied"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"
    TASK = "task"


S, A = TaskState, TaskAction
#: States in which somebody still has to do it.
TO_DO: Final = frozenset({S.OPEN, S.DOING})
#: So long what was done or called off can be taken back.
UNDO_WITHIN: Final = timedelta(minutes=15)

TASK: Final = StateMachine(
    "task",
    {
        (S.OPEN, A.START): S.DOING,
        (S.DOING, A.STOP): S.OPEN,
        (S.OPEN, A.FINISH): S.DONE,
        (S.DOING, A.FINISH): S.DONE,
        (S.OPEN, A.CANCEL): S.CANCELLED,
        (S.DOING, A.CANCEL): S.CANCELLED,
        (S.DONE, A.UNDO): S.DOING,
        (S.CANCELLED, A.UNDO): S.OPEN,
    },
)
