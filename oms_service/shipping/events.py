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
