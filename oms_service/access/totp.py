"""Codes of an app by the clock: RFC 6238 with SHA-1, six digits and half minutes, as apps expect.

A secret is computed from the shop's key and a random seed that the database keeps: a copy of the
database alone makes no code.
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

DIGITS: Final = 6
STEP_S: Final = 30
#: So far a phone's clock may be off, to either side.
_DRIFT_STEPS: Final = 1
#: Of SHA-1's own length, as RFC 4226 (4) recommends.
_SECRET_BYTES: Final = 20


def secret(master: str, seed: str) -> bytes:
    """What the app keeps, from the shop's key and a row's seed."""
    said = f"second-step:{seed}".encode()
    return hmac.digest(master.encode(), said, hashlib.sha256)[:_SECRET_BYTES]


def typed(secret: bytes) -> str:
    """The secret to type where no camera is at hand: base32 in groups of four."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, *, shop: str, mail: str) -> str:
    """What the QR code says: ``otpauth://totp/...``, as every app reads it."""
    label = quote(f"{shop}:{mail}", safe="")
    said = {
        "secret": base64.b32encode(secret).decode(),
        "issuer": shop,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_S,
    }
    return f"otpauth://totp/{label}?{urlencode(said, quote_via=quote)}"


def step_at(at: datetime) -> int:
    """The half minute of a moment, counted from 1970."""
    return int(at.timestamp()) // STEP_S


def code(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a half minute. Source: RFC 4226, 5.3."""
    mac = hmac.digest(secret, step.to_bytes(8), "sha1")
    start = mac[-1] & 0xF
    number = int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(secret: bytes, digits: str, now: datetime) -> int | None:
    """The half minute whose code this is, around ``now``; None where it is none's.

    The work is the same wherever it fits.
    """
    here = step_at(now)
    steps = range(here - _DRIFT_STEPS, here + _DRIFT_STEPS + 1)
    fits = [
        step for step in steps if hmac.compare_digest(code(secret, step).encode(), digits.encode())
    ]
    return max(fits, default=None)
