"""A number is asked for, proven by a code, ticked, and ended; and whose it is stays certain."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from notifications.rules import Kind
from notifications.sms import numbers
from oms_service.conversations import queries as conversations
from oms_service.conversations.channels import SMS
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.operations.people import People
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.shop import make_customer
from tests.factories.staff import post
from tests.fakes.clock import StandingClock
from tests.integration.cases.test_portal_waiting import signed_in
from tests.integration.notifications.sms.house import NUMBER, OTHER_NUMBER, Phones, said
from tests.queries import counted

PAGE = "/account/notices/number"


def test_a_number_is_proven_ticked_and_ended(
    phones: Phones, mine: FlaskClient, customer_id: int
) -> None:
    assert "Give a mobile number" in mine.get("/account/notices").text
    assert post(mine, PAGE, {"number": "０９０-1234-5678"}).status_code == 303
    page = mine.get(PAGE).text
    assert "•••5678" in page
    assert NUMBER not in page
    code = phones.code()
    shop = phones.runtime.look.name(Language.ENGLISH)
    words = "Enter it on the page within 10 minutes. Tell it to nobody."
    assert phones.got == [(NUMBER, f"{shop}: your code is {code}. {words}")]
    assert phones.number_of(customer_id) is None
    spaced = f"{code[:3]} {code[3:]}"
    answer = post(mine, f"{PAGE}/code", {"code": spaced})
    assert (answer.status_code, answer.location) == (303, "/account/notices")
    assert phones.number_of(customer_id) == NUMBER
    assert phones.consents(customer_id) == [("sms", SMS, True, "portal")]
    page = mine.get("/account/notices").text
    assert 'value="delivery:sms"' in page
    assert page.count(':sms" checked') == 0, "nothing is ticked for them"
    ticked = [f"{kind}:mail" for kind in Kind] + ["delivery:sms"]
    assert post(mine, "/account/notices", {"wanted": ticked}).status_code == 303
    assert ("notice.delivery", SMS, True, "portal") in phones.consents(customer_id)
    for _ in range(2):
        assert post(mine, f"{PAGE}/end").status_code == 303
    assert phones.number_of(customer_id) is None
    assert [one for one in phones.consents(customer_id) if one[1] == SMS and not one[2]] == [
        ("notice.delivery", SMS, False, "portal"),
        ("sms", SMS, False, "portal"),
    ]
    assert "delivery:sms" not in mine.get("/account/notices").text


def test_the_code_is_kept_as_a_digest_and_its_message_is_emptied(
    phones: Phones, mine: FlaskClient
) -> None:
    post(mine, PAGE, {"number": "090-1234-5678"})
    code = phones.code()
    ((digest,),) = phones.rows("SELECT digest FROM sms_codes")
    assert code not in str(digest)
    assert len(str(digest)) == 64
    assert phones.rows("SELECT text, is_secret, state FROM messages") == [("", True, "sent")]


@pytest.mark.parametrize("typed", ["", "03-1234-5678", "hello", "0" * 500, "090-1234", "+1"])
def test_what_is_no_mobile_number_gets_no_code(
    phones: Phones, mine: FlaskClient, typed: str
) -> None:
    answer = post(mine, PAGE, {"number": typed})
    assert answer.status_code == 422
    assert "Please enter a mobile number" in answer.text
    assert phones.rows("SELECT count(*) FROM sms_codes") == [(0,)]
    assert phones.rows("SELECT count(*) FROM messages") == [(0,)]


def test_five_wrong_tries_void_a_code(phones: Phones, mine: FlaskClient, customer_id: int) -> None:
    post(mine, PAGE, {"number": "090-1234-5678"})
    code = phones.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for guess in (wrong, "", "x" * 300, wrong, wrong):
        answer = post(mine, f"{PAGE}/code", {"code": guess})
        assert answer.status_code == 422
        assert "does not match" in answer.text
    assert post(mine, f"{PAGE}/code", {"code": code}).status_code == 422
    assert phones.number_of(customer_id) is None
    assert phones.consents(customer_id) == []


def test_a_code_ends_after_ten_minutes_and_with_a_newer_one(
    phones: Phones, mine: FlaskClient, clock: StandingClock, customer_id: int
) -> None:
    post(mine, PAGE, {"number": "090-1234-5678"})
    old = phones.code()
    post(mine, PAGE, {"number": "090-1234-5678"})
    settle(phones.runtime)
    assert len(phones.got) == 1, "asked for twice at once, one is on its way"
    clock.advance(seconds=31)
    post(mine, PAGE, {"number": "090-8765-4321"})
    new = phones.code()
    assert [to for to, _ in phones.got] == [NUMBER, OTHER_NUMBER]
    if old != new:
        assert post(mine, f"{PAGE}/code", {"code": old}).status_code == 422
    clock.advance(minutes=10)
    assert "Enter the code" not in mine.get(PAGE).text
    assert post(mine, f"{PAGE}/code", {"code": new}).status_code == 422
    assert phones.number_of(customer_id) is None


def test_one_number_gets_three_codes_an_hour_whoever_asks(
    app: Flask, phones: Phones, mine: FlaskClient, other_id: int, clock: StandingClock
) -> None:
    theirs = signed_in(app, phones.runtime, other_id)
    for client in (mine, theirs, mine):
        assert post(client, PAGE, {"number": "090-1234-5678"}).status_code == 303
        clock.advance(seconds=31)
    answer = post(theirs, PAGE, {"number": "+81 90 1234 5678"})
    assert answer.status_code == 429
    settle(phones.runtime)
    assert len(phones.got) == 3


def test_one_customer_asks_five_times_an_hour(mine: FlaskClient, clock: StandingClock) -> None:
    for last in range(5):
        assert post(mine, PAGE, {"number": f"090-1234-567{last}"}).status_code == 303
        clock.advance(seconds=31)
    assert post(mine, PAGE, {"number": "090-1234-5679"}).status_code == 429


def test_whoever_proves_a_number_last_has_it_and_reads_nothing_of_who_had_it(
    phones: Phones, customer_id: int, other_id: int
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    assert phones.tells(said("Where is my gift for Emma?")) == 204
    with phones.runtime.database.looking() as session:
        before = conversations.open_of(session, SMS, NUMBER)
    assert before is not None
    assert before.customer_id == customer_id
    phones.clock.advance(hours=1)
    phones.proves(other_id)
    assert phones.number_of(customer_id) is None
    assert phones.number_of(other_id) == NUMBER
    assert phones.consents(customer_id)[-2:] == [
        ("notice.delivery", SMS, False, numbers.GONE_ON),
        ("sms", SMS, False, numbers.GONE_ON),
    ]
    assert phones.tells(said("hello", key="in-2")) == 204
    with phones.runtime.database.looking() as session:
        after = conversations.open_of(session, SMS, NUMBER)
    assert after is not None
    assert (after.customer_id, after.id == before.id) == (other_id, False)
    theirs = phones.rows("SELECT text FROM messages WHERE conversation_id = :id", id=after.id)
    assert ("Where is my gift for Emma?",) not in theirs


def test_the_right_code_twice_is_right_twice_and_one_number(
    phones: Phones, mine: FlaskClient, customer_id: int
) -> None:
    post(mine, PAGE, {"number": "090-1234-5678"})
    code = phones.code()
    for _ in range(2):
        assert post(mine, f"{PAGE}/code", {"code": code}).status_code == 303
    assert len(phones.consents(customer_id)) == 1
    post(mine, f"{PAGE}/end")
    assert post(mine, f"{PAGE}/code", {"code": code}).status_code == 422, "ended, it proves nothing"
    assert phones.number_of(customer_id) is None


def test_of_merged_records_the_kept_one_keeps_its_number(
    phones: Phones, runtime: Runtime, customer_id: int, other_id: int
) -> None:
    phones.proves(customer_id)
    phones.proves(other_id, OTHER_NUMBER)
    people = People(runtime.keepers)
    with runtime.unit_of_work(SYSTEM) as uow:
        merge = people.merge(uow, kept_id=customer_id, merged_id=other_id)
    assert phones.number_of(customer_id) == NUMBER
    assert phones.tells(said("STOP", number=OTHER_NUMBER)) == 204
    assert phones.number_of(customer_id) == NUMBER, "their other number ended, not this one"
    with runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, merge.id)
    assert phones.number_of(customer_id) == NUMBER


def test_a_record_without_a_number_gets_that_of_the_other_and_gives_it_back(
    phones: Phones, runtime: Runtime, customer_id: int, other_id: int
) -> None:
    phones.proves(other_id)
    people = People(runtime.keepers)
    with runtime.unit_of_work(SYSTEM) as uow:
        merge = people.merge(uow, kept_id=customer_id, merged_id=other_id)
    assert phones.number_of(customer_id) == NUMBER
    with runtime.unit_of_work(SYSTEM) as uow:
        people.undo_merge(uow, merge.id)
    assert (phones.number_of(customer_id), phones.number_of(other_id)) == (None, NUMBER)


def test_erasure_forgets_the_number_wherever_it_stands(
    phones: Phones, runtime: Runtime, customer_id: int, other_id: int
) -> None:
    phones.proves(customer_id)
    assert phones.tells(said("hello")) == 204
    with runtime.unit_of_work(SYSTEM) as uow:
        numbers.ask(uow, customer_id, OTHER_NUMBER, language=Language.ENGLISH, shop="MINATO")
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        People(runtime.keepers).erase(uow, customer_id, force=True)
    for table, column in (
        ("sms_numbers", "number"),
        ("sms_codes", "number"),
        ("channel_identities", "key"),
        ("inbound_bodies", "convert_from(body, 'UTF8')"),
    ):
        found = phones.rows(
            f"SELECT count(*) FROM {table} WHERE {column} LIKE '%8190%'"  # noqa: S608 - ours
        )
        assert found == [(0,)], table
    phones.clock.advance(hours=1)
    phones.proves(other_id)
    assert phones.number_of(other_id) == NUMBER


def test_old_codes_are_forgotten(phones: Phones, mine: FlaskClient, clock: StandingClock) -> None:
    post(mine, PAGE, {"number": "090-1234-5678"})
    with phones.runtime.unit_of_work(SYSTEM) as uow:
        assert numbers.forget_old_codes(uow) == 0
    clock.advance(seconds=(timedelta(days=1) + numbers.LIFETIME).total_seconds() + 1)
    with phones.runtime.unit_of_work(SYSTEM) as uow:
        assert numbers.forget_old_codes(uow) == 1
    assert phones.rows("SELECT count(*) FROM sms_codes") == [(0,)]


def test_where_no_short_messages_are_sent_the_page_is_unknown(
    settings: Settings, clock: StandingClock
) -> None:
    with an_app(replace(settings, sms_url=""), clock=clock) as app:
        runtime = held_by(app)
        with runtime.unit_of_work(SYSTEM) as uow:
            customer = make_customer(uow, "a.b@example.jp")
        client = signed_in(app, runtime, customer)
        assert client.get(PAGE).status_code == 404
        assert post(client, PAGE, {"number": "090-1234-5678"}).status_code == 404
        assert post(client, f"{PAGE}/code", {"code": "123456"}).status_code == 404
        assert post(client, f"{PAGE}/end").status_code == 404
        assert PAGE not in client.get("/account/notices").text


def test_a_stranger_is_sent_to_sign_in(app: Flask) -> None:
    assert app.test_client().get(PAGE).status_code in {302, 303}


def test_ways_are_put_in_order_once_and_only_those_there_are(
    phones: Phones, mine: FlaskClient, customer_id: int
) -> None:
    phones.proves(customer_id)
    assert 'value="webchat,mail,sms"' in mine.get("/account/notices").text
    for _ in range(2):
        answer = post(mine, "/account/notices/order", {"order": "sms,webchat,mail"})
        assert answer.status_code == 303
    assert 'value="webchat,sms,mail"' in mine.get("/account/notices").text
    for wrong in (
        "",
        "sms",
        "sms,sms,mail",
        "line,sms,webchat,mail",
        "x" * 5000,
        "sms,webchat,fax",
    ):
        assert post(mine, "/account/notices/order", {"order": wrong}).status_code == 422
    kept = phones.rows("SELECT ways FROM notice_way_orders WHERE customer_id = :id", id=customer_id)
    assert kept == [("sms,webchat,mail",)]


@pytest.mark.parametrize("path", [PAGE, "/account/notices"])
def test_the_pages_ask_for_few_statements(
    phones: Phones, mine: FlaskClient, customer_id: int, path: str
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    mine.get(path)
    with counted(phones.runtime.database) as sent:
        assert mine.get(path).status_code == 200
    assert len(sent) <= 25
