"""Every door: shut without a word, open to whom it names, and to nobody else."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask.views import MethodView

from oms_service.access import guard as rules
from oms_service.access import keys, permissions
from oms_service.access.guard import Who, actor, guard, public
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.staff import bearer, make_key, make_staff, proof, sign_in
from tests.routes import filled


def whose() -> str:
    return actor().ref


def marked(mark: Callable[[Callable[[], str]], Callable[[], str]]) -> Callable[[], str]:
    def view() -> str:
        return whose()

    return mark(view)


class Tried(MethodView):
    @guard(scope="orders:read")
    def get(self) -> str:
        return "read"

    @guard(scope="scans:write")
    def post(self) -> str:
        return "wrote"

    def put(self) -> str:
        return "never"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.add_url_rule("/silent", "silent", whose)
    app.add_url_rule("/v1/tried", "by_key", marked(guard(scope="orders:read")))
    app.add_url_rule("/desk/tried", "by_staff", marked(guard("cases:read")))
    app.add_url_rule("/orders/tried", "by_customer", marked(guard(customer=True)))
    app.add_url_rule("/open/tried", "open", public(reason="a test looks at it")(lambda: "open"))
    app.add_url_rule("/v1/class", view_func=Tried.as_view("class"))

    @guard("cases:reply")
    @app.post("/desk/tried/reply")
    def marked_above_the_route() -> str:
        return whose()

    return app.test_client()


def test_a_route_that_says_nothing_does_not_answer(client: FlaskClient) -> None:
    assert client.get("/silent").status_code == 404
    assert client.get("/open/tried").text == "open"


def test_a_key_opens_what_its_scope_names_and_acts_in_its_own_name(
    client: FlaskClient, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        view, secret = make_key(uow, "orders:read")
        _, other = make_key(uow, "scans:write")
    assert client.get("/v1/tried", headers=bearer(secret)).text == f"integration:{view.id}"
    refused = client.get("/v1/tried", headers=bearer(other))
    assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer oms_nothing"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic b21zXzp4"},
        {"Authorization": "oms_nothing"},
    ],
)
def test_without_a_known_key_the_answer_is_401_and_says_how(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    refused = client.get("/v1/tried", headers=headers)
    assert refused.status_code == 401
    assert refused.mimetype == "application/problem+json"
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_is_refused_at_once(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        view, secret = make_key(uow, "orders:read")
    assert client.get("/v1/tried", headers=bearer(secret)).status_code == 200
    with runtime.unit_of_work(SYSTEM) as uow:
        keys.revoke(uow, view.id)
    assert client.get("/v1/tried", headers=bearer(secret)).status_code == 401


def test_each_method_of_a_class_says_its_own(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _, secret = make_key(uow, "orders:read")
    assert client.get("/v1/class", headers=bearer(secret)).text == "read"
    assert client.head("/v1/class", headers=bearer(secret)).status_code == 200
    headers = {**bearer(secret), "X-CSRF-Token": proof(client)}
    assert client.post("/v1/class", headers=headers).status_code == 403
    assert client.put("/v1/class", headers=headers).status_code == 404


def test_a_mark_above_the_route_counts_as_well(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AUDITOR)
    sign_in(client, "auditor@shop.example")
    sent = client.post("/desk/tried/reply", data={"csrf_token": proof(client)})
    assert sent.status_code == 403


def test_nobody_is_led_to_the_entrance_and_a_wrong_role_is_told_so(
    client: FlaskClient, runtime: Runtime
) -> None:
    away = client.get("/desk/tried", headers={"Accept": "text/html"})
    assert (away.status_code, away.headers["Location"]) == (
        303,
        "/staff/sign-in?next=%2Fdesk%2Ftried",
    )
    assert client.get("/desk/tried", headers={"Accept": "application/json"}).status_code == 401
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, Role.WAREHOUSE)
    sign_in(client, view.mail)
    assert client.get("/desk/tried").text == f"staff:{view.id}"
    assert client.get("/console/keys").status_code == 403


def test_a_piece_of_a_page_leads_the_whole_page_to_the_entrance(client: FlaskClient) -> None:
    away = client.get("/desk/tried", headers={"HX-Request": "true"})
    assert (away.status_code, away.headers["HX-Redirect"]) == (401, "/staff/sign-in")


def test_a_customers_page_leads_to_the_customers_entrance(client: FlaskClient) -> None:
    away = client.get("/orders/tried?page=2")
    assert away.headers["Location"] == "/sign-in?next=%2Forders%2Ftried%3Fpage%3D2"


def test_staff_is_no_customer_and_a_key_is_no_staff(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS)
        _, secret = make_key(uow, "cases:read")
    assert client.get("/desk/tried", headers=bearer(secret)).status_code == 303
    sign_in(client, "operations@shop.example")
    assert client.get("/orders/tried").status_code == 303
    assert client.get("/v1/tried").status_code == 401


# Every role at every door


@pytest.fixture
def doors(app: Flask) -> list[tuple[str, str, str]]:
    """Every route for staff: method, path, permission."""
    found = []
    for route in app.url_map.iter_rules():
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            rule = rules.rule_of(app, route.endpoint, method)
            if rule is not None and rule.who is Who.STAFF:
                path = filled(route.rule, "C-999999")
                found.append((method, path, rule.permission))
    return found


@pytest.mark.parametrize("role", permissions.STAFF_ROLES)
def test_a_role_comes_in_where_the_table_lets_it_and_nowhere_else(
    app: Flask, runtime: Runtime, role: Role, doors: list[tuple[str, str, str]]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role)
    client = app.test_client()
    sign_in(client, view.mail)
    token = proof(client)
    assert doors
    wrong = []
    for method, path, permission in doors:
        answer = client.open(path, method=method, headers={"X-CSRF-Token": token})
        answer.close()
        is_in = answer.status_code not in {401, 403}
        if is_in != permissions.may([role], permission):
            wrong.append((method, path, permission, answer.status_code))
    assert wrong == []


def test_nobody_comes_in_at_any_door_for_staff(
    app: Flask, doors: list[tuple[str, str, str]]
) -> None:
    client = app.test_client()
    token = proof(client)
    for method, path, _ in doors:
        answer = client.open(path, method=method, headers={"X-CSRF-Token": token})
        expected = 303 if method == "GET" else 401
        assert answer.status_code == expected, (method, path)


def test_no_door_for_keys_opens_without_one(app: Flask) -> None:
    client = app.test_client()
    for route in app.url_map.iter_rules():
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            rule = rules.rule_of(app, route.endpoint, method)
            if rule is not None and rule.who is Who.KEY:
                path = filled(route.rule, "C-999999")
                assert client.open(path, method=method).status_code == 401, (method, path)
