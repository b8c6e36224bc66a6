"""What is in stock, by location: of the lines of an order, or of what somebody looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.slack import values
from bots.slack.blocks import fitting, ordered
from bots.slack.blocks.bricks import Block, asked, context, line, section
from bots.slack.blocks.fitting import more
from bots.slack.blocks.speaking import Voice, shortened
from bots.slack.blocks.texts import Mark, bold, joined
from cases.desk.page import CasePage
from oms_service.catalog.queries import VariantView
from oms_service.inventory.queries import LevelView, LocationView
from oms_service.kernel.languages import Words
from oms_service.web.texts import gettext, ngettext

#: A view says so many products, each with so many locations.
MOST_GOODS: Final = 40
MOST_PLACES: Final = 12


@dataclass(frozen=True)
class Goods:
    """Something that is kept: what it is called, and how many an order wants of it."""

    variant_id: int
    title: str
    sku: str
    wanted: int = 0


@dataclass(frozen=True)
class Kept:
    """What is kept where; ``locations`` are those in use, of others nothing is said."""

    levels: Sequence[LevelView]
    locations: Sequence[LocationView]


def of_page(page: CasePage, voice: Voice) -> list[Goods]:
    """What the order of a case is made of."""
    lines = page.panel.lines if page.panel else ()
    return [
        Goods(one.variant_id, ordered.title(one, voice), one.sku, one.counters.wanted)
        for one in lines
    ]


def of_variants(found: Sequence[VariantView], voice: Voice) -> list[Goods]:
    """What was looked for."""
    goods = []
    for one in found:
        words = one.option_words.get(voice.code, {})
        chosen = " / ".join(words.values() or one.options.values())
        name = voice.say(one.name)
        goods.append(Goods(one.id, f"{name} ({chosen})" if chosen else name, one.sku))
    return goods


def stock(
    goods: Sequence[Goods],
    kept: Kept,
    voice: Voice,
    *,
    case_id: int = 0,
    version: int = 0,
    searched: str = "",
) -> dict[str, Any]:
    """What may be promised of each, by location; field ``query`` looks for something else."""
    places = {one.id: one.name for one in kept.locations}
    by_variant: dict[int, list[LevelView]] = {}
    for level in kept.levels:
        if level.location_id in places:
            by_variant.setdefault(level.variant_id, []).append(level)
    field = line("query", given=searched, placeholder=_("A name or a SKU"), most=80)
    blocks: list[Block] = [asked(_("Look for a product"), field, is_needed=False)]
    blocks += [
        section(_of(one, by_variant.get(one.variant_id, []), places, voice))
        for one in goods[:MOST_GOODS]
    ]
    if not goods:
        blocks.append(section(_("Nothing fits. Try part of the name, or the SKU.")))
    if len(goods) > MOST_GOODS:
        blocks.append(context(more(len(goods) - MOST_GOODS)))
    return fitting.modal(
        "case:stock",
        _("Stock by location"),
        blocks,
        memory=values.encode(case_id, version),
        submit=_("Search"),
    )


def _of(one: Goods, levels: Sequence[LevelView], places: Mapping[int, Words], voice: Voice) -> Mark:
    free = sum(max(0, level.available) for level in levels)
    coming = sum(level.incoming for level in levels)
    number = voice.said.number
    total = _("%(count)s in stock") % {"count": number(free)} if free else f"⚠️ {_('None in stock')}"
    said = [total]
    if coming:
        said.append(_("%(count)s on the way") % {"count": number(coming)})
    if one.wanted:
        said.append(ngettext("the order wants %(num)s", "the order wants %(num)s", one.wanted))
    here = [
        f"{shortened(voice.say(places[level.location_id]))}: {number(max(0, level.available))}"
        for level in levels
        if level.available > 0
    ]
    rest = [more(len(here) - MOST_PLACES)] if len(here) > MOST_PLACES else []
    head = joined([bold(shortened(one.title)), shortened(one.sku, 60)])
    return joined([head, joined(said), joined([*here[:MOST_PLACES], *rest])], "\n")


def _(text: str) -> str:
    return str(gettext(text))
