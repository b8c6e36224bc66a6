"""Working time: when a desk is open, and how much of it lies between two moments. Pure.

Wall times become moments in the desk's own zone, so that an interval over the change of clocks is
as long as it truly was; all counting is done in UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

#: Minutes of a day; an interval that ends later ends on the next day.
DAY_MIN: Final = 24 * 60
#: So many days without one open minute, and a desk counts as closed for ever.
_LOOK_DAYS: Final = 400
_DAYS_A_WEEK: Final = 7


class NeverOpen(ValueError):
    """The desk has no open time ahead."""


@dataclass(frozen=True, order=True)
class Interval:
    """From one minute of a day to another, the end not counted: 22:00 to 6:00 is (1320, 1800).

    Raises:
        ValueError: it begins outside its day, is empty, or is longer than a day.
    """

    begin_min: int
    end_min: int

    def __post_init__(self) -> None:
        if not 0 <= self.begin_min < DAY_MIN:
            raise ValueError("an interval begins within its day")
        if not self.begin_min < self.end_min <= self.begin_min + DAY_MIN:
            raise ValueError("an interval lasts between a minute and a day")


Week = tuple[tuple[Interval, ...], ...]
#: Open day and night.
ALWAYS: Final[Week] = ((Interval(0, DAY_MIN),),) * _DAYS_A_WEEK


@dataclass(frozen=True)
class Hours:
    """When a desk is open.

    Args:
        zone: whose wall times are meant.
        week: the intervals of each weekday, Monday first; they may touch and overlap.
        closed: holidays, on which nothing begins; what began the day before runs on.
        special: days with intervals of their own, holidays or not.

    Raises:
        ValueError: the week has not seven days.
    """

    zone: ZoneInfo
    week: Week
    closed: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != _DAYS_A_WEEK:
            raise ValueError("a week has seven days")
        object.__setattr__(self, "special", MappingProxyType(dict(self.special)))

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at that moment."""
        return any(begin <= at for begin, _ in self._spans(at, last=at))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from ``start`` to ``end``, both aware; below nothing when it lies before."""
        if end < start:
            return -self.between(end, start)
        passed = timedelta()
        for begin, until in self._spans(start, last=end):
            if begin < end:
                passed += min(until, end.astimezone(UTC)) - begin
        return passed

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The first moment by which so much open time has passed since ``start``, in UTC.

        With none to pass it is ``start`` itself.

        Raises:
            ValueError: less than nothing is to pass.
            NeverOpen: the desk does not open often enough.
        """
        if span < timedelta():
            raise ValueError("time passes forwards")
        if not span:
            return start.astimezone(UTC)
        left = span
        for begin, until in self._spans(start):
            if until - begin >= left:
                return begin + left
            left -= until - begin
        raise NeverOpen("this desk never opens")

    def _spans(
        self, start: datetime, *, last: datetime | None = None
    ) -> Iterator[tuple[datetime, datetime]]:
        """Open spans in UTC that end after ``start``, in order, none over another.

        Without ``last`` they go on until the desk has been closed for ``_LOOK_DAYS``.
        """
        covered = start.astimezone(UTC)
        day = covered.astimezone(self.zone).date() - timedelta(days=1)
        stop = last.astimezone(self.zone).date() if last is not None else None
        quiet = 0
        while quiet <= _LOOK_DAYS if stop is None else day <= stop:
            quiet += 1
            for begin, until in self._of_day(day):
                if until > covered:
                    quiet = 0
                    yield max(begin, covered), until
                    covered = until
            day += timedelta(days=1)

    def _of_day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        intervals = self.special.get(day)
        if intervals is None:
            intervals = () if day in self.closed else self.week[day.weekday()]
        for one in sorted(intervals):
            begin = _moment(day, one.begin_min, self.zone)
            until = _moment(day, one.end_min, self.zone)
            if begin < until:  # the change of clocks may swallow it
                yield begin, until


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A wall time as a moment; one that a change of clocks leaves out is where the clock jumps to.

    One that comes twice is the first.
    """
    days, rest = divmod(minute, DAY_MIN)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
    return wall.astimezone(UTC)
