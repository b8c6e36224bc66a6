"""What every way of sending mail must do, asked of the server's and of the files'."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from oms_service.adapters.mail.addresses import Addresses
from oms_service.adapters.mail.choose import mail_transport
from oms_service.adapters.mail.pacing import Pacing
from oms_service.adapters.mail.smtp import Pace, SmtpTransport, at_once
from oms_service.appearance.current import Head
from oms_service.conversations.states import DeliveryState
from oms_service.conversations.transports import Outgoing, Transport
from oms_service.infra.limits import Limits
from oms_service.kernel.errors import TooMany
from oms_service.kernel.languages import Language
from tests.fakes.clock import StandingClock
from tests.fakes.smtp import SmtpServer, a_mail_server

ADDRESSES = Addresses("a key of the house, of thirty-two characters", "desk@shop.example")
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
            addresses=ADDRESSES,
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


ANSWERED = Addresses(
    "a key of the house, of thirty-two characters", "desk@shop.example", "desk+{token}@shop.example"
)


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

    def test_the_same_message_is_the_same_letter(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        first, second = transport.send(outgoing()), transport.send(outgoing())
        assert first == second
        assert len({mail["Message-ID"] for mail in sent()}) == 1

    def test_another_message_is_another_letter(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        transport.send(outgoing())
        transport.send(outgoing(key="another", message_id=2))
        assert len({mail["Message-ID"] for mail in sent()}) == 2

    def test_a_subject_cannot_forge_a_header(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        transport.send(outgoing(subject="Hello\r\nBcc: eve@example.com"))
        (mail,) = sent()
        assert mail["Bcc"] is None
        assert mail["Subject"] == "Hello Bcc: eve@example.com"

    def test_text_and_html_are_two_ways_to_say_the_same(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        whole = "<!DOCTYPE html><html lang='en'><body>Hello</body></html>"
        transport.send(outgoing(extra={"html": whole}))
        (mail,) = sent()
        assert mail.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in mail.iter_parts()] == [
            "text/plain",
            "text/html",
        ]
        page = mail.get_body(("html",))
        assert page is not None
        assert page.get_content().strip() == whole, "a whole page gets no frame"

    def test_what_may_be_refused_says_by_which_address(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        url = "https://shop.example/leave/abc"
        transport.send(outgoing(extra={"unsubscribe": url}))
        (mail,) = sent()
        assert mail["List-Unsubscribe"] == f"<{url}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["Auto-Submitted"] == "auto-generated"

    @pytest.mark.parametrize(
        "extra",
        [
            {"unsubscribe": "https://x.example/\r\nBcc: eve@example.com"},
            {"unsubscribe": "https://x.example/>, <mailto:eve@example.com"},
            {"unsubscribe": "mailto:eve@example.com"},
            {"unsubscribe": 7},
        ],
    )
    def test_what_is_no_address_to_leave_by_is_left_out(
        self, way: tuple[Transport, Sent], extra: dict[str, object]
    ) -> None:
        transport, sent = way
        transport.send(outgoing(extra=extra))
        (mail,) = sent()
        assert (mail["List-Unsubscribe"], mail["Bcc"]) == (None, None)

    def test_letters_of_one_matter_name_each_other(self, way: tuple[Transport, Sent]) -> None:
        transport, sent = way
        evil = "<x@y.jp>\r\nBcc: eve@example.com"
        before = (1, "<their.own@mail.example>", evil)
        transport.send(outgoing(message_id=2, thread="case:7", before=before, is_automatic=False))
        (mail,) = sent()
        root, *named = str(mail["References"]).split()
        assert named == [f"<{ADDRESSES.letter_id(1)}>", "<their.own@mail.example>"]
        assert root == f"<{ADDRESSES.thread_id('abc', 'case:7')}>"
        assert mail["In-Reply-To"] == "<their.own@mail.example>"
        assert (mail["Auto-Submitted"], mail["Bcc"]) == (None, None)

    @pytest.mark.parametrize(
        "address", ["", "nobody", "a b@example.jp", "a@b@c", "x@e.jp\r\nCc: y"]
    )
    def test_what_is_no_address_fails_for_good(
        self, way: tuple[Transport, Sent], address: str
    ) -> None:
        transport, sent = way
        assert transport.send(outgoing(to=address)).state is DeliveryState.FAILED
        assert sent() == []


def server_transport(
    server: SmtpServer, tmp_path: Path, addresses: Addresses = ADDRESSES, pace: Pace = at_once
) -> SmtpTransport:
    made = mail_transport(
        smtp_url=server.url,
        folder=tmp_path,
        addresses=addresses,
        head_of=lambda _language: Head("Shop\r\nBcc: eve@example.com", "#234b74"),
        now=StandingClock().now,
        pace=pace,
    )
    assert isinstance(made, SmtpTransport)
    return made


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


def test_answers_and_reports_lead_back_to_the_message(tmp_path: Path) -> None:
    with a_mail_server() as server:
        transport = server_transport(server, tmp_path, ANSWERED)
        transport.send(outgoing(message_id=2**40))
        transport.close()
        (taken,) = server.taken
    mail = read(taken.body)
    assert ANSWERED.answered([str(mail["Reply-To"]).upper()]) == 2**40
    assert ANSWERED.bounced([taken.sender]) == 2**40
    assert ANSWERED.letters([str(mail["Message-ID"])]) == [2**40]
    assert ANSWERED.answered([taken.sender]) is None, "one purpose is not another"
    assert str(mail["From"].addresses[0].display_name) == "Shop Bcc: eve@example.com"
    assert mail["Bcc"] is None
    assert "ご返信いただくと" in mail.get_content()


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("desk+{token}@shop.example", "このメールにそのままご返信ください。"),
        ("", "こちらのページからお答えください。\nhttps://shop.example/cases/C-7"),
    ],
)
def test_a_question_says_that_an_answer_is_awaited_and_where(
    tmp_path: Path, pattern: str, said: str
) -> None:
    """Never that a reply is read where none is."""
    addresses = Addresses("k" * 32, "desk@shop.example", pattern, "https://shop.example/")
    with a_mail_server() as server:
        transport = server_transport(server, tmp_path, addresses)
        transport.send(outgoing(text="サイズはどちらですか。", extra={"asks": "/cases/C-7"}))
        transport.close()
        (taken,) = server.taken
    text = read(taken.body).get_content().replace("\r\n", "\n")
    asked, _, _below = text.partition("\n\n-- \n")
    assert asked == f"サイズはどちらですか。\n\nご返信をお待ちしております。{said}"


def test_messages_that_follow_each_other_go_over_one_connection(tmp_path: Path) -> None:
    with a_mail_server() as server:
        transport = server_transport(server, tmp_path)
        for number in (1, 2, 3):
            transport.send(outgoing(message_id=number))
        server.refuse = 550
        assert transport.send(outgoing(message_id=4)).state is DeliveryState.FAILED
        server.refuse = None
        transport.send(outgoing(message_id=5))
        transport.close()
        transport.close()
        assert [talk.count("DATA") for talk in server.talks] == [3, 1]
        assert [talk[-1] for talk in server.talks] == ["QUIT", "QUIT"]
        assert len(server.taken) == 4


def test_a_connection_that_was_lost_is_made_anew_before_a_message_is_begun(tmp_path: Path) -> None:
    with a_mail_server() as server:
        transport = server_transport(server, tmp_path)
        transport.send(outgoing())
        server.hangs_up_at = "NOOP"
        transport.send(outgoing(message_id=2))
        transport.close()
        assert len(server.taken) == 2


@pytest.mark.parametrize("per_minute", [3, 60, 90])
def test_mail_waits_for_its_place_and_goes_back_where_that_takes_long(per_minute: int) -> None:
    slept: list[float] = []
    pacing = Pacing(Limits("redis://127.0.0.1:1"), per_minute, sleep=slept.append)
    pacing.wait()
    assert slept == []

    def wait_for_many() -> None:
        for _ in range(100):  # the clock of this sleep stands still
            pacing.wait()

    with pytest.raises(TooMany):
        wait_for_many()
    assert sum(slept) <= 20
    Pacing(Limits("redis://127.0.0.1:1"), 0).wait()
