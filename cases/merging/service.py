"""Making one case of two and two of one, and taking that back.

Nothing is moved that the case itself holds: a merged case keeps its record and its conversation
and points to the one that stands for it. What the other one gets besides is written down, so that
undoing takes exactly that away again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from cases import families, holding, opening
from cases.events import CaseAppended, CaseMerged, CaseUnmerged
from cases.events import CaseSplit as CaseWasSplit
from cases.holding import AlreadyDone
from cases.merging import queries
from cases.merging.models import CaseMerge, CaseMessage, CaseSplit, NotSame
from cases.merging.policy import may_not_meet
from cases.models import Case, CaseLine, CaseOrder
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind
from cases.together import watching
from cases.views import CaseView
from oms_service.conversations import service as conversations
from oms_service.conversations.states import Direction
from oms_service.conversations.views import MessageView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.orders.service import hold_against_others
from oms_service.returns import queries as returns
from oms_service.returns.states import ReturnState

#: How a case ends that has become part of another.
MERGED: Final = "merged"
#: Merging is rare and looks at whole families of cases: one at a time in the house.
_NAME: Final = "cases are merged"
#: As many messages as one split takes.
MOST_MESSAGES: Final = 200
#: What undoing puts back of a case.
_KEPT: Final = ("state", "waiting_since", "snoozed_until", "customer_id", "return_id")
_WAITS: Final = frozenset(
    {CaseState.WAITING_CUSTOMER, CaseState.WAITING_THIRD_PARTY, CaseState.SNOOZED}
)


class OtherCustomer(DomainError):
    """The two cases belong to two customers."""

    code = "other-customer"


class TwoDecisions(DomainError):
    """Both cases hold a return that waits for a word, and one case holds one."""

    code = "two-returns"


class NotOpen(DomainError):
    """Only open cases that stand for themselves are merged and split."""

    code = "case-not-open"


class TakenElsewhere(DomainError):
    """What would be put back has moved on: another merge, or a case of the same matter."""

    code = "taken-elsewhere"


# Merging


def merge(
    uow: UnitOfWork,
    case_id: int,
    into_id: int,
    *,
    key: str,
    version: int | None = None,
    into_version: int | None = None,
) -> CaseView:
    """Let ``case_id`` become part of ``into_id``; done again under its key, nothing more happens.

    Args:
        uow: its actor is who says so.
        case_id: the case that ends; its record and conversation stay its own.
        into_id: the case that stands for both from now on.
        key: the caller's own, for repetitions.
        version: of ``case_id`` as it was read.
        into_version: of ``into_id`` as it was read.

    Returns:
        The case that stands for both.

    Raises:
        Invalid: it is the same case, or the key was used for others.
        NotOpen: one of them is settled or was merged elsewhere.
        OtherCustomer: they belong to two customers.
        TwoDecisions: both hold a return that nobody has decided.
        Stale: one of them changed since it was read.
    """
    if case_id == into_id:
        raise Invalid("a case is no part of itself", {"into": "is the same case"})
    locks.a_name(uow.session, _NAME)
    before = uow.session.execute(
        select(CaseMerge.winner_id, CaseMerge.loser_id).where(CaseMerge.key == key)
    ).one_or_none()
    if before is not None:
        if tuple(before) != (into_id, case_id):
            raise Invalid("this key was used for other cases", {"key": "was used before"})
        return holding.view_of(uow.session.get_one(Case, into_id))
    held = _held(uow, case_id, into_id)
    loser, winner = held[case_id], held[into_id]
    holding.check(loser, version)
    holding.check(winner, into_version)
    _assert_one(uow, loser, winner)
    _write_merge(uow, loser, winner, key)
    return holding.done(uow, winner)


def unmerge(uow: UnitOfWork, case_id: int) -> CaseView:
    """Let a merged case stand for itself again, as it was before.

    What was said in its own conversation meanwhile is its own again; all else that came stays
    with the other one.

    Raises:
        NotFound: it is part of no other case.
        TakenElsewhere: the other one was merged on since, or the matter has a new case.
    """
    locks.a_name(uow.session, _NAME)
    found = uow.session.scalars(
        select(CaseMerge)
        .where(CaseMerge.loser_id == case_id, CaseMerge.undone_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("this case is part of no other")
    held = _held(uow, found.loser_id, found.winner_id)
    loser, winner = held[found.loser_id], held[found.winner_id]
    if winner.merged_into_id is not None:
        raise TakenElsewhere("the other case was merged since; undo that first")
    was = found.before["loser"]
    if _is_taken_up(uow, loser):
        raise TakenElsewhere("another case of this order and reason is open")
    _put_back(loser, was)
    loser.merged_into_id, loser.resolved_at, loser.resolution = None, None, ""
    loser.version += 1
    _heard_since(uow, loser, found.at)
    _take_away(uow, found, winner)
    found.undone_at, found.undone_by = uow.now, uow.actor.ref
    waits = loser.state in _WAITS
    asks = loser.waiting_since is not None
    data = {"what": "unmerged", **_other(winner), "asks": asks, "waits": waits}
    holding.enter(uow, loser, EntryKind.MERGED, data=data)
    holding.enter(uow, winner, EntryKind.MERGED, data={"what": "gave_back", **_other(loser)})
    uow.emit(CaseUnmerged(case_id=loser.id, from_id=winner.id))
    uow.emit(CaseAppended(case_id=winner.id, what="gave_back"))
    if loser.conversation_id is not None:
        conversations.hand_to_people(
            uow, loser.conversation_id, reason=loser.reason, case_id=loser.id
        )
    holding.touch(uow, winner.id)
    return holding.done(uow, loser)


def not_same(uow: UnitOfWork, one_id: int, other_id: int) -> None:
    """Remember that two cases are two matters; they are not offered for merging again.

    Raises:
        Invalid: it is the same case.
    """
    if one_id == other_id:
        raise Invalid("a case is the same as itself", {"other": "is the same case"})
    first, second = sorted((one_id, other_id))
    uow.session.execute(
        insert(NotSame)
        .values(one_id=first, other_id=second, by=uow.actor.ref, at=uow.now)
        .on_conflict_do_nothing(index_elements=["one_id", "other_id"])
    )
    for case_id in (first, second):
        holding.touch(uow, case_id)


# Splitting


@dataclass(frozen=True, kw_only=True)
class Part:
    """What shall become a case of its own.

    ``message_ids`` are messages shown in the case, of one conversation; ``line_ids`` order lines
    it is about; ``order_id`` one of its orders, or none.
    """

    reason: str
    key: str
    message_ids: Collection[int] = ()
    line_ids: Collection[int] = ()
    order_id: int | None = None


def split(uow: UnitOfWork, case_id: int, part: Part, *, version: int | None = None) -> CaseView:
    """Let some messages and order lines of a case become a case of their own; answer that one.

    Done again under its key, nothing more happens.

    Raises:
        Invalid: nothing was chosen, or something that is not in the case.
        NotOpen: the case is settled or part of another.
        TakenElsewhere: the order has an open case for that reason already.
        Stale: the case changed since it was read.
    """
    locks.a_name(uow.session, _NAME)
    before = uow.session.execute(
        select(CaseSplit.case_id, CaseSplit.new_case_id).where(CaseSplit.key == part.key)
    ).one_or_none()
    if before is not None:
        if before.case_id != case_id:
            raise Invalid("this key was used for another case", {"key": "was used before"})
        return holding.view_of(uow.session.get_one(Case, before.new_case_id))
    case = _held(uow, case_id)[case_id]
    holding.check(case, version)
    if case.state not in ACTIVE:
        raise NotOpen("only an open case is split")
    chosen = _chosen(uow, case, part.message_ids)
    lines = _lines(uow, case, part.line_ids)
    if not chosen and not lines:
        raise Invalid("choose messages or lines", {"messages": "is empty"})
    if part.order_id is not None and part.order_id not in _orders(uow, case):
        raise Invalid("the case is not about that order", {"order": "is of another case"})
    new = _open_apart(uow, case, part, lines)
    new.conversation_id = (
        chosen[0].conversation_id
        if chosen
        else families.answered_in(uow.session, case.id, case.conversation_id)
    )
    moved = _give(uow, new.id, [one.id for one in chosen])
    uow.session.add(
        CaseSplit(
            case_id=case.id,
            new_case_id=new.id,
            conversation_id=new.conversation_id,
            key=part.key,
            messages=moved,
            lines=[[one.order_line_id, one.quantity, one.resolution] for one in lines],
            by=uow.actor.ref,
            at=uow.now,
        )
    )
    case.version += 1
    holding.enter(uow, case, EntryKind.SPLIT, data={"what": "split_off", **_other(new)})
    holding.enter(uow, new, EntryKind.SPLIT, data={"what": "split_from", **_other(case)})
    uow.emit(CaseWasSplit(case_id=case.id, into_id=new.id))
    holding.done(uow, case)
    return holding.done(uow, new)


def unsplit(uow: UnitOfWork, new_case_id: int) -> CaseView:
    """Put a case that was split off back into the one it came from; answer that one.

    All its messages go back, those that have come since as well.

    Raises:
        NotFound: it was not split off.
        AlreadyDone: it is back already.
        NotOpen: it is settled, or part of another case.
    """
    locks.a_name(uow.session, _NAME)
    found = uow.session.scalars(
        select(CaseSplit).where(CaseSplit.new_case_id == new_case_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("this case was split off from none")
    if found.undone_at is not None:
        raise AlreadyDone("unsplit", found.undone_by or "")
    into_id = families.root_id(uow.session, found.case_id)
    held = _held(uow, new_case_id, into_id)
    new, into = held[new_case_id], held[into_id]
    if new.state not in ACTIVE or into_id == new_case_id:
        raise NotOpen("only an open case goes back")
    _give_back(uow, found, new.id)
    _lines_back(uow, found, new.id, into.id)
    _close_into(uow, new, into.id)
    holding.enter(uow, new, EntryKind.SPLIT, data={"what": "split_undone", **_other(into)})
    holding.enter(uow, into, EntryKind.SPLIT, data={"what": "split_back", **_other(new)})
    into.version += 1
    found.undone_at, found.undone_by = uow.now, uow.actor.ref
    uow.emit(CaseMerged(case_id=new.id, into_id=into.id))
    uow.emit(CaseAppended(case_id=into.id, what="split_back"))
    holding.touch(uow, new.id)
    return holding.done(uow, into)


def give_message(uow: UnitOfWork, message_id: int, case_id: int) -> None:
    """A message of a conversation that belongs to another case is this case's."""
    uow.session.execute(
        insert(CaseMessage)
        .values(message_id=message_id, case_id=case_id)
        .on_conflict_do_nothing(index_elements=["message_id"])
    )


