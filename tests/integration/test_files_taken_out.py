"""Whoever takes a list out as a file is written down, whichever list it is."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.staff import bearer, make_key, make_staff, sign_in

HOUSE = Path(__file__).parents[2]
PACKAGES = ("oms_service", "cases", "bots", "notifications")
#: Where files of lists are written, and the columns that carriers' programs ask for.
WRITERS = {"oms_service/console/sheets.py", "oms_service/console/documents.py"}
#: What stands in the addresses of some.
NAMES = {"<name>": "orders", "<sku>": "A-1"}


def doors(app: Flask) -> list[str]:
    return sorted(rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith(".csv"))


def exports(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        found = connection.execute(
            text("SELECT payload->>'export_id' FROM outbox WHERE name = 'export.made' ORDER BY id")
        )
        return [row[0] for row in found]


def test_every_list_that_leaves_as_a_file_is_noted_once(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS)
        _key, secret = make_key(uow, "reports:read")
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    asked = [one for one in doors(app) if "<sku>" not in one]
    assert len(asked) >= 14
    for number, door in enumerate(asked, start=1):
        path = door.replace("<name>", NAMES["<name>"])
        if path.startswith("/v1/"):
            answer = app.test_client().get(f"{path}?by=channel", headers=bearer(secret))
        else:
            answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), path
        assert answer.data.decode("utf-8-sig").count("\n") >= 1, path
        assert answer.headers["Cache-Control"] == "private, no-store", path
        assert len(exports(runtime)) == number, path


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_place_writes_files_of_lists(package: str) -> None:
    wrong = [
        str(path.relative_to(HOUSE))
        for path in (HOUSE / package).rglob("*.py")
        if re.search(r"mimetype=\"text/csv|=\s*\"text/csv", path.read_text("utf-8"))
    ]
    assert set(wrong) <= WRITERS | {"cases/api/reports.py", "bots/talks/api.py"}
