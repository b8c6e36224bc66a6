"""Believing anew when an order arrives and whether its promise holds: on events, and by the clock.

Safe at once and again: the order is held, everything is read from rows, and what is believed
alike is not written. Nothing is told twice, since only a change of the kept row is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.operations.outlook import reading
from oms_service.operations.outlook.reading import HousePart, Picture
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.states import OrderState
from oms_service.shipping import eta, forecasts, jeopardy, outlooks, promises
from oms_service.shipping.because import HouseStage
from oms_service.shipping.eta import Estimate
from oms_service.shipping.events import OrderPromiseChanged
from oms_service.shipping.jeopardy import FINE, Hold, InHouse, Verdict
from oms_service.shipping.outlooks import Assessed
from oms_service.shipping.queries import Outlook, ParcelView, Part
from oms_service.shipping.states import CarrierStatus, Cause, ForecastStage, Jeopardy, Stage
from oms_service.shipping.windows import Window

#: So many orders are looked at in one transaction of the sweep.
BATCH: Final = 50

_STAGES: Final = {
    HouseStage.PLACED: Stage.PLACED,
    HouseStage.ALLOCATED: Stage.ALLOCATED,
    HouseStage.PICKED: Stage.PICKED,
    HouseStage.PACKED: Stage.PACKED,
}
#: From the least advanced to the end; the first that a part is at is the order's.
_IN_ORDER: Final = tuple(Stage)
#: Nobody knows when somebody else will act, so nothing is expected until then.
_NO_DATE: Final = frozenset({Hold.PAYMENT, Hold.ADDRESS, Hold.REVIEW, Hold.CUSTOMER})


@dataclass(frozen=True)
class _Believed:
    """One part with what is believed of it."""

    part: Part
    estimate: Estimate | None
    because: dict[str, Any]
    look_again_at: datetime | None


def assess(uow: UnitOfWork, order_id: int) -> bool:
    """Believe anew what is known of an order; returns whether anything has changed.

    Raises:
        NotFound: no such order.
    """
    orders.hold_against_others(uow, order_id)
    order = order_queries.by_id(uow.session, order_id)
    if order.order_state is OrderState.DRAFT or not reading.is_sent_home(uow.session, order_id):
        return False
    before = outlooks.of_order(uow.session, order_id)
    if order.order_state is OrderState.CANCELLED:
        return before is not None and outlooks.keep(uow, _called_off(before))
    picture = reading.read(uow.session, order, now=uow.now)
    return outlooks.keep(uow, _assessed(uow, picture, before))


def sweep(uow: UnitOfWork) -> int:
    """Look again at orders whose picture time may have changed; one batch, of those nobody holds.

    Returns:
        How many were looked at.
    """
    due = outlooks.due(uow.session, now=uow.now, limit=BATCH)
    free = orders.hold_those_free(uow, due)
    for order_id in sorted(free):
        assess(uow, order_id)
    return len(free)


def _called_off(before: Outlook) -> Assessed:
    return Assessed(
        order_id=before.order_id,
        stage=Stage.CANCELLED,
        promised=before.promised,
        promised_at=before.promised_at,
        told=before.told,
        estimated=None,
        median=None,
        because={},
        verdict=FINE,
        parcel_id=None,
        parts=(),
        risk_percent=jeopardy.RISK_PERCENT,
        look_again_at=None,
    )


def _assessed(uow: UnitOfWork, picture: Picture, before: Outlook | None) -> Assessed:
    promised, promised_at = _promise(uow, picture, before)
    parcels = [_of_parcel(one) for one in picture.parcels]
    house = [_of_house(one, picture, promised, uow.now) for one in picture.house]
    if promised is not None and forecasts.is_day_before(promised.until, uow.now):
        _log_day_before(uow, picture, house, promised)
    told = _tell(uow, picture, house, promised)
    is_there = picture.is_there
    parts = [one for one in (*parcels, *house) if is_there or one.part.stage is not Stage.DELIVERED]
    speaks = _who_speaks(parts)
    last = _last_to_come(parts)
    looks = [one.look_again_at for one in parts if one.look_again_at is not None]
    return Assessed(
        order_id=picture.order.id,
        stage=_stage([one.part.stage for one in parts], is_there=is_there),
        promised=promised,
        promised_at=promised_at,
        told=told,
        estimated=last.part.window if last else None,
        median=last.part.median if last else None,
        because=last.because if last else {},
        verdict=_verdict(speaks),
        parcel_id=speaks.part.parcel_id if speaks else None,
        parts=tuple(one.part for one in parts),
        risk_percent=picture.rules.at_risk_percent,
        look_again_at=None if is_there else min(looks, default=None),
    )


def _verdict(speaks: _Believed | None) -> Verdict:
    if speaks is None:
        return FINE
    return Verdict(speaks.part.jeopardy, speaks.part.cause, speaks.part.suggestion)


def _promise(
    uow: UnitOfWork, picture: Picture, before: Outlook | None
) -> tuple[Window | None, datetime | None]:
    """The original promise: as it was kept, as parcels had it, or made now that a day is known."""
    is_anew = before is None or (not before.is_open and bool(picture.house))
    if before is not None and before.promised is not None and not is_anew:
        return before.promised, before.promised_at
    open_parcels = [one for one in picture.parcels if one.status is not CarrierStatus.DELIVERED]
    of_parcels = open_parcels if picture.house else picture.parcels
    given = [one.promised for one in of_parcels if one.promised is not None]
    if given and not picture.house:
        left = [one.handed_over_at for one in picture.parcels if one.handed_over_at is not None]
        return max(given, key=lambda one: (one.until, one.start)), min(left, default=uow.now)
    foreseen = [_foreseen(part, picture, uow.now) for part in picture.house]
    if picture.hold in _NO_DATE or not foreseen or None in foreseen:
        return None, None
    windows = [*(one.window for one in foreseen if one is not None), *given]
    made = max(windows, key=lambda one: (one.until, one.start))
    reason = _why_promised(before)
    promises.promise(uow, made, order_id=picture.order.id, parcel_id=None, reason=reason)
    if before is None:
        _log_placement(uow, picture, foreseen, made)
    return made, uow.now


def _log_placement(
    uow: UnitOfWork, picture: Picture, foreseen: Sequence[Estimate | None], made: Window
) -> None:
    """Keep what was foretold when the order was placed, to be measured once it has come."""
    known = [
        (one, part) for one, part in zip(foreseen, picture.house, strict=True) if one is not None
    ]
    last, part = max(known, key=lambda pair: (pair[0].window.until, pair[0].window.start))
    forecasts.note(
        uow,
        _subject(picture, part),
        ForecastStage.PLACEMENT,
        last,
        promised_until=made.until,
        model_version=picture.known.fitted.version,
    )


def _log_day_before(
    uow: UnitOfWork, picture: Picture, house: Sequence[_Believed], promised: Window
) -> None:
    """Keep what was foretold a day ahead of goods that have not left; the last to come speaks."""
    known = [
        (one.estimate, one.part.jeopardy, goods)
        for one, goods in zip(house, picture.house, strict=True)
        if one.estimate is not None
    ]
    if not known:
        return
    last, _, goods = max(known, key=lambda one: (one[0].window.until, one[0].window.start))
    forecasts.note(
        uow,
        _subject(picture, goods),
        ForecastStage.DAY_BEFORE,
        last,
        promised_until=promised.until,
        is_at_risk=any(level is not Jeopardy.ON_TIME for _, level, _ in known),
        model_version=picture.known.fitted.version,
    )


def _subject(picture: Picture, part: HousePart) -> forecasts.Subject:
    return forecasts.Subject(
        order_id=picture.order.id,
        carrier=part.unsent.carrier,
        origin_region=part.unsent.origin_region,
        destination_region=part.unsent.destination_region,
    )


def _why_promised(before: Outlook | None) -> str:
    """Why a promise is made now; more goods of an order that was settled are promised anew."""
    if before is None:
        return "placed"
    return "date_known" if before.is_open else "sent_again"


def _foreseen(part: HousePart, picture: Picture, now: datetime) -> Estimate | None:
    """When goods arrive that would go on now; nobody can say of what waits without a day."""
    if part.waits and part.unsent.ready_on is None:
        return None
    return eta.foresee(part.unsent, now=now, known=picture.known)


def _of_parcel(parcel: ParcelView) -> _Believed:
    is_there = parcel.status is CarrierStatus.DELIVERED
    because = parcel.because.as_json() if parcel.because else {}
    part = Part(
        stage=Stage.DELIVERED if is_there else Stage.HANDED_OVER,
        parcel_id=parcel.id,
        location_id=None,
        window=None if is_there else parcel.estimated,
        median=None if is_there else parcel.estimated_at,
        jeopardy=parcel.jeopardy,
        cause=parcel.cause,
        suggestion=parcel.suggestion,
    )
    # A parcel is looked at by its own sweep, which tells what has changed.
    return _Believed(part, None, because, None)


def _of_house(
    goods: HousePart, picture: Picture, promised: Window | None, now: datetime
) -> _Believed:
    estimate = _foreseen(goods, picture, now)
    chance = estimate.chance_after(promised.until) if estimate and promised else None
    here = InHouse(
        held_by=picture.hold,
        since=picture.held_since or goods.unsent.since,
        waits=goods.waits,
        ready_until=goods.ready_until,
        send_until=goods.send_until,
        promised=promised,
        chance_late=chance,
        risk_percent=picture.rules.at_risk_percent,
        hold_days=picture.rules.hold_days,
        house_days=picture.rules.house_days,
        stuck_at=_stuck_at(goods, picture),
    )
    verdict = jeopardy.judge_in_house(here, now)
    shown = None if picture.hold in _NO_DATE else estimate
    part = Part(
        stage=_house_stage(goods, picture),
        parcel_id=None,
        location_id=goods.location_id,
        window=shown.window if shown else None,
        median=shown.median if shown else None,
        jeopardy=verdict.jeopardy,
        cause=verdict.cause,
        suggestion=verdict.suggestion,
        chance_late=round(chance, 2) if chance is not None else None,
    )
    because = shown.because.as_json() if shown else {}
    return _Believed(part, shown, because, jeopardy.look_again_in_house(here, now))


def _stuck_at(goods: HousePart, picture: Picture) -> datetime | None:
    """When goods that could go on have stood where they are for too long, as was learned there."""
    if goods.stands is None:
        return None
    stage, since = goods.stands
    road = picture.known.fitted.likely(goods.unsent.road)
    return picture.known.foreteller.stuck_at(stage, since, road, goods.location_id)


def _house_stage(goods: HousePart, picture: Picture) -> Stage:
    if picture.hold is not Hold.NONE:
        return Stage.HELD
    return Stage.BACKORDERED if goods.waits else _STAGES[goods.unsent.stage]


def _tell(
    uow: UnitOfWork, picture: Picture, house: Sequence[_Believed], promised: Window | None
) -> Window | None:
    """What the customer holds now, over all parts; a new promise where goods in the house slip."""
    said = outlooks.told(uow.session, [picture.order.id])
    of_parcels = [
        said.get((picture.order.id, one.id)) or one.promised
        for one in picture.parcels
        if one.status is not CarrierStatus.DELIVERED
    ]
    windows = [one for one in of_parcels if one is not None]
    if house and promised is not None:
        before = said.get((picture.order.id, None)) or promised
        windows.append(_told_of_house(uow, picture, house, promised, before))
    if not windows:
        last = [said.get((picture.order.id, one.id)) or one.promised for one in picture.parcels]
        windows = [one for one in last if one is not None] or ([promised] if promised else [])
    return max(windows, key=lambda one: (one.until, one.start), default=None)


def _told_of_house(
    uow: UnitOfWork,
    picture: Picture,
    house: Sequence[_Believed],
    promised: Window,
    before: Window,
) -> Window:
    estimates = [one.estimate for one in house if one.estimate is not None]
    last = max(estimates, key=lambda one: (one.window.until, one.window.start), default=None)
    if last is None or len(estimates) < len(house):
        return before
    order_id, now = picture.order.id, last.window
    is_doubtful = last.chance_after(before.until) * 100 >= picture.rules.at_risk_percent
    if now.until > before.until and is_doubtful:
        speaks = _who_speaks(house)
        cause = str(speaks.part.cause) if speaks else ""
        if cause == Cause.NOT_SENT and _stands_as_put_off(uow, picture):
            return before
        promise_id = promises.promise(uow, now, order_id=order_id, parcel_id=None, reason=cause)
        uow.emit(
            OrderPromiseChanged(
                order_id=order_id,
                promise_id=promise_id,
                old_from=before.start.isoformat(),
                old_until=before.until.isoformat(),
                new_from=now.start.isoformat(),
                new_until=now.until.isoformat(),
                cause=cause,
            )
        )
        return now
    if before.until > promised.until >= now.until:
        promises.promise(uow, promised, order_id=order_id, parcel_id=None, reason="recovered")
        return promised
    return before


def _stands_as_put_off(uow: UnitOfWork, picture: Picture) -> bool:
    """Whether it was put off for not leaving already, and nothing has been done with it since.

    The estimate of goods that nobody touches moves on day by day; that is one delay, told once.
    """
    put_off_at = outlooks.put_off_at(uow.session, picture.order.id, cause=Cause.NOT_SENT)
    if put_off_at is None:
        return False
    moved = [goods.stands[1] for goods in picture.house if goods.stands is not None]
    return all(since <= put_off_at for since in moved)


def _who_speaks(parts: Sequence[_Believed]) -> _Believed | None:
    """The worst part; of several the one that comes last, then the oldest."""
    return max(
        parts,
        key=lambda one: (
            jeopardy.rank(one.part.jeopardy),
            one.part.window.until.timestamp() if one.part.window else 0.0,
            -(one.part.parcel_id or 0),
            -(one.part.location_id or 0),
        ),
        default=None,
    )


def _last_to_come(parts: Sequence[_Believed]) -> _Believed | None:
    """The part that decides when everything is there; None while nobody knows of one of them."""
    if any(one.part.window is None for one in parts):
        return None
    return max(
        parts,
        key=lambda one: (one.part.window.until, one.part.window.start) if one.part.window else (),
        default=None,
    )


def _stage(stages: Sequence[Stage], *, is_there: bool) -> Stage:
    if is_there:
        return Stage.DELIVERED
    return min(stages, key=_IN_ORDER.index, default=Stage.PLACED)
