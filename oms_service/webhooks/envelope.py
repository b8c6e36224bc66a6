"""What is sent of an event: a versioned envelope of ids, codes, amounts and times."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.infra.outbox import OutboxRow
from oms_service.inventory import queries as inventory
from oms_service.orders import queries as orders

Names = Mapping[int, str]


def _skus(session: Session, variant_ids: set[int]) -> Names:
    return {one: view.sku for one, view in catalog.variants(session, variant_ids).items()}


def _codes(session: Session, location_ids: set[int]) -> Names:
    every = inventory.all_locations(session)
    return {place.id: place.code for place in every if place.id in location_ids}


#: Fields of events that mean rows of ours: what they are called outside, and how to find it.
_PUBLIC: Final[Mapping[str, tuple[str, Callable[[Session, set[int]], Names]]]] = {
    "order_id": ("order", orders.numbers_of),
    "variant_id": ("sku", _skus),
    "location_id": ("location", _codes),
    "from_location_id": ("from_location", _codes),
    "to_location_id": ("to_location", _codes),
}


def bodies(session: Session, rows: Sequence[OutboxRow]) -> dict[int, bytes]:
    """The body of each event by its row's id, in JSON; the same each time it is written.

    ``refs`` names by their public names what ``data`` names by inner ids: an order's number, a
    SKU, a location's code.
    """
    named: dict[str, Names] = {}
    for field, (_, find) in _PUBLIC.items():
        wanted = {row.payload[field] for row in rows if row.payload.get(field) is not None}
        named[field] = find(session, wanted) if wanted else {}
    return {row.id: orjson.dumps(_envelope(row, named)) for row in rows}


def _envelope(row: OutboxRow, named: Mapping[str, Names]) -> dict[str, Any]:
    refs = {
        what: named[field][row.payload[field]]
        for field, (what, _) in _PUBLIC.items()
        if row.payload.get(field) in named[field]
    }
    return {
        "id": str(row.event_id),
        "type": row.name,
        "version": row.version,
        "sequence": row.id,
        "occurred_at": row.occurred_at.isoformat(),
        "aggregate": row.aggregate,
        "refs": refs,
        "data": row.payload,
    }
