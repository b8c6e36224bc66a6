"""Telephone numbers that customers have proven, and the codes that prove them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PERSONAL, PLAIN, Key, Model, ref


class SmsNumber(Model):
    """The number that a customer has proven; a number is one customer's, a customer has one.

    A record that was merged away may keep one of its own, to which nothing is sent.
    """

    __tablename__ = "sms_numbers"
    __table_args__ = (
        Index("uq_sms_numbers_customer_id", "customer_id", unique=True),
        Index("uq_sms_numbers_number", "number", unique=True),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    #: As E.164 has it, such as +819012345678.
    number: Mapped[str] = mapped_column(String(16), info=PERSONAL)
    proven_at: Mapped[datetime]


class SmsCode(Model):
    """A code sent to a number that a customer says is theirs; a few tries, a few minutes."""

    __tablename__ = "sms_codes"
    __table_args__ = (
        Index("ix_sms_codes_customer_id", "customer_id", "id"),
        CheckConstraint("attempts >= 0", name="attempts"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    number: Mapped[str] = mapped_column(String(16), info=PERSONAL)
    digest: Mapped[str] = mapped_column(String(64), info=PLAIN)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
