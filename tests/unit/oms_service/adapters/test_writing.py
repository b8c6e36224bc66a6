"""Letters are what the library's own policy for SMTP makes of them, to the byte."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.adapters.mail import letters
from oms_service.adapters.mail.addresses import Addresses
from oms_service.appearance.current import Head
from oms_service.conversations.transports import Enclosure, Outgoing
from oms_service.kernel.languages import Language
from tests.fakes.clock import StandingClock

ADDRESSES = Addresses(
    "a key of the house, of thirty-two characters", "desk@shop.example", "desk+{token}@shop.example"
)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200)


def written(message: Outgoing, shop: str) -> EmailMessage:
    return letters.letter(
        message,
        addresses=ADDRESSES,
        head=Head(shop, "#1e6b4a"),
        now=StandingClock().now(),
    )


@given(
    shop=WORDS.filter(str.strip),
    subject=WORDS,
    text=WORDS,
    html=st.none() | WORDS,
    before=st.lists(st.integers(1, 10**9), max_size=12),
    files=st.lists(WORDS.filter(str.strip), max_size=2),
)
def test_it_is_what_the_library_writes(
    shop: str, subject: str, text: str, html: str | None, before: list[int], files: list[str]
) -> None:
    message = Outgoing(
        key="k",
        message_id=7,
        conversation_public_id="abc",
        to="misaki.sato@example.jp",
        language=Language.JAPANESE,
        subject=subject,
        text=text,
        extra={"html": html, "unsubscribe": "https://shop.example/" + "a" * 200},
        thread="t",
        before=tuple(before),
        files=tuple(Enclosure(name, "image/png", b"png") for name in files),
        is_automatic=True,
    )
    ours = written(message, shop).as_bytes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(letters, "POLICY", SMTP)
        assert written(message, shop).as_bytes() == ours


def test_words_that_look_like_the_line_between_parts_are_words() -> None:
    text = "--=_0\n\n--=_0--\n--=_1"
    message = Outgoing(
        key="k",
        message_id=7,
        conversation_public_id="abc",
        to="misaki.sato@example.jp",
        language=Language.ENGLISH,
        subject="--=_0",
        text=text,
        extra={"html": f"<p>{text}</p>"},
        files=(Enclosure("--=_1.png", "image/png", b"--=_1"),),
    )
    read = message_from_bytes(written(message, "Shop").as_bytes(), policy=SMTP)
    body, page = read.get_body(("plain",)), read.get_body(("html",))
    assert body is not None
    assert page is not None
    lines = text.replace("\n", "\r\n")
    assert body.get_content().startswith(lines)
    assert f"<p>{lines}</p>" in page.get_content()
    assert [one.get_content() for one in read.iter_attachments()] == [b"--=_1"]
