"""What mail servers say of our letters: that one did not arrive, or that its reader is annoyed.

Only what names a letter by its signed id or address counts, so that nobody can have an address
given up by writing what looks like a report.
"""

from typing import Final

from cases.after.surveys import PURPOSE as SURVEYS
from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.reading import Mail
from oms_service.adapters.mail.reports import Report, ReportKind
from oms_service.conversations import mail_in
from oms_service.conversations import queries as conversations
from oms_service.conversations.mail_in import Begun, Written
from oms_service.conversations.states import DeliveryState, MailOutcome
from oms_service.customers import consents
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork

#: Where a customer said that they want no questions: by pressing "spam" in their mail program.
COMPLAINED: Final = "complaint"


def report(uow: UnitOfWork, begun: Begun, mail: Mail, addresses: Addresses) -> bool:
    """Note what a report says of the letter it is about; whether it is about one of ours."""
    if mail.report is None:
        return False
    written = _of_ours(uow, mail, mail.report, addresses)
    if written is None:
        mail_in.settle(uow, begun, MailOutcome.IGNORED, why="no_letter")
        return False
    mail_in.settle(uow, begun, MailOutcome.REPORTED, why=str(mail.report.kind), about_id=written.id)
    match mail.report.kind:
        case ReportKind.FAILED:
            _failed(uow, written, mail.report)
        case ReportKind.DELAYED:
            mail_in.note(uow, written, DeliveryState.SENT, f"delayed {mail.report.status}".strip())
        case ReportKind.COMPLAINT:
            _complained(uow, written)
    return True


def _of_ours(uow: UnitOfWork, mail: Mail, said: Report, addresses: Addresses) -> Written | None:
    by_address = addresses.bounced(mail.to)
    named = [by_address] if by_address is not None else addresses.letters(said.originals)
    return mail_in.written(uow.session, named[0]) if named else None


def _failed(uow: UnitOfWork, written: Written, said: Report) -> None:
    is_theirs = said.recipient in {"", written.to}
    mail_in.note_failed(
        uow,
        written,
        why=said.status or str(said.kind),
        detail=said.detail,
        is_final=said.is_hard and is_theirs,
    )


def _complained(uow: UnitOfWork, written: Written) -> None:
    """Nothing is asked any more of who calls our letters spam; what they have to hear they hear."""
    thread = conversations.by_id(uow.session, written.conversation_id)
    owner = thread.customer_id if thread else None
    person = customers.find(uow.session, owner) if owner is not None else None
    if person is not None:
        refused = {(SURVEYS, consents.ANY): False}
        consents.say(uow, person.id, refused, source=COMPLAINED)
    mail_in.note(uow, written, DeliveryState.SENT, COMPLAINED)
