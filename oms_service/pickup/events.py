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


@dataclass(frozen=True, kw_only=True)
class AboutEnd(Event):
    """How a pickup ended.

    Nothing remains of the draft that a mere reservation was; what it held is therefore said here:
    under which ``order_number``, for whom in which ``language``, the first ``variant_id`` and how
    many ``further_items``. All of it is empty for an order.
    """

    order_id: int
    pickup_id: int
    location_id: int
    order_number: str = ""
    customer_id: int | None = None
    language: str = ""
    variant_id: int | None = None
    further_items: int = 0


@event("pickup.expired", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupExpired(AboutEnd):
    """Nobody came in time; ``state`` is expired for a reservation, no_show for an order."""

    state: str


@event("pickup.cancelled", of="order")
@dataclass(frozen=True, kw_only=True)
class PickupCancelled(AboutEnd):
    """It was called off before anybody fetched it; of a reservation it says what was for whom."""
