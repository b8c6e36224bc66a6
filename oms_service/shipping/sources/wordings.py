"""What carriers' words mean that no adapter knows: said by colleagues, used from then on.

A wording that is explained also puts right what was read before: each scan that was kept as
``unknown`` with these words is said once more, now with its status. Nothing is edited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.ports.carrier import CarrierStatus, ScanFact, is_storable, meaning, plain_words
from oms_service.shipping.models import Parcel, Scan
from oms_service.shipping.sources.models import CarrierWording
from oms_service.shipping.sources.rules import CARRIER, REASON

_LONGEST: Final = 200
MOST_SHOWN: Final = 100
#: So many of the newest unknown scans of a carrier are looked at when words are explained.
MOST_READ_AGAIN: Final = 5_000


@dataclass(frozen=True)
class UnknownWords:
    """Words nobody has explained: how often they came, and when last."""

    carrier: str
    words: str
    times: int
    last_at: datetime


@dataclass(frozen=True)
class WordingView:
    """What a colleague said that words mean."""

    id: int
    carrier: str
    words: str
    status: CarrierStatus
    reason: str


def unexplained(reader: Session | Connection, *, limit: int = MOST_SHOWN) -> list[UnknownWords]:
    """Words that no adapter and no colleague has explained, the most frequent first."""
    query = (
        select(
            Parcel.carrier,
            Scan.carrier_words,
            func.count().label("times"),
            func.max(Scan.received_at).label("last_at"),
        )
        .join(Parcel, Parcel.id == Scan.parcel_id)
        .where(Scan.status == CarrierStatus.UNKNOWN, Scan.carrier_words != "")
        .group_by(Parcel.carrier, Scan.carrier_words)
        .order_by(func.count().desc(), Parcel.carrier, Scan.carrier_words)
        .limit(limit)
    )
    found = [UnknownWords(*row) for row in reader.execute(query)]
    known = _tables(reader, {one.carrier for one in found})
    return [one for one in found if meaning(one.words, known.get(one.carrier, {})) is None]


def explained(reader: Session | Connection) -> list[WordingView]:
    """Every wording that colleagues have explained, by carrier."""
    query = select(
        CarrierWording.id,
        CarrierWording.carrier,
        CarrierWording.words,
        CarrierWording.status,
        CarrierWording.reason,
    ).order_by(CarrierWording.carrier, CarrierWording.words)
    return [WordingView(*row) for row in reader.execute(query)]


def explain(
    uow: UnitOfWork, *, carrier: str, words: str, status: CarrierStatus, reason: str = ""
) -> list[ScanFact]:
    """Say what a carrier's words mean; said anew, the newer holds.

    Returns:
        What was kept as unknown with these words, as it is read now, to be recorded beside it.

    Raises:
        Invalid: no carrier, no words, or a status that says nothing.
    """
    plain = plain_words(words)
    wrong: dict[str, str] = {}
    if not CARRIER.fullmatch(carrier):
        wrong["carrier"] = "must be a code such as yamato"
    if not plain or len(plain) > _LONGEST or not is_storable(words):
        wrong["words"] = f"1 to {_LONGEST} characters"
    if status is CarrierStatus.UNKNOWN:
        wrong["status"] = "must say something"
    if reason and not REASON.fullmatch(reason):
        wrong["reason"] = "must be a code such as snow"
    if wrong:
        raise Invalid("the wording cannot be kept", wrong)
    said = insert(CarrierWording).values(
        carrier=carrier, words=plain, status=status, reason=reason, said_at=uow.now
    )
    uow.session.execute(
        said.on_conflict_do_update(
            index_elements=["carrier", "words"],
            set_={"status": status, "reason": reason, "said_at": uow.now},
        )
    )
    return _said_before(uow, carrier, plain, status, reason)


def forget(uow: UnitOfWork, wording_id: int) -> None:
    """Take a wording back; scans that were read by it keep what they said."""
    uow.session.execute(delete(CarrierWording).where(CarrierWording.id == wording_id))


def applied(reader: Session | Connection, facts: Sequence[ScanFact]) -> list[ScanFact]:
    """The facts, those with unknown words as colleagues have explained them."""
    carriers = {one.carrier for one in facts if _is_open(one)}
    if not carriers:
        return list(facts)
    known = _tables(reader, carriers)
    return [_explained(one, known.get(one.carrier, {})) for one in facts]


Table = dict[str, tuple[CarrierStatus, str]]


def _explained(fact: ScanFact, table: Table) -> ScanFact:
    said = meaning(fact.carrier_words, table) if _is_open(fact) else None
    if said is None:
        return fact
    return replace(fact, status=said[0], reason=fact.reason or said[1])


def _is_open(fact: ScanFact) -> bool:
    return fact.status is CarrierStatus.UNKNOWN and bool(fact.carrier_words)


def _tables(reader: Session | Connection, carriers: set[str]) -> dict[str, Table]:
    query = select(
        CarrierWording.carrier, CarrierWording.words, CarrierWording.status, CarrierWording.reason
    ).where(CarrierWording.carrier.in_(carriers))
    found: dict[str, Table] = {}
    for carrier, words, status, reason in reader.execute(query):
        found.setdefault(carrier, {})[words] = (status, reason)
    return found


def _said_before(
    uow: UnitOfWork, carrier: str, plain: str, status: CarrierStatus, reason: str
) -> list[ScanFact]:
    query = (
        select(
            Parcel.tracking_number,
            Scan.event_key,
            Scan.occurred_at,
            Scan.place,
            Scan.reason,
            Scan.carrier_words,
        )
        .join(Parcel, Parcel.id == Scan.parcel_id)
        .where(
            Parcel.carrier == carrier,
            Scan.status == CarrierStatus.UNKNOWN,
            Scan.carrier_words != "",
        )
        .order_by(Scan.id.desc())
        .limit(MOST_READ_AGAIN)
    )
    return [
        ScanFact(
            carrier=carrier,
            tracking_number=row.tracking_number,
            event_key=f"{row.event_key[:120]}:{status}",
            status=status,
            occurred_at=row.occurred_at,
            place=row.place,
            reason=row.reason or reason,
            carrier_words=row.carrier_words,
        )
        for row in uow.session.execute(query)
        if plain_words(row.carrier_words).startswith(plain)
    ]
