"""What a shop window shows: products that are sold, and the choices each comes in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.orm import Session

from oms_service.catalog.models import Product, Variant
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language, Words

Reader = Session | Connection


@dataclass(frozen=True)
class ProductView:
    """One thing with its choices."""

    id: int
    code: str
    name: Words
    description: Words
    category: str
    is_final_sale: bool


@dataclass(frozen=True)
class ShownVariant:
    """One choice of a product. Sizes in mm and weights in g are of the piece; None: not known."""

    id: int
    sku: str
    product_id: int
    options: Mapping[str, str]
    option_words: Mapping[str, Mapping[str, str]]
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None

    def words(self, language: Language) -> dict[str, str]:
        """The choices as customers read them: ``{"色": "紺"}``, or as they are kept."""
        return dict(self.option_words.get(language) or self.options)

    def said(self, language: Language) -> str:
        """The choices in a row: ``紺 / L``; empty where there are none."""
        return " / ".join(self.words(language).values())


_PRODUCT = (
    Product.id,
    Product.code,
    Product.name,
    Product.description,
    Product.category,
    Product.is_final_sale,
)
_VARIANT = (
    Variant.id,
    Variant.sku,
    Variant.product_id,
    Variant.options,
    Variant.option_words,
    Variant.weight_g,
    Variant.length_mm,
    Variant.width_mm,
    Variant.height_mm,
)


def products(reader: Reader, *, limit: int) -> tuple[ProductView, ...]:
    """What is sold, the newest first."""
    is_sold = select(Variant.id).where(Variant.product_id == Product.id, Variant.is_active).exists()
    rows = reader.execute(
        select(*_PRODUCT).where(Product.is_active, is_sold).order_by(Product.id.desc()).limit(limit)
    )
    return tuple(ProductView(*row) for row in rows)


def product(reader: Reader, product_id: int) -> ProductView:
    """One product, sold or not.

    Raises:
        NotFound: there is none.
    """
    return _one(reader, Product.id == product_id)


def product_by_code(reader: Reader, code: str) -> ProductView:
    """The product of that code.

    Raises:
        NotFound: there is none.
    """
    return _one(reader, Product.code == code)


def product_codes(reader: Reader, product_ids: set[int]) -> dict[int, str]:
    """The codes of some products, by id."""
    rows = reader.execute(select(Product.id, Product.code).where(Product.id.in_(product_ids)))
    return {row.id: row.code for row in rows}


def variants(reader: Reader, product_id: int) -> tuple[ShownVariant, ...]:
    """The choices of a product that are sold, in the order they were made."""
    rows = reader.execute(
        select(*_VARIANT)
        .where(Variant.product_id == product_id, Variant.is_active)
        .order_by(Variant.id)
    )
    return tuple(
        # As stored, this one column holds words by language and by option.
        ShownVariant(*row[:4], cast(Mapping[str, Mapping[str, str]], row.option_words), *row[5:])
        for row in rows
    )


def _one(reader: Reader, where: ColumnElement[bool]) -> ProductView:
    row = reader.execute(select(*_PRODUCT).where(where)).one_or_none()
    if row is None:
        raise NotFound("no such product")
    return ProductView(*row)
