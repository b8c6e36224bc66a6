"""Every column a table may have: its words and how a cell is read. The docs are made from here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.customers.states import Tier
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.kernel.text import digits_key, order_key, phone_key
from oms_service.payments.states import MethodKind


class Status(StrEnum):
    """How far an order from a file is."""

    OPEN = "open"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class CellWrong(ValueError):
    """What a cell should have been."""


@dataclass(frozen=True)
class Context:
    """What reading a cell depends on: the sales channel's money and clock."""

    currency: str
    zone: ZoneInfo


Reader = Callable[[str, Context], Any]


@dataclass(frozen=True)
class Column:
    """One column. An empty cell reads as None; ``is_needed`` refuses it."""

    name: str
    words: str
    read: Reader
    is_needed: bool = False


@dataclass(frozen=True)
class Table:
    """One kind of file."""

    name: str
    words: str
    columns: tuple[Column, ...]
    #: Columns that begin with this are taken too, as one mapping named ``options``.
    prefix: str = ""

    @property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}


_WHOLE: Final = re.compile(r"\d{1,9}")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_YEARS: Final = range(1970, 2200)


def _text(longest: int) -> Reader:
    def read(cell: str, _context: Context) -> str:
        if len(cell) > longest:
            raise CellWrong(f"is longer than {longest} characters")
        return cell

    return read


def _whole(at_least: int) -> Reader:
    def read(cell: str, _context: Context) -> int:
        if not _WHOLE.fullmatch(cell):
            raise CellWrong(f"{cell!r} is not a whole number")
        if int(cell) < at_least:
            raise CellWrong(f"should be at least {at_least}")
        return int(cell)

    return read


def _one_of(kind: type[StrEnum]) -> Reader:
    def read(cell: str, _context: Context) -> StrEnum:
        try:
            return kind(cell.lower())
        except ValueError:
            raise CellWrong(f"{cell!r} is none of {', '.join(kind)}") from None

    return read


def _money(cell: str, context: Context) -> int:
    try:
        minor = Money.parse(cell, context.currency).minor
    except ValueError:
        raise CellWrong(f"{cell!r} is not an amount in {context.currency}") from None
    if minor < 0:
        raise CellWrong("is negative")
    if minor > 10**12:
        raise CellWrong("is too large")
    return minor


def _percent(cell: str, _context: Context) -> int:
    try:
        points = Decimal(cell.removesuffix("%")) * 100
    except InvalidOperation:
        raise CellWrong(f"{cell!r} is not a percentage") from None
    if not points.is_finite() or points != points.to_integral_value() or not 0 <= points <= 10_000:  # noqa: PLR2004 - 100 %
        raise CellWrong("should be a percentage from 0 to 100")
    return int(points)


def _flag(cell: str, _context: Context) -> bool:
    if cell.lower() in {"1", "true", "yes"}:
        return True
    if cell.lower() in {"0", "false", "no"}:
        return False
    raise CellWrong(f"{cell!r} is neither yes nor no")


def _time(cell: str, context: Context) -> datetime:
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        raise CellWrong(f"{cell!r} is not a time like 2026-11-22T10:30+09:00") from None
    if found.year not in _YEARS:
        raise CellWrong(f"the year {found.year} cannot be right")
    return (found if found.tzinfo else found.replace(tzinfo=context.zone)).astimezone(UTC)


def _mail(cell: str, _context: Context) -> str:
    if len(cell) > 320 or not _MAIL.fullmatch(cell):  # noqa: PLR2004 - the longest mail address
        raise CellWrong(f"{cell!r} is not a mail address")
    return cell


def _phone(cell: str, _context: Context) -> str:
    if len(cell) > 40 or len(phone_key(cell)) < 6:  # noqa: PLR2004 - shorter is no phone number
        raise CellWrong(f"{cell!r} is not a phone number")
    return cell


def _country(cell: str, _context: Context) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", cell):
        raise CellWrong(f"{cell!r} is not a country code of two letters")
    return cell.upper()


def _number(cell: str, _context: Context) -> str:
    if len(cell) > 40 or not digits_key(cell):  # noqa: PLR2004 - the column's length
        raise CellWrong("should have a digit and at most 40 characters")
    return cell


def _tracking(cell: str, _context: Context) -> str:
    if len(cell) > 60 or not order_key(cell):  # noqa: PLR2004 - the column's length
        raise CellWrong("is not a tracking number")
    return cell


_PERSON: Final = (
    Column("mail", "Mail address.", _mail),
    Column("phone", "Phone number, however it is written.", _phone),
    Column("family_name", "Family name.", _text(80)),
    Column("given_name", "Given name.", _text(80)),
    Column("family_name_kana", "Family name in kana.", _text(80)),
    Column("given_name_kana", "Given name in kana.", _text(80)),
    Column("language", "`ja` or `en`; the channel's where empty.", _one_of(Language)),
)
_PLACE: Final = (
    Column("recipient", "Who receives parcels; the customer's name where empty.", _text(160)),
    Column("country", "Two letters, `JP` where empty.", _country),
    Column("postal_code", "Postal code.", _text(12)),
    Column("region", "Prefecture or state.", _text(60)),
    Column("city", "City or ward.", _text(80)),
    Column("line1", "Street and number.", _text(160)),
    Column("line2", "Building and room.", _text(160)),
)

