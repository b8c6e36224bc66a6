"""What changes parcels: handing over, carriers' scans, and the passing of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.shipping import book, eta, forecasts, jeopardy, promises, standing
from oms_service.shipping.book import Entry, entries_of
from oms_service.shipping.eta import Estimate, Known
from oms_service.shipping.events import (
    ParcelDelivered,
    ParcelHandedOver,
    ParcelOutlookChanged,
    ParcelScanned,
    ShipmentDelayed,
    ShipmentRecovered,
)
from oms_service.shipping.jeopardy import OnTheRoad
from oms_service.shipping.models import Parcel, ParcelLine, Scan, Shipment
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.promises import OfOrder
from oms_service.shipping.states import ForecastStage, Jeopardy
from oms_service.shipping.windows import Window

#: A carrier's clock may go this much ahead of ours; more is a mistake that would never be
#: overtaken by the truth.
AHEAD: Final = timedelta(hours=1)

#: More is a mistake in a calendar.
_MOST_EXTRA_DAYS: Final = 60

NO_SUCH_PARCEL: Final = "no_such_parcel"
FROM_THE_FUTURE: Final = "from_the_future"


class TrackingNumberTaken(DomainError):
    """Another parcel of that carrier has this number."""

    code = "tracking-number-taken"


@dataclass(frozen=True, kw_only=True)
class NewParcel:
    """A box about to leave; ``lines`` says how many of each order line are in it."""

    carrier: str
    tracking_number: str
    lines: Mapping[int, int]
    service: str = ""
    weight_g: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewShipment:
    """What leaves one location for one order. Regions are prefectures, empty where unknown.

    ``postal_code`` is looked up in calendars and not kept.
    """

    number: str
    order_id: int
    location_id: int | None
    origin_region: str = ""
    destination_region: str = ""
    postal_code: str = ""
    parcels: Sequence[NewParcel]


@dataclass(frozen=True)
class Refused:
    """A scan that could not be put anywhere, and why."""

    fact: ScanFact
    why: str


@dataclass(frozen=True)
class Recorded:
    """What became of some scans."""

    new: int
    repeated: int
    refused: tuple[Refused, ...]


def hand_over(uow: UnitOfWork, shipment: NewShipment, *, zone: ZoneInfo) -> tuple[int, ...]:
    """Write down that a carrier has these parcels now.

    What was promised of the order is promised of each parcel; where nothing was, the first
    estimate becomes the promise. The order must be held.

    Returns:
        The ids of the parcels, in the order given.

    Raises:
        TrackingNumberTaken: nothing is kept then.
    """
    row = Shipment(
        number=shipment.number,
        order_id=shipment.order_id,
        location_id=shipment.location_id,
        origin_region=shipment.origin_region,
        destination_region=shipment.destination_region,
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    known = book.known(uow.session, zone)
    ids = tuple(
        _add_parcel(uow, row.id, parcel, extra_days=_extra_days(known, shipment, parcel))
        for parcel in shipment.parcels
    )
    of_order = promises.of_orders(uow.session, [shipment.order_id])[shipment.order_id]
    for entry in entries_of(uow.session, ids):
        parcel = entry.parcel
        _hand_on(uow, entry, of_order, known)
        uow.emit(
            ParcelHandedOver(
                order_id=shipment.order_id,
                shipment_id=row.id,
                parcel_id=parcel.id,
                carrier=parcel.carrier,
                handed_over_at=uow.now.isoformat(),
            )
        )
    uow.touch(f"order:{shipment.order_id}")
    return ids


def record_scans(
    uow: UnitOfWork,
    facts: Sequence[ScanFact],
    *,
    zone: ZoneInfo,
    inbound_id: int | None = None,
) -> Recorded:
    """Add scans to their parcels, each once, and believe what follows from all of them.

    Scans may come late, twice and in any order. What cannot be placed is returned, the rest is
    kept.

    Args:
        uow: locks the parcels until it ends.
        facts: what carriers said.
        zone: whose days windows are made of.
        inbound_id: the raw body of those that do not name theirs.
    """
    refused = [Refused(one, FROM_THE_FUTURE) for one in facts if one.occurred_at > uow.now + AHEAD]
    timely = [one for one in facts if one.occurred_at <= uow.now + AHEAD]
    parcels = _locked(uow, timely)
    refused += [Refused(one, NO_SUCH_PARCEL) for one in timely if _place(one) not in parcels]
    placed = [(parcels[_place(one)], one) for one in timely if _place(one) in parcels]
    new = _append(uow, placed, inbound_id)
    if new:
        by_parcel: dict[int, list[_New]] = {}
        for scan in new:
            by_parcel.setdefault(scan.parcel_id, []).append(scan)
        entries = entries_of(uow.session, sorted(by_parcel))
        of_orders = promises.of_orders(uow.session, {one.order_id for one in entries})
        known = book.known(uow.session, zone)
        with uow.together():
            for entry in entries:
                mine = by_parcel[entry.parcel.id]
                _take_in(uow, entry, mine, of_orders[entry.order_id], known)
    return Recorded(len(new), len(placed) - len(new), tuple(refused))


def reassess(uow: UnitOfWork, parcel_ids: Sequence[int], *, zone: ZoneInfo) -> int:
    """Believe anew what the passing of time alone changes. The parcels must be locked.

    Returns:
        How many parcels were looked at.
    """
    entries = entries_of(uow.session, parcel_ids)
    of_orders = promises.of_orders(uow.session, {one.order_id for one in entries})
    known = book.known(uow.session, zone)
    for entry in entries:
        of_order, before = of_orders[entry.order_id], _believed_of(entry.parcel)
        believed = _reassess(uow, entry, of_order, known)
        _compare_with_told(uow, entry, believed, of_order)
        _tell_if_changed(uow, entry, before)
    return len(entries)


@dataclass(frozen=True)
class _New:
    id: int
    parcel_id: int
    status: CarrierStatus
    occurred_at: datetime


def _place(fact: ScanFact) -> tuple[str, str]:
    return fact.carrier, tracking_key(fact.tracking_number)


def _locked(uow: UnitOfWork, facts: Sequence[ScanFact]) -> dict[tuple[str, str], int]:
    """Lock the parcels meant, in the order of their ids as everybody does."""
    places = sorted({_place(one) for one in facts})
    if not places:
        return {}
    query = (
        select(Parcel.id, Parcel.carrier, Parcel.tracking_key)
        .where(tuple_(Parcel.carrier, Parcel.tracking_key).in_(places))
        .order_by(Parcel.id)
        .with_for_update(key_share=True)
    )
    return {(row.carrier, row.tracking_key): row.id for row in uow.session.execute(query)}


_ADD: Final = Hot(
    insert(Scan)
    .on_conflict_do_nothing(index_elements=["parcel_id", "event_key"])
    .returning(Scan.id, Scan.parcel_id, Scan.status, Scan.occurred_at),
    _New,
    columns=(
        "parcel_id",
        "event_key",
        "status",
        "occurred_at",
        "received_at",
        "place",
        "reason",
        "carrier_words",
        "estimate_from",
        "estimate_until",
        "inbound_id",
    ),
)


def _append(
    uow: UnitOfWork, placed: Sequence[tuple[int, ScanFact]], inbound_id: int | None
) -> list[_New]:
    if not placed:
        return []
    new = _ADD.each(
        uow.session,
        [
            {
                "parcel_id": parcel_id,
                "event_key": fact.event_key[:160],
                "status": fact.status,
                "occurred_at": fact.occurred_at,
                "received_at": uow.now,
                "place": fact.place[:120],
                "reason": fact.reason[:60],
                "carrier_words": fact.carrier_words[:200],
                "estimate_from": fact.estimate_from,
                "estimate_until": fact.estimate_until,
                "inbound_id": fact.inbound_id or inbound_id,
            }
            for parcel_id, fact in placed
        ],
    )
    return sorted(new, key=lambda scan: (scan.occurred_at, scan.id))


def _hand_on(uow: UnitOfWork, entry: Entry, of_order: OfOrder, known: Known) -> None:
    """The order's promise goes with the parcel, however the first estimate of the road looks."""
    parcel = entry.parcel
    if of_order.promised is not None:
        parcel.promised_from = of_order.promised.start
        parcel.promised_until = of_order.promised.until
    believed = _reassess(uow, entry, of_order, known)
    if of_order.promised is None and believed is not None:
        parcel.promised_from, parcel.promised_until = believed.window.start, believed.window.until
    promised = Window.between(parcel.promised_from, parcel.promised_until)
    if promised is not None:
        _tell(uow, entry, of_order.told or promised, reason="handed_over")
        entry = replace(entry, told=of_order.told or promised)
        _compare_with_told(uow, entry, believed, of_order)
    _log(uow, entry, ForecastStage.HANDOVER, believed, known)


