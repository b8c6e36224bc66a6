"""What stock tells the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("stock.became_available", of="variant")
@dataclass(frozen=True, kw_only=True)
class StockBecameAvailable(Event):
    """More units of a variant can be promised at a location than before.

    ``units`` is how many there are now, safety stock kept back.
    """

    variant_id: int
    location_id: int
    units: int


@event("stock.level_low", of="variant")
@dataclass(frozen=True, kw_only=True)
class StockLevelLow(Event):
    """The available units of a level fell to its reorder point or below it."""

    variant_id: int
    location_id: int
    units: int
    reorder_point: int


@event("stock.handled", of="variant")
@dataclass(frozen=True, kw_only=True)
class StockHandled(Event):
    """Somebody moved units by hand; ``handling`` and ``reason`` are codes."""

    variant_id: int
    location_id: int
    handling: str
    units: int
    reason: str


@event("stock.received", of="purchase")
@dataclass(frozen=True, kw_only=True)
class StockReceived(Event):
    """A delivery of a purchase order was booked in; ``is_complete`` when nothing is to come."""

    purchase_id: int
    receipt_id: int
    location_id: int
    units: int
    damaged_units: int
    is_complete: bool


@event("stock.reserved", of="reservation")
@dataclass(frozen=True, kw_only=True)
class StockReserved(Event):
    """Units are held until a time."""

    reservation_id: int
    variant_id: int
    location_id: int
    units: int
    until: str


@event("stock.reservation_ended", of="reservation")
@dataclass(frozen=True, kw_only=True)
class ReservationEnded(Event):
    """Units are held no longer; ``how`` is a code: released, expired or redeemed."""

    reservation_id: int
    variant_id: int
    location_id: int
    units: int
    how: str


@event("purchase.ordered", of="purchase")
@dataclass(frozen=True, kw_only=True)
class PurchaseOrdered(Event):
    """Goods were ordered from a supplier."""

    purchase_id: int
    location_id: int
    expected_on: str


@event("purchase.rescheduled", of="purchase")
@dataclass(frozen=True, kw_only=True)
class PurchaseRescheduled(Event):
    """A supplier's goods are expected on another day."""

    purchase_id: int
    location_id: int
    old_expected_on: str
    expected_on: str


@event("purchase.ended", of="purchase")
@dataclass(frozen=True, kw_only=True)
class PurchaseEnded(Event):
    """What has not come of a purchase order will not come; ``state`` is closed or cancelled."""

    purchase_id: int
    state: str
    missing_units: int
    reason: str


@event("transfer.dispatched", of="transfer")
@dataclass(frozen=True, kw_only=True)
class TransferDispatched(Event):
    """Goods left one location for another."""

    transfer_id: int
    from_location_id: int
    to_location_id: int
    units: int


@event("transfer.received", of="transfer")
@dataclass(frozen=True, kw_only=True)
class TransferReceived(Event):
    """They arrived; ``is_discrepant`` where not what had left."""

    transfer_id: int
    to_location_id: int
    units: int
    damaged_units: int
    is_discrepant: bool


@event("transfer.settled", of="transfer")
@dataclass(frozen=True, kw_only=True)
class TransferSettled(Event):
    """Somebody explained what differed."""

    transfer_id: int
    lost_units: int


@event("count.approved", of="count")
@dataclass(frozen=True, kw_only=True)
class CountApproved(Event):
    """The books say what was counted; ``units_more`` and ``units_less`` were put right."""

    count_id: int
    location_id: int
    units_more: int
    units_less: int
