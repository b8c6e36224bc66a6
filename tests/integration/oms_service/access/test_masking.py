"""Whoever need not know who customers are reads no word of theirs, wherever they look.

One customer of whom every personal field holds a mark; an auditor, the warehouse, and programs
without the scope walk through all they may open, and whoever needs the data still sees them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from oms_service.access import guard, permissions, personal, sessions
from oms_service.access.guard import Rule, Who
from oms_service.access.states import Role, SessionKind
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.masking import MASK
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests import pdfs
from tests.factories.people import Marked, make_marked
from tests.factories.staff import bearer, make_key, make_staff, post
from tests.fakes.clock import StandingClock
from tests.routes import filled

_WAY = re.compile(r'\b(?:href|hx-get|src)="(/(?:desk|console)/[^"#]*)', re.IGNORECASE)
#: What is read for the sake of one's work, whose scopes say so themselves.
_FOR_WORK = {"feedback:read", "tasks:work", "files:send"}
#: Where our numbers stand, and by which address each is asked for.
_NUMBERS: Mapping[str, str] = {
    "/desk/cases/": "SELECT number FROM cases",
    "/v1/cases/": "SELECT number FROM cases",
    "/desk/tasks/": "SELECT number FROM case_tasks",
    "/v1/tasks/": "SELECT number FROM case_tasks",
    "/console/returns/": "SELECT number FROM returns",
    "/v1/returns/": "SELECT number FROM returns",
    "/v1/claims/": "SELECT number FROM claims",
    "/console/warehouse/fulfilments/": "SELECT number FROM fulfilments",
    "/v1/fulfilments/": "SELECT number FROM fulfilments",
    "/console/documents/orders/": "SELECT number FROM orders",
    "/v1/documents/": "SELECT number FROM documents",
    "/v1/attachments/": "SELECT public_id FROM attachments",
    "": "SELECT number FROM orders",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Room for every question; the limits have tests of their own."""
    return replace(settings, api_rate="100000/second")


