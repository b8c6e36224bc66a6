"""Every form and every way on staff pages, for every role: shown only to who may press it.

Each page that a role may open is read as that role sees it. Whatever a form on it is sent to, and
whatever it leads to, has to be open to that role by the table of permissions. What the page of
somebody who may do everything offers besides is sent by who is not shown it, and refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from oms_service.access import guard, permissions, sessions
from oms_service.access.guard import Rule, Who
from oms_service.access.states import Role, SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.web import csrf
from tests.factories.cases import make_case, make_chat, make_return_case
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, proof

_FORM = re.compile(r"<form\b[^>]*>", re.IGNORECASE)
_BUTTON = re.compile(r"<button\b[^>]*\bformaction=[^>]*>", re.IGNORECASE)
_WAY = re.compile(r"<a\b[^>]*\bhref=\"([^\"#]*)", re.IGNORECASE)
_VALUE = re.compile(r"\b(action|formaction|method)=\"([^\"]*)\"")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Room for every request; the limits have tests of their own."""
    return replace(settings, api_rate="100000/second")


@dataclass(frozen=True)
class House:
    """Pages to look at, besides those whose address has no gap."""

    pages: tuple[str, ...]


@pytest.fixture
def house(runtime: Runtime) -> House:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        chat = make_chat(uow, customer_id=shop.customer_id)
        order = make_order(uow, shop)
        about = make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )
        back = make_return_case(uow, shop)
    drain(runtime)
    return House(
        (
            f"/desk/cases/{about.number}",
            f"/desk/cases/{back.number}",
            f"/console/orders/{order.number}",
            f"/console/payments/orders/{order.number}",
            f"/console/documents/orders/{order.number}",
            "/console/stock/COFFEE",
        )
    )


def pages(app: Flask, house: House) -> Iterator[tuple[str, Rule]]:
    """Every staff page without a gap in its address, and those of the house."""
    for route in app.url_map.iter_rules():
        rule = guard.rule_of(app, route.endpoint, "GET")
        if (
            rule is not None
            and rule.who is Who.STAFF
            and "GET" in (route.methods or set())
            and "<" not in route.rule
            and not route.rule.endswith(".csv")
        ):
            yield route.rule, rule
    for path in house.pages:
        found = rule_at(app, "GET", path)
        assert found is not None
        yield path, found


def rule_at(app: Flask, method: str, path: str) -> Rule | None:
    """What the route asks for to which a form or a way leads; None outside of the house."""
    try:
        endpoint, _gaps = app.url_map.bind("localhost").match(urlsplit(path).path, method=method)
    except (RequestRedirect, HTTPException):
        return None
    return guard.rule_of(app, endpoint, method)


def presses(page: str, here: str) -> set[tuple[str, str]]:
    """What can be sent or followed from a page: method and path."""
    found = set()
    for tag in (*_FORM.findall(page), *_BUTTON.findall(page)):
        said = {name: unescape(value) for name, value in _VALUE.findall(tag)}
        is_button = "formaction" in said
        method = "POST" if is_button else said.get("method", "get").upper()
        found.add((method, urlsplit(said.get("formaction") or said.get("action") or here).path))
    ways = (urlsplit(unescape(one)) for one in _WAY.findall(page))
    found |= {("GET", one.path) for one in ways if one.path.startswith("/") and not one.netloc}
    return found


def a_browser(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        colleague = make_staff(uow, role)
        token = sessions.start(uow, SessionKind.STAFF, colleague.id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
    return client


def shown_to(
    app: Flask, client: FlaskClient, role: Role, house: House
) -> Iterator[tuple[str, str, str, str]]:
    """All that is shown to a role: on which page, by what method, leading where, asking what."""
    for path, rule in pages(app, house):
        answer = client.get(path) if permissions.may([role], rule.permission) else None
        if answer is None or answer.status_code in {302, 303}:
            continue  # not theirs, or a way to the page where it begins
        assert answer.status_code == 200, (role, path)
        for method, to in presses(answer.text, path):
            asks = rule_at(app, method, to)
            if asks is not None and asks.who is Who.STAFF:
                yield path, method, to, asks.permission


def test_no_page_shows_what_its_reader_may_not_press_and_what_it_hides_is_refused(
    app: Flask, runtime: Runtime, house: House
) -> None:
    browsers = {role: a_browser(app, runtime, role) for role in permissions.STAFF_ROLES}
    shown = {role: set(shown_to(app, one, role, house)) for role, one in browsers.items()}
    wrong = {
        f"{role} on {path}: {method} {to} needs {asks}"
        for role, found in shown.items()
        for path, method, to, asks in found
        if not permissions.may([role], asks)
    }
    assert wrong == set()
    every = {one[1:] for found in shown.values() for one in found}
    refused = 0
    for role, client in browsers.items():
        headers = {csrf.HEADER: proof(client, "/staff/sessions")}
        for method, to, asks in sorted(every):
            if not permissions.may([role], asks):
                answer = client.open(to, method=method, headers=headers)
                assert answer.status_code == 403, (role, method, to)
                refused += 1
    assert len(every) > 150
    assert refused > 200
