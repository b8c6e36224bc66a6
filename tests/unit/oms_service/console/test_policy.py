"""When figures call for a person."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_service.console.doctor import judge_room
from oms_service.console.policy import ROOM_BYTES, Duty, Mood, judge, judge_clock, size
from oms_service.infra.backlog import Backlog
from oms_service.infra.rounds import Round
from oms_service.infra.sweeps import Sweep
from oms_service.infra.vitals import Vitals

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
QUIET = Backlog(events=0, oldest_at=None, effects=0, bodies=0, fallout=0)


def test_a_quiet_house_is_in_order() -> None:
    health = judge(QUIET, now=NOW, is_broker_there=True)
    assert health.worst is Mood.FINE


def test_a_channel_that_rests_is_worth_a_look() -> None:
    health = judge(QUIET, now=NOW, is_broker_there=True, resting=1)
    assert (health.channels, health.worst) == (Mood.LOOK, Mood.LOOK)


@pytest.mark.parametrize(
    ("age_s", "mood"), [(0, Mood.FINE), (60, Mood.FINE), (61, Mood.ACT), (86_400, Mood.ACT)]
)
def test_events_that_wait_longer_than_a_minute_mean_a_dead_relay(age_s: int, mood: Mood) -> None:
    waits = Backlog(
        events=1, oldest_at=NOW - timedelta(seconds=age_s), effects=0, bodies=0, fallout=0
    )
    assert judge(waits, now=NOW, is_broker_there=True).events is mood


def test_a_clock_behind_makes_no_negative_age() -> None:
    waits = Backlog(events=1, oldest_at=NOW + timedelta(seconds=9), effects=0, bodies=0, fallout=0)
    assert waits.age_s(NOW) == 0


def test_the_worst_figure_speaks_for_the_page() -> None:
    failed = Backlog(events=0, oldest_at=None, effects=0, bodies=0, fallout=1)
    assert judge(failed, now=NOW, is_broker_there=True).worst is Mood.LOOK
    assert judge(failed, now=NOW, is_broker_there=False).worst is Mood.ACT


SWEEP = Sweep("sends", 1, lambda _uow: 0)
RARE = Sweep("forgets", 3_600, lambda _uow: 0)


@pytest.mark.parametrize(
    ("ago_s", "is_done", "state"),
    [
        (0, True, Duty.ON_TIME),
        (2 * 3_600 + 60, True, Duty.ON_TIME),
        (2 * 3_600 + 61, True, Duty.LATE),
        (0, False, Duty.BROKE),
    ],
)
def test_a_duty_may_take_the_time_of_two(ago_s: int, is_done: bool, state: Duty) -> None:
    rounds = {
        "forgets": Round(NOW - timedelta(seconds=ago_s), is_done),
        "sends": Round(NOW, is_done=True),
    }
    seen = judge_clock([SWEEP, RARE], rounds, now=NOW)
    assert [one.state for one in seen.duties] == [state, Duty.ON_TIME]
    assert seen.mood is (Mood.FINE if state is Duty.ON_TIME else Mood.LOOK)


def test_a_clock_of_which_nothing_is_heard_stands_still() -> None:
    heard = {"sends": Round(NOW - timedelta(seconds=121), is_done=True)}
    assert judge_clock([SWEEP, RARE], heard, now=NOW).mood is Mood.ACT
    unheard = judge_clock([SWEEP, RARE], {}, now=NOW)
    assert (unheard.mood, unheard.last_at, unheard.in_trouble) == (Mood.LOOK, None, ())


@pytest.mark.parametrize(
    ("connections", "runs_s", "mood"),
    [(85, 300, Mood.FINE), (86, 0, Mood.LOOK), (1, 301, Mood.LOOK)],
)
def test_a_database_is_under_strain_by_its_connections_or_a_long_transaction(
    connections: int, runs_s: int, mood: Mood
) -> None:
    seen = Vitals(1, connections, 100, NOW - timedelta(seconds=runs_s), "0050")
    assert judge(QUIET, now=NOW, is_broker_there=True, database=seen).database is mood


def test_room_is_said_as_people_say_it() -> None:
    assert (size(37 * 1024**2), size(3 * ROOM_BYTES // 2)) == ("37 MB", "1.5 GB")
    full = judge(QUIET, now=NOW, is_broker_there=True, free_bytes=ROOM_BYTES - 1)
    assert (full.disk, full.worst) == (Mood.ACT, Mood.ACT)


@pytest.mark.parametrize(("free", "well"), [(ROOM_BYTES, True), (ROOM_BYTES - 1, False)])
def test_a_disk_needs_a_gibibyte(free: int, well: bool) -> None:
    assert judge_room(Path("/"), free).is_well is well


@pytest.mark.parametrize(
    ("workers", "effects", "mood"),
    [(0, 1, Mood.ACT), (0, 0, Mood.FINE), (1, 1, Mood.FINE), (None, 1, Mood.FINE)],
)
def test_what_goes_out_needs_a_worker(workers: int | None, effects: int, mood: Mood) -> None:
    waits = Backlog(events=0, oldest_at=None, effects=effects, bodies=0, fallout=0)
    assert judge(waits, now=NOW, is_broker_there=True, workers=workers).workers is mood
