"""Days as English names them."""

import re
from datetime import date, timedelta
from typing import Final

from bots.understanding.slots.days import (
    Days,
    Named,
    Span,
    after_days,
    counted_days,
    month,
    month_end,
    next_date,
    next_day_of_month,
    one,
    week,
    weekday,
    weekday_of_week,
    weekend,
    yearly,
)

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAY: Final = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tues?|weds?|thu(?:rs?)?|fri|mon(?= |,|$|\.)"
)
#: Two of the short ones are words of their own: they need a word for time beside them.
_DAY: Final = (
    rf"(?P<day>{_LONG_DAY}|(?<=on )sat|(?<=on )sun|(?<=next )sat|(?<=next )sun"
    rf"|(?<=this )sat|(?<=this )sun)"
)
_MONTH_LIST: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS: Final = tuple(_MONTH_LIST.split())
_MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NTH: Final = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_SURE_NTH: Final = r"(?P<day>3[01]st|3[01]|30th|2[0-9]|1\d|0?[1-9])(?:st|nd|rd|th)"
_YEAR: Final = r"(?:,? (?P<year>20\d{2})(?!\d))?"
_COUNT: Final = (
    r"(?P<count>\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|(?:a )?couple of)"
)


def _weekday(match: re.Match[str], today: date) -> Span:
    return one(weekday(today, _day_of(match["day"])))


def _weekday_next_week(match: re.Match[str], today: date) -> Span:
    return one(weekday_of_week(today, _day_of(match["day"]), 1))


def _weekday_after_next(match: re.Match[str], today: date) -> Span:
    return one(weekday(today, _day_of(match["day"])) + timedelta(weeks=1))


def _day_of(word: str) -> int:
    return _DAYS.index(word[:3].casefold())


def _date(match: re.Match[str], today: date) -> Span:
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else None
    return one(
        next_date(today, _MONTHS.index(parts["month"][:3].casefold()) + 1, int(parts["day"]), year)
    )


def _numeric(match: re.Match[str], today: date) -> Span:
    """Month first, as in America; day first where it cannot be a month."""
    month_, day = int(match["one"]), int(match["two"])
    if month_ > 12 >= day:  # noqa: PLR2004 - months
        month_, day = day, month_
    return one(next_date(today, month_, day, int(match["year"]) if match["year"] else None))


def _day(match: re.Match[str], today: date) -> Span:
    return one(next_day_of_month(today, int(re.sub(r"\D", "", match["day"]))))


def _whole_month(match: re.Match[str], today: date) -> Span:
    number = (_MONTHS.index(match["month"][:3].casefold()) + 1 - today.month) % 12
    span = month(number)(match, today)
    if span is None:
        raise ValueError("no such month")
    return span


def _ways() -> tuple[Named, ...]:
    ways = (
        (
            (r"(?<![\d/-])(?P<year>20\d{2})[/.-](?P<one>\d{1,2})[/.-](?P<two>\d{1,2})(?![\d/-])"),
            _numeric,
        ),
        (
            (
                r"(?<![\d/.-])(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>20\d{2}"
                r"|\d{2}))?(?![\d/]|[- ]?(?:inch|sleeve|length|cup|size))"
            ),
            _numeric,
        ),
        (rf"\b(?:the )?{_NTH} (?:of )?{_MONTH}{_YEAR}(?!\w)", _date),
        (rf"\b{_MONTH} (?:the )?{_NTH}(?![\d:]|\w|,\d){_YEAR}", _date),
        (r"\b(?:the )?day after tomorrow\b|\bovermorrow\b", after_days(2)),
        (r"\b(?:tomorrow|tmrw?|tmw|tomorow|tommorow|tomorro)\b", after_days(1)),
        (r"\b(?:today|tonight|tonite|this (?:morning|afternoon|evening))\b", after_days(0)),
        (
            (rf"\b(?:in|within the next) {_COUNT} (?P<unit>day|week)s?(?:' time|s' time)?\b"),
            counted_days,
        ),
        (rf"\b{_COUNT} (?P<unit>day|week)s? (?:from (?:now|today)|later)\b", counted_days),
        (rf"\b(?:the )?{_DAY} after next\b", _weekday_after_next),
        (
            (
                rf"\b{_DAY},? (?:of )?next week\b"
                rf"|\bnext week(?:'s)?,? (?:on )?(?P<day2>{_LONG_DAY})"
            ),
            _either_next_week,
        ),
        (
            (rf"\b(?:next |this |this coming |coming |the coming |the following )?{_DAY}(?!\w)"),
            _weekday,
        ),
        (r"\bweek after next\b", week(2)),
        (r"\bnext weekend\b|\bweekend after\b", weekend(1)),
        (r"\b(?:this |the |over the |coming )?weekend\b", weekend(0)),
        (r"\bnext week\b|\bthe following week\b|\bthe week after\b", week(1)),
        (r"\bthis week\b|\blater (?:this|in the) week\b", week(0)),
        (r"\b(?:the )?end of (?:the|this) month\b", month_end(0)),
        (r"\b(?:the )?end of next month\b", month_end(1)),
        (r"\b(?:early|(?:the )?(?:start|beginning) of) next month\b", month(1, days=(1, 10))),
        (r"\bnext month\b", month(1)),
        (r"\bchristmas eve\b|\bxmas eve\b", yearly(12, 24)),
        (r"\b(?:christmas|xmas)(?: day)?\b", yearly(12, 25)),
        (r"\bnew year'?s eve\b", yearly(12, 31)),
        (r"\bnew year'?s(?: day)?\b", yearly(1, 1)),
        (
            (
                rf"(?:(?<=the )|(?<=on )){_SURE_NTH}(?!\w)(?! (?:one|item|order|option|time|floor"
                rf"|card|thing|line|size|box|parcel|place|of (?!(?:the|this|next) )))"
            ),
            _day,
        ),
        (
            (
                rf"(?:^|(?<=and )|(?<=or )|(?<=to )|(?<=until )|(?<=till )|(?<=by )|(?<=from )"
                rf"|(?<=after )|(?<=before )|(?<=- )|(?<=-)){_SURE_NTH}"
                r"(?=$|[ ,.]*(?:or|to|until|and|please|instead|is|works|would|if|in the|morning"
                r"|afternoon|evening|-|$))"
            ),
            _day,
        ),
        (rf"\b(?:in|during|until|by|early|mid|late) {_MONTH}(?!\w| \d)", _whole_month),
    )
    return tuple(Named(re.compile(pattern, re.IGNORECASE), read) for pattern, read in ways)


