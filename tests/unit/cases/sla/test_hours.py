"""Working time: split shifts, nights, holidays, and the change of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.sla.hours import ALWAYS, Hours, Interval, NeverOpen

TOKYO, BERLIN, NEW_YORK = (
    ZoneInfo("Asia/Tokyo"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
)
HOUR = timedelta(hours=1)
NINE_TO_SIX = (Interval(9 * 60, 12 * 60), Interval(13 * 60, 18 * 60))
OFFICE = Hours(TOKYO, ((NINE_TO_SIX,) * 5) + ((),) * 2, closed=frozenset({date(2026, 11, 23)}))


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_a_split_shift_counts_without_its_break() -> None:
    assert OFFICE.between(at("2026-11-24 09:00"), at("2026-11-24 18:00")) == 8 * HOUR
    assert OFFICE.between(at("2026-11-24 12:00"), at("2026-11-24 13:00")) == timedelta()
    assert OFFICE.add(at("2026-11-24 11:30"), HOUR) == at("2026-11-24 13:30")


def test_the_end_of_a_shift_is_reached_not_jumped_over() -> None:
    assert OFFICE.add(at("2026-11-24 11:30"), HOUR / 2) == at("2026-11-24 12:00")


def test_a_weekend_and_a_holiday_are_passed_over() -> None:
    friday = at("2026-11-20 17:30")
    assert OFFICE.add(friday, HOUR) == at("2026-11-24 09:30")
    assert OFFICE.between(friday, at("2026-11-24 09:30")) == HOUR


def test_a_special_day_wins_over_its_holiday() -> None:
    open_on = Hours(TOKYO, OFFICE.week, OFFICE.closed, {date(2026, 11, 23): (Interval(600, 660),)})
    assert open_on.between(at("2026-11-21 00:00"), at("2026-11-24 00:00")) == HOUR


def test_a_night_shift_runs_into_the_holiday() -> None:
    night = Hours(
        TOKYO, ((Interval(22 * 60, 30 * 60),),) * 7, closed=frozenset({date(2026, 11, 23)})
    )
    assert night.between(at("2026-11-22 22:00"), at("2026-11-24 22:00")) == 8 * HOUR
    assert night.is_open(at("2026-11-23 05:59"))
    assert not night.is_open(at("2026-11-23 06:00"))
    assert not night.is_open(at("2026-11-23 23:00"))


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_a_day_is_as_long_as_its_clock_makes_it(day: str, hours: int) -> None:
    always = Hours(BERLIN, ALWAYS)
    begin = at(f"{day} 00:00", BERLIN)
    end = (begin + timedelta(days=1)).replace(hour=0)
    assert always.between(begin, end) == hours * HOUR


def test_a_shift_over_the_change_of_clocks() -> None:
    night = Hours(NEW_YORK, ((Interval(60, 240),),) * 7)
    assert (
        night.between(at("2026-03-08 00:00", NEW_YORK), at("2026-03-09 00:00", NEW_YORK))
        == 2 * HOUR
    )
    assert (
        night.between(at("2026-11-01 00:00", NEW_YORK), at("2026-11-02 00:00", NEW_YORK))
        == 4 * HOUR
    )


def test_overlapping_intervals_count_once() -> None:
    twice = Hours(TOKYO, ((Interval(540, 720), Interval(600, 780), Interval(780, 840)),) * 7)
    assert twice.between(at("2026-11-24 00:00"), at("2026-11-25 00:00")) == 5 * HOUR


def test_a_desk_that_never_opens_says_so() -> None:
    with pytest.raises(NeverOpen):
        Hours(TOKYO, ((),) * 7).add(at("2026-11-24 09:00"), HOUR)
    assert (
        Hours(TOKYO, ((),) * 7).between(at("2026-11-24 09:00"), at("2027-11-24 09:00"))
        == timedelta()
    )


@pytest.mark.parametrize(("begin", "end"), [(-1, 10), (1440, 1500), (10, 10), (20, 10), (60, 1501)])
def test_an_interval_that_is_none_is_refused(begin: int, end: int) -> None:
    with pytest.raises(ValueError, match="interval"):
        Interval(begin, end)


INTERVALS = st.builds(
    lambda begin, length: Interval(begin, begin + length),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
SHIFTS = st.lists(INTERVALS, max_size=3).map(tuple)
HOURS = st.builds(
    Hours,
    st.sampled_from([TOKYO, BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    st.tuples(*[SHIFTS] * 7).filter(any),
    st.frozensets(DAYS, max_size=5),
    st.dictionaries(DAYS, SHIFTS, max_size=3),
)
MOMENTS = st.datetimes(datetime(2026, 1, 2), datetime(2027, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
SPANS = st.timedeltas(timedelta(), timedelta(days=40))


@given(HOURS, MOMENTS, SPANS)
def test_what_is_added_lies_between(hours: Hours, start: datetime, span: timedelta) -> None:
    end = hours.add(start, span)
    assert end >= start
    assert hours.between(start, end) == span


@given(HOURS, MOMENTS, SPANS, SPANS)
def test_adding_twice_is_adding_the_sum(
    hours: Hours, start: datetime, first: timedelta, then: timedelta
) -> None:
    assert hours.add(hours.add(start, first), then) == hours.add(start, first + then)


@given(HOURS, st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_time_adds_up(hours: Hours, moments: list[datetime]) -> None:
    first, middle, last = moments
    whole = hours.between(first, last)
    assert whole == hours.between(first, middle) + hours.between(middle, last)
    assert timedelta() <= whole <= last - first
    assert hours.between(last, first) == -whole


@given(HOURS, MOMENTS)
def test_open_means_that_time_passes(hours: Hours, moment: datetime) -> None:
    second = moment + timedelta(seconds=1)
    moment = moment.replace(microsecond=0)
    second = moment + timedelta(seconds=1)
    assert hours.is_open(moment) == (hours.between(moment, second) == timedelta(seconds=1))
