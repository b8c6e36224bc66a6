"""Who gets a case: rules send it to a queue, and the best of those there are takes it.

A case is held before a colleague is, and neither is waited for where others hold it: two relays
never give one case twice, and never fill anybody beyond their capacity. What somebody carries is
counted on their own row by a trigger on ``cases``, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Select,
    String,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import case as when
from sqlalchemy.dialects.postgresql import insert

from cases import holding
from cases.events import CaseAssigned
from cases.inbox import RANK
from cases.models import Case, CaseEntry
from cases.routing import agents, queries
from cases.routing.events import CaseRouted
from cases.routing.models import Agent, CaseRoute, QueueMember
from cases.routing.policy import (
    Candidate,
    Choice,
    Facts,
    Rule,
    Wanted,
    choose,
    rule_for,
    weight_of,
)
from cases.routing.queries import Able, RouteView
from cases.routing.states import REFUND_AUTHORITY, Presence
from cases.sla import queries as answer_times
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from cases.taxonomy import queries as taxonomy
from cases.taxonomy.policy import tag_of
from cases.views import CaseView
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.orders import queries as orders
from oms_service.sales import queries as sales

#: A code beside those of ``routing.states.Why``: why a case moved on.
RUNS_OUT: Final = "time_runs_out"
TOOK_NEXT: Final = "took_next"
#: As many waiting cases as are looked at when room has come free.
ROOM_LOOK: Final = 5
#: As many as one transaction gives out.
BATCH: Final = 100


#: In these it is our turn.
_OURS: Final = (CaseState.NEW, CaseState.OPEN)


class NothingWaits(DomainError):
    """No case waits that this colleague could take."""

    code = "nothing-waits"
    http_status = 404


@dataclass
class Round:
    """What one transaction knows of colleagues; those it ``holds`` are as they are now."""

    who: Able
    candidates: dict[int, Candidate]
    weights: Mapping[str, int]
    held: set[int] = field(default_factory=set)
    #: Held by others just now.
    elsewhere: set[int] = field(default_factory=set)

    def left(self) -> list[Candidate]:
        return [one for one in self.candidates.values() if one.staff_id not in self.elsewhere]

    def put(self, staff_id: int, weight: int) -> None:
        """One more case in somebody's hands."""
        one = self.candidates[staff_id]
        self.candidates[staff_id] = replace(one, load=one.load + weight)


def begin(uow: UnitOfWork) -> Round:
    """Look at everybody, before cases are given out."""
    who = queries.able(uow.session)
    return Round(who, queries.candidates(uow.session, who), queries.weights(uow.session))


def assign(uow: UnitOfWork, case_id: int, *, waits: bool = False) -> int | None:
    """Give one case that nobody has to the best colleague there is; whom, or None.

    A new one is sent to its queue by the rules first. Done again, nothing changes once somebody
    has it.

    Args:
        uow: the transaction.
        case_id: one that nobody has.
        waits: when the best are held by others, wait for one of them. Only for the relay, which
            gives way when it takes long; for others the sweep finds what was left.
    """
    case = _hold(uow, case_id)
    return None if case is None else _give_out(uow, [case], waits=waits).get(case_id)


def assign_waiting(uow: UnitOfWork, limit: int = BATCH) -> int:
    """Give out cases that nobody has and somebody could take; how many found somebody.

    The most pressing comes first, then what is due first, then what has waited longest.
    """
    round_ = begin(uow)
    found = _could_be_given(uow, round_, limit)
    return len(_give_out(uow, found, round_=round_, waits=False)) if found else 0


def reassign(uow: UnitOfWork, case_id: int, *, waits: bool = False) -> int | None:
    """Give a case whose time runs out to a colleague with room; whom, or None.

    Where nobody else has room, whoever has it keeps it. ``waits`` as of ``assign``.
    """
    case = uow.session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None or case.state not in ACTIVE:
        return None
    besides = frozenset() if case.assignee_id is None else frozenset({case.assignee_id})
    given = _give_out(uow, [case], waits=waits, besides=besides, why=RUNS_OUT)
    return given.get(case_id)


