"""Every page asks the database a bounded number of things, however much there is in the shop.

Each page of staff, of customers and of everybody is opened in a small shop and again in one where
there is many times as much of everything: it asks for no more statements, and for no more than
its budget.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases.together import linking
from cases.together.states import LinkKind
from oms_service.access import guard, permissions, sessions
from oms_service.access.guard import Who
from oms_service.access.states import Role, SessionKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.web import frame
from oms_service.web.badges import Badges
from tests.factories.cases import make_case, make_chat, make_return_case
from tests.factories.orders import make_delivered_order, make_order, make_shipped_order
from tests.factories.papers import make_count, make_purchase, make_transfer
from tests.factories.pickups import reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff
from tests.factories.warehouse import furnish
from tests.queries import counted

#: What a page may ask for unless it is named below.
BUDGET: Final = 25
#: Pages that show what many packages know, and what each may ask for.
LARGER: Final = {
    "/desk/cases/<number>": 60,  # all there is to know of a case: thread, order, past, work
    "/desk/cases/<number>/pane": 60,  # the same beside the list
    "/desk/cases/<number>/live": 30,  # of it, what is fetched anew when something happens
    "/desk/cases/<number>/do": 31,  # each act is asked of the one engine that decides
    "/desk/cases/<number>/do/list": 31,
    "/desk/reports": 30,  # a dozen figures, each counted by the database
    "/console": 30,  # what waits for whoever looks, and how each part of the house is
    "/console/orders/<number>": 60,  # all of an order: lines, money, parcels, papers, what was said
    "/orders/<number>": 34,  # the answer, the ways on, and what the engine says of each
}
#: How much more of everything there is in the larger shop.
MORE: Final = 5
#: What one opens for the first time in this process may look up once.
ONCE: Final = 2


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Room for every request; the limits have tests of their own."""
    return replace(settings, api_rate="100000/second")


@dataclass(frozen=True)
class Things:
    """What stands in the gaps of addresses."""

    customer_id: int
    order: str
    gaps: Sequence[tuple[str, str]]

    def path(self, rule: str) -> str | None:
        """The address with its gaps filled; None where nothing fits."""
        for pattern, number in self.gaps:
            if re.fullmatch(pattern, rule):
                rule = re.sub(r"<number>|<sku>|<int[^>]*>", number, rule)
                return re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)
        return None if "<" in rule else rule


def fill(uow: UnitOfWork, shop: Shop, counter_id: int, *, many: int) -> Things:
    """As much of everything, all of one customer and one product, as lists are long by it."""
    for n in range(many):
        order = make_order(uow, shop)
        chat = make_chat(uow, customer_id=shop.customer_id)
        about = make_case(
            uow, order_id=order.id, customer_id=shop.customer_id, conversation_id=chat.id
        )
        back = make_return_case(uow, shop)
        linking.link(uow, about.id, back.id, kind=LinkKind.RELATED)
        make_shipped_order(uow, shop)
        delivered = make_delivered_order(uow, shop)
        kept = reserve(uow, shop, counter_id, key=f"kept-{uow.correlation_id}-{n}")
        bought = make_purchase(uow, shop.location_id, {shop.coffee_id: 5}, came=2)
        moved = make_transfer(uow, shop.location_id, counter_id, {shop.coffee_id: 1})
        looked = make_count(uow, counter_id, {shop.mug_id: 5 + n})
        make_staff(uow, Role.AGENT, mail=f"more-{uow.correlation_id}-{n}@shop.example")
    return Things(
        customer_id=shop.customer_id,
        order=order.number,
        gaps=(
            (r"/desk/cases/.*<number>.*files.*", ""),
            (r"/desk/cases/<number>.*", back.number),
            (r"/cases/<number>", about.number),
            (r"/console/returns/<number>", ""),
            (r"/console/pickups/<number>", kept.number),
            (r"/console/purchases/<number>", bought.number),
            (r"/console/transfers/<number>", moved.number),
            (r"/console/counts/<number>", looked.number),
            (r"/console/(stock|selling)/<sku>(/move)?", "COFFEE"),
            (r"/console/(orders|documents/orders|payments/orders)/<number>.*", order.number),
            (r"/orders/<number>/(return|refund|photos|cases/new|feedback).*", delivered.number),
            (r"/orders/<number>.*", order.number),
        ),
    )


def asked_of_each(app: Flask, runtime: Runtime, things: Things) -> dict[str, int]:
    """How many statements each page asks for, by its rule; those that open are in it."""
    staff = {role: a_browser(app, runtime, SessionKind.STAFF, role) for role in ROLES}
    customer = a_browser(app, runtime, SessionKind.CUSTOMER, things.customer_id)
    frame.of(app).badges = Badges(kept_s=3_600.0)  # counted once, as for who looks about
    asked = {}
    for rule, path, role in pages(app, things):
        client = {"public": app.test_client(), "customer": customer}.get(role) or staff[Role(role)]
        with counted(runtime.database) as sent:
            answer = client.get(path)
        assert answer.status_code < 500, path
        if answer.status_code == 200:
            asked[rule] = len(sent)
    return asked


ROLES: Final = (Role.LEAD, Role.OPERATIONS, Role.WAREHOUSE, Role.SHOP, Role.AGENT, Role.AUDITOR)


def pages(app: Flask, things: Things) -> Iterator[tuple[str, str, str]]:
    """Each page by its rule and its address, and who opens it."""
    for route in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        rule = guard.rule_of(app, route.endpoint, "GET")
        path = things.path(route.rule)
        if rule is None or "GET" not in (route.methods or ()) or rule.who is Who.KEY or not path:
            continue
        if rule.who is Who.STAFF:
            fitting = (one for one in ROLES if permissions.may([one], rule.permission))
            yield route.rule, path, str(next(fitting))
        else:
            yield route.rule, path, str(rule.who)


def a_browser(app: Flask, runtime: Runtime, kind: SessionKind, who: Role | int) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        if isinstance(who, Role):
            mail = f"{who}-{uow.correlation_id}@shop.example"
            who = make_staff(uow, who, mail=mail).id
        token = sessions.start(uow, kind, who, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[kind], token)
    return client


def test_every_page_keeps_to_its_budget_and_asks_no_more_where_there_is_more(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10_000)
        furnish(uow, shop)
        counter_id = stocked_counter(uow, shop, units=1_000)
        few = fill(uow, shop, counter_id, many=2)
    drain(runtime)
    small = asked_of_each(app, runtime, few)
    with runtime.unit_of_work(SYSTEM) as uow:
        many = fill(uow, shop, counter_id, many=MORE)
    drain(runtime)
    large = asked_of_each(app, runtime, many)
    assert len(large) > 130
    growing = {
        page: (small[page], count)
        for page, count in large.items()
        if page in small and count > small[page] + ONCE
    }
    assert growing == {}
    over = {page: count for page, count in large.items() if count > LARGER.get(page, BUDGET)}
    assert over == {}
    assert LARGER.keys() <= large.keys()
