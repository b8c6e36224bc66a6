"""A message that only one browser can read: RFC 8291, in the coding of RFC 8188.

The push service between us and the browser sees its size, and nothing of what it says.
"""

import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from oms_service.kernel.errors import Invalid

CURVE: Final = ec.SECP256R1()
#: What RFC 8291 asks each push service to take at the least, and some take no more.
MOST: Final = 4096
_HEAD, _TAG = 86, 16
#: So long may what we say be: the head, the mark that ends the only record, and the seal go off.
MOST_PLAIN: Final = MOST - _HEAD - _TAG - 1
_POINT, _AUTH, _SALT = 65, 16, 16
_LAST: Final = b"\x02"
_LETTERS: Final = re.compile(r"[A-Za-z0-9_-]+={0,2}")


@dataclass(frozen=True)
class Keys:
    """What a browser gave us to seal its messages with: a point of P-256, and 16 secret bytes."""

    point: bytes
    auth: bytes

    @classmethod
    def read(cls, p256dh: str, auth: str) -> Self:
        """The keys as a browser writes them, in base64 for URLs.

        Raises:
            Invalid: they are none that anything could be sealed with.
        """
        keys = cls(_read("p256dh", p256dh, _POINT), _read("auth", auth, _AUTH))
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, keys.point)
        except ValueError:
            raise Invalid(
                "no key of a browser", fields={"p256dh": "not a point of P-256"}
            ) from None
        return keys


@dataclass(frozen=True)
class Once:
    """What one message is sealed with, and no other ever again."""

    private: ec.EllipticCurvePrivateKey
    salt: bytes

    @classmethod
    def fresh(cls) -> Self:
        return cls(ec.generate_private_key(CURVE), os.urandom(_SALT))


def seal(plain: bytes, keys: Keys, once: Once | None = None) -> bytes:
    """The body of a push message.

    Args:
        plain: at most ``MOST_PLAIN`` bytes.
        keys: the browser's.
        once: made anew unless given; one that was used before would give both messages away.

    Raises:
        Invalid: it is too long for a push service.
    """
    if len(plain) > MOST_PLAIN:
        raise Invalid("too long for a push message", fields={"plain": f"over {MOST_PLAIN} bytes"})
    once = once or Once.fresh()
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, keys.point)
    ours = point_of(once.private)
    shared = once.private.exchange(ec.ECDH(), theirs)
    mixed = _derived(shared, keys.auth, b"WebPush: info\0" + keys.point + ours, 32)
    key = _derived(mixed, once.salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(mixed, once.salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, plain + _LAST, None)
    return once.salt + MOST.to_bytes(4, "big") + bytes([_POINT]) + ours + sealed


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key, as 65 bytes."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def unpadded(raw: bytes) -> str:
    """Base64 for URLs, without the signs that only fill up."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _read(name: str, text: str, length: int) -> bytes:
    is_read = _LETTERS.fullmatch(text) is not None
    try:
        raw = urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        is_read, raw = False, b""
    if not is_read or len(raw) != length:
        raise Invalid("no key of a browser", fields={name: f"not {length} bytes in base64url"})
    return raw
