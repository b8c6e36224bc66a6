"""Giving documents their numbers, and keeping labels' lives: commands, no network.

The order is held first, then the row of the series, so that numbers have no gap and no twin.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.documents import facts, queries
from oms_service.documents.events import (
    DocumentIssued,
    LabelBought,
    LabelFailed,
    LabelRequested,
    LabelVoided,
    LabelVoidRequested,
)
from oms_service.documents.models import Document, Label, Series
from oms_service.documents.papers import Bill
from oms_service.documents.queries import DocumentView, LabelView
from oms_service.documents.refusals import WORDS
from oms_service.documents.states import LABEL, SERIES, DocumentKind, LabelAction, LabelState
from oms_service.infra import fallout, locks
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Stale
from oms_service.kernel.money import Money

#: How a failed label stands on the list of failed steps.
LABEL_STEP: Final = "documents.label"


@dataclass(frozen=True)
class Sold:
    """What a provider sold: its own id, the number on the parcel, the file, what it cost."""

    provider_ref: str
    tracking_number: str
    file: bytes | None
    media_type: str
    cost: Money | None


def issue(
    uow: UnitOfWork,
    bill: Bill,
    *,
    order_id: int,
    refund_id: int | None = None,
    about_id: int | None = None,
) -> DocumentView:
    """Give ``bill`` the next number of its kind and keep it for good. The order must be held."""
    from oms_service.documents import bills  # noqa: PLC0415 - loads the PDF library

    kind = DocumentKind(bill.kind)
    numbered = replace(bill, number=f"{SERIES[kind]}-{_next(uow, kind):06d}")
    row = Document(
        number=numbered.number,
        kind=kind,
        order_id=order_id,
        refund_id=refund_id,
        about_id=about_id,
        language=bill.language,
        currency=bill.currency,
        total_minor=bill.total_minor,
        facts=facts.written(numbered),
        recipient=bill.recipient,
        purpose=bill.purpose,
        sha256=hashlib.sha256(bills.bill(numbered)).hexdigest(),
        issued_at=uow.now,
        issued_by=uow.actor.ref,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.emit(
        DocumentIssued(
            order_id=order_id,
            document_id=row.id,
            kind=kind,
            number=row.number,
            total_minor=row.total_minor,
            currency=row.currency,
        )
    )
    uow.touch(f"order:{order_id}")
    return queries.document(uow.session, row.id)


def hand_out(uow: UnitOfWork, document_id: int) -> bool:
    """Note that a receipt goes out; True for the first one, whose bytes are the original's."""
    first = uow.session.scalar(
        update(Document)
        .where(
            Document.id == document_id,
            Document.kind == DocumentKind.RECEIPT,
            Document.handed_out_at.is_(None),
        )
        .values(handed_out_at=uow.now)
        .returning(Document.id)
        .execution_options(synchronize_session=False)
    )
    return first is not None


