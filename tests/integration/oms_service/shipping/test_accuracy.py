"""How right the shop was, counted over a period: exact figures of a small log."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.shipping import accuracy
from oms_service.shipping.accuracy import By, Foretold, Kept, Line, Period, Warned
from oms_service.shipping.states import ForecastStage
from tests.factories.forecasts import a_forecast, keep
from tests.factories.orders import make_order
from tests.factories.shop import make_shop

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = ForecastStage.DAY_BEFORE
#: The end of Sunday the 1st of November.
SUNDAY = datetime(2026, 11, 2, tzinfo=TOKYO)
PERIOD = Period(date(2026, 10, 26), date(2026, 11, 20), TOKYO)
NOW = datetime(2026, 11, 22, 12, tzinfo=TOKYO)


@pytest.fixture
def orders(runtime: Runtime) -> list[int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        return [make_order(uow, shop, items={"COFFEE": 1}).id for _ in range(6)]


def read(runtime: Runtime, by: By | None = None, period: Period = PERIOD) -> tuple[Line, ...]:
    with runtime.database.reading() as connection:
        return accuracy.report(connection, period, now=NOW, by=by)


def test_forecasts_promises_and_warnings_are_counted(runtime: Runtime, orders: list[int]) -> None:
    a, b, c, d, e, f = orders
    with runtime.unit_of_work(SYSTEM) as uow:
        keep(
            uow.session,
            [
                a_forecast(a, None, SUNDAY, off_hours=0),
                a_forecast(b, None, SUNDAY, off_hours=6),
                a_forecast(c, None, SUNDAY, off_hours=-12),
                a_forecast(d, None, SUNDAY, off_hours=24, told_later_hours=24),
                a_forecast(e, None, SUNDAY, off_hours=None),
                a_forecast(a, None, SUNDAY, off_hours=0, stage=DAY),
                a_forecast(b, None, SUNDAY, off_hours=6, stage=DAY, is_at_risk=True),
                a_forecast(d, None, SUNDAY, off_hours=24, stage=DAY, is_at_risk=True),
                a_forecast(e, None, SUNDAY, off_hours=None, stage=DAY, is_at_risk=True),
                a_forecast(f, None, SUNDAY, off_hours=12, stage=DAY),
            ],
        )
    assert read(runtime) == (
        Line(
            (),
            foretold={
                ForecastStage.HANDOVER: Foretold(
                    deliveries=4, coverage=0.5, median_abs_error_days=0.375, mean_width_days=0.375
                )
            },
            kept=Kept(ended=5, original=0.6, last_told=0.8),
            warned=Warned(judged=5, late=3, warned=3, right=2),
        ),
    )


def test_a_report_is_split_by_carrier_lane_and_week(runtime: Runtime, orders: list[int]) -> None:
    monday = SUNDAY + timedelta(days=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        keep(
            uow.session,
            [
                a_forecast(orders[0], None, SUNDAY),
                a_forecast(orders[1], None, monday, carrier="sagawa", to="福岡県"),
                a_forecast(orders[2], None, monday, carrier="sagawa"),
            ],
        )
    assert [(one.key, one.deliveries) for one in read(runtime, By.CARRIER)] == [
        (("sagawa",), 2),
        (("yamato",), 1),
    ]
    assert [(one.key, one.deliveries) for one in read(runtime, By.LANE)] == [
        (("大阪府", "東京都"), 2),
        (("大阪府", "福岡県"), 1),
    ]
    weeks = read(runtime, By.WEEK)
    assert [(one.key, one.deliveries) for one in weeks] == [
        (("2026-10-26",), 1),
        (("2026-11-02",), 2),
    ]
    assert all(one.kept for one in weeks)


def test_what_has_not_ended_was_said_too_late_or_was_called_off_does_not_count(
    runtime: Runtime, orders: list[int]
) -> None:
    late = a_forecast(orders[1], None, SUNDAY, stage=DAY, off_hours=30)
    said_late = replace(late, said_at=late.said_at + timedelta(hours=2))
    with runtime.unit_of_work(SYSTEM) as uow:
        keep(
            uow.session,
            [
                a_forecast(orders[0], None, NOW + timedelta(hours=1), off_hours=None),
                said_late,
                a_forecast(orders[2], None, SUNDAY, stage=DAY, off_hours=None),
            ],
        )
        uow.session.execute(
            text(
                "INSERT INTO order_outlooks (order_id, stage, is_open, because, jeopardy, cause,"
                " suggestion, parts, risk_percent, assessed_at, due_at, changes, version)"
                " VALUES (:id, 'cancelled', false, '{}', 'on_time', '', '', '[]', 40, :at, :at,"
                " 0, 1)"
            ),
            {"id": orders[2], "at": SUNDAY},
        )
    long = Period(date(2026, 10, 26), date(2026, 11, 30), TOKYO)
    assert read(runtime, period=long) == ()


def test_the_last_day_of_a_period_counts_and_the_day_after_does_not(
    runtime: Runtime, orders: list[int]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        keep(uow.session, [a_forecast(orders[0], None, SUNDAY)])
    sunday = Period(date(2026, 11, 1), date(2026, 11, 1), TOKYO)
    (line,) = read(runtime, period=sunday)
    assert line.kept == Kept(1, 1.0, 1.0)
    assert line.deliveries == 1
    assert read(runtime, period=Period(date(2026, 11, 2), date(2026, 11, 9), TOKYO)) == ()
    assert read(runtime, period=Period(date(2026, 10, 1), date(2026, 10, 31), TOKYO)) == ()


def test_a_line_says_its_figures_to_machines_and_to_tables(
    runtime: Runtime, orders: list[int]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        keep(uow.session, [a_forecast(orders[0], None, SUNDAY)])
    (line,) = read(runtime, By.CARRIER)
    assert line.as_json() == {
        "key": ["yamato"],
        "foretold": {
            "handover": {
                "deliveries": 1,
                "coverage": 1.0,
                "median_abs_error_days": 0.0,
                "mean_width_days": 0.375,
            }
        },
        "kept": {"ended": 1, "original": 1.0, "last_told": 1.0},
        "warned": None,
    }
    cells = dict(zip(accuracy.COLUMNS, accuracy.table(line), strict=True))
    assert (cells["deliveries"], cells["handover_coverage"], cells["precision"]) == (1, 1.0, "")
