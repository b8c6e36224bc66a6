"""Invoices and receipts in the portal: one's own, and nobody else's; limited."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases.portal.views import PAPERS
from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import make_customer, make_shop
from tests.factories.staff import post
from tests.routes import as_said

HIS, HERS, NOBODYS = "A-10002", "A-10001", "A-10003"


@pytest.fixture
def browser(app: Flask, runtime: Runtime) -> FlaskClient:
    """His browser; she has an order too."""
    client = app.test_client()
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        his = make_customer(uow, "his@example.jp")
        make_order(uow, shop, number=HERS)
        make_order(uow, shop, number=HIS, customer_id=his)
        token = sessions.start(uow, SessionKind.CUSTOMER, his, device="", instead_of=None)
    client.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    return client


def papers(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return connection.scalar(text("SELECT count(*) FROM documents")) or 0


def test_another_customers_papers_are_as_unknown_as_those_of_no_order(
    runtime: Runtime, browser: FlaskClient
) -> None:
    for kind in ("invoice", "receipt"):
        hers, nobodys = (post(browser, f"/orders/{one}/{kind}") for one in (HERS, NOBODYS))
        assert (hers.status_code, nobodys.status_code) == (404, 404)
        assert as_said(hers.text).replace(HERS, "#") == as_said(nobodys.text).replace(NOBODYS, "#")
    assert papers(runtime) == 0


def test_ones_own_papers_are_files_until_the_limit(
    runtime: Runtime, browser: FlaskClient, app: Flask
) -> None:
    first = post(browser, f"/orders/{HIS}/invoice")
    assert (first.status_code, first.content_type) == (200, "application/pdf")
    with runtime.database.reading() as connection:
        his = connection.scalar(
            text("SELECT customer_id FROM orders WHERE number = :n"), {"n": HIS}
        )
    for _ in range(int(PAPERS.partition("/")[0]) - 1):
        runtime.limits.take("portal-papers", str(his), PAPERS)
    refused = post(browser, f"/orders/{HIS}/receipt")
    assert refused.status_code == 429
    assert papers(runtime) == 1
