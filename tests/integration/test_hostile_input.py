"""Whatever strangers send to any door, they get an answer: never a fault of ours."""

import dataclasses
import re
from itertools import product
from typing import Final
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import guard
from oms_service.access.guard import Who
from oms_service.access.permissions import STAFF_ROLES, scopes
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories import staff as colleagues
from tests.factories.orders import make_shipped_order
from tests.factories.shop import make_shop

VALUES: Final = (
    "nul\0inside@example.jp",
    "\ud800half@example.jp",
    "99999999999999999999",
    "-1",
    "%s{{7*7}}'\"><script>@",
    "a@\r\nBcc: x@example.jp",
)
FIELDS: Final = [
    "id",
    "text",
    "choice",
    "mail",
    "password",
    "code",
    "next",
    "language",
    "q",
    "view",
    "after",
    "cursor",
    "limit",
    "order",
    "phone",
    "postal_code",
    "version",
    "form_id",
    "reason",
    "note",
    "ending",
    "ticket",
    "label",
    "scope",
    "seq",
    "lang",
]
BODIES: Final = (
    "[" * 100_000,
    '{"a":' * 100_000,
    "9" * 20_000,
    '{"id": "aaaaaaaa", "text": "\\ud800", "seq": 1e400, "language": "\\u0000"}',
    '{"id": "bbbbbbbb", "text": "x\\u0000"}',
    '{"scans": [{"carrier": "\\ud800", "tracking_number": "\\u0000"}]}',
    '{"text": NaN, "id": Infinity, "seq": -Infinity}',
    "\0",
    "null",
    "",
)

Doors = list[tuple[str, str, FlaskClient, dict[str, str]]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A demo, where every door there is stands open."""
    return dataclasses.replace(settings, demo=True)


@pytest.fixture
def doors(app: Flask, runtime: Runtime) -> Doors:
    """Every door, with somebody who may pass it."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shipped_order(uow, make_shop(uow), number="A-10423")
        colleagues.make_staff(uow, *STAFF_ROLES, mail="all@shop.example")
        _view, secret = colleagues.make_key(uow, *(one.name for one in scopes()))
    stranger, colleague = app.test_client(), app.test_client()
    assert colleagues.sign_in(colleague, "all@shop.example").status_code == 303
    token = stranger.post("/chat/session", json={}).headers["X-Chat-Token"]
    keys = {Who.KEY: colleagues.bearer(secret), Who.PUBLIC: colleagues.bearer(token)}
    found: Doors = []
    for route in app.url_map.iter_rules():
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            rule = guard.rule_of(app, route.endpoint, method)
            assert rule is not None
            client = colleague if rule.who is Who.STAFF else stranger
            if "sign-out" not in route.rule:
                found.append((method, route.rule, client, keys.get(rule.who, {})))
    return found


def test_no_words_in_address_or_form_break_us(doors: Doors) -> None:
    failed = set()
    for value in VALUES:
        spelled = quote(value.encode("utf-8", "surrogatepass"), safe="")
        query = "&".join(f"{name}={spelled}" for name in FIELDS)
        proofs = {client: colleagues.proof(client, "/sign-in") for client in {d[2] for d in doors}}
        for method, rule, client, headers in doors:
            path = re.sub(r"<[^<>]+>", spelled, rule)
            form = f"{query}&csrf_token={proofs[client]}"
            sent = client.open(
                f"{path}?{query}" if method == "GET" else path,
                method=method,
                headers=headers,
                data=None if method == "GET" else form,
                content_type="application/x-www-form-urlencoded",
                buffered=False,
            )
            if sent.status_code >= 500:
                failed.add((method, rule, value, sent.status_code))
            sent.close()
    assert sorted(failed) == []


def test_no_body_breaks_us(doors: Doors) -> None:
    failed = set()
    for body, (method, rule, client, headers) in product(BODIES, doors):
        if method == "GET":
            continue
        sent = client.open(
            re.sub(r"<[^<>]+>", "x", rule),
            method=method,
            headers={**headers, "Idempotency-Key": "k"},
            data=body.encode(),
            content_type="application/json",
        )
        if sent.status_code >= 500:
            failed.add((method, rule, body[:40], sent.status_code))
    assert sorted(failed) == []
