"""What a retail file holds, once everything in it has been looked at."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CURRENCY: Final = "USD"


class Status(StrEnum):
    """The statuses such a file uses."""

    PENDING = "pending"
    PENDING_MODIFIED = "pending (item modified)"
    PROCESSED = "processed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return requested"
    EXCHANGE_REQUESTED = "exchange requested"


OPEN: Final = frozenset({Status.PENDING, Status.PENDING_MODIFIED})
ARRIVED: Final = frozenset({Status.DELIVERED, Status.RETURN_REQUESTED, Status.EXCHANGE_REQUESTED})


@dataclass(frozen=True, kw_only=True)
class RetailVariant:
    item_id: str
    product_id: str
    options: dict[str, str]
    is_available: bool
    price_minor: int


@dataclass(frozen=True, kw_only=True)
class RetailProduct:
    product_id: str
    name: str
    variants: tuple[RetailVariant, ...]


@dataclass(frozen=True, kw_only=True)
class RetailAddress:
    address1: str
    address2: str
    city: str
    state: str
    zip: str
    country: str


@dataclass(frozen=True, kw_only=True)
class RetailMethod:
    method_id: str
    source: str
    brand: str
    last_four: str
    balance_minor: int | None


@dataclass(frozen=True, kw_only=True)
class RetailUser:
    user_id: str
    first_name: str
    last_name: str
    email: str
    address: RetailAddress
    methods: tuple[RetailMethod, ...]


@dataclass(frozen=True, kw_only=True)
class RetailLine:
    """Equal items of one order are one line with a quantity."""

    item_id: str
    product_id: str
    name: str
    options: dict[str, str]
    price_minor: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class RetailParcel:
    tracking: str
    #: Where in the file the number stands.
    place: str
    #: Units by item; empty for the second and later numbers of one fulfilment.
    contents: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class RetailPayment:
    is_refund: bool
    amount_minor: int
    method_id: str


@dataclass(frozen=True, kw_only=True)
class RetailOrder:
    order_id: str
    user_id: str
    status: Status
    address: RetailAddress
    lines: tuple[RetailLine, ...]
    parcels: tuple[RetailParcel, ...]
    payments: tuple[RetailPayment, ...]
    cancel_reason: str
    #: Units by item that are to come back, for a return or an exchange.
    coming_back: dict[str, int]
    #: The items wanted instead.
    wanted_instead: tuple[str, ...]
    refund_method_id: str

    @property
    def items_minor(self) -> int:
        return sum(line.price_minor * line.quantity for line in self.lines)

    def paid_minor(self, *, refunds: bool = False) -> int:
        return sum(one.amount_minor for one in self.payments if one.is_refund == refunds)


@dataclass(frozen=True, kw_only=True)
class RetailFile:
    products: tuple[RetailProduct, ...]
    users: tuple[RetailUser, ...]
    orders: tuple[RetailOrder, ...]
    warnings: tuple[str, ...] = field(default=())