def take_next(uow: UnitOfWork, staff_id: int) -> CaseView:
    """Give a colleague the most pressing case that waits in their queues, whatever their room.

    Raises:
        NotFound: they do not work on cases.
        NothingWaits: there is none for them.
    """
    queries.agent(uow.session, staff_id)
    round_ = begin(uow)
    query = _waiting_for(round_, Agent.staff_id == staff_id).where(Case.state.in_(_OURS))
    case = uow.session.scalars(_in_order(query).limit(1)).one_or_none()
    if case is None:
        raise NothingWaits("no case waits for you")
    sort(uow, [case], queries.routes(uow.session, [case.id]))
    case.state, case.snoozed_until = CASE.after(case.state, CaseAction.TAKE), None
    holding.assign_to(uow, case, staff_id, TOOK_NEXT)
    return holding.done(uow, case)


# Rules


def sort(
    uow: UnitOfWork, cases: Sequence[Case], known: Mapping[int, RouteView]
) -> dict[int, RouteView]:
    """Send held cases that no rule was asked about to their queues; how all of them stand now."""
    new = [one for one in cases if one.id not in known or known[one.id].sorted_at is None]
    if not new:
        return dict(known)
    rules = queries.rules_in_force(uow.session)
    rows = []
    for case in new:
        rule = rule_for(rules, facts_of(uow, case)) if rules else None
        row = {"case_id": case.id, "sorted_at": uow.now, "rule_id": rule.id if rule else None}
        rows.append({**row, "skills": sorted(rule.skills) if rule else []})
        if rule is not None:
            _follow(uow, case, rule)
    _note(uow, rows)
    return {**known, **queries.routes(uow.session, [case.id for case in new])}


def _follow(uow: UnitOfWork, case: Case, rule: Rule) -> None:
    """Do to a case what its rule says."""
    data: dict[str, Any] = {"rule": rule.id}
    if rule.queue_id is not None and rule.queue_id != case.queue_id:
        data["queue"] = case.queue_id = rule.queue_id
    if rule.priority is not None and rule.priority is not case.priority:
        case.priority = rule.priority
        data["priority"] = str(rule.priority)
    case.version += 1
    holding.enter(uow, case, EntryKind.ROUTED, data=data)
    uow.emit(CaseRouted(case_id=case.id, queue_id=case.queue_id, rule_id=rule.id, blocked=""))
    holding.done(uow, case)


def facts_of(uow: UnitOfWork, case: Case | CaseView) -> Facts:
    """What rules look at, of a case."""
    session = uow.session
    person = customers.find(session, case.customer_id) if case.customer_id else None
    order = orders.by_id(session, case.order_id) if case.order_id else None
    tags = taxonomy.tags_of(session, [case.id]).get(case.id, ())
    return Facts(
        reason=case.reason,
        channel=case.channel,
        language=str(case.language),
        priority=str(case.priority),
        tier=str(person.tier) if person else "",
        tags=frozenset(tag_of(one.name)[1] for one in tags),
        sales_channel=sales.codes(session).get(order.channel_id, "") if order else "",
        value_minor=order.total.minor if order else None,
        currency=order.total.currency if order else "",
    )


# Giving out


