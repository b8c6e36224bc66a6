"""The carriers of this shop, found by the code that parcels carry."""

from typing import cast

from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words
from oms_service.ports.carrier import KIND, Carrier
from oms_service.ports.registry import Adapters


def carrier(adapters: Adapters, slug: str) -> Carrier:
    """The carrier of that code.

    Raises:
        NotFound: this shop has none.
    """
    try:
        return cast(Carrier, adapters.get(KIND, slug))
    except LookupError:
        raise NotFound("no such carrier") from None


def name_of(adapters: Adapters, slug: str) -> Words:
    """The carrier's name in every language; the bare code where we do not know it."""
    try:
        return carrier(adapters, slug).names
    except NotFound:
        return {"ja": slug, "en": slug}


def link(adapters: Adapters, slug: str, number: str) -> str | None:
    """The carrier's own page about a parcel, where it has one."""
    try:
        return carrier(adapters, slug).tracking_url(number)
    except NotFound:
        return None
