"""Forecasts lived through: better than every baseline, honest windows, no look ahead."""

from dataclasses import replace
from datetime import datetime, timedelta

from oms_service.shipping.arrivals.backtest import backtest, moments
from oms_service.shipping.arrivals.journeys import Journey, Stage
from oms_service.shipping.arrivals.model import Arrivals
from tests.factories.histories import BEGIN, TOKYO, a_history

STRIKE = (120, 128)
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
