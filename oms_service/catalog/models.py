"""Products as stored; every name customers read is kept per language."""

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Code, Currency, Key, Minor, Model, ref
from oms_service.kernel.languages import Words


class Product(Model):
    """What a shop window shows: one thing with its choices."""

    __tablename__ = "products"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    description: Mapped[Words] = mapped_column(server_default=text("'{}'"), info=PLAIN)
    category: Mapped[Code] = mapped_column(default="")
    is_final_sale: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)


class Variant(Model):
    """What is stocked, sold and sent: a product with every choice made."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="tax_rate_bp"),
        CheckConstraint("weight_g >= 0", name="weight_g"),
        CheckConstraint("length_mm >= 0 AND width_mm >= 0 AND height_mm >= 0", name="size_mm"),
        CheckConstraint("cost_minor >= 0", name="cost_minor"),
        Index("ix_variants_product_id", "product_id"),
    )

    id: Mapped[Key]
    product_id: Mapped[int] = mapped_column(ref("products.id"))
    sku: Mapped[Code] = mapped_column(unique=True)
    #: The choices, in the product's order: ``{"color": "blue"}``; shown words per language.
    options: Mapped[dict[str, str]] = mapped_column(info=PLAIN)
    option_words: Mapped[Words] = mapped_column(server_default=text("'{}'"), info=PLAIN)
    tax_rate_bp: Mapped[int]
    cost_minor: Mapped[Minor | None]
    cost_currency: Mapped[Currency | None]
    weight_g: Mapped[int | None]
    length_mm: Mapped[int | None]
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    barcode: Mapped[str | None] = mapped_column(String(60), info=PLAIN)
    is_active: Mapped[bool] = mapped_column(default=True)


class Price(Model):
    """What a variant costs in one currency, or in one channel where that differs."""

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_minor"),
        Index(
            "uq_prices_variant_id_currency_channel_id",
            "variant_id",
            "currency",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Key]
    variant_id: Mapped[int] = mapped_column(ref("variants.id"))
    currency: Mapped[Currency]
    channel_id: Mapped[int | None] = mapped_column(ref("sales_channels.id"))
    amount_minor: Mapped[Minor]


class Box(Model):
    """A box the shop packs into, as it can be bought again; inner measures."""

    __tablename__ = "boxes"
    __table_args__ = (
        CheckConstraint("length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="size_mm"),
        CheckConstraint("wall_mm >= 0", name="wall_mm"),
        CheckConstraint("tare_g >= 0 AND max_weight_g > 0", name="weight_g"),
        CheckConstraint("cost_minor >= 0", name="cost_minor"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words] = mapped_column(info=PLAIN)
    length_mm: Mapped[int]
    width_mm: Mapped[int]
    height_mm: Mapped[int]
    #: Of one wall: the outside is twice this longer.
    wall_mm: Mapped[int] = mapped_column(default=3)
    #: Of what is in it, and of the box itself.
    max_weight_g: Mapped[int]
    tare_g: Mapped[int]
    #: In the currency of whoever compares: only which box costs less counts.
    cost_minor: Mapped[Minor]
    is_active: Mapped[bool] = mapped_column(default=True)
