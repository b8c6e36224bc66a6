"""The life of a case, as a table. Logic hangs on these categories; their labels are words."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_THIRD_PARTY = "waiting_third_party"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    CLOSED = "closed"


class CaseAction(StrEnum):
    """What can be done with a case."""

    TAKE = "take"
    ASK_CUSTOMER = "ask_customer"
    ASK_THIRD_PARTY = "ask_third_party"
    SNOOZE = "snooze"
    RESUME = "resume"
    #: Snoozing it is undone, and nobody had begun with it before.
    RENEW = "renew"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"


class Priority(StrEnum):
    """How soon."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class EntryKind(StrEnum):
    """What an entry of a case's own record says."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    STATE_CHANGED = "state_changed"
    NOTE = "note"
    APPENDED = "appended"
    ACTED = "acted"
    REPLIED = "replied"
    PROMISED = "promised"
    WARNED = "warned"
    #: Something a case is about was set: ``data`` has what, and what it was before and is now.
    EDITED = "edited"
    #: ``data`` has what, and the ``case_id`` and ``number`` of the other case.
    MERGED = "merged"
    SPLIT = "split"
    LINKED = "linked"
    #: ``data`` has what, and the ``number`` of the side task.
    TASK = "task"
    #: ``data`` has the rule and queue, or why it found nobody.
    ROUTED = "routed"


class Stage(StrEnum):
    """How far an order is when its customer writes; reasons are offered by it."""

    PROCESSING = "processing"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    FAILED = "failed"
    #: No order is known, or none was placed.
    NONE = "none"


class ReasonGroup(StrEnum):
    """Under which heading a reason stands."""

    DELIVERY = "delivery"
    ORDER = "order"
    GOODS = "goods"
    RETURNS = "returns"
    MONEY = "money"
    OTHER = "other"


class LineEnding(StrEnum):
    """How the matter of one order line ended."""

    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"
    REPLACED = "replaced"
    EXCHANGED = "exchanged"
    RETURNED = "returned"
    EXPLAINED = "explained"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


S, A = CaseState, CaseAction
_ACTIVE: Final = (S.NEW, S.OPEN, S.WAITING_CUSTOMER, S.WAITING_THIRD_PARTY, S.SNOOZED)
#: States in which a case still asks something of somebody.
ACTIVE: Final = frozenset(_ACTIVE)

CASE: Final = StateMachine(
    "case",
    {
        **{(state, A.TAKE): S.OPEN for state in _ACTIVE},
        **{(state, A.ASK_CUSTOMER): S.WAITING_CUSTOMER for state in _ACTIVE},
        **{(state, A.ASK_THIRD_PARTY): S.WAITING_THIRD_PARTY for state in _ACTIVE},
        **{(state, A.SNOOZE): S.SNOOZED for state in (S.NEW, S.OPEN)},
        **{
            (state, A.RESUME): S.OPEN
            for state in (S.WAITING_CUSTOMER, S.WAITING_THIRD_PARTY, S.SNOOZED)
        },
        (S.SNOOZED, A.RENEW): S.NEW,
        **{(state, A.RESOLVE): S.RESOLVED for state in _ACTIVE},
        (S.RESOLVED, A.REOPEN): S.OPEN,
        (S.RESOLVED, A.CLOSE): S.CLOSED,
    },
)
