"""Who we are to a push service: RFC 8292, so that nobody else can ring with our bell.

Like the secrets of webhooks, a key is kept nowhere. It is computed from the shop's SECRET_KEY and
a seed: who reads the database alone cannot send. A browser's subscription is bound to the key it
was made under, so the seed belongs with the subscription, and a new one ends none made before.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from notifications.push.sealing import CURVE, point_of, unpadded

#: How long a push service may take a signature for ours; RFC 8292 allows a day.
GOOD_FOR: Final = timedelta(hours=12)
#: The order of P-256: private keys are the numbers from 1 below it.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Identity:
    """One key of the shop, and whom a push service may write to about what it does."""

    private: ec.EllipticCurvePrivateKey
    contact: str

    @classmethod
    def computed(cls, master: str, seed: str, contact: str) -> Self:
        """The key of a seed: the same again on every machine of the shop.

        Args:
            master: the shop's SECRET_KEY.
            seed: random, and no secret.
            contact: ``mailto:`` or ``https:``.
        """
        # 512 bits, so that no number is likelier than another by more than 2**-256.
        raw = hmac.digest(master.encode(), f"push-identity:{seed}".encode(), hashlib.sha512)
        number = int.from_bytes(raw, "big") % (_ORDER - 1) + 1
        return cls(ec.derive_private_key(number, CURVE), contact)

    @property
    def public(self) -> str:
        """What a browser asks its push service with (``applicationServerKey``)."""
        return unpadded(point_of(self.private))

    def authorization(self, endpoint: str, now: datetime) -> str:
        """The header that proves a message to be ours, to the push service of an endpoint."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + GOOD_FOR).timestamp()),
            "sub": self.contact,
        }
        signed = ".".join(_part(one) for one in ({"typ": "JWT", "alg": "ES256"}, claims))
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(SHA256())))
        seal = unpadded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"vapid t={signed}.{seal}, k={self.public}"


def _part(said: dict[str, object] | dict[str, str]) -> str:
    return unpadded(json.dumps(said, separators=(",", ":")).encode())