# Inside


def _held(uow: UnitOfWork, *case_ids: int) -> dict[int, Case]:
    """Some cases, held after every conversation and every order of theirs.

    Raises:
        NotFound: there is no such case.
        Stale: one of them was given another conversation meanwhile.
    """
    members = {one for case_id in case_ids for one in families.member_ids(uow.session, case_id)}
    threads = families.conversation_ids(uow.session, members)
    for conversation_id in threads:
        conversations.lock(uow, conversation_id)
    about = {one for case_id in case_ids for one in queries.order_ids(uow.session, case_id)}
    for order_id in sorted(about):
        # What is written down refers to the orders, and whoever acts on one holds it before a case.
        hold_against_others(uow, order_id)
    found = locks.those(uow.session, Case, Case.id.in_(case_ids), by=[Case.id])
    if {one.id for one in found} != set(case_ids):
        raise NotFound("no such case")
    if families.conversation_ids(uow.session, members) != threads:
        raise Stale("a case has been answered in another conversation meanwhile")
    return {one.id: one for one in found}


def _assert_one(uow: UnitOfWork, loser: Case, winner: Case) -> None:
    """Refuse to merge what is not one."""
    for case in (loser, winner):
        if case.state not in ACTIVE:
            raise NotOpen("only open cases are merged")
    if may_not_meet(loser.customer_id, winner.customer_id):
        raise OtherCustomer("these cases belong to two customers")
    if loser.is_internal != winner.is_internal:
        raise OtherCustomer("one of these cases is among colleagues only")
    held = {one.return_id for one in (loser, winner)}
    if None not in held and len(held) > 1 and _is_undecided(uow, loser.return_id):
        raise TwoDecisions("decide the return of one of them first")


