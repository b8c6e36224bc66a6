"""What shipping tells the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("parcel.handed_over", of="order")
@dataclass(frozen=True, kw_only=True)
class ParcelHandedOver(Event):
    """A carrier has it now."""

    order_id: int
    shipment_id: int
    parcel_id: int
    carrier: str
    handed_over_at: str


@event("parcel.scanned", of="order")
@dataclass(frozen=True, kw_only=True)
class ParcelScanned(Event):
    """A carrier said something new; ``is_newest`` unless it was old news by its own time."""

    order_id: int
    parcel_id: int
    scan_id: int
    status: str
    occurred_at: str
    is_newest: bool


@event("parcel.delivered", of="order")
@dataclass(frozen=True, kw_only=True)
class ParcelDelivered(Event):
    """Told once for each parcel."""

    order_id: int
    parcel_id: int
    delivered_at: str


@event("shipment.delayed", of="order")
@dataclass(frozen=True, kw_only=True)
class ShipmentDelayed(Event):
    """The estimate slipped past what the customer was told last; ``cause`` is a code."""

    order_id: int
    parcel_id: int
    promise_id: int
    old_from: str
    old_until: str
    new_from: str
    new_until: str
    cause: str


@event("shipment.recovered", of="order")
@dataclass(frozen=True, kw_only=True)
class ShipmentRecovered(Event):
    """After a delay was told, the first promise will hold after all."""

    order_id: int
    parcel_id: int
    promise_id: int
    old_from: str
    old_until: str
    new_from: str
    new_until: str


@event("parcel.outlook_changed", of="order")
@dataclass(frozen=True, kw_only=True)
class ParcelOutlookChanged(Event):
    """When a parcel is expected, or how its promise stands, is believed otherwise than before.

    ``cause`` is a code, empty while the promise is not in doubt; the window is empty where
    nothing is expected.
    """

    order_id: int
    parcel_id: int
    jeopardy: str
    cause: str
    estimated_from: str | None
    estimated_until: str | None


@event("order.promise_changed", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderPromiseChanged(Event):
    """Goods that have not left will not come within what the customer was told last.

    ``cause`` is a code.
    """

    order_id: int
    promise_id: int
    old_from: str
    old_until: str
    new_from: str
    new_until: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class AboutOutlook(Event):
    """The promise of a whole order stands otherwise than before.

    ``change`` counts the changes of one order from 1, so that each is told once. ``cause`` and
    ``suggestion`` are codes. ``parcel_id`` is the parcel that speaks for the order, empty for
    goods that have not left. Windows are empty where none is known; ``told_until`` is the end of
    what the customer was told last.
    """

    order_id: int
    change: int
    before: str
    cause: str
    suggestion: str
    parcel_id: int | None
    told_until: str | None
    estimated_from: str | None
    estimated_until: str | None


@event("order.at_risk", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderAtRisk(AboutOutlook):
    """The promise will probably not hold."""


@event("order.late", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderLate(AboutOutlook):
    """The promise is broken."""


@event("order.stalled", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderStalled(AboutOutlook):
    """Nothing has moved for too long."""


@event("order.recovered", of="order")
@dataclass(frozen=True, kw_only=True)
class OrderRecovered(AboutOutlook):
    """The promise is no longer in doubt, or was kept after all."""
