"""The page of figures, its file, one's own day and the live board, as people get them."""

import csv
import io
import re

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


def test_the_board_says_how_the_day_went(app: Flask, history: History) -> None:
    lead = client(app, "lead")
    page = lead.get("/desk/board").text
    assert "Waiting: from 1 (0:00) to 1 (15:00), no change; highest 1 (0:00)" in page
    assert "/desk/board/waiting.csv" in page
    told = lead.get("/desk/board/waiting.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["at"] for row in rows][::10] == [
        f"2026-11-24T{hour:02}:00:00+09:00" for hour in (0, 5, 10, 15)
    ]
    # Asked on Sunday and answered at 9:10; asked at 10:00 and 11:00, answered at once; at 14:00.
    waiting = [row["at"][11:16] for row in rows if row["waiting"] == "1"]
    assert waiting[:19] == [f"{n // 2:02}:{n % 2 * 30:02}" for n in range(19)]
    assert waiting[19:] == ["10:00", "11:00", "14:00", "14:30", "15:00"]
    assert signed_in(app).get("/desk/board/waiting.csv").status_code == 403


def test_a_chart_is_a_table_with_its_file(app: Flask, history: History) -> None:
    page = client(app, "lead").get("/desk/reports?from=2026-11-22&to=2026-11-24").text
    (chart,) = re.findall(
        r'<figure class="chart card" id="chart-load".*?</figure>', page, re.DOTALL
    )
    rows = re.findall(r'<time datetime="([^"]+)">[^<]+</time></th>(.*?)</tr>', chart)
    values = {day: re.findall(r'<data value="([^"]+)">', cells) for day, cells in rows}
    assert values == {
        "2026-11-22": ["1.0", "0.0"],
        "2026-11-23": ["0.0", "0.0"],
        "2026-11-24": ["2.0", "2.0"],
    }
    assert "Opened: from 1 (Sun 22 Nov) to 2 (Tue 24 Nov), +1; highest 2 (Tue 24 Nov)" in chart
    assert "figures.csv?from=2026-11-22&amp;to=2026-11-24&amp;by=day" in chart
    assert "style=" not in page
    none = client(app, "lead").get("/desk/reports?language=en").text
    assert "js/chart." not in none  # nothing to draw, nothing to fetch