def _is_undecided(uow: UnitOfWork, return_id: int | None) -> bool:
    if return_id is None:
        return False
    return returns.by_id(uow.session, return_id).state is ReturnState.REQUESTED


def _write_merge(uow: UnitOfWork, loser: Case, winner: Case, key: str) -> None:
    before = {"loser": _standing(loser), "winner": _standing(winner)}
    asks = loser.waiting_since is not None
    waited = [one for one in (loser.waiting_since, winner.waiting_since) if one is not None]
    _close_into(uow, loser, winner.id)
    winner.customer_id = winner.customer_id or loser.customer_id
    if winner.return_id is None:
        winner.return_id = loser.return_id
    if asks:
        winner.waiting_since = min(waited)
        if winner.state in _WAITS:
            winner.state = CASE.after(winner.state, CaseAction.RESUME)
            winner.snoozed_until = None
    winner.version += 1
    shared = {
        "orders": _share_orders(uow, loser, winner),
        "lines": _share_lines(uow, loser.id, winner.id),
        "watchers": watching.share(uow, loser.id, winner.id),
    }
    before["loser"] |= {what: theirs for what, (theirs, _added) in shared.items()}
    uow.session.add(
        CaseMerge(
            winner_id=winner.id,
            loser_id=loser.id,
            key=key,
            before={**before, "winner_version": winner.version},
            given={what: added for what, (_theirs, added) in shared.items()},
            by=uow.actor.ref,
            at=uow.now,
        )
    )
    holding.enter(uow, loser, EntryKind.MERGED, data={"what": "merged_into", **_other(winner)})
    took_in = {"what": "took_in", **_other(loser), "asks": asks}
    holding.enter(uow, winner, EntryKind.MERGED, data=took_in)
    uow.emit(CaseMerged(case_id=loser.id, into_id=winner.id))
    uow.emit(CaseAppended(case_id=winner.id, what="took_in"))
    holding.touch(uow, loser.id)


