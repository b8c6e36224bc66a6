"""What colleagues do with cases, and what comes into them by itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from cases import families, holding
from cases.events import (
    CaseAppended,
    CaseChanged,
    CaseNoted,
    CaseReopened,
    CaseReplied,
)
from cases.models import Case, CaseEntry
from cases.states import ACTIVE, CASE, CaseAction, CaseState, EntryKind, LineEnding, Priority
from cases.taxonomy import settling
from cases.together import linking, watching
from cases.views import CaseView
from oms_service.access import queries as access
from oms_service.conversations import queries as talks
from oms_service.conversations import service as conversations
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.channels import MAIL
from oms_service.conversations.states import AuthorKind
from oms_service.customers import queries as customers
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Invalid, Stale


class Unreachable(DomainError):
    """The customer has no conversation and no mail address to answer to."""

    code = "customer-unreachable"


#: A case is put away for so long at most.
FARTHEST: Final = timedelta(days=365)
#: Who settles a case says how it ended, and of everything in it; the house itself need not.
_ARE_ASKED: Final = frozenset({ActorKind.STAFF, ActorKind.INTEGRATION})


# What comes in by itself


def append(
    uow: UnitOfWork, case_id: int, what: str, *, data: Mapping[str, Any] | None = None
) -> CaseView:
    """Something new belongs to an open case: a message, a further delay.

    Raises:
        AlreadyDone: it is open no more, and what is new would be read by nobody.
    """
    case = locks.one(uow.session, Case, case_id)
    holding.assert_active(uow, case)
    if what in {"message", "files"}:
        if case.state is not CaseState.OPEN and case.state is not CaseState.NEW:
            case.state, case.snoozed_until = CASE.after(case.state, CaseAction.RESUME), None
        holding.wait(uow, case)
    case.version += 1
    holding.enter(uow, case, EntryKind.APPENDED, data={"what": what, **(data or {})})
    uow.emit(CaseAppended(case_id=case.id, what=what))
    return holding.done(uow, case)


def acted(
    uow: UnitOfWork, case_id: int, what: str, *, data: Mapping[str, Any] | None = None
) -> CaseView:
    """Something was done about the matter elsewhere: the record says so."""
    case = locks.one(uow.session, Case, case_id)
    case.version += 1
    holding.enter(uow, case, EntryKind.ACTED, data={"what": what, **(data or {})})
    uow.emit(CaseAppended(case_id=case.id, what=what))
    return holding.done(uow, case)


# What colleagues do


def take(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    """Make it one's own.

    Raises:
        AlreadyDone: one has it already.
        Stale: it changed since it was read.
    """
    me = holding.colleague(uow.actor)
    case = holding.locked(uow, case_id)
    if case.assignee_id == me and case.state is CaseState.OPEN:
        raise holding.AlreadyDone("taken", uow.actor.ref)
    holding.check(case, version)
    case.state, case.snoozed_until = CASE.after(case.state, CaseAction.TAKE), None
    holding.assign_to(uow, case, me, "taken")
    return holding.done(uow, case)


def assign(uow: UnitOfWork, case_id: int, staff_id: int, *, version: int | None = None) -> CaseView:
    """Give it to a colleague.

    Raises:
        Invalid: no such colleague is at work, or they may not work on cases.
        CannotSee: they are limited to other queues.
        Stale: it changed since it was read.
    """
    to = access.staff_by_id(uow.session, staff_id)
    if not (to.is_active and to.may("cases:work")):
        raise Invalid("that colleague does not work on cases", {"staff": "cannot take cases"})
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    holding.assert_active(uow, case)
    holding.assert_sees(case, to)
    holding.assign_to(uow, case, staff_id, "given")
    return holding.done(uow, case)


def note(uow: UnitOfWork, case_id: int, text: str) -> CaseView:
    """Remark something among colleagues, and tell those whom it calls by ``@name`` or ``@role``.

    No customer ever reads it: it is no message.

    Raises:
        Invalid: nothing is written.
    """
    if not text.strip():
        raise Invalid("a note says something", {"text": "is empty"})
    case = holding.locked(uow, case_id)
    case.version += 1
    entry_id = holding.enter(uow, case, EntryKind.NOTE, text=text.strip())
    watching.mention(uow, case, entry_id, text)
    uow.emit(CaseNoted(case_id=case.id))
    return holding.done(uow, case)


def reply(
    uow: UnitOfWork,
    case_id: int,
    text: str,
    *,
    subject: str = "",
    key: str | None = None,
    asks: bool = False,
    enclosed: Enclosed | None = None,
) -> CaseView:
    """Answer the customer where they wrote, by mail where they did not.

    Args:
        uow: its actor is the author.
        case_id: the case.
        text: as the customer will read it.
        subject: of a mail.
        key: the form's own: sent twice, it is said once.
        asks: the customer is to answer, and the case waits for that.
        enclosed: files that go with it.

    Raises:
        Invalid: nothing is written, or a file is unknown or was sent before.
        TooManyFiles: there are more than the rules allow.
        Unreachable: there is nowhere to write to.
    """
    if not text.strip():
        raise Invalid("an answer says something", {"text": "is empty"})
    case = holding.locked(uow, case_id)
    holding.assert_active(uow, case)
    message_id, is_repeat = _say(
        uow, case, text.strip(), subject=subject, key=key, asks=asks, enclosed=enclosed
    )
    if is_repeat:
        return holding.view_of(case)
    if case.assignee_id is None and uow.actor.kind is ActorKind.STAFF:
        holding.assign_to(uow, case, holding.colleague(uow.actor), "replied")
    action = CaseAction.ASK_CUSTOMER if asks else CaseAction.TAKE
    case.state, case.snoozed_until = CASE.after(case.state, action), None
    is_first, case.first_reply_at = case.first_reply_at is None, case.first_reply_at or uow.now
    case.waiting_since = None
    case.version += 1
    holding.enter(uow, case, EntryKind.REPLIED, data={"message_id": message_id, "asks": asks})
    uow.emit(CaseReplied(case_id=case.id, message_id=message_id, is_first=is_first, asks=asks))
    return holding.done(uow, case)


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
        Invalid: that moment has passed, or is more than a year away.
    """
    if until <= uow.now:
        raise Invalid("that moment has passed", {"until": "has passed"})
    if until > uow.now + FARTHEST:
        raise Invalid("that moment is too far away", {"until": "is more than a year away"})
    return _move(uow, case_id, CaseAction.SNOOZE, version, until=until)


