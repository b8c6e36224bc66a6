"""What every door of stock needs: codes read into ids and back, and shortages in words."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from flask import request
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api.idempotency import HEADER
from oms_service.api.problems import Explained
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.inventory import queries
from oms_service.inventory.service import OutOfStock
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid
from oms_service.runtime import runtime
from oms_service.sales import queries as sales

T = TypeVar("T")


class Lacking(Explained):
    """There is not as much; says where else there is some."""

    code: ClassVar[str] = "out-of-stock"


@dataclass(frozen=True)
class Names:
    """SKUs and location codes by id, for answers."""

    variants: Mapping[int, VariantView]
    locations: Mapping[int, str]

    def sku(self, variant_id: int) -> str:
        return self.variants[variant_id].sku


def take() -> None:
    """Count this request against its key's rate."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def command_key() -> str:
    """What this request is called in our rows: the caller's key, which is unique to the caller."""
    said = f"{guard.actor().ref} {request.path} {request.headers.get(HEADER, '')}"
    return ids.digest(said)[:40]


def names(session: Session, variant_ids: Collection[int]) -> Names:
    """The codes of these variants and of every location, those closed too."""
    return Names(
        catalog.variants(session, variant_ids),
        {place.id: place.code for place in queries.all_locations(session)},
    )


def location(session: Session, code: str, field: str = "location") -> int:
    """The id of the location in use with that code.

    Raises:
        Invalid: the shop has none.
    """
    found = {place.code: place.id for place in queries.locations(session)}.get(code)
    if found is None:
        raise Invalid("there is no such location", {field: "is not a location in use"})
    return found


def a_location(session: Session, code: str) -> int | None:
    """As ``location``, for a filter that may be empty."""
    return location(session, code) if code else None


def buffer(session: Session, channel: str) -> int:
    """The units a sales channel leaves untouched at each location; none without a channel.

    Raises:
        Invalid: there is no such channel.
    """
    if not channel:
        return 0
    found = {one.code: one.stock_buffer for one in sales.channels(session)}.get(channel)
    if found is None:
        raise Invalid("there is no such channel", {"channel": "is not a sales channel"})
    return found


def by_variant(
    session: Session, lines: Sequence[Mapping[str, Any]], read: Callable[[Mapping[str, Any]], T]
) -> dict[int, T]:
    """What lines with SKUs say, by variant.

    Raises:
        Invalid: a SKU that is not in the catalogue, or one named twice.
    """
    known = catalog.variants_by_sku(session, {line["sku"] for line in lines})
    wrong: dict[str, str] = {}
    said: dict[int, T] = {}
    for index, line in enumerate(lines):
        variant = known.get(line["sku"])
        if variant is None:
            wrong[f"lines[{index}].sku"] = "is not in the catalogue"
        elif variant.id in said:
            wrong[f"lines[{index}].sku"] = "is named twice"
        else:
            said[variant.id] = read(line)
    if wrong:
        raise Invalid("some lines are wrong", wrong)
    return said


@contextmanager
def shortages_told(
    session: Session, wanted_at: int | None = None, more: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Let a shortage name SKUs, the other locations that could do, and ``more``."""
    try:
        yield
    except OutOfStock as error:
        of = {one.variant_id for one in error.shortages}
        named = names(session, of)
        there = queries.to_promise(session, of)
        raise Lacking(
            str(error),
            {
                **(more or {}),
                "shortages": [
                    {
                        "sku": named.sku(one.variant_id),
                        "wanted": one.wanted,
                        "available": one.available,
                        "elsewhere": [
                            {"location": named.locations[place], "available": units}
                            for place, units in there[one.variant_id].by_location.items()
                            if units and place != wanted_at
                        ],
                    }
                    for one in error.shortages
                ],
            },
        ) from None
