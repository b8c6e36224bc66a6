"""When: the days and hours of a message together."""

from datetime import date, timedelta
from typing import Final

from bots.understanding.slots import days_en, days_ja
from bots.understanding.slots.days import Days, days_in
from bots.understanding.slots.hours import hours_in
from bots.understanding.slots.sheet import TAKEN, Sheet, What
from bots.understanding.values import When
from oms_service.kernel.languages import Language

_DAY: Final = timedelta(days=1)
#: How far before a day the verb stands that moves it.
_NEAR: Final = 60
_WAYS: Final = {
    Language.JAPANESE: (*days_ja.WAYS, *days_en.WAYS),
    Language.ENGLISH: (*days_en.WAYS, *days_ja.WAYS),
}


def when_in(sheet: Sheet, language: Language, today: date) -> When | None:
    """The days and hours that are wanted; of two days of which one is given up, the other.

    What is wanted is said last: ``from the 3rd to the 5th`` is all of it, ``move it from the 3rd
    to the 5th`` is the 5th.
    """
    text = sheet.left
    named = days_in(text, today, _WAYS[language])
    days = [one for one in named if not _is_past(text, one)]
    for one in named:
        sheet.take(What.DATE, (one.start, one.end))
    hours = hours_in(sheet.left) or hours_in(text) if days or not named else None
    if hours and TAKEN not in sheet.left[hours.start : hours.end]:
        sheet.take(What.DATE, (hours.start, hours.end))
    kept = [one for one in days if not _is_left(text, one, is_alone=len(days) == 1)]
    first, last = _span(text, kept or days, today)
    if first is None and last is None and hours is None:
        return None
    return When(
        first=first,
        last=last,
        from_hour=hours.first if hours else None,
        until_hour=hours.until if hours else None,
    )


def _span(text: str, days: list[Days], today: date) -> tuple[date | None, date | None]:
    if not days:
        return None, None
    if len(days) > 1 and _is_range(text, days[0], days[1]):
        first, last = days[0].first, days[1].last
        return (first, last) if first <= last else (first, _later(last, first))
    chosen = days[0]
    for read in (days_ja.since_or_until, days_en.since_or_until):
        since, is_after, until, is_before = read(text, chosen)
        if since:
            return (chosen.last + _DAY if is_after else chosen.first), None
        if until:
            return min(today, chosen.first), (chosen.first - _DAY if is_before else chosen.last)
    return chosen.first, chosen.last


def _later(last: date, first: date) -> date:
    """``from Friday to Monday``: the Monday that follows the Friday."""
    return last + timedelta(weeks=1) if first - last < timedelta(weeks=1) else first


def _is_range(text: str, one: Days, other: Days) -> bool:
    between = text[one.end : other.start]
    if days_en.MOVES.search(text[max(0, one.start - _NEAR) : one.start]):
        return False
    return bool(days_ja.TO.fullmatch(between) or days_en.TO.fullmatch(between))


def _is_past(text: str, days: Days) -> bool:
    ahead, behind = text[max(0, days.start - _NEAR) : days.start], text[days.end : days.end + 20]
    return bool(
        days_ja.PAST_BEHIND.match(behind)
        or days_ja.PAST_BEFORE.search(ahead)
        or days_en.PAST_BEFORE.search(ahead)
    )


def _is_left(text: str, days: Days, *, is_alone: bool) -> bool:
    if is_alone:
        return False
    behind, ahead = text[days.end : days.end + 20], text[max(0, days.start - _NEAR) : days.start]
    return bool(
        days_ja.LEFT.match(behind)
        or days_en.LEFT_BEFORE.search(ahead)
        or days_en.MOVES.search(ahead)
    )
