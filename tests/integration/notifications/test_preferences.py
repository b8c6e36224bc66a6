"""Customers choose what they are told, and how: kept once, and honoured where it is told."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from notifications import preferences, rules, service
from notifications.rules import Kind, Rule
from notifications.service import Told
from notifications.states import NoticeState
from oms_service.conversations import service as talking
from oms_service.conversations.channels import LINE, MAIL, WEBCHAT
from oms_service.customers import consents
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.shop import make_customer
from tests.factories.staff import post
from tests.integration.cases.test_portal_waiting import signed_in

PATH = "/account/notices"
#: Who has not written to us on LINE is not offered it.
ALL = [f"{kind}:{way}" for kind in Kind for way in (MAIL, WEBCHAT)]


@pytest.fixture
def customer_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow)


@pytest.fixture
def mine(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    return signed_in(app, runtime, customer_id)


def kept(runtime: Runtime, customer_id: int) -> list[tuple[str, str, bool, str]]:
    with runtime.database.looking() as session:
        said = consents.said(session, customer_id)
    return [(one.purpose, one.channel, one.granted, one.source) for one in reversed(said)]


def told(runtime: Runtime, customer_id: int, rule: Rule, key: str) -> tuple[str, str, str]:
    """State, channel and reason of a notice."""
    facts = {"order": "A-1", "refund_minor": 500, "currency": "JPY", "case_number": "C-1001"}
    with runtime.unit_of_work(SYSTEM) as uow:
        service.tell(
            uow,
            Told(
                rule=rule,
                key=key,
                customer_id=customer_id,
                language=Language.ENGLISH,
                facts={**facts, "link": "https://shop.example/case/x"},
            ),
            zone=runtime.settings.zone,
        )
    with runtime.database.reading() as connection:
        query = text("SELECT state, channel, why FROM notices WHERE key = :key")
        state, channel, why = connection.execute(query, {"key": key}).one()
    return state, channel, why


def test_choices_are_kept_once_with_time_and_place(
    runtime: Runtime, mine: FlaskClient, customer_id: int
) -> None:
    assert mine.get(PATH).text.count("checked") == len(ALL)
    assert mine.get(PATH).text.count('type="checkbox" name="wanted"') == len(ALL)
    wanted = [
        one for one in ALL if one not in {"delivery:webchat", "surveys:mail", "surveys:webchat"}
    ]
    for _ in range(2):
        assert post(mine, PATH, {"wanted": wanted}).status_code == 303
    assert kept(runtime, customer_id) == [
        ("notice.delivery", WEBCHAT, False, "portal"),
        ("notice.surveys", MAIL, False, "portal"),
        ("notice.surveys", WEBCHAT, False, "portal"),
        ("surveys", consents.ANY, False, "portal"),
    ]
    page = mine.get(PATH).text
    assert page.count("checked") == len(wanted)
    assert "What you have chosen so far" in page
    post(mine, PATH, {"wanted": ALL})
    with runtime.database.looking() as session:
        assert set(consents.standing(session, customer_id).values()) == {True}


def test_line_is_offered_to_who_wrote_there_and_counts_as_a_way(
    runtime: Runtime, mine: FlaskClient, customer_id: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        talk = talking.open_or_resume(uow, channel=LINE, key="U1", language=Language.ENGLISH)
        talking.identify(uow, talk.id, customer_id)
    page = mine.get(PATH).text
    assert page.count('value="orders:line"') == 1
    assert page.count("checked") == len(ALL), "LINE only who asks for it"
    assert post(mine, PATH, {"wanted": [f"{kind}:{LINE}" for kind in Kind]}).status_code == 303
    with runtime.database.looking() as session:
        found = preferences.of(session, customer_id)
    assert {one for one in preferences.CHANNELS if found.wants(Kind.ORDERS, one)} == {LINE}


def test_one_way_stays_open_for_what_everybody_has_to_hear(
    runtime: Runtime, mine: FlaskClient, customer_id: int
) -> None:
    answer = post(mine, PATH, {"wanted": [one for one in ALL if not one.startswith("refunds")]})
    assert answer.status_code == 422
    assert "Please leave one way open" in answer.text
    assert kept(runtime, customer_id) == []


def test_notices_go_only_by_the_ways_that_are_wanted(runtime: Runtime, customer_id: int) -> None:
    def choose(**wanted: bool) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            chosen = {
                (kind, way): wanted[f"{kind}_{way}"]
                for kind in Kind
                for way in preferences.CHANNELS
                if f"{kind}_{way}" in wanted
            }
            preferences.choose(uow, customer_id, chosen, source="test")

    with runtime.unit_of_work(SYSTEM) as uow:
        make_chat(uow, customer_id=customer_id)
    assert told(runtime, customer_id, rules.CASE_RESOLVED, "a")[:2] == (NoticeState.SPOKEN, WEBCHAT)
    choose(answers_webchat=False)
    assert told(runtime, customer_id, rules.CASE_RESOLVED, "b")[:2] == (NoticeState.SPOKEN, MAIL)
    choose(surveys_mail=False, surveys_webchat=False)
    assert told(runtime, customer_id, rules.FEEDBACK, "c") == (
        NoticeState.SUPPRESSED,
        "",
        "refused",
    )
    choose(answers_webchat=True, answers_mail=False)
    assert told(runtime, customer_id, rules.CASE_RESOLVED, "d")[:2] == (NoticeState.SPOKEN, WEBCHAT)


def test_what_has_to_be_heard_goes_by_the_way_there_is(runtime: Runtime, customer_id: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        chosen = {(Kind.ANSWERS, MAIL): False, (Kind.ANSWERS, WEBCHAT): True}
        preferences.choose(uow, customer_id, chosen, source="test")
    assert told(runtime, customer_id, rules.CASE_RESOLVED, "a")[:2] == (NoticeState.SPOKEN, MAIL)
