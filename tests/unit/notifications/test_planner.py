"""Whether, when and why not: exact."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.planner import Do, Plan, Situation, awake_at, is_quiet, plan, unread_at
from notifications.rules import DELAY, PAYMENT_DUE, REFUND_PAID, RULES, Rule, Urgency
from notifications.states import Waits

TOKYO = ZoneInfo("Asia/Tokyo")


def at(hour: int, minute: int = 0, *, day: int = 22) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


def here(now: datetime, **other: object) -> Situation:
    return Situation(now=now, zone=TOKYO, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(8), None),
        (at(20, 59), None),
        (at(21), at(8, day=23)),
        (at(23, 59), at(8, day=23)),
        (at(0), at(8)),
        (at(7, 59), at(8)),
    ],
)
def test_nobody_is_woken(now: datetime, due: datetime | None) -> None:
    expected = Plan(Do.SPEAK) if due is None else Plan(Do.WAIT, due, Waits.QUIET)
    assert plan(REFUND_PAID, here(now)) == expected


def test_who_is_talking_to_us_is_awake() -> None:
    assert plan(REFUND_PAID, here(at(23), is_talking=True)) == Plan(Do.SPEAK)


def test_a_second_delay_on_one_day_waits_for_the_morning() -> None:
    assert plan(DELAY, here(at(15), told_at=at(9))) == Plan(
        Do.WAIT, at(8, day=23), Waits.ONCE_A_DAY
    )
    assert plan(DELAY, here(at(8, day=23), told_at=at(9))) == Plan(Do.SPEAK)
    assert plan(REFUND_PAID, here(at(15), told_at=at(9))) == Plan(Do.SPEAK)


def test_who_refused_is_left_alone_where_they_may_refuse() -> None:
    assert plan(DELAY, here(at(12), is_refused=True)) == Plan(Do.SUPPRESS, why="refused")
    assert plan(REFUND_PAID, here(at(12), is_refused=True)) == Plan(Do.SPEAK)


def test_who_cannot_be_reached_is_not_told() -> None:
    assert plan(REFUND_PAID, here(at(12), is_reachable=False)) == Plan(
        Do.SUPPRESS, why="unreachable"
    )


@given(
    st.sampled_from(RULES),
    st.tuples(st.integers(0, 23), st.integers(0, 23)),
    st.timedeltas(timedelta(0), timedelta(days=900)).map(lambda later: at(0) + later),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
    st.booleans(),
)
def test_what_waits_is_due_in_the_future_by_day_and_is_spoken_then(
    base: Rule,
    quiet: tuple[int, int],
    now: datetime,
    told_before: timedelta | None,
    is_talking: bool,
) -> None:
    rule = replace(base, quiet_from_h=quiet[0], quiet_until_h=quiet[1])
    told_at = now - told_before if told_before is not None else None
    made = plan(rule, here(now, told_at=told_at, is_talking=is_talking))
    if made.do is Do.WAIT:
        assert made.due_at is not None
        assert made.due_at > now
        assert not is_quiet(rule, made.due_at.astimezone(TOKYO).time())
        assert plan(rule, here(made.due_at, told_at=told_at)) == Plan(Do.SPEAK)
    else:
        assert made == Plan(Do.SPEAK)


def test_quiet_hours_run_through_the_night() -> None:
    assert is_quiet(DELAY, time(21))
    assert not is_quiet(DELAY, time(8))


def test_a_shop_may_keep_silent_at_noon_or_never() -> None:
    noon = replace(DELAY, quiet_from_h=12, quiet_until_h=13)
    assert [is_quiet(noon, time(hour)) for hour in (11, 12, 13, 23)] == [False, True, False, False]
    assert plan(noon, here(at(12, 30))) == Plan(Do.WAIT, at(13), Waits.QUIET)
    never = replace(DELAY, quiet_from_h=8, quiet_until_h=8)
    assert plan(never, here(at(3))) == Plan(Do.SPEAK)


@given(
    rule=st.sampled_from(RULES),
    zone=st.sampled_from(
        ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Tokyo"]
    ),
    quiet=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds have to be naive
)
def test_nobody_is_woken_where_clocks_are_changed_either(
    rule: Rule, zone: str, quiet: tuple[int, int], now: datetime
) -> None:
    here = ZoneInfo(zone)
    asked = replace(rule, quiet_from_h=quiet[0], quiet_until_h=quiet[1])
    made = plan(asked, Situation(now=now, zone=here))
    spoken = made.due_at or now
    assert now <= spoken <= now + timedelta(hours=25)
    if rule.urgency is Urgency.DAYTIME:
        assert not is_quiet(asked, spoken.astimezone(UTC).astimezone(here).time())


def test_what_stands_unread_goes_further_after_its_hours_and_in_half_of_what_is_left() -> None:
    assert unread_at(REFUND_PAID, at(10)) is None
    assert unread_at(PAYMENT_DUE, at(10)) == at(10, day=23)
    assert unread_at(PAYMENT_DUE, at(10), at(10, day=30)) == at(10, day=23)
    assert unread_at(PAYMENT_DUE, at(10), at(16)) == at(13)
    assert unread_at(PAYMENT_DUE, at(10), at(10)) is None


@pytest.mark.parametrize(
    ("now", "awake"),
    [(at(20, 59), at(20, 59)), (at(21), at(8, day=23)), (at(3), at(8)), (at(8), at(8))],
)
def test_awake_is_now_or_the_end_of_the_quiet_hours(now: datetime, awake: datetime) -> None:
    assert awake_at(DELAY, now, TOKYO) == awake
