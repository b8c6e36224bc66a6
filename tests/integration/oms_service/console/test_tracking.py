"""The page of sources: files, words nobody knows, mappings with a try."""

import io
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from oms_service.shipping.sources import mappings
from tests.factories.orders import MadeOrder, make_shipped_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, post, sign_in

HEADING = "伝票番号,荷物状況,日付,時刻,担当店名"


@pytest.fixture
def order(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS)
        make_staff(uow, Role.WAREHOUSE)
        return make_shipped_order(uow, make_shop(uow))


@pytest.fixture
def staff(app: Flask, order: MadeOrder) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def page(client: FlaskClient, path: str = "") -> str:
    answer = client.get(f"/console/tracking{path}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def hand_in(client: FlaskClient, rows: list[str], *, encoding: str = "cp932") -> TestResponse:
    body = "\r\n".join([HEADING, *rows]).encode(encoding)
    fields = {"mapping": "yamato-csv", "file": (io.BytesIO(body), "export.csv")}
    return post(client, "/console/tracking/files", fields)


def scans(runtime: Runtime) -> list[tuple[object, ...]]:
    with runtime.database.reading() as connection:
        query = text("SELECT status, place FROM scans ORDER BY occurred_at, id")
        return [tuple(row) for row in connection.execute(query)]


def test_a_file_is_taken_in_once_and_its_wrong_rows_are_named(
    staff: FlaskClient, runtime: Runtime, order: MadeOrder
) -> None:
    rows = [
        f"{order.tracking_number},荷物受付,2026/11/21,18:00,大阪センター",
        f"{order.tracking_number},配達中,2026/11/22,07:42,新宿センター",
        f"{order.tracking_number},配達中,きのう,07:42,新宿センター",
        "1111-2222-3333,配達中,2026/11/22,07:42,新宿センター",
    ]
    shown = hand_in(staff, rows).get_data(as_text=True)
    assert "4行を読みました。新しいスキャン2件、登録済み0件です。" in shown
    assert "4行目:日時として読めません。" in shown
    assert "5行目:この問い合わせ番号の荷物がまだありません。" in shown
    again = hand_in(staff, rows).get_data(as_text=True)
    assert "4行を読みました。新しいスキャン0件、登録済み2件です。" in again
    assert scans(runtime) == [("in_transit", "大阪センター"), ("out_for_delivery", "新宿センター")]
    assert "111122223333" in page(staff)


def test_a_file_without_its_headings_is_refused_and_not_kept(
    staff: FlaskClient, runtime: Runtime
) -> None:
    fields = {"mapping": "yamato-csv", "file": (io.BytesIO(b"a,b\r\n1,2\r\n"), "export.csv")}
    answer = post(staff, "/console/tracking/files", fields)
    assert answer.status_code == 422
    assert "1行目に見出しがありません: 伝票番号" in answer.get_data(as_text=True)
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM inbound_bodies")) == 0


def test_words_nobody_knows_are_explained_on_the_page(
    staff: FlaskClient, runtime: Runtime, order: MadeOrder
) -> None:
    fact = ScanFact(
        carrier="yamato",
        tracking_number=order.tracking_number,
        event_key="e-1",
        status=CarrierStatus.UNKNOWN,
        occurred_at=runtime.clock.now(),
        carrier_words="空輸中",
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        scanning.record(uow, [fact], zone=runtime.settings.zone)
    assert "空輸中" in page(staff)
    said = {"carrier": "yamato", "words": "空輸中", "status": "in_transit"}
    for _ in range(2):
        assert post(staff, "/console/tracking/words", said).status_code == 303
    assert [status for status, _ in scans(runtime)] == ["unknown", "in_transit"]
    shown = page(staff)
    assert "未登録の表記はありません" in shown
    assert "登録した表記" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "unknown"},
        {"status": "nonsense"},
        {"words": ""},
        {"words": "x" * 201},
        {"carrier": "No Such"},
    ],
)
def test_words_that_say_nothing_are_not_kept(
    staff: FlaskClient, runtime: Runtime, wrong: dict[str, str]
) -> None:
    said = {"carrier": "yamato", "words": "空輸中", "status": "in_transit"} | wrong
    assert post(staff, "/console/tracking/words", said).status_code == 303
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM carrier_wordings")) == 0


def test_a_mapping_is_tried_on_pasted_rows_and_then_kept(
    staff: FlaskClient, runtime: Runtime
) -> None:
    rules = {
        "carrier": {"fixed": "sagawa"},
        "number": "番号",
        "status": "状況",
        "time": "日時",
        "statuses": {"つきました": "delivered"},
    }
    typed = {
        "name": "partner-csv",
        "form": "csv",
        "rules": json.dumps(rules, ensure_ascii=False),
        "sample": "番号,状況,日時\n1234,つきました,2026-11-22 09:00\n,x,2026-11-22 09:00\n",
        "version": "0",
    }
    tried = post(staff, "/console/tracking/new", typed | {"try": "1"})
    shown = tried.get_data(as_text=True)
    assert tried.status_code == 200
    assert "1件のスキャンを読み取れます" in shown
    assert "3行目:空欄です。" in shown
    with runtime.database.looking() as session:
        assert "partner-csv" not in [one.name for one in mappings.all_of_them(session)]
    assert post(staff, "/console/tracking/new", typed | {"keep": "1"}).status_code == 303
    with runtime.database.looking() as session:
        assert mappings.find(session, "partner-csv").rules == rules
    stale = post(staff, "/console/tracking/new", typed | {"keep": "1"})
    assert stale.status_code == 422


READABLE = '{"carrier": {"fixed": "x"}, "number": "n", "status": "s", "time": "t", "poll": "%s"}'


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "[]",
        "{",
        '{"number": "\\u0000"}',
        '{"number": "\\ud800"}',
        '{"number": 3}',
        "{}",
        READABLE % "https://[half/{number}",
        READABLE % "file:///etc/{number}",
        READABLE % "https://partner.example/",
    ],
)
def test_rules_that_cannot_be_used_are_told(staff: FlaskClient, rules: str) -> None:
    typed = {"name": "x", "form": "csv", "rules": rules, "sample": "", "version": "0", "keep": "1"}
    answer = post(staff, "/console/tracking/new", typed)
    assert answer.status_code == 422


@pytest.mark.parametrize("form", ["%d %d", "%Y-%Y", "%p%p", "%c %Y", "%", "%Y %q", "%-d", "%x"])
def test_a_form_of_times_that_cannot_be_read_is_refused_before_a_file_comes(
    staff: FlaskClient, runtime: Runtime, form: str
) -> None:
    rules = {
        "carrier": {"fixed": "sagawa"},
        "number": "n",
        "status": "s",
        "time": "t",
        "time_format": form,
    }
    typed = {
        "name": "odd-times",
        "form": "csv",
        "rules": json.dumps(rules),
        "sample": "n,s,t\n1234,x,2026-11-22 09:00\n",
        "version": "0",
    }
    for button in ("try", "keep"):
        answer = post(staff, "/console/tracking/new", typed | {button: "1"})
        assert answer.status_code == 422
        assert "time_format" in answer.get_data(as_text=True)
    with runtime.database.looking() as session:
        assert "odd-times" not in [one.name for one in mappings.all_of_them(session)]


def test_only_those_who_look_after_tracking_see_it(app: Flask, order: MadeOrder) -> None:
    client = app.test_client()
    sign_in(client, "warehouse@shop.example")
    assert client.get("/console/tracking").status_code == 403
