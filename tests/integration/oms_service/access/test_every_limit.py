"""Every sign-in and look-up that is open to anybody counts how often one address tries.

Each open route is in one of two tables: with the number of tries it takes from one address, proven
by knocking until it refuses, or with the reason why it counts none. A new one is in neither, and
this fails.
"""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import guard
from oms_service.access.guard import Who
from oms_service.adapters.oidc.provider import Provider
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.staff import proof
from tests.routes import filled

#: Method and how the address begins: tries from one address until it refuses.
LIMITED = {
    ("GET", "/case/<"): 20,
    ("POST", "/case/<"): 20,
    ("POST", "/chat/session"): 30,
    ("GET", "/coming-back/<"): 20,
    ("POST", "/coming-back/<"): 20,
    ("GET", "/feedback/<"): 20,
    ("POST", "/feedback/<"): 20,
    ("POST", "/find"): 30,
    ("GET", "/rate/<"): 20,
    ("POST", "/rate/<"): 20,
    ("POST", "/sign-in"): 20,
    ("POST", "/sign-in/code"): 40,
    ("GET", "/sign-in/link"): 40,
    ("POST", "/sign-in/link"): 40,
    ("GET", "/sign-in/with/<"): 30,
    ("GET", "/staff/invitation"): 20,
    ("POST", "/staff/invitation"): 20,
    ("POST", "/staff/sign-in"): 20,
    ("GET", "/staff/sign-in/with/<"): 30,
    ("GET", "/t/<"): 20,
    ("GET", "/waiting/<"): 20,
    ("POST", "/waiting/<"): 20,
}
#: How the address begins, and why what stands there counts nobody's tries.
FREE = {
    "/assets/": "the same for everybody",
    "/chat": "a token of 256 bits or a signed pass opens it; messages are counted with theirs",
    "/desk/stream": "a signed ticket opens it",
    "/embed.js": "the same for everybody",
    "/find/": "only what a search, which is counted, has shown to this browser",
    "/health/": "counts only",
    "/hooks/mail": "signed over its body",
    "/hooks/sms": "signed over its body",
    "/language": "one's own cookie",
    "/line/webhook": "signed over its body",
    "/papers/<": "signed with 256 bits; what is made is counted by order",
    "/push-worker.js": "the same for everybody",
    "/problems/": "the same for everybody",
    "/return-label/<": "signed with 256 bits; what is made is counted by return",
    "/return-terms/": "the same for everybody",
    "/slack/events": "signed over its body and its time",
    "/sign-out": "ends only one's own sign-in",
    "/staff/sign-in/code": "opens with a half-way sign-in alone; its tries have their own test",
    "/staff/sign-in/set-up": "opens with a half-way sign-in alone; its tries have their own test",
    "/staff/sign-out": "ends only one's own sign-in",
    "/v1/": "the description of a public interface",
    "/stop-mail/<": "signed; it ends one kind of mail of one customer alone",
    "/webhooks/": "signed over its body",
}
#: Pages that show an empty form or a way in, and look nothing up.
SHOWN = {"/", "/chat", "/find", "/sign-in", "/staff/sign-in"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    away = Provider("x-99999", "http://127.0.0.1:1", "desk", "secret")
    return replace(settings, staff_oidc=(away,), customer_oidc=(away,))


def entry(method: str, rule: str) -> tuple[str, str] | None:
    """The longest entry of the table that a route falls under; one without a gap is that route."""
    fitting = [
        one
        for one in LIMITED
        if one[0] == method and (rule.startswith(one[1]) if "<" in one[1] else rule == one[1])
    ]
    return max(fitting, key=lambda one: len(one[1]), default=None)


def knock(client: FlaskClient, method: str, path: str, number: int, token: str) -> int:
    typed = {"mail": f"{number}@example.jp", "number": f"A-{number}", "code": "1"}
    data = {"csrf_token": token, "proof": "a@example.jp", **typed} if method == "POST" else None
    return client.open(path, method=method, data=data).status_code


def test_every_open_route_is_counted_or_says_why_not(app: Flask, runtime: Runtime) -> None:
    first: dict[tuple[str, str], str] = {}
    silent = []
    for route in app.url_map.iter_rules():
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            rule = guard.rule_of(app, route.endpoint, method)
            if rule is None or rule.who is not Who.PUBLIC:
                continue
            found = entry(method, route.rule)
            if found is not None:
                first.setdefault(found, route.rule)
            elif not (
                any(route.rule.startswith(start) for start in FREE)
                or (method == "GET" and route.rule in SHOWN)
            ):
                silent.append(f"{method} {route.rule}")
    assert silent == []
    assert first.keys() == LIMITED.keys()


@pytest.mark.parametrize("kind", ["GET", "POST"])
def test_every_limit_refuses_the_next_try_from_one_address(app: Flask, kind: str) -> None:
    for at, ((method, start), tries) in enumerate(LIMITED.items()):
        if method != kind:
            continue
        route = next(
            one.rule
            for one in app.url_map.iter_rules()
            if kind in (one.methods or ()) and entry(kind, one.rule) == (kind, start)
        )
        client = app.test_client()
        # An address of their own, so that doors that count together do not count for each other.
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{at + 1}"
        token = proof(client, "/sign-in")
        path = filled(route, "x-99999")
        statuses = [knock(client, kind, path, n, token) for n in range(tries + 1)]
        assert statuses[-1] == 429, (kind, route, set(statuses))
        assert 429 not in statuses[:-1], (kind, route)
