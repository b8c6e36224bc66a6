"""What the warehouse tells the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("fulfilment.changed", of="order")
@dataclass(frozen=True, kw_only=True)
class FulfilmentChanged(Event):
    """The work of one location for one order moved to another state."""

    order_id: int
    fulfilment_id: int
    location_id: int
    state: str


@event("pick.short", of="order")
@dataclass(frozen=True, kw_only=True)
class PickedShort(Event):
    """Units were not on the shelf where the books said; ``reason`` is a code."""

    order_id: int
    short_pick_id: int
    order_line_id: int
    fulfilment_id: int
    location_id: int
    variant_id: int
    missing: int
    reason: str


@event("box.packed", of="order")
@dataclass(frozen=True, kw_only=True)
class BoxPacked(Event):
    """A box is closed and weighed, and needs a label of its carrier."""

    order_id: int
    box_id: int
    location_id: int
    carrier: str
    service: str


@event("box.labelled", of="order")
@dataclass(frozen=True, kw_only=True)
class BoxLabelled(Event):
    """A box has a tracking number."""

    order_id: int
    box_id: int
    carrier: str


@event("box.unpacked", of="order")
@dataclass(frozen=True, kw_only=True)
class BoxUnpacked(Event):
    """A closed box was opened again; a label it had is not to be used."""

    order_id: int
    box_id: int
    carrier: str
    was_labelled: bool


@event("box.handed_over", of="order")
@dataclass(frozen=True, kw_only=True)
class BoxHandedOver(Event):
    """The carrier has the box; ``parcel_id`` is what it is from now on."""

    order_id: int
    box_id: int
    parcel_id: int
    manifest_id: int
    carrier: str


@event("manifest.closed", of="manifest")
@dataclass(frozen=True, kw_only=True)
class ManifestClosed(Event):
    """The driver has gone; nothing is added to this manifest any more."""

    manifest_id: int
    location_id: int
    carrier: str
    boxes: int
