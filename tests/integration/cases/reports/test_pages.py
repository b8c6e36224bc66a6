"""The page of figures, its file, one's own day and the live board, as people get them."""

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.counted import History, make_history
from tests.factories.staff import make_staff, sign_in
from tests.fakes.clock import StandingClock
from tests.integration.cases.test_desk import signed_in


@pytest.fixture
def history(runtime: Runtime, clock: StandingClock) -> History:
    made = make_history(runtime, clock)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD, name="=cmd()")
        make_staff(uow, Role.AUDITOR, name="鈴木 蓮")
    return made


def client(app: Flask, role: str) -> FlaskClient:
    made = app.test_client()
    sign_in(made, f"{role}@shop.example")
    made.set_cookie("lang", "en")
    return made


def test_a_lead_reads_figures_and_takes_them_along(app: Flask, history: History) -> None:
    lead = client(app, "lead")
    page = lead.get("/desk/reports").text
    assert "First answer" in page
    assert "20 min" in page  # half of 10 and 30 minutes of opening hours
    assert "80%" in page
    assert "Opened and settled" in page
    narrowed = lead.get("/desk/reports?reason=damaged&by=agent").text
    assert "1 of 1" in narrowed
    assert "Nothing happened in these days" in lead.get("/desk/reports?language=en").text
    odd = lead.get(
        "/desk/reports?from=never&to=0001-01-01&queue=nowhere&agent=99999999999999999999"
    )
    assert (odd.status_code, "left out" in odd.text) == (200, True)
    long = lead.get("/desk/reports?from=2000-01-01&to=2026-11-24")
    assert (long.status_code, "left out" in long.text) == (200, True)
    told = lead.get("/desk/reports/figures.csv?by=agent").data.decode("utf-8-sig")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(told))}
    assert rows["田中 葵"]["first_response_business_median_s"] == "1200.0"
    assert rows["田中 葵"]["satisfaction_mean"] == "4.0"
    assert rows["Nobody"]["backlog_count"] == "1"
    days = lead.get("/desk/reports/figures.csv?by=day").data.decode("utf-8-sig")
    assert [row["day"] for row in csv.DictReader(io.StringIO(days))] == ["2026-11-22", "2026-11-24"]


def test_figures_are_for_leads_and_ones_own_day_for_agents(app: Flask, history: History) -> None:
    agent = signed_in(app)
    assert agent.get("/desk/reports").status_code == 403
    assert agent.get("/desk/reports/figures.csv").status_code == 403
    assert agent.get("/desk/board").status_code == 403
    agent.set_cookie("lang", "en")
    mine = agent.get("/desk/reports/mine").text
    assert "Settled with one answer" not in mine
    assert '<span class="figure">20 min</span>' in mine
    auditor = client(app, "auditor")
    assert auditor.get("/desk/reports").status_code == 200
    assert auditor.get("/desk/reports/mine").status_code == 403


def test_the_board_says_what_waits_and_why(app: Flask, history: History) -> None:
    lead = client(app, "lead")
    page = lead.get("/desk/board").text
    assert "data-live=" in page
    assert history.waiting.number in page
    assert "Nobody who could take it is there just now." in page
    assert "田中 葵" in page
    assert "Nothing is overdue" not in page  # asked at 14:00, due at 14:15, and it is 15:00
    assert lead.get("/desk/board/live").text.count("<html") == 0
