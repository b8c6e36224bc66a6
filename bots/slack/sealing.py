"""Tokens at rest, sealed with a key made of the shop's: a copy of the database opens none."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class CannotOpen(Exception):
    """The box was sealed with another key."""


def seal(master: str, token: str) -> str:
    """The token as the database keeps it."""
    return _box(master).encrypt(token.encode()).decode()


def open_box(master: str, box: str) -> str:
    """The token again.

    Raises:
        CannotOpen: it was sealed with another key, or is damaged.
    """
    try:
        return _box(master).decrypt(box.encode()).decode()
    except InvalidToken:
        raise CannotOpen("a token was sealed with another key") from None


def _box(master: str) -> Fernet:
    key = hmac.digest(master.encode(), b"slack-token", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))
