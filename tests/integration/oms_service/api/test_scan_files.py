"""``POST /v1/scan-files`` and ``oms import scans``: whole files, row by row."""

import base64
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from oms_service.importing.commands import import_
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder
from tests.integration.oms_service.api.conftest import Ask

HEADING = "お問い合わせ番号,配送履歴,状態発生日,取扱局"


def file(order: MadeOrder, encoding: str = "utf-8-sig") -> bytes:
    rows = [
        HEADING,
        f"{order.tracking_number},引受,2026/11/21 18:00,大阪中央",
        f"{order.tracking_number},持ち出し中,2026/11/22 07:42,新宿",
        f"{order.tracking_number},持ち出し中,,新宿",
        "1111-2222-3333,引受,2026/11/21 18:00,大阪中央",
    ]
    return "\r\n".join(rows).encode(encoding)


@pytest.fixture(autouse=True)
def _by_post(runtime: Runtime, order: MadeOrder) -> None:
    with runtime.database.engine.begin() as connection:
        connection.execute(text("UPDATE parcels SET carrier = 'japanpost'"))


def post(ask: Ask, body: bytes, *, mapping: str = "japanpost-csv", key: str = "k-1") -> Any:
    sent = {"mapping": mapping, "content": base64.b64encode(body).decode()}
    return ask("POST", "/v1/scan-files", json=sent, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_file_is_read_row_by_row_and_again_adds_nothing(
    ask: Ask, order: MadeOrder, encoding: str
) -> None:
    told = post(ask, file(order, encoding)).get_json()
    assert told == {
        "rows": 4,
        "new": 2,
        "repeated": 0,
        "refused": [{"row": 5, "field": "number", "why": "no_such_parcel"}],
        "wrong": [{"row": 4, "field": "time", "why": "is_empty"}],
    }
    again = post(ask, file(order, encoding), key="k-2").get_json()
    assert (again["new"], again["repeated"]) == (0, 2)


@pytest.mark.parametrize(
    ("body", "mapping"),
    [
        (b"", "japanpost-csv"),
        (b"\xff\xfe\x00", "japanpost-csv"),
        (b"a,b", "japanpost-csv"),
        (b"x", "no-such-mapping"),
        (b"{", "plain-json"),
        (b"[" * 5000, "plain-json"),
    ],
)
def test_what_is_no_such_file_is_refused_and_nothing_is_kept(
    ask: Ask, runtime: Runtime, body: bytes, mapping: str
) -> None:
    answer = post(ask, body, mapping=mapping)
    assert answer.status_code == 422
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM inbound_bodies")) == 0


def test_the_command_line_takes_the_same_file(
    runtime: Runtime, order: MadeOrder, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(file(order, "cp932"))
    arguments = ["scans", str(path), "--mapping", "japanpost-csv", "--json"]
    for new, known in ((2, 0), (0, 2)):
        done = CliRunner().invoke(import_, arguments, obj=lambda: runtime)
        assert done.exit_code == 0, done.output
        assert f'"new": {{"scans": {new}}}' in done.stdout
        assert f'"unchanged": {{"scans": {known}}}' in done.stdout
        assert '"where": "row 4"' in done.stdout
    wrong = CliRunner().invoke(import_, ["scans", str(path), "--mapping", "x"], obj=lambda: runtime)
    assert wrong.exit_code == 1
