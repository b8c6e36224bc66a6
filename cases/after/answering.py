"""What a customer does with their own case: write, accept how it ended, or say that it did not.

All of it goes by the service of the conversation the case is answered in, so that it stands where
everything else stands that was said. A form sent twice is done once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.dialects.postgresql import insert

from cases import families, holding, opening, queries, service
from cases.after import rules
from cases.after.events import CaseAccepted, CaseRejected
from cases.after.models import FollowUp
from cases.after.policy import LONGEST_WORDS
from cases.models import Case
from cases.policy import Next, after_message
from cases.routing import queries as routing
from cases.routing.states import Presence
from cases.service import Unreachable
from cases.states import CaseState, EntryKind
from cases.views import CaseView
from cases.writing import handing
from oms_service.access import queries as access
from oms_service.conversations import attachments, attachments_queries
from oms_service.conversations import service as talking
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.views import MessageView
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.orders import queries as orders

#: Under which channel customers open cases on their own pages.
PORTAL: Final = "portal"
AGAIN: Final = "again"
#: Why a case was opened that is an earlier one once more.
CAME_BACK: Final = "came_back"
_LONGEST_KEY: Final = 120


class Outcome(StrEnum):
    """What became of a customer's words."""

    REPEATED = "repeated"
    APPENDED = "appended"
    REOPENED = "reopened"
    #: Nothing to do: they said thanks.
    THANKED = "thanked"
    #: A case of its own, or another that is open already, has taken it in.
    ANOTHER = "another"


@dataclass(frozen=True)
class Written:
    """The case that has the words now, and what became of them."""

    case: CaseView
    outcome: Outcome
    message: MessageView | None = None


def accept(uow: UnitOfWork, case_id: int) -> CaseView:
    """The customer is content: the case closes. Said again, it changes nothing.

    Raises:
        IllegalTransition: it is not settled yet.
    """
    case = holding.locked(uow, case_id)
    if case.state is CaseState.CLOSED:
        return holding.view_of(case)
    closed = service.close(uow, case_id)
    holding.enter(uow, case, EntryKind.ACTED, data={"what": "accepted"})
    uow.emit(CaseAccepted(case_id=case.id))
    return closed


def write(
    uow: UnitOfWork,
    case_id: int,
    text: str,
    *,
    key: str,
    rejects: bool = False,
    enclosed: Enclosed | None = None,
) -> Written:
    """Take in what a customer wrote on the page of their case.

    A settled case comes back for as long as the shop says, to whoever had it if they are there;
    after that another one is opened that follows it. Mere thanks bring nothing back. What is
    written on the page of a merged case goes to the one that stands for it.

    Args:
        uow: its actor is the customer.
        case_id: the case.
        text: their words.
        key: the form's own: sent twice, it is written once.
        rejects: they say expressly that it is not settled, whatever the words are.
        enclosed: files that go with the words, or come without any.

    Raises:
        Invalid: nothing is written, or far too much, or a file is unknown.
        TooManyFiles: there are more than the rules allow.
        Unreachable: there is nowhere to answer to.
        NotFound: no such case.
    """
    words = checked(text, key, may_be_empty=bool(enclosed and enclosed.ids) and not rejects)
    seen = queries.by_id(uow.session, families.root_id(uow.session, case_id))
    if seen.is_internal:
        raise NotFound("no such case")
    thread_id = _thread(uow, seen)
    case = holding.standing(uow, seen.id)
    message = _received(uow, thread_id, words, key, enclosed, order_id=case.order_id)
    if message is None:
        return Written(holding.view_of(case), Outcome.REPEATED)
    if case.conversation_id != thread_id:
        case.conversation_id = thread_id
    return _follow(uow, case, message, rejects=rejects)


