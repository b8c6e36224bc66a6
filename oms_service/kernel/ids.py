"""Identifiers: time-ordered for rows, unguessable for the outside."""

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import Final

#: No 0/O, 1/I/L: codes are read aloud and typed from paper.
READABLE: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def event_id(now: datetime) -> uuid.UUID:
    """A version 7 UUID: 48 bits of milliseconds, then random bits. Source: RFC 9562, 5.7."""
    milliseconds = int(now.timestamp() * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def token() -> str:
    """A secret of 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a token: its SHA-256 in hex. Tokens are random, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def readable_code(length: int) -> str:
    return "".join(secrets.choice(READABLE) for _ in range(length))


def numeric_code(digits: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(digits))
