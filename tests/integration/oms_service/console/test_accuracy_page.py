"""How right the shop was, on its page, in a file and by command; and what customers were told."""

import csv
import io
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.console import eta_quality
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.states import ForecastStage
from oms_service.shipping.told import told
from oms_service.shipping.windows import Window
from tests.factories.forecasts import a_forecast, keep
from tests.factories.orders import MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, sign_in

TOKYO = ZoneInfo("Asia/Tokyo")
SUNDAY = datetime(2026, 11, 9, tzinfo=TOKYO)
PAGE = "/console/accuracy"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.AGENT)
        return make_shop(uow)


@pytest.fixture
def orders(runtime: Runtime, shop: Shop) -> list[MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_order(uow, shop, items={"COFFEE": 1}) for _ in range(4)]
        week = timedelta(days=7)
        keep(
            uow.session,
            [
                a_forecast(made[0].id, None, SUNDAY),
                a_forecast(made[1].id, None, SUNDAY + week, carrier="=cmd", to="福岡県"),
                a_forecast(made[2].id, None, SUNDAY + week, off_hours=18),
                a_forecast(
                    made[2].id,
                    None,
                    SUNDAY + week,
                    off_hours=18,
                    stage=ForecastStage.DAY_BEFORE,
                    is_at_risk=True,
                ),
            ],
        )
        return made


@pytest.fixture
def lead(app: Flask, shop: Shop) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "lead@shop.example")
    return client


def test_the_page_teaches_where_nothing_was_measured(lead: FlaskClient) -> None:
    page = lead.get(PAGE).text
    assert "まだ集計できるお届けがありません" in page
    assert "数字の意味" in page


@pytest.mark.usefixtures("orders")
def test_the_page_says_the_figures_draws_the_weeks_and_splits_them(lead: FlaskClient) -> None:
    page = lead.get(PAGE).text
    assert "67%" in page
    assert "警告1件のうち100%が的中" in page
    assert page.count("の週</time>") == 3
    assert page.count("<data value=") == 5  # of one week no promise has ended
    assert "予測の幅に入った割合:" in page
    assert 'data-aim="0.8"' in page
    assert page.count("/console/accuracy/figures.csv?by=week") == 1
    assert "style=" not in page
    assert "ヤマト運輸" in page
    lanes = lead.get(f"{PAGE}?by=lane").text
    assert "大阪府から福岡県" in lanes
    weeks = lead.get(f"{PAGE}?by=week").text
    assert "11月2日(月)" in weeks


@pytest.mark.usefixtures("orders")
def test_days_in_the_address_hold_and_nonsense_is_left_out(lead: FlaskClient) -> None:
    page = lead.get(f"{PAGE}?from=2026-11-10&to=2026-11-20").text
    assert 'value="2026-11-10"' in page
    assert "50%" in page
    assert "お届けもお約束の期限もありませんでした" in lead.get(f"{PAGE}?to=2026-10-01").text
    turned = lead.get(f"{PAGE}?from=2026-11-20&to=2026-11-10").text
    assert 'value="2026-11-10"' in turned
    for wrong in ("from=0001-01-01", "from=99999999", "by=%F0%9F%98%80", "to=9999-12-31"):
        assert lead.get(f"{PAGE}?{wrong}").status_code == 200
    assert lead.get(f"{PAGE}?to=%00").status_code == 400


@pytest.mark.usefixtures("orders")
def test_the_file_has_every_figure_and_no_formula(lead: FlaskClient) -> None:
    answer = lead.get(f"{PAGE}/figures.csv?by=carrier")
    assert answer.mimetype == "text/csv"
    assert "accuracy-2026-08-31-2026-11-22-carrier.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["carrier"], row["deliveries"], row["kept_original"]) for row in rows] == [
        ("yamato", "2", "0.5"),
        ("'=cmd", "1", "1.0"),
    ]
    lanes = lead.get(f"{PAGE}/figures.csv?by=lane").data.decode("utf-8-sig")
    assert lanes.startswith("origin,destination,deliveries,")
    assert "大阪府,福岡県,1," in lanes


def test_only_who_may_see_how_the_system_does_sees_it(app: Flask, shop: Shop) -> None:
    agent = app.test_client()
    sign_in(agent, "agent@shop.example")
    assert agent.get(PAGE).status_code == 403
    assert agent.get(f"{PAGE}/figures.csv").status_code == 403
    assert app.test_client().get(PAGE).status_code == 303


@pytest.mark.usefixtures("orders")
def test_the_command_says_the_same_in_json_and_in_words(runtime: Runtime) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(eta_quality.report, arguments, obj=lambda: runtime)
        assert done.exit_code == 0, done.output
        return done.output

    answer = json.loads(run("--by", "carrier", "--json"))
    assert (answer["from"], answer["to"], answer["by"]) == ("2026-08-31", "2026-11-22", "carrier")
    assert answer["foretold"]["handover"]["deliveries"] == 3
    assert answer["kept"] == {"ended": 3, "original": 0.6667, "last_told": 0.6667}
    assert answer["warned"]["precision"] == 1.0
    assert [line["key"] for line in answer["lines"]] == [["yamato"], ["=cmd"]]
    words = run("--from", "2026-11-01", "--by", "lane")
    assert "promises: 3 ended, 66.7% kept as first made" in words
    assert "大阪府 to 福岡県" in words
    assert "Nothing has arrived" in run("--to", "2026-10-01")
    wrong = CliRunner().invoke(
        eta_quality.report, ["--from", "2026-11-02", "--to", "2026-11-01"], obj=lambda: runtime
    )
    assert wrong.exit_code == 2


def test_the_order_page_says_what_the_customer_was_told(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = ship(uow, shop, make_order(uow, shop, number="A-10423"))
        until = SUNDAY + timedelta(days=21)
        told(
            uow,
            order_id=order.id,
            parcel_id=None,
            window=Window(until - timedelta(days=1), until),
            channel="portal",
            reason="snow",
        )
    drain(runtime)
    page = lead.get("/console/orders/A-10423").text
    assert "お客様にお伝えした予定" in page
    assert "お客様ページ" in page
    assert "大雪のため" in page
    assert "最初のお約束" in page
    assert "期限前" in page