def _take_in(
    uow: UnitOfWork, entry: Entry, new: Sequence[_New], of_order: OfOrder, known: Known
) -> None:
    parcel = entry.parcel
    was, before = parcel.status, _believed_of(parcel)
    newest = standing.newest(entry.said)
    if newest is not None:
        parcel.status, parcel.status_at = newest.status, newest.occurred_at
    for scan in new:
        uow.emit(
            ParcelScanned(
                order_id=entry.order_id,
                parcel_id=parcel.id,
                scan_id=scan.id,
                status=scan.status,
                occurred_at=scan.occurred_at.isoformat(),
                is_newest=newest is not None
                and (scan.occurred_at, scan.status) == (newest.occurred_at, newest.status),
            )
        )
    believed = _reassess(uow, entry, of_order, known)
    if len(new) == len(entry.said):
        _log(uow, entry, ForecastStage.SCAN, believed, known)
    if parcel.status is CarrierStatus.DELIVERED:
        parcel.delivered_at = parcel.status_at
        if was is not CarrierStatus.DELIVERED:
            uow.emit(
                ParcelDelivered(
                    order_id=entry.order_id,
                    parcel_id=parcel.id,
                    delivered_at=(parcel.delivered_at or uow.now).isoformat(),
                )
            )
    _compare_with_told(uow, entry, believed, of_order)
    _tell_if_changed(uow, entry, before)
    uow.touch(f"order:{entry.order_id}")


