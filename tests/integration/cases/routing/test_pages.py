"""The pages of routing: who sees them, what they save, what they refuse, and what is at once."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases import queries as cases
from cases.routing import agents as whom
from cases.routing import queries
from cases.routing.states import Presence
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_case
from tests.factories.staff import make_staff, post, sign_in

SETTINGS = ("/desk/team", "/desk/routing", "/desk/routing/rules/new", "/desk/routing/try")
NAME = {"name_ja": "英語のお客様", "name_en": "English-speaking customers"}


def come_in(app: Flask, runtime: Runtime, role: Role) -> tuple[FlaskClient, int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role)
        whom.ensure(uow)
    client = app.test_client()
    sign_in(client, view.mail)
    return client, view.id


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.LEAD)[0]


def presence_of(runtime: Runtime, staff_id: int) -> Presence:
    with runtime.database.reading() as connection:
        return queries.agent(connection, staff_id).presence


def test_agents_do_not_set_routing(app: Flask, runtime: Runtime) -> None:
    agent, me = come_in(app, runtime, Role.AGENT)
    for path in (*SETTINGS, f"/desk/team/{me}", "/desk/routing/queues/orders"):
        assert agent.get(path).status_code == 403


def test_who_goes_away_gets_nothing_and_who_comes_back_is_given_what_waits(
    app: Flask, runtime: Runtime
) -> None:
    agent, me = come_in(app, runtime, Role.AGENT)
    assert post(agent, "/desk/presence", {"presence": "away"}).status_code == 303
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
    drain(runtime)
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, case.id).assignee_id is None
        assert queries.routes(connection, [case.id])[case.id].nobody == "nobody_there"
    page = agent.get(f"/desk/cases/{case.number}?lang=en").text
    assert "Nobody who could take it is there just now." in page
    assert "is not there" in page
    assert post(agent, "/desk/presence", {"presence": "present"}).status_code == 303
    drain(runtime)
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, case.id).assignee_id == me
    assert "the only one who could take it" in agent.get(f"/desk/cases/{case.number}?lang=en").text


@pytest.mark.parametrize(
    "sent",
    [
        {"presence": "asleep"},
        {"presence": "away", "day": "2020-01-01", "time": "10:00"},
        {"presence": "away", "day": "9999-12-31", "time": "10:00"},
        {"presence": "away", "day": "tomorrow", "time": "10:00"},
        {"presence": "present", "day": "2026-11-23", "time": "10:00"},
    ],
)
def test_a_presence_that_cannot_be_is_refused(
    app: Flask, runtime: Runtime, sent: dict[str, str]
) -> None:
    agent, me = come_in(app, runtime, Role.AGENT)
    assert post(agent, "/desk/presence", sent).status_code == 422
    assert presence_of(runtime, me) is Presence.PRESENT


def test_the_next_case_pressed_twice_is_one_case(app: Flask, runtime: Runtime) -> None:
    agent, me = come_in(app, runtime, Role.AGENT)
    post(agent, "/desk/presence", {"presence": "busy"})
    with runtime.unit_of_work(SYSTEM) as uow:
        later, first = make_case(uow).id, make_case(uow, reason="damaged").id
    drain(runtime)
    for _ in range(2):
        answer = post(agent, "/desk/next", {"form_id": "pressed"})
        assert answer.status_code == 303
        assert answer.location.endswith(f"/desk/cases/C-{1000 + first}")
    with runtime.database.reading() as connection:
        assert cases.by_id(connection, first).assignee_id == me
        assert cases.by_id(connection, later).assignee_id is None
    post(agent, "/desk/next", {"form_id": "again"})
    assert post(agent, "/desk/next", {"form_id": "once more"}).location.endswith("/desk")


def test_a_rule_is_added_tried_and_asked(lead: FlaskClient, runtime: Runtime) -> None:
    queue = {"name_ja": "英語", "name_en": "English"}
    assert post(lead, "/desk/routing/queues/new", queue).status_code == 303
    with runtime.database.reading() as connection:
        (added,) = [one for one in queries.queues(connection) if one.name["en"] == "English"]
    rule = {**NAME, "languages": "en", "queue": added.code, "is_active": "yes"}
    assert post(lead, "/desk/routing/rules/new", rule).status_code == 303
    tried = lead.get("/desk/routing/try?reason=other&channel=mail&language=en&lang=en").text
    assert "English-speaking customers" in tried
    page = lead.get("/desk/routing?lang=en").text
    assert "English-speaking customers" in page


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({**NAME}, "queue"),
        ({**NAME, "name_ja": "", "queue": "orders"}, "name_ja"),
        ({**NAME, "queue": "nowhere"}, "queue"),
        ({**NAME, "queue": "orders", "reasons": "weather"}, "reasons"),
        ({**NAME, "queue": "orders", "least_minor": "1000"}, "currency"),
        ({**NAME, "queue": "orders", "tags": "a" * 100}, "tags"),
    ],
)
def test_a_rule_that_says_nothing_or_nonsense_is_refused(
    lead: FlaskClient, runtime: Runtime, sent: dict[str, str], wrong: str
) -> None:
    answer = post(lead, "/desk/routing/rules/new", sent)
    assert answer.status_code == 422
    assert f'href="#{wrong}"' in answer.text
    with runtime.database.reading() as connection:
        assert queries.rules(connection) == ()


def test_a_lead_says_what_a_colleague_can(app: Flask, runtime: Runtime, lead: FlaskClient) -> None:
    _, colleague = come_in(app, runtime, Role.AGENT)
    path = f"/desk/team/{colleague}"
    sent = {"capacity": "7", "languages": ["ja", "en"], "queues": "returns", "version": "1"}
    assert post(lead, path, sent).status_code == 303
    with runtime.database.reading() as connection:
        kept = queries.agent(connection, colleague)
        (returns,) = [one for one in queries.queues(connection) if one.code == "returns"]
    assert (kept.capacity, kept.languages, kept.version) == (7, ("en", "ja"), 2)
    assert kept.queues == (returns.id,)
    assert returns.members == (colleague,)
    assert post(lead, path, sent).status_code == 422  # an older version
    assert post(lead, path, {**sent, "version": "2", "capacity": "1001"}).status_code == 422
    assert lead.get("/desk/team?lang=en").status_code == 200
    assert lead.get("/desk/team/999999").status_code == 404


def test_the_default_queue_stays_one_until_another_is_it(
    lead: FlaskClient, runtime: Runtime
) -> None:
    sent = {"name_ja": "ご注文", "name_en": "Orders", "version": "1"}
    assert post(lead, "/desk/routing/queues/orders", sent).status_code == 422
    other = {"name_ja": "返品", "name_en": "Returns", "version": "1", "is_default": "yes"}
    assert post(lead, "/desk/routing/queues/returns", other).status_code == 303
    with runtime.database.reading() as connection:
        assert [q.code for q in queries.queues(connection) if q.is_default] == ["returns"]
