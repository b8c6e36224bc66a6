"""Variants as hands and scales know them: what is scanned, what it weighs and measures."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, or_, select
from sqlalchemy.orm import Session

from oms_service.catalog.models import Product, Variant
from oms_service.kernel.languages import Words

Reader = Session | Connection

#: As the longest column that is compared holds it.
LONGEST_CODE = 60


@dataclass(frozen=True)
class Goods:
    """One variant; what nobody measured is None. Millimetres and grams."""

    variant_id: int
    sku: str
    barcode: str | None
    name: Words
    options: Mapping[str, str]
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None

    @property
    def size_mm(self) -> tuple[int, int, int] | None:
        if not (self.length_mm and self.width_mm and self.height_mm):
            return None
        return self.length_mm, self.width_mm, self.height_mm

    def is_called(self, code: str) -> bool:
        """Whether a scanned or typed code means these goods: their barcode or SKU."""
        return scanned(code) in {scanned(self.sku), scanned(self.barcode or self.sku)}


def scanned(code: str) -> str:
    """A code as scanners and thumbs give it, made comparable."""
    return unicodedata.normalize("NFKC", code).strip().upper()


def goods(reader: Reader, variant_ids: Collection[int]) -> dict[int, Goods]:
    """These variants by id, in one query."""
    if not variant_ids:
        return {}
    return {
        row.id: Goods(*row) for row in reader.execute(_query().where(Variant.id.in_(variant_ids)))
    }


def called(reader: Reader, code: str) -> tuple[Goods, ...]:
    """Everything in the catalogue that a scanned code means; usually one, or nothing."""
    wanted = scanned(code)
    if not wanted or len(wanted) > LONGEST_CODE or "\0" in wanted:
        return ()
    named = or_(func.upper(Variant.sku) == wanted, func.upper(Variant.barcode) == wanted)
    found = reader.execute(_query().where(named).order_by(Variant.id).limit(5))
    return tuple(Goods(*row) for row in found)


def _query() -> Select[
    int,
    str,
    str | None,
    Words,
    dict[str, str],
    int | None,
    int | None,
    int | None,
    int | None,
]:
    return select(
        Variant.id,
        Variant.sku,
        Variant.barcode,
        Product.name,
        Variant.options,
        Variant.weight_g,
        Variant.length_mm,
        Variant.width_mm,
        Variant.height_mm,
    ).join(Product, Product.id == Variant.product_id)
