"""Passwords of staff: argon2id, and the same work whether or not somebody is known."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from oms_service.kernel.errors import Invalid

#: OWASP's second choice of parameters: 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
SHORTEST: Final = 12
LONGEST: Final = 200


def digest(password: str) -> str:
    """What is stored.

    Raises:
        Invalid: too short to be safe, or too long to be a password.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            f"a password has {SHORTEST} to {LONGEST} characters", {"password": "wrong length"}
        )
    return _HASHER.hash(password)


def renewed(password: str) -> str:
    """The digest of a password that is in use already, by today's parameters."""
    return _HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one; with nothing stored the work is the same, the answer no."""
    try:
        _HASHER.verify(stored or _nobodys(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was made with other parameters than today's, so that it should be made anew."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody at all")
