"""On which weekdays nothing is handed over or delivered, as history shows."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

Closed = frozenset[int]
"""Weekdays, Monday is 0."""

#: Days are judged by the last so many, not before there are this many of them.
_MEMORY: Final = 400
_ENOUGH: Final = 80
#: A weekday with less than this share of an even week's is closed; at most three can be.
_HARDLY_EVER: Final = 0.12
_MOST_CLOSED: Final = 3
_EVERY: Final = 20


@dataclass
class Weekdays:
    """Learns closed weekdays by key, such as a carrier or an origin."""

    _seen: dict[Hashable, deque[int]] = field(default_factory=dict)
    _closed: dict[Hashable, Closed] = field(default_factory=dict)
    _added: dict[Hashable, int] = field(default_factory=dict)

    def add(self, key: Hashable, day: date) -> None:
        seen = self._seen.setdefault(key, deque(maxlen=_MEMORY))
        seen.append(day.weekday())
        self._added[key] = self._added.get(key, 0) + 1
        if len(seen) < _ENOUGH or self._added[key] % _EVERY:
            return
        least = len(seen) / 7 * _HARDLY_EVER
        closed = frozenset(weekday for weekday in range(7) if seen.count(weekday) < least)
        self._closed[key] = closed if len(closed) <= _MOST_CLOSED else frozenset()

    def closed(self, key: Hashable) -> Closed:
        return self._closed.get(key, frozenset())


def open_days(first: date, last: date, closed: Closed) -> int:
    """Days after ``first`` up to ``last`` that are not closed."""
    days = (last - first).days
    return days - sum(
        (first + timedelta(days=day)).weekday() in closed for day in range(1, days + 1)
    )


def days_until(first: date, count: int, closed: Closed) -> int:
    """Calendar days from ``first`` until ``count`` open days have passed."""
    days = 0
    while count > 0:
        days += 1
        count -= (first + timedelta(days=days)).weekday() not in closed
    return days
