"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class StandingClock:
    """Starts on Sunday 22 November 2026, 10:00 in Tokyo."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **parts: float) -> None:
        self._now += timedelta(**parts)

    def set(self, now: datetime) -> None:
        self._now = now
