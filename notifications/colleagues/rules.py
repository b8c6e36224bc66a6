"""Which events are told to which colleagues, how urgently, and what makes them old. Data."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from notifications.colleagues.states import Audience, End, Kind
from oms_service.access import permissions
from oms_service.access.states import Role

#: How long an urgent notice may stand unread in the bell before it goes by mail.
UNREAD: Final = timedelta(minutes=10)
#: How long a missed answer time may stand unread before the leads hear of it.
UNHEARD: Final = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one event is told.

    ``permission`` is what a colleague needs to be told at all. ``is_urgent``: unread for a while
    it goes by mail. ``leads_after``: unread for so long the leads of the queue are told by
    ``leads_rule``. ``ends``: what makes it old while unread. Of one ``about`` and one matter only
    the newest stays unread.
    """

    code: str
    event: str
    kind: Kind
    audiences: tuple[Audience, ...]
    permission: str
    ends: frozenset[End] = frozenset()
    is_urgent: bool = False
    leads_after: timedelta | None = None
    leads_rule: str = ""
    about: str = ""


_OF_A_CASE: Final = frozenset({End.HANDED_ON, End.CLOSED})
_TO_ANSWER: Final = _OF_A_CASE | {End.REPLIED}

GIVEN: Final = Rule(
    code="given",
    event="case.assigned",
    kind=Kind.GIVEN,
    audiences=(Audience.PERSON,),
    permission="cases:read",
    ends=_OF_A_CASE,
    about="given",
)
#: Being called is about the person, not about the case: it stays until they have looked.
MENTIONED: Final = Rule(
    code="mentioned",
    event="case.mentioned",
    kind=Kind.MENTIONS,
    audiences=(Audience.PERSON,),
    permission="cases:read",
)
ANSWERED: Final = Rule(
    code="answered",
    event="case.appended",
    kind=Kind.ANSWERS,
    audiences=(Audience.PERSON,),
    permission="cases:read",
    ends=_TO_ANSWER,
    about="answered",
)
RUNNING_OUT: Final = Rule(
    code="running_out",
    event="case.sla_warned",
    kind=Kind.TIMES,
    audiences=(Audience.PERSON, Audience.LEADS),
    permission="cases:read",
    ends=_TO_ANSWER,
    is_urgent=True,
    about="time",
)
MISSED: Final = Rule(
    code="missed",
    event="case.sla_warned",
    kind=Kind.TIMES,
    audiences=(Audience.PERSON, Audience.LEADS),
    permission="cases:read",
    ends=_TO_ANSWER,
    is_urgent=True,
    leads_after=UNHEARD,
    leads_rule="missed_by_others",
    about="time",
)
#: What the leads read of it: giving the case to somebody else does not make it old for them.
MISSED_BY_OTHERS: Final = Rule(
    code="missed_by_others",
    event="case.escalated",
    kind=Kind.TIMES,
    audiences=(Audience.LEADS,),
    permission="cases:read",
    ends=frozenset({End.REPLIED, End.CLOSED}),
    is_urgent=True,
    about="time",
)
UNASSIGNED: Final = Rule(
    code="unassigned",
    event="case.routed",
    kind=Kind.UNASSIGNED,
    audiences=(Audience.LEADS,),
    permission="cases:assign",
    ends=frozenset({End.TAKEN, End.CLOSED}),
    about="unassigned",
)
ORDER_LATE: Final = Rule(
    code="order_late",
    event="order.late",
    kind=Kind.ORDERS,
    audiences=(Audience.PERSON,),
    permission="orders:read",
    ends=frozenset({End.RECOVERED}),
    about="order",
)
ORDER_STALLED: Final = Rule(
    code="order_stalled",
    event="order.stalled",
    kind=Kind.ORDERS,
    audiences=(Audience.PERSON,),
    permission="orders:read",
    ends=frozenset({End.RECOVERED}),
    is_urgent=True,
    about="order",
)
STOCK_LOW: Final = Rule(
    code="stock_low",
    event="stock.level_low",
    kind=Kind.STOCK,
    audiences=(Audience.PLACE, Audience.OPERATIONS),
    permission="stock:read",
    ends=frozenset({End.CAME}),
    about="stock",
)
STEP_FAILED: Final = Rule(
    code="step_failed",
    event="fallout.parked",
    kind=Kind.STEPS,
    audiences=(Audience.OPERATIONS, Audience.OWNER),
    permission="fallout:read",
    ends=frozenset({End.SETTLED}),
    is_urgent=True,
)

RULES: Final = (
    GIVEN,
    MENTIONED,
    ANSWERED,
    RUNNING_OUT,
    MISSED,
    MISSED_BY_OTHERS,
    UNASSIGNED,
    ORDER_LATE,
    ORDER_STALLED,
    STOCK_LOW,
    STEP_FAILED,
)
BY_CODE: Final[Mapping[str, Rule]] = {one.code: one for one in RULES}
#: Whose roles make an audience; a person may have any.
_ROLES: Final[Mapping[Audience, frozenset[Role]]] = {
    Audience.LEADS: frozenset({Role.LEAD}),
    Audience.PLACE: frozenset({Role.WAREHOUSE, Role.SHOP}),
    Audience.OPERATIONS: frozenset({Role.OPERATIONS}),
    Audience.OWNER: frozenset({Role.LEAD, Role.OPERATIONS}),
}
#: What nobody switches off: a customer waits beyond what was promised.
NEEDED: Final = frozenset({Kind.TIMES})


def ended_by(end: End) -> tuple[str, ...]:
    """The rules whose unread notices something makes old."""
    return tuple(one.code for one in RULES if end in one.ends)


def alike(rule: Rule) -> tuple[str, ...]:
    """The rules of which one matter has one unread notice at most, that rule among them."""
    return tuple(one.code for one in RULES if rule.about and one.about == rule.about)


def kinds_of(roles: Collection[Role]) -> tuple[Kind, ...]:
    """What somebody with these roles can be told of at all."""
    return tuple(
        kind for kind in Kind if any(_reaches(one, roles) for one in RULES if one.kind is kind)
    )


def _reaches(rule: Rule, roles: Collection[Role]) -> bool:
    held = frozenset(roles)
    is_meant = any(one not in _ROLES or _ROLES[one] & held for one in rule.audiences)
    return is_meant and permissions.may(held, rule.permission)
