"""Reading routing: colleagues, queues, rules and skills, and why a case is where it is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Connection, func, literal, select, true
from sqlalchemy.orm import Session

from cases.models import Case, Queue
from cases.routing.models import (
    Agent,
    CaseRoute,
    ChannelWeight,
    QueueMember,
    RoutingRule,
    Skill,
)
from cases.routing.policy import Candidate, Considered, Rule
from cases.routing.states import REFUND_AUTHORITY, Presence, Verdict
from cases.states import ACTIVE, Priority
from oms_service.access import queries as access
from oms_service.infra.hot import among, named
from oms_service.infra.once import once
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words

Reader = Session | Connection

_WORKS: Final = "cases:work"
_AGREES: Final = "refunds:approve"


@dataclass(frozen=True)
class AgentView:
    """A colleague as routing sees them; ``load`` and ``capacity`` are weights of open cases.

    ``queues`` are ids of those they are entered for; ``skills`` include what follows from a role.
    """

    staff_id: int
    name: str
    is_active: bool
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[int, ...]
    capacity: int
    load: int
    presence: Presence
    presence_since: datetime
    back_at: datetime | None
    seen_at: datetime | None
    version: int

    @property
    def room(self) -> int:
        return max(self.capacity - self.load, 0)


@dataclass(frozen=True)
class QueueView:
    """A line of cases; without ``members`` it is everybody's."""

    id: int
    code: str
    name: Words
    is_default: bool
    members: tuple[int, ...]
    version: int


@dataclass(frozen=True)
class RuleView:
    """A rule of routing as written; see ``routing.policy``."""

    id: int
    name: Words
    position: int
    reasons: list[str]
    channels: list[str]
    languages: list[str]
    priorities: list[str]
    tiers: list[str]
    tags: list[str]
    sales_channels: list[str]
    least_minor: int | None
    currency: str
    queue_id: int | None
    priority: Priority | None
    skills: list[str]
    is_active: bool
    version: int


@dataclass(frozen=True)
class SkillView:
    code: str
    name: Words
    is_active: bool
    version: int

    @property
    def follows_role(self) -> bool:
        """Nobody can be given it by hand."""
        return self.code == REFUND_AUTHORITY


@dataclass(frozen=True)
class RouteView:
    """How routing decided about a case the last time."""

    case_id: int
    sorted_at: datetime | None
    rule_id: int | None
    skills: tuple[str, ...]
    staff_id: int | None
    why: str
    nobody: str
    considered: tuple[Considered, ...]
    given_back_by: int | None
    told_lead_at: datetime | None
    at: datetime


@dataclass(frozen=True)
class Told:
    """An open case a lead was told of."""

    case_id: int
    number: str
    assignee_id: int | None
    told_at: datetime


_QUEUE: Final = (Queue.id, Queue.code, Queue.name, Queue.is_default)
#: Asked for on every page of a case.
_QUEUES: Final = named(select(*_QUEUE, Queue.version).order_by(Queue.code))
_MEMBERS: Final = named(
    select(QueueMember.queue_id, QueueMember.staff_id).order_by(
        QueueMember.queue_id, QueueMember.staff_id
    )
)
_ROUTES: Final = named(
    select(*(getattr(CaseRoute, name) for name in RouteView.__dataclass_fields__)).where(
        CaseRoute.case_id == among("case_ids")
    )
)
_RULE: Final = tuple(getattr(RoutingRule, name) for name in RuleView.__dataclass_fields__)
_SKILL: Final = tuple(getattr(Skill, name) for name in SkillView.__dataclass_fields__)


def agents(reader: Reader) -> tuple[AgentView, ...]:
    """Every colleague who works on cases, by name; those who left the shop are left out."""
    staff = {one.id: one for one in access.all_staff(reader) if one.is_active}
    queues = _queues_of(reader)
    rows = reader.execute(
        select(
            Agent.staff_id,
            Agent.languages,
            Agent.skills,
            Agent.capacity,
            Agent.load,
            Agent.presence,
            Agent.presence_since,
            Agent.back_at,
            Agent.seen_at,
            Agent.version,
        ).where(Agent.staff_id.in_(staff))
    ).all()
    found = [
        AgentView(
            staff_id=row.staff_id,
            name=staff[row.staff_id].name,
            is_active=staff[row.staff_id].may(_WORKS),
            languages=tuple(row.languages),
            skills=tuple(sorted(_skills(row.skills, agrees=staff[row.staff_id].may(_AGREES)))),
            queues=queues.get(row.staff_id, ()),
            capacity=row.capacity,
            load=row.load,
            presence=row.presence,
            presence_since=row.presence_since,
            back_at=row.back_at,
            seen_at=row.seen_at,
            version=row.version,
        )
        for row in rows
    ]
    return tuple(sorted((one for one in found if one.is_active), key=lambda one: one.name))


