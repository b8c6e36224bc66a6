"""Files of cases: shown by the customer of an order, added by colleagues, deleted in the end."""

from collections.abc import Collection

from sqlalchemy import insert, select

from cases import holding, service
from cases.events import CaseAppended
from cases.evidence import queries
from cases.evidence.models import CaseFile
from cases.holding import AlreadyDone
from cases.states import EntryKind
from cases.views import CaseView
from oms_service.conversations import attachments
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.attachments_queries import AttachmentView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.orders.service import hold_against_others


def show_of_order(
    uow: UnitOfWork, order_id: int, enclosed: Enclosed, *, customer_id: int
) -> tuple[AttachmentView, ...]:
    """A customer shows something of their order; cases that are open about it are told.

    The files count as evidence for whatever is asked about the order from now on.

    Raises:
        Invalid: no file, an unknown one, or one that was sent before.
        TooManyFiles: there are more than the rules allow.
    """
    if not enclosed.ids:
        raise Invalid("nothing is shown", {"files": "is empty"})
    hold_against_others(uow, order_id)
    if attachments.are_sent(uow.session, enclosed):
        return ()
    held = attachments.claim(uow, enclosed, conversation_id=None, order_id=order_id)
    attachments.send(uow, held, order_id=order_id, customer_id=customer_id)
    for case_id in queries.open_of_order(uow.session, order_id):
        try:
            service.append(uow, case_id, "files", data={"files": len(held)})
        except AlreadyDone:
            continue  # settled at this moment; the order keeps what was shown
    return held


def add(uow: UnitOfWork, case_id: int, enclosed: Enclosed) -> tuple[AttachmentView, ...]:
    """Put files into a case that only colleagues see.

    Raises:
        Invalid: no file, an unknown one, or one that was sent before.
        TooManyFiles: there are more than the rules allow.
    """
    if not enclosed.ids:
        raise Invalid("no file", {"files": "is empty"})
    case = holding.locked(uow, case_id)
    if attachments.are_sent(uow.session, enclosed):
        return ()
    in_all = sum(one.size_bytes for one in queries.internal(uow.session, [case_id]))
    held = attachments.claim(uow, enclosed, conversation_id=None, order_id=None)
    if in_all + sum(one.size_bytes for one in held) > enclosed.rules.matter_bytes:
        raise attachments.TooManyFiles(f"at most {enclosed.rules.matter_bytes} bytes of files")
    attachments.send(uow, held, order_id=case.order_id, is_internal=True)
    uow.session.execute(
        insert(CaseFile),
        [
            {
                "case_id": case_id,
                "attachment_id": one.id,
                "added_by": uow.actor.ref,
                "added_at": uow.now,
            }
            for one in held
        ],
    )
    case.version += 1
    holding.enter(uow, case, EntryKind.ACTED, data={"what": "files_added", "files": len(held)})
    uow.emit(CaseAppended(case_id=case.id, what="files_added"))
    holding.done(uow, case)
    return held


def remove(uow: UnitOfWork, case_id: int, public_id: str) -> CaseView:
    """Delete a file of a case for good, such as one that shows what nobody asked for.

    Raises:
        NotFound: the case has no such file.
    """
    case = holding.locked(uow, case_id)
    found = queries.one(uow.session, holding.view_of(case), public_id).view
    attachments.remove(uow, [found.id], why="discarded")
    case.version += 1
    holding.enter(uow, case, EntryKind.ACTED, data={"what": "file_removed"})
    uow.emit(CaseAppended(case_id=case.id, what="file_removed"))
    return holding.done(uow, case)


def erase(uow: UnitOfWork, case_ids: Collection[int]) -> None:
    """What colleagues kept of a person's cases goes with the person."""
    kept = uow.session.scalars(
        select(CaseFile.attachment_id).where(CaseFile.case_id.in_(case_ids))
    ).all()
    attachments.remove(uow, kept, why="erased")
