"""Which locations a colleague reaches: where they may look and work in the console."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.access import doors
from oms_service.access.guard import staff
from oms_service.access.states import ScopeKind
from oms_service.documents import queries as documents
from oms_service.inventory import papers
from oms_service.inventory import queries as stock
from oms_service.inventory.queries import LocationView
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words
from oms_service.pickup import queries as pickups
from oms_service.ports.timeline import Entry
from oms_service.runtime import Runtime, runtime
from oms_service.warehouse import queries as warehouse

_AT: Final = ScopeKind.LOCATION
_Of = Callable[[Session, str], frozenset[int]]


def mine() -> frozenset[int]:
    """Ids of the locations the colleague at hand is limited to; empty where they are not."""
    return staff().locations


def places(session: Session) -> tuple[LocationView, ...]:
    """The locations in use that are theirs, by code."""
    return tuple(one for one in stock.locations(session) if staff().reaches(_AT, one.id))


def all_places(session: Session) -> tuple[LocationView, ...]:
    """The locations that are theirs, those closed too, by code."""
    return tuple(one for one in stock.all_locations(session) if staff().reaches(_AT, one.id))


def check(*location_ids: int) -> None:
    """Let go on only where one of these locations is theirs.

    Raises:
        NotFound: none of them is.
    """
    if not staff().reaches(_AT, *location_ids):
        raise NotFound("no such location for this colleague")


def of_mine(past: Sequence[Entry]) -> list[Entry]:
    """What of a past the colleague at hand may see: nothing of cases of queues not theirs."""
    me = staff()
    return [
        one for one in past if one.queue_id is None or me.reaches(ScopeKind.QUEUE, one.queue_id)
    ]


def register(app: Flask, house: Runtime) -> None:
    """Say what the addresses of the console lead to, and which locations there are."""
    house.scopes[_AT] = _names
    for start, of in _OF.items():
        doors.leads(app, f"/console/{start}", _AT, _finding(of))
    doors.of_all(
        app,
        "/console/documents/orders/",
        "/console/documents/<number>/print",
        "/console/orders/",
        "/console/payments/",
        "/console/returns/",
        because="an order and its money are of the shop; its goods are looked at by location",
    )
    doors.of_all(
        app,
        "/console/documents/handoff/",  # its boxes are those of the locations of who looks
        "/console/fallout/",
        "/console/keys/",
        "/console/messages/",  # who is limited finds what is told of orders, nothing of cases
        "/console/policies/",
        "/console/selling/",
        "/console/stock/",
        "/console/tracking/",
        "/console/staff/",
        "/console/webhooks/",
        "/staff/sessions/",
        because="of the whole shop, one's own, or of items, whose pages look at the location",
    )
    # They tell of cases of every queue, and of goods and money of every location.
    doors.whole(app, "/console/audit")
    doors.whole(app, "/console/trade")
    doors.of_all(
        app,
        "/console/calendars/",
        "/console/sourcing/",
        because="when and whence the whole shop sends; the pages show all locations as one",
    )


def _names(reader: Connection) -> dict[int, Words]:
    return {one.id: one.name for one in stock.all_locations(reader)}


def _transfer(session: Session, number: str) -> frozenset[int]:
    found = papers.transfer(session, number)
    return frozenset({found.from_location_id, found.to_location_id})


def _label(session: Session, label_id: str) -> frozenset[int]:
    found = documents.label(session, int(label_id))
    return frozenset({warehouse.box(session, found.box_id).location_id})


def _box(session: Session, number: str) -> frozenset[int]:
    return frozenset({warehouse.box_by_number(session, number).location_id})


def _list(session: Session, number: str) -> frozenset[int]:
    return frozenset({warehouse.walk_by_number(session, number).location_id})


def _manifest(session: Session, number: str) -> frozenset[int]:
    return frozenset({warehouse.manifest_by_number(session, number).location_id})


#: By how an address of the console begins, where that is to which it leads.
_OF: Final[Mapping[str, _Of]] = {
    "counts/<number>": lambda s, n: frozenset({papers.count(s, n).location_id}),
    "documents/boxes/<number>": _box,
    "documents/labels/<": _label,
    "documents/manifests/<number>": _manifest,
    "documents/pick-lists/<number>": _list,
    "pickups/<number>": lambda s, n: frozenset({pickups.by_number(s, n).location_id}),
    "purchases/<number>": lambda s, n: frozenset({papers.purchase(s, n).location_id}),
    "transfers/<number>": _transfer,
    "warehouse/boxes/<number>": _box,
    "warehouse/fulfilments/<number>": lambda s, n: frozenset(
        {warehouse.fulfilment_by_number(s, n).location_id}
    ),
    "warehouse/lists/<number>": _list,
    "warehouse/manifests/<number>": _manifest,
}


def _finding(of: _Of) -> doors.Finds:
    def finds(_reader: Connection, gaps: Mapping[str, Any]) -> frozenset[int]:
        name = "number" if "number" in gaps else "label_id"
        with runtime().database.looking() as session:
            return of(session, str(gaps[name]))

    return finds
