"""The cheapest choice of locations for a basket, by costs it is given: pure, exact while it can be.

Every set of locations is looked at, up to ``MOST_SETS`` of them: that is all sets of up to
fourteen locations. With more locations, sets of as many as fit under that number are looked at,
and the answer says how many locations were combined at most.

Costs are tuples, one number a rank: an earlier rank is compared first. Within, a choice costs
what each of its locations costs, ``split`` for each location after the first, and what each part
costs: a part is a variant that comes from a location, however many units.
"""

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

#: How many sets of locations are looked at, at most.
MOST_SETS: Final = 25_000

Ranks = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A basket and the locations that have some of it.

    ``wanted`` is units by variant, ``free`` units by (variant, location). ``locations`` holds
    each candidate once; of choices that cost the same, the earlier locations win.
    """

    wanted: Mapping[int, int]
    free: Mapping[tuple[int, int], int]
    locations: Sequence[int]
    costs: Mapping[int, Ranks]
    split: Ranks
    parts: Mapping[tuple[int, int], Ranks]
    #: How many locations may be combined, where a rule limits it.
    most_locations: int | None = None


Parts = dict[int, list[tuple[int, int]]]
"""By variant: locations and the units each sends."""


@dataclass(frozen=True)
class Choice:
    """What was chosen, and the best there was with each location that was not.

    ``is_exact`` unless more locations than ``most_combined`` together might cost less.
    """

    parts: Parts
    cost: int
    is_exact: bool
    most_combined: int
    others: Mapping[int, Parts] = field(default_factory=dict)


@dataclass
class _Set:
    """Some locations, as bits: what they cost at least, and the units they have, in lanes."""

    bits: int
    base: int
    supply: int
    size: int
    last: int


class _Search:
    """One search: costs of all ranks made one number, units of all variants packed in one."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.locations = [
            place
            for place in problem.locations
            if any(problem.free.get((variant, place), 0) > 0 for variant in problem.wanted)
        ]
        self.targets = {
            variant: min(
                units, sum(problem.free.get((variant, place), 0) for place in self.locations)
            )
            for variant, units in sorted(problem.wanted.items())
        }
        self.variants = [variant for variant, units in self.targets.items() if units]
        self.weights = _weights(problem)
        self.fixed = [self._one(problem.costs[place]) for place in self.locations]
        self.split = self._one(problem.split)
        self.part_costs = {
            variant: [self._one(problem.parts[variant, place]) for place in self.locations]
            for variant in self.variants
        }
        self.units = {
            variant: [
                min(problem.free.get((variant, place), 0), self.targets[variant])
                for place in self.locations
            ]
            for variant in self.variants
        }
        self._pack()
        self._covers: dict[int, list[tuple[int, int]]] = {}

    def _one(self, ranks: Ranks) -> int:
        return sum(part * weight for part, weight in zip(ranks, self.weights, strict=True))

    def _pack(self) -> None:
        """A lane of bits for each variant, wide enough for all units of all locations."""
        most = max(self.targets.values(), default=0) * max(1, len(self.locations))
        width = most.bit_length() + 1
        top = 1 << (width - 1)
        self.packed = [
            sum(
                self.units[variant][index] << (lane * width)
                for lane, variant in enumerate(self.variants)
            )
            for index in range(len(self.locations))
        ]
        self.tops = sum(top << (lane * width) for lane in range(len(self.variants)))
        self.bias = self.tops - sum(
            self.targets[variant] << (lane * width) for lane, variant in enumerate(self.variants)
        )

    def has_all(self, supply: int) -> bool:
        return (supply + self.bias) & self.tops == self.tops

    def sets(self, most: int) -> list[_Set]:
        """Every set of up to ``most`` locations, smaller ones first."""
        level = [
            _Set(1 << index, cost, supply, 1, index)
            for index, (cost, supply) in enumerate(zip(self.fixed, self.packed, strict=True))
        ]
        found = list(level)
        for _ in range(1, most):
            level = [
                _Set(
                    one.bits | (1 << index),
                    one.base + self.split + self.fixed[index],
                    one.supply + self.packed[index],
                    one.size + 1,
                    index,
                )
                for one in level
                for index in range(one.last + 1, len(self.locations))
            ]
            found += level
        return found

    def covers(self, variant: int, most: int) -> list[tuple[int, int]]:
        """Which locations together have all of a variant, none of them idle: (cost, bits)."""
        if variant not in self._covers:
            units, costs = self.units[variant], self.part_costs[variant]
            by_units = sorted(
                (index for index in range(len(units)) if units[index]),
                key=lambda index: (-units[index], index),
            )
            found: list[tuple[int, int]] = []
            _cover(by_units, units, costs, self.targets[variant], most, found)
            self._covers[variant] = sorted(found)
        return self._covers[variant]

    def evaluate(self, of: _Set, most: int, below: int | None) -> tuple[int, list[int]] | None:
        """What a set costs with its best parts, and these; None where not ``below``."""
        cost = of.base
        rest = self.least_parts
        chosen = []
        outside = ~of.bits
        for variant in self.variants:
            covers = self.covers(variant, most)
            rest -= covers[0][0]
            found = next((one for one in covers if not one[1] & outside), None)
            if found is None:
                return None
            cost += found[0]
            if below is not None and cost + rest >= below:
                return None
            chosen.append(found[1])
        return cost, chosen

    def reach(self, bits: int) -> dict[int, int]:
        """How many of each variant's units a set has."""
        of = [index for index in range(len(self.locations)) if bits >> index & 1]
        return {
            variant: min(self.targets[variant], sum(self.units[variant][index] for index in of))
            for variant in self.variants
        }

    def find_least_parts(self, most: int) -> None:
        """What parts cost at least, whatever the set: to stop looking early."""
        self.least_parts = sum(self.covers(variant, most)[0][0] for variant in self.variants)

    def spread(self, chosen: Sequence[int]) -> Parts:
        """Units by location: cheaper parts give all they have, the last one the remainder."""
        parts: Parts = {}
        for variant, bits in zip(self.variants, chosen, strict=True):
            costs, left = self.part_costs[variant], self.targets[variant]
            of = [index for index in range(len(self.locations)) if bits >> index & 1]
            for index in sorted(of, key=lambda index: (costs[index], index)):
                units = min(left, self.units[variant][index])
                left -= units
                parts.setdefault(variant, []).append((self.locations[index], units))
        return parts


