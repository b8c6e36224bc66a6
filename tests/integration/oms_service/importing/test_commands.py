"""``oms import`` as somebody at a terminal meets it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from oms_service.importing.commands import import_
from oms_service.runtime import Runtime

SMALL = Path(__file__).parents[3] / "data" / "retail_small.json"


def call(runtime: Runtime, *arguments: str) -> Result:
    return CliRunner().invoke(import_, list(arguments), obj=lambda: runtime)


def orders(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM orders")).scalar_one()
        return found


def test_a_retail_file_is_loaded_once_and_says_so(runtime: Runtime) -> None:
    first = call(runtime, "retail", str(SMALL), "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["new"]["orders"] == 7
    second = call(runtime, "retail", str(SMALL))
    assert second.exit_code == 0
    assert second.stdout.splitlines()[0] == "0 new"


def test_a_damaged_file_ends_with_the_place_and_changes_nothing(
    runtime: Runtime, tmp_path: Path
) -> None:
    data = json.loads(SMALL.read_text(encoding="utf-8"))
    data["orders"]["#T1000003"]["items"][1]["price"] = -5
    damaged = tmp_path / "damaged.json"
    damaged.write_text(json.dumps(data), encoding="utf-8")
    done = call(runtime, "retail", str(damaged), "--json")
    assert done.exit_code == 1
    assert 'orders["#T1000003"].items[1].price: is negative' in done.stderr
    assert "Nothing was changed." in done.stderr
    assert json.loads(done.stdout)["problems"] == [
        {
            "where": 'orders["#T1000003"].items[1].price',
            "field": "price",
            "says": "is negative",
        }
    ]
    assert orders(runtime) == 0


def test_the_opening_stock_is_the_callers_choice(runtime: Runtime) -> None:
    done = call(runtime, "retail", str(SMALL), "--opening-stock", "3")
    assert "opening stock: 3 units of each available variant, none of the others" in done.stdout


def test_wrong_rows_go_to_a_file_beside_the_table(runtime: Runtime, tmp_path: Path) -> None:
    call(runtime, "retail", str(SMALL))
    table = tmp_path / "orders.csv"
    table.write_text(
        "order_ref,mail,sku,quantity,unit_price\n"
        "X1,a@example.com,6000000001,1,31.50\n"
        "X2,a@example.com,6000000001,none,31.50\n",
        encoding="utf-8",
    )
    refused = call(runtime, "orders", str(table), "--channel", "retail")
    assert (refused.exit_code, orders(runtime)) == (1, 7)
    assert "row 3, quantity: 'none' is not a whole number" in refused.stderr
    done = call(runtime, "orders", str(table), "--channel", "retail", "--skip-bad-rows")
    assert (done.exit_code, orders(runtime)) == (0, 8)
    assert "X2" in (tmp_path / "orders.csv.errors.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", ["orders", "customers", "products", "stock"])
def test_every_table_has_its_command(runtime: Runtime, table: str) -> None:
    assert call(runtime, table, "--help").exit_code == 0
