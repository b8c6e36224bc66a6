"""Days as Japanese names them."""

import re
from datetime import date
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
from bots.understanding.slots.numerals import number_of

_N: Final = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_WEEKDAYS: Final = "月火水木金土日"
#: What makes a number of days a length of time, or a day gone by, rather than a date.
_NO_DATE: Final = (
    r"(?!以内|間|前|以前|目|程|ほど|くらい|ぐらい|経|も|分|足らず|かか|ごと|おき|後"
    r"|連続|とか(?:かり|から)"
    r"|で(?:届|着|来|返|終|到|発)|待|で(?:すぐ)?き|本|付け?で(?:注文|購入)|に(?:注文"
    r"|購入|買|頼|届いた|届き|受け?取った|発送され))"
)
_WEEKS: Final = {
    "今週": 0,
    "来週": 1,
    "再来週": 2,
    "さ来週": 2,
    "翌週": 1,
    "今度": None,
    "次": None,
    "": None,
}


def _weekday(match: re.Match[str], today: date) -> Span:
    number = _WEEKS.get(match["week"] or "")
    day = _WEEKDAYS.index(match["day"])
    return one(weekday(today, day) if number is None else weekday_of_week(today, day, number))


def _date(match: re.Match[str], today: date) -> Span:
    year = int(match["year"]) if match["year"] else None
    return one(next_date(today, _number(match["month"]), _number(match["day"]), year))


def _day(match: re.Match[str], today: date) -> Span:
    return one(next_day_of_month(today, _number(match["day"])))


def _day_of_next_month(match: re.Match[str], today: date) -> Span:
    first = next_date(today, today.month % 12 + 1, 1)
    return one(first.replace(day=_number(match["day"])))


def _number(text: str) -> int:
    number = number_of(text)
    if number is None:
        raise ValueError(text)
    return number


def _ways() -> tuple[Named, ...]:
    ways = (
        (r"(?P<year>20\d{2})年\s?(?P<month>\d{1,2})月\s?(?P<day>\d{1,2})日?", _date),
        ((
        r"(?<![\d/-])(?P<year>20\d{2})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?![\d/-"
        r"])"
    ), _date),
        (rf"(?P<year>)(?P<month>{_N})月\s?(?P<day>{_N})日{_NO_DATE}", _date),
        ((
        r"(?P<year>)(?<![\d/.-])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d"
        r"|0?[1-9])(?![\d/]|[- ]?(?:inch|sleeve|length|cup|size))"
    ), _date),
        (rf"来月の?(?P<day>{_N})日", _day_of_next_month),
        (r"(?P<count>\d{1,2}|[一二三四五六七八九十]{1,2})(?P<unit>日|週間)後", counted_days),
        (r"明明後日|明々後日|しあさって", after_days(3)),
        (r"明後日|あさって", after_days(2)),
        (r"明日|あした|あす(?!か)|みょうにち", after_days(1)),
        (r"今日|本日|きょう(?!と)|今夜|今晩|今夕", after_days(0)),
        (r"再来週末|再来週の(?:週末|土日)", weekend(2)),
        (r"来週末|来週の(?:週末|土日)|次の週末", weekend(1)),
        (r"(?:今|この|今度の)?週末|今週の(?:週末|土日)|(?<![一-鿿])土日", weekend(0)),
        ((
        r"(?P<week>再来週|さ来週|来週|今週|翌週|今度"
        r"|次)?の?、?(?P<day>[月火水木金土日])曜日?(?!日)"
    ), _weekday),
        (r"(?P<week>再来週|来週|今週)の(?P<day>[月火水木金土日])(?![一-鿿])", _weekday),
        (r"再来週(?!末)(?:中|いっぱい|以降|の(?:どこか|うち|いつでも))?(?<!以降)", week(2)),
        (r"来週(?!末)(?:中|いっぱい|の(?:どこか|うち|いつでも))?", week(1)),
        (r"今週(?!末)(?:中|いっぱい|の(?:どこか|うち|いつでも))?", week(0)),
        (r"来月(?:の)?(?:上旬|初め|はじめ|頭)|来月初", month(1, days=(1, 10))),
        (r"来月(?:の)?(?:中旬|半ば)", month(1, days=(11, 20))),
        (r"来月(?:の)?下旬", month(1, days=(21, 31))),
        (r"来月(?:の)?(?:末|終わり)", month_end(1)),
        (r"来月(?:中)?(?![一-鿿])", month(1)),
        (r"(?:今月(?:の)?|当月)?上旬", month(0, days=(1, 10))),
        (r"(?:今月(?:の)?|当月)?中旬", month(0, days=(11, 20))),
        (r"(?:今月(?:の)?|当月)?下旬", month(0, days=(21, 31))),
        (r"月末|今月(?:の)?(?:末|終わり)", month_end(0)),
        (r"今月(?:中|いっぱい)", month(0)),
        (r"クリスマスイブ|クリスマスイヴ", yearly(12, 24)),
        (r"クリスマス", yearly(12, 25)),
        (r"大晦日|大みそか", yearly(12, 31)),
        (r"元日|元旦", yearly(1, 1)),
        (rf"(?<![\d月/.,-])(?<![一二三四五六七八九十])(?P<day>{_N})日(?!曜){_NO_DATE}", _day),
        (r"[(（](?P<week>)(?P<day>[月火水木金土日])[)）]", _weekday),
    )  # fmt: skip
    return tuple(Named(re.compile(pattern), read) for pattern, read in ways)


