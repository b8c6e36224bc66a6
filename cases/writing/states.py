"""Words of what agents write: answers on their way, reminders, what macros do."""

from enum import StrEnum
from typing import Final


class ReplyState(StrEnum):
    """How far an answer is that somebody has pressed to send."""

    WAITING = "waiting"
    SENT = "sent"
    UNDONE = "undone"
    FAILED = "failed"


class ReminderKind(StrEnum):
    """What a case comes back for."""

    #: At that moment, whatever has happened.
    REMIND = "remind"
    #: At that moment, unless the customer has answered.
    NO_ANSWER = "no_answer"


class ReminderState(StrEnum):
    """How far a reminder is."""

    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


class Do(StrEnum):
    """What a macro does beside saying something."""

    PRIORITY = "priority"
    TAG = "tag"
    QUEUE = "queue"
    ASSIGN_ME = "assign_me"
    WAIT = "wait"
    RESOLVE = "resolve"
    SNOOZE = "snooze"


#: Of these a case can be left in one only.
ENDS: Final = frozenset({Do.WAIT, Do.RESOLVE, Do.SNOOZE})
#: These say nothing more than themselves.
PLAIN: Final = frozenset({Do.ASSIGN_ME, Do.WAIT})
