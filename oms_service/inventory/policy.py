"""What each movement moves, what is free to sell, and where goods should come from: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oms_service.inventory.states import Handling, MovementKind

#: Columns a movement of one unit changes, and by how much. ``on_hand`` is what could be sold;
#: goods set aside are counted in ``damaged`` or ``quality_control`` instead.
MOVES: Final[Mapping[MovementKind, Mapping[str, int]]] = {
    MovementKind.OPENING: {"on_hand": 1},
    MovementKind.RECEIVED: {"on_hand": 1},
    MovementKind.ALLOCATED: {"allocated": 1},
    MovementKind.RELEASED: {"allocated": -1},
    MovementKind.SHIPPED: {"on_hand": -1, "allocated": -1},
    MovementKind.RESERVED: {"reserved": 1},
    MovementKind.UNRESERVED: {"reserved": -1},
    MovementKind.RETURNED: {"on_hand": 1},
    MovementKind.ADJUSTED: {"on_hand": 1},
    MovementKind.TRANSFERRED_OUT: {"on_hand": -1},
    MovementKind.TRANSFERRED_IN: {"on_hand": 1},
    MovementKind.SET_ASIDE: {"quality_control": 1},
    MovementKind.REDEEMED: {"reserved": -1, "allocated": 1},
    MovementKind.EXPECTED: {"incoming": 1},
    MovementKind.NO_LONGER_EXPECTED: {"incoming": -1},
    MovementKind.RECEIVED_DAMAGED: {"damaged": 1},
    MovementKind.QUARANTINED: {"on_hand": -1, "quality_control": 1},
    MovementKind.CLEARED: {"quality_control": -1, "on_hand": 1},
    MovementKind.DAMAGED: {"on_hand": -1, "damaged": 1},
    MovementKind.CONDEMNED: {"quality_control": -1, "damaged": 1},
    MovementKind.MENDED: {"damaged": -1, "on_hand": 1},
    MovementKind.DISCARDED: {"damaged": -1},
}

#: The movement that each handling by hand writes down.
MOVEMENT_OF: Final[Mapping[Handling, MovementKind]] = {
    Handling.ADJUST: MovementKind.ADJUSTED,
    Handling.QUARANTINE: MovementKind.QUARANTINED,
    Handling.CLEAR: MovementKind.CLEARED,
    Handling.DAMAGE: MovementKind.DAMAGED,
    Handling.CONDEMN: MovementKind.CONDEMNED,
    Handling.MEND: MovementKind.MENDED,
    Handling.DISCARD: MovementKind.DISCARDED,
}

#: One command moves at most so many units of a variant, and no column of a level holds more than
#: ``MOST_KEPT``: far above any shelf, and far below what the columns could not hold.
MOST_MOVED: Final = 1_000_000
MOST_KEPT: Final = 1_000_000_000


@dataclass(frozen=True)
class Want:
    """Units of a variant that one order line needs."""

    order_line_id: int
    variant_id: int
    quantity: int


@dataclass(frozen=True)
class Pick:
    """Units of a line taken from one location."""

    order_line_id: int
    variant_id: int
    location_id: int
    quantity: int


@dataclass(frozen=True)
class Shortage:
    """What lacks of a variant, and how much of it is free."""

    variant_id: int
    wanted: int
    available: int


def available(*, on_hand: int, allocated: int, reserved: int, safety: int, buffer: int = 0) -> int:
    """What may be promised now; never below nothing."""
    return max(0, on_hand - allocated - reserved - safety - buffer)


def source(
    wants: Sequence[Want],
    free: Mapping[tuple[int, int], int],
    *,
    preferred: Sequence[int] = (),
) -> list[Pick]:
    """Where the units come from: one location that has them all, else as few as the lines allow.

    Args:
        wants: what the lines need; several may want one variant.
        free: units available by (variant, location).
        preferred: locations to take first; the others follow by id.

    Returns:
        As many units as there are; what lacks has no pick.
    """
    order = _in_order({location for _, location in free}, preferred)
    left = dict(free)
    for location in order:
        if _has_all(wants, left, location):
            return [Pick(w.order_line_id, w.variant_id, location, w.quantity) for w in wants]
    picks: list[Pick] = []
    for want in wants:
        picks += _take(want, left, order)
    return picks


def _in_order(locations: set[int], preferred: Sequence[int]) -> list[int]:
    first = [location for location in preferred if location in locations]
    return first + sorted(locations - set(first))


def _has_all(wants: Sequence[Want], left: Mapping[tuple[int, int], int], location: int) -> bool:
    needed: dict[int, int] = {}
    for want in wants:
        needed[want.variant_id] = needed.get(want.variant_id, 0) + want.quantity
    return all(left.get((variant, location), 0) >= units for variant, units in needed.items())


def _take(want: Want, left: dict[tuple[int, int], int], order: Sequence[int]) -> list[Pick]:
    """Prefer a location that has the whole line; otherwise take from each in turn."""
    place = want.variant_id
    whole = [one for one in order if left.get((place, one), 0) >= want.quantity]
    picks: list[Pick] = []
    missing = want.quantity
    for location in whole[:1] or order:
        units = min(missing, left.get((place, location), 0))
        if units:
            left[place, location] -= units
            missing -= units
            picks.append(Pick(want.order_line_id, place, location, units))
    return picks
