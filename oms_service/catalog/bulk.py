"""The bulk door of the catalogue: products, variants and prices, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_service.catalog.models import Price, Product, Variant
from oms_service.infra import bulk
from oms_service.kernel.languages import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductRow:
    """A product as it should stand."""

    id: int
    code: str
    name: Words
    description: Words
    category: str = ""
    is_final_sale: bool = False
    is_active: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantRow:
    """A variant as it should stand."""

    id: int
    product_id: int
    sku: str
    options: dict[str, str]
    option_words: Mapping[str, Any]
    tax_rate_bp: int
    cost_minor: int | None = None
    cost_currency: str | None = None
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    barcode: str | None = None
    is_active: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceRow:
    """What a variant costs in one currency, or in one channel."""

    variant_id: int
    currency: str
    channel_id: int | None
    amount_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Sellable:
    """What an order line needs to know of a variant."""

    variant_id: int
    sku: str
    name: Words
    options: dict[str, str]
    tax_rate_bp: int


def reserve_products(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Product, count)


def reserve_variants(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Variant, count)


def add(
    session: Session,
    products: Sequence[ProductRow],
    variants: Sequence[VariantRow],
    prices: Sequence[PriceRow],
) -> None:
    bulk.insert(session, Product, products)
    bulk.insert(session, Variant, variants)
    bulk.insert(session, Price, prices)


def products(session: Session, codes: Iterable[str]) -> dict[str, ProductRow]:
    """The products that exist, by code."""
    found = session.scalars(select(Product).where(bulk.among(Product.code, codes)))
    return {
        row.code: ProductRow(
            id=row.id,
            code=row.code,
            name=row.name,
            description=row.description,
            category=row.category,
            is_final_sale=row.is_final_sale,
            is_active=row.is_active,
        )
        for row in found
    }


def variants(session: Session, skus: Iterable[str]) -> dict[str, VariantRow]:
    """The variants that exist, by SKU."""
    found = session.scalars(select(Variant).where(bulk.among(Variant.sku, skus)))
    return {
        row.sku: VariantRow(
            id=row.id,
            product_id=row.product_id,
            sku=row.sku,
            options=row.options,
            option_words=row.option_words,
            tax_rate_bp=row.tax_rate_bp,
            cost_minor=row.cost_minor,
            cost_currency=row.cost_currency,
            weight_g=row.weight_g,
            length_mm=row.length_mm,
            width_mm=row.width_mm,
            height_mm=row.height_mm,
            barcode=row.barcode,
            is_active=row.is_active,
        )
        for row in found
    }


def prices(
    session: Session, variant_ids: Iterable[int], currency: str, channel_id: int | None
) -> dict[int, int]:
    """What these variants cost now, where they have a price at all."""
    found = session.execute(
        select(Price.variant_id, Price.amount_minor).where(
            bulk.among(Price.variant_id, variant_ids),
            Price.currency == currency,
            Price.channel_id.is_not_distinct_from(channel_id),
        )
    )
    return {row.variant_id: row.amount_minor for row in found}


def sellable(session: Session, skus: Iterable[str]) -> dict[str, Sellable]:
    """What order lines copy from the catalogue, by SKU."""
    found = session.execute(
        select(Variant.id, Variant.sku, Product.name, Variant.options, Variant.tax_rate_bp)
        .join(Product, Product.id == Variant.product_id)
        .where(bulk.among(Variant.sku, skus))
    )
    return {
        row.sku: Sellable(
            variant_id=row.id,
            sku=row.sku,
            name=row.name,
            options=row.options,
            tax_rate_bp=row.tax_rate_bp,
        )
        for row in found
    }


def correct(
    session: Session,
    changed_products: Sequence[ProductRow],
    changed_variants: Sequence[VariantRow],
    changed_prices: Sequence[PriceRow],
) -> None:
    """Bring rows that exist to what a repeated load says."""
    if changed_products:
        session.execute(update(Product), [asdict(row) for row in changed_products])
    if changed_variants:
        session.execute(update(Variant), [asdict(row) for row in changed_variants])
    for row in changed_prices:
        session.execute(
            update(Price)
            .where(
                Price.variant_id == row.variant_id,
                Price.currency == row.currency,
                Price.channel_id.is_not_distinct_from(row.channel_id),
            )
            .values(amount_minor=row.amount_minor)
        )
