"""What changes parcels: handing over, carriers' scans, and the passing of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.kernel.events import Event
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
from oms_service.shipping.forecasts import Foretold, Subject
from oms_service.shipping.jeopardy import OnTheRoad
from oms_service.shipping.models import Parcel, ParcelLine, Scan, Shipment
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.promises import OfOrder
from oms_service.shipping.states import MOVING, ForecastStage, Jeopardy
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
    #: When its carrier was told to deliver it.
    wished: Window | None = None


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
        _add_parcel(uow, row.id, parcel, known, extra_days=_extra_days(known, shipment, parcel))
        for parcel in shipment.parcels
    )
    entries = entries_of(uow.session, ids)
    looks = _look_at(uow, entries, zone)
    for entry in entries:
        parcel = entry.parcel
        _hand_on(uow, looks, entry)
        uow.emit(
            ParcelHandedOver(
                order_id=shipment.order_id,
                shipment_id=row.id,
                parcel_id=parcel.id,
                carrier=parcel.carrier,
                handed_over_at=uow.now.isoformat(),
            )
        )
    forecasts.note_parcels(uow, looks.foretold)
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
        zone: whose days windows are made of, where a parcel does not say.
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
        looks = _look_at(uow, entries, zone)
        changes = [_take_in(looks, entry, by_parcel[entry.parcel.id]) for entry in entries]
        with uow.together():
            _tell_together(uow, looks, changes)
    return Recorded(len(new), len(placed) - len(new), tuple(refused))


def reassess(uow: UnitOfWork, parcel_ids: Sequence[int], *, zone: ZoneInfo) -> int:
    """Believe anew what the passing of time alone changes. The parcels must be locked.

    Returns:
        How many parcels were looked at.
    """
    entries = entries_of(uow.session, parcel_ids)
    looks = _look_at(uow, entries, zone)
    changes = []
    for entry in entries:
        before = _believed_of(entry.parcel)
        changes.append(_Change(entry, before, _reassess(looks, entry)))
    with uow.together():
        _tell_together(uow, looks, changes)
    return len(entries)


@dataclass(frozen=True)
class _New:
    id: int
    parcel_id: int
    status: CarrierStatus
    occurred_at: datetime


@dataclass(frozen=True)
class _Looks:
    """Some parcels looked at in one transaction; ``foretold`` gathers what is logged of them."""

    now: datetime
    zone: ZoneInfo
    by_zone: Mapping[str, Known]
    of_orders: Mapping[int, OfOrder]
    foretold: list[Foretold] = field(default_factory=list)

    def known(self, parcel: Parcel) -> Known:
        """What its estimate is made of: windows keep the days they were promised in."""
        return self.by_zone[parcel.zone or self.zone.key]


def _look_at(uow: UnitOfWork, entries: Sequence[Entry], zone: ZoneInfo) -> _Looks:
    of_orders = promises.of_orders(uow.session, {one.order_id for one in entries})
    zones = {one.parcel.zone or zone.key for one in entries}
    by_zone = {name: book.known(uow.session, ZoneInfo(name)) for name in sorted(zones)}
    return _Looks(uow.now, zone, by_zone, of_orders)


@dataclass(frozen=True)
class _Change:
    """A parcel believed anew; ``before`` is what was believed, ``heard`` what it follows from."""

    entry: Entry
    before: tuple[object, ...]
    believed: Estimate | None
    heard: tuple[Event, ...] = ()


@dataclass(frozen=True)
class _Slip:
    """What the customer was told last no longer holds, or with ``is_good`` holds again."""

    entry: Entry
    told: Window
    window: Window
    cause: str
    is_good: bool = False


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


def _hand_on(uow: UnitOfWork, looks: _Looks, entry: Entry) -> None:
    """The order's promise goes with the parcel, however the first estimate of the road looks."""
    parcel, of_order = entry.parcel, looks.of_orders[entry.order_id]
    if of_order.promised is not None:
        parcel.promised_from = of_order.promised.start
        parcel.promised_until = of_order.promised.until
    believed = _reassess(looks, entry)
    if of_order.promised is None and believed is not None:
        parcel.promised_from, parcel.promised_until = believed.window.start, believed.window.until
    promised = Window.between(parcel.promised_from, parcel.promised_until)
    if promised is not None:
        told = of_order.told or promised
        promises.promise(
            uow, told, order_id=entry.order_id, parcel_id=parcel.id, reason="handed_over"
        )
        slip = _compare_with_told(looks, replace(entry, told=told), believed)
        for event in _promised_anew(uow, [slip] if slip else []):
            uow.emit(event)
    _log(looks, entry, ForecastStage.HANDOVER, believed)


