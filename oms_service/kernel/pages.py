"""Pages of long lists, by cursor: stable while rows come and go."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from oms_service.kernel.errors import Invalid

T = TypeVar("T")
R = TypeVar("R")

#: The greatest number a column holds; a cursor somebody made up may say more.
_MOST: Final = 2**63 - 1


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page and the cursor of the next one, or None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None = None


def cut(
    rows: Sequence[R], limit: int, *, shown: Callable[[R], T], key: Callable[[R], list[int | str]]
) -> Page[T]:
    """A page from ``limit + 1`` rows read: the extra one only tells that there is more."""
    more = len(rows) > limit
    kept = rows[:limit]
    return Page(tuple(shown(row) for row in kept), write(key(kept[-1])) if more else None)


def write(key: list[int | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read(cursor: str, *kinds: type) -> list[int | str]:
    """The sort key a cursor stands for.

    Raises:
        Invalid: not a cursor of ours, or of another list.
    """
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeDecodeError):
        key = None
    if (
        not isinstance(key, list)
        or [type(part) for part in key] != list(kinds)
        or any(isinstance(part, int) and abs(part) > _MOST for part in key)
    ):
        raise Invalid("this cursor is not valid here", {"cursor": "not a cursor of this list"})
    return key
