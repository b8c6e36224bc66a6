"""What was made, for those who build on it: cases, conversations, tests."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DemoOrder:
    """One order of the demo shop."""

    order_id: int
    number: str
    customer_id: int
    channel: str
    language: str
    placed_at: datetime
    line_ids: tuple[int, ...]
    #: When it arrived whole, where it has.
    delivered_at: datetime | None = None
    #: Why its parcel is late or at risk, where it is: ``snow``, ``no_one_home``, ...
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class DemoReturn:
    """One return of the demo shop."""

    return_id: int
    number: str
    order: DemoOrder
    state: str
    is_referred: bool


@dataclass(frozen=True, kw_only=True)
class DemoShop:
    """The demo shop, by what others look for. Orders are sorted, the newest last."""

    now: datetime
    channels: dict[str, int] = field(default_factory=dict)
    locations: dict[str, int] = field(default_factory=dict)
    customers: tuple[int, ...] = ()
    delivered: tuple[DemoOrder, ...] = ()
    in_flight: tuple[DemoOrder, ...] = ()
    #: In flight, with the promise passed, at risk or silent for days.
    late: tuple[DemoOrder, ...] = ()
    waiting: tuple[DemoOrder, ...] = ()
    cancelled: tuple[DemoOrder, ...] = ()
    returns: tuple[DemoReturn, ...] = ()
    #: The documented orders, by number.
    scenes: dict[str, DemoOrder] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": self.counts,
            "orders": {
                "delivered": len(self.delivered),
                "in_flight": len(self.in_flight),
                "late": len(self.late),
                "waiting": len(self.waiting),
                "cancelled": len(self.cancelled),
            },
            "scenes": sorted(self.scenes),
        }