def _close_into(uow: UnitOfWork, case: Case, into_id: int) -> None:
    case.state, case.resolved_at, case.resolution = CaseState.CLOSED, uow.now, MERGED
    case.waiting_since = case.snoozed_until = None
    case.merged_into_id = into_id
    case.version += 1
    uow.session.flush()


def _standing(case: Case) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name in _KEPT
        for value in [getattr(case, name)]
    }


def _put_back(case: Case, was: dict[str, Any]) -> None:
    case.state = CaseState(was["state"])
    case.waiting_since = _moment(was["waiting_since"])
    case.snoozed_until = _moment(was["snoozed_until"])


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _heard_since(uow: UnitOfWork, case: Case, merged_at: datetime) -> None:
    """Who waits for whom, by what was said in its own conversation while it was merged."""
    said = [one for one in queries.messages(uow.session, case.id) if one.at > merged_at]
    spoken = [one for one in said if one.author_kind in {"agent", "customer"}]
    if not spoken:
        return
    unanswered: MessageView | None = None
    for one in spoken:
        is_customer = one.direction is Direction.IN
        unanswered = (unanswered or one) if is_customer else None
    case.waiting_since = unanswered.at if unanswered else None
    if unanswered is not None and case.state in _WAITS:
        case.state, case.snoozed_until = CASE.after(case.state, CaseAction.RESUME), None


