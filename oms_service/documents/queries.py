"""Reading documents and labels: frozen views, and the PDF of a document as it was issued."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select
from sqlalchemy.orm import Session

from oms_service.documents import facts
from oms_service.documents.models import Document, Label
from oms_service.documents.papers import Bill
from oms_service.documents.states import LIVE, DocumentKind, LabelState
from oms_service.infra.hot import named
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money

Reader = Session | Connection


@dataclass(frozen=True)
class DocumentView:
    """One issued document. ``recipient`` and ``purpose`` are personal, empty once erased."""

    id: int
    number: str
    kind: DocumentKind
    order_id: int
    refund_id: int | None
    about_id: int | None
    language: Language
    total: Money
    facts: Mapping[str, Any]
    recipient: str
    purpose: str
    sha256: str
    issued_at: datetime
    handed_out_at: datetime | None

    def bill(self, *, is_reissue: bool = False) -> Bill:
        return facts.read(
            self.facts,
            number=self.number,
            recipient=self.recipient,
            purpose=self.purpose,
            is_reissue=is_reissue,
        )

    def pdf(self, *, is_reissue: bool = False) -> bytes:
        """The same bytes whenever it is asked for; a reissue says that it is one."""
        from oms_service.documents import bills  # noqa: PLC0415 - loads the PDF library

        return bills.bill(self.bill(is_reissue=is_reissue))


@dataclass(frozen=True)
class LabelView:
    """A carrier's label of one box; ``failure`` is a code, empty unless it failed."""

    id: int
    reference: str
    box_id: int
    order_id: int
    carrier: str
    service: str
    state: LabelState
    provider_ref: str
    tracking_number: str
    cost: Money | None
    media_type: str
    failure: str
    requested_at: datetime
    settled_at: datetime | None
    version: int
    has_file: bool


_DOCUMENT: Final = (
    Document.id,
    Document.number,
    Document.kind,
    Document.order_id,
    Document.refund_id,
    Document.about_id,
    Document.language,
    Document.currency,
    Document.total_minor,
    Document.facts,
    Document.recipient,
    Document.purpose,
    Document.sha256,
    Document.issued_at,
    Document.handed_out_at,
)
_OF_ORDER: Final = named(
    select(*_DOCUMENT).where(Document.order_id == bindparam("order_id")).order_by(Document.id)
)
_LABEL: Final = (
    Label.id,
    Label.reference,
    Label.box_id,
    Label.order_id,
    Label.carrier,
    Label.service,
    Label.state,
    Label.provider_ref,
    Label.tracking_number,
    Label.cost_minor,
    Label.currency,
    Label.media_type,
    Label.failure,
    Label.requested_at,
    Label.settled_at,
    Label.version,
    func.coalesce(func.length(Label.file) > 0, False).label("has_file"),
)


def documents_of(reader: Reader, order_id: int) -> tuple[DocumentView, ...]:
    """The documents of an order, the oldest first."""
    return tuple(_view(row) for row in _OF_ORDER.all(reader, order_id=order_id))


def document(reader: Reader, document_id: int) -> DocumentView:
    """One document by its id.

    Raises:
        NotFound: there is none.
    """
    return _one_document(reader, Document.id == document_id)


def by_number(reader: Reader, number: str) -> DocumentView:
    """One document by its number, in whatever case it was typed.

    Raises:
        NotFound: there is none.
    """
    wanted = number.strip().upper()
    if not wanted.isprintable():
        raise NotFound("no such document")
    return _one_document(reader, Document.number == wanted)


def naming_somebody(reader: Reader, order_ids: Collection[int]) -> tuple[DocumentView, ...]:
    """The documents of some orders on which a person stands."""
    named = (Document.recipient != "") | (Document.purpose != "")
    return _documents(reader, Document.order_id.in_(order_ids) & named)


def of_refund(reader: Reader, refund_id: int) -> DocumentView | None:
    """The credit note of a refund."""
    found = _documents(reader, Document.refund_id == refund_id)
    return found[0] if found else None


def label(reader: Reader, label_id: int) -> LabelView:
    """One label.

    Raises:
        NotFound: there is none.
    """
    found = _labels(reader, Label.id == label_id)
    if not found:
        raise NotFound("no such label")
    return found[0]


def live_label(reader: Reader, box_id: int) -> LabelView | None:
    """The label that a box has, or waits for."""
    found = _labels(reader, (Label.box_id == box_id) & Label.state.in_(LIVE))
    return found[0] if found else None


def failed_labels(reader: Reader, *, limit: int = 100) -> tuple[LabelView, ...]:
    """Labels that providers refused, the oldest first."""
    return _labels(reader, Label.state == LabelState.FAILED, limit=limit)


def label_file(reader: Reader, label_id: int) -> bytes | None:
    """The label as its provider made it; None where there is none, or it was erased."""
    return reader.execute(select(Label.file).where(Label.id == label_id)).scalar_one_or_none()


def _documents(reader: Reader, where: ColumnElement[bool]) -> tuple[DocumentView, ...]:
    rows = reader.execute(select(*_DOCUMENT).where(where).order_by(Document.id))
    return tuple(_view(row) for row in rows)


def _one_document(reader: Reader, where: ColumnElement[bool]) -> DocumentView:
    found = _documents(reader, where)
    if not found:
        raise NotFound("no such document")
    return found[0]


def _labels(
    reader: Reader, where: ColumnElement[bool], *, limit: int | None = None
) -> tuple[LabelView, ...]:
    rows = reader.execute(select(*_LABEL).where(where).order_by(Label.id).limit(limit))
    return tuple(_label_view(row) for row in rows)


def _view(row: Row[*tuple[Any, ...]]) -> DocumentView:
    return DocumentView(
        row.id,
        row.number,
        row.kind,
        row.order_id,
        row.refund_id,
        row.about_id,
        row.language,
        Money(row.total_minor, row.currency),
        row.facts,
        row.recipient,
        row.purpose,
        row.sha256,
        row.issued_at,
        row.handed_out_at,
    )


def _label_view(row: Row[*tuple[Any, ...]]) -> LabelView:
    cost = Money(row.cost_minor, row.currency) if row.currency else None
    return LabelView(
        row.id,
        row.reference,
        row.box_id,
        row.order_id,
        row.carrier,
        row.service,
        row.state,
        row.provider_ref,
        row.tracking_number,
        cost,
        row.media_type,
        row.failure,
        row.requested_at,
        row.settled_at,
        row.version,
        row.has_file,
    )
