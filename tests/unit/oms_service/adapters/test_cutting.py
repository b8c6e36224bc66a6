"""What is new in a mail, apart from what it answers and from what stands below a name."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.adapters.mail.cutting import cut

TEXTS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[3] / "data/mails/cuts.toml").read_text(encoding="utf-8")
)["text"]


def lines(text: str) -> list[str]:
    return sorted(line.strip() for line in text.split("\n") if line.strip())


@pytest.mark.parametrize("one", TEXTS, ids=[one["name"] for one in TEXTS])
def test_each_habit(one: dict[str, Any]) -> None:
    found = cut(one["text"])
    assert found.said == one["said"]
    assert lines(one["text"]) == lines(f"{found.said}\n{found.rest}"), "what is cut is kept"


LINES = st.sampled_from(
    [
        "> quoted",
        "",
        "words",
        "On 22 Nov, Minato wrote:",
        "-- ",
        "差出人: みなと",
        "宛先: 佐藤",
        "件名: ご案内",
        "iPhoneから送信",
        "**********",
        "TEL 03-1234-5678",
    ]
)


@given(st.lists(LINES, max_size=25).map("\n".join))
def test_no_line_is_lost_and_words_stay_words(text: str) -> None:
    found = cut(text)
    assert lines(text) == lines(f"{found.said}\n{found.rest}")
    assert bool(found.said) == bool(text.strip())
