"""A parcel leaves, and two customers read it on their telephones, each in their language."""

import dataclasses
import json
import re

import pytest
from flask import Flask

from notifications import preferences, rules
from notifications.rules import Kind
from notifications.sms import numbers
from oms_service.adapters.carriers import signing
from oms_service.adapters.sms.segments import MOST, count
from oms_service.conversations.channels import SMS
from oms_service.settings import Settings
from tests.effects import settle
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver
from tests.fakes.smtp import SmtpServer
from tests.flows.notices.test_parcels import is_sent
from tests.flows.notices.walking import Customer, House

SECRET = "h" * 40
SAYS = (
    r"商品を発送しました\(ご注文 {number}\)。お届け予定は.+です。",
    r"Your order {number} is on its way\. Expect it .+\.",
)


@pytest.fixture
def settings(settings: Settings, mail_server: SmtpServer, provider: Receiver) -> Settings:
    return dataclasses.replace(
        settings, smtp_url=mail_server.url, sms_url=provider.url, sms_hook_secret=SECRET
    )


def handed(provider: Receiver, number: str) -> list[dict[str, str]]:
    """What the provider was given for a number, the oldest first."""
    said = [json.loads(one.body) for one in provider.calls]
    return [one for one in said if one["to"] == number]


def proves(house: House, provider: Receiver, one: Customer) -> str:
    """A customer gives their number, reads the code on it, and ticks deliveries."""
    number = f"+8190123456{one.tag}0"
    shop = house.runtime.look.name(one.language)
    house.do(lambda uow: numbers.ask(uow, one.id, number, language=one.language, shop=shop))
    (said,) = handed(provider, number)
    (code,) = re.findall(r"\d{6}", said["text"])
    proven = house.do(lambda uow: numbers.prove(uow, one.id, code, source="portal"))
    assert proven is not None
    ticked = {(Kind.DELIVERY, SMS): True}
    house.do(lambda uow: preferences.choose(uow, one.id, ticked, source="portal"))
    return number


def test_a_parcel_that_leaves_is_told_by_text_in_both_languages_and_by_mail_where_that_fails(
    house: House, app: Flask, clock: StandingClock, provider: Receiver
) -> None:
    client = app.test_client()
    for one in house.customers:
        number = proves(house, provider, one)
        is_sent(house, one)
        one.hears(rules.RECEIVED, one.order.number)
        assert house.letters(one.mail) == [], "what went to the telephone goes nowhere else"
        (_, text) = handed(provider, number)
        words, _, link = text["text"].rpartition("\n")
        assert re.fullmatch(one.says(SAYS).format(number=re.escape(one.order.number)), words), words
        assert count(text["text"]) <= MOST
        house.opens(link)
        body = json.dumps(
            {
                "events": [
                    {
                        "type": "status",
                        "reference": text["reference"],
                        "status": "failed",
                        "reason": "absent",
                    }
                ]
            }
        ).encode()
        for _twice in range(2):
            headers = signing.headers(SECRET, clock.now(), body)
            assert client.post("/hooks/sms", data=body, headers=headers).status_code == 204
        settle(house.runtime)
        one.hears(rules.SHIPPED, one.order.number)
        assert len(handed(provider, number)) == 2, "never by the way that failed"
    house.nothing_else()
