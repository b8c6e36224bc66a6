"""The figures there are, what each is made of, and what is asked for; see docs/reports.md."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from oms_service.kernel.languages import Language
from oms_service.shipping.accuracy import Period


class Figure(StrEnum):
    """Everything that is counted."""

    OPENED = "opened"
    SETTLED = "settled"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    TO_SETTLING = "to_settling"
    IN_TIME = "in_time"
    BACKLOG = "backlog"
    REOPENED = "reopened"
    ONE_TOUCH = "one_touch"
    SATISFACTION = "satisfaction"
    CONTACT_RATE = "contact_rate"
    REFUND_CYCLE = "refund_cycle"
    PROMISE_SLIP = "promise_slip"
    CONTAINMENT = "containment"
    ROUTING = "routing"


class By(StrEnum):
    """What figures are split by."""

    QUEUE = "queue"
    AGENT = "agent"
    CHANNEL = "channel"
    REASON = "reason"
    CARRIER = "carrier"
    SKU = "sku"
    DAY = "day"
    WEEK = "week"


#: Splits by when it happened.
TIMES: Final = frozenset({By.DAY, By.WEEK})
#: Splits of conversations that became no case, which have no queue and nobody.
OF_TALKS: Final = frozenset({By.CHANNEL, By.DAY, By.WEEK})


@dataclass(frozen=True)
class Count:
    """So many."""

    count: int

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count}


@dataclass(frozen=True)
class Spread:
    """How long: of ``count``, half took no longer than the median, nine of ten than ``p90_s``.

    ``business_*`` count the hours of answer times, of those that have some; None without any.
    """

    count: int
    median_s: float
    p90_s: float
    business_median_s: float | None = None
    business_p90_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "median_s": _round(self.median_s),
            "p90_s": _round(self.p90_s),
            "business_median_s": _round(self.business_median_s),
            "business_p90_s": _round(self.business_p90_s),
        }


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def share(self) -> float:
        return self.part / self.whole

    def as_json(self) -> dict[str, Any]:
        return {"part": self.part, "whole": self.whole, "share": round(self.share, 4)}


@dataclass(frozen=True)
class Satisfied(Share):
    """Scores of 4 and 5 of all that were given, and their mean from 1 to 5."""

    total: int = 0

    @property
    def mean(self) -> float:
        return self.total / self.whole

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "mean": round(self.mean, 2)}


@dataclass(frozen=True)
class Rate:
    """Cases whose customers wrote first, against orders placed."""

    contacts: int
    orders: int

    @property
    def per_100(self) -> float:
        return 100 * self.contacts / self.orders

    def as_json(self) -> dict[str, Any]:
        return {
            "contacts": self.contacts,
            "orders": self.orders,
            "per_100": round(self.per_100, 2),
        }


Measured = Count | Spread | Share | Satisfied | Rate


@dataclass(frozen=True)
class Line:
    """The figures of one queue, agent and so on; of everything where ``key`` is empty.

    A figure of which nothing happened is left out. ``key`` is a code or an id as text, a day, or
    the Monday of a week; empty in a split for what has none.
    """

    key: str
    figures: Mapping[Figure, Measured] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """By which splits are ordered: how much happened."""
        return sum(_weight(self.figures.get(one)) for one in (Figure.OPENED, Figure.SETTLED))

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "figures": {str(name): one.as_json() for name, one in sorted(self.figures.items())},
        }


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for: whole days, and which cases; None and empty are all.

    ``queue_ids`` are the only queues that whoever asks may see.
    """

    period: Period
    queue_ids: frozenset[int] = frozenset()
    queue_id: int | None = None
    agent_id: int | None = None
    channel: str = ""
    reason: str = ""
    language: Language | None = None
    tag_id: int | None = None

    @property
    def is_narrowed(self) -> bool:
        return self != Wanted(period=self.period)

    def before(self) -> "Wanted":
        """The same of as many days just before."""
        days = (self.period.last - self.period.first).days + 1
        last = self.period.first - timedelta(days=1)
        earlier = Period(last - timedelta(days=days - 1), last, self.period.zone)
        return replace(self, period=earlier)


def period(first: date | None, last: date | None, usual: Period) -> Period:
    """The days asked for; of what is missing the usual ones; turned round where they are."""
    if first is None and last is None:
        return usual
    if first is None:
        first = min(last or usual.last, usual.first)
    if last is None:
        last = max(first, usual.last)
    return Period(min(first, last), max(first, last), usual.zone)


def _weight(found: Measured | None) -> int:
    return found.count if isinstance(found, Count) else 0


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
