"""Distributions of a moment as plain numbers: the moments at ``GRID`` even ranks.

Pure arithmetic on seconds since 1970, made to be done ten thousand times a second.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil, floor
from typing import Final

from oms_service.shipping.arrivals.pooling import GRID, quantiles

Points = tuple[float, ...]
"""``GRID`` moments, ascending; the first stands for the first twentieth of all cases."""

RANKS: Final = tuple((step + 0.5) / GRID for step in range(GRID))


def at_rank(points: Points, rank: float) -> float:
    """The moment by which so large a share has happened, read between the points."""
    place = min(GRID - 1.0, max(0.0, rank * GRID - 0.5))
    below = floor(place)
    if below == place:
        return points[below]
    return points[below] + (points[below + 1] - points[below]) * (place - below)


def ends(points: Points, early: float, late: float) -> tuple[float, float]:
    """The window between two ranks: its ends are points, so that they lie on days that count."""
    first = min(GRID - 1, max(0, ceil(early * GRID - 0.5 - 1e-9)))
    last = min(GRID - 1, max(0, floor(late * GRID - 0.5 + 1e-9)))
    return points[first], points[max(first, last)]


def blended(first: Points, second: Points, share: float) -> Points:
    """Rank by rank between two opinions of one thing; ``share`` is how much the first counts."""
    rest = 1 - share
    return tuple(one * share + two * rest for one, two in zip(first, second, strict=True))


def merged(parts: Sequence[tuple[Points, float]]) -> Points:
    """Of several things that may be the case, each with its weight."""
    if len(parts) == 1:
        return parts[0][0]
    sample = [(point, weight) for points, weight in parts if weight > 0 for point in points]
    return tuple(quantiles(sample, RANKS))


def ahead(points: Points, now_s: float) -> tuple[Points, float]:
    """What is left of it when it has not happened by ``now_s``, and how large a share that is.

    Where nothing is left, the points are all ``now_s``.
    """
    passed = bisect_right(points, now_s)
    if passed == 0:
        return points, 1.0
    left = points[passed:]
    if not left:
        return (now_s,) * GRID, 0.0
    count = len(left)
    # Each twentieth of what is left, read between the points that are left.
    found = []
    for rank in RANKS:
        place = min(count - 1.0, max(0.0, rank * count - 0.5))
        below = int(place)
        part = place - below
        low = left[below]
        found.append(low if not part else low + (left[below + 1] - low) * part)
    return tuple(found), count / GRID
