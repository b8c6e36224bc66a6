"""Numbers stay whole, and nothing but numbers is touched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from oms_service.web.unbroken import unbroken


def _whole(text: str) -> list[str]:
    return re.findall(r'<span class="nowrap">(.*?)</span>', unbroken(text))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("ご注文 A-10423(ドリップコーヒー)", ["A-10423"]),
        ("受付番号 C-1017、返品番号 R-2026-0042", ["C-1017", "R-2026-0042"]),
        ("Yamato, tracking 1234-5678-9012.", ["1234-5678-9012"]),
        ("11月24日(火)~25日(水)の14時30分", ["11月24日(火)", "25日(水)", "14時30分"]),
        ("Please hand it over by Mon 7 Dec, at 8-1-20.", ["Mon 7 Dec", "8-1-20"]),
        ("between Wed 25 and Thu 26 November", ["Thu 26 Nov"]),
        ("返金額は12,250円です", ["12,250円"]),
        ("ドリップコーヒー 3個 T-shirt", []),
    ],
)
def test_numbers_and_dates_stay_on_one_line(text: str, whole: list[str]) -> None:
    assert _whole(text) == whole


def test_what_is_written_is_escaped_and_tags_stay_as_they_are() -> None:
    assert "<b>" not in unbroken("<b>A-10423</b>")
    link = Markup('<a href="https://c.example/1234-5678-9012">1234-5678-9012</a>')
    assert 'href="https://c.example/1234-5678-9012"' in unbroken(link)
    assert _whole(link) == ["1234-5678-9012"]


@given(st.text(max_size=80))
def test_no_word_is_lost(text: str) -> None:
    shown = re.sub(r'<span class="nowrap">|</span>', "", unbroken(text))
    assert shown == escape(text)
