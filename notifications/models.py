"""Notices as stored: what is to be told to whom, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.states import NoticeState
from oms_service.infra.db import PERSONAL, PLAIN, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class Notice(Model):
    """One fact told to one customer. ``key`` makes telling it twice impossible."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_customer_id_template_at", "customer_id", "template", "at"),
        Index("ix_notices_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
        CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="due_at"),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    order_id: Mapped[int | None] = mapped_column(ref("orders.id"), index=True)
    template: Mapped[Code]
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    #: Where it was told; empty until it is.
    channel: Mapped[Code] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    state: Mapped[NoticeState] = mapped_column(enum_column(NoticeState, "state"))
    #: Why it was not spoken; empty when it was.
    why: Mapped[Code] = mapped_column(default="")
    message_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    at: Mapped[datetime]
    #: When a notice that waits for the morning is to be spoken.
    due_at: Mapped[datetime | None]
