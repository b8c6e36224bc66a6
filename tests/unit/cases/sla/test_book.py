"""Answer times as the shop writes them: what fits, and what is refused by name."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cases.sla import book
from cases.sla.book import Book, Facts, Policy, Step
from cases.sla.clocks import Metric, Targets
from cases.sla.hours import ALWAYS, Hours, Interval
from oms_service.kernel.errors import Invalid

ROUND_THE_CLOCK = Targets(Hours(ZoneInfo("Asia/Tokyo"), ALWAYS), {})
NIGHT = [["22:00", "06:00"]]


def policy(code: str, **conditions: set[str]) -> Policy:
    named = {
        name: frozenset(conditions.get(name, ()))
        for name in ("reasons", "priorities", "tiers", "channels")
    }
    ladder = ((80, Step.REASSIGN), (100, Step.RAISE_PRIORITY))
    return Policy(id=1, code=code, targets=ROUND_THE_CLOCK, ladder=ladder, **named)


def test_the_first_that_fits_holds() -> None:
    shop = Book(
        1,
        (
            policy("vip", tiers={"vip"}, channels={"line", "webchat"}),
            policy("chat", channels={"webchat"}),
            policy("urgent", priorities={"urgent"}),
        ),
    )

    def held(**given: str) -> str | None:
        facts = {"reason": "other", "priority": "normal", "tier": "standard", "channel": "mail"}
        found = shop.policy(Facts(**{**facts, **given}))
        return found.code if found else None

    assert held(tier="vip", channel="webchat") == "vip"
    assert held(tier="vip", priority="urgent") == "urgent"
    assert held(channel="webchat", priority="urgent") == "chat"
    assert held() is None


def test_steps_are_taken_once_on_the_way_up() -> None:
    one = policy("any")
    assert one.steps(0, 50) == ()
    assert one.steps(50, 100) == (Step.REASSIGN, Step.RAISE_PRIORITY)
    assert one.steps(80, 100) == (Step.RAISE_PRIORITY,)


def test_hours_are_read_and_written_alike() -> None:
    days = [[["09:00", "12:00"], ["13:00", "24:00"]], NIGHT, *[[]] * 5]
    read = book.week(days)
    assert read[0] == (Interval(540, 720), Interval(780, 1440))
    assert read[1] == (Interval(1320, 1800),)
    assert [book.written(one) for one in read] == days
    assert book.special({"2026-12-31": [["09:00", "12:00"]], "2027-01-01": []}) == {
        date(2026, 12, 31): (Interval(540, 720),),
        date(2027, 1, 1): (),
    }


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([[]] * 6, "week"),
        ("always", "week"),
        ([*[[]] * 6, [["9:00", "18:00"]]], "week.6"),
        ([[["24:00", "06:00"]], *[[]] * 6], "week.0"),
        ([[["25:00", "26:00"]], *[[]] * 6], "week.0"),
        ([[["24:30", "25:00"]], *[[]] * 6], "week.0"),
        ([[["09:00"]], *[[]] * 6], "week.0"),
        ([[[9, 18]], *[[]] * 6], "week.0"),
        ([[["09:00", "10:00"]] * 9, *[[]] * 6], "week.0"),
    ],
)
def test_a_week_that_is_none_is_refused(given: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        book.week(given)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "", "20261124T00"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(Invalid) as refused:
        book.special({day: []})
    assert list(refused.value.fields) == [f"special.{day}"]


@pytest.mark.parametrize("zone", ["", "Asia/Nowhere", "../etc/passwd", "\0", "Asia"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(Invalid) as refused:
        book.hours(zone=zone, given_week=[[]] * 7, given_special={})
    assert list(refused.value.fields) == ["zone"]


def test_targets_are_whole_seconds_of_known_metrics() -> None:
    assert book.targets({"resolution": 3600}) == {Metric.RESOLUTION: timedelta(hours=1)}
    for wrong in ({"promise": 60}, {"resolution": 0}, {"resolution": True}, {"resolution": 10**9}):
        with pytest.raises(Invalid):
            book.targets(wrong)


def test_a_ladder_has_known_steps_at_known_shares() -> None:
    assert book.ladder([[100, "raise_priority"], [80, "reassign"], [80, "reassign"]]) == (
        (80, Step.REASSIGN),
        (100, Step.RAISE_PRIORITY),
    )
    for wrong in ([[70, "reassign"]], [[80, "shout"]], [[80]], ["80"], {"80": "reassign"}, [None]):
        with pytest.raises(Invalid):
            book.ladder(wrong)
