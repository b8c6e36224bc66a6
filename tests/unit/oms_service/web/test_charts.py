from datetime import date, timedelta

import pytest

from oms_service.web.charts import Chart, Pace, Point, Series, Unit

FIRST = date(2026, 11, 16)


def chart(*values: tuple[float | None, ...]) -> Chart:
    return Chart(
        name="load",
        title="Opened and settled",
        unit=Unit.NUMBER,
        pace=Pace.DAY,
        times=[FIRST + timedelta(days=n) for n in range(len(values[0]))],
        series=[Series(f"line {n}", one) for n, one in enumerate(values)],
    )


def test_a_course_goes_from_the_first_known_value_to_the_last_one() -> None:
    (course, _other) = chart((None, 3.0, 7.0, 7.0, 5.0, None), (1.0,) * 6).courses
    assert course.first == Point(FIRST + timedelta(days=1), 3.0)
    assert course.highest == Point(FIRST + timedelta(days=2), 7.0)
    assert course.last == Point(FIRST + timedelta(days=4), 5.0)
    assert course.change == 2.0


def test_what_was_never_known_has_no_course() -> None:
    assert [one.label for one in chart((None, None), (1.0, 2.0)).courses] == ["line 1"]


def test_rows_say_each_time_with_a_value_of_each_series() -> None:
    rows = list(chart((1.0, None), (0.0, 2.0)).rows)
    assert rows == [(FIRST, (1.0, 0.0)), (FIRST + timedelta(days=1), (None, 2.0))]


@pytest.mark.parametrize(
    ("values", "is_worth"),
    [
        (((0.0, 0.0, 0.0),), False),  # nothing happened
        (((4.0, None, None),), False),  # one point makes no line
        (((4.0, None, 0.0),), True),
        (((None, None), (0.5, 0.0)), True),
    ],
)
def test_only_what_has_a_shape_is_drawn(
    values: tuple[tuple[float | None, ...], ...], *, is_worth: bool
) -> None:
    assert chart(*values).is_worth_drawing is is_worth


def test_a_week_of_rows_stands_open() -> None:
    assert chart((1.0,) * 7).is_short
    assert not chart((1.0,) * 8).is_short
