"""Addresses: one form, what each country needs, and where nothing is sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.kernel.errors import DomainError, Invalid
from oms_service.operations.placement.addressing import (
    PREFECTURES,
    AddressNotServed,
    check,
    prefecture,
)

TOKYO = {
    "recipient": "佐藤 美咲",
    "country": "JP",
    "postal_code": "160-0022",
    "region": "東京都",
    "city": "新宿区",
    "line1": "新宿1-2-3",
    "line2": "",
    "phone": "090-1234-5678",
}


def test_there_are_47_prefectures_and_each_is_known_by_its_own_name() -> None:
    assert len(set(PREFECTURES)) == 47
    assert [prefecture(name) for name in PREFECTURES] == list(PREFECTURES)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("東京", "東京都"),
        ("Tokyo", "東京都"),
        ("tōkyō-to", "東京都"),
        ("Kyoto-fu", "京都府"),
        ("京都", "京都府"),
        ("HOKKAIDO", "北海道"),
        ("Osaka prefecture", "大阪府"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_prefecture_is_known_however_it_is_written(said: str, meant: str | None) -> None:
    assert prefecture(said) == meant


def test_full_width_digits_and_spaces_come_to_one_form() -> None:
    found = check(
        {**TOKYO, "postal_code": "１６００ ０２２", "region": " 東京 ", "line1": "新宿１"}
    )
    assert (found.address["postal_code"], found.address["region"]) == ("160-0022", "東京都")
    assert (found.address["line1"], dict(found.lacks)) == ("新宿1", {})


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({"postal_code": "12"}, {"postal_code": "must have 7 digits"}),
        ({"postal_code": ""}, {"postal_code": "is missing"}),
        ({"region": "Bavaria"}, {"region": "must be a prefecture"}),
        ({"recipient": " "}, {"recipient": "is missing"}),
        ({"country": "US", "region": ""}, {}),
        ({"country": "us", "postal_code": ""}, {"postal_code": "is missing"}),
        ({"country": "HK", "postal_code": ""}, {}),
    ],
)
def test_what_an_address_lacks_is_named_by_part(
    changes: dict[str, str], lacks: dict[str, str]
) -> None:
    assert check({**TOKYO, **changes}).lacks == lacks


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"line1": "x" * 161}, "ship_to.line1"),
        ({"city": "a\0b"}, "ship_to.city"),
        ({"country": "Japan"}, "ship_to.country"),
        ({"planet": "Mars"}, "ship_to.planet"),
        ({"line2": 7}, "ship_to.line2"),
    ],
)
def test_what_cannot_be_read_is_refused(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(Invalid) as refused:
        check({**TOKYO, **changes})
    assert list(refused.value.fields) == [part]


def test_a_country_nobody_sends_to_is_refused() -> None:
    assert check(TOKYO, served={"JP"}).lacks == {}
    with pytest.raises(AddressNotServed):
        check({**TOKYO, "country": "FR"}, served={"JP", "US"})


@given(st.dictionaries(st.sampled_from(sorted(TOKYO)), st.text(max_size=30)))
def test_an_address_in_one_form_stays_as_it_is(address: dict[str, str]) -> None:
    try:
        once = check(address)
    except DomainError:
        return
    assert check(once.address) == once
