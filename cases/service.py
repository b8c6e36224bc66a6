"""What is done with cases.

Whoever holds several rows takes the conversation first, then the order, then the case: a customer
who writes and a colleague who answers at the same moment wait for each other and never in a ring.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy import insert as plain_insert
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert

from cases.events import (
    CaseAppended,
    CaseAssigned,
    CaseChanged,
    CaseOpened,
    CaseReopened,
    CaseReplied,
    CaseResolved,
)
from cases.models import Case, CaseEntry, CaseLine, Reason
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind, Priority
from cases.views import CaseView
from oms_service.access import queries as access
from oms_service.conversations import service as conversations
from oms_service.conversations.states import AuthorKind
from oms_service.customers import queries as customers
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.operations.returning import returns
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.service import hold_against_others
from oms_service.returns import queries as return_queries
from oms_service.returns.queries import ReturnView

#: The reason of what fits no other.
OTHER: Final = "other"
#: Every page that shows cases listens to this.
DESK: Final = "desk"
_TRIES: Final = 5
#: How a case ends when this becomes of its return or claim; anything else leaves it open.
_ENDINGS: Final = {
    "return_rejected": "return_rejected",
    "refund_paid": "refunded",
    "return_settled": "goods_back",
    "return_withdrawn": "withdrawn",
    "claim_remedied": "remedied",
    "claim_rejected": "claim_rejected",
    "claim_withdrawn": "withdrawn",
}


class AlreadyDone(DomainError):
    """Somebody has done that before; ``by`` says who, ``what`` what it was."""

    code = "already-done"

    def __init__(self, what: str, by: str) -> None:
        super().__init__(f"already {what} by {by}" if by else f"already {what}")
        self.what = what
        self.by = by


class Unreachable(DomainError):
    """The customer has no conversation and no mail address to answer to."""

    code = "customer-unreachable"


def topic(case_id: int) -> str:
    """What open pages of a case listen to."""
    return f"case:{case_id}"


# Opening


def open_case(  # noqa: PLR0913 - by name, each a thing that a case has
    uow: UnitOfWork,
    *,
    reason: str,
    language: Language,
    channel: str,
    order_id: int | None = None,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    return_id: int | None = None,
    lines: Mapping[int, int] | None = None,
    wanted: Mapping[str, Any] | None = None,
    failed_rule: str = "",
    summary: Mapping[str, Any] | None = None,
    passes_on: bool = True,
) -> CaseView:
    """Bring a matter to people; an open case of the same order and reason takes it in instead.

    Args:
        uow: its actor is who asked.
        reason: a code of the shop's list; ``other`` stands in for one it does not have.
        language: the customer's.
        channel: where they asked.
        order_id: the order it is mainly about.
        customer_id: whose matter it is, once known.
        conversation_id: where they are answered.
        return_id: the return that waits for a decision.
        lines: quantity by order line.
        wanted: what was asked for: codes, ids and amounts.
        failed_rule: why it was not allowed at once.
        summary: what the bot knows: codes and ids, no words of the customer's.
        passes_on: whether people own the conversation from now on, and the bot is silent.

    Returns:
        The case, with ``is_new`` unless it was open before.
    """
    if conversation_id is not None:
        thread = conversations.lock(uow, conversation_id)
        customer_id = customer_id or thread.customer_id
    order = orders.by_id(uow.session, order_id) if order_id is not None else None
    kind = _reason(uow, reason)
    matter = {
        "reason": kind.code,
        "priority": kind.priority,
        "queue_id": kind.queue_id,
        "language": language,
        "channel": channel,
        "customer_id": customer_id or (order.customer_id if order else None),
        "order_id": order_id,
        "return_id": return_id,
        "conversation_id": conversation_id,
        "snapshot": _snapshot(order) if order else {},
        "wanted": dict(wanted or {}),
        "failed_rule": failed_rule,
    }
    case, is_new = _open_or_find(uow, matter)
    data = {"wanted": dict(wanted or {}), "rule": failed_rule, "summary": dict(summary or {})}
    if is_new:
        _enter(uow, case, EntryKind.OPENED, data=data)
        uow.emit(CaseOpened(case_id=case.id, order_id=order_id, reason=case.reason))
    else:
        _take_in(uow, case, matter)
        _enter(uow, case, EntryKind.APPENDED, data={"what": "matter", **data})
        uow.emit(CaseAppended(case_id=case.id, what="matter"))
    _add_lines(uow, case.id, lines or {})
    if conversation_id is not None and passes_on:
        conversations.hand_to_people(uow, conversation_id, reason=case.reason, case_id=case.id)
    _touch(uow, case.id)
    uow.session.flush()
    return replace(view_of(case), is_new=is_new)


def _open_or_find(uow: UnitOfWork, matter: dict[str, Any]) -> tuple[Case, bool]:
    """The unique index decides who opens; whoever comes second locks what the first one made."""
    if matter["order_id"] is None and matter["conversation_id"] is not None:
        # Nobody else writes in a locked conversation, so looking first is safe here.
        found = _active_of_conversation(uow, matter["conversation_id"])
        if found is not None:
            return found, False
    for _ in range(_TRIES):
        # A matter that is about no return yet takes one in; another return is another matter.
        found = _active_of_order(uow, matter)
        if found is not None:
            return found, False
        case = _insert(uow, matter)
        if case is not None:
            return case, True
    raise Stale("this matter is being opened and settled again and again")


def _insert(uow: UnitOfWork, matter: dict[str, Any]) -> Case | None:
    case_id = uow.session.scalar(select(func.nextval(func.pg_get_serial_sequence("cases", "id"))))
    if case_id is None:
        raise AssertionError("a sequence always answers")
    return uow.session.scalars(
        insert(Case)
        .values(
            id=case_id,
            number=f"C-{1000 + case_id}",
            state=CaseState.NEW,
            opened_at=uow.now,
            opened_by=uow.actor.ref,
            waiting_since=uow.now,
            resolution="",
            version=1,
            **matter,
        )
        .on_conflict_do_nothing(
            index_elements=["order_id", "reason", "return_id"],
            index_where=sql("state NOT IN ('resolved', 'closed') AND order_id IS NOT NULL"),
        )
        .returning(Case)
    ).one_or_none()


def _active_of_order(uow: UnitOfWork, matter: Mapping[str, Any]) -> Case | None:
    """The open case that takes a matter in: that of its return, else the one of no return.

    A matter about no return goes into the newest.
    """
    if matter["order_id"] is None:
        return None
    query = select(Case).where(
        Case.order_id == matter["order_id"],
        Case.reason == matter["reason"],
        Case.state.in_(ACTIVE),
    )
    wanted = matter["return_id"]
    if wanted is not None:
        query = query.where(or_(Case.return_id == wanted, Case.return_id.is_(None)))
        query = query.order_by(Case.return_id.nulls_last())
    return uow.session.scalars(
        query.order_by(Case.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _active_of_conversation(uow: UnitOfWork, conversation_id: int) -> Case | None:
    return uow.session.scalars(
        select(Case)
        .where(Case.conversation_id == conversation_id, Case.state.in_(ACTIVE))
        .order_by(Case.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _take_in(uow: UnitOfWork, case: Case, matter: Mapping[str, Any]) -> None:
    """What the new matter knows and the open case does not."""
    for name in ("customer_id", "return_id", "conversation_id"):
        if getattr(case, name) is None:
            setattr(case, name, matter[name])
    if matter["wanted"]:
        case.wanted, case.failed_rule = matter["wanted"], matter["failed_rule"]
    _wait(uow, case)
    case.version += 1


def _reason(uow: UnitOfWork, code: str) -> Reason:
    rows = uow.session.scalars(select(Reason).where(Reason.code.in_((code, OTHER)))).all()
    by_code = {row.code: row for row in rows}
    found = by_code.get(code) or by_code.get(OTHER)
    if found is None:
        raise NotFound("the shop has no reasons for cases")
    return found


def _snapshot(order: orders.OrderView) -> dict[str, Any]:
    return {
        "number": order.number,
        "order_state": str(order.order_state),
        "payment_state": str(order.payment_state),
        "fulfilment_state": str(order.fulfilment_state),
        "total_minor": order.total.minor,
        "currency": order.total.currency,
    }


def _add_lines(uow: UnitOfWork, case_id: int, lines: Mapping[int, int]) -> None:
    if not lines:
        return
    rows = [
        {"case_id": case_id, "order_line_id": line, "quantity": quantity, "resolution": ""}
        for line, quantity in sorted(lines.items())
    ]
    found = insert(CaseLine).values(rows)
    uow.session.execute(
        found.on_conflict_do_update(
            index_elements=["case_id", "order_line_id"],
            set_={"quantity": found.excluded.quantity},
        )
    )


# What comes in by itself


def append(
    uow: UnitOfWork, case_id: int, what: str, *, data: Mapping[str, Any] | None = None
) -> CaseView:
    """Something new belongs to an open case: a message, a further delay.

    Raises:
        AlreadyDone: it is open no more, and what is new would be read by nobody.
    """
    case = locks.one(uow.session, Case, case_id)
    _assert_active(uow, case)
    if what == "message":
        if case.state is not CaseState.OPEN and case.state is not CaseState.NEW:
            case.state, case.snoozed_until = CASE.after(case.state, CaseAction.RESUME), None
        _wait(uow, case)
    case.version += 1
    _enter(uow, case, EntryKind.APPENDED, data={"what": what, **(data or {})})
    uow.emit(CaseAppended(case_id=case.id, what=what))
    return _done(uow, case)


def acted(
    uow: UnitOfWork, case_id: int, what: str, *, data: Mapping[str, Any] | None = None
) -> CaseView:
    """Something was done about the matter elsewhere: the record says so."""
    case = locks.one(uow.session, Case, case_id)
    case.version += 1
    _enter(uow, case, EntryKind.ACTED, data={"what": what, **(data or {})})
    uow.emit(CaseAppended(case_id=case.id, what=what))
    return _done(uow, case)


# What colleagues do


def take(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    """Make it one's own.

    Raises:
        AlreadyDone: one has it already.
        Stale: it changed since it was read.
    """
    me = _colleague(uow.actor)
    case = _locked(uow, case_id)
    if case.assignee_id == me and case.state is CaseState.OPEN:
        raise AlreadyDone("taken", uow.actor.ref)
    _check(case, version)
    case.state, case.snoozed_until = CASE.after(case.state, CaseAction.TAKE), None
    _assign(uow, case, me, "taken")
    return _done(uow, case)


def assign(uow: UnitOfWork, case_id: int, staff_id: int, *, version: int | None = None) -> CaseView:
    """Give it to a colleague.

    Raises:
        Invalid: no such colleague is at work, or they may not work on cases.
        Stale: it changed since it was read.
    """
    to = access.staff_by_id(uow.session, staff_id)
    if not (to.is_active and to.may("cases:work")):
        raise Invalid("that colleague does not work on cases", {"staff": "cannot take cases"})
    case = _locked(uow, case_id)
    _check(case, version)
    _assert_active(uow, case)
    _assign(uow, case, staff_id, "given")
    return _done(uow, case)


def note(uow: UnitOfWork, case_id: int, text: str) -> CaseView:
    """Remark something among colleagues. No customer ever reads it: it is no message.

    Raises:
        Invalid: nothing is written.
    """
    if not text.strip():
        raise Invalid("a note says something", {"text": "is empty"})
    case = _locked(uow, case_id)
    case.version += 1
    _enter(uow, case, EntryKind.NOTE, text=text.strip())
    return _done(uow, case)


def reply(
    uow: UnitOfWork,
    case_id: int,
    text: str,
    *,
    subject: str = "",
    key: str | None = None,
    asks: bool = False,
) -> CaseView:
    """Answer the customer where they wrote, by mail where they did not.

    Args:
        uow: its actor is the author.
        case_id: the case.
        text: as the customer will read it.
        subject: of a mail.
        key: the form's own: sent twice, it is said once.
        asks: the customer is to answer, and the case waits for that.

    Raises:
        Invalid: nothing is written.
        Unreachable: there is nowhere to write to.
    """
    if not text.strip():
        raise Invalid("an answer says something", {"text": "is empty"})
    case = _locked(uow, case_id)
    _assert_active(uow, case)
    message_id, is_repeat = _say(uow, case, text.strip(), subject=subject, key=key)
    if is_repeat:
        return view_of(case)
    if case.assignee_id is None and uow.actor.kind is ActorKind.STAFF:
        _assign(uow, case, _colleague(uow.actor), "replied")
    action = CaseAction.ASK_CUSTOMER if asks else CaseAction.TAKE
    case.state, case.snoozed_until = CASE.after(case.state, action), None
    is_first, case.first_reply_at = case.first_reply_at is None, case.first_reply_at or uow.now
    case.waiting_since = None
    case.version += 1
    _enter(uow, case, EntryKind.REPLIED, data={"message_id": message_id, "asks": asks})
    uow.emit(CaseReplied(case_id=case.id, message_id=message_id, is_first=is_first))
    return _done(uow, case)


def ask_customer(
    uow: UnitOfWork, case_id: int, text: str, *, subject: str = "", key: str | None = None
) -> CaseView:
    """Ask back; the case waits for the customer's answer."""
    return reply(uow, case_id, text, subject=subject, key=key, asks=True)