def take_up(
    uow: UnitOfWork, case_id: int, message: MessageView, *, channel: str = PORTAL
) -> Written:
    """Take in what a customer wrote somewhere else than on the page of their case.

    As ``write`` does with a message that is stored already; ``channel`` is of another case that is
    opened for it. The caller holds the conversation of the message.

    Raises:
        NotFound: no such case.
    """
    return _follow(uow, holding.standing(uow, case_id), message, rejects=False, channel=channel)


def open_new(  # noqa: PLR0913 - by name, each a thing that a matter has
    uow: UnitOfWork,
    *,
    customer_id: int,
    reason: str,
    order_id: int | None,
    text: str,
    key: str,
    enclosed: Enclosed | None = None,
    wanted: Mapping[str, Any] | None = None,
    failed_rule: str = "",
) -> Written:
    """Bring a matter to people from the customer's own pages; told twice, it is one.

    Args:
        uow: its actor is the customer.
        customer_id: whose matter it is.
        reason: a code of the shop's list.
        order_id: the order it is about, which must be theirs.
        text: their words.
        key: the form's own.
        enclosed: files that go with it.
        wanted: what was asked for and is not allowed: codes, ids, amounts, an address.
        failed_rule: why it is not.

    Raises:
        Invalid: nothing is written, or far too much, or a file is unknown.
        TooManyFiles: there are more than the rules allow.
        Unreachable: there is nowhere to answer to.
        NotFound: the order is not theirs.
    """
    words = checked(text, key)
    person = customers.find(uow.session, customer_id)
    if person is None:
        raise NotFound("no such customer")
    if order_id is not None and orders.by_id(uow.session, order_id).customer_id != person.id:
        raise NotFound("no such order")
    thread_id = _mail_thread(uow, person.id)
    message = _received(uow, thread_id, words, key, enclosed, order_id=order_id)
    if message is None:
        found = queries.latest_of_conversation(uow.session, thread_id)
        if found is None:
            raise NotFound("no such case")
        return Written(found, Outcome.REPEATED)
    case = opening.open_case(
        uow,
        reason=reason,
        language=person.language,
        channel=PORTAL,
        order_id=order_id,
        customer_id=person.id,
        conversation_id=thread_id,
        wanted=wanted,
        failed_rule=failed_rule,
        summary={"message_id": message.id},
    )
    return Written(case, Outcome.ANOTHER if case.is_new else Outcome.APPENDED, message)


def _received(  # by place: what every message on a customer's page has
    uow: UnitOfWork,
    thread_id: int,
    words: str,
    key: str,
    enclosed: Enclosed | None,
    *,
    order_id: int | None,
) -> MessageView | None:
    """Store it, with its files, which show the order from now on; None where it came before."""
    message = talking.receive(
        uow,
        thread_id,
        key=f"{PORTAL}:{key}",
        text=words,
        tells_people=False,
        enclosed=enclosed,
    )
    if message is not None and enclosed is not None and order_id is not None:
        came = [one.view.id for one in attachments_queries.of_message(uow.session, message.id)]
        attachments.belong_to_order(uow, came, order_id)
    return message


