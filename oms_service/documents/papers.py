"""What stands on each document: plain values, ready to be laid out. Money is in minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from oms_service.kernel.languages import Language


@dataclass(frozen=True, kw_only=True)
class Party:
    """Somebody with an address; personal where it is a customer. ``lines`` go from region down."""

    name: str
    postal_code: str = ""
    lines: tuple[str, ...] = ()
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Some units of one thing. ``place`` is its bin, ``of`` the order it is for, where known."""

    sku: str
    name: str
    options: str = ""
    quantity: int
    place: str = ""
    of: str = ""


@dataclass(frozen=True, kw_only=True)
class PackingSlip:
    """What is in one box."""

    language: Language
    order_number: str
    box_number: str
    box_index: int
    box_count: int
    ordered_on: date | None
    packed_on: date
    sender: Party
    recipient: Party
    items: Sequence[Item]
    note: str = ""
    #: When it is to arrive, in words; empty where nothing is wished.
    wished: str = ""


@dataclass(frozen=True, kw_only=True)
class PickList:
    """What somebody fetches, in the order of the bins."""

    language: Language
    number: str
    location: str
    printed_at: str
    items: Sequence[Item]


@dataclass(frozen=True, kw_only=True)
class ShippingLabel:
    """A label of our own, for carriers that bring none. ``number`` is what scanners read."""

    language: Language
    carrier: str
    service: str
    number: str
    order_number: str
    box_index: int
    box_count: int
    sender: Party
    recipient: Party
    ships_on: date
    weight_g: int | None = None
    contents: str = ""
    #: When it is to arrive, in words; empty where nothing is wished.
    wished: str = ""


@dataclass(frozen=True, kw_only=True)
class ManifestRow:
    box_number: str
    tracking_number: str
    order_number: str
    region: str
    weight_g: int | None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What one carrier takes from one place on one day."""

    language: Language
    number: str
    carrier: str
    location: str
    day: date
    sender: Party
    rows: Sequence[ManifestRow]


@dataclass(frozen=True, kw_only=True)
class BillLine:
    """One thing sold. ``amount_minor`` is after discounts, in the prices' own tax mode."""

    name: str
    quantity: int
    unit_price_minor: int
    amount_minor: int
    tax_rate_bp: int


@dataclass(frozen=True, kw_only=True)
class RateSum:
    """All of one tax rate: its sum in the prices' own tax mode, and its tax, rounded once."""

    tax_rate_bp: int
    amount_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Bill:
    """An invoice, receipt or credit note.

    ``registration`` is empty where the issuer is none of qualified invoices; then the document
    does not claim to be one. ``about`` is the number it refers to: the invoice of a credit note,
    or the one that a correction replaces. ``stamp_minor`` is the stamp duty a paper receipt for
    cash needs; None where it needs none.
    """

    kind: str
    language: Language
    number: str
    issued_on: date
    order_number: str
    sold_on: date | None
    issuer: Party
    registration: str
    recipient: str
    currency: str
    prices_contain_tax: bool
    lines: Sequence[BillLine]
    rates: Sequence[RateSum]
    total_minor: int
    about: str = ""
    about_on: date | None = None
    purpose: str = ""
    paid_by: str = ""
    is_paper: bool = False
    is_reissue: bool = False
    stamp_minor: int | None = None
