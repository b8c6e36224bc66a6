"""A customer's usual address at the console."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.customers import addresses
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.orders import SHIP_TO, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in

PATH = "/console/orders/A-1/customer-address"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_order(uow, shop, number="A-1")
        return shop


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


def test_an_agent_changes_it_from_an_order(app: Flask, runtime: Runtime, shop: Shop) -> None:
    agent = come_in(app, runtime, Role.AGENT)
    assert f'href="{PATH}"' in agent.get("/console/orders/A-1").text
    assert "None is known yet." in agent.get(PATH).text
    wrong = post(agent, PATH, SHIP_TO | {"postal_code": "1", "city": ""})
    assert wrong.status_code == 422
    assert "Enter a postal code of 7 digits." in wrong.text
    assert "Enter the city or ward." in wrong.text
    with runtime.database.looking() as session:
        assert addresses.default(session, shop.customer_id) is None
    done = post(agent, PATH, SHIP_TO)
    assert (done.status_code, done.location) == (303, "/console/orders/A-1")
    with runtime.database.looking() as session:
        found = addresses.default(session, shop.customer_id)
    assert found is not None
    assert found.line1 == SHIP_TO["line1"]


def test_who_may_not_read_customers_does_not_see_it(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    warehouse = come_in(app, runtime, Role.WAREHOUSE)
    assert warehouse.get(PATH).status_code == post(warehouse, PATH, SHIP_TO).status_code == 403
    assert PATH not in warehouse.get("/console/orders/A-1").text
