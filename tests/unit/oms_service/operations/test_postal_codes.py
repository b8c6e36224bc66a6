"""What a postal code of Japan says."""

import pytest

from oms_service.operations.placement.postal_codes import Area, area


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("150-0042", Area("150-0042", "東京都", "渋谷区", "宇田川町")),
        ("〒 １５０ー００４２", Area("150-0042", "東京都", "渋谷区", "宇田川町")),
        ("6020000", Area("602-0000", "京都府", "京都市上京区", "")),
        ("163-8001", Area("163-8001", "東京都", "新宿区", "西新宿")),
        ("498-0000", Area("498-0000", "", "", "")),
        ("000-0000", None),
        ("12345", None),
        ("", None),
        ("1" * 5_000, None),
    ],
)
def test_it_says_what_all_places_of_the_code_have_in_common(typed: str, found: Area | None) -> None:
    assert area(typed) == found
