"""What documents and labels tell the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("document.issued", of="order")
@dataclass(frozen=True, kw_only=True)
class DocumentIssued(Event):
    """An invoice, receipt or credit note has its number; ``kind`` says which."""

    order_id: int
    document_id: int
    kind: str
    number: str
    total_minor: int
    currency: str


@event("label.requested", of="order")
@dataclass(frozen=True, kw_only=True)
class LabelRequested(Event):
    """A box needs a label of its carrier, which is bought from a provider."""

    order_id: int
    label_id: int


@event("label.bought", of="order")
@dataclass(frozen=True, kw_only=True)
class LabelBought(Event):
    """The provider has sold a label; null where it did not say what it costs."""

    order_id: int
    label_id: int
    box_id: int
    cost_minor: int | None
    currency: str | None


@event("label.failed", of="order")
@dataclass(frozen=True, kw_only=True)
class LabelFailed(Event):
    """The provider refused; ``cause`` is a code."""

    order_id: int
    label_id: int
    box_id: int
    cause: str


@event("label.void_requested", of="order")
@dataclass(frozen=True, kw_only=True)
class LabelVoidRequested(Event):
    """A label is not to be used; its money is asked back."""

    order_id: int
    label_id: int


@event("label.voided", of="order")
@dataclass(frozen=True, kw_only=True)
class LabelVoided(Event):
    """The provider has taken the label back, or never sold it."""

    order_id: int
    label_id: int
    box_id: int
