"""Proof that a call came from who shares a secret: HMAC-SHA256 over time and body."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

TIMESTAMP: Final = "X-Timestamp"
SIGNATURE: Final = "X-Signature"
#: How far the caller's clock may be from ours; an older recording is refused.
TOLERANCE: Final = timedelta(minutes=5)
_LONGEST: Final = 12


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The signature of ``body`` sent at ``timestamp``, in seconds since 1970."""
    said = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def headers(secret: str, now: datetime, body: bytes) -> dict[str, str]:
    """What a caller sends along."""
    timestamp = int(now.timestamp())
    return {TIMESTAMP: str(timestamp), SIGNATURE: sign(secret, timestamp, body)}


def is_genuine(body: bytes, given: Mapping[str, str], secret: str, *, now: datetime) -> bool:
    """Whether the headers prove that the body was signed with ``secret``, just now."""
    sent_at, signature = given.get(TIMESTAMP, ""), given.get(SIGNATURE, "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= _LONGEST):
        return False
    expected = sign(secret, int(sent_at), body)
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        return False
    return abs(now - datetime.fromtimestamp(int(sent_at), UTC)) <= TOLERANCE
