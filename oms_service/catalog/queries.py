"""Reading the catalogue: what orders and rules need to know of a variant."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Connection, Select, String, bindparam, func, or_, select
from sqlalchemy.orm import Session

from oms_service.catalog.models import Price, Product, Variant
from oms_service.infra.hot import Hot, among, named
from oms_service.infra.once import once
from oms_service.kernel.languages import Language, Words

Reader = Session | Connection

#: A search looks at so many words at most.
_MOST_WORDS: Final = 8


@dataclass(frozen=True)
class VariantView:
    """A variant with what its product says of it."""

    id: int
    sku: str
    name: Words
    options: Mapping[str, str]
    category: str
    tax_rate_bp: int
    is_final_sale: bool
    is_active: bool
    product_id: int
    #: The shop's words for the options, by language; most variants have none.
    option_words: Mapping[str, Mapping[str, str]]


@once
def variants(reader: Reader, variant_ids: Collection[int]) -> dict[int, VariantView]:
    """These variants by id, in one query."""
    return {one.id: one for one in _BY_IDS.all(reader, variant_ids=list(variant_ids))}


def variants_by_sku(reader: Reader, skus: Collection[str]) -> dict[str, VariantView]:
    """These variants by SKU, in one query; an unknown SKU is left out."""
    return {one.sku: one for one in _BY_SKU.all(reader, skus=list(skus))}


def variants_by_code(reader: Reader, codes: Collection[str]) -> dict[str, VariantView]:
    """Variants by what somebody typed or scanned: a SKU, or else a barcode; the unknown left out.

    Full-width characters and spaces around do not matter. A barcode that two variants share names
    neither.
    """
    asked = {code: unicodedata.normalize("NFKC", code).strip() for code in codes}
    wanted = set(asked.values()) - {""}
    by_sku = variants_by_sku(reader, wanted)
    rows = reader.execute(
        select(Variant.barcode, Variant.id).where(Variant.barcode.in_(wanted - by_sku.keys()))
    ).all()
    times = Counter(row.barcode for row in rows)
    ids = {row.barcode: row.id for row in rows if times[row.barcode] == 1}
    by_id = variants(reader, set(ids.values()))
    known = by_sku | {barcode: by_id[variant_id] for barcode, variant_id in ids.items()}
    return {code: known[plain] for code, plain in asked.items() if plain in known}


def search(reader: Reader, text: str, *, limit: int = 100) -> tuple[VariantView, ...]:
    """Variants whose SKU, barcode or name, in either language, holds each of the words."""
    words = unicodedata.normalize("NFKC", text).split()
    if not words:
        return ()
    query = _query().order_by(Variant.sku).limit(limit)
    for word in words[:_MOST_WORDS]:
        query = query.where(
            or_(
                Variant.sku.icontains(word, autoescape=True),
                Variant.barcode == word,
                *(
                    Product.name[str(language)].astext.icontains(word, autoescape=True)
                    for language in Language
                ),
            )
        )
    return tuple(VariantView(*row) for row in reader.execute(query))


def prices(
    reader: Reader, variant_ids: Collection[int], *, currency: str, channel_id: int
) -> dict[int, int]:
    """What these variants cost in a channel, in minor units; its own price wins."""
    return dict(
        _PRICES.all(reader, variant_ids=list(variant_ids), currency=currency, channel_id=channel_id)
    )


def option_words(
    reader: Reader, variant_ids: Collection[int]
) -> dict[int, Mapping[str, Mapping[str, str]]]:
    """The shop's words for options and their values by language, by variant; most have none."""
    rows = _OPTION_WORDS.all(reader, variant_ids=list(variant_ids))
    return {row.id: row.option_words for row in rows}


def siblings(reader: Reader, variant_ids: Collection[int]) -> dict[int, tuple[VariantView, ...]]:
    """The other variants of the same product that are sold, by variant, in one query."""
    of = select(Variant.id.label("of"), Variant.product_id).where(Variant.id.in_(variant_ids))
    known = of.subquery()
    found: dict[int, list[VariantView]] = {}
    query = (
        _query()
        .add_columns(known.c.of)
        .join(known, (known.c.product_id == Variant.product_id) & (known.c.of != Variant.id))
        .where(Variant.is_active, Product.is_active)
        .order_by(known.c.of, Variant.id)
    )
    for *columns, of_id in reader.execute(query):
        found.setdefault(of_id, []).append(VariantView(*columns))
    return {variant_id: tuple(views) for variant_id, views in found.items()}


def _query() -> Select[int, str, Words, dict[str, str], str, int, bool, bool, int, Any]:
    return select(
        Variant.id,
        Variant.sku,
        Product.name,
        Variant.options,
        Product.category,
        Variant.tax_rate_bp,
        Product.is_final_sale,
        Variant.is_active & Product.is_active,
        Variant.product_id,
        Variant.option_words,
    ).join(Product, Product.id == Variant.product_id)


def _price(variant_id: int, amount_minor: int) -> tuple[int, int]:
    return variant_id, amount_minor


_BY_IDS: Final = Hot(_query().where(Variant.id == among("variant_ids")), VariantView)
_OPTION_WORDS: Final = named(
    select(Variant.id, Variant.option_words).where(Variant.id == among("variant_ids"))
)
_BY_SKU: Final = Hot(
    _query().where(Variant.sku == func.any(bindparam("skus", type_=ARRAY(String)))), VariantView
)
_PRICES: Final = Hot(
    select(Price.variant_id, Price.amount_minor)
    .where(
        Price.variant_id == func.any(bindparam("variant_ids", type_=ARRAY(BigInteger))),
        Price.currency == bindparam("currency"),
        Price.channel_id.is_(None) | (Price.channel_id == bindparam("channel_id")),
    )
    .order_by(Price.channel_id.asc().nulls_first()),
    _price,
)