def _take_away(uow: UnitOfWork, found: CaseMerge, winner: Case) -> None:
    """What the winner has only because of this merge; exact where nothing happened since."""
    was = found.before["winner"]
    if winner.version == found.before["winner_version"]:
        _put_back(winner, was)
    others = _live_merges(uow, found)
    brought = {
        name: found.before["loser"][name]
        for name in ("customer_id", "return_id")
        if was[name] is None and getattr(winner, name) == found.before["loser"][name]
    }
    for name, taken in brought.items():
        if taken not in {one.before["loser"][name] for one in others}:
            setattr(winner, name, None)
    winner.version += 1
    for what, model, column in (
        ("orders", CaseOrder, CaseOrder.order_id),
        ("lines", CaseLine, CaseLine.order_line_id),
    ):
        gone = _pass_on(found.given[what], others, what)
        uow.session.execute(
            delete(model)
            .where(model.case_id == winner.id, column.in_(gone))
            .execution_options(synchronize_session=False)
        )
    watching.take_away(uow, winner.id, _pass_on(found.given["watchers"], others, "watchers"))


def _live_merges(uow: UnitOfWork, found: CaseMerge) -> Sequence[CaseMerge]:
    return uow.session.scalars(
        select(CaseMerge)
        .where(
            CaseMerge.winner_id == found.winner_id,
            CaseMerge.undone_at.is_(None),
            CaseMerge.id != found.id,
        )
        .order_by(CaseMerge.id)
    ).all()


def _pass_on(given: Sequence[int], others: Sequence[CaseMerge], what: str) -> list[int]:
    """Of what this merge brought: what no other merge would have brought as well.

    The first other one that would have has brought it from now on.
    """
    gone = []
    for one in given:
        heir = next((other for other in others if one in other.before["loser"].get(what, ())), None)
        if heir is None:
            gone.append(one)
        elif one not in heir.given[what]:
            heir.given = {**heir.given, what: [*heir.given[what], one]}
    return gone


def _share_orders(uow: UnitOfWork, loser: Case, winner: Case) -> tuple[list[int], list[int]]:
    """The orders of the one, as further orders of the other: all, and those that were new."""
    theirs = {
        row.order_id: row.snapshot
        for row in uow.session.execute(
            select(CaseOrder.order_id, CaseOrder.snapshot).where(CaseOrder.case_id == loser.id)
        )
    }
    if loser.order_id is not None:
        theirs[loser.order_id] = loser.snapshot
    rows = [
        {"case_id": winner.id, "order_id": order_id, "snapshot": snapshot}
        for order_id, snapshot in sorted(theirs.items())
        if order_id != winner.order_id
    ]
    if not rows:
        return sorted(theirs), []
    added = uow.session.scalars(
        insert(CaseOrder)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["case_id", "order_id"])
        .returning(CaseOrder.order_id)
    )
    return sorted(theirs), sorted(added)


def _share_lines(uow: UnitOfWork, loser_id: int, winner_id: int) -> tuple[list[int], list[int]]:
    rows = [
        {
            "case_id": winner_id,
            "order_line_id": row.order_line_id,
            "quantity": row.quantity,
            "resolution": row.resolution,
        }
        for row in uow.session.execute(
            select(CaseLine.order_line_id, CaseLine.quantity, CaseLine.resolution)
            .where(CaseLine.case_id == loser_id)
            .order_by(CaseLine.order_line_id)
        )
    ]
    if not rows:
        return [], []
    added = uow.session.scalars(
        insert(CaseLine)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["case_id", "order_line_id"])
        .returning(CaseLine.order_line_id)
    )
    return [row["order_line_id"] for row in rows], sorted(added)


def _is_taken_up(uow: UnitOfWork, case: Case) -> bool:
    """Whether another open case has this order and reason by now."""
    if case.order_id is None:
        return False
    query = select(Case.id).where(
        Case.id != case.id,
        Case.order_id == case.order_id,
        Case.reason == case.reason,
        Case.return_id.is_not_distinct_from(case.return_id),
        Case.state.in_(ACTIVE),
    )
    return uow.session.scalar(query.limit(1)) is not None


def _other(case: Case) -> dict[str, Any]:
    return {"case_id": case.id, "number": case.number}