def _reassess(uow: UnitOfWork, entry: Entry, of_order: OfOrder, known: Known) -> Estimate | None:
    """Estimate and jeopardy of one parcel, as of now."""
    parcel = entry.parcel
    believed = eta.estimate(entry.said, entry.sent, now=uow.now, known=known)
    parcel.estimated_from = believed.window.start if believed else None
    parcel.estimated_until = believed.window.until if believed else None
    parcel.estimated_at = believed.median if believed else None
    parcel.estimate_reason = believed.why if believed else ""
    parcel.because = believed.because.as_json() if believed else {}
    here = on_the_road(entry, of_order, believed, uow.now)
    verdict = jeopardy.judge(here, uow.now)
    parcel.jeopardy, parcel.cause, parcel.suggestion = (
        verdict.jeopardy,
        verdict.cause,
        verdict.suggestion,
    )
    parcel.look_again_at = jeopardy.look_again(here, uow.now)
    if forecasts.is_day_before(parcel.promised_until, uow.now):
        _log(uow, entry, ForecastStage.DAY_BEFORE, believed, known)
    return believed


def _log(
    uow: UnitOfWork, entry: Entry, stage: ForecastStage, believed: Estimate | None, known: Known
) -> None:
    """Keep what is believed now, to be measured once the parcel has come."""
    if believed is None:
        return
    parcel, road = entry.parcel, entry.sent
    forecasts.note(
        uow,
        forecasts.Subject(
            order_id=entry.order_id,
            parcel_id=parcel.id,
            carrier=parcel.carrier,
            origin_region=road.origin_region,
            destination_region=road.destination_region,
        ),
        stage,
        believed,
        promised_until=parcel.promised_until,
        is_at_risk=parcel.jeopardy is not Jeopardy.ON_TIME,
        model_version=known.fitted.version,
    )


def _tell_if_changed(uow: UnitOfWork, entry: Entry, before: tuple[object, ...]) -> None:
    parcel = entry.parcel
    if _believed_of(parcel) == before or parcel.status is CarrierStatus.DELIVERED:
        return
    window = Window.between(parcel.estimated_from, parcel.estimated_until)
    uow.emit(
        ParcelOutlookChanged(
            order_id=entry.order_id,
            parcel_id=parcel.id,
            jeopardy=parcel.jeopardy,
            cause=parcel.cause,
            estimated_from=window.start.isoformat() if window else None,
            estimated_until=window.until.isoformat() if window else None,
        )
    )


