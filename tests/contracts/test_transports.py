"""What every way of sending mail must do, asked of the server's and of the files'."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from oms_service.adapters.mail.choose import mail_transport
from oms_service.appearance.current import Head
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outgoing, Transport
from oms_service.kernel.languages import Language
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer, a_mail_server

Sent = Callable[[], list[EmailMessage]]


def outgoing(**changes: object) -> Outgoing:
    values = {
        "key": "event:oms_service.conversations.effects.Sending.send_message",
        "message_id": 1,
        "conversation_public_id": "abc",
        "to": "misaki.sato@example.jp",
        "language": Language.JAPANESE,
        "subject": "お届けのご案内",
        "text": "ご注文 A-10423 は、\n配達中です。",
        "extra": {},
    }
    return Outgoing(**{**values, **changes})  # type: ignore[arg-type]  # the values above fit


def read(body: bytes) -> EmailMessage:
    return message_from_bytes(body, policy=SMTP)


@pytest.fixture(params=["server", "files"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Transport, Sent]]:
    def transport(smtp_url: str) -> Transport:
        return mail_transport(
            smtp_url=smtp_url,
            folder=tmp_path / "mail",
            sender="desk@shop.example",
            head_of=lambda _language: Head("みなと商店", "#1e6b4a"),
            now=StandingClock().now,
        )

    if request.param == "files":
        yield (
            transport(""),
            lambda: [read(path.read_bytes()) for path in (tmp_path / "mail").glob("*.eml")],
        )
        return
    with a_mail_server() as server:
        yield transport(server.url), lambda: [read(mail.body) for mail in server.taken]


class TestEveryWay:
    def test_a_message_arrives_whole_and_in_its_language(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        assert transport.send(outgoing()).state is DeliveryState.SENT
        (mail,) = sent()
        assert mail["Subject"] == "お届けのご案内"
        assert mail["To"] == "misaki.sato@example.jp"
        assert mail["From"].addresses[0].addr_spec == "desk@shop.example"
        assert mail["From"].addresses[0].display_name == "みなと商店"
        assert mail["Content-Language"] == "ja"
        said = mail.get_content().replace("\r\n", "\n")  # how mail ends its lines
        assert said.startswith("ご注文 A-10423 は、\n配達中です。\n\n-- \nみなと商店\n")

    def test_the_same_key_is_the_same_letter(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        first, second = transport.send(outgoing()), transport.send(outgoing())
        assert first == second
        assert len({mail["Message-ID"] for mail in sent()}) == 1

    def test_another_key_is_another_letter(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        transport.send(outgoing())
        transport.send(outgoing(key="another"))
        assert len({mail["Message-ID"] for mail in sent()}) == 2

    def test_a_subject_cannot_forge_a_header(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        transport.send(outgoing(subject="Hello\r\nBcc: eve@example.com"))
        (mail,) = sent()
        assert mail["Bcc"] is None
        assert mail["Subject"] == "Hello Bcc: eve@example.com"

    @pytest.mark.parametrize(
        "address", ["", "nobody", "a b@example.jp", "a@b@c", "x@e.jp\r\nCc: y"]
    )
    def test_what_is_no_address_fails_for_good(
        self, way: tuple[Transport, Sent], address: str
    ) -> None:
        transport, sent = way
        assert transport.send(outgoing(to=address)).state is DeliveryState.FAILED
        assert sent() == []


def server_transport(server: SmtpServer, tmp_path: Path) -> Transport:
    return mail_transport(
        smtp_url=server.url,
        folder=tmp_path,
        sender="desk@shop.example",
        head_of=lambda _language: Head("Shop", "#234b74"),
        now=StandingClock().now,
    )


def test_refused_for_good_is_not_tried_again(tmp_path: Path) -> None:
    with a_mail_server() as server:
        server.refuse = 550
        outcome = server_transport(server, tmp_path).send(outgoing())
    assert (outcome.state, outcome.detail) == (DeliveryState.FAILED, "refused with 550")


def test_refused_for_now_raises_so_that_it_is_tried_again(tmp_path: Path) -> None:
    with a_mail_server() as server:
        server.refuse = 450
        with pytest.raises(OSError, match="450"):
            server_transport(server, tmp_path).send(outgoing())


def test_a_server_that_is_away_raises_so_that_it_is_tried_again(tmp_path: Path) -> None:
    with a_mail_server() as server:
        pass
    with pytest.raises(ConnectionError):
        server_transport(server, tmp_path).send(outgoing())


def test_a_letter_that_was_taken_is_sent_whatever_the_server_says_on_leaving(
    tmp_path: Path,
) -> None:
    with a_mail_server() as server:
        server.farewell = 421
        assert server_transport(server, tmp_path).send(outgoing()).state is DeliveryState.SENT
        assert len(server.taken) == 1
