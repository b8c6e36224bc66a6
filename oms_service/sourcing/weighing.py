"""What speaks for and against each location, as numbers to choose by and causes to tell: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from oms_service.sourcing.optimiser import Choice, Parts, Problem, Ranks


class Measure(StrEnum):
    """What choices are compared by."""

    #: Days after the promised day.
    LATE = "late"
    #: Locations after the first.
    SPLIT = "split"
    #: Shops that send.
    SHOP = "shop"
    #: Places down the list of preferred locations.
    PRIORITY = "priority"
    #: What carriers ask, in minor units.
    SHIPPING = "shipping"
    #: What packing there costs, in minor units.
    HANDLING = "handling"
    #: Days on the road.
    DAYS = "days"
    #: Lines, or parts of lines, that are packed on their own.
    PARTS = "parts"
    #: How much sooner than elsewhere stock would run out, in thousandths a part.
    RUNS_LOW = "runs_low"


class Code(StrEnum):
    """Why a location sends, or does not; ``operations.sources.sourcing_words`` has the words."""

    ONLY_ONE = "only_one"
    BEST = "best"
    BEST_TOGETHER = "best_together"
    CLOSED = "closed"
    DOES_NOT_SHIP = "does_not_ship"
    EXCLUDED = "excluded"
    NOT_ASKED = "not_asked"
    LEFT = "left"
    NO_STOCK = "no_stock"
    HAS_PART = "has_part"
    FARTHER = "farther"
    LATER = "later"
    SLOWER = "slower"
    IS_SHOP = "is_shop"
    LOWER_PRIORITY = "lower_priority"
    WOULD_SPLIT = "would_split"
    WOULD_SPLIT_LINES = "would_split_lines"
    WOULD_RUN_LOW = "would_run_low"
    COSTS_MORE_TO_PACK = "costs_more_to_pack"
    AS_GOOD = "as_good"
    NOT_NEEDED = "not_needed"


#: What to say when a choice with a location is worse by a measure; the first are said first.
_WORSE: Final[Mapping[Measure, Code]] = {
    Measure.LATE: Code.LATER,
    Measure.SPLIT: Code.WOULD_SPLIT,
    Measure.SHIPPING: Code.FARTHER,
    Measure.SHOP: Code.IS_SHOP,
    Measure.PRIORITY: Code.LOWER_PRIORITY,
    Measure.DAYS: Code.SLOWER,
    Measure.PARTS: Code.WOULD_SPLIT_LINES,
    Measure.RUNS_LOW: Code.WOULD_RUN_LOW,
    Measure.HANDLING: Code.COSTS_MORE_TO_PACK,
}
_PER_MILLE: Final = frozenset({Measure.RUNS_LOW})
#: Measures that may be judged before money, each on its own.
RANKABLE: Final = (Measure.LATE, Measure.SPLIT, Measure.SHOP, Measure.PRIORITY)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How choices are compared: what is judged first, and what the rest is worth in money.

    ``first`` are judged one after another before all else. ``minor`` is what one of a measure
    costs in minor units; of ``RUNS_LOW`` a thousand.
    """

    first: tuple[Measure, ...] = ()
    minor: Mapping[Measure, int]

    def ranks(self, amounts: Mapping[Measure, int]) -> Ranks:
        money = sum(
            amount * self.minor.get(measure, 0) // (1000 if measure in _PER_MILLE else 1)
            for measure, amount in amounts.items()
            if measure not in self.first
        )
        return (*(amounts.get(measure, 0) for measure in self.first), money)


@dataclass(frozen=True, kw_only=True)
class PlaceFacts:
    """One location that could send, and what using it comes to."""

    location_id: int
    amounts: Mapping[Measure, int] = field(hash=False)


def problem_of(
    wanted: Mapping[int, int],
    free: Mapping[tuple[int, int], int],
    places: Sequence[PlaceFacts],
    weights: Weights,
    *,
    cover: Mapping[tuple[int, int], int],
    most_locations: int | None,
) -> Problem:
    """The question for the optimiser.

    Args:
        wanted: units by variant.
        free: units by (variant, location).
        places: the candidates; the first wins where all else is equal.
        weights: the rules.
        cover: for how long each level lasts, in whatever unit; more is better.
        most_locations: the rules' limit.
    """
    return Problem(
        wanted=wanted,
        free=free,
        locations=[place.location_id for place in places],
        costs={place.location_id: weights.ranks(place.amounts) for place in places},
        split=weights.ranks({Measure.SPLIT: 1}),
        parts={
            (variant, place.location_id): weights.ranks(
                _of_part(variant, place.location_id, places, cover)
            )
            for variant in wanted
            for place in places
        },
        most_locations=most_locations,
    )


