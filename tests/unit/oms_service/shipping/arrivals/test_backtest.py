"""Forecasts lived through: better than every baseline, honest windows, no look ahead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oms_service.shipping.arrivals.backtest import backtest, moments
from oms_service.shipping.arrivals.fitted import Fitted
from oms_service.shipping.arrivals.fitting import fit
from oms_service.shipping.arrivals.journeys import Journey, Road, Stage
from oms_service.shipping.arrivals.model import Arrivals
from tests.factories.histories import BEGIN, TOKYO, a_history

STRIKE = (120, 128)
HALF_AN_HOUR = 0.5 / 24
#: Months that hold the two weeks after something broke or began anew.
SHOCKED = {"2025-05"}


def test_forecasts_beat_every_baseline_and_their_windows_hold_what_they_say() -> None:
    history = a_history(seed=3, days=210, a_day=12, strike=STRIKE, drift=1.0)
    report = backtest(history, TOKYO).as_json()
    for stage in ("placement", "handover"):
        figures = report[stage]
        best = min(one["median_abs_error_days"] for one in figures["baselines"].values())
        assert figures["median_abs_error_days"] <= best, stage
        assert 0.78 <= figures["coverage"] <= 0.85, stage
        for month in figures["months"]:
            if month["parcels"] >= 200 and month["month"] not in SHOCKED:
                assert 0.70 <= month["coverage"] <= 0.92, (stage, month)


def test_a_changed_future_changes_no_forecast() -> None:
    history = a_history(seed=5, days=60, a_day=6)
    turn = BEGIN + timedelta(days=40)
    other = [
        replace(one, delivered_at=one.delivered_at + timedelta(days=9))
        if one.delivered_at and one.delivered_at >= turn
        else one
        for one in history
    ]
    assert _said_before(history, turn) == _said_before(other, turn)
    assert len(_said_before(history, turn)) == 240


def test_what_never_arrives_is_not_scored() -> None:
    history = [replace(one, delivered_at=None) for one in a_history(seed=1, days=5, a_day=2)]
    report = backtest(history, TOKYO).as_json()
    assert report["journeys"] == 10
    assert report["placement"]["parcels"] == report["handover"]["parcels"] == 0
    assert report["placement"]["median_abs_error_days"] is None


def test_a_history_without_hand_overs_is_foretold_from_placement() -> None:
    history = [replace(one, handed_over_at=None) for one in a_history(seed=2, days=90, a_day=6)]
    report = backtest(history, TOKYO).as_json()
    assert report["handover"]["parcels"] == 0
    placement = report["placement"]
    best = min(one["median_abs_error_days"] for one in placement["baselines"].values())
    assert placement["median_abs_error_days"] <= best


def of_one_lane(one: Journey) -> Journey:
    return replace(one, road=Road("東京都", "愛知県", "yamato", "cool"))


def of_nowhere(one: Journey) -> Journey:
    return replace(one, road=Road("", "", "", ""))


def without_promise(one: Journey) -> Journey:
    return replace(one, promised_at=None)


def without_order(one: Journey) -> Journey:
    return replace(one, placed_at=None)


def arrived_before_it_left(one: Journey) -> Journey:
    return replace(one, delivered_at=BEGIN - timedelta(days=1))


@pytest.mark.parametrize("many", [1, 200])
@pytest.mark.parametrize(
    "changed", [of_one_lane, of_nowhere, without_promise, without_order, arrived_before_it_left]
)
def test_any_history_has_its_figures_and_a_model(
    changed: Callable[[Journey], Journey], many: int
) -> None:
    history = [changed(one) for one in a_history(seed=6, days=20, a_day=10)[:many]]
    report = backtest(history, TOKYO).as_json()
    assert report["journeys"] == many
    for stage in ("placement", "handover"):
        figures = report[stage]
        if not figures["parcels"]:
            continue
        assert figures["median_abs_error_days"] >= 0
        assert 0 <= figures["coverage"] <= 1
    fitted = fit(history, TOKYO).fitted
    assert Fitted.of_bytes(fitted.to_bytes()) == fitted


@pytest.mark.parametrize("changed", [of_one_lane, without_promise, of_nowhere])
def test_odd_histories_are_foretold_as_well_as_by_the_best_baseline(
    changed: Callable[[Journey], Journey],
) -> None:
    history = [changed(one) for one in a_history(seed=7, days=150, a_day=8)]
    report = backtest(history, TOKYO).as_json()
    for stage in ("placement", "handover"):
        figures = report[stage]
        best = min(
            one["median_abs_error_days"] for one in figures["baselines"].values() if one["parcels"]
        )
        assert figures["median_abs_error_days"] <= best + HALF_AN_HOUR, stage
        assert 0.78 <= figures["coverage"] <= 0.85, stage


def test_moments_are_told_of_as_they_pass() -> None:
    history = a_history(seed=4, days=5, a_day=2)
    told: list[int] = []
    backtest(history, TOKYO, tell=told.append)
    assert told == list(range(1, moments(history) + 1))


def _said_before(
    history: list[Journey], turn: datetime
) -> list[tuple[int, datetime, datetime, datetime]]:
    """Forecasts of what was placed before a day, by a model that lives through all of it."""
    model, said = Arrivals(TOKYO), []
    events = sorted(
        [(one.placed_at, 0, n) for n, one in enumerate(history) if one.placed_at]
        + [(one.delivered_at, 1, n) for n, one in enumerate(history) if one.delivered_at]
    )
    for at, kind, n in events:
        if at >= turn:
            break
        if kind:
            model.delivered(history[n])
        else:
            forecast = model.foretell(n, Stage.PLACEMENT, history[n].road, at)
            said.append((n, forecast.early, forecast.median, forecast.late))
    return said
