"""Days and hours, heard on Tuesday the 24th of November 2026."""

from datetime import date, timedelta

import pytest

from bots.understanding.hear import hear
from bots.understanding.values import When
from oms_service.kernel.languages import Language
from tests.unit.bots.understanding.slots.hearing import TODAY, heard

#: Days from the 24th of November; None for what is left open.
ENGLISH = [
    ("tomorrow morning", (1, 1, 8, 12)),
    ("tomorrow", (1, 1, None, None)),
    ("the day after tomorrow", (2, 2, None, None)),
    ("today after 6pm", (0, 0, 18, None)),
    ("next Tuesday", (7, 7, None, None)),
    ("Tuesday", (7, 7, None, None)),
    ("this Friday", (3, 3, None, None)),
    ("on fri please", (3, 3, None, None)),
    ("Tuesday next week", (7, 7, None, None)),
    ("next week on Wednesday", (8, 8, None, None)),
    ("next week", (6, 12, None, None)),
    ("this weekend", (4, 5, None, None)),
    ("next weekend", (11, 12, None, None)),
    ("the 25th", (1, 1, None, None)),
    ("after the 3rd", (10, None, None, None)),
    ("the 5th or later", (11, None, None, None)),
    ("from the 3rd to the 5th", (9, 11, None, None)),
    ("before Friday", (0, 2, None, None)),
    ("by Dec 5", (0, 11, None, None)),
    ("December 25th, 2026", (31, 31, None, None)),
    ("25 December", (31, 31, None, None)),
    ("the 3rd of December in the evening", (9, 9, 18, 21)),
    ("12/3", (9, 9, None, None)),
    ("2026-12-03", (9, 9, None, None)),
    ("in 3 days", (3, 3, None, None)),
    ("two weeks from now", (14, 14, None, None)),
    ("between 2 and 4 pm", (None, None, 14, 16)),
    ("2-4pm on Sat", (4, 4, 14, 16)),
    ("10am to 12pm", (None, None, 10, 12)),
    ("after 6 pm", (None, None, 18, None)),
    ("before noon on Monday", (6, 6, None, 12)),
    ("at 5pm tomorrow", (1, 1, 17, 18)),
    ("from 14:00 to 16:00", (None, None, 14, 16)),
    ("Monday or Tuesday afternoon", (6, 7, 12, 18)),
    ("move it from Wednesday to Friday", (3, 3, None, None)),
    ("not Wednesday, Thursday please", (2, 2, None, None)),
    ("can you bring it on the 30th instead of the 28th", (6, 6, None, None)),
    ("by Christmas", (0, 31, None, None)),
    ("at the end of the month", (6, 6, None, None)),
    ("from Friday to Monday", (3, 6, None, None)),
]
JAPANESE = [
    ("明日の午前中", (1, 1, 8, 12)),
    ("あした届けて", (1, 1, None, None)),
    ("明後日", (2, 2, None, None)),
    ("あさって以降", (2, None, None, None)),
    ("今日の夜", (0, 0, 18, 21)),
    ("来週の火曜", (7, 7, None, None)),
    ("来週火曜日", (7, 7, None, None)),
    ("火曜日", (7, 7, None, None)),
    ("今週の金曜の夕方", (3, 3, 16, 18)),
    ("次の日曜日", (5, 5, None, None)),
    ("再来週の月曜", (13, 13, None, None)),
    ("週末", (4, 5, None, None)),
    ("土日", (4, 5, None, None)),
    ("来週末", (11, 12, None, None)),
    ("来週中に", (6, 12, None, None)),
    ("25日", (1, 1, None, None)),
    ("二十五日", (1, 1, None, None)),
    ("12/3の夜", (9, 9, 18, 21)),
    ("12月3日(木)の14時から16時", (9, 9, 14, 16)),
    ("２０２６年１２月３日", (9, 9, None, None)),
    ("来月5日", (11, 11, None, None)),
    ("3日後", (3, 3, None, None)),
    ("2週間後", (14, 14, None, None)),
    ("3日以降でお願いします", (9, None, None, None)),
    ("5日まで", (0, 11, None, None)),
    ("3日より後", (10, None, None, None)),
    ("3日から5日の間", (9, 11, None, None)),
    ("25日から28日に変更", (4, 4, None, None)),
    ("到着を今週から来週に動かせますか", (6, 12, None, None)),
    ("明日は不在なので明後日で", (2, 2, None, None)),
    ("水曜ではなく木曜に", (2, 2, None, None)),
    ("19時以降", (None, None, 19, None)),
    ("14-16時", (None, None, 14, 16)),
    ("午後2時〜4時", (None, None, 14, 16)),
    ("夜7時以降", (None, None, 19, None)),
    ("午後3時ごろ", (None, None, 15, 16)),
    ("18時まで", (None, None, None, 18)),
    ("午前中指定で", (None, None, 8, 12)),
    ("月末", (6, 6, None, None)),
    ("クリスマスまでに", (0, 31, None, None)),
    ("月曜か火曜の午後", (6, 7, 12, 18)),
]
NEVER = [
    "good morning",
    "Good evening, I have a question",
    "May I ask something",
    "I sat down",
    "sun cream",
    "the second one",
    "the 2nd item",
    "the first order",
    "within 30 days of delivery",
    "3/4 sleeve shirt",
    "size 12",
    "two of them",
    "24 of them",
    "1.5 liters",
    "order 10423",
    "it took 3 days",
    "on 31/31",
    "2つ目",
    "3日以内に返品できますか",
    "3日前に注文した",
    "2日で届きますか",
    "10日も待っている",
    "夜分にすみません",
    "おはようございます",
    "1週間待っています",
    "曜日は指定できますか",
    "32日",
    "13月40日",
    "3個",
    "24時間対応ですか",
    "GWの営業は",
    "I ordered it on Friday",
    "stuck since Friday",
    "the shirt I bought in March",
    "what did I buy last Christmas",
    "金曜に注文した",
    "25日から待っています",
    "日本製ですか",
]


