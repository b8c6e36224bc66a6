"""What customers said, as colleagues read it, and the rules that they change."""

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cases.after import feedback, rules, surveys
from cases.after import queries as asked
from cases.after.views import Given
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM, customer
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.afterwards import Settled, make_settled
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock


@pytest.fixture
def settled(runtime: Runtime, clock: StandingClock) -> Settled:
    """A case judged 2 and a delivery judged 4, with a formula for a word."""
    made = make_settled(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        held = rules.in_force(uow.session)
        rules.change(uow, rules.Rules(not_again_days=0, version=held.version))
        make_staff(uow, Role.LEAD, name="鈴木 蓮")
    drain(runtime)
    clock.advance(days=2)
    with runtime.unit_of_work(SYSTEM) as uow:
        surveys.ask_due(uow)
        feedback.ask_due(uow)
    by = customer(made.customer_id)
    with runtime.unit_of_work(by) as uow:
        (one,) = asked.surveys_of_case(uow.session, made.case.id)
        surveys.answer(uow, one.id, score=2, words="=1+1", on="link")
        found = asked.feedback_of_order(uow.session, made.order.id)
        assert found is not None
        lines = [Given(made.order.line_ids[0], 5, "香りがいい")]
        feedback.give(uow, found.id, score=4, words="早い", lines=lines, on="link")
    drain(runtime)
    return made


@pytest.fixture
def lead(app: Flask, settled: Settled) -> FlaskClient:
    assert settled.order.id
    client = app.test_client()
    sign_in(client, "lead@shop.example")
    client.set_cookie("lang", "en")
    return client


def test_lists_say_averages_and_words_and_files_hold_no_formula(
    lead: FlaskClient, settled: Settled
) -> None:
    page = lead.get("/desk/feedback").text
    assert "2.0 of 5 on average; 0 % answered 4 or 5." in page
    assert settled.case.number in page
    assert "=1+1" in page
    assert "No answers in this time" in lead.get("/desk/feedback?reason=refund").text
    assert lead.get("/desk/feedback?after=nonsense").status_code == 302
    low = lead.get("/desk/feedback/deliveries?score=low").text
    assert "No answers in this time" in low
    page = lead.get("/desk/feedback/deliveries?carrier=yamato&sku=COFFEE").text
    assert "Deliveries: 4.0 of 5 on average; 100 % answered 4 or 5." in page
    assert "香りがいい" in page
    told = lead.get("/desk/feedback/satisfaction.csv").data.decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(told)))
    assert (row["case"], row["score"], row["words"]) == (settled.case.number, "2", "'=1+1")
    told = lead.get("/desk/feedback/deliveries.csv").data.decode("utf-8-sig")
    assert [row["about"] for row in csv.DictReader(io.StringIO(told))] == ["delivery", "COFFEE"]
    beside = lead.get(f"/desk/cases/{settled.case.number}").text
    assert "What the customer says" in beside


def test_rules_are_changed_on_their_page(lead: FlaskClient, runtime: Runtime) -> None:
    assert 'name="reopen_days"' in lead.get("/desk/feedback/rules").text
    with runtime.database.looking() as session:
        before = rules.in_force(session)
    sent = {name: str(getattr(before, name)) for name in rules.BOUNDS}
    sent |= {"asks_feedback": "1", "asked_endings": "answered", "version": str(before.version)}
    wrong = post(lead, "/desk/feedback/rules", {**sent, "reopen_days": "99999999999"})
    assert (wrong.status_code, "from 1 to 90" in wrong.text) == (422, True)
    assert post(lead, "/desk/feedback/rules", {**sent, "reopen_days": "7"}).status_code == 303
    assert post(lead, "/desk/feedback/rules", {**sent, "reopen_days": "8"}).status_code == 422
    with runtime.database.looking() as session:
        now = rules.in_force(session)
    assert (now.reopen_days, now.asks_satisfaction, now.asked_endings) == (7, False, ("answered",))


def test_only_a_lead_changes_rules(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow)
    agent = app.test_client()
    sign_in(agent)
    assert agent.get("/desk/feedback").status_code == 200
    assert agent.get("/desk/feedback/rules").status_code == 403
