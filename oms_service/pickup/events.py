"""What happens to goods that customers fetch in a shop."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("pickup.reserved", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupReserved(Event):
    """Somebody means to fetch something in a shop; ``ready_by`` is what they were told."""

    order_id: int
    pickup_id: int
    location_id: int
    ready_by: str
    is_reservation: bool


@event("pickup.ready", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupReady(Event):
    """It lies ready in the shop, and is kept until ``collect_by``."""

    order_id: int
    pickup_id: int
    location_id: int
    collect_by: str


@event("pickup.reminder_due", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupReminderDue(Event):
    """It lies ready and is not kept much longer; told once for each deadline."""

    order_id: int
    pickup_id: int
    location_id: int
    collect_by: str


@event("pickup.extended", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupExtended(Event):
    """It is kept longer, until ``collect_by``."""

    order_id: int
    pickup_id: int
    collect_by: str


@event("pickup.collected", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupCollected(Event):
    """Units went over the counter; ``is_whole`` when nothing is left to fetch."""

    order_id: int
    pickup_id: int
    location_id: int
    units: int
    is_whole: bool


@event("pickup.expired", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupExpired(Event):
    """Nobody came in time; ``state`` is expired for a reservation, no_show for an order."""

    order_id: int
    pickup_id: int
    location_id: int
    state: str


@event("pickup.cancelled", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupCancelled(Event):
    """It was called off before anybody fetched it."""

    order_id: int
    pickup_id: int
    location_id: int
