"""Exact windows: what each witness is worth, and what is honestly unknown."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.because import Why
from oms_service.shipping.eta import TRUST, Estimate, Known, Sent, estimate, trust
from oms_service.shipping.lanes import Lane, usual
from oms_service.shipping.standing import Said, newest
from oms_service.shipping.windows import Window

TOKYO = ZoneInfo("Asia/Tokyo")
LANE = Lane(1, 2)
#: Friday 20 November 2026, 15:00 in Tokyo.
SENT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def days(first: int, last: int) -> Window:
    return Window.of_days(date(2026, 11, first), date(2026, 11, last), TOKYO)


def hours(day: int, first: int, last: int) -> Window:
    start = datetime(2026, 11, day, first, tzinfo=TOKYO)
    until = datetime(2026, 11, day, last, tzinfo=TOKYO)
    return Window(start.astimezone(UTC), until.astimezone(UTC))


def said(status: S, after_h: float, *, reason: str = "", window: Window | None = None) -> Said:
    return Said(
        status,
        SENT + timedelta(hours=after_h),
        f"{status}-{after_h}",
        reason,
        window.start if window else None,
        window.until if window else None,
    )


Shown = tuple[Window, str]


def believe(*words: Said, after_h: float = 1, lane: Lane | None = LANE) -> Shown | None:
    now = SENT + timedelta(hours=after_h)
    return shown(estimate(words, Sent(handed_over_at=SENT, lane=lane), now=now, known=Known(TOKYO)))


def shown(found: Estimate | None) -> Shown | None:
    return (found.window, found.why) if found else None


def test_a_parcel_without_a_word_arrives_by_its_lane() -> None:
    assert believe() == (days(21, 22), Why.LEAD_TIME)


def test_without_a_lane_and_without_a_word_nothing_is_known() -> None:
    assert believe(lane=None) is None
    assert believe(said(S.IN_TRANSIT, 2), lane=None) is None


def test_without_handing_over_the_first_movement_starts_the_road() -> None:
    moved = said(S.IN_TRANSIT, 24)
    sent = Sent(handed_over_at=None, lane=LANE)
    found = shown(estimate([moved], sent, now=moved.occurred_at, known=Known(TOKYO)))
    assert found == (days(22, 23), Why.LEAD_TIME)


def test_a_label_is_no_movement() -> None:
    label = said(S.PRE_TRANSIT, 0)
    sent = Sent(handed_over_at=None, lane=LANE)
    found = estimate([label], sent, now=SENT, known=Known(TOKYO))
    assert found is None


def test_the_carriers_fresh_word_wins_to_the_hour() -> None:
    word = said(S.IN_TRANSIT, 2, window=hours(23, 14, 16))
    assert believe(word, after_h=3) == (hours(23, 14, 16), Why.CARRIER)


def test_of_two_words_the_later_said_wins() -> None:
    old = said(S.IN_TRANSIT, 2, window=hours(23, 14, 16))
    new = said(S.IN_TRANSIT, 5, window=hours(22, 18, 20))
    assert believe(old, new) == believe(new, old) == (hours(22, 18, 20), Why.CARRIER)


def test_trust_is_full_for_two_days_then_halves_and_ends() -> None:
    assert trust(timedelta(0)) == trust(TRUST) == 1.0
    assert trust(2 * TRUST) == 0.5
    assert trust(3 * TRUST) == 0.25
    assert trust(10 * TRUST) == 0.0


def test_an_old_word_is_mixed_with_the_lane_and_loses_its_hours() -> None:
    word = said(S.IN_TRANSIT, 2, window=hours(30, 14, 16))
    found = believe(word, after_h=2 + 96, lane=Lane(8, 9))
    assert found is not None
    assert found[0].days(TOKYO) == (date(2026, 11, 29), date(2026, 11, 30))


def test_on_the_van_it_comes_today() -> None:
    # Saturday 21 November, 7:42 in Tokyo.
    loaded = said(S.OUT_FOR_DELIVERY, 16.7)
    assert believe(loaded, after_h=17) == (days(21, 21), Why.OUT_FOR_DELIVERY)


def test_on_the_van_the_named_hours_stay() -> None:
    word = said(S.IN_TRANSIT, 10, window=hours(21, 14, 16))
    loaded = said(S.OUT_FOR_DELIVERY, 16.7)
    found = believe(word, loaded, after_h=17)
    assert found == (hours(21, 14, 16), Why.OUT_FOR_DELIVERY)


def test_a_delay_without_a_date_costs_a_day_or_two_and_gives_its_reason() -> None:
    snow = said(S.DELAYED, 20, reason="snow")
    assert believe(snow, after_h=21) == (days(22, 23), "snow")


def test_a_delay_with_a_date_is_that_date() -> None:
    snow = said(S.DELAYED, 20, reason="snow", window=days(25, 26))
    assert believe(snow, after_h=21) == (days(25, 26), "snow")


@pytest.mark.parametrize("status", [S.DELIVERED, S.RETURNING, S.FAILURE, S.ATTEMPTED])
def test_where_nothing_is_to_be_expected_nothing_is_shown(status: S) -> None:
    assert believe(said(status, 20), after_h=21) is None


def test_after_a_missed_delivery_only_the_carriers_new_date_counts() -> None:
    missed = said(S.ATTEMPTED, 20)
    agreed = Said(S.ATTEMPTED, missed.occurred_at, "again", "", *vars(hours(22, 18, 20)).values())
    assert believe(missed, agreed, after_h=21) == (hours(22, 18, 20), Why.CARRIER)


def test_over_its_date_it_comes_today_or_tomorrow_and_then_nobody_can_say() -> None:
    assert believe(said(S.IN_TRANSIT, 2), after_h=72) == (days(23, 24), Why.OVERDUE)
    assert believe(said(S.IN_TRANSIT, 2), after_h=24 * 20) is None


def test_delivered_holds_against_anything() -> None:
    words = [said(S.DELIVERED, 20), said(S.IN_TRANSIT, 30), said(S.FAILURE, 10)]
    found = newest(words)
    assert found is not None
    assert found.status is S.DELIVERED


def test_a_lost_parcel_stays_lost_until_it_arrives() -> None:
    lost = [said(S.FAILURE, 20), said(S.IN_TRANSIT, 30)]
    assert [newest(lost), newest([*lost, said(S.DELIVERED, 40)])] == [
        lost[0],
        said(S.DELIVERED, 40),
    ]


def test_unknown_words_and_labels_do_not_hide_what_is_known() -> None:
    moving = said(S.IN_TRANSIT, 2)
    assert newest([moving, said(S.UNKNOWN, 9), said(S.PRE_TRANSIT, 8)]) == moving


@pytest.mark.parametrize(
    ("origin", "destination", "lane"),
    [
        ("東京都", "東京都", Lane(1, 2)),
        ("東京都", "京都府", Lane(1, 2)),
        ("東京", "福岡県", Lane(2, 3)),
        ("東京都", "北海道", Lane(2, 4)),
        ("大阪府", "沖縄県", Lane(2, 4)),
        ("東京都", "CA", None),
        ("", "東京都", None),
    ],
)
def test_usual_lanes(origin: str, destination: str, lane: Lane | None) -> None:
    assert usual(origin, destination) == lane


def test_whole_days_run_from_midnight_to_midnight() -> None:
    window = days(25, 26)
    assert window.start == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert window.until == datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert window.spoken(TOKYO) == (date(2026, 11, 25), date(2026, 11, 26))
    assert hours(25, 14, 16).days(TOKYO) is None
