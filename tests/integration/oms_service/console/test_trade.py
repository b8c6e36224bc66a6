"""Orders, revenue, delays and returns over time, on the page and in the files behind it."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.changes import cancelling
from oms_service.operations.returning import returns
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.returns.states import ReturnReason
from oms_service.runtime import Runtime
from oms_service.shipping.states import Jeopardy
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.outlooks import make_outlook
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.integration.oms_service.console.test_console import come_in
from tests.queries import counted

PAGE = "/console/trade"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=100)


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.LEAD)


def rows(client: FlaskClient, name: str, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{PAGE}/{name}.csv?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_each_day_counts_its_orders_and_what_was_not_cancelled(
    lead: FlaskClient, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    zone = runtime.settings.zone
    today = clock.now().astimezone(zone).replace(hour=0, minute=30)
    with runtime.unit_of_work(SYSTEM) as uow:
        first = make_order(uow, shop, items={"COFFEE": 1}, placed_at=today)
        make_order(uow, shop, items={"COFFEE": 2}, placed_at=today)
        # An hour before is the shop's yesterday, and the same day in UTC.
        make_order(uow, shop, items={"COFFEE": 3}, placed_at=today - timedelta(hours=1))
        make_order(uow, shop, items={"COFFEE": 9}, placed_at=today - timedelta(days=40))
        cancelling.cancel(uow, first.id, reason="no_longer_needed")
    day, before = today.date(), today.date() - timedelta(days=1)
    found = rows(lead, "orders", f"from={before}&to={day}")
    assert [list(one.values()) for one in found] == [
        [before.isoformat(), "1", "0", "3000", "JPY"],
        [day.isoformat(), "2", "1", "2000", "JPY"],
    ]
    page = lead.get(f"{PAGE}?from={before}&to={day}").text
    assert "¥5,000" in page
    assert "1 of them was cancelled since" in page
    assert rows(lead, "revenue", f"from={day}&to={before}") == found  # turned round alike


def test_doubts_count_once_a_week_and_returns_by_reason(
    lead: FlaskClient, runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        orders = [make_order(uow, shop) for _ in range(3)]
        for stands in (Jeopardy.LATE, Jeopardy.ON_TIME, Jeopardy.LATE):
            make_outlook(uow, orders[0].id, due=uow.now, stands=stands)
        make_outlook(uow, orders[1].id, due=uow.now, stands=Jeopardy.STALLED)
        back = make_delivered_order(uow, shop, items={"COFFEE": 3})
        for reason, units in ((ReturnReason.CHANGED_MIND, 2), (ReturnReason.OTHER, 1)):
            line = WantedLine(line_id=back.line_ids[0], quantity=units, reason=reason)
            wanted = Wanted(
                order_id=back.id, lines=[line], channel="portal", key=f"return-{reason}"
            )
            returns.request(uow, wanted)
    today = clock.now().astimezone(runtime.settings.zone).date()
    monday = today - timedelta(days=today.weekday())
    (late,) = rows(lead, "delays", f"from={today}&to={today}")
    assert late == {"Week of": monday.isoformat(), "At risk": "0", "Late": "1", "Stalled": "1"}
    (reasons,) = rows(lead, "returns", f"from={today}&to={today}")
    assert reasons.pop("Week of") == monday.isoformat()
    given = {name: units for name, units in reasons.items() if units != "0"}
    assert given == {"Changed their mind": "2", "Another reason": "1"}
    page = lead.get(PAGE).text
    assert page.count('class="chart card"') == 4
    assert "67%" in page


def test_a_quiet_shop_says_what_will_come_and_odd_days_are_left_out(
    lead: FlaskClient, shop: Shop
) -> None:
    for query in ("", "from=9999-99-99&to=x&currency=XXX", "from=2001-01-01&to=2001-01-01"):
        page = lead.get(f"{PAGE}?{query}")
        assert page.status_code == 200
        assert "Nothing happened in these days" in page.text
    assert len(rows(lead, "orders", "from=2001-01-01&to=2010-01-01")) == 366
    assert lead.get(f"{PAGE}/people.csv").status_code == 404


def test_the_page_costs_the_same_for_any_number(
    lead: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    lead.get(PAGE)
    with counted(runtime.database) as few:
        lead.get(PAGE)
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(10):
            make_order(uow, shop)
    with counted(runtime.database) as many:
        lead.get(PAGE)
    assert len(many) == len(few)
