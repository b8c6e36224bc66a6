"""Days as people name them, and what of a calendar they mean."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from bots.understanding.slots.numerals import number_of

Span = tuple[date, date]
Reader = Callable[[re.Match[str], date], Span | None]

#: As many days of one kind as anybody names in a message.
MOST_DAYS: Final = 8
SATURDAY: Final = 5
SUNDAY: Final = 6


@dataclass(frozen=True)
class Days:
    """A named day or several, where it stands in the text."""

    start: int
    end: int
    first: date
    last: date


@dataclass(frozen=True)
class Named:
    """One way to name days."""

    pattern: re.Pattern[str]
    read: Reader


def days_in(text: str, today: date, named: tuple[Named, ...]) -> list[Days]:
    """Every day that is named, in the order of the words; of overlapping ones the first way."""
    found: list[Days] = []
    for one in named:
        for match in islice(one.pattern.finditer(text), MOST_DAYS):
            if any(match.start() < days.end and days.start < match.end() for days in found):
                continue
            span = _read(one, match, today)
            if span:
                found.append(Days(*match.span(), *span))
    return sorted(found, key=lambda days: days.start)


def _read(named: Named, match: re.Match[str], today: date) -> Span | None:
    try:
        return named.read(match, today)
    except (ValueError, OverflowError):  # no such day in any year
        return None


# Readers


def after_days(count: int) -> Reader:
    def read(_: re.Match[str], today: date) -> Span:
        return one(today + timedelta(days=count))

    return read


def counted_days(match: re.Match[str], today: date) -> Span | None:
    """``in 3 days``, ``3日後``, ``2週間後``: the ``count`` and ``unit`` of the match."""
    count = counted(match["count"])
    if count is None or count > 366:  # noqa: PLR2004 - beyond a year nobody means a delivery
        return None
    unit = match["unit"].casefold()
    days = 7 if unit.startswith(("week", "週")) else 1
    return one(today + timedelta(days=count * days))


def week(number: int) -> Reader:
    """All of a week that begins on Monday; 0 is this one, from today on."""

    def read(_: re.Match[str], today: date) -> Span:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=number)
        return max(monday, today), monday + timedelta(days=SUNDAY)

    return read


def weekend(number: int) -> Reader:
    """Saturday and Sunday; who speaks of the weekend on a Sunday means the coming one."""

    def read(_: re.Match[str], today: date) -> Span:
        monday = today + timedelta(days=1) - timedelta(days=(today + timedelta(days=1)).weekday())
        saturday = monday + timedelta(weeks=number, days=SATURDAY)
        return max(saturday, today), saturday + timedelta(days=1)

    return read


def month(number: int, *, days: tuple[int, int] = (1, 31)) -> Reader:
    """Part of a month, by days: 0 is this month, from today on."""

    def read(_: re.Match[str], today: date) -> Span | None:
        year, of_year = divmod(today.year * 12 + today.month - 1 + number, 12)
        length = calendar.monthrange(year, of_year + 1)[1]
        first = date(year, of_year + 1, min(days[0], length))
        last = date(year, of_year + 1, min(days[1], length))
        return (max(first, today), last) if last >= today else None

    return read


def month_end(number: int) -> Reader:
    def read(_: re.Match[str], today: date) -> Span:
        year, of_year = divmod(today.year * 12 + today.month - 1 + number, 12)
        return one(date(year, of_year + 1, calendar.monthrange(year, of_year + 1)[1]))

    return read


def yearly(month_: int, day: int) -> Reader:
    def read(_: re.Match[str], today: date) -> Span:
        return one(next_date(today, month_, day))

    return read


def weekday(today: date, day: int) -> date:
    """The next such day to come, never today."""
    return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)


def weekday_of_week(today: date, day: int, number: int) -> date:
    """That day of the week which begins on a Monday ``number`` weeks from this one's."""
    return today - timedelta(days=today.weekday()) + timedelta(weeks=number, days=day)


def next_date(today: date, month_: int, day: int, year: int | None = None) -> date:
    """The day itself where a year is said, else the next such day from today on.

    Raises:
        ValueError: no such day.
    """
    if year is not None:
        return date(year + 2000 if year < 100 else year, month_, day)  # noqa: PLR2004 - two figures
    for candidate in range(today.year, today.year + 5):  # the 29th of February comes in time
        if day <= calendar.monthrange(candidate, month_)[1]:
            found = date(candidate, month_, day)
            if found >= today:
                return found
    raise ValueError("no such day")


def next_day_of_month(today: date, day: int) -> date:
    """The next day with that number, from today on.

    Raises:
        ValueError: no such day.
    """
    if not 1 <= day <= 31:  # noqa: PLR2004 - days of a month
        raise ValueError("no such day")
    for number in range(3):
        year, of_year = divmod(today.year * 12 + today.month - 1 + number, 12)
        if day <= calendar.monthrange(year, of_year + 1)[1]:
            found = date(year, of_year + 1, day)
            if found >= today:
                return found
    raise ValueError("no such day")


def one(day: date) -> Span:
    return day, day


def counted(word: str) -> int | None:
    from_word = {
        "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
        "seven": 7, "eight": 8, "nine": 9, "ten": 10, "couple of": 2, "a couple of": 2,
    }.get(word.casefold())  # fmt: skip
    return from_word if from_word is not None else number_of(word)
