"""What sales channels tell of how they sell."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("selling.date_moved", of="selling_rule")
@dataclass(frozen=True, kw_only=True)
class SellingDateMoved(Event):
    """What waits of a variant leaves by another day; orders from ``after_order_id`` on follow."""

    selling_rule_id: int
    variant_id: int
    channel_id: int | None
    ships_by: str
    after_order_id: int
