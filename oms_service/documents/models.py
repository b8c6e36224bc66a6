"""Documents and labels as stored: the numbers given, what stood on each, and carriers' labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.documents.states import DocumentKind, LabelState
from oms_service.infra.db import (
    PERSONAL,
    PLAIN,
    ActorRef,
    Code,
    Currency,
    Key,
    Minor,
    Model,
    enum_column,
    ref,
)
from oms_service.kernel.languages import Language


class Series(Model):
    """The last number of each kind of document. Its row is held while a number is given."""

    __tablename__ = "document_series"
    __table_args__ = (CheckConstraint("last >= 0", name="last"),)

    kind: Mapped[DocumentKind] = mapped_column(enum_column(DocumentKind, "kind"), primary_key=True)
    last: Mapped[int]


class Document(Model):
    """One invoice, receipt or credit note as issued; it never changes, only erasure empties names.

    ``facts`` is everything that stands on it but for the recipient and the purpose they asked
    for; with these it makes the same bytes again, whose SHA-256 is ``sha256``.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("total_minor > 0", name="total"),
        CheckConstraint("(kind = 'credit_note') = (refund_id IS NOT NULL)", name="refund"),
        CheckConstraint("kind <> 'credit_note' OR about_id IS NOT NULL", name="about"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("kind = 'receipt' OR handed_out_at IS NULL", name="handed_out"),
        Index("ix_documents_order_id", "order_id", "id"),
        Index("uq_documents_refund_id", "refund_id", unique=True),
        Index("ix_documents_about_id", "about_id"),
    )

    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(20), unique=True, info=PLAIN)
    kind: Mapped[DocumentKind] = mapped_column(enum_column(DocumentKind, "kind"))
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    refund_id: Mapped[int | None] = mapped_column(ref("refunds.id"))
    #: The invoice that a credit note refers to, or that a correction replaces.
    about_id: Mapped[int | None] = mapped_column(ref("documents.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    currency: Mapped[Currency]
    total_minor: Mapped[Minor]
    facts: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    recipient: Mapped[str] = mapped_column(String(200), info=PERSONAL)
    purpose: Mapped[str] = mapped_column(String(100), default="", info=PERSONAL)
    sha256: Mapped[str] = mapped_column(String(64), info=PLAIN)
    issued_at: Mapped[datetime]
    issued_by: Mapped[ActorRef]
    #: When a receipt went out first; whatever goes out afterwards says that it is a reissue.
    handed_out_at: Mapped[datetime | None]


class Label(Model):
    """A carrier's label of one box, bought from a provider.

    ``reference`` names it there, so that asking again finds it instead of buying another.
    """

    __tablename__ = "labels"
    __table_args__ = (
        CheckConstraint("cost_minor >= 0", name="cost"),
        CheckConstraint(
            "state <> 'bought' OR (provider_ref <> '' AND tracking_number <> '')", name="bought"
        ),
        CheckConstraint("(state = 'failed') = (failure <> '')", name="failed"),
        Index(
            "uq_labels_box_id_live",
            "box_id",
            unique=True,
            postgresql_where=text("state IN ('requested', 'bought', 'failed')"),
        ),
        Index("ix_labels_order_id", "order_id"),
        Index("ix_labels_failed", "id", postgresql_where=text("state = 'failed'")),
    )

    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(60), unique=True, info=PLAIN)
    box_id: Mapped[int] = mapped_column(ref("packed_boxes.id"))
    order_id: Mapped[int] = mapped_column(ref("orders.id"))
    carrier: Mapped[Code]
    service: Mapped[Code]
    state: Mapped[LabelState] = mapped_column(enum_column(LabelState, "state"))
    provider_ref: Mapped[str] = mapped_column(String(80), default="", info=PLAIN)
    tracking_number: Mapped[str] = mapped_column(String(60), default="", info=PLAIN)
    cost_minor: Mapped[Minor | None]
    currency: Mapped[Currency | None]
    #: The label as the provider made it; name and address of the customer stand on it.
    file: Mapped[bytes | None] = mapped_column(LargeBinary, info=PERSONAL)
    media_type: Mapped[Code] = mapped_column(default="")
    #: Why the provider refused: a code.
    failure: Mapped[Code] = mapped_column(default="")
    requested_at: Mapped[datetime]
    requested_by: Mapped[ActorRef]
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