def choose(problem: Problem) -> Choice:
    """The choice with the most units, and of those the one that costs least.

    Where all of what there is can be had within the limits, that is so; else the locations that
    have most are taken one after another, and the answer is not exact.
    """
    search = _Search(problem)
    count = len(search.locations)
    if not search.variants:
        return Choice({}, 0, is_exact=True, most_combined=count)
    looked = _most_combined(count)
    most = min(looked, problem.most_locations or count)
    sets = search.sets(most)
    whole = [one for one in sets if search.has_all(one.supply)]
    if not whole:
        return _as_much_as_fits(search, sets, looked)
    whole.sort(key=lambda one: (one.base, one.size, one.bits))
    search.find_least_parts(most)
    best_set, best_cost, best_parts = _best(search, whole, most)
    return Choice(
        search.spread(best_parts),
        best_cost,
        is_exact=most >= min(count, problem.most_locations or count)
        or _none_larger_is_cheaper(search, most, best_cost),
        most_combined=most,
        others=_with_each_other(search, whole, best_set, best_parts, most),
    )


def _best(search: _Search, whole: Sequence[_Set], most: int) -> tuple[_Set, int, list[int]]:
    """The set that costs least, of sets that all have everything, cheapest at least first."""
    best: tuple[_Set, int, list[int]] | None = None
    for one in whole:
        if best is not None and one.base + search.least_parts >= best[1]:
            break
        found = search.evaluate(one, most, best[1] if best else None)
        if found is not None:
            best = one, *found
    if best is None:
        raise ValueError("a set that has all has a cover of each variant")
    return best


#: How many sets with a location are looked at to say why it was not chosen.
_TRIES: Final = 40


def _with_each_other(
    search: _Search, whole: Sequence[_Set], best: _Set, best_parts: Sequence[int], most: int
) -> dict[int, Parts]:
    """For each location that sends nothing, a cheap choice in which it would."""
    used = _together(best_parts)
    waiting = {index for index in range(len(search.locations)) if not used >> index & 1}
    tries = dict.fromkeys(waiting, 0)
    others: dict[int, Parts] = {}
    for one in whole:
        fits = [index for index in waiting if one.bits >> index & 1]
        found = search.evaluate(one, most, None) if fits and one is not best else None
        if found is None:
            continue
        sends = _together(found[1])
        for index in fits:
            tries[index] += 1
            if sends >> index & 1:
                others[search.locations[index]] = search.spread(found[1])
            if sends >> index & 1 or tries[index] == _TRIES:
                waiting.discard(index)
    return others


