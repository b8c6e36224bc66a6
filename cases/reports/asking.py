"""What an address asks of figures: days, filters and a split; read alike by pages and programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cases import queries as cases
from cases.reports.figures import By, Wanted, period
from cases.sla.pages import CHANNEL_WORDS
from cases.taxonomy import queries as taxonomy
from cases.views import ReasonView
from oms_service.access import queries as access
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, Words
from oms_service.shipping.accuracy import Period

#: Without other days figures are of so many, today among them.
USUAL_DAYS: Final = 28
#: Figures are of a year at most.
MOST_DAYS: Final = 366
#: From so many days on the charts go by weeks.
_LONG_DAYS: Final = 35
_YEARS: Final = (2000, 2099)
#: What figures are narrowed down to, as named in addresses.
FILTERS: Final = ("queue", "agent", "channel", "reason", "language", "tag")


@dataclass(frozen=True)
class Names:
    """What can be asked for, by what it is called: queues, colleagues, reasons, tags."""

    queues: Mapping[int, tuple[str, Words]]
    staff: Mapping[int, str]
    reasons: Mapping[str, ReasonView]
    tags: Mapping[int, str]


def names(reader: Connection, *, only: frozenset[int] = frozenset()) -> Names:
    """What there is; of queues those that whoever asks may see, all where ``only`` is empty."""
    queues = taxonomy.queues(reader)
    return Names(
        {one: queue for one, queue in queues.items() if not only or one in only},
        access.staff_names(reader),
        cases.reasons(reader),
        taxonomy.tag_names(reader),
    )


def usual(*, now: datetime, zone: ZoneInfo) -> Period:
    """The days of figures that nobody named any for."""
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=USUAL_DAYS - 1), today, zone)


def read(
    said: Mapping[str, str], names: Names, *, now: datetime, zone: ZoneInfo
) -> tuple[Wanted, dict[str, str]]:
    """What is asked for, and by name what of it cannot be; the latter is left out of the former.

    Args:
        said: the arguments of an address: ``from``, ``to`` and ``FILTERS``; empty is not said.
        names: what there is.
        now: the present.
        zone: the shop's, whose days are meant.
    """
    wrong: dict[str, str] = {}

    def one_of(name: str, known: Mapping[str, Any]) -> Any:
        value = said.get(name, "")
        if value and value not in known:
            wrong[name] = "is unknown"
        return known.get(value)

    days = period(day(said, "from", wrong), day(said, "to", wrong), usual(now=now, zone=zone))
    if (days.last - days.first).days >= MOST_DAYS:
        wrong["from"] = "is more than a year before the last day"
        days = Period(days.last - timedelta(days=MOST_DAYS - 1), days.last, zone)
    channels = {one: one for one in CHANNEL_WORDS}
    found = Wanted(
        period=days,
        queue_id=one_of("queue", {code: one for one, (code, _) in names.queues.items()}),
        agent_id=one_of("agent", {str(one): one for one in names.staff}),
        channel=one_of("channel", channels) or "",
        reason=one_of("reason", {one: one for one in names.reasons}) or "",
        language=one_of("language", {str(one): one for one in Language}),
        tag_id=one_of("tag", {str(one): one for one in names.tags}),
    )
    return found, wrong


def require(said: Mapping[str, str], names: Names, *, now: datetime, zone: ZoneInfo) -> Wanted:
    """The same for programs, which are told of what cannot be.

    Raises:
        Invalid: naming it.
    """
    found, wrong = read(said, names, now=now, zone=zone)
    if wrong:
        raise Invalid("these figures cannot be counted", wrong)
    return found


def pace(wanted: Wanted) -> By:
    """By what charts go: days, or weeks of a long time."""
    days = (wanted.period.last - wanted.period.first).days + 1
    return By.WEEK if days > _LONG_DAYS else By.DAY


def day(said: Mapping[str, str], name: str, wrong: dict[str, str]) -> date | None:
    """The day that was asked for as ``name``, if any; what is none is noted in ``wrong``."""
    value = said.get(name, "")
    if not value:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or not _YEARS[0] <= found.year <= _YEARS[1]:
        wrong[name] = "is not a day"
        return None
    return found
