"""Parcels at the console: found, narrowed, sorted, taken along as a file, limited to locations."""

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access import staff
from oms_service.access.states import Role
from oms_service.customers import service as customers
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.orders import queries as orders
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from tests.factories.orders import (
    CARRIER,
    TOKYO,
    MadeOrder,
    make_delivered_order,
    make_order,
    make_shipped_order,
)
from tests.factories.pickups import stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, sign_in
from tests.queries import counted

PATH = "/console/shipments"
Parcels = dict[str, MadeOrder]


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        customers.refresh_search(uow, customers.held(uow, made.customer_id))
        return made


@pytest.fixture
def sent(runtime: Runtime, shop: Shop) -> Parcels:
    """A-1 has left, A-2 is at the door without anybody, A-3 has arrived, A-4 is not sent."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = {
            "A-1": make_shipped_order(uow, shop, number="A-1"),
            "A-2": make_shipped_order(uow, shop, number="A-2"),
            "A-3": make_delivered_order(uow, shop, number="A-3"),
        }
        make_order(uow, shop, number="A-4")
        in_vain = ScanFact(
            carrier=CARRIER,
            tracking_number=made["A-2"].tracking_number,
            event_key="in-vain",
            status=CarrierStatus.ATTEMPTED,
            occurred_at=uow.now,
            place="新宿営業所",
            reason="no_one_home",
        )
        shipping.record_scans(uow, [in_vain], zone=TOKYO)
        return made


def come_in(
    app: Flask, runtime: Runtime, role: Role, *, locations: frozenset[int] = frozenset()
) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(
            uow, role, mail=f"{role}-{len(locations)}@shop.example", language=Language.ENGLISH
        )
        staff.limit(uow, view.id, queues=set(), locations=locations)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


@pytest.fixture
def agent(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.AGENT)


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """Numbers of the orders in the list, as they stand; its file holds exactly the same."""
    page = client.get(f"{PATH}?{query}")
    assert page.status_code == 200, query
    found = re.findall(r'<th scope="row"[^>]*><a href="/console/orders/([^"]+)"', page.text)
    assert sorted(row["Order"] for row in rows(client, query)) == sorted(found), query
    return found


def rows(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{PATH}/export.csv?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), query
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_list_and_its_file_hold_what_is_asked_for(
    agent: FlaskClient, runtime: Runtime, sent: Parcels
) -> None:
    assert listed(agent) == ["A-2", "A-1"]
    assert listed(agent, "view=all") == ["A-3", "A-2", "A-1"]
    assert listed(agent, "view=delivered") == ["A-3"]
    assert listed(agent, "view=at_the_door") == ["A-2"]
    assert listed(agent, "view=all&sort=quiet")[-1] in {"A-1", "A-2", "A-3"}
    assert listed(agent, "state=delivered") == ["A-3"]
    assert listed(agent, "view=all&carrier=sagawa") == []
    assert len(listed(agent, "view=all&carrier=yamato&location=main&jeopardy=on_time")) <= 3
    for typed in ("A-1", "1", sent["A-1"].tracking_number, f" {sent['A-1'].tracking_number} "):
        assert listed(agent, f"q={typed}") == ["A-1"], typed
    assert listed(agent, "q=佐藤") == ["A-3", "A-2", "A-1"]
    with runtime.database.looking() as session:
        shipment = session.execute(
            text("SELECT number FROM shipments WHERE order_id = :id"), {"id": sent["A-2"].id}
        ).scalar_one()
        today = runtime.clock.now().astimezone(TOKYO).date()
    assert listed(agent, f"q={shipment.lower()}") == ["A-2"]
    tomorrow = today + timedelta(days=1)
    assert listed(agent, f"by=handed_over&from={today}&until={today}") == ["A-2", "A-1"]
    assert listed(agent, f"by=handed_over&from={tomorrow}") == []
    assert listed(agent, f"view=all&by=promised&until={today - timedelta(days=400)}") == []


def test_a_parcel_says_where_it_was_last_and_when_it_comes(
    agent: FlaskClient, app: Flask, runtime: Runtime, sent: Parcels
) -> None:
    page = agent.get(f"{PATH}?view=at_the_door").text
    assert "Nobody was there" in page
    assert "新宿営業所" in page
    assert "Yamato" in page
    (row,) = rows(agent, "view=at_the_door")
    assert (row["Tracking number"], row["Place of the last scan"], row["State"]) == (
        sent["A-2"].tracking_number,
        "新宿営業所",
        "Nobody was there",
    )
    assert row["Promised until"] >= row["Promised from"]
    warehouse = come_in(app, runtime, Role.WAREHOUSE)
    assert "新宿営業所" not in warehouse.get(f"{PATH}?view=all").text
    assert {one["Place of the last scan"] for one in rows(warehouse, "view=all")} == {""}
    assert listed(warehouse, "q=佐藤") == []
    with runtime.database.reading() as reader:
        taken = reader.execute(
            text("SELECT count(*) FROM outbox WHERE name = 'export.made'")
        ).scalar_one()
    assert taken >= 2


def test_a_limited_colleague_sees_what_left_their_location(
    app: Flask, runtime: Runtime, shop: Shop, sent: Parcels
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        other = stocked_counter(uow, shop, 5, "umeda")
    stranger = come_in(app, runtime, Role.WAREHOUSE, locations=frozenset({other}))
    for query in ("", "view=all", "q=A-1", "location=main", f"q={sent['A-1'].tracking_number}"):
        assert listed(stranger, query) == [], query
    hits = stranger.get("/desk/palette", query_string={"q": sent["A-1"].tracking_number}).text
    assert sent["A-1"].tracking_number not in hits
    own = come_in(app, runtime, Role.WAREHOUSE, locations=frozenset({other, shop.location_id}))
    assert listed(own, "view=all") == ["A-3", "A-2", "A-1"]
    hits = own.get("/desk/palette", query_string={"q": sent["A-1"].tracking_number}).text
    assert sent["A-1"].tracking_number in hits


def test_what_is_empty_or_wrong_is_said_in_words(
    agent: FlaskClient, app: Flask, shop: Shop
) -> None:
    assert "No parcels here" in agent.get(PATH).text
    assert "Every parcel is on time" in agent.get(f"{PATH}?view=in_doubt").text
    assert "No parcel fits" in agent.get(f"{PATH}?q=nobody").text
    wrong = (
        "view=x&state=x&carrier=x&location=x&jeopardy=x&sort=x&by=x",
        "q=%20&from=9999-99-99&until=0001-01-01",
        f"q={'9' * 5_000}",
        "from=2099-12-31&until=2000-01-01&state=delivered&view=to_hand_over",
    )
    for query in wrong:
        assert listed(agent, query) == []
    other_order = "WyJxdWlldCIsIiIsMV0"  # ["quiet","",1]
    for cursor in ("x", "e30", other_order, "WyJuZXdlc3QiLCIyMDI2LTAxLTAxIiwxXQ"):
        assert agent.get(f"{PATH}?cursor={cursor}").status_code == 302, cursor
    assert app.test_client().get(PATH).status_code == 303


def test_each_order_of_the_list_goes_on_where_it_stopped(
    agent: FlaskClient,
    runtime: Runtime,
    sent: Parcels,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with runtime.database.looking() as session:
        numbers = orders.numbers_of(session, [one.id for one in sent.values()])
    for sort in ("newest", "promised", "expected", "quiet"):
        monkeypatch.setattr("oms_service.console.shipments.PAGE", 40)
        whole = listed(agent, f"view=all&sort={sort}")
        assert sorted(whole) == sorted(numbers.values())
        monkeypatch.setattr("oms_service.console.shipments.PAGE", 1)
        path, found = f"{PATH}?view=all&sort={sort}", []
        while path:
            with counted(runtime.database) as asked:
                page = agent.get(path).text
            assert len(asked) <= 15
            found += re.findall(r'<th scope="row"[^>]*><a href="/console/orders/([^"]+)"', page)
            link = re.search(r'href="([^"]*cursor=[^"]*)"', page)
            path = link[1].replace("&amp;", "&") if link else ""
        assert found == whole, sort
