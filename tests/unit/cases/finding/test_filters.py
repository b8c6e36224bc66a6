"""Filters as they are typed, read and kept; nothing else gets through."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cases.finding import filters
from cases.finding.filters import GIVEN, Key, View
from cases.finding.states import Sort
from oms_service.kernel.errors import Invalid


def test_filters_are_taken_out_of_what_is_typed_in_either_language() -> None:
    assert filters.split('queue:returns 佐藤 状態：resolved tag:"two words" http://x.example') == (
        {"queue": ["returns"], "state": ["resolved"], "tag": ["two words"]},
        "佐藤 http://x.example",
    )


def test_what_is_read_can_be_said_and_read_again() -> None:
    found = filters.read({"state": ["open", ""], "after": ["2026-11-01"], "assignee": ["me", "7"]})
    assert found == {
        Key.STATE: ("open",),
        Key.AFTER: ("2026-11-01",),
        Key.ASSIGNEE: ("me", "7"),
    }
    assert filters.read(filters.as_data(found)) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "gone"),
        ("after", "2026-13-01"),
        ("before", "0001-01-01"),
        ("assignee", "99999999999999999999"),
        ("assignee", "１"),
        ("tag", "-1"),
        ("queue", "a'b"),
        ("reason", "x\0"),
        ("due", "never"),
        ("who", "me"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        filters.read({name: [value]})
    assert set(refused.value.fields) == {name}


def test_twenty_one_values_are_too_many() -> None:
    with pytest.raises(Invalid):
        filters.read({"assignee": [str(n) for n in range(1, 22)]})


def test_every_given_view_can_be_kept_and_read() -> None:
    for view in View:
        held = GIVEN[view].filters
        assert filters.read(filters.as_data(held)) == held
    assert GIVEN[View.DUE_SOON].sort is Sort.DUE


@pytest.mark.parametrize(
    ("states", "only"),
    [((), None), (("open_ones",), True), (("new", "snoozed"), True), (("settled",), False)],
)
def test_a_list_knows_whether_it_holds_open_cases_alone(
    states: tuple[str, ...], only: bool | None
) -> None:
    assert filters.is_active_only({Key.STATE: states} if states else {}) is only
    assert filters.is_active_only({Key.STATE: ("new", "resolved")}) is None


@given(some.text(max_size=200))
def test_any_text_is_split_and_what_it_says_is_read_or_refused(typed: str) -> None:
    found, rest = filters.split(typed)
    assert len(rest) <= len(typed)
    assert set(found) <= set(Key)
    with suppress(Invalid):
        filters.read(found)
