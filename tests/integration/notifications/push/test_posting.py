"""Rings to a push service: real HTTP, what it is told and what it cannot read, and each answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from notifications.push.identity import Identity
from notifications.push.posting import Fate, Outcome, Ring, post, topic, wait
from notifications.push.sealing import MOST_PLAIN
from notifications.rules import Urgency
from oms_service.kernel.errors import Invalid
from oms_service.webhooks.sending import Sender
from tests.fakes.push_service import Browser, proven
from tests.fakes.receiver import Receiver, a_receiver

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
US = Identity.computed("a secret of the shop", "seed", "mailto:shop@example.com")
BROWSER = Browser()
SAID = "ご注文についてのお知らせ".encode()


@pytest.fixture
def service() -> Iterator[Receiver]:
    with a_receiver() as server:
        yield server


def rung(service: Receiver, *, plain: bytes = SAID, matter: str = "parcel:12") -> Outcome:
    ring = Ring(
        endpoint=f"{service.url}/send/abc",
        keys=BROWSER.keys,
        plain=plain,
        urgency=Urgency.AT_ONCE,
        keeps=timedelta(days=1),
        matter=matter,
    )
    return post(Sender(private=True, timeout_s=1.0), US, ring, now=NOW)


def test_the_browser_reads_it_and_the_service_knows_whose_it_is(service: Receiver) -> None:
    service.answers = [(201, "")]
    assert rung(service) == Outcome(Fate.TAKEN, 201)
    [call] = service.calls
    assert call.path == "/send/abc"
    assert BROWSER.opened(call.body) == SAID
    assert SAID not in call.body
    key, claims = proven(call.headers["Authorization"])
    assert (key, claims["aud"]) == (US.public, service.url)
    assert call.headers["Content-Encoding"] == "aes128gcm"
    assert call.headers["TTL"] == "86400"
    assert call.headers["Urgency"] == "high"
    assert call.headers["Topic"] == topic("parcel:12")


def test_what_stands_alone_replaces_nothing(service: Receiver) -> None:
    rung(service, matter="")
    assert "Topic" not in service.calls[0].headers


def test_a_topic_is_as_the_standard_wants_it_and_tells_nothing() -> None:
    assert topic("parcel:12") == topic("parcel:12") != topic("parcel:13")
    assert len(topic("parcel:12")) == 32
    assert "parcel" not in topic("parcel:12")


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (200, Fate.TAKEN),
        (202, Fate.TAKEN),
        (404, Fate.ENDED),
        (410, Fate.ENDED),
        (301, Fate.REFUSED),
        (400, Fate.REFUSED),
        (401, Fate.REFUSED),
        (403, Fate.REFUSED),
        (413, Fate.REFUSED),
    ],
)
def test_these_answers_are_final(service: Receiver, status: int, fate: Fate) -> None:
    service.answers = [(status, "")]
    assert rung(service) == Outcome(fate, status)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_busy_service_is_asked_again_when_it_says(service: Receiver, status: int) -> None:
    service.answers = [(status, "")]
    service.headers = {"Retry-After": "90"}
    assert rung(service) == Outcome(Fate.LATER, status, NOW + timedelta(seconds=90))


def test_one_that_is_not_there_is_asked_again(service: Receiver) -> None:
    gone = Receiver("http://127.0.0.1:9")
    assert rung(gone) == Outcome(Fate.LATER, None, NOW + timedelta(minutes=5))
    assert service.calls == []


def test_our_own_network_is_never_called(service: Receiver) -> None:
    ring = Ring(
        endpoint=service.url,
        keys=BROWSER.keys,
        plain=SAID,
        urgency=Urgency.DAYTIME,
        keeps=timedelta(hours=1),
    )
    assert post(Sender(private=False), US, ring, now=NOW) == Outcome(Fate.REFUSED)
    assert service.calls == []


def test_what_is_too_long_is_not_sent(service: Receiver) -> None:
    with pytest.raises(Invalid):
        rung(service, plain=b"x" * (MOST_PLAIN + 1))
    assert service.calls == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 300),
        ("soon", 300),
        ("-5", 300),
        ("0", 1),
        ("120", 120),
        ("9" * 40, 6 * 3600),
        ("Mon, 23 Nov 2026 03:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 02:00:00 GMT", 1),
        ("Mon, 23 Nov 2099 02:00:00 GMT", 6 * 3600),
        ("Mon, 99 Nov 2026 02:00:00 GMT", 300),
    ],
)
def test_a_wait_is_read_and_bounded(said: str, seconds: int) -> None:
    assert wait(said, NOW) == timedelta(seconds=seconds)
