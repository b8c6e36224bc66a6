"""What the shop sells: found by its name, with what of it is there."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from bots.answers import facts, finding, queries
from bots.answers.states import Topic
from bots.dialogue.contracts.answering import (
    AnswerData,
    PlaceData,
    ShownVariantData,
)
from bots.dialogue.turns import Data, Result
from bots.goods import matching
from bots.skills import answering
from bots.skills.context import Context, Skill, money, public
from oms_service.catalog import queries as catalog
from oms_service.catalog import window
from oms_service.catalog.window import ProductView, ShownVariant
from oms_service.inventory import papers, places
from oms_service.inventory import queries as stock
from oms_service.inventory.places import ShippingPoint
from oms_service.inventory.queries import Availability
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, Words, say
from oms_service.kernel.money import Money
from oms_service.operations.pickup import readiness
from oms_service.orders import queries as orders
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView, RuleView
from oms_service.sales.states import SellingMode
from oms_service.web import formats

#: More products than a shop of this kind has; the newest come first.
_MOST_PRODUCTS: Final = 5_000
#: As many as fit on one screen.
_MOST_OFFERED: Final = 8
_MOST_VARIANTS: Final = 200

T = TypeVar("T")


@dataclass(frozen=True)
class _Window:
    """A product with its choices, and what of each may be promised now."""

    product: ProductView
    variants: tuple[ShownVariant, ...]
    there: Mapping[int, Availability]
    channel: ChannelView | None

    @property
    def buffer(self) -> int:
        return self.channel.stock_buffer if self.channel else 0


def find_product(context: Context, given: Data) -> Result:
    """The product that is meant, with its choices and what of them may be promised now."""
    sold = {one.id: one for one in window.products(context.uow.session, limit=_MOST_PRODUCTS)}
    found = [one for one in _meant(context, given, sold) if one in sold]
    if not found:
        return Result("find_product", "none")
    if len(found) > 1:
        shown = [{"product": sold[one].code, "name": dict(sold[one].name)} for one in found]
        return Result("find_product", "several", {"products": shown[:_MOST_OFFERED]})
    return Result("find_product", "ok", _shown(context, sold[found[0]], given["words"]))


def _meant(context: Context, given: Data, sold: Mapping[int, ProductView]) -> Collection[int]:
    """By id where it was chosen, else by a code that stands in the words, else by name."""
    if given["product"] is not None:
        return tuple(one.id for one in sold.values() if one.code == given["product"])
    words = given["words"]
    by_name = {one.id: one.name for one in sold.values()}
    return _by_code(context, words) or matching.find(words, by_name)


def _by_code(context: Context, words: str) -> tuple[int, ...]:
    """The product of a SKU or barcode that stands in the words."""
    typed = {one.strip(".,?!。、「」") for one in unicodedata.normalize("NFKC", words).split()}
    codes = {
        code for one in typed for code in (one, one.upper()) if any(sign.isdigit() for sign in one)
    }
    known = catalog.variants_by_code(context.uow.session, codes) if codes else {}
    return tuple(dict.fromkeys(one.product_id for one in known.values()))


def _shown(context: Context, product: ProductView, words: str) -> Data:
    session = context.uow.session
    variants = window.variants(session, product.id)[:_MOST_VARIANTS]
    channel = facts.home(session)
    there = stock.to_promise(
        session, [one.id for one in variants], buffer=channel.stock_buffer if channel else 0
    )
    seen = _Window(product, variants, there, channel)
    choice = matching.choose(words, {one.id: _called(one) for one in variants}, product.name)
    fitting = [one for one in variants if one.id in choice.fitting]
    points = {point.id: point for point in places.pickup_points(session)}
    placed = _placed(points, seen, fitting)
    return {
        "product": product.code,
        "name": dict(product.name),
        "description": dict(product.description),
        "category": product.category,
        "variants": _variants(context, seen, fitting),
        "count": len(variants),
        "count_there": sum(there[one.id].overall > 0 for one in variants),
        "is_narrowed": choice.is_named,
        "lacking": _listing(choice.lacking),
        "options": _options(variants),
        "shops": _listing([points[of].name for of, one in placed.items() if one["units"]]),
        "place": _place(context, seen, fitting, points, words),
        "weight_g": _alike([one.weight_g for one in fitting]),
        "size_mm": _alike([_size(one) for one in fitting]),
        "is_final_sale": product.is_final_sale,
        "answer": _answer(context, product, words),
    }


def _called(variant: ShownVariant) -> dict[str, tuple[str, ...]]:
    """Each choice of a variant as it is kept, and as customers of each language read it."""
    called: dict[str, tuple[str, ...]] = {name: (value,) for name, value in variant.options.items()}
    for language in Language:
        for name, value in variant.words(language).items():
            called[f"{language}:{name}"] = (value,)
    return called


def _variants(
    context: Context, seen: _Window, fitting: Sequence[ShownVariant]
) -> list[ShownVariantData]:
    session, channel = context.uow.session, seen.channel
    ids = [one.id for one in fitting]
    prices, rules = {}, dict[int, RuleView]()
    if channel is not None:
        prices = catalog.prices(session, ids, currency=channel.currency, channel_id=channel.id)
        rules = sales.selling_rules(session, ids, channel.id)
    today = context.uow.now.astimezone(context.runtime.settings.zone).date()
    coming = {
        variant_id: day
        for variant_id, (_units, day) in papers.expected(session, ids).items()
        if day >= today
    }
    return [
        {
            "options": {str(language): one.said(language) for language in Language},
            "units": seen.there[one.id].overall,
            "price": money(Money(prices[one.id], channel.currency))
            if channel is not None and one.id in prices
            else None,
            "ships_by": _day(rules.get(one.id), today),
            "sells_ahead": _sells_ahead(context, rules.get(one.id)),
            "expected_on": coming[one.id].isoformat() if one.id in coming else None,
        }
        for one in fitting
    ]


def _sells_ahead(context: Context, rule: RuleView | None) -> bool:
    """Whether one more may be ordered though none is there."""
    if rule is None or rule.mode is SellingMode.IN_STOCK:
        return False
    if rule.limit_units is None:
        return True
    taken = orders.waiting_units(context.uow.session, rule.variant_id, channel_id=rule.channel_id)
    return taken < rule.limit_units


def _day(rule: RuleView | None, today: date) -> str | None:
    if rule is None or rule.mode is SellingMode.IN_STOCK or rule.ships_by is None:
        return None
    return rule.ships_by.isoformat() if rule.ships_by >= today else None


def _placed(
    points: Mapping[int, ShippingPoint], seen: _Window, fitting: Sequence[ShownVariant]
) -> dict[int, PlaceData]:
    """What of the choices is where customers fetch things, by location."""
    return {
        point.id: {
            "name": point.name,
            "units": sum(seen.there[one.id].by_location.get(point.id, 0) for one in fitting),
        }
        for point in points.values()
    }


def _place(
    context: Context,
    seen: _Window,
    fitting: Sequence[ShownVariant],
    points: Mapping[int, ShippingPoint],
    words: str,
) -> PlaceData | None:
    """The place that was named, and by when something would be ready there."""
    named = matching.find(words, {point.id: point.name for point in points.values()})
    if len(named) != 1:
        return None
    (point_id,) = named
    at_hand = [one for one in fitting if seen.there[one.id].by_location.get(point_id, 0)]
    ready = _ready_by(context, seen, point_id, at_hand[0].id) if at_hand else None
    return {**_placed(points, seen, fitting)[point_id], "ready_by": ready}


def _ready_by(context: Context, seen: _Window, point_id: int, variant_id: int) -> str | None:
    """By when one piece would be ready there, if it were ordered now."""
    try:
        found = readiness.in_shop(
            context.uow.session,
            point_id,
            {variant_id: 1},
            buffer=seen.buffer,
            now=context.uow.now,
        )
    except Invalid:
        return None
    return found.ready_by.isoformat()


def _options(variants: Sequence[ShownVariant]) -> list[dict[str, str]]:
    """Every option with its values, as customers read them: ``色: 白、黒``."""
    told: dict[Language, list[list[str]]] = {}
    for language in Language:
        values: dict[str, list[str]] = {}
        for one in variants:
            for name, value in one.words(language).items():
                known = values.setdefault(name, [])
                if value not in known:
                    known.append(value)
        told[language] = [[name, *of] for name, of in values.items()]
    return [
        {
            str(language): f"{rows[place][0]}: {formats.listing(rows[place][1:], language)}"
            for language, rows in told.items()
            if place < len(rows)
        }
        for place in range(max(map(len, told.values()), default=0))
    ]


def _answer(context: Context, product: ProductView, words: str) -> AnswerData | None:
    """What the shop itself answers about this product, else about products in general."""
    known = queries.answers(context.uow.session, topics=[Topic.PRODUCTS])
    for owner in (product.id, None):
        candidates = {one.code: one for one in known if one.product_id == owner}
        samples = {
            code: [q for said in one.questions.values() for q in said]
            for code, one in candidates.items()
        }
        keys = finding.find(words, samples).keys
        if keys:
            return answering.filled(context, candidates[keys[0]], None)
    return None


def _listing(names: Sequence[Words]) -> dict[str, str] | None:
    """Names in a row, in each language; None for none."""
    if not names:
        return None
    return {
        str(language): formats.listing([say(one, language) for one in names], language)
        for language in Language
    }


def _size(variant: ShownVariant) -> list[int] | None:
    if variant.length_mm is None or variant.width_mm is None or variant.height_mm is None:
        return None
    return [variant.length_mm, variant.width_mm, variant.height_mm]


def _alike(values: Sequence[T | None]) -> T | None:
    """What all of them are; None where they differ or nobody measured them."""
    first = values[0] if values else None
    return first if all(one == first for one in values) else None


SKILLS: Final[Mapping[str, Skill]] = {
    "find_product": public(find_product),
}
