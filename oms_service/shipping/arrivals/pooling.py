"""Samples that lean on coarser ones while they are thin.

A group's distribution is its own sample together with that of the next coarser group, which
counts as much as ``lean`` observations: the posterior mean of a Dirichlet process whose base is
the coarser group (Ferguson, 1973). So a new lane answers as its carrier does, and comes to answer
for itself; and what is pooled are samples, never averages, so that "one day or two" does not
become one and a half.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

DAY_S: Final = 86_400.0

Sample = list[tuple[float, float]]
"""Values with their weights."""

#: A coarser group is handed down as so many values, at evenly spaced ranks.
GRID: Final = 20
_RANKS: Final = tuple((step + 0.5) / GRID for step in range(GRID))


def quantiles(sample: Sample, ranks: Sequence[float]) -> list[float]:
    """The values at these ranks.

    Args:
        sample: not empty, weights above 0.
        ranks: from 0 to 1, ascending.
    """
    ordered = sorted(sample)
    whole = sum(weight for _, weight in ordered)
    found: list[float] = []
    place, (value, passed) = 0, ordered[0]
    for rank in ranks:
        while passed < rank * whole - 1e-9 and place + 1 < len(ordered):
            place += 1
            value = ordered[place][0]
            passed += ordered[place][1]
        found.append(value)
    return found


def grid(sample: Sample) -> Sample:
    """The sample as ``GRID`` values of one weight, which add up to 1."""
    return [(value, 1 / GRID) for value in quantiles(sample, _RANKS)]


#: Likewise where the ends of a distribution are asked for.
_FINE: Final = 100
_FINE_RANKS: Final = tuple((step + 0.5) / _FINE for step in range(_FINE))


def _fine_grid(sample: Sample) -> Sample:
    return [(value, 1 / _FINE) for value in quantiles(sample, _FINE_RANKS)]


@dataclass(frozen=True)
class Level:
    """How much one level remembers, and how many observations the coarser level counts for."""

    memory: int
    lean: float


@dataclass(slots=True)
class _Group:
    seen: deque[tuple[float, float]]
    #: What is handed down, as of when, and how much has been seen since.
    handed: Sample | None = None
    handed_at: float = 0.0
    unseen: int = 0


@dataclass
class Pool:
    """Samples by level, the coarsest first; keys name one group of each level.

    Args:
        levels: as many as there are keys.
        half_life_days: so old an observation counts half.
    """

    levels: Sequence[Level]
    half_life_days: float
    _groups: list[dict[Hashable, _Group]] = field(init=False)

    def __post_init__(self) -> None:
        self._groups = [{} for _ in self.levels]

    def add(self, keys: Sequence[Hashable], at_s: float, value: float) -> None:
        """Put one observation into its group on every level."""
        for level, groups, key in zip(self.levels, self._groups, keys, strict=True):
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(deque(maxlen=level.memory))
            group.seen.append((at_s, value))
            group.unseen += 1

    def sample(self, keys: Sequence[Hashable], now_s: float) -> Sample | None:
        """The distribution of the finest groups, or None where nothing was seen at all."""
        found: Sample | None = None
        finest = len(keys) - 1
        for place, (level, groups, key) in enumerate(
            zip(self.levels, self._groups, keys, strict=True)
        ):
            group = groups.get(key)
            if group is None:
                continue
            if place < finest and _is_fresh(group, now_s):
                found = group.handed
                continue
            found = self._with_coarser(group, found, level.lean, now_s)
            if place < finest:
                found = group.handed = grid(found)
                group.handed_at, group.unseen = now_s, 0
        return found

    def settled(
        self, now_s: float, coarser_of: Callable[[Hashable], Hashable]
    ) -> Iterator[tuple[int, Hashable, float, Sample]]:
        """Every group as it stands: its level, its key, how much it has seen, and its grid.

        ``coarser_of`` names the group of the next coarser level that a group leans on.
        """
        above: dict[Hashable, Sample] = {}
        for place, (level, groups) in enumerate(zip(self.levels, self._groups, strict=True)):
            here: dict[Hashable, Sample] = {}
            for key, group in groups.items():
                base = above.get(coarser_of(key)) if place else None
                here[key] = grid(self._with_coarser(group, base, level.lean, now_s))
                weight = sum(w for _, w in self._with_coarser(group, None, 0.0, now_s))
                yield place, key, weight, here[key]
            above = here

    def ranked(
        self, now_s: float, coarser_of: Callable[[Hashable], Hashable], rank: float
    ) -> Iterator[tuple[Hashable, float, float]]:
        """Every group, the coarsest first: its key, how much it has seen, its value at a rank.

        What a group has seen itself counts by the share of the coarser group's that is not its
        own, so that one odd value is not heard again on each level.
        """
        above: dict[Hashable, tuple[float, Sample]] = {}
        for level, groups in zip(self.levels, self._groups, strict=True):
            here: dict[Hashable, tuple[float, Sample]] = {}
            for key, group in groups.items():
                own = self._with_coarser(group, None, 0.0, now_s)
                seen = sum(weight for _, weight in own)
                leaning = own
                if coarser_of(key) in above:
                    whole, base = above[coarser_of(key)]
                    news = max(0.0, 1 - seen / whole)
                    leaning = [(value, w * news) for value, w in own if news]
                    leaning += [(value, w * level.lean) for value, w in base]
                here[key] = seen, _fine_grid(leaning)
                yield key, seen, quantiles(leaning, (rank,))[0]
            above = here

    def _with_coarser(
        self, group: _Group, coarser: Sample | None, lean: float, now_s: float
    ) -> Sample:
        half_life_s = self.half_life_days * DAY_S
        own = [(value, 0.5 ** ((now_s - at_s) / half_life_s)) for at_s, value in group.seen]
        return own if coarser is None else own + [(value, w * lean) for value, w in coarser]


#: What is handed down is made anew after a tenth more observations, or two days.
_STALE_S: Final = 2 * DAY_S


def _is_fresh(group: _Group, now_s: float) -> bool:
    return (
        group.handed is not None
        and group.unseen <= max(2, len(group.seen) // 10)
        and now_s - group.handed_at <= _STALE_S
    )
