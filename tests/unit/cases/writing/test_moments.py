"""Moments by name, in the shop's zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.writing.moments import Preset, moment

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("preset", "now", "zone", "then"),
    [
        (Preset.HOUR, "2026-11-22T14:30+00:00", TOKYO, "2026-11-22T15:30+00:00"),
        # Half past eleven at night in Tokyo: tomorrow is the 23rd.
        (Preset.TOMORROW, "2026-11-22T14:30+00:00", TOKYO, "2026-11-23T00:00+00:00"),
        # Half past midnight of the 23rd: tomorrow is the 24th.
        (Preset.TOMORROW, "2026-11-22T15:30+00:00", TOKYO, "2026-11-24T00:00+00:00"),
        # On a Sunday the next Monday is tomorrow, on a Monday it is a week off.
        (Preset.MONDAY, "2026-11-22T03:00+00:00", TOKYO, "2026-11-23T00:00+00:00"),
        (Preset.MONDAY, "2026-11-23T03:00+00:00", TOKYO, "2026-11-30T00:00+00:00"),
        # The night before clocks go forward: nine in the morning is an hour sooner in UTC.
        (Preset.TOMORROW, "2026-03-28T20:00+00:00", BERLIN, "2026-03-29T07:00+00:00"),
    ],
)
def test_a_named_moment(preset: Preset, now: str, zone: ZoneInfo, then: str) -> None:
    found = moment(preset, now=datetime.fromisoformat(now), zone=zone)
    assert found == datetime.fromisoformat(then)
    assert found.tzinfo is UTC or found.utcoffset() == datetime.fromisoformat(then).utcoffset()
