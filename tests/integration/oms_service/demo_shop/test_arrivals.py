"""The demo shop's deliveries are enough to learn from, and no baseline foretells them better."""

from pathlib import Path

from oms_service.demo_shop.generate import generate
from oms_service.importing import journeys
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook.journeys import gather
from oms_service.operations.outlook.learning import Learning
from oms_service.runtime import Runtime
from oms_service.shipping.arrivals.backtest import backtest
from oms_service.shipping.arrivals.service import Outcome

ORDERS = 1_500
A_QUARTER_OF_AN_HOUR = 0.25 / 24


def test_the_demo_shop_learns_from_its_own_deliveries(runtime: Runtime, tmp_path: Path) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        generate(uow, many=ORDERS, seed=7)
    zone = runtime.settings.zone
    history = gather(runtime.database, now=runtime.clock.now())
    file = tmp_path / "deliveries.csv"
    assert journeys.write_file(file, history) == len(history)
    report = backtest(journeys.read_file(file, zone), zone).as_json()
    for stage in ("placement", "handover"):
        figures = report[stage]
        best = min(one["median_abs_error_days"] for one in figures["baselines"].values())
        assert figures["median_abs_error_days"] <= best + A_QUARTER_OF_AN_HOUR, stage
        assert 0.78 <= figures["coverage"] <= 0.85, stage
    learning = Learning(zone, runtime.clock, runtime.database)
    learned = learning.learn(lambda: runtime.unit_of_work(SYSTEM))
    assert learned.outcome is Outcome.ACTIVATED
