"""Sales channels as stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Code, Currency, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language, Words
from oms_service.sales.states import ChannelKind, TaxMode


class SalesChannel(Model):
    """One place the shop sells in, with what holds there."""

    __tablename__ = "sales_channels"
    __table_args__ = (CheckConstraint("stock_buffer >= 0", name="stock_buffer"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    kind: Mapped[ChannelKind] = mapped_column(enum_column(ChannelKind, "kind"))
    currency: Mapped[Currency]
    tax_mode: Mapped[TaxMode] = mapped_column(enum_column(TaxMode, "tax_mode"))
    zone: Mapped[str] = mapped_column(String(60), info=PLAIN)
    locale: Mapped[Language] = mapped_column(enum_column(Language, "locale"))
    stock_buffer: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)


class Policy(Model):
    """What may be done with orders of one channel, as data; the newest version in force holds.

    ``rules`` is read by ``operations.policy``; ``text`` is what customers read.
    """

    __tablename__ = "policies"
    __table_args__ = (
        Index("uq_policies_channel_id_kind_version", "channel_id", "kind", "version", unique=True),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ref("sales_channels.id"))
    kind: Mapped[Code]
    version: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    text: Mapped[Words] = mapped_column(info=PLAIN)
    in_force_from: Mapped[datetime]
