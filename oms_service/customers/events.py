"""What happens to the records of people, as facts."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("customer.erased", of="customer")
@dataclass(frozen=True, kw_only=True)
class CustomerErased(Event):
    """Everything personal was emptied, for good."""

    customer_id: int


@event("customer.identity_added", of="customer")
@dataclass(frozen=True, kw_only=True)
class CustomerIdentityAdded(Event):
    """They are known by one more mail address, phone number or account."""

    customer_id: int


@event("customer.merged", of="customer")
@dataclass(frozen=True, kw_only=True)
class CustomerMerged(Event):
    """Two records were found to be one person; what belonged to ``merged_id`` moved."""

    customer_id: int
    merged_id: int
    merge_id: int


@event("customer.unmerged", of="customer")
@dataclass(frozen=True, kw_only=True)
class CustomerUnmerged(Event):
    """They were two people after all; what had moved went back."""

    customer_id: int
    merged_id: int
    merge_id: int


@event("customer.address_changed", of="customer")
@dataclass(frozen=True, kw_only=True)
class CustomerAddressChanged(Event):
    """The default address is another one; orders that are placed already keep theirs."""

    customer_id: int
