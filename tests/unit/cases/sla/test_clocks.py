"""The clocks of a case: what starts, holds, stops and cancels them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cases.sla.clocks import Clock, ClockState, Mark, Metric, Targets, What, clocks_of
from cases.sla.hours import ALWAYS, Hours, Interval

TOKYO = ZoneInfo("Asia/Tokyo")
HOUR = timedelta(hours=1)
OFFICE = Hours(TOKYO, ((Interval(9 * 60, 18 * 60),),) * 5 + ((),) * 2)
TARGETS = Targets(
    OFFICE,
    {Metric.FIRST_RESPONSE: HOUR, Metric.NEXT_RESPONSE: 2 * HOUR, Metric.RESOLUTION: 8 * HOUR},
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=TOKYO)


def seen(*marks: tuple[What, str]) -> dict[tuple[Metric, int], Clock]:
    found = clocks_of([Mark(what, at(when)) for what, when in marks], TARGETS)
    return {(one.metric, one.round): one for one in found}


def test_the_first_answer_is_due_in_working_time() -> None:
    clocks = seen((What.OPENED, "20 17:30"), (What.ASKED, "20 17:30"))
    assert clocks[Metric.FIRST_RESPONSE, 1].due_at == at("23 09:30")
    assert clocks[Metric.RESOLUTION, 1].due_at == at("23 16:30")
    assert set(clocks) == {(Metric.FIRST_RESPONSE, 1), (Metric.RESOLUTION, 1)}


def test_an_answer_in_time_and_one_too_late() -> None:
    for when, missed in (("24 10:00", None), ("24 10:01", at("24 10:00"))):
        clock = seen((What.OPENED, "24 09:00"), (What.ASKED, "24 09:00"), (What.ANSWERED, when))[
            Metric.FIRST_RESPONSE, 1
        ]
        assert (clock.state, clock.stopped_at, clock.missed_at) == (
            ClockState.STOPPED,
            at(when),
            missed,
        )


def test_the_next_answer_counts_from_the_oldest_open_question() -> None:
    clocks = seen(
        (What.OPENED, "24 09:00"),
        (What.ASKED, "24 09:00"),
        (What.ANSWERED, "24 09:10"),
        (What.ASKED, "24 10:00"),
        (What.ASKED, "24 11:30"),
    )
    assert clocks[Metric.NEXT_RESPONSE, 1].due_at == at("24 12:00")


def test_each_further_question_has_a_clock_of_its_own() -> None:
    clocks = seen(
        (What.OPENED, "24 09:00"),
        (What.ASKED, "24 09:00"),
        *[(what, f"24 {hour}:00") for hour in (10, 11, 12) for what in (What.ANSWERED, What.ASKED)],
    )
    assert [one.round for one in clocks.values() if one.metric is Metric.NEXT_RESPONSE] == [1, 2, 3]


def test_resolution_stands_still_while_others_have_to_move() -> None:
    clock = seen((What.OPENED, "24 09:00"), (What.PAUSED, "24 11:00"), (What.RESUMED, "25 15:00"))[
        Metric.RESOLUTION, 1
    ]
    assert (clock.elapsed, clock.running_since) == (2 * HOUR, at("25 15:00"))
    assert clock.due_at == at("26 12:00")
    held = seen((What.OPENED, "24 09:00"), (What.PAUSED, "24 11:00"))[Metric.RESOLUTION, 1]
    assert (held.state, held.due_at) == (ClockState.PAUSED, None)


def test_settling_cancels_what_nobody_answered_and_stops_the_rest() -> None:
    clocks = seen((What.OPENED, "24 09:00"), (What.ASKED, "24 09:00"), (What.RESOLVED, "24 09:30"))
    assert clocks[Metric.FIRST_RESPONSE, 1].state is ClockState.CANCELLED
    assert clocks[Metric.RESOLUTION, 1].state is ClockState.STOPPED


def test_a_reopened_case_goes_on_counting() -> None:
    clock = seen(
        (What.OPENED, "24 09:00"), (What.RESOLVED, "24 16:00"), (What.REOPENED, "25 09:00")
    )[Metric.RESOLUTION, 1]
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, at("25 10:00"))


def test_a_promise_keeps_to_the_clock_on_the_wall_and_the_last_one_counts() -> None:
    marks = [
        Mark(What.OPENED, at("20 17:00")),
        Mark(What.PROMISED, at("20 17:00"), at("21 12:00")),
        Mark(What.PROMISED, at("20 18:00"), at("22 12:00")),
        Mark(What.ANSWERED, at("22 12:30")),
    ]
    first, last = (one for one in clocks_of(marks, TARGETS) if one.metric is Metric.PROMISE)
    assert (first.state, last.state, last.missed_at) == (
        ClockState.CANCELLED,
        ClockState.STOPPED,
        at("22 12:00"),
    )


def test_warnings_come_at_shares_of_the_target() -> None:
    clock = seen((What.OPENED, "24 09:00"), (What.PAUSED, "24 11:00"), (What.RESUMED, "24 15:00"))[
        Metric.RESOLUTION, 1
    ]
    assert clock.moment_of(50, OFFICE) == at("24 17:00")
    assert clock.moment_of(100, OFFICE) == clock.due_at
    assert clock.moment_of(20, OFFICE) == clock.running_since


def test_what_has_no_target_has_no_clock() -> None:
    marks = [Mark(What.OPENED, at("24 09:00")), Mark(What.ASKED, at("24 09:00"))]
    assert clocks_of(marks, Targets(OFFICE, {})) == ()


WALL = Targets(
    Hours(TOKYO, ALWAYS),
    {Metric.FIRST_RESPONSE: HOUR, Metric.NEXT_RESPONSE: HOUR, Metric.RESOLUTION: HOUR},
)
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from([what for what in What if what is not What.OPENED]),
        st.timedeltas(timedelta(), 5 * HOUR),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda one: one[1]))


@given(HAPPENINGS)
def test_clocks_never_contradict_themselves(happened: list[tuple[What, timedelta]]) -> None:
    begin = at("24 00:00")
    marks = [Mark(What.OPENED, begin)] + [
        Mark(what, begin + s, begin + s + HOUR) for what, s in happened
    ]
    clocks = clocks_of(marks, WALL)
    for clock in clocks:
        assert (clock.state is ClockState.RUNNING) == (clock.running_since is not None)
        assert (clock.running_since is None) == (clock.due_at is None)
        assert clock.elapsed >= timedelta()
        if clock.missed_at is not None and clock.stopped_at is not None:
            assert clock.missed_at < clock.stopped_at
        if clock.state is ClockState.STOPPED and clock.missed_at is None:
            assert clock.elapsed <= clock.target
    for metric in Metric:
        mine = [one for one in clocks if one.metric is metric]
        assert [one.round for one in mine] == list(range(1, len(mine) + 1))
        open_ones = [one for one in mine if one.state in {ClockState.RUNNING, ClockState.PAUSED}]
        assert len(open_ones) <= 1
    # What is known later changes nothing about clocks that had ended before.
    for length in range(1, len(marks)):
        for early, late in zip(clocks_of(marks[:length], WALL), clocks, strict=False):
            assert (early.metric, early.round, early.started_at) == (
                late.metric,
                late.round,
                late.started_at,
            )