def _take_in(looks: _Looks, entry: Entry, new: Sequence[_New]) -> _Change:
    parcel = entry.parcel
    was, before = parcel.status, _believed_of(parcel)
    newest = standing.newest(entry.said)
    if newest is not None:
        parcel.status, parcel.status_at = newest.status, newest.occurred_at
    heard: list[Event] = [
        ParcelScanned(
            order_id=entry.order_id,
            parcel_id=parcel.id,
            scan_id=scan.id,
            status=scan.status,
            occurred_at=scan.occurred_at.isoformat(),
            is_newest=newest is not None
            and (scan.occurred_at, scan.status) == (newest.occurred_at, newest.status),
        )
        for scan in new
    ]
    believed = _reassess(looks, entry)
    if len(new) == len(entry.said):
        _log(looks, entry, ForecastStage.SCAN, believed)
    if parcel.status is CarrierStatus.DELIVERED:
        parcel.delivered_at = parcel.status_at
        if was is not CarrierStatus.DELIVERED:
            heard.append(
                ParcelDelivered(
                    order_id=entry.order_id,
                    parcel_id=parcel.id,
                    delivered_at=(parcel.delivered_at or looks.now).isoformat(),
                )
            )
    return _Change(entry, before, believed, tuple(heard))


def _tell_together(uow: UnitOfWork, looks: _Looks, changes: Sequence[_Change]) -> None:
    """Write down what follows from parcels believed anew, one statement a table."""
    forecasts.note_parcels(uow, looks.foretold)
    compared = (
        _compare_with_told(looks, one.entry, one.believed, is_heard=bool(one.heard))
        for one in changes
    )
    slips = {one.entry.parcel.id: one for one in compared if one is not None}
    told = dict(zip(slips, _promised_anew(uow, list(slips.values())), strict=True))
    for change in changes:
        entry = change.entry
        for event in change.heard:
            uow.emit(event)
        slip = told.get(entry.parcel.id)
        if slip is not None:
            uow.emit(slip)
        _tell_if_changed(uow, entry, change.before)
        if change.heard:
            uow.touch(f"order:{entry.order_id}")


def _reassess(looks: _Looks, entry: Entry) -> Estimate | None:
    """Estimate and jeopardy of one parcel, as of now."""
    parcel, now, known = entry.parcel, looks.now, looks.known(entry.parcel)
    believed = eta.estimate(entry.said, entry.sent, now=now, known=known)
    parcel.estimated_from = believed.window.start if believed else None
    parcel.estimated_until = believed.window.until if believed else None
    parcel.estimated_at = believed.median if believed else None
    parcel.estimate_reason = believed.why if believed else ""
    parcel.because = believed.because.as_json() if believed else {}
    here = on_the_road(entry, looks.of_orders[entry.order_id], believed, now, known)
    verdict = jeopardy.judge(here, now)
    parcel.jeopardy, parcel.cause, parcel.suggestion = (
        verdict.jeopardy,
        verdict.cause,
        verdict.suggestion,
    )
    parcel.look_again_at = jeopardy.look_again(here, now)
    if forecasts.is_day_before(parcel.promised_until, now):
        _log(looks, entry, ForecastStage.DAY_BEFORE, believed)
    return believed


