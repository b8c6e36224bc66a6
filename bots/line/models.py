"""What is kept of LINE besides the conversations themselves."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, Code, Key, Model, ref


class LineAccount(Model):
    """Somebody on LINE: the sender, the customer they have linked it to, and if we are blocked."""

    __tablename__ = "line_accounts"
    __table_args__ = (
        Index("uq_line_accounts_identity_id", "identity_id", unique=True),
        Index("ix_line_accounts_customer_id", "customer_id"),
        CheckConstraint("(customer_id IS NULL) = (linked_at IS NULL)", name="linked_at"),
    )

    id: Mapped[Key]
    identity_id: Mapped[int] = mapped_column(ref("channel_identities.id"))
    customer_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    linked_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LineEvent(Model):
    """One webhook event. LINE's id makes it one row however often it is delivered.

    ``content`` is what it says; it is emptied once the event has been dealt with. ``reply_token``
    answers it free of charge, once and soon; it is emptied when somebody takes it.
    """

    __tablename__ = "line_events"
    __table_args__ = (
        Index("uq_line_events_event_key", "event_key", unique=True),
        Index("ix_line_events_account_id", "account_id"),
        Index(
            "ix_line_events_waiting",
            "account_id",
            "happened_at",
            "id",
            postgresql_where=text("handled_at IS NULL"),
        ),
        Index("ix_line_events_received_at", "received_at"),
        CheckConstraint("handled_at IS NULL OR content = '{}'", name="content"),
    )

    id: Mapped[Key]
    event_key: Mapped[str] = mapped_column(String(64), info=PLAIN)
    account_id: Mapped[int] = mapped_column(ref("line_accounts.id"))
    kind: Mapped[Code]
    content: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    reply_token: Mapped[str] = mapped_column(String(100), default="", info=PLAIN)
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    handled_at: Mapped[datetime | None]


class LineNonce(Model):
    """The number used once that links an account: its digest, for whom it was made, until when."""

    __tablename__ = "line_nonces"
    __table_args__ = (
        Index("uq_line_nonces_digest", "digest", unique=True),
        Index("ix_line_nonces_account_id", "account_id"),
        Index("ix_line_nonces_customer_id", "customer_id"),
        Index("ix_line_nonces_expires_at", "expires_at"),
        CheckConstraint("expires_at > made_at", name="expires_at"),
    )

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), info=PLAIN)
    account_id: Mapped[int] = mapped_column(ref("line_accounts.id"))
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LineMonth(Model):
    """What LINE said of a month's messages: how many are allowed (None: any) and were sent."""

    __tablename__ = "line_months"
    __table_args__ = (
        Index("uq_line_months_month", "month", unique=True),
        CheckConstraint("used >= 0 AND (allowance IS NULL OR allowance >= 0)", name="used"),
    )

    id: Mapped[Key]
    #: As in Japan, where LINE counts: ``2026-11``.
    month: Mapped[str] = mapped_column(String(7), info=PLAIN)
    allowance: Mapped[int | None]
    used: Mapped[int]
    #: LINE has refused one for this reason, whatever the figures say.
    is_used_up: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime]
