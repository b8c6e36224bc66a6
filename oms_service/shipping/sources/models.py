"""What the shop has said about its sources of scans, and what still waits to be placed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Code, Key, Model, enum_column, ref
from oms_service.shipping.sources.states import Asking, Form
from oms_service.shipping.states import CarrierStatus


class ScanMapping(Model):
    """How one kind of file or body is read; data the shop edits.

    ``rules`` is read by ``sources.rules``, which says its form. ``version`` grows with each edit.
    """

    __tablename__ = "scan_mappings"
    __table_args__ = (
        Index("uq_scan_mappings_name", "name", unique=True),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[Key]
    name: Mapped[Code]
    form: Mapped[Form] = mapped_column(enum_column(Form, "form"))
    rules: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class CarrierWording(Model):
    """What a carrier's words mean, as a colleague said; it wins where an adapter knows nothing.

    ``words`` are folded: full-width and half-width, large and small are one.
    """

    __tablename__ = "carrier_wordings"
    __table_args__ = (
        Index("uq_carrier_wordings_carrier_words", "carrier", "words", unique=True),
        CheckConstraint("status <> 'unknown'", name="known"),
    )

    id: Mapped[Key]
    carrier: Mapped[Code]
    words: Mapped[str] = mapped_column(String(200), info=PLAIN)
    status: Mapped[CarrierStatus] = mapped_column(enum_column(CarrierStatus, "status"))
    reason: Mapped[Code] = mapped_column(default="")
    said_at: Mapped[datetime]


class WaitingNumber(Model):
    """A number in a body that no parcel has yet; its scans are in the body."""

    __tablename__ = "waiting_numbers"
    __table_args__ = (
        Index(
            "uq_waiting_numbers_carrier_tracking_key_inbound_id",
            "carrier",
            "tracking_key",
            "inbound_id",
            unique=True,
        ),
        Index("ix_waiting_numbers_inbound_id", "inbound_id"),
        CheckConstraint("scans > 0", name="scans"),
    )

    id: Mapped[Key]
    carrier: Mapped[Code]
    tracking_key: Mapped[str] = mapped_column(String(60), info=PLAIN)
    inbound_id: Mapped[int] = mapped_column(ref("inbound_bodies.id"))
    scans: Mapped[int]
    since: Mapped[datetime]


class Poll(Model):
    """When a carrier is asked about a parcel next; ``source`` says whom.

    ``failures`` counts since the last answer and stretches the wait.
    """

    __tablename__ = "polls"
    __table_args__ = (
        Index("ix_polls_next_at", "next_at", postgresql_where=text("state = 'asking'")),
        CheckConstraint("failures >= 0", name="failures"),
    )

    parcel_id: Mapped[int] = mapped_column(ref("parcels.id"), primary_key=True)
    source: Mapped[Code]
    state: Mapped[Asking] = mapped_column(enum_column(Asking, "state"))
    next_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    #: Why the last try failed: a code, never what the other side said.
    failure: Mapped[Code] = mapped_column(default="")
