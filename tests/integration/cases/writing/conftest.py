"""A case at the desk, a colleague signed in, and how the page of a case is pressed."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries
from cases.views import CaseView
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.states import Role
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import sign_in

AOI = "aoi@desk.example"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        make_agent(uow, AOI)
        make_agent(uow, "lead@desk.example", name="高橋 健", role=Role.LEAD)
    return made


@pytest.fixture
def case(runtime: Runtime, shop: Shop) -> CaseView:
    """A question about an order, asked in a chat; Aoi has it."""
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
        talking.receive(uow, chat.id, key="m1", text="荷物はいつ届きますか。")
        order = make_order(uow, shop)
        made = make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )
    drain(runtime)
    return now(runtime, made)


def now(runtime: Runtime, case: CaseView) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case.id)


def said(runtime: Runtime, case: CaseView) -> list[str]:
    """What we have said to the customer so far."""
    assert case.conversation_id is not None
    with runtime.database.reading() as connection:
        thread = conversations.thread(connection, case.conversation_id)
    return [one.text for one in thread if str(one.direction) == "out"]


class Desk:
    """A colleague at the desk."""

    def __init__(self, app: Flask, mail: str) -> None:
        self.client: FlaskClient = app.test_client()
        sign_in(self.client, mail, PASSWORD)

    def page(self, case: CaseView) -> str:
        return self.client.get(f"/desk/cases/{case.number}").text

    def press(self, case: CaseView, what: str, **values: object) -> tuple[int, str]:
        """Press a button of the case's page; the page that follows."""
        path = f"/desk/cases/{case.number}"
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(path).text)
        assert token is not None
        sent = self.client.post(f"{path}/{what}", data={"csrf_token": token.group(1), **values})
        return sent.status_code, self.client.get(
            path
        ).text if sent.status_code == 303 else sent.text


@pytest.fixture
def aoi(app: Flask, shop: Shop) -> Desk:
    return Desk(app, AOI)


@pytest.fixture
def lead(app: Flask, shop: Shop) -> Desk:
    return Desk(app, "lead@desk.example")