def _hold(uow: UnitOfWork, case_id: int) -> Case | None:
    uow.session.flush()
    return uow.session.scalars(
        select(Case)
        .where(Case.id == case_id, Case.assignee_id.is_(None), Case.state.in_(ACTIVE))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _could_be_given(uow: UnitOfWork, round_: Round, limit: int) -> list[Case]:
    """Cases nobody has that some present colleague with room could take; held."""
    if not any(_has_room(one) for one in round_.candidates.values()):
        return []
    weight = func.weight_of_channel(Case.channel)
    fits = Agent.presence == Presence.PRESENT, Agent.load + weight <= Agent.capacity
    return list(uow.session.scalars(_in_order(_waiting_for(round_, *fits)).limit(limit)))


def _has_room(one: Candidate) -> bool:
    return one.presence is Presence.PRESENT and one.room > 0


def _waiting_for(round_: Round, *whom: Any) -> Select[Case]:
    """Cases that nobody has and somebody of those who fit could take by queue and skill."""
    staff_ids, agree = (
        literal(sorted(some), ARRAY(BigInteger))
        for some in (round_.who.staff_ids, round_.who.agree)
    )
    limits = round_.who.limits
    if limits:
        theirs = [(who, queue) for who, queues in limits.items() for queue in queues]
        is_free = Agent.staff_id.not_in(sorted(limits))
        whom = (*whom, or_(is_free, tuple_(Agent.staff_id, Case.queue_id).in_(theirs)))
    skills = func.coalesce(CaseRoute.skills, literal([], ARRAY(String(60))))
    typed = func.array_remove(skills, REFUND_AUTHORITY)
    members: Select[Any] = select(literal_column("1")).where(QueueMember.queue_id == Case.queue_id)
    somebody = (
        select(literal_column("1"))
        .select_from(Agent)
        .where(
            *whom,
            Agent.staff_id == func.any(staff_ids),
            Case.language == func.any(Agent.languages),
            typed.op("<@")(Agent.skills),
            or_(typed == skills, Agent.staff_id == func.any(agree)),
            or_(CaseRoute.given_back_by.is_(None), CaseRoute.given_back_by != Agent.staff_id),
            or_(members.where(QueueMember.staff_id == Agent.staff_id).exists(), ~members.exists()),
        )
        .correlate(Case, CaseRoute)
        .exists()
    )
    return (
        select(Case)
        .outerjoin(CaseRoute, CaseRoute.case_id == Case.id)
        .where(Case.assignee_id.is_(None), Case.state.in_(ACTIVE), somebody)
        .with_for_update(skip_locked=True, of=Case)
        .execution_options(populate_existing=True)
    )


def _in_order(query: Select[Case]) -> Select[Case]:
    return query.order_by(
        when(*((Case.priority == one, rank) for one, rank in RANK.items())),
        answer_times.first_due(Case.id).nulls_last(),
        Case.waiting_since.nulls_last(),
        Case.id,
    )


def _give_out(
    uow: UnitOfWork,
    cases: Sequence[Case],
    *,
    waits: bool,
    round_: Round | None = None,
    besides: frozenset[int] = frozenset(),
    why: str = "",
) -> dict[int, int]:
    """Give held cases to colleagues; to whom, by case. ``why`` stands for routing's own reason."""
    round_ = round_ or begin(uow)
    known = sort(uow, cases, queries.routes(uow.session, [case.id for case in cases]))
    before = queries.before(
        uow.session, {case.customer_id for case in cases if case.customer_id is not None}
    )
    given: dict[int, int] = {}
    rows, entries = [], []
    with uow.together():
        for case in cases:
            route_ = known.get(case.id)
            wanted = _wanted(case, route_, before.get(case.customer_id or 0, ()), round_, besides)
            choice = _choose(uow, round_, wanted, waits=waits)
            if choice is None or (choice.staff_id is None and besides):
                continue  # whoever could take it is held by others; whoever has it keeps it
            row = _row(uow, case, choice, why)
            rows.append(row)
            if choice.staff_id is not None:
                given[case.id] = choice.staff_id
                round_.put(choice.staff_id, wanted.weight)
                rule_id = route_.rule_id if route_ else None
                entries.append(_assigned(uow, case, choice, row, rule_id))
            elif route_ is None or route_.nobody != choice.nobody:
                entries.append(_nobody(uow, case, choice))
    _write(uow, rows, entries, given)
    return given


def _wanted(
    case: Case,
    route_: RouteView | None,
    earlier: Sequence[tuple[int, int]],
    round_: Round,
    besides: frozenset[int],
) -> Wanted:
    back = route_.given_back_by if route_ else None
    return Wanted(
        queue_id=case.queue_id,
        language=str(case.language),
        weight=weight_of(case.channel, round_.weights),
        skills=frozenset(route_.skills) if route_ else frozenset(),
        before=next((who for one, who in earlier if one != case.id), None),
        besides=besides | ({back} if back is not None else frozenset()),
    )


def _choose(uow: UnitOfWork, round_: Round, wanted: Wanted, *, waits: bool) -> Choice | None:
    """The best colleague there is, held; those whom others hold are left out, or waited for.

    None where only colleagues others hold could take it: nothing is known yet.
    """
    while True:
        choice = choose(wanted, round_.left())
        if choice.staff_id is None and round_.elsewhere:
            choice = choose(wanted, round_.candidates.values())
            if choice.staff_id is not None and not waits:
                return None
        staff_id = choice.staff_id
        if staff_id is None or staff_id in round_.held:
            return choice
        seen = round_.candidates[staff_id]
        is_last = staff_id in round_.elsewhere
        now = queries.hold_candidate(uow.session, seen, round_.who, waits=is_last)
        if now is None:
            round_.elsewhere.add(staff_id)
            continue
        round_.held.add(staff_id)
        round_.elsewhere.discard(staff_id)
        round_.candidates[staff_id] = now
        if now == seen:
            return choice


def _row(uow: UnitOfWork, case: Case, choice: Choice, why: str) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "staff_id": choice.staff_id,
        "why": (why or str(choice.why)) if choice.staff_id is not None else "",
        "nobody": str(choice.nobody or ""),
        "considered": [[one.staff_id, str(one.verdict)] for one in choice.considered],
        "at": uow.now,
    }