def _log(looks: _Looks, entry: Entry, stage: ForecastStage, believed: Estimate | None) -> None:
    """Keep what is believed now, to be measured once the parcel has come."""
    if believed is None:
        return
    parcel, road = entry.parcel, entry.sent
    looks.foretold.append(
        Foretold(
            subject=Subject(
                order_id=entry.order_id,
                parcel_id=parcel.id,
                carrier=parcel.carrier,
                origin_region=road.origin_region,
                destination_region=road.destination_region,
            ),
            stage=stage,
            estimate=believed,
            promised_until=parcel.promised_until,
            is_at_risk=parcel.jeopardy is not Jeopardy.ON_TIME,
            model_version=looks.known(parcel).fitted.version,
        )
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
    entry: Entry, of_order: OfOrder, believed: Estimate | None, now: datetime, known: Known
) -> OnTheRoad:
    """A parcel as its jeopardy is judged by."""
    parcel, heard_at = entry.parcel, _heard_at(entry.parcel)
    promised = Window.between(parcel.promised_from, parcel.promised_until)
    is_there = parcel.status is CarrierStatus.DELIVERED
    return OnTheRoad(
        status=parcel.status,
        reason=entry.cause(now),
        heard_at=heard_at,
        attempts=sum(one.status is CarrierStatus.ATTEMPTED for one in entry.said),
        delivered_at=parcel.status_at if is_there else None,
        promised=promised,
        estimated=believed.window if believed else None,
        chance_late=believed.chance_after(promised.until) if believed and promised else None,
        silence=known.foreteller.silence(
            entry.sent.road,
            parcel.status,
            heard_at or now,
            rule=jeopardy.silence_of(entry.sent.lane),
        ),
        risk_percent=of_order.risk_percent,
        was=parcel.jeopardy,
    )


def _heard_at(parcel: Parcel) -> datetime | None:
    """When it was last heard of; a word from before it left says nothing of where it is now."""
    said_at, left_at = parcel.status_at, parcel.handed_over_at
    if parcel.status in MOVING and said_at is not None and left_at is not None:
        return max(said_at, left_at)
    return said_at or left_at


def _compare_with_told(
    looks: _Looks, entry: Entry, believed: Estimate | None, *, is_heard: bool = False
) -> _Slip | None:
    """Only when what the customer was told last no longer holds, or holds again.

    The estimate of a parcel that nobody hears of moves on day by day; that is one delay, told
    once. What goes on for too long is told as such, once, by the order's jeopardy.
    """
    parcel = entry.parcel
    promised = Window.between(parcel.promised_from, parcel.promised_until)
    told = entry.told or promised
    if believed is None or promised is None or told is None:
        return None
    window, risk_percent = believed.window, looks.of_orders[entry.order_id].risk_percent
    is_doubtful = believed.chance_after(told.until) * 100 >= risk_percent
    if window.until > told.until and is_doubtful:
        if entry.is_silent_since_put_off() and not is_heard:
            return None
        return _Slip(entry, told, window, entry.cause(looks.now) or parcel.estimate_reason)
    if told.until > promised.until >= window.until:
        return _Slip(entry, told, window, "recovered", is_good=True)
    return None


def _promised_anew(uow: UnitOfWork, slips: Sequence[_Slip]) -> list[Event]:
    """Promise what is believed now, and what is to be told of each."""
    made = [
        promises.Made(
            window=one.window,
            order_id=one.entry.order_id,
            parcel_id=one.entry.parcel.id,
            reason=one.cause,
        )
        for one in slips
    ]
    return [
        _slipped(one, promise_id)
        for one, promise_id in zip(slips, promises.several(uow, made), strict=True)
    ]


def _slipped(slip: _Slip, promise_id: int) -> Event:
    said: dict[str, Any] = {
        "order_id": slip.entry.order_id,
        "parcel_id": slip.entry.parcel.id,
        "promise_id": promise_id,
        "old_from": slip.told.start.isoformat(),
        "old_until": slip.told.until.isoformat(),
        "new_from": slip.window.start.isoformat(),
        "new_until": slip.window.until.isoformat(),
    }
    return ShipmentRecovered(**said) if slip.is_good else ShipmentDelayed(**said, cause=slip.cause)


def _extra_days(known: Known, shipment: NewShipment, parcel: NewParcel) -> int:
    """What an island costs on top of its prefecture, which lanes know already."""
    where, to = known.days, shipment.destination_region
    there = where.extra_days(parcel.carrier, region=to, postal_code=shipment.postal_code)
    return min(_MOST_EXTRA_DAYS, max(0, there - where.extra_days(parcel.carrier, region=to)))


def _add_parcel(
    uow: UnitOfWork, shipment_id: int, parcel: NewParcel, known: Known, *, extra_days: int
) -> int:
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
            zone=known.zone.key,
            extra_days=extra_days,
            weight_g=parcel.weight_g,
            wished_from=parcel.wished.start if parcel.wished else None,
            wished_until=parcel.wished.until if parcel.wished else None,
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
