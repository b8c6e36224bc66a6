"""Short messages over real HTTP: what is sent, and what each answer of a provider means."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from oms_service.adapters.sms.box import newest
from oms_service.adapters.sms.choose import sms_transport
from oms_service.adapters.sms.provider import Provider, SmsTransport, Unanswered
from oms_service.conversations import service as talking
from oms_service.conversations.channels import SMS
from oms_service.conversations.states import AuthorKind, DeliveryState
from oms_service.conversations.transports import Outcome, Outgoing
from oms_service.infra.subscribers import NotNow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.effects import settle
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver, a_receiver

SENT = Outgoing(
    key="0192-key",
    message_id=12,
    conversation_public_id="c",
    to="+819012345678",
    language=Language.JAPANESE,
    subject="",
    text='ご注文 A-1 は "発送" 済みです。{to}',
    extra={},
)
BODY = {"messages": [{"to": "{to}", "from": "{from}", "body": "{text}", "ref": "{reference}"}]}


@pytest.fixture
def theirs() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


def by(receiver: Receiver, *, timeout_s: float = 10.0) -> SmsTransport:
    return SmsTransport(
        Provider(
            url=f"{receiver.url}/send?v=1",
            token="secret-token",
            sender="MINATO",
            body=BODY,
            id_path="messages.0.id",
            timeout_s=timeout_s,
        )
    )


def test_a_message_is_handed_over_in_the_providers_shape(theirs: Receiver) -> None:
    theirs.answers = [(202, '{"messages": [{"id": "sm-7"}]}')]
    assert by(theirs).send(SENT) == Outcome(DeliveryState.SENT, "sms.sent sm-7")
    (call,) = theirs.calls
    assert call.path == "/send?v=1"
    assert call.headers["Idempotency-Key"] == "0192-key"
    assert call.headers["Authorization"] == "Bearer secret-token"
    assert json.loads(call.body) == {
        "messages": [
            {
                "to": "+819012345678",
                "from": "MINATO",
                "body": 'ご注文 A-1 は "発送" 済みです。{to}',
                "ref": "message-12",
            }
        ]
    }


@pytest.mark.parametrize("said", ["", "[]", '{"messages": []}', '{"messages": [{"id": null}]}'])
def test_taken_is_taken_whatever_it_is_called(theirs: Receiver, said: str) -> None:
    theirs.answers = [(200, said)]
    assert by(theirs).send(SENT) == Outcome(DeliveryState.SENT, "sms.sent")


@pytest.mark.parametrize("status", [302, 400, 404, 410, 422])
def test_what_is_refused_is_final(theirs: Receiver, status: int) -> None:
    theirs.answers = [(status, "no")]
    assert by(theirs).send(SENT) == Outcome(DeliveryState.FAILED, f"sms.refused {status}")


@pytest.mark.parametrize("status", [401, 403, 408, 409, 425, 500, 502, 503])
def test_what_is_not_done_now_is_tried_again_under_the_same_key(
    theirs: Receiver, status: int
) -> None:
    theirs.answers = [(status, "later"), (200, "{}")]
    with pytest.raises(Unanswered):
        by(theirs).send(SENT)
    assert by(theirs).send(SENT).state is DeliveryState.SENT
    assert [one.headers["Idempotency-Key"] for one in theirs.calls] == ["0192-key"] * 2
    assert theirs.calls[0].body == theirs.calls[1].body


@pytest.mark.parametrize(
    ("said", "wait_s"), [("7", 7.0), ("0", 1.0), ("86400", 3600.0), ("tomorrow", 60.0), ("", 60.0)]
)
def test_a_provider_that_asks_for_patience_gets_it(
    theirs: Receiver, said: str, wait_s: float
) -> None:
    theirs.answers = [(429, "")]
    theirs.headers = {"Retry-After": said}
    with pytest.raises(NotNow) as refused:
        by(theirs).send(SENT)
    assert refused.value.wait_s == wait_s


def test_silence_ends(theirs: Receiver) -> None:
    theirs.lets_go.clear()
    with pytest.raises(Unanswered):
        by(theirs, timeout_s=0.2).send(SENT)


def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        provider = Provider(url=url, token="", sender="", body={"t": "{text}"})
        with pytest.raises(Unanswered):
            SmsTransport(provider).send(SENT)


def test_without_a_provider_a_demo_keeps_them_once(tmp_path: Path) -> None:
    clock = StandingClock()
    transport = sms_transport(None, box=tmp_path / "sms", now=clock.now)
    for _ in range(2):
        assert transport.send(SENT) == Outcome(DeliveryState.SENT, "sms.sent")
    (kept,) = newest(tmp_path / "sms")
    assert (kept.to, kept.text, kept.parts) == (SENT.to, SENT.text, 1)
    assert kept.at == clock.now()


def test_where_none_are_sent_the_next_way_is_taken() -> None:
    outcome = sms_transport(None, box=None, now=StandingClock().now).send(SENT)
    assert outcome == Outcome(DeliveryState.FAILED, "sms.off")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, demo=True)


def test_what_is_said_on_the_channel_stands_in_the_demos_mailbox(
    app: Flask, runtime: Runtime
) -> None:
    words = "ご注文 <A-1> を発送しました。\nhttps://shop.example/t/x"
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            thread = talking.open_or_resume(
                uow, channel=SMS, key="+819012345678", language=Language.JAPANESE
            )
            talking.say(uow, thread.id, author_kind=AuthorKind.NOTICE, text=words, key="notice:1")
        settle(runtime)
    with runtime.database.reading() as connection:
        said = connection.execute(text("SELECT state FROM messages")).scalars().all()
        tries = connection.execute(text("SELECT detail FROM delivery_log")).scalars().all()
    assert (said, tries) == (["sent"], ["sms.sent"])
    page = app.test_client().get("/demo/mailbox").text
    assert page.count("+819012345678") == 1
    assert "&lt;A-1&gt;" in page
    assert "<A-1>" not in page