def wait_for_others(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    """A carrier, the warehouse or a bank has to move next."""
    return _move(uow, case_id, CaseAction.ASK_THIRD_PARTY, version)


def snooze(
    uow: UnitOfWork, case_id: int, until: datetime, *, version: int | None = None
) -> CaseView:
    """Put it away until a moment to come.

    Raises:
        Invalid: that moment has passed.
    """
    if until <= uow.now:
        raise Invalid("that moment has passed", {"until": "has passed"})
    return _move(uow, case_id, CaseAction.SNOOZE, version, until=until)


def resume(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    return _move(uow, case_id, CaseAction.RESUME, version)


def resolve(
    uow: UnitOfWork, case_id: int, *, code: str, note: str = "", version: int | None = None
) -> CaseView:
    """Settle the matter, saying how.

    Raises:
        AlreadyDone: it is settled.
        Invalid: a colleague gives no code or no note.
        Stale: it changed since it was read.
    """
    if uow.actor.kind is ActorKind.STAFF and not (code and note.strip()):
        fields = {"code": "" if code else "is missing", "note": "" if note.strip() else "is empty"}
        raise Invalid("say how it ended", {name: why for name, why in fields.items() if why})
    case = _locked(uow, case_id)
    _assert_active(uow, case)
    _check(case, version)
    return _resolve(uow, case, code, note.strip())


def reopen(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    """It was not settled after all.

    Raises:
        IllegalTransition: it is open, or closed for good.
        Stale: it changed, or another case of the same order and reason has been opened since.
    """
    case = _locked(uow, case_id)
    state = CASE.after(case.state, CaseAction.REOPEN)
    _check(case, version)
    if case.order_id is not None and _another_is_open(uow, case):
        raise Stale("another case of this order and reason is open")
    case.state, case.resolved_at, case.resolution = state, None, ""
    _wait(uow, case)
    case.version += 1
    _enter(uow, case, EntryKind.STATE_CHANGED, data={"to": str(state), "why": "reopened"})
    uow.emit(CaseReopened(case_id=case.id))
    if case.conversation_id is not None:
        conversations.hand_to_people(uow, case.conversation_id, reason=case.reason, case_id=case.id)
    return _done(uow, case)


def close(uow: UnitOfWork, case_id: int) -> CaseView:
    """Close a settled case for good; the bot answers again unless another case is open."""
    case = _locked(uow, case_id)
    case.state = CASE.after(case.state, CaseAction.CLOSE)
    case.version += 1
    _enter(uow, case, EntryKind.STATE_CHANGED, data={"to": str(case.state)})
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
    if case.conversation_id is not None and not _still_with_people(uow, case):
        conversations.hand_to_bot(uow, case.conversation_id)
    return _done(uow, case)


# Returns


def approve_return(
    uow: UnitOfWork,
    case_id: int,
    *,
    version: int | None = None,
    givers: Collection[Giver] = frozenset({Giver.AGENT}),
) -> CaseView:
    """Let the goods of this case come back.

    ``givers`` are the roles of whoever says so; a refund above their limit waits for a second
    person once it is owed.

    Raises:
        AlreadyDone: somebody decided before.
        NotFound: the case is about no return.
        Stale: the case changed since it was read.
    """
    found = _undecided(uow, case_id, version)
    returns.approve(uow, found.id, version=found.version, givers=givers)
    return acted_on_return(uow, case_id, "return_approved")


def reject_return(
    uow: UnitOfWork, case_id: int, *, note: str, version: int | None = None
) -> CaseView:
    """Refuse it, with the reason that the customer will read.

    Raises:
        Invalid: no reason is given.
        AlreadyDone: somebody decided before.
        NotFound: the case is about no return.
        Stale: the case changed since it was read.
    """
    if not note.strip():
        raise Invalid("a refusal has a reason", {"note": "is empty"})
    found = _undecided(uow, case_id, version)
    returns.reject(uow, found.id, version=found.version, answer=note.strip())
    return acted_on_return(uow, case_id, "return_rejected")


def acted_on_return(uow: UnitOfWork, case_id: int, what: str) -> CaseView:
    """Write down what became of the return, and what the case does next."""
    case = locks.one(uow.session, Case, case_id)
    if case.state not in ACTIVE or _has_acted(uow, case, what):
        return view_of(case)
    if uow.actor.kind is ActorKind.STAFF and case.assignee_id is None:
        _assign(uow, case, _colleague(uow.actor), "taken")
    data = {"what": what, "return_id": case.return_id, "waits": what not in _ENDINGS}
    _enter(uow, case, EntryKind.ACTED, data=data)
    case.version += 1
    case.waiting_since = None
    if what in _ENDINGS:
        return _resolve(uow, case, _ENDINGS[what], "")
    if case.state is not CaseState.WAITING_THIRD_PARTY:
        case.state = CASE.after(case.state, CaseAction.ASK_THIRD_PARTY)
        case.snoozed_until = None
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
    return _done(uow, case)


def acted_on_claim(uow: UnitOfWork, case_id: int, what: str) -> CaseView:
    """Write down how the claim of this case ended, which settles the case."""
    case = locks.one(uow.session, Case, case_id)
    if case.state not in ACTIVE:
        return view_of(case)
    _enter(uow, case, EntryKind.ACTED, data={"what": what})
    case.version += 1
    case.waiting_since = None
    return _resolve(uow, case, _ENDINGS[what], "")


def _has_acted(uow: UnitOfWork, case: Case, what: str) -> bool:
    query = select(CaseEntry.id).where(
        CaseEntry.case_id == case.id,
        CaseEntry.kind == EntryKind.ACTED,
        CaseEntry.data["what"].astext == what,
        CaseEntry.data["return_id"].as_integer() == case.return_id,
    )
    return uow.session.scalar(query.limit(1)) is not None


def _undecided(uow: UnitOfWork, case_id: int, version: int | None) -> ReturnView:
    """The return that waits for a word, with its order and then its case held."""
    case = _locked(uow, case_id, hold=False)
    if case.return_id is None:
        raise NotFound("this case is about no return")
    hold_against_others(uow, return_queries.by_id(uow.session, case.return_id).order_id)
    found = return_queries.by_id(uow.session, case.return_id)
    if found.decided_by is not None:
        raise AlreadyDone(str(found.state), found.decided_by)
    _check(locks.one(uow.session, Case, case_id), version)
    return found


# Answer times


def promise(
    uow: UnitOfWork, case_id: int, until: datetime, *, version: int | None = None
) -> CaseView:
    """Note by when the customer was promised an answer; the newest promise counts.

    Raises:
        Invalid: that moment has passed, or is more than a year away.
        AlreadyDone: the case is settled.
        Stale: it changed since it was read.
    """
    if not uow.now < until <= uow.now + _FARTHEST:
        raise Invalid("that is no moment to promise", {"until": "must lie within a year"})
    case = _locked(uow, case_id)
    _assert_active(uow, case)
    _check(case, version)
    case.version += 1
    _enter(uow, case, EntryKind.PROMISED, data={"until": until.isoformat()})
    uow.emit(CaseAppended(case_id=case.id, what="promised"))
    return _done(uow, case)


def note_warning(
    uow: UnitOfWork, case_id: int, *, metric: str, percent: int, due_at: datetime | None
) -> CaseView:
    """Write down that people were told how much of a target has passed. The case is held."""
    case = locks.one(uow.session, Case, case_id)
    due = due_at.isoformat() if due_at else None
    _enter(uow, case, EntryKind.WARNED, data={"metric": metric, "percent": percent, "due_at": due})
    return _done(uow, case)


def raise_priority(uow: UnitOfWork, case_id: int) -> CaseView:
    """One step more pressing; the most pressing stays as it is."""
    case = locks.one(uow.session, Case, case_id)
    higher = _MORE_PRESSING.get(case.priority)
    if higher is None or case.state not in ACTIVE:
        return view_of(case)
    case.priority = higher
    case.version += 1
    _enter(uow, case, EntryKind.ACTED, data={"what": "priority_raised", "to": higher})
    uow.emit(CaseAppended(case_id=case.id, what="priority_raised"))
    return _done(uow, case)


#: A promise lies at most so far ahead.
_FARTHEST: Final = timedelta(days=365)
_MORE_PRESSING: Final = {
    Priority.LOW: Priority.NORMAL,
    Priority.NORMAL: Priority.HIGH,
    Priority.HIGH: Priority.URGENT,
}


# Sweeps


def wake_snoozed(uow: UnitOfWork) -> int:
    """Bring back what was put away until now."""
    due = select(Case.id).where(Case.state == CaseState.SNOOZED, Case.snoozed_until <= uow.now)
    found = list(uow.session.scalars(due.order_by(Case.id).limit(BATCH)))
    for case_id in found:
        _resume_if_snoozed(uow, case_id)
    return len(found)


def close_settled(uow: UnitOfWork, before: datetime) -> int:
    """Close what was settled before a moment."""
    old = select(Case.id).where(Case.state == CaseState.RESOLVED, Case.resolved_at < before)
    found = list(uow.session.scalars(old.order_by(Case.conversation_id, Case.id).limit(BATCH)))
    for case_id in found:
        if _locked(uow, case_id).state is CaseState.RESOLVED:
            close(uow, case_id)
    return len(found)


#: As many as one transaction of a sweep takes on.
BATCH: Final = 100


def _resume_if_snoozed(uow: UnitOfWork, case_id: int) -> None:
    case = _locked(uow, case_id)
    if case.state is CaseState.SNOOZED and case.snoozed_until and case.snoozed_until <= uow.now:
        resume(uow, case_id)


# Inside


def view_of(case: Case) -> CaseView:
    return CaseView(
        **{name: getattr(case, name) for name in CaseView.__dataclass_fields__ if name != "is_new"}
    )


def give(uow: UnitOfWork, case: Case, staff_id: int, why: str) -> None:
    """Assign a case that the caller has locked; for ``cases.assignment``."""
    _assign(uow, case, staff_id, why)
    _done(uow, case)


def _locked(uow: UnitOfWork, case_id: int, *, hold: bool = True) -> Case:
    """The case as it is now; its conversation is locked first."""
    uow.session.flush()
    where = uow.session.execute(
        select(Case.conversation_id).where(Case.id == case_id)
    ).one_or_none()
    if where is None:
        raise NotFound("no such case")
    if where.conversation_id is not None:
        conversations.lock(uow, where.conversation_id)
    if hold:
        return locks.one(uow.session, Case, case_id)
    return uow.session.get_one(Case, case_id, populate_existing=True)


def _check(case: Case, version: int | None) -> None:
    if version is not None and version != case.version:
        raise Stale("somebody changed this case meanwhile")


def _assert_active(uow: UnitOfWork, case: Case) -> None:
    if case.state not in ACTIVE:
        raise AlreadyDone("resolved", _resolved_by(uow, case.id))


def _resolved_by(uow: UnitOfWork, case_id: int) -> str:
    query = (
        select(CaseEntry.actor)
        .where(
            CaseEntry.case_id == case_id,
            CaseEntry.kind == EntryKind.STATE_CHANGED,
            CaseEntry.data["to"].astext == CaseState.RESOLVED,
        )
        .order_by(CaseEntry.id.desc())
        .limit(1)
    )
    return uow.session.scalar(query) or ""


def _colleague(actor: Actor) -> int:
    if actor.kind is not ActorKind.STAFF:
        raise Invalid("only a colleague can take a case")
    return int(actor.id)


def _assign(uow: UnitOfWork, case: Case, staff_id: int, why: str) -> None:
    case.assignee_id = staff_id
    case.version += 1
    _enter(uow, case, EntryKind.ASSIGNED, data={"to": staff_id, "why": why})
    uow.emit(CaseAssigned(case_id=case.id, staff_id=staff_id, why=why))


def _move(
    uow: UnitOfWork,
    case_id: int,
    action: CaseAction,
    version: int | None,
    *,
    until: datetime | None = None,
) -> CaseView:
    case = _locked(uow, case_id)
    _check(case, version)
    case.state, case.snoozed_until = CASE.after(case.state, action), until
    if action is CaseAction.RESUME:
        _wait(uow, case)
    else:
        case.waiting_since = None
    case.version += 1
    _enter(uow, case, EntryKind.STATE_CHANGED, data={"to": str(case.state)})
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
    return _done(uow, case)


def _resolve(uow: UnitOfWork, case: Case, code: str, note: str) -> CaseView:
    case.state = CASE.after(case.state, CaseAction.RESOLVE)
    case.resolved_at, case.resolution = uow.now, code
    case.waiting_since = case.snoozed_until = None
    case.version += 1
    data = {"to": str(case.state), "resolution": code}
    _enter(uow, case, EntryKind.STATE_CHANGED, text=note, data=data)
    uow.emit(CaseResolved(case_id=case.id, order_id=case.order_id, resolution=code))
    return _done(uow, case)


def _say(
    uow: UnitOfWork, case: Case, text: str, *, subject: str, key: str | None
) -> tuple[int, bool]:
    """The message's id, and whether it had been said before."""
    if case.conversation_id is None or not conversations.is_open(uow, case.conversation_id):
        mail = customers.mail_of(uow.session, case.customer_id) if case.customer_id else None
        if mail is None:
            raise Unreachable("this customer has no conversation and no mail address")
        message = conversations.say_by_mail(
            uow,
            to=mail,
            customer_id=case.customer_id,
            language=case.language,
            subject=subject or case.number,
            text=text,
            key=key,
            author_kind=AuthorKind.AGENT,
        )
        case.conversation_id = message.conversation_id
        conversations.hand_to_people(
            uow, message.conversation_id, reason=case.reason, case_id=case.id
        )
    else:
        message = conversations.say(
            uow,
            case.conversation_id,
            author_kind=AuthorKind.AGENT,
            text=text,
            subject=subject,
            key=key,
        )
        # Whoever answers goes on answering: the bot does not talk in between.
        conversations.hand_to_people(uow, case.conversation_id, reason=case.reason, case_id=case.id)
    said = uow.session.scalar(
        select(CaseEntry.id).where(
            CaseEntry.case_id == case.id,
            CaseEntry.kind == EntryKind.REPLIED,
            CaseEntry.data["message_id"].as_integer() == message.id,
        )
    )
    return message.id, said is not None


def _another_is_open(uow: UnitOfWork, case: Case) -> bool:
    query = select(Case.id).where(
        Case.order_id == case.order_id,
        Case.reason == case.reason,
        Case.return_id.is_not_distinct_from(case.return_id),
        Case.state.in_(ACTIVE),
    )
    return uow.session.scalar(query.limit(1)) is not None


def _still_with_people(uow: UnitOfWork, case: Case) -> bool:
    query = select(Case.id).where(
        Case.conversation_id == case.conversation_id,
        Case.id != case.id,
        Case.state != CaseState.CLOSED,
    )
    return uow.session.scalar(query.limit(1)) is not None


def _wait(uow: UnitOfWork, case: Case) -> None:
    case.waiting_since = case.waiting_since or uow.now


def _enter(
    uow: UnitOfWork,
    case: Case,
    kind: EntryKind,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    uow.session.execute(
        plain_insert(CaseEntry).values(
            case_id=case.id,
            kind=kind,
            text=text,
            data=dict(data or {}),
            actor=uow.actor.ref,
            at=uow.now,
        )
    )


def _done(uow: UnitOfWork, case: Case) -> CaseView:
    uow.session.flush()
    _touch(uow, case.id)
    return view_of(case)


def _touch(uow: UnitOfWork, case_id: int) -> None:
    uow.touch(topic(case_id))
    uow.touch(DESK)
