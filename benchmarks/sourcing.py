"""How long the choice of locations takes for the largest baskets it is exact for."""

import random
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.harness import Bench, Figure, figure
from oms_service.sourcing.optimiser import Problem, choose

LINES: Final = 20
LOCATIONS: Final = 10
BASKETS: Final = 400
#: Units that a location has of a variant, by how scarce stock is; a line wants up to six.
_SHELVES: Final = (
    (0, 5, 10, 20),
    (0, 0, 0, 3, 6),
    (0, 1, 2, 2, 3),
    (0, 1, 1, 2),
    (6, 0, 0, 0, 0, 0, 0, 1),
)


@figure("orders")
def sourcing(bench: Bench) -> Iterator[Figure]:
    """Milliseconds a basket of 20 lines over 10 locations takes, heavy splitting included."""
    del bench  # a pure function: it needs no server
    chance = random.Random(20)  # noqa: S311 - baskets, not secrets
    baskets = [_basket(chance, _SHELVES[number % len(_SHELVES)]) for number in range(BASKETS)]
    taken_ms = []
    for basket in baskets:
        began = time.perf_counter()
        choice = choose(basket)
        taken_ms.append((time.perf_counter() - began) * 1000)
        assert choice.is_exact
    taken_ms.sort()
    yield Figure(name="sourcing_p50", value=taken_ms[len(taken_ms) // 2], unit="ms", at_most=True)
    yield Figure(
        name="sourcing",
        value=taken_ms[len(taken_ms) * 95 // 100],
        unit="ms",
        goal=20.0,
        at_most=True,
    )


def _basket(chance: random.Random, shelves: tuple[int, ...]) -> Problem:
    """Half of the baskets have locations that all cost the same: then bounds cut off least."""
    variants, places = range(1, LINES + 1), range(1, LOCATIONS + 1)
    is_even = chance.random() < 0.5
    return Problem(
        wanted={variant: chance.randint(1, 6) for variant in variants},
        free={(variant, place): chance.choice(shelves) for variant in variants for place in places},
        locations=list(places),
        costs={
            place: (0, 800) if is_even else (chance.choice((0, 0, 1)), chance.randint(600, 1_800))
            for place in places
        },
        split=(0, 300),
        parts={
            (variant, place): (0, 100 + chance.randint(0, 300))
            for variant in variants
            for place in places
        },
    )
