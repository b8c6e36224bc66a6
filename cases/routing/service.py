"""What colleagues say of routing: presence and skills, queues and their members, rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cases import holding
from cases.models import Case, Queue, Reason
from cases.routing import agents, queries
from cases.routing.agents import present, set_presence
from cases.routing.models import (
    Agent,
    CaseRoute,
    ChannelWeight,
    QueueMember,
    RoutingRule,
    Skill,
)
from cases.routing.queries import AgentView, QueueView, RuleView, SkillView
from cases.routing.states import REFUND_AUTHORITY
from cases.sla.editing import CHANNELS
from cases.states import Priority
from cases.taxonomy.policy import tag_of
from oms_service.customers.states import Tier
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language, Words
from oms_service.sales import queries as sales

__all__ = ["present", "set_presence"]

MOST_CAPACITY: Final = 1000
MOST_WEIGHT: Final = 10
MOST_RULES: Final = 200
MOST_QUEUES: Final = 100
MOST_SKILLS: Final = 100
_LONGEST_NAME: Final = 60
_LONGEST_CODE: Final = 60
_MOST_CONDITIONS: Final = 50
_MOST_MINOR: Final = 10**15
#: A name that is locked while the order of rules or the default queue changes.
_BOOK: Final = "routing rules and queues"


class StillDefault(DomainError):
    """One queue is the default, always: make another one it instead."""

    code = "still-default"


@dataclass(frozen=True, kw_only=True)
class AgentWish:
    """What a colleague can from now on; ``queues`` are codes."""

    capacity: int
    languages: Collection[str]
    skills: Collection[str]
    queues: Collection[str]


@dataclass(frozen=True, kw_only=True)
class QueueWish:
    """What a queue is from now on; ``members`` are ids of colleagues, none means everybody."""

    name: Words
    members: Collection[int]
    is_default: bool


@dataclass(frozen=True, kw_only=True)
class RuleWish:
    """What a rule says from now on; ``queue`` is a code, empty to leave a case where it is."""

    name: Words
    reasons: Collection[str] = ()
    channels: Collection[str] = ()
    languages: Collection[str] = ()
    priorities: Collection[str] = ()
    tiers: Collection[str] = ()
    tags: Collection[str] = ()
    sales_channels: Collection[str] = ()
    least_minor: int | None = None
    currency: str = ""
    queue: str = ""
    priority: str = ""
    skills: Collection[str] = ()
    is_active: bool = True


# Colleagues


def change_agent(uow: UnitOfWork, staff_id: int, wish: AgentWish, *, version: int) -> AgentView:
    """Write down what a colleague can, all of it; what waits for that is given out at once.

    Raises:
        NotFound: they do not work on cases.
        Invalid: naming what is wrong.
        Stale: somebody wrote it meanwhile.
    """
    wrong: dict[str, str] = {}
    if not 0 <= wish.capacity <= MOST_CAPACITY:
        wrong["capacity"] = f"must be 0 to {MOST_CAPACITY}"
    languages = {str(one) for one in wish.languages}
    if not languages or not languages <= set(Language):
        wrong["languages"] = "must name ja, en or both"
    known = {one.code for one in queries.skills(uow.session) if not one.follows_role}
    skills = {str(one) for one in wish.skills} - {REFUND_AUTHORITY}
    if not skills <= known:
        wrong["skills"] = "has an unknown one"
    by_code = {one.code: one.id for one in queries.queues(uow.session)}
    if not {str(one) for one in wish.queues} <= by_code.keys():
        wrong["queues"] = "has an unknown one"
    if wrong:
        raise Invalid("this cannot be said of a colleague", wrong)
    queries.agent(uow.session, staff_id)
    agents.change(
        uow,
        staff_id,
        capacity=wish.capacity,
        languages=languages,
        skills=skills,
        version=version,
    )
    uow.session.execute(delete(QueueMember).where(QueueMember.staff_id == staff_id))
    rows = [{"queue_id": by_code[code], "staff_id": staff_id} for code in sorted(set(wish.queues))]
    if rows:
        uow.session.execute(insert(QueueMember).values(rows))
    return queries.agent(uow.session, staff_id)


# Queues


def add_queue(uow: UnitOfWork, wish: QueueWish, *, code: str = "") -> QueueView:
    """A further queue; without a code it is given one.

    Raises:
        Invalid: naming what is wrong.
    """
    locks.a_name(uow.session, _BOOK)
    code = _code(code)
    _check_name(wish.name)
    if len(queries.queues(uow.session)) >= MOST_QUEUES:
        raise Invalid("there are too many queues", {"code": f"at most {MOST_QUEUES}"})
    added = uow.session.scalar(
        upsert(Queue)
        .values(code=code, name=dict(wish.name), is_default=False, version=1)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(Queue.id)
    )
    if added is None:
        raise Invalid("there is such a queue", {"code": "is taken"})
    _fill_queue(uow, added, wish)
    return queries.queue(uow.session, code)


def change_queue(uow: UnitOfWork, code: str, wish: QueueWish, *, version: int) -> QueueView:
    """Write a queue anew: its name, who works on it, whether it is the default.

    Raises:
        NotFound: no such queue.
        Invalid: naming what is wrong.
        StillDefault: it is the default, and would not be it any more.
        Stale: somebody wrote it meanwhile.
    """
    locks.a_name(uow.session, _BOOK)
    before = queries.queue(uow.session, code)
    _check_name(wish.name)
    if before.is_default and not wish.is_default:
        raise StillDefault("make another queue the default instead")
    changed = uow.session.execute(
        update(Queue)
        .where(Queue.code == code, Queue.version == version)
        .values(name=dict(wish.name), version=Queue.version + 1)
        .returning(Queue.id)
    ).one_or_none()
    if changed is None:
        raise Stale("somebody changed this queue meanwhile")
    _fill_queue(uow, before.id, wish)
    return queries.queue(uow.session, code)


def _fill_queue(uow: UnitOfWork, queue_id: int, wish: QueueWish) -> None:
    session = uow.session
    if wish.is_default:
        session.execute(update(Queue).where(Queue.is_default).values(is_default=False))
        session.execute(update(Queue).where(Queue.id == queue_id).values(is_default=True))
    members = sorted(set(wish.members))
    known = set(session.scalars(select(Agent.staff_id).where(Agent.staff_id.in_(members))))
    if known != set(members):
        raise Invalid("somebody of these works on no cases", {"members": "has an unknown one"})
    session.execute(delete(QueueMember).where(QueueMember.queue_id == queue_id))
    if members:
        rows = [{"queue_id": queue_id, "staff_id": one} for one in members]
        session.execute(insert(QueueMember).values(rows))
    _look_again(uow, members)


def _look_again(uow: UnitOfWork, staff_ids: Collection[int]) -> None:
    """One of those concerned stands for all: hearing of it, routing looks at all that waits."""
    query = select(Agent).order_by(Agent.staff_id)
    if staff_ids:
        query = query.where(Agent.staff_id.in_(staff_ids))
    for held in uow.session.scalars(query.limit(1)):
        agents.tell(uow, held)


# Rules


def add_rule(uow: UnitOfWork, wish: RuleWish) -> RuleView:
    """A further rule, asked last.

    Raises:
        Invalid: naming what is wrong.
    """
    locks.a_name(uow.session, _BOOK)
    values = _rule_values(uow, wish)
    if len(queries.rules(uow.session)) >= MOST_RULES:
        raise Invalid("there are too many rules", {"name": f"at most {MOST_RULES}"})
    last = uow.session.scalar(select(func.max(RoutingRule.position)))
    place = 0 if last is None else last + 1
    rule_id = uow.session.scalar(
        insert(RoutingRule).values(**values, position=place, version=1).returning(RoutingRule.id)
    )
    return queries.rule(uow.session, rule_id or 0)


def change_rule(uow: UnitOfWork, rule_id: int, wish: RuleWish, *, version: int) -> RuleView:
    """Write a rule anew; it holds for cases that are opened from now on.

    Raises:
        NotFound: no such rule.
        Invalid: naming what is wrong.
        Stale: somebody wrote it meanwhile.
    """
    queries.rule(uow.session, rule_id)
    changed = uow.session.execute(
        update(RoutingRule)
        .where(RoutingRule.id == rule_id, RoutingRule.version == version)
        .values(**_rule_values(uow, wish), version=RoutingRule.version + 1)
        .returning(RoutingRule.id)
    ).one_or_none()
    if changed is None:
        raise Stale("somebody changed this rule meanwhile")
    return queries.rule(uow.session, rule_id)


def move_rule(uow: UnitOfWork, rule_id: int, *, up: bool) -> None:
    """Let a rule be asked one place earlier or later; at the end it stays there.

    Raises:
        NotFound: no such rule.
    """
    locks.a_name(uow.session, _BOOK)
    order = [one.id for one in queries.rules(uow.session)]
    if rule_id not in order:
        raise NotFound("no such rule")
    at = order.index(rule_id)
    to = max(at - 1, 0) if up else min(at + 1, len(order) - 1)
    order[at], order[to] = order[to], order[at]
    for place, one in enumerate(order):
        uow.session.execute(
            update(RoutingRule)
            .where(RoutingRule.id == one, RoutingRule.position != place)
            .values(position=place)
        )


def _rule_values(uow: UnitOfWork, wish: RuleWish) -> dict[str, Any]:
    session = uow.session
    _check_name(wish.name)
    queues = {one.code: one.id for one in queries.queues(session)}
    lists: Mapping[str, tuple[Collection[str], Collection[str] | None]] = {
        "reasons": (wish.reasons, set(session.scalars(select(Reason.code)))),
        "channels": (wish.channels, CHANNELS),
        "languages": (wish.languages, set(Language)),
        "priorities": (wish.priorities, set(Priority)),
        "tiers": (wish.tiers, set(Tier)),
        "tags": (wish.tags, None),
        "sales_channels": (wish.sales_channels, set(sales.codes(session).values())),
        "skills": (wish.skills, {one.code for one in queries.skills(session)}),
    }
    wrong = {name: _wrong_list(given, known) for name, (given, known) in lists.items()}
    wrong |= _wrong_outcome(wish, queues) | _wrong_value(session, wish)
    if wrong := {name: why for name, why in wrong.items() if why}:
        raise Invalid("this is no rule", wrong)
    return {
        **{name: sorted({str(one) for one in given}) for name, (given, _known) in lists.items()},
        "tags": sorted({tag_of(str(one))[1] for one in wish.tags}),
        "name": dict(wish.name),
        "least_minor": wish.least_minor,
        "currency": wish.currency,
        "queue_id": queues.get(wish.queue),
        "priority": Priority(wish.priority) if wish.priority else None,
        "is_active": wish.is_active,
    }


def _wrong_outcome(wish: RuleWish, queues: Collection[str]) -> dict[str, str]:
    if not (wish.queue or wish.priority or wish.skills):
        return {"queue": "say a queue, a priority or a skill"}
    return {
        "queue": "is unknown" if wish.queue and wish.queue not in queues else "",
        "priority": "is unknown" if wish.priority and wish.priority not in set(Priority) else "",
    }


def _wrong_value(session: Session, wish: RuleWish) -> dict[str, str]:
    if (wish.least_minor is None) != (not wish.currency):
        return {"currency": "goes with an amount"}
    if wish.least_minor is None:
        return {}
    used = {one.currency for one in sales.channels(session)}
    return {
        "least_minor": "" if 0 < wish.least_minor <= _MOST_MINOR else "must be more than nothing",
        "currency": "" if wish.currency in used else "is used in no sales channel",
    }


def _wrong_list(given: Collection[str], known: Collection[str] | None) -> str:
    found = {str(one) for one in given}
    if len(found) > _MOST_CONDITIONS:
        return f"at most {_MOST_CONDITIONS}"
    if any(not one.strip() or len(one) > _LONGEST_CODE or "\0" in one for one in found):
        return "has one that is empty or too long"
    return "has an unknown one" if known is not None and not found <= set(known) else ""


# Skills and weights


def add_skill(uow: UnitOfWork, name: Words, *, code: str = "") -> SkillView:
    """A further skill; without a code it is given one.

    Raises:
        Invalid: naming what is wrong.
    """
    code = _code(code)
    _check_name(name)
    if len(queries.skills(uow.session)) >= MOST_SKILLS:
        raise Invalid("there are too many skills", {"code": f"at most {MOST_SKILLS}"})
    added = uow.session.scalar(
        upsert(Skill)
        .values(code=code, name=dict(name), is_active=True, version=1)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(Skill.code)
    )
    if added is None:
        raise Invalid("there is such a skill", {"code": "is taken"})
    return _skill(uow, code)


def change_skill(
    uow: UnitOfWork, code: str, name: Words, *, is_active: bool, version: int
) -> SkillView:
    """Call a skill differently, or offer it no more; whoever has it keeps it.

    Raises:
        NotFound: no such skill.
        Invalid: naming what is wrong.
        Stale: somebody wrote it meanwhile.
    """
    _skill(uow, code)
    _check_name(name)
    changed = uow.session.execute(
        update(Skill)
        .where(Skill.code == code, Skill.version == version)
        .values(name=dict(name), is_active=is_active, version=Skill.version + 1)
        .returning(Skill.code)
    ).one_or_none()
    if changed is None:
        raise Stale("somebody changed this skill meanwhile")
    return _skill(uow, code)


def _skill(uow: UnitOfWork, code: str) -> SkillView:
    found = next((one for one in queries.skills(uow.session) if one.code == code), None)
    if found is None:
        raise NotFound("no such skill")
    return found


def set_weights(uow: UnitOfWork, wanted: Mapping[str, int]) -> dict[str, int]:
    """Say how much room a case takes, by channel; what everybody carries is counted anew.

    Raises:
        Invalid: naming the channel.
    """
    wrong = {
        channel: f"must be 1 to {MOST_WEIGHT}"
        for channel, weight in wanted.items()
        if channel not in CHANNELS or not 1 <= weight <= MOST_WEIGHT
    }
    if wrong:
        raise Invalid("these are no weights", wrong)
    locks.a_name(uow.session, _BOOK)
    for channel, weight in sorted(wanted.items()):
        row = upsert(ChannelWeight).values(channel=channel, weight=weight)
        uow.session.execute(
            row.on_conflict_do_update(index_elements=["channel"], set_={"weight": weight})
        )
    # Nothing is given or settled while it is counted, so that every count is by one weight.
    uow.session.execute(text("LOCK TABLE agents IN SHARE ROW EXCLUSIVE MODE"))
    agents.count_all(uow)
    _look_again(uow, ())
    return queries.weights(uow.session)


# Leads


def look_at(uow: UnitOfWork, case_id: int) -> None:
    """A lead has seen that a case runs out of time; seen again, it changes nothing."""
    uow.session.execute(
        update(CaseRoute).where(CaseRoute.case_id == case_id).values(told_lead_at=None)
    )
    uow.touch(agents.TEAM)


def tell_lead(uow: UnitOfWork, case_id: int) -> None:
    """Put a case on the leads' list until one of them has looked at it."""
    case = uow.session.get(Case, case_id)
    if case is None:
        raise NotFound("no such case")
    row = upsert(CaseRoute).values(case_id=case_id, told_lead_at=uow.now, at=uow.now)
    uow.session.execute(
        row.on_conflict_do_update(
            index_elements=["case_id"],
            set_={"told_lead_at": func.coalesce(CaseRoute.told_lead_at, uow.now)},
        )
    )
    holding.touch(uow, case_id)
    uow.touch(agents.TEAM)


# Inside


def _code(given: str) -> str:
    code = given or readable_code(8).lower()
    if not (len(code) <= _LONGEST_CODE and code.isascii() and code.replace("_", "a").isalnum()):
        raise Invalid("this is no code", {"code": "must be letters, digits and _"})
    return code


def _check_name(name: Words) -> None:
    wrong = {
        f"name.{language}": f"must have 1 to {_LONGEST_NAME} characters"
        for language in Language
        if not 0 < len(str(name.get(language, "")).strip()) <= _LONGEST_NAME
        or "\0" in str(name.get(language, ""))
    }
    if wrong or set(name) - set(Language):
        raise Invalid("a name is said in both languages", wrong or {"name": "has other languages"})