def browser(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        colleague = make_staff(uow, role)
        token = sessions.start(uow, SessionKind.STAFF, colleague.id, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
    return client


def addresses(app: Flask, runtime: Runtime, who: Who) -> Iterator[tuple[str, str]]:
    """Every address to read at, filled with the numbers there are, and what it asks for."""
    with runtime.database.reading() as connection:
        known = {start: connection.scalars(text(of)).all() for start, of in _NUMBERS.items()}
    for route in app.url_map.iter_rules():
        rule = guard.rule_of(app, route.endpoint, "GET")
        if rule is None or rule.who is not who or "GET" not in (route.methods or ()):
            continue
        start = next(one for one in known if route.rule.startswith(one))
        for number in known[start] if "<" in route.rule else [""]:
            yield filled(route.rule, number), rule.permission


def rule_at(app: Flask, path: str) -> Rule | None:
    try:
        endpoint, _gaps = app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
    except HTTPException:
        return None
    return guard.rule_of(app, endpoint, "GET")


def hits(answer: TestResponse, marks: tuple[str, ...]) -> list[str]:
    """Where a mark stands in what was answered."""
    if answer.content_type.startswith(("image/", "application/pdf")):
        return []
    said = answer.text.lower()
    places = (re.search(re.escape(one.lower()), said) for one in marks)
    return [answer.text[max(0, one.start() - 60) : one.end() + 20] for one in places if one]


def walk(
    app: Flask, client: FlaskClient, paths: Iterator[str], role: Role
) -> Iterator[tuple[str, TestResponse]]:
    """Every page a role may open, and every page of those that these lead to."""
    left, seen = list(paths), set[str]()
    while left:
        path = left.pop()
        rule = rule_at(app, path)
        if path in seen or rule is None or not permissions.may([role], rule.permission):
            continue
        seen.add(path)
        answer = client.get(path)
        yield path, answer
        if "html" in (answer.content_type or "") and "?" not in path:
            ways = {unescape(one) for one in _WAY.findall(answer.text)}
            left += sorted(one for one in ways - seen if "?" not in one or one.endswith(".csv"))


def test_masked_roles_see_no_word_of_a_customer_anywhere_and_others_what_they_need(
    app: Flask, runtime: Runtime, clock: StandingClock, tmp_path: Path
) -> None:
    marked = make_marked(app, runtime, clock, tmp_path)
    pages = dict(addresses(app, runtime, Who.STAFF))
    masks = 0
    for role in (Role.AUDITOR, Role.WAREHOUSE):
        client = browser(app, runtime, role)
        told = {
            path: found
            for path, answer in walk(app, client, iter(pages), role)
            if (found := hits(answer, marked.marks))
            and not (path == "/desk/tasks" and permissions.may([role], "tasks:work"))
        }
        assert {path for path in told if not path.startswith("/desk/cases/")} == set()
        in_cases = [one for found in told.values() for one in found]
        if role is Role.AUDITOR:
            assert in_cases == []
        else:  # the side tasks that the warehouse is to do
            assert all("desk-words" in one or "<strong>" in one for one in in_cases)
        masks += client.get("/desk?view=all").text.count(MASK)
        search_finds_nobody(client, marked)
    assert masks > 4
    papers(app, runtime)
    needing = browser(app, runtime, Role.AGENT)
    for path in ("/desk?view=all", "/desk/cases/C-1002", "/console/orders?view=all"):
        assert hits(needing.get(path), marked.marks), path
    order = needing.get("/console/orders/A-10423").text
    for mark in ("FZundamochi", "NZundamochi", "987-6543", "090-5550-9876", marked.mail):
        assert mark in order
    assert "A-10423" in needing.get(f"/console/orders?q={quote(marked.mail)}").text
    programs(app, runtime, marked)


def search_finds_nobody(client: FlaskClient, marked: Marked) -> None:
    """By name, mail, phone or words nothing is found; by a number what it names."""
    for typed in ("FZundamochi", marked.mail, "090-5550-9876", "お得意様"):
        for path in ("/desk?view=all&q=", "/console/orders?q=", "/console/pickups?q="):
            found = client.get(path + quote(typed)).text
            assert "C-100" not in found, (path, typed)
            assert "/console/orders/A-10423" not in found, (path, typed)
    assert "C-1002" in client.get("/desk?view=all&q=c1002").text
    assert "C-1002" in client.get("/desk?view=all&q=A-10423").text
    assert "/console/orders/A-10423" in client.get("/console/orders?q=10423").text


def papers(app: Flask, runtime: Runtime) -> None:
    """Slips and labels are for those who send; whom a bill names is masked like all else."""
    auditor, warehouse = (signed_in(app, runtime, role) for role in (Role.AUDITOR, Role.WAREHOUSE))
    shop = browser(app, runtime, Role.SHOP)
    with runtime.database.reading() as connection:
        paper = connection.scalars(text("SELECT number FROM documents")).one()
        box = connection.scalars(text("SELECT number FROM packed_boxes")).one()
    shut = auditor.get(f"/console/documents/boxes/{box}/slip.pdf")
    assert shut.status_code == 403
    assert warehouse.get(f"/console/documents/boxes/{box}/slip.pdf").status_code == 200
    for client, sees in ((auditor, False), (shop, True)):
        printed = post(client, f"/console/documents/{paper}/print")
        assert printed.status_code == 200
        said = "".join(line for page in pdfs.pages(printed.data) for line in page)
        assert ("Zundamochi商会" in said) is sees
        assert (MASK in said) is not sees


def signed_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    """Another browser of a colleague there is."""
    with runtime.unit_of_work(SYSTEM) as uow:
        mail = f"{role}@shop.example"
        one = uow.session.scalar(text("SELECT id FROM staff WHERE mail = :mail"), {"mail": mail})
        token = sessions.start(uow, SessionKind.STAFF, int(one), device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
    return client


def programs(app: Flask, runtime: Runtime, marked: Marked) -> None:
    every = {one.name for one in permissions.scopes()}
    with runtime.unit_of_work(SYSTEM) as uow:
        _view, masked = make_key(uow, *(every - {personal.PERMISSION} - _FOR_WORK))
        _view, seeing = make_key(uow, *every)
    client = app.test_client()
    told, seen = {}, set()
    for path, scope in addresses(app, runtime, Who.KEY):
        if scope in _FOR_WORK:
            continue
        if found := hits(client.get(path, headers=bearer(masked)), marked.marks):
            told[path] = found
        if hits(client.get(path, headers=bearer(seeing)), marked.marks):
            seen.add(re.sub(r"/[A-Z]+-\w+", "/#", path))
    assert told == {}
    assert seen >= {
        "/v1/cases/#/messages",
        "/v1/cases/#/sheet",
        "/v1/claims",
        "/v1/orders/#/payments",
        "/v1/orders/#/timeline",
        "/v1/returns",
    }
    for given, count in ((masked, 0), (seeing, 3)):
        asked = {"text": marked.mail}
        cases = client.get("/v1/case-search", query_string=asked, headers=bearer(given)).json
        orders = client.get("/v1/orders", query_string=asked, headers=bearer(given)).json
        assert cases is not None
        assert orders is not None
        assert (len(cases["cases"]), len(orders["orders"])) == (count, min(count, 1))
