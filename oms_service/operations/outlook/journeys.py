"""The shop's own history of deliveries, read out of its rows in pages; no transaction lasts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from oms_service.infra.db import Database
from oms_service.infra.progress import Tell, silently
from oms_service.orders import queries as orders
from oms_service.shipping.arrivals import travelled
from oms_service.shipping.arrivals.journeys import Journey
from oms_service.shipping.arrivals.travelled import Travelled
from oms_service.shipping.because import HouseStage
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.queries import Steps

#: Older parcels, and more of them, teach nothing new.
LOOKS_BACK: Final = timedelta(days=400)
MOST: Final = 20_000
_PAGE: Final = 1_000


def gather(database: Database, *, now: datetime, tell: Tell = silently) -> list[Journey]:
    """Every parcel handed over in the last year and a month, ``MOST`` at most, the newest ones."""
    since = now - LOOKS_BACK
    found: list[Journey] = []
    with database.looking() as session:
        after_id = travelled.start(session, since=since, most=MOST)
    while True:
        with database.looking() as session:
            page = travelled.page(session, since=since, after_id=after_id, limit=_PAGE)
            found += _journeys(session, page)
        tell("reading", len(found), None)
        if len(page) < _PAGE:
            return found
        after_id = page[-1].parcel_id


def _journeys(session: Session, page: tuple[Travelled, ...]) -> Iterator[Journey]:
    placed = orders.placed_at(session, {one.order_id for one in page})
    steps = warehouse.steps_of_parcels(session, [one.parcel_id for one in page])
    for one in page:
        yield Journey(
            one.road,
            placed.get(one.order_id),
            one.handed_over_at,
            one.delivered_at,
            one.promised_until,
            location=str(one.location_id) if one.location_id is not None else "",
            indoors=_indoors(steps.get(one.parcel_id)),
            heard=one.heard,
        )


def _indoors(steps: Steps | None) -> tuple[tuple[HouseStage, datetime], ...]:
    if steps is None:
        return ()
    times = (
        (HouseStage.ALLOCATED, steps.opened_at),
        (HouseStage.PICKED, steps.picked_at),
        (HouseStage.PACKED, steps.packed_at),
    )
    return tuple((stage, at) for stage, at in times if at is not None)