def checked(text: str, key: str, *, may_be_empty: bool = False) -> str:
    """The words without space around them.

    Raises:
        Invalid: there are none, or far too many, or the form has no key.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words and not may_be_empty:
        raise Invalid("nothing is written", {"text": "is empty"})
    if len(words) > LONGEST_WORDS:
        raise Invalid("that is too much", {"text": f"at most {LONGEST_WORDS} characters"})
    if "\0" in words:
        raise Invalid("that is no text", {"text": "holds a character that is none"})
    if not (key.isascii() and 0 < len(key) <= _LONGEST_KEY):
        raise Invalid("the form has no key", {"key": "is missing"})
    return words


def _follow(
    uow: UnitOfWork, case: Case, message: MessageView, *, rejects: bool, channel: str = PORTAL
) -> Written:
    held = rules.in_force(uow.session)
    then = after_message(
        case.state,
        case.resolved_at,
        _REFUSAL if rejects else message.text,
        now=uow.now,
        within=held.reopen_within,
    )
    data = {"message_id": message.id}
    if then is Next.REOPEN and _is_taken_up(uow, case):
        then = Next.ANOTHER
    match then:
        case Next.APPEND:
            done, outcome = service.append(uow, case.id, "message", data=data), Outcome.APPENDED
        case Next.REOPEN:
            done, outcome = _reopen(uow, case, message, rejects=rejects), Outcome.REOPENED
        case Next.ANOTHER:
            return Written(_again(uow, case, message, channel), Outcome.ANOTHER, message)
        case _:
            return Written(holding.view_of(case), Outcome.THANKED, message)
    if case.conversation_id is not None:
        talking.hand_to_people(uow, case.conversation_id, reason=case.reason, case_id=case.id)
    return Written(done, outcome, message)


#: What a refusal counts as, so that no choice of words makes it thanks.
_REFUSAL: Final = "it is not settled"


def _reopen(uow: UnitOfWork, case: Case, message: MessageView, *, rejects: bool) -> CaseView:
    """Back to whoever had it; to its queue if they are not at work any more."""
    service.reopen(uow, case.id)
    if rejects:
        holding.enter(uow, case, EntryKind.ACTED, data={"what": "rejected"})
        uow.emit(CaseRejected(case_id=case.id, message_id=message.id))
    done = service.append(uow, case.id, "message", data={"message_id": message.id})
    if done.assignee_id is not None and not _is_there(uow, done.assignee_id):
        done = handing.release(uow, case.id)
    return done


def _again(uow: UnitOfWork, old: Case, message: MessageView, channel: str) -> CaseView:
    """The same matter once more, in a case that follows the one that is over."""
    new = opening.open_case(
        uow,
        reason=old.reason,
        language=old.language,
        channel=channel,
        order_id=old.order_id,
        customer_id=old.customer_id,
        conversation_id=message.conversation_id,
        failed_rule=CAME_BACK,
        summary={"message_id": message.id, "follows": old.number},
    )
    follow(uow, new.id, of=old.id)
    return new


def follow(uow: UnitOfWork, case_id: int, *, of: int) -> None:
    """Write down that a case takes up what an earlier one was about."""
    if case_id != of:
        uow.session.execute(
            insert(FollowUp)
            .values(case_id=case_id, of_case_id=of, kind=AGAIN)
            .on_conflict_do_nothing(index_elements=["case_id", "of_case_id"])
        )


def _is_taken_up(uow: UnitOfWork, case: Case) -> bool:
    if case.order_id is None:
        return False
    found = queries.open_of_order(uow.session, case.order_id, case.reason)
    return found is not None and found.id != case.id


def _is_there(uow: UnitOfWork, staff_id: int) -> bool:
    """Whether they may still be given cases, and have not left for today."""
    if not access.staff_by_id(uow.session, staff_id).is_active:
        return False
    try:
        return routing.agent(uow.session, staff_id).presence is not Presence.OFFLINE
    except NotFound:
        return True


def _thread(uow: UnitOfWork, case: CaseView) -> int:
    """Where the case is answered; the customer's mail where it had no conversation so far.

    It is opened before the case is held: whoever holds both takes the conversation first.
    """
    if case.conversation_id is not None and talking.is_open(uow, case.conversation_id):
        return case.conversation_id
    if case.customer_id is None:
        raise Unreachable("nobody is known to answer to")
    return _mail_thread(uow, case.customer_id)


def _mail_thread(uow: UnitOfWork, customer_id: int) -> int:
    person = customers.find(uow.session, customer_id)
    mail = customers.mail_of(uow.session, person.id) if person is not None else None
    if person is None or mail is None:
        raise Unreachable("this customer has no mail address")
    return talking.thread_by_mail(uow, to=mail, customer_id=person.id, language=person.language)