def resume(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    return _move(uow, case_id, CaseAction.RESUME, version)


def take_out(
    uow: UnitOfWork, case_id: int, *, was: CaseState, waiting_since: datetime | None
) -> CaseView:
    """Undo that it was put away: it is new or open as it was, its customer waiting from then on.

    Raises:
        IllegalTransition: it is not put away.
    """
    case = holding.locked(uow, case_id)
    action = CaseAction.RENEW if was is CaseState.NEW else CaseAction.RESUME
    case.state, case.snoozed_until = CASE.after(case.state, action), None
    case.waiting_since = waiting_since
    return _moved(uow, case)


def resolve(
    uow: UnitOfWork,
    case_id: int,
    *,
    code: str,
    note: str = "",
    version: int | None = None,
    lines_ended: LineEnding | None = None,
    despite_others: bool = False,
) -> CaseView:
    """Settle the matter, saying how; ``lines_ended`` says it of the lines that are open yet.

    ``despite_others``: also while it waits for another case, such as a blocking child.

    Raises:
        AlreadyDone: it is settled.
        OthersOpen: it waits for another case, and nobody has said that it shall not.
        Invalid: a colleague or program gives no code or no note; ``Unsettled`` where fields or
            lines of it must be spoken of first.
        Stale: it changed since it was read.
    """
    is_asked = uow.actor.kind in _ARE_ASKED
    if is_asked and not (code and note.strip()):
        fields = {"code": "" if code else "is missing", "note": "" if note.strip() else "is empty"}
        raise Invalid("say how it ended", {name: why for name, why in fields.items() if why})
    case = holding.locked(uow, case_id)
    holding.assert_active(uow, case)
    holding.check(case, version)
    if is_asked:
        if not despite_others:
            linking.assert_free(uow, case.id)
        settling.assert_settleable(uow, case, code, lines_ended=lines_ended)
    return holding.settle(uow, case, code, note.strip())


def reopen(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    """It was not settled after all.

    Raises:
        IllegalTransition: it is open, or closed for good.
        Stale: it changed, or another case of the same order and reason has been opened since.
    """
    case = holding.locked(uow, case_id)
    state = CASE.after(case.state, CaseAction.REOPEN)
    holding.check(case, version)
    if case.order_id is not None and _another_is_open(uow, case):
        raise Stale("another case of this order and reason is open")
    case.state, case.resolved_at, case.resolution = state, None, ""
    holding.wait(uow, case)
    case.version += 1
    holding.enter(uow, case, EntryKind.STATE_CHANGED, data={"to": str(state), "why": "reopened"})
    uow.emit(CaseReopened(case_id=case.id))
    if case.conversation_id is not None:
        conversations.hand_to_people(uow, case.conversation_id, reason=case.reason, case_id=case.id)
    return holding.done(uow, case)


def close(uow: UnitOfWork, case_id: int) -> CaseView:
    """Close a settled case for good; the bot answers again unless another case is open."""
    case = holding.locked(uow, case_id)
    case.state = CASE.after(case.state, CaseAction.CLOSE)
    case.version += 1
    holding.enter(uow, case, EntryKind.STATE_CHANGED, data={"to": str(case.state)})
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
    if case.conversation_id is not None and not _still_with_people(uow, case):
        conversations.hand_to_bot(uow, case.conversation_id)
    return holding.done(uow, case)


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
    case = holding.locked(uow, case_id)
    holding.assert_active(uow, case)
    holding.check(case, version)
    case.version += 1
    holding.enter(uow, case, EntryKind.PROMISED, data={"until": until.isoformat()})
    uow.emit(CaseAppended(case_id=case.id, what="promised"))
    return holding.done(uow, case)


def note_warning(
    uow: UnitOfWork, case_id: int, *, metric: str, percent: int, due_at: datetime | None
) -> CaseView:
    """Write down that people were told how much of a target has passed. The case is held."""
    case = locks.one(uow.session, Case, case_id)
    due = due_at.isoformat() if due_at else None
    holding.enter(
        uow, case, EntryKind.WARNED, data={"metric": metric, "percent": percent, "due_at": due}
    )
    return holding.done(uow, case)


def raise_priority(uow: UnitOfWork, case_id: int) -> CaseView:
    """One step more pressing; the most pressing stays as it is."""
    case = locks.one(uow.session, Case, case_id)
    higher = _MORE_PRESSING.get(case.priority)
    if higher is None or case.state not in ACTIVE:
        return holding.view_of(case)
    case.priority = higher
    case.version += 1
    holding.enter(uow, case, EntryKind.ACTED, data={"what": "priority_raised", "to": higher})
    uow.emit(CaseAppended(case_id=case.id, what="priority_raised"))
    return holding.done(uow, case)


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
        if holding.locked(uow, case_id).state is CaseState.RESOLVED:
            close(uow, case_id)
    return len(found)


#: As many as one transaction of a sweep takes on.
BATCH: Final = 100


def _resume_if_snoozed(uow: UnitOfWork, case_id: int) -> None:
    case = holding.locked(uow, case_id)
    if case.state is CaseState.SNOOZED and case.snoozed_until and case.snoozed_until <= uow.now:
        resume(uow, case_id)


# Inside


def _move(
    uow: UnitOfWork,
    case_id: int,
    action: CaseAction,
    version: int | None,
    *,
    until: datetime | None = None,
) -> CaseView:
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    case.state, case.snoozed_until = CASE.after(case.state, action), until
    if action is CaseAction.RESUME:
        holding.wait(uow, case)
    else:
        case.waiting_since = None
    return _moved(uow, case)


def _moved(uow: UnitOfWork, case: Case) -> CaseView:
    case.version += 1
    holding.enter(uow, case, EntryKind.STATE_CHANGED, data={"to": str(case.state)})
    uow.emit(CaseChanged(case_id=case.id, state=str(case.state)))
    return holding.done(uow, case)


def _say(
    uow: UnitOfWork,
    case: Case,
    text: str,
    *,
    subject: str,
    key: str | None,
    asks: bool,
    enclosed: Enclosed | None,
) -> tuple[int, bool]:
    """The message's id, and whether it had been said before."""
    where = families.answered_in(uow.session, case.id, case.conversation_id)
    as_mail: dict[str, Any] = {conversations.THREAD: thread_of(case.id)}
    if asks:
        as_mail[conversations.ASKS] = f"/cases/{case.number}"
    if where is None or not conversations.is_open(uow, where):
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
            extra=as_mail,
            enclosed=enclosed,
        )
        case.conversation_id = message.conversation_id
        conversations.hand_to_people(
            uow, message.conversation_id, reason=case.reason, case_id=case.id
        )
    else:
        is_mail = conversations.lock(uow, where).channel == MAIL
        if is_mail and not subject:
            asked = talks.last_subject(uow.session, where, thread_of(case.id))
            subject = answer_to(asked) if asked else case.number
        message = conversations.say(
            uow,
            where,
            author_kind=AuthorKind.AGENT,
            text=text,
            subject=subject,
            key=key,
            extra=as_mail if is_mail else None,
            enclosed=enclosed,
        )
        # Whoever answers goes on answering: the bot does not talk in between.
        conversations.hand_to_people(uow, where, reason=case.reason, case_id=case.id)
    said = uow.session.scalar(
        select(CaseEntry.id).where(
            CaseEntry.case_id == case.id,
            CaseEntry.kind == EntryKind.REPLIED,
            CaseEntry.data["message_id"].as_integer() == message.id,
        )
    )
    return message.id, said is not None


def thread_of(case_id: int) -> str:
    """Under which name messages say that they are about a case."""
    return f"case:{case_id}"


def answer_to(subject: str) -> str:
    """The subject of an answer."""
    is_answer = subject[:3].lower() in {"re:", "re："}
    return (subject if is_answer else f"Re: {subject}")[:_LONGEST_SUBJECT]


_LONGEST_SUBJECT: Final = 200


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