def _chosen(uow: UnitOfWork, case: Case, message_ids: Collection[int]) -> list[MessageView]:
    wanted = set(message_ids)
    if len(wanted) > MOST_MESSAGES:
        raise Invalid("too many messages at once", {"messages": "are too many"})
    shown = [one for one in queries.messages(uow.session, case.id) if one.id in wanted]
    if len(shown) != len(wanted):
        raise Invalid("a message is not in this case", {"messages": "are not all in this case"})
    if len({one.conversation_id for one in shown}) > 1:
        why = {"messages": "are of several conversations"}
        raise Invalid("choose messages of one conversation", why)
    return shown


def _lines(uow: UnitOfWork, case: Case, line_ids: Collection[int]) -> list[CaseLine]:
    found = locks.those(
        uow.session,
        CaseLine,
        (CaseLine.case_id == case.id) & CaseLine.order_line_id.in_(line_ids),
        by=[CaseLine.order_line_id],
    )
    if len(found) != len(set(line_ids)):
        raise Invalid("a line is not in this case", {"lines": "are not all in this case"})
    return found


def _orders(uow: UnitOfWork, case: Case) -> set[int]:
    further = select(CaseOrder.order_id).where(CaseOrder.case_id == case.id)
    return {*uow.session.scalars(further), *([case.order_id] if case.order_id else [])}


def _open_apart(uow: UnitOfWork, case: Case, part: Part, lines: Sequence[CaseLine]) -> Case:
    """The new case, with the lines that were the other one's."""
    made = opening.open_case(
        uow,
        reason=part.reason,
        language=case.language,
        channel=case.channel,
        order_id=part.order_id,
        customer_id=case.customer_id,
        lines={one.order_line_id: one.quantity for one in lines},
        passes_on=False,
        is_internal=case.is_internal,
    )
    if not made.is_new:
        raise TakenElsewhere("the order has an open case for that reason")
    for line in lines:
        uow.session.execute(
            update(CaseLine)
            .where(CaseLine.case_id == made.id, CaseLine.order_line_id == line.order_line_id)
            .values(resolution=line.resolution)
        )
        uow.session.delete(line)
    return locks.one(uow.session, Case, made.id)


def _give(uow: UnitOfWork, case_id: int, message_ids: Sequence[int]) -> list[list[int | None]]:
    """Let messages be another case's; each with the case it had been given to before."""
    before = {
        row.message_id: row.case_id
        for row in uow.session.execute(
            select(CaseMessage.message_id, CaseMessage.case_id).where(
                CaseMessage.message_id.in_(message_ids)
            )
        )
    }
    for message_id in sorted(message_ids):
        uow.session.execute(
            insert(CaseMessage)
            .values(message_id=message_id, case_id=case_id)
            .on_conflict_do_update(index_elements=["message_id"], set_={"case_id": case_id})
        )
    return [[one, before.get(one)] for one in sorted(message_ids)]


def _give_back(uow: UnitOfWork, found: CaseSplit, case_id: int) -> None:
    before = {message_id: earlier for message_id, earlier in found.messages if earlier is not None}
    for message_id, earlier in sorted(before.items()):
        uow.session.execute(
            update(CaseMessage)
            .where(CaseMessage.message_id == message_id, CaseMessage.case_id == case_id)
            .values(case_id=earlier)
        )
    uow.session.execute(delete(CaseMessage).where(CaseMessage.case_id == case_id))


def _lines_back(uow: UnitOfWork, found: CaseSplit, case_id: int, into_id: int) -> None:
    ids = [line for line, _quantity, _resolution in found.lines]
    rows = [
        {"case_id": into_id, "order_line_id": line, "quantity": quantity, "resolution": resolution}
        for line, quantity, resolution in found.lines
    ]
    uow.session.execute(
        delete(CaseLine).where(CaseLine.case_id == case_id, CaseLine.order_line_id.in_(ids))
    )
    if rows:
        uow.session.execute(
            insert(CaseLine)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["case_id", "order_line_id"])
        )
