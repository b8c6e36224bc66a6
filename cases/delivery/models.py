"""Entries for calendars as they were handed out: what changes in one raises its number."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cases.delivery.states import EntryState
from oms_service.infra.db import Model, enum_column, ref


class CalendarEntry(Model):
    """One delivery of an order as calendars know it; ``part`` counts its parcels from 1."""

    __tablename__ = "calendar_entries"
    __table_args__ = (
        CheckConstraint("part > 0", name="part"),
        CheckConstraint("window_from <= window_until", name="window"),
        CheckConstraint("sequence >= 0", name="sequence"),
    )

    order_id: Mapped[int] = mapped_column(ref("orders.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    window_from: Mapped[datetime]
    window_until: Mapped[datetime]
    state: Mapped[EntryState] = mapped_column(enum_column(EntryState, "state"))
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