def request_label(
    uow: UnitOfWork, *, box_id: int, box_number: str, order_id: int, carrier: str, service: str
) -> LabelView:
    """Ask for a label of a box; asked again, the one it has or waits for. The order is held.

    A failed one is tried again.
    """
    live = queries.live_label(uow.session, box_id)
    if live is not None:
        return retry(uow, live.id) if live.state is LabelState.FAILED else live
    earlier = uow.session.scalar(
        select(func.count()).select_from(Label).where(Label.box_id == box_id)
    )
    row = Label(
        reference=f"{box_number}-{(earlier or 0) + 1}",
        box_id=box_id,
        order_id=order_id,
        carrier=carrier,
        service=service,
        state=LabelState.REQUESTED,
        requested_at=uow.now,
        requested_by=uow.actor.ref,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.emit(LabelRequested(order_id=order_id, label_id=row.id))
    return queries.label(uow.session, row.id)


def retry(uow: UnitOfWork, label_id: int, *, version: int | None = None) -> LabelView:
    """Try a failed label again, under the same reference: nothing is bought twice.

    Raises:
        NotFound: no such label.
        Stale: it is not as whoever asks saw it.
        IllegalTransition: it has not failed.
    """
    row = _held(uow, label_id, version)
    row.state, row.failure = LABEL.after(row.state, LabelAction.RETRY), ""
    row.version += 1
    uow.session.flush()
    _off_the_list(uow, label_id)
    uow.emit(LabelRequested(order_id=row.order_id, label_id=row.id))
    return queries.label(uow.session, label_id)


def keep_sold(uow: UnitOfWork, label_id: int, sold: Sold) -> LabelView:
    """Keep what the provider sold; told again, nothing changes.

    A label that was called off meanwhile is asked back: the view says ``voiding`` then.
    """
    row = _held(uow, label_id)
    if row.state is LabelState.BOUGHT:
        return queries.label(uow.session, label_id)
    row.state = LABEL.after(row.state, LabelAction.BUY)
    row.provider_ref, row.tracking_number = sold.provider_ref, sold.tracking_number
    row.cost_minor = sold.cost.minor if sold.cost else None
    row.currency = sold.cost.currency if sold.cost else None
    row.failure, row.settled_at = "", uow.now
    row.version += 1
    _off_the_list(uow, label_id)
    if row.state is LabelState.VOIDING:
        uow.emit(LabelVoidRequested(order_id=row.order_id, label_id=row.id))
    else:
        row.file, row.media_type = sold.file, sold.media_type
        uow.emit(
            LabelBought(
                order_id=row.order_id,
                label_id=row.id,
                box_id=row.box_id,
                cost_minor=row.cost_minor,
                currency=row.currency,
            )
        )
    uow.session.flush()
    uow.touch(f"order:{row.order_id}")
    return queries.label(uow.session, label_id)


def fail(uow: UnitOfWork, label_id: int, *, cause: str) -> None:
    """Note that the provider refused; a label that is bought or void stays so."""
    row = _held(uow, label_id)
    if row.state not in {LabelState.REQUESTED, LabelState.FAILED}:
        return
    row.state, row.failure = LABEL.after(row.state, LabelAction.FAIL), cause
    row.settled_at = uow.now
    row.version += 1
    uow.session.flush()
    _on_the_list(uow, row, cause)
    uow.emit(LabelFailed(order_id=row.order_id, label_id=row.id, box_id=row.box_id, cause=cause))
    uow.touch(f"order:{row.order_id}")


def ask_void(uow: UnitOfWork, label_id: int, *, version: int | None = None) -> LabelView:
    """Call a label off; its money is asked back by an effect. Asked again, nothing changes.

    Raises:
        NotFound: no such label.
        Stale: it is not as whoever asks saw it.
    """
    row = _held(uow, label_id)
    if row.state in {LabelState.VOIDING, LabelState.VOID}:
        return queries.label(uow.session, label_id)
    if version is not None and row.version != version:
        raise Stale("the label has changed since it was read")
    row.state, row.failure = LABEL.after(row.state, LabelAction.ASK_VOID), ""
    row.file, row.media_type = None, ""
    row.version += 1
    uow.session.flush()
    _off_the_list(uow, label_id)
    uow.emit(LabelVoidRequested(order_id=row.order_id, label_id=row.id))
    uow.touch(f"order:{row.order_id}")
    return queries.label(uow.session, label_id)


def keep_voided(uow: UnitOfWork, label_id: int) -> None:
    """Note that the provider has taken it back, or never sold it."""
    row = _held(uow, label_id)
    if row.state is not LabelState.VOIDING:
        return
    row.state, row.settled_at = LABEL.after(row.state, LabelAction.VOID), uow.now
    row.version += 1
    uow.session.flush()
    uow.emit(LabelVoided(order_id=row.order_id, label_id=row.id, box_id=row.box_id))


def note_kept_money(uow: UnitOfWork, label_id: int, *, cause: str) -> None:
    """Note that the provider does not take a label back: a person has to ask."""
    row = _held(uow, label_id)
    if row.state is LabelState.VOIDING:
        _on_the_list(uow, row, cause)


def _on_the_list(uow: UnitOfWork, row: Label, cause: str) -> None:
    fallout.record(
        uow,
        FalloutKind.LABEL,
        subject_id=row.id,
        step=LABEL_STEP,
        what=f"label {row.reference}",
        cause=WORDS.get(cause, WORDS["provider_refused"])["en"],
        owner="warehouse",
        attempts=1,
    )


def _off_the_list(uow: UnitOfWork, label_id: int) -> None:
    fallout.settle_for(uow, FalloutKind.LABEL, subject_id=label_id, step=LABEL_STEP)


def _held(uow: UnitOfWork, label_id: int, version: int | None = None) -> Label:
    row = locks.one(uow.session, Label, label_id)
    if version is not None and row.version != version:
        raise Stale("the label has changed since it was read")
    return row


def _next(uow: UnitOfWork, kind: DocumentKind) -> int:
    """The next number of a series, held until this transaction ends: given up, it is not used."""
    uow.session.execute(
        insert(Series).values(kind=kind, last=0).on_conflict_do_nothing(index_elements=["kind"])
    )
    return uow.session.execute(
        update(Series)
        .where(Series.kind == kind)
        .values(last=Series.last + 1)
        .returning(Series.last)
        .execution_options(synchronize_session=False)
    ).scalar_one()
