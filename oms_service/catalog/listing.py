"""Lists of what is sold, by SKU or by a part of a name."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from oms_service.catalog.models import Product, Variant
from oms_service.catalog.queries import VariantView, variants
from oms_service.kernel import pages
from oms_service.kernel.pages import Page

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which variants: those that are sold, of these SKUs, or with ``typed`` in SKU or name."""

    typed: str = ""
    skus: Collection[str] = ()


def page(reader: Reader, wanted: Wanted, *, cursor: str = "", limit: int = 50) -> Page[VariantView]:
    """One page of variants, by SKU.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(Variant.id, Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.is_active, Product.is_active)
    )
    typed = wanted.typed.strip()
    if typed:
        query = query.where(
            or_(
                func.lower(Variant.sku).contains(typed.lower(), autoescape=True),
                func.lower(cast(Product.name, Text)).contains(typed.lower(), autoescape=True),
                Variant.barcode == typed,
            )
        )
    if wanted.skus:
        query = query.where(Variant.sku.in_(wanted.skus))
    if cursor:
        query = query.where(Variant.sku > str(pages.read(cursor, str)[0]))
    rows = reader.execute(query.order_by(Variant.sku).limit(limit + 1)).all()
    known = variants(reader, [row.id for row in rows])
    return pages.cut(rows, limit, shown=lambda row: known[row.id], key=lambda row: [row.sku])
