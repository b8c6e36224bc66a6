"""``oms customers``: what operators find, export, erase, merge and unmerge."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oms_service import cli
from oms_service.customers import queries
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import make_customer, make_shop


@pytest.fixture
def run(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Run":
    return Run(runtime, tmp_path)


class Run:
    """The command line on this test's own data."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        settings = runtime.settings
        self._runner = CliRunner(
            env={
                "DATABASE_URL": settings.database_url,
                "REDIS_URL": settings.redis_url,
                "SECRET_KEY": settings.secret_key,
                "STATE_DIR": str(folder / "state"),
            }
        )

    def __call__(self, *words: str) -> Result:
        return self._runner.invoke(cli.main, ["customers", *words])


def test_two_records_are_found_merged_found_as_one_and_unmerged(run: Run, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        one, other = make_customer(uow), make_customer(uow, "b@example.jp", given_name="花")
    found = json.loads(run("find", "B@example.jp", "--json").stdout)
    assert found == [
        {
            "customer": other,
            "name": "佐藤 花",
            "language": "ja",
            "known_by": ["b@example.jp"],
            "merges": [],
        }
    ]
    merged = json.loads(run("merge", str(one), str(other), "--json").stdout)
    assert merged == {
        "merge": merged["merge"],
        "kept": one,
        "merged": other,
        "is_new": True,
        "is_undone": False,
    }
    (both,) = json.loads(run("find", "b@example.jp", "--json").stdout)
    assert both["customer"] == one
    assert both["known_by"] == ["misaki.sato@example.jp", "b@example.jp"]
    assert both["merges"] == [{"merge": merged["merge"], "kept": one, "merged": other}]
    undone = run("unmerge", str(merged["merge"]))
    assert undone.exit_code == 0
    assert undone.stdout.startswith(f"Customer {other} is no longer {one}")
    (again,) = json.loads(run("find", "b@example.jp", "--json").stdout)
    assert again["customer"] == other


def test_an_export_is_one_file_and_never_overwrites_another(
    run: Run, runtime: Runtime, tmp_path: Path
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
    file = tmp_path / "kept.json"
    assert run("export", str(shop.customer_id), str(file)).exit_code == 0
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["orders"]["orders"][0]["number"] == order.number
    assert kept["customers"]["identities"][0]["shown"] == "misaki.sato@example.jp"
    assert run("export", str(shop.customer_id), str(file)).exit_code != 0
    assert json.loads(run("export", str(shop.customer_id)).stdout) == kept


def test_erasing_asks_refuses_with_the_reasons_and_obeys_force(run: Run, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
    number = str(shop.customer_id)
    assert run("erase", number).exit_code == 1
    refused = run("erase", number, "--yes")
    assert refused.exit_code == 1
    assert f"order {order.number} is not completed" in refused.stderr
    done = run("erase", number, "--yes", "--force", "--json")
    assert json.loads(done.stdout) == {"customer": shop.customer_id, "is_new": True}
    again = run("erase", number, "--yes", "--json")
    assert json.loads(again.stdout) == {"customer": shop.customer_id, "is_new": False}
    with runtime.database.reading() as connection:
        assert queries.find(connection, shop.customer_id) is None
    assert json.loads(run("find", "misaki.sato@example.jp", "--json").stdout) == []
    nobody = run("erase", "999999", "--yes")
    assert nobody.exit_code == 1
    assert nobody.stderr.strip() == "Error: no such customer"
