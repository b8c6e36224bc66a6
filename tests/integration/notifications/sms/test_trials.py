"""A notice tried out by each way that leads to the colleague who asks, and to nobody else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from notifications.rules_words import RULES
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.effects import settle
from tests.factories.cases import make_chat
from tests.factories.staff import make_staff, post, sign_in
from tests.integration.notifications.sms.house import NUMBER, Phones

#: The address of the customer of these tests, who runs the shop as well.
MAIL = "misaki.sato@example.jp"
PAGE = "/console/notices/pickup_reminder"


@pytest.fixture
def boss(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, mail=MAIL, language=Language.ENGLISH)
    client = app.test_client()
    sign_in(client, MAIL)
    return client


def prove_mail(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE identities SET verified_at = now() WHERE kind = 'mail'"))


def said(phones: Phones) -> list[tuple[object, ...]]:
    return phones.rows(
        "SELECT c.channel, m.language, count(*) FROM messages m"
        " JOIN conversations c ON c.id = m.conversation_id WHERE m.key LIKE 'notice-trial:%'"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )


def test_it_comes_by_each_of_ones_ways_once_for_each_press(
    phones: Phones, runtime: Runtime, customer_id: int, boss: FlaskClient
) -> None:
    phones.proves(customer_id)
    prove_mail(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_chat(uow, customer_id=customer_id)
    page = boss.get(PAGE).text
    for way, label in (("mail", "Mail"), ("webchat", "Chat"), ("sms", "Text messages")):
        assert f'<option value="{way}"' in page
        assert label in page
        for _twice in range(2):
            answer = post(boss, f"{PAGE}/try", {"token": "t1", "way": way, "language": "ja"})
            assert "It is on its way to" in boss.get(answer.location).text
    settle(runtime)
    assert said(phones) == [("mail", "ja", 1), ("sms", "ja", 1), ("webchat", "ja", 1)]
    number, words = phones.got[-1]
    assert number == NUMBER
    assert "A-10423" in words
    assert phones.rows("SELECT count(*) FROM notices") == [(0,)]


@pytest.mark.parametrize("way", ["sms", "webchat", "line", "fax", ""])
def test_no_way_of_an_account_that_is_not_proven_is_taken(
    phones: Phones, runtime: Runtime, customer_id: int, boss: FlaskClient, way: str
) -> None:
    """Whoever gives a colleague a customer's address does not reach that customer's telephone."""
    phones.proves(customer_id)
    before = len(phones.got)
    page = boss.get(PAGE).text
    assert '<option value="mail"' in page
    assert '<option value="sms"' not in page
    answer = post(boss, f"{PAGE}/try", {"token": "t1", "way": way})
    assert "This way does not lead to you at the moment." in boss.get(answer.location).text
    settle(runtime)
    assert said(phones) == []
    assert len(phones.got) == before


def test_each_rule_says_by_which_ways_it_goes_and_how_it_reads_there(boss: FlaskClient) -> None:
    listed = boss.get("/console/notices").text
    assert listed.count("Mail → Chat → LINE → Slack → Text messages") + listed.count(
        "Chat → LINE → Slack → Text messages → Mail"
    ) == len(RULES)
    page = boss.get(PAGE).text
    assert page.index("Who was in the chat within the last 24 hours.") < page.index(
        "Where there is an address that gives nothing back."
    )
    assert "As a text message" in page
    written = boss.get("/console/notices/payment_due").text
    assert written.index("Where there is an address that gives nothing back.") < written.index(
        "Who was in the chat within the last 24 hours."
    )
