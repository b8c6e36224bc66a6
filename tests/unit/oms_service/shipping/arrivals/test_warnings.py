"""Warnings a day ahead: close to what an oracle sees, rarely false, and blind to the future."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.arrivals.chances import places
from oms_service.shipping.arrivals.journeys import Journey, Road
from oms_service.shipping.arrivals.scanned import Scanned, Word
from oms_service.shipping.arrivals.warnings import is_at_risk, replay, score
from tests.factories.histories_with_scans import BEGIN, TOKYO, Known, by_days, by_hours

ROAD = Road("大阪府", "東京都", "yamato", "")


def of(history: list[Known]) -> list[Scanned]:
    return [one.scanned for one in history]


def signs(history: list[Known]) -> dict[int, object]:
    return {n: one.first_sign_at for n, one in enumerate(history) if one.first_sign_at}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("world", [by_days, by_hours])
def test_warnings_come_close_to_an_oracle_and_are_mostly_right(
    world: Callable[..., list[Known]], seed: int
) -> None:
    history = world(seed=seed)
    found = score(of(history), replay(of(history), TOKYO), signs(history))  # type: ignore[arg-type]
    assert found["late"] > 300
    assert found["precision"] >= 0.6
    assert found["oracle"]["share"] >= 0.9
    assert found["oracle"]["caught"] >= 0.8


@pytest.mark.parametrize("world", [by_days, by_hours])
def test_a_changed_future_changes_no_warning(world: Callable[..., list[Known]]) -> None:
    history = of(world(seed=9, days=100, a_day=6))
    turn = BEGIN + timedelta(days=80)

    def later(one: Scanned) -> Scanned:
        journey = one.journey
        came, handed = journey.delivered_at, journey.handed_over_at
        words = [word for word in one.words if word.heard_at < turn]
        return Scanned(
            replace(
                journey,
                handed_over_at=handed if handed is None or handed < turn else None,
                delivered_at=came if came is None or came < turn else came + timedelta(days=9),
            ),
            (*words, Word(turn, turn, S.DELAYED, reason="strike")),
        )

    was = [one for one in replay(history, TOKYO) if one.at < turn]
    now = [one for one in replay([later(one) for one in history], TOKYO) if one.at < turn]
    assert was == now
    assert len(was) > 150
    assert any(one.is_at_risk for one in was)


def test_the_order_and_repetition_of_words_change_no_warning() -> None:
    history = of(by_days(seed=6, days=100, a_day=4))
    turned = [Scanned(one.journey, one.words[::-1] + one.words[:1]) for one in history]
    assert [w.is_at_risk for w in replay(history, TOKYO)] == [
        w.is_at_risk for w in replay(turned, TOKYO)
    ]


def test_a_word_that_is_heard_late_counts_from_when_it_is_heard() -> None:
    at = BEGIN
    word = Word(at, at + timedelta(days=3), S.DELAYED, reason="weather")
    journey = Journey(ROAD, at, at, None, at + timedelta(days=2))
    alone = [Scanned(journey, ())]
    assert replay([Scanned(journey, (word,))], TOKYO) == replay(alone, TOKYO)


def test_what_cannot_be_warned_of_is_not_judged() -> None:
    at = BEGIN
    soon = Journey(ROAD, at, at, at + timedelta(hours=9), at + timedelta(hours=20))
    there = Journey(ROAD, at, at, at + timedelta(days=1), at + timedelta(days=3))
    unpromised = Journey(ROAD, at, at, at + timedelta(days=1), None)
    timeless = Journey(ROAD, None, None, None, at)
    history = [Scanned(one, ()) for one in (soon, there, unpromised, timeless)]
    assert replay(history, TOKYO) == []
    assert score(history, []) == {
        "judged": 0,
        "late": 0,
        "warned": 0,
        "right": 0,
        "precision": None,
        "recall": None,
    }


def test_before_anything_is_known_nothing_is_at_risk() -> None:
    journey = Journey(ROAD, BEGIN, BEGIN, None, BEGIN + timedelta(days=2))
    (said,) = replay([Scanned(journey, ())], TOKYO)
    assert (said.at, said.is_at_risk) == (BEGIN + timedelta(days=1), False)


def test_a_chance_is_a_risk_from_the_threshold_on() -> None:
    assert [is_at_risk(chance) for chance in (0.0, 0.39, 0.4, 1.0)] == [False, False, True, True]


def test_words_that_say_nothing_move_no_parcel() -> None:
    silent = [Word(BEGIN, BEGIN, status) for status in (S.PRE_TRANSIT, S.UNKNOWN, S.DELIVERED)]
    moved = Word(BEGIN, BEGIN, S.IN_TRANSIT, place="東京都")
    found = list(places(BEGIN, None, [*silent, moved], "東京都"))
    assert [(one.status, one.step, one.is_there) for one in found] == [
        ("placed", 0, False),
        ("in_transit", 1, True),
    ]
