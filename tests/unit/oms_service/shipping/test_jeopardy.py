"""How a promise stands, why, and what would help."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.jeopardy import (
    AHEAD,
    AT_COUNTER,
    FINE,
    OLD_NEWS,
    SILENCE,
    Hold,
    InHouse,
    OnTheRoad,
    Verdict,
    judge,
    judge_in_house,
    look_again,
    look_again_in_house,
    rank,
    silence_of,
)
from oms_service.shipping.lanes import Lane
from oms_service.shipping.states import FINAL, WHO, Cause, Jeopardy, Suggestion
from oms_service.shipping.windows import Window

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SOON = Window(NOW, NOW + timedelta(days=1))
PAST = Window(NOW - timedelta(days=2), NOW - timedelta(days=1))
FRESH = NOW - timedelta(hours=3)
ROAD = OnTheRoad(status=S.IN_TRANSIT, heard_at=FRESH, promised=SOON, chance_late=0.1)
HOUSE = InHouse(since=FRESH, promised=SOON, chance_late=0.1)


@pytest.mark.parametrize(
    ("parcel", "jeopardy", "cause", "suggestion"),
    [
        (ROAD, "on_time", "", ""),
        (replace(ROAD, chance_late=0.5), "at_risk", "slow", "wait"),
        (replace(ROAD, chance_late=0.39), "on_time", "", ""),
        (replace(ROAD, chance_late=0.39, risk_percent=30), "at_risk", "slow", "wait"),
        (replace(ROAD, reason="snow", chance_late=0.9), "at_risk", "carrier_delay", "wait"),
        (replace(ROAD, reason="snow"), "on_time", "", ""),
        (replace(ROAD, reason="no_one_home", chance_late=0.9), "at_risk", "slow", "wait"),
        (replace(ROAD, promised=PAST), "late", "past_promise", "trace"),
        (replace(ROAD, promised=PAST, status=S.DELAYED), "late", "carrier_delay", "wait"),
        (replace(ROAD, status=S.FAILURE), "late", "lost", "send_again"),
        (replace(ROAD, status=S.FAILURE, reason="damaged"), "late", "damaged", "send_again"),
        (replace(ROAD, heard_at=NOW - SILENCE), "stalled", "silence", "trace"),
        (replace(ROAD, heard_at=NOW - SILENCE, promised=PAST), "stalled", "silence", "trace"),
        (replace(ROAD, silence=timedelta(hours=2)), "stalled", "silence", "trace"),
        (replace(ROAD, status=S.CUSTOMS_HOLD), "at_risk", "customs", "clear_customs"),
        (
            replace(ROAD, status=S.CUSTOMS_HOLD, heard_at=NOW - SILENCE),
            "stalled",
            "customs",
            "clear_customs",
        ),
        (replace(ROAD, reason="address"), "at_risk", "address", "confirm_address"),
        (replace(ROAD, reason="refused"), "at_risk", "refused", "ask_customer"),
        (replace(ROAD, reason="damaged"), "at_risk", "damaged", "send_again"),
        (replace(ROAD, status=S.ATTEMPTED, attempts=1), "on_time", "", ""),
        (
            replace(ROAD, status=S.ATTEMPTED, attempts=2),
            "at_risk",
            "attempted",
            "arrange_redelivery",
        ),
        (
            replace(ROAD, status=S.ATTEMPTED, attempts=1, promised=PAST),
            "late",
            "attempted",
            "arrange_redelivery",
        ),
        (replace(ROAD, status=S.RETURNING), "stalled", "returning", "ask_customer"),
        (
            replace(ROAD, status=S.RETURNING, reason="moved", promised=PAST),
            "stalled",
            "address",
            "confirm_address",
        ),
        (replace(ROAD, status=S.RETURNING, reason="refused"), "stalled", "refused", "ask_customer"),
        (replace(ROAD, status=S.AVAILABLE_FOR_PICKUP), "on_time", "", ""),
        (
            replace(ROAD, status=S.AVAILABLE_FOR_PICKUP, heard_at=NOW - AT_COUNTER),
            "at_risk",
            "unclaimed",
            "remind_to_collect",
        ),
        (
            replace(ROAD, status=S.AVAILABLE_FOR_PICKUP, promised=PAST),
            "late",
            "past_promise",
            "trace",
        ),
        (OnTheRoad(status=S.UNKNOWN), "on_time", "", ""),
    ],
)
def test_a_parcel_on_its_way(parcel: OnTheRoad, jeopardy: str, cause: str, suggestion: str) -> None:
    assert judge(parcel, NOW) == Verdict(Jeopardy(jeopardy), Cause(cause), Suggestion(suggestion))


def test_what_came_to_the_counter_in_time_is_not_late() -> None:
    there = replace(
        ROAD,
        status=S.AVAILABLE_FOR_PICKUP,
        heard_at=PAST.until - timedelta(hours=1),
        promised=PAST,
    )
    assert judge(there, NOW) is FINE


@pytest.mark.parametrize(
    ("delivered_at", "verdict"),
    [
        (FRESH, FINE),
        (SOON.until, Verdict(Jeopardy.LATE, Cause.PAST_PROMISE)),
        (None, FINE),
    ],
)
def test_a_delivered_parcel_kept_its_promise_or_did_not(
    delivered_at: datetime | None, verdict: Verdict
) -> None:
    parcel = replace(ROAD, status=S.DELIVERED, delivered_at=delivered_at)
    assert judge(parcel, NOW + timedelta(days=9)) == verdict


@pytest.mark.parametrize(
    ("goods", "jeopardy", "cause", "suggestion"),
    [
        (HOUSE, "on_time", "", ""),
        (replace(HOUSE, chance_late=0.6), "at_risk", "not_sent", "send_first"),
        (replace(HOUSE, promised=PAST), "late", "not_sent", "send_first"),
        (replace(HOUSE, send_until=NOW), "at_risk", "not_sent", "send_first"),
        (
            replace(HOUSE, send_until=NOW - timedelta(days=1)),
            "stalled",
            "not_sent",
            "send_first",
        ),
        (
            replace(HOUSE, send_until=NOW - timedelta(days=1), stuck_at=NOW + timedelta(hours=1)),
            "at_risk",
            "not_sent",
            "send_first",
        ),
        (replace(HOUSE, send_until=NOW, stuck_at=NOW), "stalled", "not_sent", "send_first"),
        (replace(HOUSE, stuck_at=NOW), "stalled", "not_sent", "send_first"),
        (
            replace(HOUSE, send_until=NOW + timedelta(hours=1), stuck_at=PAST.until),
            "on_time",
            "",
            "",
        ),
        (replace(HOUSE, held_by=Hold.PAYMENT, stuck_at=PAST.until), "on_time", "", ""),
        (replace(HOUSE, held_by=Hold.PAYMENT), "on_time", "", ""),
        (
            replace(HOUSE, held_by=Hold.PAYMENT, chance_late=0.6),
            "at_risk",
            "payment_hold",
            "ask_for_payment",
        ),
        (
            replace(HOUSE, held_by=Hold.PAYMENT, since=NOW - timedelta(days=3)),
            "stalled",
            "payment_hold",
            "ask_for_payment",
        ),
        (
            replace(HOUSE, held_by=Hold.PAYMENT, since=NOW - timedelta(days=3), hold_days=5),
            "on_time",
            "",
            "",
        ),
        (replace(HOUSE, held_by=Hold.ADDRESS), "at_risk", "address", "confirm_address"),
        (
            replace(HOUSE, held_by=Hold.REVIEW, promised=PAST),
            "late",
            "review_hold",
            "decide_on_hold",
        ),
        (
            replace(HOUSE, held_by=Hold.CUSTOMER, chance_late=0.9),
            "at_risk",
            "customer_hold",
            "ask_customer",
        ),
        (replace(HOUSE, waits=True), "on_time", "", ""),
        (replace(HOUSE, waits=True, chance_late=0.9), "at_risk", "stock", "find_stock"),
        (replace(HOUSE, waits=True, ready_until=NOW), "at_risk", "stock_overdue", "find_stock"),
        (
            replace(HOUSE, waits=True, ready_until=NOW - timedelta(days=3)),
            "stalled",
            "stock_overdue",
            "find_stock",
        ),
        (
            replace(HOUSE, waits=True, ready_until=NOW, promised=PAST),
            "late",
            "stock_overdue",
            "find_stock",
        ),
        (InHouse(since=NOW - timedelta(days=99)), "on_time", "", ""),
    ],
)
def test_goods_that_have_not_left(
    goods: InHouse, jeopardy: str, cause: str, suggestion: str
) -> None:
    found = judge_in_house(goods, NOW)
    assert found == Verdict(Jeopardy(jeopardy), Cause(cause), Suggestion(suggestion))


LONG_AGO = NOW - SILENCE - OLD_NEWS
UNPROMISED = replace(ROAD, promised=None, chance_late=None, heard_at=LONG_AGO)


@pytest.mark.parametrize("status", [one for one in S if one is not S.DELIVERED])
def test_old_news_that_nobody_waited_for_is_history(status: S) -> None:
    assert judge(replace(UNPROMISED, status=status), NOW) is FINE


def test_what_was_promised_or_worried_about_stays_so_however_long_it_is_silent() -> None:
    promised = replace(UNPROMISED, promised=PAST)
    worried = replace(UNPROMISED, was=Jeopardy.STALLED)
    fresh = replace(UNPROMISED, heard_at=LONG_AGO + timedelta(minutes=1))
    silent = Verdict(Jeopardy.STALLED, Cause.SILENCE, Suggestion.TRACE)
    assert [judge(one, NOW) for one in (promised, worried, fresh)] == [silent] * 3


def test_far_lanes_may_be_silent_for_longer() -> None:
    assert silence_of(None) == SILENCE
    assert silence_of(Lane(1, 2)) == timedelta(days=3)
    assert silence_of(Lane(2, 4)) == timedelta(days=5)


def test_the_worst_part_speaks() -> None:
    worst_first = sorted(Jeopardy, key=rank, reverse=True)
    assert worst_first == [Jeopardy.STALLED, Jeopardy.LATE, Jeopardy.AT_RISK, Jeopardy.ON_TIME]


def test_somebody_has_the_next_step() -> None:
    assert set(WHO) == set(Suggestion)


def test_what_is_over_is_not_looked_at_again() -> None:
    assert [look_again(replace(ROAD, status=status), NOW) for status in sorted(FINAL)] == [
        None,
        None,
    ]


def test_an_open_parcel_is_looked_at_when_something_may_change() -> None:
    promised = Window(NOW, NOW + AHEAD + timedelta(hours=1))
    assert look_again(replace(ROAD, promised=promised), NOW) == NOW + timedelta(hours=1)
    soon_silent = replace(ROAD, heard_at=NOW - SILENCE + timedelta(minutes=5))
    assert look_again(soon_silent, NOW) == NOW + timedelta(minutes=5)
    quiet = OnTheRoad(status=S.UNKNOWN, heard_at=NOW - timedelta(days=120))
    assert look_again(quiet, NOW) == NOW + timedelta(days=10)


def test_goods_in_the_house_are_looked_at_when_they_should_have_left() -> None:
    goods = replace(HOUSE, promised=None, send_until=NOW + timedelta(hours=2))
    assert look_again_in_house(goods, NOW) == NOW + timedelta(hours=2)
    assert look_again_in_house(goods, NOW + timedelta(hours=2)) == NOW + timedelta(hours=6)
    soon_stuck = replace(goods, stuck_at=NOW + timedelta(hours=3))
    assert look_again_in_house(soon_stuck, NOW + timedelta(hours=2)) == NOW + timedelta(hours=3)
