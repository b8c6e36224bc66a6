"""When figures call for a person."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_service.console.doctor import ROOM_BYTES, judge_room
from oms_service.console.policy import Mood, judge
from oms_service.infra.backlog import Backlog

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
QUIET = Backlog(events=0, oldest_at=None, effects=0, bodies=0, fallout=0)


def test_a_quiet_house_is_in_order() -> None:
    health = judge(QUIET, now=NOW, is_broker_there=True)
    assert health.worst is Mood.FINE


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
