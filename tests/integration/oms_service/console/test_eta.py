"""``oms eta`` on a real shop: learn, list, write down, measure."""

import json
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import text

from oms_service.console.eta import eta
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.deliveries import make_deliveries
from tests.factories.orders import make_shipped_order
from tests.factories.shop import make_shop


def run(runtime: Runtime, *arguments: str) -> Result:
    return CliRunner().invoke(eta, arguments, obj=lambda: runtime)


def deliveries(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, make_shop(uow))
        make_deliveries(uow, order, days=90, a_day=4, took_days=(1, 2))


def test_before_any_delivery_there_is_nothing_to_say(runtime: Runtime) -> None:
    done = run(runtime, "fit")
    assert (done.exit_code, done.stdout) == (
        0,
        "No parcel has been delivered yet, so there is nothing to learn from.\n",
    )
    assert run(runtime, "models").stderr == "Nothing was fitted yet: `oms eta fit` does it.\n"


def test_a_model_is_fitted_listed_and_measured(runtime: Runtime, tmp_path: Path) -> None:
    deliveries(runtime)
    lines = run(runtime, "fit").stdout.splitlines()
    assert lines[0] == "Learned from 361 parcels."
    assert lines[-1] == "Model 1 is in use."
    assert run(runtime, "fit").stdout.splitlines()[-1] == (
        "Nothing new since model 1, which stays in use."
    )
    (model,) = json.loads(run(runtime, "models", "--json").stdout)
    assert (model["version"], model["is_active"], model["journeys"]) == (1, True, 361)
    used, *quiet = run(runtime, "models").stdout.splitlines()
    assert used.endswith("361 parcels  in use")
    assert quiet[:2] == [
        "Nineteen of twenty silences are over, closed days aside, after:",
        "  yamato: 1.54 days after the hand-over, 0.21 days on the van",
    ]
    file = tmp_path / "deliveries.csv"
    assert run(runtime, "export", str(file)).stdout == "361 parcels\n"
    report = json.loads(run(runtime, "backtest", str(file), "--json").stdout)
    assert report["journeys"] == 361
    assert report["handover"] == model["figures"]["handover"]


def test_a_clearly_worse_model_is_refused_in_plain_words(runtime: Runtime) -> None:
    deliveries(runtime)
    run(runtime, "fit")
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text(
                "UPDATE parcels SET handed_over_at = handed_over_at - interval '20 days'"
                " WHERE delivered_at < '2026-10-17'"
            )
        )
    done = run(runtime, "fit")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1].startswith("Model 2 is not used: on the last parcels")
    assert run(runtime, "fit", "--anyway").exit_code == 0
