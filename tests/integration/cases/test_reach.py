"""A colleague limited to some queues: cases of these are all there is, wherever they look."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cases import queries, service
from cases.acting import service as acting
from cases.acting.wishes import PERMISSIONS, By, GiveBack, Wanted
from cases.holding import CannotSee
from cases.routing import assignment
from cases.routing.assignment import NothingWaits
from cases.taxonomy import queries as taxonomy
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from cases.together import linking, tasks
from cases.together import queries as together
from cases.together.linking import Child
from cases.together.states import LinkKind, Team
from cases.together.tasks import Wish
from cases.views import CaseView
from oms_service.access import doors, guard, sessions
from oms_service.access import staff as colleagues
from oms_service.access.guard import Who
from oms_service.access.staff import GrantsTooMuch
from oms_service.access.states import Role, SessionKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.money import Money
from oms_service.operations.money.refunding import RefundReason
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import queries as payments
from oms_service.payments.limits import OwnLimit
from oms_service.payments.states import RefundPart, RefundState
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.web import csrf
from tests.factories.cases import make_agent, make_case
from tests.factories.orders import make_delivered_order
from tests.factories.shop import make_shop
from tests.factories.staff import proof
from tests.routes import filled

NOBODYS = "C-99999999"


@dataclass(frozen=True)
class Desk:
    """Two queues with a case each, and a lead of the first one alone."""

    mine: CaseView
    other: CaseView
    lead: int
    task: str


@pytest.fixture
def desk(runtime: Runtime) -> Desk:
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_agent(uow, "lead@desk.example", name="佐藤 健", role=Role.LEAD)
        mine, other = make_case(uow, reason="return"), make_case(uow, reason="delay")
        assert mine.queue_id != other.queue_id
        service.note(uow, other.id, "MARKER @佐藤さん")
        task = tasks.ask(uow, other.id, Wish(title="MARKER", key="a-key", team=Team.WAREHOUSE))
        linking.link(uow, mine.id, other.id, LinkKind.RELATED)
        colleagues.limit(uow, lead, queues=[mine.queue_id], locations=[])
    drain(runtime)
    return Desk(mine, other, lead, task.number)


@pytest.fixture
def browser(app: Flask, runtime: Runtime, desk: Desk) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        token = sessions.start(uow, SessionKind.STAFF, desk.lead, device="", instead_of=None)
    client = app.test_client()
    client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)
    return client


def send(client: FlaskClient, path: str, values: Mapping[str, object]) -> TestResponse:
    return client.post(path, data={csrf.FIELD: proof(client, "/desk"), **values})


def test_every_route_of_a_case_of_another_queue_answers_as_of_one_that_never_was(
    app: Flask, browser: FlaskClient, desk: Desk
) -> None:
    headers = {csrf.HEADER: proof(browser, "/desk")}
    seen = 0
    for route in app.url_map.iter_rules():
        if not route.rule.startswith(("/desk/cases/<number>", "/desk/tasks/<number>")):
            continue
        real = desk.task if "tasks" in route.rule else desk.other.number
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            answers = [
                browser.open(
                    filled(route.rule, "1").replace("/1", f"/{number}", 1),
                    method=method,
                    headers=headers,
                )
                for number in (real, NOBODYS)
            ]
            assert [one.status_code for one in answers] == [404, 404], (method, route.rule)
            foreign, unknown = (
                re.sub(r"[0-9a-f]{64}|[0-9a-f-]{36}", "", one.text) for one in answers
            )
            assert foreign.replace(real, "#") == unknown.replace(NOBODYS, "#")
            seen += 1
    assert seen > 50


def test_every_route_with_a_gap_says_of_which_queue_or_location_it_is_or_why_of_none(
    app: Flask,
) -> None:
    silent = {
        route.rule
        for route in app.url_map.iter_rules()
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
        if "<" in route.rule
        and (rule := guard.rule_of(app, route.endpoint, method)) is not None
        and rule.who is Who.STAFF
        and doors.way_of(app, route.rule) is None
    }
    assert silent == set()


def test_their_own_case_is_there_and_nothing_of_the_other_beside_it(
    browser: FlaskClient, desk: Desk
) -> None:
    page = browser.get(f"/desk/cases/{desk.mine.number}")
    assert page.status_code == 200
    assert f"/desk/cases/{desk.other.number}" not in page.text
    assert "MARKER" not in page.text


@pytest.mark.parametrize(
    "path", ["/desk?state=open", "/desk/list?state=open", "/desk/for-me", "/desk/tasks", "/desk"]
)
def test_lists_know_only_what_is_theirs(browser: FlaskClient, desk: Desk, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 200
    assert desk.other.number not in page.text
    assert "MARKER" not in page.text


def test_figures_are_of_their_queues_and_what_has_none_is_shut(
    runtime: Runtime, browser: FlaskClient, desk: Desk
) -> None:
    assert browser.get("/desk/feedback").status_code == 404
    with runtime.database.reading() as connection:
        names = taxonomy.queues(connection)
    own, foreign = (names[one.queue_id] for one in (desk.mine, desk.other))
    board, split = browser.get("/desk/board?lang=en"), browser.get("/desk/reports?lang=en&by=queue")
    for page in (board, split):
        assert page.status_code == 200
        assert own[1]["en"] in page.text
        assert foreign[1]["en"] not in page.text
    foreign_alone = f"/desk/reports?lang=en&queue={foreign[0]}"
    assert foreign[1]["en"] not in browser.get(foreign_alone).text
    file = browser.get("/desk/reports/figures.csv?by=queue&lang=en").text
    assert (own[1]["en"] in file, foreign[1]["en"] in file) == (True, False)
    assert 'href="/desk/feedback"' not in browser.get("/desk/reports/mine").text


def test_money_that_waits_for_them_is_that_of_their_cases(
    runtime: Runtime, browser: FlaskClient, desk: Desk
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow, "jun@desk.example", name="森 淳")
        colleagues.set_refund_limits(uow, agent, [OwnLimit(currency="JPY", refund_up_to_minor=0)])
        orders = [make_delivered_order(uow, shop) for _ in range(2)]
        mine = make_case(uow, reason="return", order_id=orders[0].id)
        foreign = next(
            one.code
            for one in queries.reasons(uow.session).values()
            if one.queue_id == desk.other.queue_id and one.code != "delay"
        )
        other = make_case(uow, reason=foreign, order_id=orders[1].id)
    drain(runtime)
    for case in (mine, other):
        wish = GiveBack(
            part=RefundPart.ORDER, reason=RefundReason.QUALITY, amount=Money(500, "JPY")
        )
        with runtime.unit_of_work(staff(agent)) as uow:
            by = By({Giver.AGENT}, frozenset(PERMISSIONS.values()))
            done = acting.do(uow, case.id, Wanted(wish=wish, key="once"), by)
    waiting = browser.get("/desk/second-person").text
    assert (orders[0].number in waiting, orders[1].number in waiting) == (True, False)
    agree = f"/desk/refunds/{done.refund_ids[0]}/agree"
    assert send(browser, agree, {}).status_code == 404
    assert send(browser, "/desk/refunds/999999/agree", {}).status_code == 404
    with runtime.database.reading() as connection:
        (still,) = payments.refunds(connection, orders[1].id)
    assert still.state is RefundState.AWAITING_APPROVAL
    # Neither the order's record nor what stands beside it tells of the case.
    for number, is_told in ((orders[0].number, True), (orders[1].number, False)):
        record = browser.get(f"/console/orders/{number}?lang=en").text
        assert ("A case was opened" in record) is is_told
        assert other.number not in record


def test_nobody_is_given_or_called_to_what_they_do_not_see(
    runtime: Runtime, browser: FlaskClient, desk: Desk
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow, "jun@desk.example", name="森 淳")
        colleagues.limit(uow, agent, queues=[desk.other.queue_id], locations=[])
        everywhere = make_agent(uow, "mio@desk.example", name="林 澪")
    path = f"/desk/cases/{desk.mine.number}"
    assert "森 淳" not in browser.get(f"{path}?lang=en").text
    refused = send(browser, f"{path}/assign?lang=en", {"staff": str(agent)})
    assert refused.status_code == 422
    assert "limited to other queues" in refused.text
    with pytest.raises(CannotSee), runtime.unit_of_work(staff(desk.lead)) as uow:
        service.assign(uow, desk.mine.id, agent)
    child = Child(reason="return", key="child")
    with pytest.raises(CannotSee), runtime.unit_of_work(staff(desk.lead)) as uow:
        linking.open_child(uow, desk.mine.id, child, assignee_id=agent)
    with runtime.unit_of_work(staff(desk.lead)) as uow:
        service.note(uow, desk.mine.id, "@森さん @林さん")
    with runtime.database.reading() as connection:
        assert together.watchers(connection, desk.mine.id) == [everywhere]
    # What moves out of their sight is not theirs any more.
    with runtime.unit_of_work(staff(desk.lead)) as uow:
        service.assign(uow, desk.other.id, agent)
        sorting.sort(uow, desk.other.id, Sorting(queue=queue_code(uow, desk.mine.queue_id)))
    drain(runtime)
    with runtime.database.reading() as connection:
        assert queries.by_id(connection, desk.other.id).assignee_id != agent


def queue_code(uow: UnitOfWork, queue_id: int) -> str:
    return taxonomy.queues(uow.session.connection())[queue_id][0]


def test_a_search_for_the_very_number_finds_nothing(browser: FlaskClient, desk: Desk) -> None:
    assert f"/desk/cases/{desk.mine.number}" in browser.get(f"/desk?q={desk.mine.number}").text
    found = browser.get(f"/desk?q={desk.other.number}").text
    assert f"/desk/cases/{desk.other.number}" not in found


def test_a_number_that_is_typed_reaches_no_further(
    runtime: Runtime, browser: FlaskClient, desk: Desk
) -> None:
    start = f"/desk/cases/{desk.mine.number}"
    for number in (desk.other.number, NOBODYS):
        asked = browser.get(f"{start}/merge?with={number}")
        merged = send(browser, f"{start}/merge", {"with": number, "stays": desk.mine.number})
        linked = send(browser, f"{start}/links", {"to": number, "kind": "related"})
        apart = send(browser, f"{start}/not-same", {"with": number})
        ticked = send(browser, "/desk/bulk", {"action": "assign", "case": number})
        statuses = [one.status_code for one in (asked, merged, linked, apart, ticked)]
        assert statuses == [422, 404, 422, 404, 303]
        assert ticked.location == "/desk"
    with runtime.database.reading() as connection:
        assert queries.by_id(connection, desk.other.id).merged_into_id is None
        assert together.links(connection, desk.mine.id)[0].case_id == desk.other.id


def test_routing_gives_nobody_what_they_may_not_see(runtime: Runtime, desk: Desk) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        colleagues.limit(uow, agent, queues=[desk.mine.queue_id], locations=[])
    with runtime.unit_of_work(SYSTEM) as uow:
        assignment.assign_waiting(uow)
    with runtime.database.reading() as connection:
        assert queries.by_id(connection, desk.mine.id).assignee_id == agent
        assert queries.by_id(connection, desk.other.id).assignee_id is None
    with runtime.unit_of_work(staff(agent)) as uow, pytest.raises(NothingWaits):
        assignment.take_next(uow, agent)


def test_without_limits_again_all_is_there(
    runtime: Runtime, browser: FlaskClient, desk: Desk
) -> None:
    with runtime.unit_of_work(staff(desk.lead)) as uow, pytest.raises(GrantsTooMuch):
        colleagues.limit(uow, desk.lead, queues=[], locations=[])
    with runtime.unit_of_work(SYSTEM) as uow:
        colleagues.limit(uow, desk.lead, queues=[], locations=[])
    assert browser.get(f"/desk/cases/{desk.other.number}").status_code == 200
    assert "MARKER" in browser.get("/desk/tasks").text
    assert "MARKER" in browser.get("/desk/for-me").text
