"""Which boxes hold some goods: a small heuristic in three dimensions, with rotation.

Goods are taken as rigid cuboids. Each is laid, the largest first, into the corner of the free
space it fills best, and what is left of that space is cut into three. What is said to fit does
fit; but another way of laying may exist where none was found, so that a larger box or one more
than the least may be proposed. Fragile goods, padding and "this side up" are not known here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import permutations
from typing import Final

#: Above so many units no proposal is made: a person sees a pallet better.
MOST_UNITS: Final = 120

Size = tuple[int, int, int]
"""Three sides in millimetres."""


class Why(StrEnum):
    """What a proposal says of itself."""

    ONE_BOX = "one_box"
    SEVERAL_BOXES = "several_boxes"
    NO_BOXES = "no_boxes"
    SIZE_UNKNOWN = "size_unknown"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class Item:
    """Some units of one order line; sizes and weights are None where nobody measured them."""

    line_id: int
    quantity: int
    size: Size | None
    weight_g: int | None


@dataclass(frozen=True)
class BoxKind:
    """A box of the shop by its inside."""

    code: str
    size: Size
    max_weight_g: int
    tare_g: int
    cost_minor: int

    @property
    def volume(self) -> int:
        return _volume(self.size)


@dataclass(frozen=True)
class Filled:
    """One box with what goes into it: units by order line."""

    kind: BoxKind
    units: Mapping[int, int] = field(hash=False)
    #: How much of the inside the goods take, in percent.
    filled_percent: int = 0


@dataclass(frozen=True)
class Proposal:
    """Boxes for some goods. ``left_out``: units by order line that no box was found for."""

    why: Why
    boxes: tuple[Filled, ...] = ()
    left_out: Mapping[int, int] = field(default_factory=dict, hash=False)


def propose(items: Sequence[Item], kinds: Sequence[BoxKind]) -> Proposal:
    """The cheapest single box that holds everything, else as few boxes as are found.

    Units of unknown weight weigh nothing here.
    """
    everything = {one.line_id: one.quantity for one in items if one.quantity}
    if not kinds:
        return Proposal(Why.NO_BOXES, left_out=everything)
    if any(one.size is None or min(one.size) < 1 for one in items if one.quantity):
        return Proposal(Why.SIZE_UNKNOWN, left_out=everything)
    if sum(everything.values()) > MOST_UNITS:
        return Proposal(Why.TOO_MANY, left_out=everything)
    rest = sorted(_units(items), key=lambda unit: (-_volume(unit.size), -max(unit.size), unit.line))
    cheapest = sorted(kinds, key=lambda kind: (kind.cost_minor, kind.volume, kind.code))
    boxes: list[Filled] = []
    while rest:
        best, inside = _next_box(rest, cheapest)
        if not inside:
            break
        boxes.append(_filled(best, [rest[place] for place in inside]))
        rest = [unit for place, unit in enumerate(rest) if place not in inside]
    if rest:
        return Proposal(Why.TOO_LARGE, tuple(boxes), Counter(unit.line for unit in rest))
    return Proposal(Why.ONE_BOX if len(boxes) == 1 else Why.SEVERAL_BOXES, tuple(boxes))


def fits(units: Sequence[Size], inside: Size) -> bool:
    """Whether a way was found to lay all of these into a box."""
    ordered = sorted(units, key=lambda size: (-_volume(size), -max(size)))
    return len(_lay(ordered, inside)) == len(units)


@dataclass(frozen=True)
class _Unit:
    line: int
    size: Size
    weight_g: int


def _units(items: Sequence[Item]) -> list[_Unit]:
    return [
        _Unit(one.line_id, one.size, one.weight_g or 0)
        for one in items
        if one.size is not None
        for _ in range(one.quantity)
    ]


def _next_box(rest: Sequence[_Unit], cheapest: Sequence[BoxKind]) -> tuple[BoxKind, frozenset[int]]:
    """The cheapest box for all that is left, or the one that takes the most of it."""
    best, most = cheapest[0], frozenset[int]()
    for kind in cheapest:
        inside = _fill(rest, kind)
        if len(inside) == len(rest):
            return kind, inside
        if _load(rest, inside) > _load(rest, most):
            best, most = kind, inside
    return best, most


def _load(rest: Sequence[_Unit], inside: frozenset[int]) -> int:
    return sum(_volume(rest[place].size) for place in inside)


def _fill(rest: Sequence[_Unit], kind: BoxKind) -> frozenset[int]:
    """Which of the units go into one box, by its inside and by what it may carry."""
    carried, light = 0, []
    for place, unit in enumerate(rest):
        if carried + unit.weight_g <= kind.max_weight_g and _turned_in(unit.size, kind.size):
            carried += unit.weight_g
            light.append(place)
    laid = _lay([rest[place].size for place in light], kind.size)
    return frozenset(light[place] for place in laid)


def _filled(kind: BoxKind, units: Sequence[_Unit]) -> Filled:
    used = sum(_volume(unit.size) for unit in units)
    return Filled(kind, Counter(unit.line for unit in units), used * 100 // kind.volume)


def _lay(sizes: Sequence[Size], inside: Size) -> list[int]:
    """The places, in the order given, of what was laid; the rest found no free space."""
    free, laid = [inside], []
    for place, size in enumerate(sizes):
        found = min(
            (
                (_volume(space) - _volume(size), number, turned)
                for number, space in enumerate(free)
                for turned in _turned(size)
                if all(side <= room for side, room in zip(turned, space, strict=True))
            ),
            default=None,
        )
        if found is None:
            continue
        _, number, turned = found
        free += _cut(free.pop(number), turned)
        laid.append(place)
    return laid


def _turned(size: Size) -> list[Size]:
    return sorted({(a, b, c) for a, b, c in permutations(size)})


def _turned_in(size: Size, space: Size) -> bool:
    return all(side <= room for side, room in zip(sorted(size), sorted(space), strict=True))


def _cut(space: Size, taken: Size) -> list[Size]:
    """What is left of a space: above, behind and beside; the largest stays whole."""
    length, width, height = space
    along, across, up = taken
    pieces: list[Size] = [(along, across, height - up)]
    if (length - along) * width >= length * (width - across):
        pieces += [(length - along, width, height), (along, width - across, height)]
    else:
        pieces += [(length, width - across, height), (length - along, across, height)]
    return [piece for piece in pieces if min(piece) > 0]


def _volume(size: Size) -> int:
    return size[0] * size[1] * size[2]
