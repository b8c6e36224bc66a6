"""A mask says that something is there, and by which number of ours, and nothing more."""

import pytest

from oms_service.kernel.masking import MASK, Kind, masked, without_traces


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_of_a_value_is_left_and_nothing_stays_nothing(kind: Kind) -> None:
    for value in ("佐藤 美咲", "misaki.sato@example.jp", "090-1234-5678", "160-0022", "新宿1-2-3"):
        said = masked(value, kind)
        assert MASK in said
        assert not set(said) & set(value) - set("-@ ")
    assert [masked(empty, kind) for empty in ("", " ")] == ["", " "]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("佐藤です。A-10423が届きません", f"{MASK} A-10423 {MASK}"),
        ("注文 Ａ－１０４２３ と C-1002、A-10423", f"{MASK} A-10423 {MASK} C-1002 {MASK}"),
        ("return R-RWGV5MN8 of #W2611340", f"{MASK} R-RWGV5MN8 {MASK} #W2611340 {MASK}"),
        ("090-1234-5678 sato-12345@example.jp 160-0022", MASK),
        ("SATO MISAKI, Room B-12", MASK),
    ],
)
def test_of_free_words_only_our_numbers_stay(written: str, left: str) -> None:
    assert masked(written) == left


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ('"GET /track?order=A-1&mail=a%40b.jp HTTP/1.1" 200', f'"GET /track?{MASK} HTTP/1.1" 200'),
        ("/desk?q=%E4%BD%90%E8%97%A4", f"/desk?{MASK}"),
        ("sent to misaki.sato@example.jp", f"sent to {MASK}"),
        ("asked misaki.sato%40example.jp", f"asked {MASK}"),
        ("called +81 90-1234-5678, 03-1111-2222, 09012345678", f"called {MASK}, {MASK}, {MASK}"),
        ("〒160-0022 and 987-6543", f"{MASK} and {MASK}"),
        (f"GET /case/{'aB3_-' * 9} 500", f"GET /case/{MASK} 500"),
    ],
)
def test_lines_of_logs_lose_what_names_somebody(line: str, left: str) -> None:
    assert without_traces(line) == left


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22T10:00:00.123456Z effect 12 of order 10423 after 3 tries in 0.012 s",
        "parcel 025799550171 at yamato, order A-10423, case C-1002",
        "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
        'File "/srv/app/oms_service/infra/relay.py", line 301, in react',
        "ValueError at oms_service.orders.service:120",
    ],
)
def test_what_is_ours_stays_as_it_is(line: str) -> None:
    assert without_traces(line) == line
