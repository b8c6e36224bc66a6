"""The parts forecasts are made of."""

from datetime import date, timedelta

import pytest

from oms_service.shipping.arrivals.pooling import DAY_S, Level, Pool, grid, quantiles
from oms_service.shipping.arrivals.shocks import Shocks
from oms_service.shipping.arrivals.weekdays import Weekdays, days_until, open_days

FRIDAY = date(2026, 4, 3)
SUNDAY = frozenset({6})


def test_quantiles_weigh_values() -> None:
    sample = [(3.0, 1.0), (1.0, 2.0), (2.0, 1.0)]
    assert quantiles(sample, (0.0, 0.5, 0.51, 0.75, 0.76, 1.0)) == [1, 1, 2, 2, 3, 3]


def test_a_grid_keeps_the_shape_and_weighs_one() -> None:
    values = grid([(float(n), 1.0) for n in range(1000)])
    assert [value for value, _ in values][:2] == [24.0, 74.0]
    assert sum(weight for _, weight in values) == pytest.approx(1)


def test_a_new_group_answers_as_its_coarser_one_and_then_for_itself() -> None:
    pool = Pool([Level(100, 0), Level(100, 4)], half_life_days=1_000)
    for _ in range(100):
        pool.add(((), "a"), 0.0, 1.0)
    assert {value for value, _ in pool.sample(((), "b"), 0.0) or []} == {1.0}
    for _ in range(4):
        pool.add(((), "b"), 0.0, 5.0)
    sample = pool.sample(((), "b"), 0.0) or []
    assert sum(weight for value, weight in sample if value == 5.0) == pytest.approx(4.0, abs=0.3)
    assert sum(weight for value, weight in sample if value == 1.0) == pytest.approx(4.0, abs=0.3)


def test_old_observations_fade() -> None:
    pool = Pool([Level(10, 0)], half_life_days=10)
    pool.add(((),), 0.0, 1.0)
    pool.add(((),), 10 * DAY_S, 2.0)
    assert pool.sample(((),), 20 * DAY_S) == [(1.0, 0.25), (2.0, 0.5)]


def test_nothing_seen_is_nothing_said() -> None:
    assert Pool([Level(10, 0)], half_life_days=10).sample(((),), 0.0) is None


def test_closed_weekdays_are_learned_and_unlearned() -> None:
    weekdays = Weekdays()
    for day in range(140):
        if (FRIDAY + timedelta(days=day)).weekday() != 6:
            weekdays.add("sagawa", FRIDAY + timedelta(days=day))
    assert weekdays.closed("sagawa") == SUNDAY
    assert weekdays.closed("yamato") == frozenset()
    for day in range(140, 540):
        weekdays.add("sagawa", FRIDAY + timedelta(days=day))
    assert weekdays.closed("sagawa") == frozenset()


@pytest.mark.parametrize(
    ("days", "closed", "open_ones"),
    [(0, SUNDAY, 0), (1, SUNDAY, 1), (2, SUNDAY, 1), (3, SUNDAY, 2), (3, frozenset(), 3)],
)
def test_open_days_are_counted_without_closed_ones(
    days: int, closed: frozenset[int], open_ones: int
) -> None:
    assert open_days(FRIDAY, FRIDAY + timedelta(days=days), closed) == open_ones


def test_open_days_are_turned_into_days_and_back() -> None:
    for count in range(12):
        days = days_until(FRIDAY, count, SUNDAY)
        assert open_days(FRIDAY, FRIDAY + timedelta(days=days), SUNDAY) == count


def test_silence_alone_tells_of_a_strike_and_arrivals_of_its_end() -> None:
    shocks = Shocks()
    for key in range(30):
        shocks.set_out(key, 0.0, 0.0, foretold_days=2.0)
    assert shocks.shift(1.0 * DAY_S) == 0.0
    late = shocks.shift(6.0 * DAY_S)
    assert 1.5 < late < 4.0, "four days over, nobody has arrived"
    for key in range(30):
        shocks.arrived(key, 6.5)
    for key in range(100, 160):
        shocks.set_out(key, 8.0 * DAY_S, 8.0 * DAY_S, foretold_days=2.0)
        shocks.arrived(key, 2.1)
    assert shocks.shift(11.0 * DAY_S) == 0.0
