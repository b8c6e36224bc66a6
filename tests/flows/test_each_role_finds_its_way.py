"""Whatever a colleague of one role is shown to press, they may press.

Each role goes from where its day starts to every page that a page before it led to, one or two of a
kind. No link ends at a closed or missing page, and no form that takes anything posts to a door that
is shut to the role.
"""

import re
from collections import Counter
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

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
from tests.factories.pickups import stocked_counter
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff
from tests.factories.warehouse import furnish
from tests.flows.test_bounded_pages import fill

ROLES: Final = (
    Role.AGENT,
    Role.LEAD,
    Role.WAREHOUSE,
    Role.SHOP,
    Role.OPERATIONS,
    Role.AUDITOR,
)
#: As many pages of one kind are opened.
OF_A_KIND: Final = 2
#: A role that finds less has lost its way in.
AT_LEAST: Final = 25


class Page(HTMLParser):
    """Where a page leads, and to where its forms send what is typed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sends: list[str] = []
        self._target = ""
        self._method: str | None = None
        self._shut = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        if tag == "form":
            self._target, self._method = found.get("action") or "", found.get("method") or "get"
        if tag == "fieldset":
            self._shut += "disabled" in found or self._shut > 0
        asks = tag in {"button", "select", "textarea"} or (
            tag == "input" and found.get("type") != "hidden"
        )
        takes = asks and not self._shut and found.get("type") != "button"
        if takes and (found.get("formmethod") or self._method) == "post":
            self.sends.append(found.get("formaction") or self._target)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._method = None
        if tag == "fieldset" and self._shut:
            self._shut -= 1


def test_whatever_a_role_is_shown_it_may_press(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10_000)
        furnish(uow, shop)
        fill(uow, shop, stocked_counter(uow, shop, units=1_000), many=1)
        token_of = {
            role: sessions.start(
                uow, SessionKind.STAFF, make_staff(uow, role).id, device="", instead_of=None
            )
            for role in ROLES
        }
    drain(runtime)
    faults = []
    for role, token in token_of.items():
        client = app.test_client()
        client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
        walk = Walk(app, client, role)
        while walk.ways:
            walk.goes(*walk.ways.pop(0))
        faults += [f"{role}: {one}" for one in walk.faults]
        assert walk.opened >= AT_LEAST, role
    assert faults == []


class Walk:
    """How many pages a role came to, where they led, and what it was shown in vain."""

    def __init__(self, app: Flask, client: FlaskClient, role: Role) -> None:
        self.ways = [("/staff/sign-in", "the entrance")]
        self.faults: list[str] = []
        self.opened = 0
        self._app, self._client, self._role = app, client, role
        self._doors = app.url_map.bind("localhost")
        self._seen: set[str] = set()
        self._kinds: Counter[str] = Counter()

    def goes(self, way: str, source: str) -> None:
        """Open one page, unless it was opened or enough of its kind were."""
        path = way.partition("#")[0]
        if path in self._seen:
            return
        self._seen.add(path)
        kind, rule = self._rule_at(path, "GET", source)
        kind += "?" + ",".join(sorted(re.findall(r"(\w+)=", urlsplit(path).query)))
        self._kinds[kind] += 1
        is_ours = rule is not None and (rule.who is Who.STAFF or source == "the entrance")
        if not is_ours or self._kinds[kind] > OF_A_KIND:
            return
        answer = self._client.get(path, headers={"Accept": "text/html"})
        self.opened += 1
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            self.faults.append(f"{source} leads to {path}: {answer.status_code}")
        elif answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            self.ways.append((answer.headers["Location"], path))
        elif answer.mimetype == "text/html":
            self._reads(path, Page(answer.text))
        answer.close()

    def _reads(self, path: str, page: Page) -> None:
        here = (urljoin(path, one) for one in page.links)
        self.ways += [(one, path) for one in here if one.startswith("/")]
        for aim in {urljoin(path, one) for one in page.sends}:
            _, rule = self._rule_at(aim, "POST", path)
            if rule and rule.permission and not permissions.may([self._role], rule.permission):
                self.faults.append(f"{path} sends to {aim}: needs {rule.permission}")

    def _rule_at(self, path: str, method: str, source: str) -> tuple[str, Rule | None]:
        """The rule of an address and what it asks of whoever comes."""
        try:
            found, _ = self._doors.match(urlsplit(path).path, method=method, return_rule=True)
        except RequestRedirect as moved:
            self.ways.append((urlsplit(moved.new_url).path, source))
            return path, None
        except HTTPException as missing:
            self.faults.append(f"{source} leads to {method} {path}: {missing.code}")
            return path, None
        return found.rule, guard.rule_of(self._app, found.endpoint, method)