WAYS: Final = _ways()

#: Between two days: everything from one to the other.
TO: Final = re.compile(
    r"\s?(?:\([月火水木金土日]\))?\s?(?:から|〜|~|-|、|か、?|または|もしくは|と|・)\s?"
)
#: From the day on, the day itself included or not.
SINCE: Final = re.compile(
    r"(?:\([月火水木金土日]\))?(?:中|いっぱい)?(?:の?以降|以後|から(?:なら|であれば"
    r"|先|後)?(?!.{0,8}(?:に変|へ変))|より(?:後|あと)|を?過ぎ|すぎ|の後|の翌日|のあと)"
)
AFTER: Final = re.compile(r"(?:より(?:後|あと)|を?過ぎ|すぎ|の後|の翌日|のあと)")
#: Up to the day.
UNTIL: Final = re.compile(
    r"(?:\([月火水木金土日]\))?(?:中|いっぱい)?(?:まで(?:に)?(?!は(?:無理|いない|不在"
    r"|家に))|以前|より前|の前(?!日)|迄)"
)
BEFORE: Final = re.compile(r"(?:より前|の前)")
#: A day that is given up for another one.
LEFT: Final = re.compile(
    r"(?:では|じゃ|で)なく|(?:の)?予定(?:を|から|だった|でした)|から.{0,8}(?:に"
    r"|へ)(?:変|ずら|移|動|延|伸|早)|の代わり|(?:は|が)(?:無理|だめ|駄目|不在|留守|いない"
    r"|いません|都合が|受け?取れ)"
)

#: A day gone by: when it was bought, or since when somebody waits.
PAST_BEFORE: Final = re.compile(r"(?:この前|こないだ|前|先週|昨年|去年)の$")
PAST_BEHIND: Final = re.compile(
    r"(?:に|の.{0,3}に|から)?(?:注文し|買っ|購入し|頼ん|届い|受け?取っ|発送され|もらっ|待っ|ずっと)"
)


def since_or_until(text: str, days: Days) -> tuple[bool, bool, bool, bool]:
    """Whether the words behind the days say from, strictly after, until, strictly before."""
    behind = text[days.end : days.end + 12]
    since, until = SINCE.match(behind), UNTIL.match(behind)
    return (
        bool(since),
        bool(since and AFTER.search(since[0])),
        bool(until),
        bool(until and BEFORE.search(until[0])),
    )
