"""The parts of a short message, counted exactly, and texts cut to what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.adapters.sms.numbers import e164
from oms_service.adapters.sms.segments import MOST, count, fitted, is_gsm

LINK = "https://shop.example/t/" + "x" * 60


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        ("€" * 80, 1),
        ("€" * 81, 2),
        # 152 signs, then one of two units: it does not lie across the end of the first part.
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("あ" * 70, 1),
        ("あ" * 71, 2),
        ("あ" * 134, 2),
        ("あ" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("a" * 70 + "あ", 2),
        ("`" * 70, 1),
        ("`" * 71, 2),
    ],
)
def test_parts_are_counted_as_gsm_has_it(text: str, parts: int) -> None:
    assert count(text) == parts


def test_short_words_stand_above_the_link() -> None:
    assert fitted("It has\n left.", LINK) == f"It has left.\n{LINK}"


def test_long_words_are_cut_in_their_own_alphabet() -> None:
    assert fitted("a" * 600, LINK) == "a" * (459 - 4 - len(LINK)) + f"...\n{LINK}"
    assert fitted("あ" * 600, LINK) == "あ" * (201 - 2 - len(LINK)) + f"…\n{LINK}"


def test_a_link_that_leaves_no_room_stands_alone() -> None:
    link = "https://shop.example/" + "x" * 438
    assert count(link) == MOST
    assert fitted("Your order", link) == link


@given(st.text(max_size=400), st.integers(0, 150))
def test_a_text_keeps_its_link_whole_and_its_bounds(words: str, length: int) -> None:
    link = "https://shop.example/" + "x" * length
    said = fitted(words, link)
    assert said.endswith(link)
    assert count(said) <= MOST


@given(st.text(max_size=300), st.text(max_size=50))
def test_more_signs_never_take_fewer_parts(text: str, more: str) -> None:
    assert count(text) <= count(text + more)
    units = len(text) if is_gsm(text) else len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert count(text) >= (units + 159) // 160


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("090-1234-5678", "+819012345678"),
        ("０９０ １２３４ ５６７８", "+819012345678"),
        ("+81 90-1234-5678", "+819012345678"),
        ("+44 7400 123456", "+447400123456"),
        ("03-1234-5678", None),
        ("0120-123-456", None),
        ("090-1234", None),
        ("mail@shop.example", None),
        ("", None),
        ("0" * 41, None),
    ],
)
def test_numbers_that_get_short_messages_are_kept_in_one_form(
    typed: str, number: str | None
) -> None:
    assert e164(typed) == number
