"""What is done with one mail, in one transaction: a message of a case, a report, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cases import opening
from cases.after import answering
from cases.mail_in import words
from cases.mail_in.placing import Place, place
from cases.mail_in.reporting import report
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.opening import OTHER
from cases.service import answer_to, thread_of
from cases.views import CaseView
from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.reading import Mail
from oms_service.conversations import attachments, attachments_queries, mail_in
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.channels import MAIL
from oms_service.conversations.mail_in import Begun
from oms_service.conversations.states import AuthorKind, ByMail, MailOutcome, MailTrust
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language

#: Under this name a message keeps what is known of the mail it came by.
EXTRA: Final = "mail"
_KEY_LENGTH: Final = 40


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the shop does with mail; ``an_hour`` is how many of one sender are taken."""

    addresses: Addresses
    language: Language
    an_hour: int
    of_customers: ByMail
    of_strangers: ByMail
    server: str
    public_url: str
    shop_name: Mapping[Language, str]


class Outcome(StrEnum):
    """What became of a mail, for whoever handed it in."""

    REPEATED = "repeated"
    FILED = "filed"
    HELD = "held"
    IGNORED = "ignored"
    REFUSED = "refused"
    REPORTED = "reported"


@dataclass(frozen=True)
class Filed:
    """What became of a mail, and the case that has it now."""

    outcome: Outcome
    case: CaseView | None = None
    message: MessageView | None = None


def file(
    uow: UnitOfWork,
    mail: Mail,
    rules: Rules,
    *,
    inbound_id: int,
    enclosed: Enclosed | None = None,
    left_out: Sequence[Mapping[str, str]] = (),
) -> Filed:
    """Deal with a mail once; the same again, or at the same time, changes nothing.

    Args:
        uow: its actor is a customer nobody knows.
        mail: as it was read.
        rules: the shop's.
        inbound_id: the body it was read from.
        enclosed: the files that came with it.
        left_out: those that were not taken: ``name``, and ``why`` as a code.

    Raises:
        TooManyFiles: the matter has as many as it may; nothing was changed.
    """
    begun = mail_in.begin(uow, key=mail.key, inbound_id=inbound_id)
    if begun is None:
        return Filed(Outcome.REPEATED)
    if mail.report is not None:
        is_ours = report(uow, begun, mail, rules.addresses)
        return Filed(Outcome.REPORTED if is_ours else Outcome.IGNORED)
    why = not_a_person(mail, rules.addresses)
    if why:
        mail_in.settle(uow, begun, MailOutcome.IGNORED, why=why)
        return Filed(Outcome.IGNORED)
    found = place(uow.session, mail, rules.addresses, now=uow.now, server=rules.server)
    thread = _thread(uow, mail, found, rules)
    identity_id = thread.identity_id
    if mail_in.lately(uow.session, identity_id, since=uow.now - mail_in.HOUR) >= rules.an_hour:
        mail_in.settle(uow, begun, MailOutcome.HELD, why="too_many", identity_id=identity_id)
        return Filed(Outcome.HELD)
    if found.case is None and found.answers is None and _is_refused(thread, rules):
        _refuse(uow, thread, mail, rules)
        mail_in.settle(uow, begun, MailOutcome.REFUSED, identity_id=identity_id)
        return Filed(Outcome.REFUSED)
    message = _said(uow, thread, mail, found, enclosed, left_out)
    case = _taken_up(uow, thread, found, message, mail)
    _note(uow, begun, found, message, case, identity_id)
    return Filed(Outcome.FILED, case, message)


def not_a_person(mail: Mail, addresses: Addresses) -> str:
    """By which sign nobody is to be answered and no case woken; empty where a person wrote."""
    if addresses.is_own(mail.sender) or addresses.letters([mail.message_id]):
        return "own"
    return mail.automatic


# Inside


def _thread(uow: UnitOfWork, mail: Mail, found: Place, rules: Rules) -> ConversationView:
    """The conversation it belongs to, held; it is the sender's own where it answers nothing."""
    if found.answers is not None:
        return talking.lock(uow, found.answers.conversation_id)
    before = conversations.open_of(uow.session, MAIL, mail.sender)
    language = mail.language or (before.language if before else rules.language)
    thread_id = talking.thread_by_mail(
        uow,
        to=mail.sender,
        customer_id=found.customer.id if found.customer else None,
        language=language,
    )
    return talking.lock(uow, thread_id)


def _is_refused(thread: ConversationView, rules: Rules) -> bool:
    by = rules.of_strangers if thread.customer_id is None else rules.of_customers
    return by is ByMail.REFUSE


def _refuse(uow: UnitOfWork, thread: ConversationView, mail: Mail, rules: Rules) -> None:
    """Say politely where to write instead; to one address once a day, whatever it sends."""
    language = thread.language
    talking.say(
        uow,
        thread.id,
        author_kind=AuthorKind.NOTICE,
        text=words.REFUSAL[language].format(shop=rules.shop_name[language], url=rules.public_url),
        subject=answer_to(mail.subject) if mail.subject else words.REFUSAL_SUBJECT[language],
        key=f"mail-refused:{uow.now:%Y-%m-%d}",
    )


def _said(  # by place: all that is known of the mail by now
    uow: UnitOfWork,
    thread: ConversationView,
    mail: Mail,
    found: Place,
    enclosed: Enclosed | None,
    left_out: Sequence[Mapping[str, str]],
) -> MessageView:
    told: dict[str, Any] = {
        "id": mail.message_id,
        "from": mail.sender,
        "trust": str(found.trust),
        "rest": mail.rest,
        "left_out": [dict(one) for one in left_out],
    }
    key = f"mail:{mail.key[:_KEY_LENGTH]}"
    message = talking.receive(
        uow,
        thread.id,
        key=key,
        text=mail.text,
        subject=mail.subject,
        extra={EXTRA: told},
        tells_people=False,
        enclosed=enclosed,
    )
    if message is None:
        raise AssertionError("a mail that was begun just now has been said before")
    return message


def _taken_up(
    uow: UnitOfWork, thread: ConversationView, found: Place, message: MessageView, mail: Mail
) -> CaseView:
    """The case that has it now: the one it belongs to, woken if need be, or a new one."""
    if found.case is not None:
        usual = merged.taker(uow.session, thread.id)
        done = answering.take_up(uow, found.case.id, message, channel=MAIL).case
        if usual is not None and usual.case.id != done.id:
            merging.give_message(uow, message.id, done.id)
        return done
    return opening.open_case(
        uow,
        reason=OTHER,
        language=mail.language or thread.language,
        channel=MAIL,
        order_id=found.order.id if found.order else None,
        customer_id=thread.customer_id,
        conversation_id=thread.id,
        summary={"message_id": message.id},
    )


def _note(
    uow: UnitOfWork,
    begun: Begun,
    found: Place,
    message: MessageView,
    case: CaseView,
    identity_id: int,
) -> None:
    talking.about(uow, message.id, thread_of(case.id))
    if case.order_id is not None:
        came = [one.view.id for one in attachments_queries.of_message(uow.session, message.id)]
        attachments.belong_to_order(uow, came, case.order_id)
    if found.trust is MailTrust.ANSWERED:
        mail_in.reached(uow, identity_id)
    mail_in.settle(
        uow,
        begun,
        MailOutcome.FILED,
        trust=found.trust,
        identity_id=identity_id,
        message_id=message.id,
        about_id=found.answers.id if found.answers else None,
    )