ORDERS: Final = Table(
    "orders",
    "One row an order line; the rows of one order stand together. What is said of the order stands"
    " in its first row; later rows repeat it or leave it empty. An order that the channel has"
    " already is left as it is.",
    (
        Column("order_ref", "The source's own id of the order.", _text(80), is_needed=True),
        Column("number", "What customers call it; `order_ref` where empty.", _number),
        Column("placed_at", "When it was placed; unknown where empty.", _time),
        Column("customer_ref", "The source's own id of the customer.", _text(80)),
        *_PERSON,
        *_PLACE,
        Column("sku", "What was bought.", _text(60), is_needed=True),
        Column("quantity", "How many.", _whole(1), is_needed=True),
        Column("unit_price", "Price of one, as the channel prices.", _money, is_needed=True),
        Column("line_discount", "Taken off this line.", _money),
        Column("order_discount", "Taken off the whole order.", _money),
        Column("shipping_fee", "For delivery.", _money),
        Column("status", "`open` where empty.", _one_of(Status)),
        Column("payment_method", "How it was paid.", _one_of(MethodKind)),
        Column("paid", "Money received; none where empty.", _money),
        Column("paid_at", "When; unknown where empty.", _time),
        Column("refunded", "Money given back; none where empty.", _money),
        Column("carrier", "`yamato`, `sagawa`, `japanpost`; `other` where empty.", _text(60)),
        Column("tracking_number", "The parcel's number with its carrier.", _tracking),
        Column("shipped_at", "When it left; unknown where empty.", _time),
        Column("delivered_at", "When it arrived; unknown where empty.", _time),
    ),
)

CUSTOMERS: Final = Table(
    "customers",
    "One row a customer. Names, language and tier of a known customer are corrected, new ways to"
    " recognise them added; their addresses are left to them.",
    (
        Column("customer_ref", "The source's own id of the customer.", _text(80), is_needed=True),
        *_PERSON,
        Column("tier", "`standard` where empty.", _one_of(Tier)),
        *_PLACE,
    ),
)

PRODUCTS: Final = Table(
    "products",
    "One row a variant. A known SKU is corrected. Further columns `option:NAME` hold the choices,"
    " such as `option:size`.",
    (
        Column("product_code", "What groups variants.", _text(60), is_needed=True),
        Column("sku", "The variant.", _text(60), is_needed=True),
        Column("name_ja", "Japanese name; one of the two names is needed.", _text(200)),
        Column("name_en", "English name.", _text(200)),
        Column("description_ja", "Japanese description.", _text(4000)),
        Column("description_en", "English description.", _text(4000)),
        Column("category", "A word of yours, for rules.", _text(60)),
        Column("final_sale", "`yes` where it cannot be returned.", _flag),
        Column("tax_rate", "Percent, such as `10`.", _percent, is_needed=True),
        Column("price", "In the channel's currency.", _money, is_needed=True),
        Column("cost", "In the channel's currency.", _money),
        Column("weight_g", "Grams.", _whole(0)),
        Column("length_mm", "Millimetres.", _whole(0)),
        Column("width_mm", "Millimetres.", _whole(0)),
        Column("height_mm", "Millimetres.", _whole(0)),
        Column("barcode", "JAN or other.", _text(60)),
    ),
    prefix="option:",
)

STOCK: Final = Table(
    "stock",
    "One row a variant and location, as counted. The difference becomes a movement: `opening` the"
    " first time, `adjusted` later.",
    (
        Column("sku", "The variant.", _text(60), is_needed=True),
        Column("location", "The location's code.", _text(60), is_needed=True),
        Column("on_hand", "Units that can be sold or are promised.", _whole(0), is_needed=True),
        Column("safety", "Units never promised; unchanged where empty.", _whole(0)),
    ),
)

BINS: Final = Table(
    "bins",
    "One row a variant and location: the shelf it lies on. Said again, the newest word counts; an"
    " empty shelf takes the variant off its shelf.",
    (
        Column("sku", "The variant.", _text(60), is_needed=True),
        Column("location", "The location's code.", _text(60), is_needed=True),
        Column("zone", "The part of the house that one picker walks.", _text(60)),
        Column("shelf", "The shelf's code; pickers walk in its order.", _text(60)),
    ),
)

TABLES: Final = {table.name: table for table in (ORDERS, CUSTOMERS, PRODUCTS, STOCK, BINS)}


def as_markdown() -> str:
    """The part of ``docs/importing.md`` that lists the columns."""
    lines: list[str] = []
    for table in TABLES.values():
        lines += [f"### {table.name}", "", table.words, "", "| Column | | What it holds |"]
        lines += ["|---|---|---|"]
        lines += [
            f"| `{column.name}` | {'needed' if column.is_needed else ''} | {column.words} |"
            for column in table.columns
        ]
        lines.append("")
    return "\n".join(lines)
