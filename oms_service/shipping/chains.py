"""What a customer was told of each delivery, one after the other, and whether it was kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import named
from oms_service.shipping.models import Parcel, Promise, Shipment, Telling
from oms_service.shipping.windows import Window

#: The channel of what the house itself promised, whoever told it then.
PROMISED = "system"


@dataclass(frozen=True)
class Said:
    """One window that was told; ``is_again`` where it had been told before another one.

    ``channel`` is ``system`` for a promise, else the channel a person was answered over; ``reason``
    is a code, of why it is this window.
    """

    at: datetime
    channel: str
    window: Window
    reason: str
    is_again: bool = False

    @property
    def is_promise(self) -> bool:
        return self.channel == PROMISED


@dataclass(frozen=True)
class Chain:
    """What was told of one parcel, or of the whole order where ``parcel_id`` is None.

    ``original`` is what was promised first, ``current`` what was told last; None where nothing
    was. ``delivered_at`` is when it came, of an order its last parcel so far.
    """

    parcel_id: int | None
    carrier: str
    tracking_number: str
    original: Window | None
    current: Window | None
    delivered_at: datetime | None
    said: tuple[Said, ...]

    def kept_original(self, now: datetime) -> bool | None:
        return is_kept(self.original, self.delivered_at, now)

    def kept_current(self, now: datetime) -> bool | None:
        return is_kept(self.current, self.delivered_at, now)


def is_kept(promised: Window | None, delivered_at: datetime | None, now: datetime) -> bool | None:
    """Whether it came before the window had closed; None while that is open, or without one."""
    if promised is None or (delivered_at is None and now < promised.until):
        return None
    return delivered_at is not None and delivered_at < promised.until


def chains_of(reader: Session | Connection, order_id: int) -> tuple[Chain, ...]:
    """What was told of an order: of the whole of it, then of each parcel; three queries.

    Nothing is left out: a delivery of which nothing was told has an empty chain.
    """
    parcels = _PARCELS.all(reader, order_id=order_id)
    said = _said(reader, order_id)
    came = [row.delivered_at for row in parcels]
    whole = _in_order(said.get(None, ()))
    found = [
        Chain(
            row.id,
            row.carrier,
            row.tracking_number,
            Window.between(row.promised_from, row.promised_until) or _first(mine),
            _last(mine) or _last(whole),
            row.delivered_at,
            mine,
        )
        for row in parcels
        for mine in (_in_order(said.get(row.id, ())),)
    ]
    if whole or not found:
        delivered_at = max(came) if came and all(came) else None
        found.insert(0, Chain(None, "", "", _first(whole), _last(whole), delivered_at, whole))
    return tuple(found)


def told_last(
    reader: Session | Connection, order_id: int, parcel_id: int | None, *, until: datetime
) -> Window | None:
    """The window that was told last by then, over whatever channel."""
    said = _said(reader, order_id)
    for whose in (parcel_id, None):
        by_then = [one for one in said.get(whose, ()) if one.at <= until]
        if by_then:
            return _last(_in_order(by_then))
    return None


def _said(reader: Session | Connection, order_id: int) -> dict[int | None, list[Said]]:
    found: dict[int | None, list[Said]] = {}
    for row in _PROMISES.all(reader, order_id=order_id):
        window = Window(row.window_from, row.window_until)
        one = Said(row.said_at, row.channel, window, row.reason)
        found.setdefault(row.parcel_id, []).append(one)
    for told in _TELLINGS.all(reader, order_id=order_id):
        window = Window(told.window_from, told.window_until)
        mine = found.setdefault(told.parcel_id, [])
        mine.append(Said(told.said_at, told.channel, window, told.reason))
        if told.again_at is not None:
            mine.append(Said(told.again_at, told.channel, window, told.reason, is_again=True))
    return found


_PARCELS: Final = named(
    select(
        Parcel.id,
        Parcel.carrier,
        Parcel.tracking_number,
        Parcel.promised_from,
        Parcel.promised_until,
        Parcel.delivered_at,
    )
    .join(Shipment, Shipment.id == Parcel.shipment_id)
    .where(Shipment.order_id == bindparam("order_id"))
    .order_by(Parcel.id)
)
_PROMISES: Final = named(
    select(
        Promise.parcel_id,
        Promise.said_at,
        Promise.channel,
        Promise.window_from,
        Promise.window_until,
        Promise.reason,
    )
    .where(Promise.order_id == bindparam("order_id"))
    .order_by(Promise.id)
)
_TELLINGS: Final = named(
    select(
        Telling.parcel_id,
        Telling.said_at,
        Telling.again_at,
        Telling.channel,
        Telling.window_from,
        Telling.window_until,
        Telling.reason,
    )
    .where(Telling.order_id == bindparam("order_id"))
    .order_by(Telling.id)
)


def _in_order(said: Iterable[Said]) -> tuple[Said, ...]:
    """By time; at one time what was promised comes before what was told of it."""
    return tuple(sorted(said, key=lambda one: (one.at, not one.is_promise)))


def _first(said: tuple[Said, ...]) -> Window | None:
    return next((one.window for one in said if one.is_promise), None)


def _last(said: tuple[Said, ...]) -> Window | None:
    return said[-1].window if said else None
