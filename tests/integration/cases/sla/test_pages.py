"""The pages of answer times: who sees them, what they save, what they refuse."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from cases.sla import editing
from cases.sla.editing import HoursView, PolicyView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.staff import make_staff, post, sign_in

USUAL = "/desk/times/policies/usual"
OFFICE = "/desk/times/hours/office"


def come_in(app: Flask, runtime: Runtime, role: Role) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        view = make_staff(uow, role)
    client = app.test_client()
    sign_in(client, view.mail)
    return client


@pytest.fixture
def lead(app: Flask, runtime: Runtime) -> FlaskClient:
    return come_in(app, runtime, Role.LEAD)


def kept(runtime: Runtime) -> tuple[PolicyView, HoursView, int]:
    with runtime.database.reading() as connection:
        book = connection.execute(text("SELECT version FROM sla_book")).scalar_one()
        return (
            editing.policy_by_code(connection, "usual"),
            editing.hours_by_code(connection, "office"),
            book,
        )


def week(**changed: str) -> dict[str, str]:
    days = {f"day{place}": "09:00-18:00" if place < 5 else "" for place in range(7)}
    return {**days, "zone": "Asia/Tokyo", "country": "JP", "special": "", "version": "1", **changed}


def test_agents_do_not_set_their_own_times(app: Flask, runtime: Runtime) -> None:
    agent = come_in(app, runtime, Role.AGENT)
    for path in ("/desk/times", USUAL, OFFICE):
        assert agent.get(path).status_code == 403


def test_the_page_says_by_when_a_case_opened_now_is_due(lead: FlaskClient) -> None:
    page = lead.get("/desk/times?lang=en").text
    for words in ("Chat, urgent", "5 min", "15 min", "all other cases", "opened now, due"):
        assert words in page, words


def test_a_policy_is_saved_and_reaches_the_book(lead: FlaskClient, runtime: Runtime) -> None:
    sent = {
        "version": "1",
        "first_response": "30",
        "next_response": "",
        "resolution": "480",
        "channels": ["mail", "portal"],
        "tiers": ["gold"],
        "ladder": ["50:raise_priority", "80:reassign"],
        "is_active": "yes",
    }
    assert post(lead, USUAL, sent).status_code == 303
    policy, _hours, book = kept(runtime)
    assert policy.targets == {"first_response": 1800, "resolution": 28800}
    assert (policy.channels, policy.tiers) == (["mail", "portal"], ["gold"])
    assert policy.ladder == [[50, "raise_priority"], [80, "reassign"]]
    assert (policy.version, book) == (2, 2)


def test_pressed_twice_or_stale_it_is_saved_once(lead: FlaskClient, runtime: Runtime) -> None:
    sent = {"version": "1", "first_response": "30", "is_active": "yes"}
    assert [post(lead, USUAL, sent).status_code for _ in range(2)] == [303, 422]
    assert kept(runtime)[0].version == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_response": "0"},
        {"first_response": "-5"},
        {"first_response": "1.5"},
        {"resolution": "999999"},
        {"channels": "smoke"},
        {"priorities": "very"},
        {"reasons": "x" * 61},
        {"version": "99999999999"},
    ],
)
def test_a_policy_that_is_wrong_changes_nothing(
    lead: FlaskClient, runtime: Runtime, wrong: dict[str, str]
) -> None:
    before = kept(runtime)
    sent = {"version": "1", "first_response": "30", "is_active": "yes", **wrong}
    assert post(lead, USUAL, sent).status_code == 422
    assert kept(runtime) == before


def test_hours_are_saved_as_they_are_typed(lead: FlaskClient, runtime: Runtime) -> None:
    sent = week(
        day0="09:00-12:00、13:00〜18:00",
        day4="22:00-06:00",
        special="2026-12-31 09:00-12:00\n2027-01-01\n",
    )
    assert post(lead, OFFICE, sent).status_code == 303
    _policy, hours, book = kept(runtime)
    assert hours.week[0] == [["09:00", "12:00"], ["13:00", "18:00"]]
    assert hours.week[4] == [["22:00", "06:00"]]
    assert hours.special == {"2026-12-31": [["09:00", "12:00"]], "2027-01-01": []}
    assert (hours.version, book) == (2, 2)
    assert "2026-12-31 09:00-12:00" in lead.get(OFFICE).text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day2": "9-18"}, "day2"),
        ({"day2": "09:00"}, "day2"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"country": "XX"}, "country"),
        ({"special": "tomorrow 09:00-12:00"}, "special"),
        ({"special": "2026-12-31 25:00-26:00"}, "special"),
        ({f"day{place}": "" for place in range(7)}, "day0"),
    ],
)
def test_hours_that_are_none_come_back_with_what_was_typed(
    lead: FlaskClient, runtime: Runtime, wrong: dict[str, str], field: str
) -> None:
    before = kept(runtime)
    refused = post(lead, OFFICE, week(**wrong))
    assert refused.status_code == 422
    assert f'href="#{field}"' in refused.text
    assert field == "country" or all(typed in refused.text for typed in wrong.values())
    assert kept(runtime) == before


def test_what_does_not_exist_is_not_found(lead: FlaskClient) -> None:
    for path in ("/desk/times/policies/none", "/desk/times/hours/none"):
        assert lead.get(path).status_code == 404