def _day(days: int | None) -> date | None:
    return None if days is None else TODAY + timedelta(days=days)


@pytest.mark.parametrize(("text", "wanted"), ENGLISH + JAPANESE)
def test_days_and_hours(
    text: str, wanted: tuple[int | None, int | None, int | None, int | None]
) -> None:
    first, last, from_hour, until_hour = wanted
    assert heard(text).when == When(
        first=_day(first), last=_day(last), from_hour=from_hour, until_hour=until_hour
    )


@pytest.mark.parametrize("text", NEVER)
def test_other_words_are_no_days(text: str) -> None:
    assert heard(text).when is None


@pytest.mark.parametrize(
    ("text", "today", "first"),
    [
        ("25日", date(2026, 12, 26), date(2027, 1, 25)),
        ("31日", date(2026, 11, 24), date(2026, 12, 31)),
        ("11/23", date(2026, 11, 24), date(2027, 11, 23)),
        ("2/29", date(2026, 11, 24), date(2028, 2, 29)),
        ("来月31日", date(2026, 11, 24), date(2026, 12, 31)),
        ("週末", date(2026, 11, 22), date(2026, 11, 28)),
        ("明日", date(2026, 12, 31), date(2027, 1, 1)),
        ("来週の月曜", date(2026, 11, 22), date(2026, 11, 23)),
        ("25/12", date(2026, 11, 24), date(2026, 12, 25)),
    ],
)
def test_a_day_that_can_be_several_is_the_next_to_come(text: str, today: date, first: date) -> None:
    when = hear(text, language_hint=Language.JAPANESE, today=today).when
    assert when is not None
    assert when.first == first


def test_without_a_day_to_count_from_no_day_is_heard() -> None:
    assert hear("tomorrow", language_hint=Language.ENGLISH).when is None
