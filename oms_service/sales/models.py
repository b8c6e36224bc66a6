"""Sales channels as stored."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Code, Currency, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language, Words
from oms_service.sales.states import ChannelKind, SellingMode, TaxMode


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

    ``rules`` is read by ``operations.rules.policy``; ``text`` is what customers read.
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


class SellingRule(Model):
    """How a variant is sold once its stock is gone: everywhere, or in one channel, which wins.

    The limit is of units that wait at one time, or of all that were sold before the goods came
    where it is a pre-order; ``operations.placement.selling`` counts them under this row's lock.
    """

    __tablename__ = "selling_rules"
    __table_args__ = (
        CheckConstraint("limit_units >= 0", name="limit_units"),
        CheckConstraint("mode <> 'preorder' OR ships_by IS NOT NULL", name="preorder_has_a_day"),
        Index(
            "uq_selling_rules_variant_id_channel_id",
            "variant_id",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_selling_rules_channel_id", "channel_id"),
    )

    id: Mapped[Key]
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    channel_id: Mapped[int | None] = mapped_column(ref("sales_channels.id"))
    mode: Mapped[SellingMode] = mapped_column(enum_column(SellingMode, "mode"))
    limit_units: Mapped[int | None]
    #: The day by which what waits leaves, as far as is known.
    ships_by: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
