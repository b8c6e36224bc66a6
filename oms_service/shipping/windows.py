"""Windows of time: whole days of the shop's zone, or hours of one day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Window:
    """When something is expected. Whole days run from a local midnight to a local midnight."""

    start: datetime
    until: datetime

    @classmethod
    def of_days(cls, first: date, last: date, zone: ZoneInfo) -> "Window":
        """From the beginning of ``first`` to the end of ``last``, which counts."""
        return cls(midnight(first, zone), midnight(last + timedelta(days=1), zone))

    @classmethod
    def between(cls, start: datetime | None, until: datetime | None) -> "Window | None":
        """The window of two columns that are filled or empty together."""
        return cls(start, until) if start is not None and until is not None else None

    def days(self, zone: ZoneInfo) -> tuple[date, date] | None:
        """First and last day if the window is of whole days; None if it is one of hours."""
        start, until = self.start.astimezone(zone), self.until.astimezone(zone)
        if start.time() != time.min or until.time() != time.min or until <= start:
            return None
        return start.date(), until.date() - timedelta(days=1)

    def spoken(self, zone: ZoneInfo) -> tuple[date, date] | tuple[datetime, datetime]:
        """The two ends as one says them: dates for whole days, else times."""
        return self.days(zone) or (self.start, self.until)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment a local day begins, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
