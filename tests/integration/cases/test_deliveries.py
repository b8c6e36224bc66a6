"""Deliveries at risk: the list, its filters, and the panels beside orders and cases."""

import csv
import io
import re
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries
from oms_service.access import queries as access
from oms_service.access import staff as colleagues
from oms_service.access.states import Role, ScopeKind
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.rules import delay_rules
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.shipping import outlooks
from oms_service.shipping.states import Jeopardy
from tests.factories.cases import make_agent
from tests.factories.orders import MadeOrder, make_order
from tests.factories.outlooks import make_orders_in_doubt, make_outlook
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.integration.cases.test_desk import proof, signed_in
from tests.queries import counted


@pytest.fixture
def made(runtime: Runtime, clock: StandingClock) -> dict[str, MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_agent(uow)
    return make_orders_in_doubt(
        runtime, shop, lambda span: clock.advance(seconds=span.total_seconds())
    )


@pytest.fixture
def desk(app: Flask, made: dict[str, MadeOrder]) -> FlaskClient:
    return signed_in(app)


def test_the_list_says_why_and_whose_move_it_is(
    desk: FlaskClient, runtime: Runtime, made: dict[str, MadeOrder]
) -> None:
    page = desk.get("/desk/deliveries?lang=en").text
    assert [number in page for number in ("A-101", "A-102", "A-103", "A-104")] == [
        True,
        True,
        True,
        False,
    ]
    assert "The carrier has said nothing for too long" in page
    assert "Ask the carrier to trace it" in page
    assert "Confirm the address" in page
    with runtime.database.reading() as connection:
        case = queries.open_of_order(connection, made["silent"].id, "delay")
    assert case is not None
    assert f"/desk/cases/{case.number}" in page
    record = f"/console/orders/{made['silent'].number}"
    assert f"/desk/cases/{case.number}" in desk.get(record).text
    with runtime.unit_of_work(SYSTEM) as uow:
        me = access.staff_by_mail(uow.session, "aoi@desk.example")
        assert me is not None
        elsewhere = runtime.scopes[ScopeKind.QUEUE](uow.session.connection()).keys()
        colleagues.limit(uow, me.id, queues=elsewhere - {case.queue_id}, locations=[])
    for path in ("/desk/deliveries", record):
        limited = desk.get(path).text
        assert made["silent"].number in limited
        assert case.number not in limited


NARROWED = {
    "view=stalled": ["A-101"],
    "view=late": ["A-102"],
    "view=at_risk": ["A-103"],
    "who=customer": ["A-103"],
    "who=agent&view=stalled": ["A-101"],
    "who=warehouse": [],
    "cause=silence": ["A-101"],
    "cause=address&who=customer": ["A-103"],
    "cause=address&who=agent": [],
    "view=nonsense&who=nobody&cause=none": ["A-101", "A-102", "A-103"],
    "cursor=nonsense": ["A-101", "A-102", "A-103"],
}


def test_the_list_is_narrowed(desk: FlaskClient) -> None:
    listed = {}
    for query in NARROWED:
        page = desk.get(f"/desk/deliveries?{query}", follow_redirects=True).text
        numbers = ("A-101", "A-102", "A-103", "A-104")
        listed[query] = [number for number in numbers if f">{number}</a>" in page]
        piece = desk.get(f"/desk/deliveries/live?{query}").text
        assert ("<h1>" in piece, f">{numbers[0]}</a>" in piece) == (
            False,
            "A-101" in listed[query] and query != "cursor=nonsense",
        )
    assert listed == NARROWED


def test_the_file_has_exactly_the_orders_of_the_list_and_what_the_list_says(
    desk: FlaskClient, runtime: Runtime, made: dict[str, MadeOrder]
) -> None:
    def rows(query: str) -> list[dict[str, str]]:
        file = desk.get(f"/desk/deliveries/export.csv?lang=en&{query}")
        assert (file.status_code, file.mimetype) == (200, "text/csv")
        return list(csv.DictReader(io.StringIO(file.get_data().decode("utf-8-sig"))))

    for query, listed in NARROWED.items():
        if "cursor" not in query:
            assert [row["Order"] for row in rows(query)] == listed
    with runtime.database.looking() as session:
        case = queries.open_of_order(session, made["silent"].id, "delay")
        since = outlooks.since(session, [made["silent"].id, made["well"].id])
    assert case is not None
    assert since.keys() == {made["silent"].id}
    (silent,) = rows("view=stalled")
    assert (silent["Standing"], silent["Cause"], silent["Case"]) == (
        "Stalled",
        "The carrier has said nothing for too long",
        case.number,
    )
    at = datetime.fromisoformat(silent["In doubt since"])
    assert at == since[made["silent"].id].replace(microsecond=0)
    assert silent["Promised until"] < "2100"
    assert silent["Whose move it is"] == "Colleague"


def test_a_change_of_an_outlook_is_told_to_open_boards(desk: FlaskClient, runtime: Runtime) -> None:
    page = desk.get("/desk/deliveries?lang=en").text
    assert re.search(r'id="deliveries" data-rows data-live="[^"]+" hx-trigger="live"', page)
    with runtime.unit_of_work(SYSTEM) as uow:
        shop_order = make_order(uow, Shop(1, 1, 1, 1, 2))
        make_outlook(uow, shop_order.id, due=uow.now, stands=Jeopardy.LATE)
        assert outlooks.TOPIC in uow.topics
        told = len(uow.topics)
        make_outlook(uow, shop_order.id, due=uow.now, stands=Jeopardy.LATE)
        assert len(uow.topics) == told


def test_an_empty_list_says_what_will_come(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_agent(uow)
    page = signed_in(app).get("/desk/deliveries")
    assert page.status_code == 200
    assert "/desk/deliveries?view=stalled" in page.text


def test_the_arrival_stands_beside_the_order_and_the_case(
    desk: FlaskClient, runtime: Runtime, made: dict[str, MadeOrder]
) -> None:
    order = desk.get("/console/orders/A-101?lang=en").text
    assert "Ask the carrier to trace it" in order
    with runtime.database.reading() as connection:
        case = queries.open_of_order(connection, made["silent"].id, "delay")
    assert case is not None
    shown = desk.get(f"/desk/cases/{case.number}?lang=en").text
    assert "Ask the carrier to trace it" in shown


def test_a_stranger_is_led_to_the_entrance(app: Flask) -> None:
    assert app.test_client().get("/desk/deliveries").status_code == 303


def test_the_list_costs_the_same_for_any_number(desk: FlaskClient, runtime: Runtime) -> None:
    desk.get("/desk/deliveries")
    with counted(runtime.database) as many:
        desk.get("/desk/deliveries")
    with counted(runtime.database) as one:
        desk.get("/desk/deliveries?view=stalled")
    assert len(many) == len(one)


def rules(runtime: Runtime) -> delay_rules.DelayRules:
    with runtime.database.looking() as session:
        channel = sales.channel(session, "web")
        return delay_rules.in_force(session, channel.id, at=runtime.clock.now())


def typed(client: FlaskClient, **more: object) -> dict[str, object]:
    return {
        "csrf_token": proof(client, "/desk/deliveries/rules/web"),
        "version": "0",
        "at_risk_percent": "30",
        "hold_days": "5",
        "house_days": "2",
        "case_after_hours": "24",
        "cases_for": ["stalled"],
        "told_of": ["late", "stalled"],
        "case_causes": ["lost"],
        **more,
    }


def test_a_lead_changes_the_rules_of_a_channel(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_agent(uow, "rin@desk.example", role=Role.LEAD)
    lead = signed_in(app, "rin@desk.example")
    assert "/desk/deliveries/rules/web" in lead.get("/desk/deliveries/rules").text
    done = lead.post("/desk/deliveries/rules/web", data=typed(lead))
    assert done.status_code == 303
    now = rules(runtime)
    assert (now.at_risk_percent, now.hold_days, now.house_days) == (30, 5, 2)
    assert now.cases_for == {Jeopardy.STALLED}
    assert now.told_of == {Jeopardy.LATE, Jeopardy.STALLED}
    # What carriers call it is not on the page and stays.
    assert now.case_causes == {"lost", "moved"}
    # A page that was opened before changes nothing any more.
    again = lead.post("/desk/deliveries/rules/web", data=typed(lead, at_risk_percent="90"))
    assert (again.status_code, rules(runtime).at_risk_percent) == (422, 30)


WRONG: tuple[dict[str, object], ...] = (
    {"at_risk_percent": "0"},
    {"at_risk_percent": "100"},
    {"hold_days": "61"},
    {"house_days": "-1"},
    {"case_after_hours": "99999"},
    {"hold_days": ""},
)


def test_a_wrong_number_changes_nothing(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        make_agent(uow, "rin@desk.example", role=Role.LEAD)
    lead = signed_in(app, "rin@desk.example")
    for wrong in WRONG:
        answer = lead.post("/desk/deliveries/rules/web", data=typed(lead, **wrong))
        assert (answer.status_code, rules(runtime)) == (422, delay_rules.USUAL), wrong


def test_an_agent_may_not_change_them(desk: FlaskClient) -> None:
    assert desk.get("/desk/deliveries/rules/web").status_code == 403
