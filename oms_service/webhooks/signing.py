"""Signatures of the Standard Webhooks form, and secrets that are kept nowhere.

A secret is computed from the shop's SECRET_KEY and a random seed that the endpoint's row keeps:
who reads the database alone cannot sign.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

START: Final = "whsec_"


def secret(master: str, seed: str) -> str:
    """The secret that an endpoint's owner is shown: ``whsec_`` and 256 bits in base64."""
    raw = hmac.digest(master.encode(), f"webhook-secret:{seed}".encode(), hashlib.sha256)
    return START + base64.b64encode(raw).decode()


def signature(secret: str, *, event_id: str, timestamp: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in base64."""
    key = base64.b64decode(secret.removeprefix(START))
    signed = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(
    secrets: Iterable[str], *, event_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """What proves a message; one signature for each secret that is good now."""
    return {
        "Webhook-Id": event_id,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(
            signature(one, event_id=event_id, timestamp=timestamp, body=body) for one in secrets
        ),
    }