def _of_part(
    variant: int,
    location: int,
    places: Sequence[PlaceFacts],
    cover: Mapping[tuple[int, int], int],
) -> dict[Measure, int]:
    most = max((cover.get((variant, place.location_id), 0) for place in places), default=0)
    here = cover.get((variant, location), 0)
    low = 1000 - 1000 * min(here, most) // most if most > 0 else 0
    return {Measure.PARTS: 1, Measure.RUNS_LOW: low}


def measured(
    parts: Parts, places: Sequence[PlaceFacts], cover: Mapping[tuple[int, int], int]
) -> dict[Measure, int]:
    """What a choice comes to, by measure."""
    used = {location for of in parts.values() for location, _ in of}
    total = {Measure.SPLIT: max(0, len(used) - 1)}
    for place in places:
        if place.location_id in used:
            _add(total, place.amounts)
    for variant, of in parts.items():
        for location, _ in of:
            _add(total, _of_part(variant, location, places, cover))
    return total


def explain(
    problem: Problem,
    choice: Choice,
    places: Sequence[PlaceFacts],
    cover: Mapping[tuple[int, int], int],
    barred: Mapping[int, Code],
) -> list[dict[str, Any]]:
    """Each location with what it sends and why, ready to be kept as JSON.

    ``barred`` are locations that were not candidates, and why not.
    """
    used: dict[int, int] = {}
    for of in choice.parts.values():
        for location, units in of:
            used[location] = used.get(location, 0) + units
    chosen = measured(choice.parts, places, cover)
    told = []
    for place in places:
        here = place.location_id
        if here in used:
            causes = [_why(len(used), len(places), chosen)]
        else:
            causes = _why_not(problem, choice, here, places, cover, chosen)
        told.append(
            {
                "location": here,
                "units": used.get(here, 0),
                "amounts": {str(one): amount for one, amount in place.amounts.items()},
                "causes": causes,
            }
        )
    told += [
        {"location": location, "units": 0, "amounts": {}, "causes": [{"code": str(code)}]}
        for location, code in barred.items()
    ]
    return told


def _why(used: int, candidates: int, chosen: Mapping[Measure, int]) -> dict[str, Any]:
    if candidates == 1:
        return {"code": str(Code.ONLY_ONE)}
    code = Code.BEST if used == 1 else Code.BEST_TOGETHER
    facts = {"locations": used, "shipping_minor": chosen.get(Measure.SHIPPING, 0)}
    return {"code": str(code), "facts": facts}


def _why_not(
    problem: Problem,
    choice: Choice,
    here: int,
    places: Sequence[PlaceFacts],
    cover: Mapping[tuple[int, int], int],
    chosen: Mapping[Measure, int],
) -> list[dict[str, Any]]:
    causes: list[dict[str, Any]] = []
    has = [variant for variant in problem.wanted if problem.free.get((variant, here), 0) > 0]
    full = [
        variant
        for variant, units in problem.wanted.items()
        if problem.free.get((variant, here), 0) >= units
    ]
    if not has:
        return [{"code": str(Code.NO_STOCK)}]
    if len(full) < len(problem.wanted):
        facts = {"has": len(full), "wanted": len(problem.wanted)}
        causes.append({"code": str(Code.HAS_PART), "facts": facts})
    other = choice.others.get(here)
    if other is None:
        return causes or [{"code": str(Code.NOT_NEEDED)}]
    would = measured(other, places, cover)
    for measure, code in _WORSE.items():
        more = would.get(measure, 0) - chosen.get(measure, 0)
        if more > 0:
            causes.append({"code": str(code), "facts": {"more": more}})
    return causes or [{"code": str(Code.AS_GOOD)}]


def _add(total: dict[Measure, int], amounts: Mapping[Measure, int]) -> None:
    for measure, amount in amounts.items():
        total[measure] = total.get(measure, 0) + amount
