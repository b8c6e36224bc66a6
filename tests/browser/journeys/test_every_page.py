"""Every page of desk and console that one house can show: both languages, both themes, no fault."""

from collections.abc import Iterable
from http import HTTPStatus

import pytest
from playwright.sync_api import Response

from cases import service as cases
from cases.taxonomy import tags
from cases.together import linking, tasks
from cases.together.states import LinkKind, Team
from cases.together.tasks import Wish
from oms_service.access.states import Role
from oms_service.customers import service as customers
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
from oms_service.inventory import handling, transfers
from oms_service.inventory.purchasing import Came
from oms_service.inventory.states import Handling
from oms_service.kernel.actors import staff
from oms_service.kernel.ids import readable_code
from oms_service.operations.pickup import collecting
from oms_service.operations.placement import drafting, holding
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.placing import WantedLine as Ordered
from oms_service.operations.returning import receiving, returns
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.orders.states import HoldReason
from oms_service.returns.states import ReturnReason
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.journeys.console.goods import own_variant, shelve
from tests.browser.journeys.looks import DESKTOP_EN
from tests.browser.journeys.matters import colleague, matter, return_to_decide, settles
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.factories.orders import (
    SHIP_TO,
    make_delivered_order,
    make_order,
    make_shipped_order,
    pay,
)
from tests.factories.papers import make_count, make_purchase, make_transfer
from tests.factories.pickups import place_for_pickup, reserve
from tests.factories.staff import make_key