def agent(reader: Reader, staff_id: int) -> AgentView:
    """One colleague.

    Raises:
        NotFound: they do not work on cases.
    """
    found = next((one for one in agents(reader) if one.staff_id == staff_id), None)
    if found is None:
        raise NotFound("this colleague does not work on cases")
    return found


@once
def queues(reader: Reader) -> tuple[QueueView, ...]:
    """Every queue, by code."""
    members = _members(reader)
    return tuple(
        QueueView(row.id, row.code, row.name, row.is_default, members.get(row.id, ()), row.version)
        for row in _QUEUES.all(reader)
    )


def queue(reader: Reader, code: str) -> QueueView:
    """The queue of that code.

    Raises:
        NotFound: there is none.
    """
    found = next((one for one in queues(reader) if one.code == code), None)
    if found is None:
        raise NotFound("no such queue")
    return found


def rules(reader: Reader) -> tuple[RuleView, ...]:
    """Every rule, in the order they are asked."""
    query = select(*_RULE).order_by(RoutingRule.position, RoutingRule.id)
    return tuple(RuleView(*row) for row in reader.execute(query))


def rule(reader: Reader, rule_id: int) -> RuleView:
    """One rule.

    Raises:
        NotFound: there is none.
    """
    found = next((one for one in rules(reader) if one.id == rule_id), None)
    if found is None:
        raise NotFound("no such rule")
    return found


def rules_in_force(reader: Reader) -> tuple[Rule, ...]:
    """What decides about queues, in the order it is asked."""
    return tuple(rule_of(one) for one in rules(reader) if one.is_active)


def rule_of(one: RuleView) -> Rule:
    """A written rule as it is asked."""
    return Rule(
        id=one.id,
        reasons=frozenset(one.reasons),
        channels=frozenset(one.channels),
        languages=frozenset(one.languages),
        priorities=frozenset(one.priorities),
        tiers=frozenset(one.tiers),
        tags=frozenset(one.tags),
        sales_channels=frozenset(one.sales_channels),
        least_minor=one.least_minor,
        currency=one.currency,
        queue_id=one.queue_id,
        priority=one.priority,
        skills=frozenset(one.skills),
    )


@once
def skills(reader: Reader) -> tuple[SkillView, ...]:
    """Every skill, by code."""
    return tuple(SkillView(*row) for row in reader.execute(select(*_SKILL).order_by(Skill.code)))


def weights(reader: Reader) -> dict[str, int]:
    """How much room a case takes, by channel; 1 where nothing is said."""
    rows = reader.execute(select(ChannelWeight.channel, ChannelWeight.weight))
    return {row.channel: row.weight for row in rows}


def routes(reader: Reader, case_ids: Collection[int]) -> dict[int, RouteView]:
    """How routing decided about some cases the last time, by case; one query."""
    return {
        row.case_id: RouteView(
            case_id=row.case_id,
            sorted_at=row.sorted_at,
            rule_id=row.rule_id,
            skills=tuple(row.skills),
            staff_id=row.staff_id,
            why=row.why,
            nobody=row.nobody,
            considered=considered(row.considered),
            given_back_by=row.given_back_by,
            told_lead_at=row.told_lead_at,
            at=row.at,
        )
        for row in _ROUTES.all(reader, case_ids=list(case_ids))
    }


def considered(written: Any) -> tuple[Considered, ...]:
    """Who was looked at, as it is kept in rows."""
    return tuple(Considered(int(staff_id), Verdict(verdict)) for staff_id, verdict in written or ())


def waiting(reader: Reader, *, only: frozenset[int] = frozenset()) -> dict[str, int]:
    """How many open cases nobody has, by why; an empty word for those just opened.

    ``only`` are the queues that count; all where there are none.
    """
    query = (
        select(CaseRoute.nobody, func.count())
        .select_from(Case)
        .outerjoin(CaseRoute, CaseRoute.case_id == Case.id)
        .where(Case.assignee_id.is_(None), Case.state.in_(ACTIVE))
        .where(Case.queue_id.in_(only) if only else true())
        .group_by(CaseRoute.nobody)
    )
    found: dict[str, int] = {}
    for why, count in reader.execute(query):
        found[why or ""] = found.get(why or "", 0) + count
    return found


