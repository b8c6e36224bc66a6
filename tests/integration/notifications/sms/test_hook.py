"""What a provider tells at the hook: proven, taken once, and bad input changes nothing."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from notifications import rules, service
from notifications.rules import Kind, Rule
from notifications.service import Told
from notifications.sms import numbers
from notifications.stops import Stops
from oms_service.adapters.carriers import signing
from oms_service.conversations import queries as conversations
from oms_service.conversations import texting
from oms_service.conversations.channels import MAIL, SMS
from oms_service.conversations.states import ByMail
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.fakes.clock import StandingClock
from tests.integration.notifications.sms.house import (
    HOOK,
    NUMBER,
    OTHER_NUMBER,
    SECRET,
    Phones,
    said,
    status,
)

SHIPPED = "Your order A-1 is on its way"


def tell(runtime: Runtime, customer_id: int, rule: Rule = rules.DELIVERED, key: str = "k") -> int:
    """Tell a customer something; answers the id of the message."""
    facts: dict[str, Any] = {"order": "A-1", "page": "https://shop.example/t/x", "parcels": []}
    facts |= {"first_item": {"en": "coffee"}, "further_items": 0}
    with runtime.unit_of_work(SYSTEM) as uow:
        service.tell(
            uow,
            Told(
                rule=replace(rule, urgency=rules.Urgency.AT_ONCE),
                key=key,
                customer_id=customer_id,
                language=Language.ENGLISH,
                facts=facts,
            ),
            zone=runtime.settings.zone,
            stops=Stops("x" * 40, "https://shop.example"),
        )
    with runtime.database.reading() as connection:
        query = text("SELECT message_id FROM notices WHERE key = :key")
        return int(connection.execute(query, {"key": key}).scalar_one())


def notices(phones: Phones) -> list[tuple[object, ...]]:
    return phones.rows("SELECT state, channel, tried, why FROM notices ORDER BY id")


def state(phones: Phones, message_id: int) -> object:
    return phones.rows("SELECT state FROM messages WHERE id = :id", id=message_id)[0][0]


def test_a_notice_goes_to_the_telephone_and_its_course_is_kept(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    message_id = tell(runtime, customer_id)
    settle(runtime)
    assert phones.got[-1] == (
        NUMBER,
        "Your order A-1 has been delivered\nhttps://shop.example/t/x",
    )
    assert notices(phones) == [("spoken", SMS, "", "")]
    assert state(phones, message_id) == "sent"
    for told, is_now in (
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("failed", "delivered"),
    ):
        for again in range(2):
            one = status(message_id, told, id=f"{told}-{again}")
            assert phones.tells(one) == 204
        assert state(phones, message_id) == is_now
    log = phones.rows(
        "SELECT state, detail FROM delivery_log WHERE message_id = :id ORDER BY id", id=message_id
    )
    assert log == [("sent", "sms.sent"), ("delivered", "sms.delivered")]
    assert notices(phones) == [("spoken", SMS, "", "")], "it arrived: nothing is said again"


def test_a_failure_goes_by_the_next_way_once_and_never_by_the_same_again(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    phones.provider.answers = [(200, '{"id": "sm-7"}')]
    message_id = tell(runtime, customer_id)
    settle(runtime)
    for again in range(3):
        named = {"type": "status", "id": "sm-7", "status": "failed", "reason": f"no route {again}"}
        assert phones.tells(named) == 204
        settle(runtime)
    assert state(phones, message_id) == "failed"
    assert notices(phones) == [("spoken", MAIL, "sms", "")]
    assert phones.rows(
        "SELECT c.channel, count(*) FROM messages m"
        " JOIN conversations c ON c.id = m.conversation_id"
        " WHERE m.key LIKE 'notice:%' GROUP BY c.channel ORDER BY c.channel"
    ) == [(MAIL, 1), (SMS, 1)]
    log = phones.rows("SELECT detail FROM delivery_log WHERE message_id = :id", id=message_id)
    assert log == [("sms.sent sm-7",), ("sms.failed no_route_0",)]
    assert phones.number_of(customer_id) == NUMBER
    with runtime.database.looking() as session:
        assert not texting.is_unreachable(session, NUMBER)


@pytest.mark.parametrize("answer", [400, 404, 422])
def test_what_the_provider_refuses_goes_by_the_next_way(
    phones: Phones, runtime: Runtime, customer_id: int, answer: int
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    phones.provider.answers = [(answer, "no")]
    tell(runtime, customer_id)
    settle(runtime)
    assert notices(phones) == [("spoken", MAIL, "sms", "")]


@pytest.mark.parametrize("answer", [429, 500, 503])
def test_what_is_not_done_now_is_said_once_when_it_is(
    phones: Phones, runtime: Runtime, customer_id: int, answer: int
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    before = len(phones.got)
    phones.provider.answers = [(answer, "later"), (200, "{}")]
    message_id = tell(runtime, customer_id)
    settle(runtime)
    assert len(phones.got) == before + 2
    keys = {one.headers["Idempotency-Key"] for one in phones.provider.calls[before:]}
    assert len(keys) == 1
    assert state(phones, message_id) == "sent"
    assert notices(phones) == [("spoken", SMS, "", "")]


def test_a_number_that_nothing_reaches_is_no_way_until_it_is_heard_from(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    first = tell(runtime, customer_id)
    settle(runtime)
    assert phones.tells(status(first, "failed", is_final=True)) == 204
    settle(runtime)
    tell(runtime, customer_id, key="second")
    assert [one[1] for one in notices(phones)] == [MAIL, MAIL]
    assert phones.tells(said("I am back")) == 204
    tell(runtime, customer_id, key="third")
    assert [one[1] for one in notices(phones)] == [MAIL, MAIL, SMS]


def test_nothing_goes_to_a_telephone_unasked(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    phones.proves(customer_id)
    for place, rule in enumerate((rules.DELIVERED, rules.RECOVERED)):
        with runtime.unit_of_work(SYSTEM) as uow:
            uow.session.execute(text("DELETE FROM identities"))
        facts_rule = rules.PAYMENT_FAILED if place else rule
        facts: dict[str, Any] = {
            "order": "A-1",
            "amount_minor": 1,
            "currency": "JPY",
            "page": "https://x.example",
        }
        facts |= {"first_item": {"en": "coffee"}, "further_items": 0, "parcels": []}
        with runtime.unit_of_work(SYSTEM) as uow:
            told = Told(
                rule=facts_rule,
                key=f"k{place}",
                customer_id=customer_id,
                language=Language.ENGLISH,
                facts=facts,
            )
            service.tell(uow, told, zone=runtime.settings.zone)
    found = [(one[0], one[1]) for one in notices(phones)]
    assert found == [("suppressed", ""), ("suppressed", "")]


@pytest.mark.parametrize(
    "word", ["STOP", " stop. ", "停止", "配信停止", "「停止」", "ＳＴＯＰ", "Unsubscribe"]
)
def test_stop_ends_it_and_says_so_once(
    phones: Phones, runtime: Runtime, customer_id: int, word: str
) -> None:
    phones.proves(customer_id, only=(Kind.DELIVERY,))
    for body in (said(word), said(word), said(word) | {"to": "1"}):
        assert phones.tells(body) == 204
    assert phones.tells(said(word, key="in-2")) == 204
    settle(runtime)
    assert phones.number_of(customer_id) is None
    assert phones.consents(customer_id)[-2:] == [
        ("notice.delivery", SMS, False, numbers.BY_TEXT),
        ("sms", SMS, False, numbers.BY_TEXT),
    ]
    ended = "you will get no more notices by text message. We use your other ways instead."
    assert phones.got[1:] == [(NUMBER, f"{runtime.look.name(Language.ENGLISH)}: {ended}")]
    assert phones.rows("SELECT count(*) FROM cases") == [(0,)]
    tell(runtime, customer_id)
    assert notices(phones)[0][1] == MAIL


def test_start_is_answered_with_the_page_once_a_day_and_signs_nobody_up(
    phones: Phones, runtime: Runtime, customer_id: int, clock: StandingClock
) -> None:
    for again in range(3):
        assert phones.tells(said("再開", key=f"in-{again}")) == 204
    settle(runtime)
    page = f"{runtime.settings.public_url}/account/notices/number"
    assert len(phones.got) == 1
    assert phones.got[0][1].endswith(f"\n{page}")
    assert phones.number_of(customer_id) is None
    clock.advance(days=1)
    assert phones.tells(said("START", key="in-9")) == 204
    settle(runtime)
    assert len(phones.got) == 2
    assert phones.rows("SELECT count(*) FROM cases") == [(0,)]


def test_anything_else_is_a_message_of_one_case(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    phones.proves(customer_id)
    for one in (said("Where is it?"), said("Where is it?"), said("Hello?", key="in-2")):
        assert phones.tells(one) == 204
    assert phones.rows("SELECT customer_id, channel, state FROM cases") == [
        (customer_id, SMS, "new")
    ]
    with runtime.database.looking() as session:
        thread = conversations.open_of(session, SMS, NUMBER)
    assert thread is not None
    heard = phones.rows(
        "SELECT text FROM messages WHERE conversation_id = :id AND direction = 'in' ORDER BY seq",
        id=thread.id,
    )
    assert heard == [("Where is it?",), ("Hello?",)]


@pytest.mark.parametrize(("of_strangers", "cases"), [("open", 1), ("refuse", 0)])
def test_what_strangers_text_is_taken_as_the_shop_takes_their_mail(
    settings: Settings, clock: StandingClock, phones: Phones, of_strangers: str, cases: int
) -> None:
    changed = replace(settings, mail_in_strangers=ByMail(of_strangers))
    with an_app(changed, clock=clock) as app:
        client = app.test_client()
        assert phones.tells(said("Hi", number=OTHER_NUMBER), client=client) == 204
    assert phones.rows("SELECT count(*) FROM cases") == [(cases,)]
    assert phones.rows("SELECT text FROM messages") == [("Hi",)]


def test_who_cannot_be_answered_is_not_heard(phones: Phones) -> None:
    for sender in ("MINATO", "12345", "", "tel:+81", "+0123456789"):
        assert phones.tells(said("Hi", key=f"in-{len(sender)}", number=sender)) == 204
    assert phones.rows("SELECT count(*) FROM messages") == [(0,)]


def test_halves_of_signs_and_nul_are_no_words(phones: Phones) -> None:
    body = b'{"events": [{"type": "text", "id": "i", "from": "+819012345678", '
    body += b'"text": "a\\u0000b\\ud83dc"}]}'
    assert phones.calls(body) == 204
    assert phones.rows("SELECT text FROM messages") == [("ab\ufffdc",)]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"events": {}}',
        b'{"events": []}',
        b'{"events": [1]}',
        b'{"events": [{"type": "text"}]}',
        b'{"events": [{"type": "text", "id": 5, "from": "+819012345678", "text": "x"}]}',
        b'{"events": [{"type": "text", "id": "a b", "from": "+819012345678", "text": "x"}]}',
        b'{"events": [{"type": "text", "id": "a", "from": null, "text": "x"}]}',
        b'{"events": [{"type": "status", "status": "read", "id": "x"}]}',
        b'{"events": [{"type": "status", "status": ["sent"], "id": "x"}]}',
        b'{"events": [{"type": "status", "status": "sent"}]}',
        b'{"events": [{"type": "status", "status": "sent", "reference": "message-0"}]}',
        b'{"events": [{"type": "status", "status": "sent", "reference": "message-%s"}]}'
        % (b"9" * 19),
        b'{"events": [{"type": "status", "status": "failed", "id": "x", "is_final": "yes"}]}',
        b'{"events": ['
        + b",".join([b'{"type": "status", "status": "sent", "id": "x"}'] * 501)
        + b"]}",
    ],
)
def test_what_cannot_be_read_changes_nothing_and_waits_for_a_colleague(
    phones: Phones, body: bytes
) -> None:
    good = {"type": "text", "id": "in-1", "from": NUMBER, "text": "hello"}
    assert phones.calls(body) == 204
    assert phones.rows("SELECT count(*) FROM messages") == [(0,)]
    assert phones.rows("SELECT kind, step FROM fallout") == [("inbound", "sms")]
    assert phones.rows("SELECT state FROM inbound_bodies") == [("refused",)]
    mixed = json.dumps({"events": [good, {"type": "?"}]}).encode()
    assert phones.calls(mixed) == 204
    assert phones.rows("SELECT count(*) FROM messages") == [(0,)], "all of a body or nothing"


def test_what_is_told_of_others_messages_is_nothing_to_us(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    message_id = tell(runtime, customer_id)
    assert notices(phones)[0][1] == MAIL
    before = state(phones, message_id)
    assert (
        phones.tells(status(message_id, "failed", is_final=True), status(10**17, "failed")) == 204
    )
    assert phones.tells({"type": "status", "id": "unknown", "status": "delivered"}) == 204
    assert state(phones, message_id) == before, "a letter is not theirs to report on"
    assert phones.rows("SELECT count(*) FROM fallout") == [(0,)]


def test_only_who_knows_the_secret_tells_and_not_later(
    phones: Phones, clock: StandingClock, app: Flask
) -> None:
    body = json.dumps({"events": [said("hello")]}).encode()
    signed = signing.headers(SECRET, clock.now(), body)
    client = app.test_client()
    for headers, sent in (
        ({}, body),
        (signing.headers("x" * 40, clock.now(), body), body),
        (signed, body + b" "),
        (signing.headers(SECRET, clock.now().replace(year=2025), body), body),
    ):
        assert client.post(HOOK, data=sent, headers=headers).status_code == 401
    assert phones.rows("SELECT count(*) FROM inbound_bodies") == [(0,)]
    for _ in range(2):
        assert client.post(HOOK, data=body, headers=signed).status_code == 204
    assert phones.rows("SELECT count(*) FROM messages") == [(1,)]
    assert phones.calls(b"") == 422
    assert phones.calls(b"x" * (256 * 1024 + 1)) == 413
    assert client.get(HOOK).status_code == 405


def test_the_hook_is_unknown_without_a_secret(settings: Settings, clock: StandingClock) -> None:
    with an_app(replace(settings, sms_hook_secret=""), clock=clock) as app:
        assert app.test_client().post(HOOK, data=b"{}").status_code == 404


def test_a_code_is_emptied_by_whoever_first_says_that_it_has_left(
    phones: Phones, runtime: Runtime, customer_id: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        numbers.ask(uow, customer_id, NUMBER, language=Language.ENGLISH, shop="MINATO")
    ((message_id, words),) = phones.rows("SELECT id, text FROM messages")
    assert "your code is" in str(words)
    assert phones.tells(status(message_id, "delivered")) == 204
    settle(runtime)
    assert phones.rows("SELECT state, text FROM messages") == [("delivered", "")]
    assert phones.got == [], "what is said to have arrived is not sent again"