def looks_at(walk: Walk, pages: Iterable[str]) -> None:
    """Each of the pages is there, and open to everybody."""
    missing: list[str] = []

    def heard(answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.status >= HTTPStatus.BAD_REQUEST:
            missing.append(f"{answer.status} {answer.url}")

    walk.page.on("response", heard)
    assert_open_to_everybody(walk.page, [walk.place.house.url + path for path in pages])
    assert missing == []


@pytest.mark.parametrize("look", [DESKTOP_EN], ids=str)
def test_every_page_of_the_desk_is_open_to_everybody(walk: Walk, place: Place) -> None:
    lead = colleague(place, walk.look, Role.LEAD, Role.OPERATIONS)
    agent = colleague(place, walk.look)
    asked = matter(place, walk.look, taken_by=agent)
    decided = return_to_decide(place, walk.look, taken_by=agent)
    double = matter(place, walk.look, taken_by=agent, person=asked.person)
    with place.house.runtime.unit_of_work(staff(agent.id)) as uow:
        tasks.ask(uow, asked.case.id, Wish(title="棚Bを見る", key="t", team=Team.WAREHOUSE))
        linking.link(uow, asked.case.id, double.case.id, LinkKind.RELATED)
        cases.note(uow, asked.case.id, f"@{lead.handle} 見てもらえますか")
        tags.put(uow, asked.case.id, "常連のお客様")
    settles(place)
    tag = place.one("SELECT min(id) FROM case_tags")
    walk.as_colleague(lead.id)
    case = asked.path
    pages = (
        f"/desk/cases/{decided.case.number}",
        *(f"{case}{path}" for path in ("", "/split", "/ask", "/do/refund", "/do/replacement")),
        f"{case}/merge?with={double.case.number}",
        f"{case}/do/return",
        "/desk?view=open",
        "/desk?view=resolved",
        "/desk?q=返金",
        "/desk?q=nobody-wrote-this",
        "/desk/views",
        "/desk/for-me",
        "/desk/tasks",
        "/desk/macros",
        "/desk/macros/new",
        "/desk/second-person",
        "/desk/board",
        "/desk/reports",
        "/desk/reports/mine",
        "/desk/feedback",
        "/desk/feedback/deliveries",
        "/desk/feedback/rules",
        "/desk/deliveries",
        "/desk/team",
        f"/desk/team/{agent.id}",
        "/desk/presence",
        "/desk/routing",
        "/desk/routing/rules/new",
        "/desk/routing/queues/orders",
        "/desk/routing/skills/new",
        "/desk/routing/try?reason=other&channel=mail&language=en",
        "/desk/times",
        "/desk/times/policies/chat",
        "/desk/times/hours/office",
        "/desk/settings/reasons",
        "/desk/settings/reasons/damaged",
        "/desk/settings/labels",
        "/desk/settings/fields",
        f"/desk/settings/tags/{tag}",
    )
    looks_at(walk, pages)


@pytest.mark.parametrize("look", [DESKTOP_EN], ids=str)
def test_every_page_of_orders_and_goods_is_open_to_everybody(walk: Walk, place: Place) -> None:
    who = colleague(place, walk.look, Role.OPERATIONS)
    sku, shop = f"PAGE-{who.handle.upper()}", place.shop
    here, there = shop.location_id, place.counter_id
    with place.house.runtime.unit_of_work(staff(who.id)) as uow:
        shelve(uow, place)
        person = place.customer_in(uow, walk.look)
        customers.refresh_search(uow, customers.held(uow, person.id))
        held = make_order(uow, shop, customer_id=person.id, is_paid=False)
        holding.hold(uow, held.id, HoldReason.ADDRESS)
        sent = make_shipped_order(uow, shop, customer_id=person.id)
        back = make_delivered_order(uow, shop, customer_id=person.id)
        line = WantedLine(line_id=back.line_ids[0], quantity=2, reason=ReturnReason.CHANGED_MIND)
        asked = returns.request(
            uow, Wanted(order_id=back.id, lines=[line], channel="portal", key=readable_code(12))
        ).view
        receiving.announce(uow, asked.id, carrier="yamato", tracking_number=readable_code(12))
        draft = drafting.keep(
            uow,
            Draft(
                channel="web",
                customer_id=person.id,
                lines=[Ordered(sku="MUG", quantity=1)],
                ship_to=SHIP_TO,
            ),
        )
        goods = own_variant(uow, place, sku)
        handling.handle(uow, Handling.DAMAGE, {(goods, here): 1}, reason="broken", key=sku)
        handling.keep_back(uow, (goods, here), safety=2, reorder_point=9)
        bought = make_purchase(uow, here, {goods: 12}, came=2)
        wanted = make_transfer(uow, here, there, {goods: 1}, is_sent=False)
        short = make_transfer(uow, here, there, {goods: 2})
        transfers.receive(uow, short.id, {goods: Came(received=1)})
        counted = make_count(uow, here, {goods: 4}, is_approved=False)
        placed, pickup = place_for_pickup(uow, shop, there)
        pay(uow, placed.order.id, placed.order.total)
        ready = collecting.make_ready(uow, pickup.id)
        reserve(uow, shop, there, key=sku)
    settles(place)
    number = place.one("SELECT number FROM orders WHERE id = :id", id=draft.id)
    walk.as_colleague(who.id)
    code = place.one("SELECT code FROM locations WHERE id = :id", id=here)
    changes = ("address", "items", "quantity", "payment", "delivery", "expedite")
    pages = (
        "/console/orders",
        "/console/orders?view=drafts",
        "/console/orders?q=nobody",
        f"/console/orders/{held.number}",
        f"/console/orders/{sent.number}",
        f"/console/orders/{number}",
        f"/console/orders/new?q={person.mail}",
        f"/console/orders/new?draft={number}",
        f"/console/orders/{held.number}/change",
        f"/console/orders/{held.number}/cancel",
        *(f"/console/orders/{held.number}/change/{kind}" for kind in changes),
        f"/console/payments/orders/{sent.number}",
        "/console/returns",
        "/console/returns?view=all",
        f"/console/returns/{asked.number}",
        "/console/returns/claims",
        "/console/pickups",
        "/console/pickups?view=ready",
        f"/console/pickups/{ready.number}",
        f"/console/pickups/customers?customer={person.id}&goods=COFFEE",
        "/console/pickups/terms",
        "/console/stock",
        "/console/stock?view=incoming",
        f"/console/stock/{sku}",
        f"/console/stock/{sku}/move?at={code}",
        "/console/purchases",
        "/console/purchases/new",
        f"/console/purchases/{bought.number}",
        "/console/transfers",
        "/console/transfers/new",
        f"/console/transfers/{wanted.number}",
        f"/console/transfers/{short.number}",
        "/console/counts?view=all",
        "/console/counts/new",
        f"/console/counts/{counted.number}",
        "/console/warehouse/boxes",
    )
    looks_at(walk, pages)


@pytest.mark.parametrize("look", [DESKTOP_EN], ids=str)
def test_every_page_of_rules_and_health_is_open_to_everybody(walk: Walk, place: Place) -> None:
    who = colleague(place, walk.look, Role.OPERATIONS)
    agent = colleague(place, walk.look)
    with place.work() as uow:
        make_key(uow, "scans:write")
        fallout.record(
            uow,
            FalloutKind.EFFECT,
            subject_id=2_000_000 + who.id,
            step="oms_service.conversations.effects.Sending.send_message",
            what="message.queued conversation:7",
            cause="ConnectionRefusedError at oms_service.adapters.mail.smtp:90",
            owner="operations",
            attempts=6,
        )
    walk.as_colleague(who.id)
    code = place.one("SELECT code FROM locations WHERE id = :id", id=place.counter_id)
    pages = (
        "/console",
        "/console/fallout",
        "/console/keys",
        "/staff/sessions",
        "/console/staff",
        f"/console/staff/{agent.id}",
        "/console/look",
        "/console/keeping",
        "/console/policies",
        "/console/policies/web/returns",
        "/console/calendars",
        f"/console/calendars/locations/{code}",
        "/console/calendars/carriers/yamato",
        "/console/calendars/holidays",
        "/console/calendars/areas/sado",
        "/console/webhooks",
        "/console/audit",
        "/console/counter",
        "/console/counter?q=COFFEE",
        f"/desk/customers/{place.shop.customer_id}",
        "/desk/find?q=COFFEE",
    )
    looks_at(walk, pages)
