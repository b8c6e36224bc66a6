"""To which matter a mail belongs, and why that is believed. The sender's address proves nothing.

What is sent to the signed address of a letter belongs where that letter stood. All else is found
by what it names, only among what the sender's address has to do with, and is never more than a
claim: colleagues see it marked so, and what is answered goes to the address that was known before.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cases import families, queries
from cases.merging import queries as merged
from cases.states import ACTIVE
from cases.views import CaseView
from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.reading import Mail, key_of
from oms_service.conversations import mail_in
from oms_service.conversations import queries as conversations
from oms_service.conversations.mail_in import Written
from oms_service.conversations.states import MailTrust
from oms_service.customers import queries as customers
from oms_service.customers.queries import CustomerView
from oms_service.kernel.errors import NotFound
from oms_service.kernel.text import mail_key
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView

#: So long the address of a letter leads back to its matter.
KEPT: Final = timedelta(days=400)
_CASE: Final = re.compile(r"(?<![A-Z0-9])C-?(\d{4,12})(?!\d)", re.IGNORECASE)
_ORDER: Final = re.compile(r"[#＃]?(?<![A-Z0-9])[A-Z]{0,4}-?\d{3,15}(?![A-Z0-9])", re.IGNORECASE)
_MOST_NUMBERS: Final = 5
#: What letters of ours are about, as they name their thread.
_OF_CASE: Final = "case"
_OF_ORDER: Final = "order"
_PASSED: Final = re.compile(r"\s*(?:dmarc|dkim)=pass(?=\s|$)(.*)", re.IGNORECASE | re.DOTALL)
_DOMAIN: Final = re.compile(r"(?<!\S)header\.(?:from|d|i)=(\S+)", re.IGNORECASE)
_COMMENT: Final = re.compile(r"\([^()]*\)")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a mail belongs, as far as that is known.

    ``answers`` is the message it answers; without one it belongs to the thread of its sender.
    """

    trust: MailTrust
    customer: CustomerView | None = None
    answers: Written | None = None
    case: CaseView | None = None
    order: OrderView | None = None


def place(
    session: Session, mail: Mail, addresses: Addresses, *, now: datetime, server: str
) -> Place:
    """Find the place of a mail; ``server`` is whose word about senders is believed, if any."""
    known = proven_customer(session, mail.sender)
    found = _answered(session, mail, addresses, now) or _named(session, mail, addresses)
    if found is None:
        found = Place(trust=MailTrust.CLAIMED, customer=known)
        numbers = _numbers(session, mail.subject, known.id if known else None)
        if numbers != (None, None):
            found = replace(found, trust=MailTrust.REFERRED, case=numbers[0], order=numbers[1])
    is_claim = found.trust in {MailTrust.REFERRED, MailTrust.CLAIMED}
    if is_claim and is_checked(mail, server):
        return replace(found, trust=MailTrust.CHECKED)
    return found


def proven_customer(session: Session, sender: str) -> CustomerView | None:
    """The customer who has shown that an address is theirs."""
    found = customers.by_mail(session, sender)
    if found is None:
        return None
    proven = {mail_key(one) for one in customers.proven_mails(session, found.id)}
    return found if sender in proven else None


def is_checked(mail: Mail, server: str) -> bool:
    """Whether the shop's own server says that the sender's domain has sent a mail.

    Only the newest word counts: those below it may be anybody's. Within it, what is quoted or
    remarked may be anybody's too, and of an address only what stands behind its last ``@`` counts.
    """
    said = next(iter(mail.authentication), "")
    writer, _, results = said.partition(";")
    if not server or writer.split()[:1] != [server]:
        return False
    results = _COMMENT.sub(" ", _COMMENT.sub(" ", _QUOTED.sub("", results)))
    if any(sign in results for sign in '"()'):
        return False
    passed = (found[1] for one in results.split(";") if (found := _PASSED.match(one)))
    named = {one.rpartition("@")[2].lower() for said in passed for one in _DOMAIN.findall(said)}
    return mail.sender.rpartition("@")[2] in named


def _answered(session: Session, mail: Mail, addresses: Addresses, now: datetime) -> Place | None:
    """What is sent to the address of a letter answers it, whoever sends it."""
    message_id = addresses.answered(mail.to)
    written = mail_in.written(session, message_id) if message_id is not None else None
    if written is None or not written.is_open or now - written.at > KEPT:
        return None
    is_theirs = written.to == mail.sender
    trust = MailTrust.ANSWERED if is_theirs else MailTrust.ANSWERED_ELSEWHERE
    return _of(session, mail, written, trust)


def _named(session: Session, mail: Mail, addresses: Addresses) -> Place | None:
    """What names an earlier letter belongs to it, if it comes from where that went."""
    ours = (mail_in.written(session, one) for one in addresses.letters(mail.references))
    theirs = (mail_in.heard(session, key_of(b"", one)) for one in mail.references)
    for written in (*ours, *theirs):
        if written is not None and written.is_open and written.to == mail.sender:
            return _of(session, mail, written, MailTrust.REFERRED)
    return None


def _of(session: Session, mail: Mail, written: Written, trust: MailTrust) -> Place:
    """The place of what answers a letter: its case, or what its subject or the answer's names."""
    thread = merged.taker(session, written.conversation_id)
    customer_id = _customer_of(session, written)
    customer = customers.find(session, customer_id) if customer_id else None
    case, order = _of_thread(session, written.thread)
    if case is None and order is None:
        subjects = f"{written.subject} {mail.subject}"
        case, order = _numbers(session, subjects, customer.id if customer else None)
    if case is None and order is None and thread is not None:
        case = thread.case
    return Place(trust=trust, customer=customer, answers=written, case=case, order=order)


def _customer_of(session: Session, written: Written) -> int | None:
    """Whose the conversation of a letter is."""
    found = conversations.by_id(session, written.conversation_id)
    return found.customer_id if found else None


def _of_thread(session: Session, thread: str) -> tuple[CaseView | None, OrderView | None]:
    """The case that a letter of ours is about, or the order with its open case."""
    kind, _, number = thread.partition(":")
    if kind == _OF_CASE:
        return queries.by_id(session, families.root_id(session, int(number))), None
    if kind == _OF_ORDER:
        order = orders.by_id(session, int(number))
        return _open_case_of(session, order), order
    return None, None


def _numbers(
    session: Session, subject: str, customer_id: int | None
) -> tuple[CaseView | None, OrderView | None]:
    """The case or else the order that a subject names, if it is this customer's."""
    if customer_id is None:
        return None, None
    for number in _CASE.findall(subject)[:_MOST_NUMBERS]:
        try:
            case = queries.by_number(session, number)
        except NotFound:
            continue
        if case.customer_id == customer_id and not case.is_internal:
            return queries.by_id(session, families.root_id(session, case.id)), None
    for number in _ORDER.findall(subject)[:_MOST_NUMBERS]:
        try:
            order = orders.own(session, number, customer_id)
        except NotFound:
            continue
        return _open_case_of(session, order), order
    return None, None


def _open_case_of(session: Session, order: OrderView) -> CaseView | None:
    """The newest open case about an order."""
    found = queries.newest(session, order_id=order.id, limit=20).items
    return next((one for one in found if one.state in ACTIVE and not one.is_internal), None)
