"""What a first visit to a main page carries over the wire, through the app's own static serving."""

import posixpath
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import sessions
from oms_service.access.states import Role, SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, sign_in

#: Text of a page, its style and its scripts, packed; without pictures and fonts.
MOST_BYTES = 100_000
BROWSER = {"Accept-Encoding": "gzip, deflate", "Accept": "text/html", "Accept-Language": "ja"}

CUSTOMERS = ("/", "/sign-in", "/orders", "/orders/{order}", "/orders/{order}/return/return")
COLLEAGUES = (
    "/desk",
    "/desk/cases/{case}",
    "/console",
    "/console/orders",
    "/console/orders/{order}",
    "/console/stock",
    "/console/stock/COFFEE",
    "/console/warehouse",
    "/console/look",
    "/console/accuracy",
    "/desk/reports",
    "/desk/board",
)


@pytest.fixture
def numbers(runtime: Runtime) -> dict[str, str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_delivered_order(uow, shop)
        make_staff(uow, Role.OPERATIONS)
        case = make_case(uow, order_id=order.id)
    drain(runtime)
    return {"order": order.number, "case": case.number, "customer": str(shop.customer_id)}


def fetch(client: FlaskClient, path: str) -> tuple[str, int]:
    """The text of an address, and its bytes on the wire."""
    with client.get(path, headers=BROWSER | {"Accept-Encoding": "identity"}) as plain:
        assert plain.status_code == 200, (path, plain.status_code)
        text = plain.get_data(as_text=True)
    with client.get(path, headers=BROWSER) as packed:
        assert packed.content_encoding == "gzip" or len(text) < 1024, path
        return text, len(packed.data)


def scripts(client: FlaskClient, path: str, known: dict[str, int]) -> None:
    """A script with every script that it brings along."""
    if path in known:
        return
    text, known[path] = fetch(client, path)
    for found in re.findall(r"""\bimport\s*(?:[^"'()]*\sfrom\s*)?["'](\.{1,2}/[^"']+)""", text):
        scripts(client, posixpath.normpath(posixpath.join(posixpath.dirname(path), found)), known)


def first_visit(client: FlaskClient, path: str) -> int:
    """All bytes of a first visit; nothing but style may hold the first content back."""
    page, size = fetch(client, path)
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    tags = re.findall(r"<script[^>]*>", page)
    tags = [tag for tag in tags if 'type="application/json"' not in tag]  # data, run by nobody
    assert all(" defer" in tag or 'type="module"' in tag for tag in tags), path
    assert all(one.startswith("/assets/") for one in sheets), path
    known: dict[str, int] = {}
    for tag in tags:
        source = re.search(r'src="([^"]+)"', tag)
        assert source, f"{path} has a script of its own inside"
        scripts(client, source[1], known)
    return size + sum(fetch(client, sheet)[1] for sheet in sheets) + sum(known.values())


def visits(app: Flask, runtime: Runtime, numbers: dict[str, str]) -> Iterator[tuple[str, int]]:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(
            uow,
            SessionKind.CUSTOMER,
            int(numbers["customer"]),
            device="a test",
            instead_of=None,
        )
    visitor, customer, colleague = (app.test_client() for _ in range(3))
    customer.set_cookie(sessions.COOKIES[SessionKind.CUSTOMER], token)
    sign_in(colleague, "operations@shop.example")
    for path in CUSTOMERS:
        client = visitor if path == "/sign-in" else customer
        yield path, first_visit(client, path.format(**numbers))
    for path in COLLEAGUES:
        yield path, first_visit(colleague, path.format(**numbers))


def test_a_first_visit_is_light(app: Flask, runtime: Runtime, numbers: dict[str, str]) -> None:
    sizes = dict(visits(app, runtime, numbers))
    heavy = {path: size for path, size in sizes.items() if size > MOST_BYTES}
    assert heavy == {}