def _believed_of(parcel: Parcel) -> tuple[object, ...]:
    return (
        parcel.jeopardy,
        parcel.cause,
        parcel.suggestion,
        parcel.estimated_from,
        parcel.estimated_until,
    )


def on_the_road(
    entry: Entry, of_order: OfOrder, believed: Estimate | None, now: datetime
) -> OnTheRoad:
    """A parcel as its jeopardy is judged by."""
    parcel = entry.parcel
    promised = Window.between(parcel.promised_from, parcel.promised_until)
    is_there = parcel.status is CarrierStatus.DELIVERED
    return OnTheRoad(
        status=parcel.status,
        reason=entry.cause(now),
        heard_at=parcel.status_at or parcel.handed_over_at,
        attempts=sum(one.status is CarrierStatus.ATTEMPTED for one in entry.said),
        delivered_at=parcel.status_at if is_there else None,
        promised=promised,
        estimated=believed.window if believed else None,
        chance_late=believed.chance_after(promised.until) if believed and promised else None,
        silence=jeopardy.silence_of(entry.sent.lane),
        risk_percent=of_order.risk_percent,
    )


def _compare_with_told(
    uow: UnitOfWork, entry: Entry, believed: Estimate | None, of_order: OfOrder
) -> None:
    """Emit only when what the customer was told last no longer holds, or holds again."""
    parcel = entry.parcel
    promised = Window.between(parcel.promised_from, parcel.promised_until)
    told = entry.told or promised
    if believed is None or promised is None or told is None:
        return
    window = believed.window
    is_doubtful = believed.chance_after(told.until) * 100 >= of_order.risk_percent
    if window.until > told.until and is_doubtful:
        cause = entry.cause(uow.now) or parcel.estimate_reason
        promise_id = _tell(uow, entry, window, reason=cause)
        uow.emit(
            ShipmentDelayed(
                order_id=entry.order_id,
                parcel_id=parcel.id,
                promise_id=promise_id,
                old_from=told.start.isoformat(),
                old_until=told.until.isoformat(),
                new_from=window.start.isoformat(),
                new_until=window.until.isoformat(),
                cause=cause,
            )
        )
    elif told.until > promised.until >= window.until:
        promise_id = _tell(uow, entry, window, reason="recovered")
        uow.emit(
            ShipmentRecovered(
                order_id=entry.order_id,
                parcel_id=parcel.id,
                promise_id=promise_id,
                old_from=told.start.isoformat(),
                old_until=told.until.isoformat(),
                new_from=window.start.isoformat(),
                new_until=window.until.isoformat(),
            )
        )


def _tell(uow: UnitOfWork, entry: Entry, window: Window, *, reason: str) -> int:
    return promises.promise(
        uow, window, order_id=entry.order_id, parcel_id=entry.parcel.id, reason=reason
    )


def _extra_days(known: Known, shipment: NewShipment, parcel: NewParcel) -> int:
    """What an island costs on top of its prefecture, which lanes know already."""
    where, to = known.days, shipment.destination_region
    there = where.extra_days(parcel.carrier, region=to, postal_code=shipment.postal_code)
    return min(_MOST_EXTRA_DAYS, max(0, there - where.extra_days(parcel.carrier, region=to)))


def _add_parcel(uow: UnitOfWork, shipment_id: int, parcel: NewParcel, *, extra_days: int) -> int:
    parcel_id: int | None = uow.session.scalar(
        insert(Parcel)
        .values(
            shipment_id=shipment_id,
            carrier=parcel.carrier,
            service=parcel.service,
            tracking_number=parcel.tracking_number,
            tracking_key=tracking_key(parcel.tracking_number),
            status=CarrierStatus.PRE_TRANSIT,
            handed_over_at=uow.now,
            extra_days=extra_days,
            weight_g=parcel.weight_g,
        )
        .on_conflict_do_nothing(index_elements=["carrier", "tracking_key"])
        .returning(Parcel.id)
    )
    if parcel_id is None:
        raise TrackingNumberTaken("another parcel of this carrier has this tracking number")
    for order_line_id, quantity in sorted(parcel.lines.items()):
        uow.session.add(
            ParcelLine(parcel_id=parcel_id, order_line_id=order_line_id, quantity=quantity)
        )
    uow.session.flush()
    return parcel_id
