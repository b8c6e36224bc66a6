"""Numbers that no parcel has yet: they stay with their bodies, and their scans find the parcel."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection, Select, and_, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.infra import fallout, inbound
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.uow import UnitOfWork
from oms_service.ports.carrier import ScanFact
from oms_service.shipping.models import Parcel
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.sources.models import WaitingNumber

MOST_SHOWN: Final = 100
_PAGE: Final = 1_000

Place = tuple[str, str]
"""Carrier and tracking number, without its dress."""


class Awaited(Protocol):
    """Who else may know numbers: answers those of some places that they know."""

    def __call__(self, uow: UnitOfWork, places: Collection[Place], /) -> Collection[Place]: ...


@dataclass(frozen=True)
class WaitingView:
    """A number with scans and without a parcel, over all bodies that name it."""

    carrier: str
    tracking_key: str
    scans: int
    since: datetime


@dataclass(frozen=True)
class Found:
    """A body that names a number which has its parcel now."""

    inbound_id: int
    source: str
    body: bytes
    place: Place


def note(uow: UnitOfWork, strangers: Mapping[int, Sequence[ScanFact]]) -> None:
    """Remember which numbers of some bodies, by id, have no parcel; what was so before goes."""
    uow.session.execute(
        delete(WaitingNumber)
        .where(WaitingNumber.inbound_id.in_(strangers))
        .execution_options(synchronize_session=False)
    )
    counts = Counter(
        (inbound_id, fact.carrier, tracking_key(fact.tracking_number))
        for inbound_id, facts in strangers.items()
        for fact in facts
    )
    if counts:
        uow.session.execute(
            insert(WaitingNumber).on_conflict_do_nothing(),
            [
                {
                    "carrier": carrier,
                    "tracking_key": key,
                    "inbound_id": inbound_id,
                    "scans": scans,
                    "since": uow.now,
                }
                for (inbound_id, carrier, key), scans in sorted(counts.items())
            ],
        )


def take_found(uow: UnitOfWork, *, limit: int, parcel_id: int | None = None) -> list[Found]:
    """Numbers that have a parcel by now, with the bodies that name them; they wait no longer.

    Somebody else's, in this moment, are left to them.
    """
    of_parcel = and_(
        Parcel.carrier == WaitingNumber.carrier, Parcel.tracking_key == WaitingNumber.tracking_key
    )
    query = _WAITING.join(Parcel, of_parcel).order_by(WaitingNumber.id).limit(limit)
    if parcel_id is not None:
        query = query.where(Parcel.id == parcel_id)
    return _take(uow, query)


def take_awaited(uow: UnitOfWork, awaited: Awaited, *, limit: int) -> list[Found]:
    """Numbers that somebody else than a parcel of ours knows by now; see ``take_found``."""
    after_id = 0
    while True:
        page = uow.session.execute(
            _WAITING.where(WaitingNumber.id > after_id).order_by(WaitingNumber.id).limit(_PAGE)
        ).all()
        known = awaited(uow, {(row.carrier, row.tracking_key) for row in page}) if page else ()
        ids = [row.id for row in page if (row.carrier, row.tracking_key) in known][:limit]
        if ids:
            return _take(uow, _WAITING.where(WaitingNumber.id.in_(ids)).order_by(WaitingNumber.id))
        if len(page) < _PAGE:
            return []
        after_id = page[-1].id


def _take(uow: UnitOfWork, query: Select[int, int, str, str]) -> list[Found]:
    rows = uow.session.execute(query.with_for_update(of=WaitingNumber, skip_locked=True)).all()
    if not rows:
        return []
    uow.session.execute(
        delete(WaitingNumber)
        .where(WaitingNumber.id.in_([row.id for row in rows]))
        .execution_options(synchronize_session=False)
    )
    bodies = inbound.read_bodies(uow.session, {row.inbound_id for row in rows})
    return [
        Found(row.inbound_id, *bodies[row.inbound_id], (row.carrier, row.tracking_key))
        for row in rows
        if row.inbound_id in bodies
    ]


_WAITING: Final = select(
    WaitingNumber.id,
    WaitingNumber.inbound_id,
    WaitingNumber.carrier,
    WaitingNumber.tracking_key,
)


def read_whole_again(uow: UnitOfWork, inbound_ids: Sequence[int], *, step: str) -> None:
    """Have bodies read once more of which no number waits: they leave the list of failed steps."""
    still = select(WaitingNumber.inbound_id).where(WaitingNumber.inbound_id.in_(inbound_ids))
    waits = set(uow.session.scalars(still))
    done = sorted(set(inbound_ids) - waits)
    if done:
        inbound.read_again(uow, done)
        for one in done:
            fallout.settle_for(uow, FalloutKind.INBOUND, subject_id=one, step=step)


def waiting(reader: Session | Connection, *, limit: int = MOST_SHOWN) -> list[WaitingView]:
    """Numbers that wait for their parcels, the oldest first."""
    query = (
        select(
            WaitingNumber.carrier,
            WaitingNumber.tracking_key,
            func.sum(WaitingNumber.scans),
            func.min(WaitingNumber.since).label("first"),
        )
        .group_by(WaitingNumber.carrier, WaitingNumber.tracking_key)
        .order_by(func.min(WaitingNumber.since), WaitingNumber.carrier, WaitingNumber.tracking_key)
        .limit(limit)
    )
    return [WaitingView(row[0], row[1], int(row[2]), row[3]) for row in reader.execute(query)]


def count(reader: Session | Connection) -> int:
    """How many numbers wait."""
    numbers = select(WaitingNumber.carrier, WaitingNumber.tracking_key).distinct().subquery()
    return int(reader.execute(select(func.count()).select_from(numbers)).scalar() or 0)


def forget_emptied(uow: UnitOfWork) -> int:
    """The sweep: numbers whose bodies are empty by now cannot be read any more."""
    emptied = exists().where(
        inbound.InboundBody.id == WaitingNumber.inbound_id, inbound.InboundBody.body.is_(None)
    )
    done = uow.session.execute(
        delete(WaitingNumber).where(emptied).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it
