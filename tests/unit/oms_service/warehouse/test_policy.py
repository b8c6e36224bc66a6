"""What follows from figures of the warehouse."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_service.warehouse.policy import (
    Figures,
    end_of_day,
    is_weight_plausible,
    walking_order,
    work_state,
)
from oms_service.warehouse.states import WorkState

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


def figures(**said: object) -> Figures:
    usual: dict[str, object] = {
        "wanted": 2,
        "picked": 0,
        "shipped": 0,
        "short": 0,
        "is_being_picked": False,
        "is_held": False,
        "not_before": None,
    }
    return Figures(**{**usual, **said})  # type: ignore[arg-type]  # as the fields say


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, WorkState.OPEN),
        ({"wanted": 0}, WorkState.CANCELLED),
        ({"wanted": 0, "shipped": 1, "is_held": True}, WorkState.CLOSED),
        ({"is_held": True, "picked": 1}, WorkState.ON_HOLD),
        ({"not_before": NOW + timedelta(hours=1)}, WorkState.SCHEDULED),
        ({"not_before": NOW}, WorkState.OPEN),
        ({"picked": 1}, WorkState.IN_PROGRESS),
        ({"is_being_picked": True, "short": 1}, WorkState.IN_PROGRESS),
        ({"short": 1}, WorkState.INCOMPLETE),
        ({"shipped": 1}, WorkState.INCOMPLETE),
    ],
)
def test_the_state_follows_from_the_figures(said: dict[str, object], state: WorkState) -> None:
    assert work_state(figures(**said), now=NOW) is state


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-11-22T13:59:00+09:00", "2026-11-23T00:00:00+09:00"),
        ("2026-11-22T00:00:00+09:00", "2026-11-23T00:00:00+09:00"),
        ("2026-11-21T16:00:00+00:00", "2026-11-23T00:00:00+09:00"),
    ],
)
def test_a_day_ends_at_the_midnight_of_the_place(moment: str, ends: str) -> None:
    assert end_of_day(datetime.fromisoformat(moment), TOKYO) == datetime.fromisoformat(ends)


@pytest.mark.parametrize(
    ("weight", "expected", "is_right"),
    [(450, 400, True), (451, 400, False), (349, 400, False), (4_120, 4_000, True), (9, None, True)],
)
def test_the_larger_tolerance_counts(weight: int, expected: int | None, is_right: bool) -> None:
    said = is_weight_plausible(weight, expected, tolerance_g=50, tolerance_bp=300)
    assert said is is_right


def test_one_walks_by_zone_and_then_by_number() -> None:
    shelves = [("B", "B-1"), ("A", "A-10"), ("A", "A-2"), ("", "9"), ("A", "A-2-b")]
    assert sorted(shelves, key=lambda one: walking_order(*one)) == [
        ("", "9"),
        ("A", "A-2"),
        ("A", "A-2-b"),
        ("A", "A-10"),
        ("B", "B-1"),
    ]
