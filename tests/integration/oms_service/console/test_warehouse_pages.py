"""The warehouse's pages: what forms carry is read as what it is, however it is spelled."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access.states import Role
from oms_service.catalog import boxes
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories import staff as colleagues
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import post, sign_in
from tests.factories.warehouse import COFFEE_BARCODE, furnish

#: Numbers no column holds, one behind zeros, and one that Python itself refuses to read.
TOO_LARGE = ("99999999999", "0" * 9 + "9" * 30, "9" * 18, "9" * 5000)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        furnish(uow, made)
        colleagues.make_staff(uow, Role.OPERATIONS, Role.WAREHOUSE, mail="ops@shop.example")
        return made


@pytest.fixture
def browser(app: Flask, shop: Shop) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "ops@shop.example")
    post(client, "/console/warehouse/place", {"location": str(shop.location_id)})
    return client


@pytest.mark.parametrize("typed", TOO_LARGE)
def test_a_number_that_no_column_holds_is_a_wrong_figure_and_no_fault_of_ours(
    browser: FlaskClient, runtime: Runtime, typed: str
) -> None:
    figures = {
        "length_mm": "200",
        "width_mm": "150",
        "height_mm": "100",
        "wall_mm": "3",
        "max_weight_g": "5000",
        "tare_g": "80",
        "cost_minor": "50",
    }
    for name in figures:
        form = {"code": "XL", "name_ja": "特大", "name_en": "Extra large", **figures, name: typed}
        assert post(browser, "/console/warehouse/boxes", form).status_code == 422
    assert post(browser, "/console/warehouse/place", {"location": typed}).status_code == 404
    with runtime.database.looking() as session:
        assert [box.code for box in boxes.boxes(session, every=True)] == ["S", "M"]


def test_the_millionth_task_is_scanned_like_the_first(
    browser: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("ALTER SEQUENCE pick_tasks_id_seq RESTART WITH 123456789012"))
        make_order(uow, shop, items={"COFFEE": 2}, number="A-10423")
    drain(runtime)
    started = post(browser, "/console/warehouse/lists", {"key": "walk", "most": "1"})
    assert started.status_code == 303
    form = {"task": "123456789012", "version": "1", "code": COFFEE_BARCODE, "quantity": "2"}
    scanned = post(browser, f"{started.location}/scan", form)
    assert scanned.status_code == 303
    query = text("SELECT picked FROM pick_tasks WHERE id = 123456789012")
    with runtime.database.reading() as connection:
        assert connection.scalar(query) == 2