def _either_next_week(match: re.Match[str], today: date) -> Span:
    return one(weekday_of_week(today, _day_of(match["day"] or match["day2"]), 1))


WAYS: Final = _ways()

#: Between two days: everything from one to the other.
TO: Final = re.compile(
    r",? ?(?:-|–|to|and|or|through|thru|until|till|or on|/) ?(?:the |on )?", re.IGNORECASE
)
_SINCE_BEFORE: Final = re.compile(
    r"\b(?P<strict>after|later than|past)(?: the)?(?: \w+day)? ?$"
    r"|\b(?:from|starting(?: from| on)?|as of|since|not before|no earlier than"
    r"|any ?time from|on or after|earliest(?: on)?)(?: on)?(?: the)? ?$",
    re.IGNORECASE,
)
_SINCE_BEHIND: Final = re.compile(
    (
        r",? ?(?:or (?:later|after(?:wards?)?|any ?time after|beyond|onwards?)"
        r"|and (?:after|later|onwards?)|onwards?\b|on would|at the earliest|\+)"
    ),
    re.IGNORECASE,
)
_UNTIL_BEFORE: Final = re.compile(
    (
        r"\b(?P<strict>before|earlier than|prior to)(?: the)? ?$|\b(?:by|until|till"
        r"|no later than|not later than|up to|at the latest)(?: the)? ?$"
    ),
    re.IGNORECASE,
)
_UNTIL_BEHIND: Final = re.compile(
    r",? ?(?:or (?:earlier|before|sooner)|at the latest)", re.IGNORECASE
)
_RANGE_FROM: Final = re.compile(r"\bbetween(?: the)? ?$|\bfrom(?: the)? ?$", re.IGNORECASE)
#: A day that is given up for another one.
LEFT_BEFORE: Final = re.compile(
    r"\b(?:not|instead of|rather than|except|can'?t do|cannot do)(?: on)?(?: the)? ?$",
    re.IGNORECASE,
)
MOVES: Final = re.compile(
    (
        r"\b(?:change|move|push|reschedule|shift|switch|postpone|bring|update"
        r"|delay)\w*\b[^.;]{0,40}\bfrom(?: the)? ?$"
    ),
    re.IGNORECASE,
)

#: A day gone by: when it was bought, or since when somebody waits.
PAST_BEFORE: Final = re.compile(
    r"\b(?:since|last|ever since|(?:bought|ordered|arrived|delivered|shipped|placed|came"
    r"|approved|said)"
    r"(?: \w+){0,3}(?: on| in)?)(?: the)? ?(?:in )?$",
    re.IGNORECASE,
)


def since_or_until(text: str, days: Days) -> tuple[bool, bool, bool, bool]:
    """Whether the words about the days say from, strictly after, until, strictly before."""
    ahead, behind = text[max(0, days.start - 24) : days.start], text[days.end : days.end + 20]
    since, until = _SINCE_BEFORE.search(ahead), _UNTIL_BEFORE.search(ahead)
    return (
        bool(since or _SINCE_BEHIND.match(behind)),
        bool(since and since["strict"]),
        bool(until or _UNTIL_BEHIND.match(behind)),
        bool(until and until["strict"]),
    )
