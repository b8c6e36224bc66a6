"""What people read, to the letter."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.kernel.languages import Language
from oms_service.kernel.money import EXPONENTS, Money
from oms_service.web import formats

JA, EN = Language.JAPANESE, Language.ENGLISH
TOKYO = ZoneInfo("Asia/Tokyo")
#: Sunday 22 November 2026, 10:00 in Tokyo.
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("amount", "ja", "en"),
    [
        (Money(1980, "JPY"), "1,980円", "¥1,980"),
        (Money(0, "JPY"), "0円", "¥0"),
        (Money(-1980, "JPY"), "-1,980円", "-¥1,980"),
        (Money(4884, "USD"), "$48.84", "$48.84"),
        (Money(123456789, "USD"), "$1,234,567.89", "$1,234,567.89"),
        (Money(5, "EUR"), "€0.05", "€0.05"),
    ],
)
def test_money(amount: Money, ja: str, en: str) -> None:
    assert formats.money(amount, JA) == ja
    assert formats.money(amount, EN) == en


def test_money_with_tax() -> None:
    assert formats.money_with_tax(Money(1980, "JPY"), JA) == "1,980円(税込)"
    assert formats.money_with_tax(Money(1980, "JPY"), EN) == "¥1,980 incl. tax"


@pytest.mark.parametrize(
    ("day", "ja", "en"),
    [
        (date(2026, 11, 20), "一昨日 11月20日(金)", "Fri 20 Nov"),
        (date(2026, 11, 21), "昨日 11月21日(土)", "yesterday, Sat 21 Nov"),
        (date(2026, 11, 22), "本日 11月22日(日)", "today, Sun 22 Nov"),
        (date(2026, 11, 23), "明日 11月23日(月)", "tomorrow, Mon 23 Nov"),
        (date(2026, 11, 24), "明後日 11月24日(火)", "Tue 24 Nov"),
        (date(2026, 11, 25), "11月25日(水)", "Wed 25 Nov"),
        (date(2027, 1, 5), "2027年1月5日(火)", "Tue 5 Jan 2027"),
        (date(2026, 9, 1), "9月1日(火)", "Tue 1 Sep"),
    ],
)
def test_day(day: date, ja: str, en: str) -> None:
    assert formats.day(day, now=NOW, zone=TOKYO, language=JA) == ja
    assert formats.day(day, now=NOW, zone=TOKYO, language=EN) == en


def test_today_is_the_customers_today() -> None:
    late = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # already the 23rd in Tokyo
    assert formats.day(date(2026, 11, 23), now=late, zone=TOKYO, language=JA) == "本日 11月23日(月)"


@pytest.mark.parametrize(
    ("when", "ja", "en"),
    [
        (at(22, 7, 42), "本日7時42分", "today at 7:42"),
        (at(24, 18), "明後日18時", "Tue 24 Nov, 18:00"),
        (at(27, 18), "11月27日(金)18時", "Fri 27 Nov, 18:00"),
    ],
)
def test_moment(when: datetime, ja: str, en: str) -> None:
    assert formats.moment(when, now=NOW, zone=TOKYO, language=JA) == ja
    assert formats.moment(when, now=NOW, zone=TOKYO, language=EN) == en


def test_stamp_tells_all() -> None:
    assert formats.stamp(NOW, zone=TOKYO, language=JA) == "2026年11月22日(日) 10:00 JST"
    assert formats.stamp(NOW, zone=TOKYO, language=EN) == "Sun 22 Nov 2026, 10:00 JST"


@pytest.mark.parametrize(
    ("distance", "ja", "en"),
    [
        (timedelta(seconds=-20), "たった今", "just now"),
        (timedelta(minutes=-1), "1分前", "1 minute ago"),
        (timedelta(minutes=-59), "59分前", "59 minutes ago"),
        (timedelta(minutes=-90), "1時間前", "1 hour ago"),
        (timedelta(minutes=5), "5分後", "in 5 minutes"),
        (timedelta(hours=2), "2時間後", "in 2 hours"),
        (timedelta(days=-1), "昨日10時", "yesterday at 10:00"),
    ],
)
def test_ago(distance: timedelta, ja: str, en: str) -> None:
    assert formats.ago(NOW + distance, now=NOW, zone=TOKYO, language=JA) == ja
    assert formats.ago(NOW + distance, now=NOW, zone=TOKYO, language=EN) == en


@pytest.mark.parametrize(
    ("minutes", "ja", "en"),
    [
        (0, "約1分", "about 1 minute"),
        (5, "約5分", "about 5 minutes"),
        (60, "約1時間", "about 1 hour"),
        (90, "約1時間30分", "about 1 hour 30 minutes"),
    ],
)
def test_duration(minutes: int, ja: str, en: str) -> None:
    assert formats.duration(minutes, JA) == ja
    assert formats.duration(minutes, EN) == en


@pytest.mark.parametrize(
    ("start", "end", "ja", "en"),
    [
        (
            date(2026, 11, 25),
            date(2026, 11, 26),
            "11月25日(水)~26日(木)",
            "between Wed 25 and Thu 26 November",
        ),
        (
            date(2026, 11, 30),
            date(2026, 12, 1),
            "11月30日(月)~12月1日(火)",
            "between Mon 30 November and Tue 1 December",
        ),
        (
            date(2026, 12, 31),
            date(2027, 1, 2),
            "2026年12月31日(木)~2027年1月2日(土)",
            "between Thu 31 December 2026 and Sat 2 January 2027",
        ),
        (
            date(2027, 1, 4),
            date(2027, 1, 5),
            "2027年1月4日(月)~5日(火)",
            "between Mon 4 and Tue 5 January 2027",
        ),
        (date(2026, 11, 23), date(2026, 11, 23), "明日 11月23日(月)", "tomorrow, Mon 23 Nov"),
        (at(22, 14), at(22, 16), "本日14~16時", "today between 14:00 and 16:00"),
        (at(23, 14), at(23, 16), "明日 11月23日(月) 14~16時", "tomorrow, Mon 23 Nov, 14:00–16:00"),
        (
            at(25, 14, 30),
            at(25, 16),
            "11月25日(水) 14時30分~16時",
            "Wed 25 Nov, 14:30–16:00",
        ),
        (at(25, 8), at(25, 12), "11月25日(水) 午前中", "Wed 25 Nov, 8:00–12:00"),
        (at(22, 8), at(22, 12), "本日午前中", "today between 8:00 and 12:00"),
        (at(25, 20), at(26, 0), "11月25日(水) 20~24時", "Wed 25 Nov, 20:00–24:00"),
        (at(25, 0), at(26, 0), "11月25日(水)", "Wed 25 Nov"),
        (at(25, 0), at(27, 0), "11月25日(水)~26日(木)", "between Wed 25 and Thu 26 November"),
        (
            at(25, 9),
            at(26, 21),
            "11月25日(水)~26日(木)",
            "between Wed 25 and Thu 26 November",
        ),
        (at(26, 9), at(25, 9), "11月26日(木)", "Thu 26 Nov"),
    ],
)
def test_window(start: date, end: date, ja: str, en: str) -> None:
    assert formats.window(start, end, now=NOW, zone=TOKYO, language=JA) == ja
    assert formats.window(start, end, now=NOW, zone=TOKYO, language=EN) == en


def test_hours() -> None:
    assert formats.hours(time(14), time(16), JA) == "14~16時"
    assert formats.hours(time(8), time(12), JA) == "午前中"
    assert formats.hours(time(19), time(0), EN) == "19:00–24:00"


@pytest.mark.parametrize(
    ("family", "given", "ja", "en"),
    [
        ("山田", "太郎", "山田 太郎 様", "山田 太郎"),
        ("Smith", "John", "John Smith 様", "John Smith"),
        ("山田", "", "山田 様", "山田"),
        ("", "", "", ""),
    ],
)
def test_name(family: str, given: str, ja: str, en: str) -> None:
    assert formats.name(family, given, JA) == ja
    assert formats.name(family, given, EN) == en


def test_name_without_honorific() -> None:
    assert formats.name("山田", "太郎", JA, honorific=False) == "山田 太郎"


@pytest.mark.parametrize(
    ("code", "country", "said"),
    [
        ("1600022", "JP", "〒160-0022"),
        ("〒１６０－００２２", "JP", "〒160-0022"),
        ("160-0022", "JP", "〒160-0022"),
        ("19122", "US", "19122"),
        ("16", "JP", "16"),
    ],
)
def test_postal_code(code: str, country: str, said: str) -> None:
    assert formats.postal_code(code, country) == said


def test_an_address_in_japan() -> None:
    lines = formats.address_lines(
        language=JA,
        country="JP",
        code="1600023",
        region="東京都",
        city="新宿区",
        street="西新宿1-2-3",
        building="パークビル301",
    )
    assert lines == ("〒160-0023", "東京都新宿区西新宿1-2-3", "パークビル301")


def test_an_address_in_japan_for_an_english_reader() -> None:
    lines = formats.address_lines(
        language=EN, country="JP", code="1600023", region="東京都", city="新宿区", street="1-2-3"
    )
    assert lines == ("〒160-0023", "東京都新宿区1-2-3", "Japan")


def test_an_address_in_america() -> None:
    lines = formats.address_lines(
        language=EN,
        country="US",
        code="19122",
        region="PA",
        city="Philadelphia",
        street="123 Elm Avenue",
        building="Suite 4",
    )
    assert lines == ("123 Elm Avenue", "Suite 4", "Philadelphia, PA 19122", "United States")


@pytest.mark.parametrize(
    ("number", "ja", "en"),
    [
        ("09012345678", "090-1234-5678", "+81 90-1234-5678"),
        ("+81312345678", "03-1234-5678", "+81 3-1234-5678"),
        ("+12155550123", "+1 215-555-0123", "+1 215-555-0123"),
        ("unlisted", "unlisted", "unlisted"),
    ],
)
def test_phone(number: str, ja: str, en: str) -> None:
    assert formats.phone(number, JA) == ja
    assert formats.phone(number, EN) == en


def test_orders_parcels_and_items() -> None:
    assert formats.order("A-10423", JA) == "ご注文 A-10423"
    assert formats.order("#W2611340", EN) == "order #W2611340"
    assert formats.tracking_number("123456789012") == "1234-5678-9012"
    assert formats.tracking_number("1Z999") == "1Z999"
    assert formats.items("ドリップコーヒー", 1, JA) == "ドリップコーヒーほか1点"
    assert formats.items("drip coffee", 1, EN) == "drip coffee and 1 more"
    assert formats.items("drip coffee", 0, EN) == "drip coffee"
    assert formats.quantity(1, EN) == "1 item"
    assert formats.quantity(1200, EN) == "1,200 items"
    assert formats.quantity(3, JA) == "3点"
    assert formats.listing(["青", "赤", "白"], JA) == "青、赤、白"
    assert formats.listing(["blue", "red", "white"], EN) == "blue, red and white"
    assert formats.listing([], EN) == ""
    assert formats.percent(0.001, EN) == "<1%"
    assert formats.percent(0.125, JA) == "12%"


@given(
    minor=st.integers(-(10**12), 10**12),
    currency=st.sampled_from(sorted(EXPONENTS)),
    language=st.sampled_from(Language),
)
def test_no_figure_is_lost_in_money(minor: int, currency: str, language: Language) -> None:
    said = formats.money(Money(minor, currency), language)
    digits = "".join(sign for sign in said if sign.isdecimal())
    assert int(digits) == abs(minor)
    assert said.startswith("-") == (minor < 0)
    assert Money.parse(formats.money_plain(Money(minor, currency)), currency).minor == minor


@given(
    first=st.datetimes(timezones=st.just(TOKYO), allow_imaginary=False).filter(
        lambda when: 2000 < when.year < 9000
    ),
    length=st.timedeltas(timedelta(0), timedelta(days=40)),
    language=st.sampled_from(Language),
)
def test_any_window_names_its_first_day_or_calls_it_near(
    first: datetime, length: timedelta, language: Language
) -> None:
    said = formats.window(first, first + length, now=NOW, zone=TOKYO, language=language)
    near = formats.near_day(first.date(), now=NOW, zone=TOKYO, language=language)
    assert str(first.day) in said or (near is not None and near in said)


@given(distance=st.timedeltas(timedelta(hours=-11), timedelta(hours=11)))
def test_ago_never_says_zero(distance: timedelta) -> None:
    for language in Language:
        said = formats.ago(NOW + distance, now=NOW, zone=TOKYO, language=language)
        assert not said.startswith(("0", "in 0"))
