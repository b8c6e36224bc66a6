"""When people buy: growth, seasons, promotions, weekdays and hours."""

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Final
from zoneinfo import ZoneInfo

from oms_service.kernel.languages import Words

ZONE: Final = ZoneInfo("Asia/Tokyo")
DAYS: Final = 548
#: Orders a day at the end against the beginning.
_GROWTH: Final = 2.2
#: The last days are busy ones, so that there is always something on its way.
BUSY_DAYS: Final = 7
_BUSY: Final = 4.0
_MONTHS: Final = (0.95, 0.8, 1.05, 1.0, 1.0, 1.05, 1.1, 0.85, 0.9, 1.0, 1.2, 1.7)
_WEEKDAYS: Final = (1.0, 0.95, 0.95, 0.95, 1.05, 1.15, 1.3)
_HOURS: Final = (2, 1, 1, 1, 1, 1, 2, 4, 6, 6, 7, 7, 9, 7, 6, 6, 6, 7, 8, 10, 12, 13, 10, 5)


@dataclass(frozen=True)
class Promotion:
    """Some days of a year on which everything is cheaper, and much more is bought."""

    name: Words
    month: int
    first: int
    last: int
    percent: int
    lift: float

    def runs_on(self, day: date) -> bool:
        return day.month == self.month and self.first <= day.day <= self.last


PROMOTIONS: Final = (
    Promotion({"ja": "初売り", "en": "New Year sale"}, 1, 2, 5, 20, 2.2),
    Promotion({"ja": "新生活フェア", "en": "New start fair"}, 4, 1, 7, 10, 1.5),
    Promotion({"ja": "夏のセール", "en": "Summer sale"}, 7, 10, 16, 15, 1.9),
    Promotion({"ja": "コーヒーの日", "en": "Coffee day"}, 10, 1, 3, 10, 1.8),
    Promotion({"ja": "冬のギフト", "en": "Winter gifts"}, 12, 10, 16, 10, 1.6),
)


def promotion(day: date) -> Promotion | None:
    return next((one for one in PROMOTIONS if one.runs_on(day)), None)


def weight(day: date, *, today: date) -> float:
    """How much is bought on ``day``, on a scale of its own."""
    ago = (today - day).days
    busy = _BUSY if ago < BUSY_DAYS else 1.0
    age = ago / DAYS
    sale = promotion(day)
    lift = sale.lift if sale else 1.0
    growth = float(_GROWTH ** (1 - age))
    return growth * _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()] * lift * busy


class Calendar:
    """Draws moments of buying between the first day and now."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.today = now.astimezone(ZONE).date()
        self.days: Sequence[date] = [
            self.today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)
        ]
        self._totals = list(accumulate(weight(day, today=self.today) for day in self.days))
        self._hours = list(accumulate(_HOURS))

    @property
    def opening(self) -> datetime:
        """The morning the shop opened."""
        return at(self.days[0], 0, 5)

    def draw(self, chance: random.Random, count: int) -> list[datetime]:
        """``count`` moments, in order, none in the future."""
        found: list[datetime] = []
        while len(found) < count:
            day = self.days[bisect(self._totals, chance.random() * self._totals[-1])]
            hour = bisect(self._hours, chance.random() * self._hours[-1])
            moment = at(day, hour, chance.randint(0, 59), chance.randint(0, 59))
            if moment < self._now:
                found.append(moment)
        return sorted(found)


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A Japanese wall clock time, as UTC."""
    return datetime.combine(day, time(hour, minute, second), ZONE).astimezone(UTC)


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()
