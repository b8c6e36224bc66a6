"""A desk with a shop, two colleagues and some cases."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases.views import CaseView
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_shipped_order
from tests.factories.shop import Shop, make_shop
from tests.integration.cases.test_desk import signed_in


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        uow.session.execute(
            text("UPDATE customers SET family_name_kana = 'サトウ', given_name_kana = 'ミサキ'")
        )
        make_agent(uow)
        make_agent(uow, "ren@desk.example", name="伊藤 蓮", role=Role.LEAD)
    return made


@pytest.fixture
def desk(app: Flask, shop: Shop) -> FlaskClient:
    return signed_in(app)


@pytest.fixture
def lead(app: Flask, shop: Shop) -> FlaskClient:
    return signed_in(app, "ren@desk.example")


@pytest.fixture
def asked(runtime: Runtime, shop: Shop) -> CaseView:
    """Somebody known, about an order on its way, in a chat with words of their own."""
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, shop)
        chat = make_chat(uow, customer_id=shop.customer_id)
        talking.receive(uow, chat.id, key="m1", text="コーヒーミルの蓋が割れていました。")
        case = make_case(
            uow,
            order_id=order.id,
            reason="damaged",
            customer_id=shop.customer_id,
            conversation_id=chat.id,
        )
    drain(runtime)
    return case


@pytest.fixture
def many(runtime: Runtime, shop: Shop) -> list[CaseView]:
    """Five cases of nobody known."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_case(uow) for _ in range(5)]
    drain(runtime)
    return made
