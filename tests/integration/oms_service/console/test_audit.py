"""The audit log: what colleagues and others did, narrowed by the address, and as a file."""

import csv
import io
from dataclasses import fields

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access import staff
from oms_service.access.states import Role, ScopeKind
from oms_service.console import audit_codes, audit_words
from oms_service.infra import trail_words
from oms_service.kernel import events
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.languages import Language
from oms_service.operations.placement import holding
from oms_service.orders import queries as orders
from oms_service.orders.states import HoldReason
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from oms_service.runtime import Runtime
from oms_service.shipping.states import Cause, Jeopardy, Suggestion
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff, sign_in


@pytest.fixture
def auditor(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        lead = make_staff(uow, Role.LEAD, name="鈴木 健太", language=Language.ENGLISH)
        make_staff(uow, Role.AUDITOR, language=Language.ENGLISH)
        make_staff(uow, Role.AGENT)
        shop = make_shop(uow, stock=10)
        make_order(uow, shop, number="A-1")
        order_id = make_order(uow, shop, number="A-2").id
    with runtime.unit_of_work(Actor(ActorKind.STAFF, str(lead.id))) as uow:
        version = orders.by_id(uow.session, order_id).version
        holding.hold(uow, order_id, HoldReason.FRAUD, version=version)
    client = app.test_client()
    sign_in(client, "auditor@shop.example")
    return client


def rows(client: FlaskClient, query: str) -> list[list[str]]:
    answer = client.get(f"/console/audit/export.csv?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]


def test_who_did_what_to_what(auditor: FlaskClient) -> None:
    page = auditor.get("/console/audit?kind=staff").text
    assert "鈴木 健太" in page
    assert "Order put on hold" in page
    assert "suspicion of fraud" in page
    assert "Order A-2" in page
    assert "Order placed" not in page
    ((_at, who, what, about, details, together, name),) = rows(auditor, "kind=staff&of=order")
    assert (who, what, about) == ("鈴木 健太", "Order put on hold", "Order A-2")
    assert name == "order.held"
    assert "fraud" in details
    assert {one[2] for one in rows(auditor, f"together={together}")} >= {"Order put on hold"}
    assert {one[3] for one in rows(auditor, "about=A-1")} == {"Order A-1"}
    assert rows(auditor, "about=nothing") == []
    assert "Nothing is noted" in auditor.get("/console/audit?about=nothing").text
    assert rows(auditor, "until=2000-01-01") == []
    for odd in ("cursor=x", "who=999999999999999999", "from=x&together=x&kind=x&of=x&about=%20"):
        assert auditor.get(f"/console/audit?{odd}").status_code in {200, 302}
    assert auditor.get("/console/audit?lang=ja").status_code == 200


def test_agents_do_not_read_it(app: Flask, auditor: FlaskClient) -> None:
    agent = app.test_client()
    sign_in(agent)
    assert agent.get("/console/audit").status_code == 403
    assert agent.get("/console/audit/export.csv").status_code == 403


def test_who_is_limited_to_queues_or_locations_does_not_read_of_the_others(
    app: Flask, runtime: Runtime, auditor: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        some = {kind: min(runtime.scopes[kind](uow.session.connection())) for kind in ScopeKind}
        for kind in ScopeKind:
            lead = make_staff(uow, Role.LEAD, mail=f"{kind}@shop.example")
            limits = {f"{one}s": [some[one]] if one is kind else [] for one in ScopeKind}
            staff.limit(uow, lead.id, **limits)
    for kind in ScopeKind:
        limited = app.test_client()
        sign_in(limited, f"{kind}@shop.example")
        for path in ("/console/audit", "/console/audit/export.csv"):
            assert limited.get(path).status_code == 404
            assert auditor.get(path).status_code == 200
        assert "/console/audit" not in limited.get("/console/orders").text


def test_sign_ins_and_files_taken_out_are_in_it_and_colleagues_stand_by_name(
    app: Flask, runtime: Runtime, auditor: FlaskClient
) -> None:
    assert sign_in(app.test_client(), password="wrong").status_code == 401
    assert sign_in(app.test_client(), mail="nobody@shop.example").status_code == 401
    rows(auditor, "until=2000-01-01")
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = staff.id_of(uow, "agent@shop.example")
    found = [one[1:5] for one in rows(auditor, "of=staff")]
    assert ["The system", "Sign-in refused", "Somebody unknown"] in [one[:3] for one in found]
    assert ["The system", "Sign-in refused", "田中 葵"] in [one[:3] for one in found]
    assert ["田中 葵", "Signed in", "田中 葵"] in [one[:3] for one in found]
    assert {"step=password; network=127.0.0.0/24"} <= {one[3] for one in found}
    assert "example" not in str(found)
    assert {one[2] for one in rows(auditor, f"about=staff:{agent}")} == {
        "Colleague added",
        "Sign-in refused",
    }
    assert rows(auditor, "of=export")[0][2:4] == [
        "List taken out as a file",
        "List: audit log",
    ]
    page = auditor.get("/console/audit?of=staff").text
    assert "127.0.0.0/24" in page
    assert "staff.signed_in" not in page


def test_every_event_is_called_something_in_the_log(app: Flask) -> None:
    del app  # the house is composed, so that every event is known and every package has spoken
    ours = {
        name
        for name, kind in events.known().items()
        if kind.__module__.startswith(("oms_service.", "cases.", "bots.", "notifications."))
    }
    assert ours - trail_words.called().keys() == set()
    every = {**audit_words.THINGS, **audit_words.NOUNS}
    assert {name.partition(".")[0] for name in ours} - every.keys() == set()
    assert {events.known()[name].of for name in ours} - audit_words.THINGS.keys() == set()
    carried = {one.name for name in ours for one in fields(events.known()[name])}
    unnamed = {one for one in carried if not one.endswith("_id")} - audit_words.DETAILS.keys()
    assert unnamed == {"currency"} - audit_words.DETAILS.keys()


def test_codes_of_causes_and_ends_are_read_in_both_languages() -> None:
    assert audit_codes.CODES.keys().isdisjoint(audit_words.VALUES)
    carried = [*Cause, *Suggestion, *Jeopardy, *ReturnReason, *ClaimReason, *Remedy]
    called = {**audit_words.VALUES, **audit_codes.CODES}
    assert {one.value for one in carried if one} - called.keys() == set()