def told(reader: Reader, *, limit: int = 50) -> tuple[Told, ...]:
    """Open cases a lead was told of and has not looked at, the longest waiting first."""
    rows = reader.execute(
        select(Case.id, Case.number, Case.assignee_id, CaseRoute.told_lead_at)
        .join(CaseRoute, CaseRoute.case_id == Case.id)
        .where(CaseRoute.told_lead_at.is_not(None), Case.state.in_(ACTIVE))
        .order_by(CaseRoute.told_lead_at, Case.id)
        .limit(limit)
    )
    return tuple(Told(one, number, who, at) for one, number, who, at in rows if at is not None)


def told_count(reader: Reader) -> int:
    """How many open cases a lead was told of."""
    query = (
        select(func.count())
        .select_from(CaseRoute)
        .join(Case, Case.id == CaseRoute.case_id)
        .where(CaseRoute.told_lead_at.is_not(None), Case.state.in_(ACTIVE))
    )
    return reader.execute(query).scalar_one()


# What routing itself reads


@dataclass(frozen=True)
class Able:
    """Colleagues who are with the shop and may work on cases; and who agrees to refunds.

    ``limits`` are the queues of those who may see no others.
    """

    staff_ids: frozenset[int]
    agree: frozenset[int]
    limits: Mapping[int, frozenset[int]] = field(default_factory=dict)


def able(reader: Reader) -> Able:
    """Who may be given cases at all; one query."""
    staff = [one for one in access.all_staff(reader) if one.is_active and one.may(_WORKS)]
    return Able(
        frozenset(one.id for one in staff),
        frozenset(one.id for one in staff if one.may(_AGREES)),
        {one.id: one.queues for one in staff if one.queues},
    )


def candidates(reader: Reader, who: Able) -> dict[int, Candidate]:
    """Everybody who is given cases at all, by id; three queries."""
    members = _members(reader)
    everybodys = frozenset(
        row.id for row in reader.execute(select(Queue.id)) if row.id not in members
    )
    of: dict[int, set[int]] = {}
    for queue_id, staff_ids in members.items():
        for staff_id in staff_ids:
            of.setdefault(staff_id, set()).add(queue_id)
    rows = reader.execute(_CANDIDATE.where(Agent.staff_id.in_(who.staff_ids), Agent.capacity > 0))
    found = {}
    for row in rows:
        queues = everybodys | frozenset(of.get(row.staff_id, ()))
        queues &= who.limits.get(row.staff_id, queues)
        found[row.staff_id] = _candidate(row, who, queues)
    return found


_CANDIDATE: Final = select(
    Agent.staff_id,
    Agent.presence,
    Agent.languages,
    Agent.skills,
    Agent.capacity,
    Agent.load,
    Agent.given_at,
)


def hold_candidate(
    session: Session, seen: Candidate, who: Able, *, waits: bool
) -> Candidate | None:
    """A colleague as they are now, held until the end; None when others hold them."""
    row = session.execute(
        _CANDIDATE.where(Agent.staff_id == seen.staff_id).with_for_update(skip_locked=not waits)
    ).one_or_none()
    return None if row is None else _candidate(row, who, seen.queues)


def _candidate(row: Any, who: Able, queues: frozenset[int]) -> Candidate:
    return Candidate(
        staff_id=row.staff_id,
        presence=row.presence,
        languages=frozenset(row.languages),
        skills=_skills(row.skills, agrees=row.staff_id in who.agree),
        queues=queues,
        capacity=row.capacity,
        load=row.load,
        given_at=row.given_at,
    )


def before(reader: Reader, customer_ids: Collection[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    """Who had the last cases of some customers: (case, colleague), the newest first."""
    found: dict[int, list[tuple[int, int]]] = {}
    if not customer_ids:
        return {}
    rows = reader.execute(
        select(Case.customer_id, Case.id, Case.assignee_id)
        .where(
            Case.customer_id == func.any(literal(sorted(customer_ids), ARRAY(BigInteger))),
            Case.assignee_id.is_not(None),
        )
        .order_by(Case.customer_id, Case.id.desc())
    )
    for customer_id, case_id, staff_id in rows:
        if customer_id is not None and staff_id is not None:
            found.setdefault(customer_id, []).append((case_id, staff_id))
    return {customer_id: tuple(some) for customer_id, some in found.items()}


def _skills(written: Collection[str], *, agrees: bool) -> frozenset[str]:
    return frozenset(written) | ({REFUND_AUTHORITY} if agrees else frozenset())


@once
def _members(reader: Reader) -> Mapping[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for queue_id, staff_id in _MEMBERS.all(reader):
        found[queue_id] = (*found.get(queue_id, ()), staff_id)
    return found


def _queues_of(reader: Reader) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for queue_id, staff_ids in _members(reader).items():
        for staff_id in staff_ids:
            found[staff_id] = (*found.get(staff_id, ()), queue_id)
    return found
