"""Every route, for everybody who may come: open to those whom the table of permissions names.

Whoever passes all checks that run before a view is told so there, so that nothing is done; who is
turned away gets the real answer. Every request carries a proof of origin, as from our own pages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import pytest
from flask import Flask, request
from werkzeug.routing import Rule as Route

from oms_service.access import guard, permissions, sessions
from oms_service.access.guard import Rule, Who
from oms_service.access.states import Role, SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.web import csrf
from tests.factories.shop import make_customer
from tests.factories.staff import bearer, make_key, make_staff, proof
from tests.routes import filled

LET_IN = 299
NOBODYS = "X-99999"
KNOCK = {"X-Knock": "1"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Room for every request; the limits have tests of their own."""
    return replace(settings, api_rate="100000/second")


@pytest.fixture
def app(app: Flask) -> Flask:
    """The house; who knocks goes no further than the door of the view."""

    @app.before_request
    def at_the_view() -> tuple[str, int] | None:
        return ("", LET_IN) if "X-Knock" in request.headers else None

    return app


def doors(app: Flask) -> Iterator[tuple[Route, str, Rule]]:
    for route in app.url_map.iter_rules():
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            rule = guard.rule_of(app, route.endpoint, method)
            assert rule is not None, route.rule
            yield route, method, rule


@dataclass
class Visitor:
    """Somebody at the doors: a browser with a cookie or none, or a program with a key."""

    app: Flask
    cookie: tuple[SessionKind, str] | None = None
    secret: str = ""
    #: With a page of ours open, whose proof of origin goes with each request.
    has_page: bool = True
    headers: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        if self.cookie is not None:
            kind, token = self.cookie
            self.client.set_cookie(sessions.COOKIES[kind], token)
        origin = {csrf.HEADER: proof(self.client, "/")} if self.has_page else {}
        self.headers = {**KNOCK, **origin, **(bearer(self.secret) if self.secret else {})}

    def knocks(self, route: Route, method: str) -> HTTPStatus | int:
        path = filled(route.rule, NOBODYS)
        return self.client.open(path, method=method, headers=self.headers).status_code


def a_colleague(app: Flask, runtime: Runtime, role: Role) -> Visitor:
    with runtime.unit_of_work(SYSTEM) as uow:
        colleague = make_staff(uow, role)
        token = sessions.start(uow, SessionKind.STAFF, colleague.id, device="", instead_of=None)
    return Visitor(app, (SessionKind.STAFF, token))


def a_customer(app: Flask, runtime: Runtime) -> Visitor:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        token = sessions.start(uow, SessionKind.CUSTOMER, customer, device="", instead_of=None)
    return Visitor(app, (SessionKind.CUSTOMER, token))


def a_program(app: Flask, runtime: Runtime, *scopes: str, has_page: bool = False) -> Visitor:
    with runtime.unit_of_work(SYSTEM) as uow:
        _view, secret = make_key(uow, *scopes)
    return Visitor(app, secret=secret, has_page=has_page)


def wrongly_answered(app: Flask, visitor: Visitor, opens: Mapping[Who, set[str]]) -> list[str]:
    """The doors that answer otherwise than ``opens``, who opens which permissions, says."""
    found = []
    for route, method, rule in doors(app):
        status = visitor.knocks(route, method)
        is_open = rule.who is Who.PUBLIC or rule.permission in opens.get(rule.who, set())
        fits = status == LET_IN if is_open else status in _TURNED_AWAY[rule.who, rule.who in opens]
        if not fits:
            found.append(f"{method} {route.rule} ({rule.permission}): {status}")
    return found


#: How a door that is shut answers: whether those who come are of the kind it is for.
_TURNED_AWAY = {
    (Who.STAFF, True): {403},
    (Who.STAFF, False): {303, 401},
    (Who.CUSTOMER, True): {403},
    (Who.CUSTOMER, False): {303, 401},
    (Who.KEY, True): {403},
    (Who.KEY, False): {401},
}


@pytest.mark.parametrize("role", permissions.STAFF_ROLES)
def test_every_route_opens_to_a_role_exactly_as_the_table_says(
    app: Flask, runtime: Runtime, role: Role
) -> None:
    own = {one.name for one in permissions.TABLE if role in one.roles}
    assert wrongly_answered(app, a_colleague(app, runtime, role), {Who.STAFF: own}) == []


def test_a_guest_finds_only_what_says_why_it_is_open(app: Flask) -> None:
    assert wrongly_answered(app, Visitor(app), {}) == []


def test_a_customer_finds_only_customers_routes_and_open_ones(app: Flask, runtime: Runtime) -> None:
    opens = {Who.CUSTOMER: {guard.CUSTOMERS}}
    assert wrongly_answered(app, a_customer(app, runtime), opens) == []


def test_a_key_of_every_scope_opens_the_programs_routes_and_nothing_of_peoples(
    app: Flask, runtime: Runtime
) -> None:
    every = {one.name for one in permissions.scopes()}
    program = a_program(app, runtime, *every, has_page=True)
    assert wrongly_answered(app, program, {Who.KEY: every}) == []


def test_each_scope_opens_its_own_routes_and_no_other_scope_does(
    app: Flask, runtime: Runtime
) -> None:
    """A key of all other scopes opens nothing of this one: so none of them does by itself."""
    every = {one.name for one in permissions.scopes()}
    by_scope: dict[str, list[tuple[Route, str]]] = {}
    for route, method, rule in doors(app):
        if rule.who is Who.KEY:
            by_scope.setdefault(rule.permission, []).append((route, method))
    answers = {}
    for scope, routes in by_scope.items():
        alone = a_program(app, runtime, scope)
        others = a_program(app, runtime, *(every - {scope}))
        answers[scope] = (
            {alone.knocks(*door) for door in routes},
            {others.knocks(*door) for door in routes},
        )
    assert answers == dict.fromkeys(by_scope, ({LET_IN}, {HTTPStatus.FORBIDDEN}))
    assert len(answers) > 30