def _assigned(
    uow: UnitOfWork, case: Case, choice: Choice, row: Mapping[str, Any], rule_id: int | None
) -> dict[str, Any]:
    case.assignee_id = choice.staff_id
    case.version += 1
    uow.emit(CaseAssigned(case_id=case.id, staff_id=choice.staff_id or 0, why=row["why"]))
    holding.touch(uow, case.id)
    data = {"to": choice.staff_id, "why": row["why"], "considered": row["considered"]}
    return _entry(uow, case, EntryKind.ASSIGNED, data | ({"rule": rule_id} if rule_id else {}))


def _nobody(uow: UnitOfWork, case: Case, choice: Choice) -> dict[str, Any]:
    nobody = str(choice.nobody)
    uow.emit(CaseRouted(case_id=case.id, queue_id=case.queue_id, rule_id=None, blocked=nobody))
    holding.touch(uow, case.id)
    return _entry(uow, case, EntryKind.ROUTED, {"nobody": nobody})


def _entry(uow: UnitOfWork, case: Case, kind: EntryKind, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "kind": kind,
        "text": "",
        "data": data,
        "actor": uow.actor.ref,
        "at": uow.now,
    }


def _write(
    uow: UnitOfWork,
    rows: Sequence[dict[str, Any]],
    entries: Sequence[dict[str, Any]],
    given: Mapping[int, int],
) -> None:
    uow.session.flush()
    _note(uow, rows)
    if entries:
        uow.session.execute(insert(CaseEntry).values(list(entries)))
    if given:
        uow.session.execute(
            update(Agent)
            .where(Agent.staff_id.in_(set(given.values())))
            .values(given_at=uow.now)
            .execution_options(synchronize_session=False)
        )
        uow.touch(agents.TEAM)


def _note(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was decided last; what a row does not say stays as it was."""
    if not rows:
        return
    blank: dict[str, Any] = {"sorted_at": None, "rule_id": None, "skills": [], "staff_id": None}
    blank |= {"why": "", "nobody": "", "considered": [], "at": uow.now}
    written = insert(CaseRoute).values([{**blank, **row} for row in rows])
    said = [name for name in rows[0] if name != "case_id"]
    uow.session.execute(
        written.on_conflict_do_update(
            index_elements=["case_id"], set_={name: written.excluded[name] for name in said}
        )
    )
