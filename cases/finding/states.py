"""How lists are ordered, and the life of something done with many cases."""

from enum import StrEnum


class Sort(StrEnum):
    """What stands first in a list of cases."""

    PRIORITY = "priority"
    DUE = "due"
    WAITING = "waiting"
    NEWEST = "newest"
    CHANGED = "changed"


class BulkAction(StrEnum):
    """What can be done with many cases at once."""

    ASSIGN = "assign"
    QUEUE = "queue"
    PRIORITY = "priority"
    TAG = "tag"
    UNTAG = "untag"
    RESOLVE = "resolve"
    SNOOZE = "snooze"


class BulkState(StrEnum):
    """How far it is: only looked at, under way, ended."""

    DRAFTED = "drafted"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    """What became of one case; one that is skipped says why."""

    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