def _together(sets: Sequence[int]) -> int:
    """All members of several sets."""
    return functools.reduce(operator.or_, sets, 0)


def _as_much_as_fits(search: _Search, sets: Sequence[_Set], looked: int) -> Choice:
    """Where a limit does not let all come: the most units that fit, then the least cost."""
    problem, count = search.problem, len(search.locations)
    limit = min(count, problem.most_locations or count)
    if limit > looked:
        return _one_after_another(search, limit, looked)
    has = {one.bits: search.reach(one.bits) for one in sets}
    most_units = max(sum(units.values()) for units in has.values())
    best: Choice | None = None
    for bits, units in has.items():
        if sum(units.values()) < most_units:
            continue
        places = [place for index, place in enumerate(search.locations) if bits >> index & 1]
        one = choose(replace(problem, wanted=units, locations=places, most_locations=None))
        if best is None or one.cost < best.cost:
            best = one
    if best is None:
        raise ValueError("a limit below one location")
    return replace(best, is_exact=True, most_combined=limit, others={})


def _one_after_another(search: _Search, limit: int, looked: int) -> Choice:
    """Take the location that adds most units, then the next."""
    left = dict(search.targets)
    waiting = list(range(len(search.locations)))
    parts: Parts = {}
    cost = 0
    while waiting and len(search.locations) - len(waiting) < limit:
        adds = {
            index: sum(min(left[one], search.units[one][index]) for one in search.variants)
            for index in waiting
        }
        best = max(waiting, key=lambda index: (adds[index], -search.fixed[index], -index))
        if not adds[best]:
            break
        cost += search.fixed[best] + (search.split if len(waiting) < len(search.locations) else 0)
        waiting.remove(best)
        for variant in search.variants:
            units = min(left[variant], search.units[variant][best])
            if units:
                left[variant] -= units
                cost += search.part_costs[variant][best]
                parts.setdefault(variant, []).append((search.locations[best], units))
    return Choice(parts, cost, is_exact=False, most_combined=looked)


def _cover(
    order: Sequence[int],
    units: Sequence[int],
    costs: Sequence[int],
    target: int,
    most: int,
    found: list[tuple[int, int]],
) -> None:
    """Every set of up to ``most`` of ``order`` that reaches ``target`` with its last member only.

    ``order`` goes from most units to fewest, so that none of a set found can be left out.
    """
    behind = [0] * (len(order) + 1)
    for place in range(len(order) - 1, -1, -1):
        behind[place] = behind[place + 1] + units[order[place]]

    def go(place: int, left: int, cost: int, bits: int, size: int) -> None:
        for at in range(place, len(order)):
            if behind[at] < left:
                return
            index = order[at]
            if units[index] >= left:
                found.append((cost + costs[index], bits | (1 << index)))
            elif size + 1 < most:
                go(at + 1, left - units[index], cost + costs[index], bits | (1 << index), size + 1)

    go(0, target, 0, 0, 0)


def _none_larger_is_cheaper(search: _Search, most: int, best_cost: int) -> bool:
    """Whether even the cheapest locations, one more than were combined, would cost as much."""
    cheapest = sorted(search.fixed)[: most + 1]
    parts = sum(
        min(
            cost
            for cost, units in zip(search.part_costs[variant], search.units[variant], strict=True)
            if units
        )
        for variant in search.variants
    )
    return sum(cheapest) + most * search.split + parts >= best_cost


def _most_combined(count: int) -> int:
    """How many of ``count`` locations can be combined under the limit of sets."""
    sets, of_this_size, size = 0, 1, 0
    while size < count:
        of_this_size = of_this_size * (count - size) // (size + 1)
        if size and sets + of_this_size > MOST_SETS:
            break
        sets += of_this_size
        size += 1
    return max(1, size)


def _weights(problem: Problem) -> list[int]:
    """What one of each rank weighs, so that a rank is never outweighed by those behind it."""
    ranks = len(problem.split)
    most = [
        sum(cost[rank] for cost in problem.costs.values())
        + problem.split[rank] * len(problem.costs)
        + sum(cost[rank] for cost in problem.parts.values())
        for rank in range(ranks)
    ]
    weights = [1] * ranks
    for rank in range(ranks - 2, -1, -1):
        weights[rank] = weights[rank + 1] * (most[rank + 1] + 1)
    return weights
