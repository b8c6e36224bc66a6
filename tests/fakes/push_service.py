"""A browser as a push service rings it: its own keys, and the receiver's half of RFC 8291.

Written from the standard alone, with the library's HMAC for HKDF, so that a mistake of ours is
not made twice.
"""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.push.sealing import Keys


def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Browser:
    """One that has subscribed."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=a_key)
    auth: bytes = b"sixteen letters."

    @property
    def point(self) -> bytes:
        public = self.private.public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> Keys:
        return Keys.read(coded(self.point), coded(self.auth))

    def opened(self, body: bytes) -> bytes:
        """What a message says; an exception where it is not for this browser, or was touched."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        mixed = _hmac(self.auth, self.private.exchange(ec.ECDH(), theirs))
        mixed = _hmac(mixed, b"WebPush: info\0" + self.point + sender + b"\x01")
        mixed = _hmac(salt, mixed)
        key = _hmac(mixed, b"Content-Encoding: aes128gcm\0\x01")[:16]
        nonce = _hmac(mixed, b"Content-Encoding: nonce\0\x01")[:12]
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\x02"
        return plain[:-1]


def proven(header: str) -> tuple[str, dict[str, Any]]:
    """The key and the claims of an ``Authorization``; an exception where it does not prove them."""
    scheme, said = header.split(" ", 1)
    assert scheme == "vapid"
    parts = dict(one.strip().split("=", 1) for one in said.split(","))
    head, claims, seal = parts["t"].split(".")
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = decoded(seal)
    assert len(raw) == 64
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    key.verify(encode_dss_signature(*numbers), f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    return parts["k"], json.loads(decoded(claims))


def coded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hmac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")
