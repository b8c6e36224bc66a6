"""Messages that only one browser reads: the example of the standard, bad keys, sizes, touches."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from notifications.push.sealing import MOST, MOST_PLAIN, Keys, Once, seal
from oms_service.kernel.errors import Invalid
from tests.fakes.push_service import Browser, coded, decoded

# The example of RFC 8291, section 5 and appendix A.
_PLAIN = b"When I grow up, I want to be a watermelon"
_OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
_THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
_AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
_SALT = "DGv6ra1nlYgDCS1FRnbzlw"
_SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def test_the_example_of_the_standard_is_sealed_to_the_byte() -> None:
    ours = ec.derive_private_key(int.from_bytes(decoded(_OURS), "big"), ec.SECP256R1())
    once = Once(ours, decoded(_SALT))
    assert coded(seal(_PLAIN, Keys.read(_THEIRS, _AUTH), once)) == _SEALED


@given(st.binary(max_size=MOST_PLAIN))
def test_the_browser_reads_what_was_said(plain: bytes) -> None:
    assert _BROWSER.opened(seal(plain, _BROWSER.keys)) == plain


def test_the_longest_fills_what_a_service_takes() -> None:
    assert len(seal(b"x" * MOST_PLAIN, _BROWSER.keys)) == MOST


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        seal(b"x" * (MOST_PLAIN + 1), _BROWSER.keys)
    assert refused.value.fields == {"plain": "over 3993 bytes"}


def test_no_two_messages_are_sealed_alike() -> None:
    first, second = (seal(b"same", _BROWSER.keys) for _ in range(2))
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_another_browser_reads_nothing() -> None:
    with pytest.raises(InvalidTag):
        Browser().opened(seal(b"news", _BROWSER.keys))


def test_a_touched_message_is_not_read() -> None:
    body = bytearray(seal(b"news", _BROWSER.keys))
    body[-1] ^= 1
    with pytest.raises(InvalidTag):
        _BROWSER.opened(bytes(body))


def test_keys_may_come_with_the_signs_that_fill_up() -> None:
    assert Keys.read(_THEIRS + "=", _AUTH + "==") == Keys.read(_THEIRS, _AUTH)


@pytest.mark.parametrize(
    ("p256dh", "auth", "wrong"),
    [
        ("", _AUTH, "p256dh"),
        (_THEIRS[:-4], _AUTH, "p256dh"),
        (_THEIRS.replace("_", "/"), _AUTH, "p256dh"),
        ("é" * 87, _AUTH, "p256dh"),
        (coded(b"\x04" + b"\x01" * 64), _AUTH, "p256dh"),
        (coded(b"\x00" * 65), _AUTH, "p256dh"),
        (_THEIRS, "", "auth"),
        (_THEIRS, coded(b"x" * 15), "auth"),
        (_THEIRS, _AUTH + "\n", "auth"),
        (_THEIRS, "=" * 24, "auth"),
    ],
)
def test_what_is_no_key_is_refused(p256dh: str, auth: str, wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        Keys.read(p256dh, auth)
    assert list(refused.value.fields) == [wrong]


_BROWSER = Browser()
