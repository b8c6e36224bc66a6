"""How money, dates, times, names and addresses are said, in Japanese and in English.

Pure functions of what they are given: the language, the zone and the present moment are
arguments, so that a bot, a notice and a page say one thing the same way.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money

#: Carriers call 8 to 12 "the morning" (午前中), and so do people.
MORNING: Final = (time(8), time(12))

_NEAR_DAYS: Final[dict[Language, dict[int, str]]] = {
    Language.JAPANESE: {-2: "一昨日", -1: "昨日", 0: "本日", 1: "明日", 2: "明後日"},
    Language.ENGLISH: {-1: "yesterday", 0: "today", 1: "tomorrow"},
}
#: So many answers of a kind are kept: a page says the same few numbers and days again and again.
_KEPT: Final = 2048
_JAPANESE_LETTERS: Final = re.compile(r"[぀-ヿ㐀-鿿々]")
_TRACKING_OF_JAPAN: Final = re.compile(r"\d{12}")
_POSTAL_CODE_OF_JAPAN: Final = re.compile(r"\d{7}")


# Money and numbers


def money(amount: Money, language: Language) -> str:
    """「1,980円」, "¥1,980", "$48.84"; a negative amount carries its sign in front."""
    sign = "-" if amount.minor < 0 else ""
    value = abs(amount.decimal)
    if amount.currency == "JPY" and language is Language.JAPANESE:
        return f"{sign}{number(int(value), language)}円"
    # CLDR writes US$ and JP¥ for readers elsewhere; a shop's prices need no such care.
    return sign + _in_currency(value, amount.currency)


@lru_cache(_KEPT)
def _in_currency(value: Decimal, currency: str) -> str:
    return format_currency(value, currency, locale="en_US")


def money_with_tax(amount: Money, language: Language) -> str:
    """「1,980円(税込)」, "¥1,980 incl. tax"."""
    said = money(amount, language)
    return f"{said}(税込)" if language is Language.JAPANESE else f"{said} incl. tax"


def money_plain(amount: Money) -> str:
    """The bare figure for a machine or a form field: "1980", "48.84"."""
    return f"{amount.decimal:f}"


@lru_cache(_KEPT, typed=True)
def number(value: int | Decimal, language: Language) -> str:
    return format_decimal(value, locale=language.value)


def percent(part: float, language: Language) -> str:
    """Whole percents: 0.125 is "12%"; a share above nothing is never said to be nothing."""
    del language  # both write it alike; callers need not know
    whole = round(part * 100)
    return "<1%" if whole == 0 and part > 0 else f"{whole}%"


# Days


def day(
    day: date, *, now: datetime, zone: ZoneInfo, language: Language, relative: bool = True
) -> str:
    """「明日 11月23日(月)」, "tomorrow, Mon 23 Nov"; the year only when it is another one.

    With ``relative``, today and its neighbours are called by name too.
    """
    today = now.astimezone(zone).date()
    words = near_day(day, now=now, zone=zone, language=language) if relative else None
    with_year = day.year != today.year
    if language is Language.JAPANESE:
        return _joined(words, _day_ja(day, with_year=with_year), " ")
    return _joined(words, _day_en(day, with_year=with_year), ", ")


def near_day(day: date, *, now: datetime, zone: ZoneInfo, language: Language) -> str | None:
    """The everyday word for a day near ``now`` (明日, "tomorrow"), or None when it has none."""
    return _NEAR_DAYS[language].get((day - now.astimezone(zone).date()).days)


@lru_cache(_KEPT)
def _day_ja(day: date, *, with_year: bool) -> str:
    return format_date(day, "y年M月d日(E)" if with_year else "M月d日(E)", locale="ja")


@lru_cache(_KEPT)
def _day_en(day: date, *, with_year: bool) -> str:
    return format_date(day, "EEE d MMM y" if with_year else "EEE d MMM", locale="en")


def _joined(word: str | None, rest: str, glue: str) -> str:
    return rest if word is None else f"{word}{glue}{rest}"


# Moments


def clock_time(at: time | datetime, language: Language) -> str:
    """「18時」「7時42分」, "18:00", "7:42": hours of 24 in both."""
    if language is Language.JAPANESE:
        return f"{at.hour}時{at.minute}分" if at.minute else f"{at.hour}時"
    return f"{at.hour}:{at.minute:02}"


def moment(
    at: datetime, *, now: datetime, zone: ZoneInfo, language: Language, relative: bool = True
) -> str:
    """「本日7時42分」「11月23日(月)14時」, "today at 7:42", "Mon 23 Nov, 14:00"."""
    local = at.astimezone(zone)
    clock = clock_time(local, language)
    near = near_day(local.date(), now=now, zone=zone, language=language) if relative else None
    if near is not None:
        return f"{near}{clock}" if language is Language.JAPANESE else f"{near} at {clock}"
    said = day(local.date(), now=now, zone=zone, language=language, relative=False)
    return f"{said}{clock}" if language is Language.JAPANESE else f"{said}, {clock}"


def stamp(at: datetime, *, zone: ZoneInfo, language: Language) -> str:
    """The whole truth about a moment, for a title or a record: "Mon 23 Nov 2026, 14:05 JST"."""
    local = at.astimezone(zone)
    clock = f"{local.hour}:{local.minute:02}"
    if language is Language.JAPANESE:
        return f"{_day_ja(local.date(), with_year=True)} {clock} {local.tzname()}"
    return f"{_day_en(local.date(), with_year=True)}, {clock} {local.tzname()}"


def ago(at: datetime, *, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """「3分前」, "in 2 hours"; beyond half a day, the moment itself."""
    distance = abs(now - at)
    if distance < timedelta(minutes=1):
        return "たった今" if language is Language.JAPANESE else "just now"
    if distance >= timedelta(hours=12):
        return moment(at, now=now, zone=zone, language=language)
    minutes = int(distance.total_seconds() // 60)
    size = _size(minutes, language)
    if language is Language.JAPANESE:
        return f"{size}前" if at < now else f"{size}後"
    return f"{size} ago" if at < now else f"in {size}"


def duration(minutes: int, language: Language) -> str:
    """「約5分」「約1時間30分」, "about 5 minutes", "about 1 hour 30 minutes"."""
    size = _size(max(minutes, 1), language, exact=True)
    return f"約{size}" if language is Language.JAPANESE else f"about {size}"


def _size(minutes: int, language: Language, *, exact: bool = False) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "時間", "hour")] if hours else []
    if rest and (exact or not hours):
        parts.append((rest, "分", "minute"))
    if not parts:
        parts = [(0, "分", "minute")]
    if language is Language.JAPANESE:
        return "".join(f"{count}{unit}" for count, unit, _ in parts)
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, _, unit in parts)


# Windows


def window(
    start: date | datetime,
    end: date | datetime,
    *,
    now: datetime,
    zone: ZoneInfo,
    language: Language,
) -> str:
    """The span in which something is expected, as a person would say it.

    Two dates, or moments on two days: 「11月25日(水)~26日(木)」, "between Wed 25 and Thu 26
    November". Moments within one day: 「本日14~16時」, "today between 14:00 and 16:00".

    ``end`` is the last day that counts, or the moment the window closes: midnight closes the day
    before it. An end before ``start`` is read as ``start``.
    """
    first, last = _local(start, zone), _local(end, zone)
    if _is_midnight(first) and _is_midnight(last):  # whole days: nobody says "0 to 24 hours"
        first, last = _date(first), max(_date(first), _last_date(last))
    first_day, last_day = _date(first), _last_date(last)
    if last_day <= first_day:
        said = day(first_day, now=now, zone=zone, language=language)
        if isinstance(first, datetime) and isinstance(last, datetime) and last > first:
            near = near_day(first_day, now=now, zone=zone, language=language)
            return _hours_on(said, near, first.time(), last.time(), language)
        return said
    return _days(first_day, last_day, year=now.astimezone(zone).year, language=language)


def hours(start: time, end: time, language: Language) -> str:
    """「14~16時」「14時30分~16時」「午前中」, "14:00–16:00"; midnight as an end is 24:00."""
    if language is Language.JAPANESE:
        if (start, end) == MORNING:
            return "午前中"
        close = "24時" if end == time.min else clock_time(end, language)
        opening = str(start.hour) if not start.minute and not end.minute else None
        return f"{opening or clock_time(start, language)}~{close}"
    close = "24:00" if end == time.min else f"{end.hour}:{end.minute:02}"
    return f"{start.hour}:{start.minute:02}–{close}"


def _hours_on(said: str, near: str | None, start: time, end: time, language: Language) -> str:
    span = hours(start, end, language)
    is_today = near == _NEAR_DAYS[language][0]
    if language is Language.JAPANESE:
        return f"{near}{span}" if is_today else f"{said} {span}"
    if is_today:
        opening, close = span.split("–")
        return f"{near} between {opening} and {close}"
    return f"{said}, {span}"


@lru_cache(_KEPT)
def _days(first: date, last: date, *, year: int, language: Language) -> str:
    with_year = first.year != year or last.year != year
    one_month = (first.year, first.month) == (last.year, last.month)
    if language is Language.JAPANESE:
        opening = _day_ja(first, with_year=with_year)
        if one_month:
            return f"{opening}~{format_date(last, 'd日(E)', locale='ja')}"
        return f"{opening}~{_day_ja(last, with_year=first.year != last.year)}"
    tail = "EEE d MMMM y" if with_year else "EEE d MMMM"
    head = "EEE d" if one_month else "EEE d MMMM y" if first.year != last.year else "EEE d MMMM"
    opening = format_date(first, head, locale="en")
    return f"between {opening} and {format_date(last, tail, locale='en')}"


def _local(value: date | datetime, zone: ZoneInfo) -> date | datetime:
    return value.astimezone(zone) if isinstance(value, datetime) else value


def _is_midnight(value: date | datetime) -> bool:
    return isinstance(value, datetime) and value.time() == time.min


def _date(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


def _last_date(value: date | datetime) -> date:
    if isinstance(value, datetime) and _is_midnight(value):
        return value.date() - timedelta(days=1)
    return _date(value)


# People and places


def name(family: str, given: str, language: Language, *, honorific: bool = True) -> str:
    """「山田 太郎 様」, "John Smith": each name in the order its own people write it."""
    family, given = family.strip(), given.strip()
    family_first = bool(_JAPANESE_LETTERS.search(family + given))
    parts = (family, given) if family_first else (given, family)
    said = " ".join(part for part in parts if part)
    return f"{said} 様" if said and honorific and language is Language.JAPANESE else said


def postal_code(code: str, country: str = "JP") -> str:
    """「〒123-4567」 in Japan, the bare code elsewhere; what does not look like one stays."""
    plain = unicodedata.normalize("NFKC", code).strip()
    digits = re.sub(r"\D", "", plain)
    if country == "JP" and _POSTAL_CODE_OF_JAPAN.fullmatch(digits):
        return f"〒{digits[:3]}-{digits[3:]}"
    return plain


def address_lines(
    *,
    language: Language,
    country: str,
    code: str = "",
    region: str = "",
    city: str = "",
    street: str = "",
    building: str = "",
) -> tuple[str, ...]:
    """An address as its own country writes it on a parcel, empty parts left out.

    ``country`` is in ISO 3166 letters, ``region`` a prefecture or state. Japan goes from large
    to small, others from small to large.
    """
    if country == "JP":
        apart = "" if _JAPANESE_LETTERS.search(region + city + street) else " "
        place = apart.join(part for part in (region, city, street) if part)
        lines = [postal_code(code, country) if code else "", place, building]
    else:
        town = " ".join(part for part in (region, code) if part)
        lines = [street, building, ", ".join(part for part in (city, town) if part)]
    lines.append(country_abroad(country, language))
    return tuple(line.strip() for line in lines if line.strip())


def country_abroad(country: str, language: Language) -> str:
    """The country as the last line of an address; empty for who reads Japanese of one in Japan."""
    if country == "JP" and language is Language.JAPANESE:
        return ""
    return str(Locale(language.value).territories.get(country, country))


def phone(number: str, language: Language) -> str:
    """「090-1234-5678」 for a number of Japan read in Japanese, "+81 90-1234-5678" otherwise."""
    import phonenumbers  # noqa: PLC0415 - its tables are large, and few processes show a number

    try:
        parsed = phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return number
    at_home = language is Language.JAPANESE and parsed.country_code == 81  # noqa: PLR2004 - Japan
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if at_home else form.INTERNATIONAL)


# Orders and parcels


def order(number: str, language: Language) -> str:
    """「ご注文 A-10423」, "order A-10423": the number as the shop writes it."""
    return f"ご注文 {number}" if language is Language.JAPANESE else f"order {number}"


def tracking_number(number: str) -> str:
    """A carrier's number in groups of four where it has the twelve digits of Japan's carriers."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    if _TRACKING_OF_JAPAN.fullmatch(digits):
        return "-".join((digits[:4], digits[4:8], digits[8:]))
    return number.strip()


def items(first: str, others: int, language: Language) -> str:
    """「ドリップコーヒーほか1点」, "drip coffee and 1 more"."""
    if others <= 0:
        return first
    return (
        f"{first}ほか{others}点" if language is Language.JAPANESE else f"{first} and {others} more"
    )


def quantity(count: int, language: Language) -> str:
    """「3点」, "3 items"."""
    if language is Language.JAPANESE:
        return f"{number(count, language)}点"
    return f"{number(count, language)} item{'' if count == 1 else 's'}"


def listing(parts: Sequence[str], language: Language) -> str:
    """「青、赤、白」, "blue, red and white"."""
    if language is Language.JAPANESE:
        return "、".join(parts)
    return format_list(list(parts), locale="en_GB") if parts else ""
