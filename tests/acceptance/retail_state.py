"""What can be compared of a retail shop: its orders, balances and addresses, from both sides."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Address = Mapping[str, str]
"""line1, line2, city, region, country (two letters), postal_code."""

COUNTRIES: Mapping[str, str] = {"USA": "US", "CANADA": "CA", "JAPAN": "JP", "UK": "GB"}


@dataclass(frozen=True, kw_only=True)
class OrderState:
    """One order as it stands; amounts in cents, items as sorted (item, price) pairs.

    ``paid`` and ``refunded`` hold cents by payment method, refunds that are owed included.
    """

    status: str
    cancel_reason: str
    address: Address
    items: tuple[tuple[str, int], ...]
    paid: Mapping[str, int]
    refunded: Mapping[str, int]
    return_items: tuple[str, ...] = ()
    return_method: str = ""
    return_cents: int = 0
    exchange_pairs: tuple[tuple[str, str], ...] = ()
    exchange_method: str = ""
    exchange_cents: int = 0


@dataclass(frozen=True, kw_only=True)
class ShopState:
    """Everything that a task may change: orders by number, people by id, balances by method."""

    orders: Mapping[str, OrderState]
    addresses: Mapping[str, Address]
    balances: Mapping[str, int]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be."""

    where: str
    expected: Any
    found: Any

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Ledger:
    """Cents by payment method; a method that comes to nothing is left out."""

    cents: Counter[str] = field(default_factory=Counter)

    def add(self, method: str, cents: int) -> None:
        self.cents[method] += cents

    def as_mapping(self) -> dict[str, int]:
        return {method: cents for method, cents in sorted(self.cents.items()) if cents}


def address(
    *, line1: str, line2: str, city: str, region: str, country: str, postal_code: str
) -> dict[str, str]:
    """An address with single spaces and its country in two letters."""
    name = country.upper()
    parts = {
        "line1": line1,
        "line2": line2,
        "city": city,
        "region": region,
        "country": COUNTRIES.get(name, name[:2]),
        "postal_code": postal_code,
    }
    return {part: " ".join(text.split()) for part, text in parts.items()}


def differences(expected: ShopState, found: ShopState) -> Iterator[Difference]:
    """What differs, field by field; nothing when the two shops are alike."""
    for number in _all(expected.orders, found.orders):
        left, right = expected.orders.get(number), found.orders.get(number)
        if left is None or right is None:
            yield Difference(f"order {number}", left is not None, right is not None)
            continue
        for name, value in asdict(left).items():
            other = asdict(right)[name]
            if value != other:
                yield Difference(f"order {number}: {name}", value, other)
    yield from _differing("address of", expected.addresses, found.addresses)
    yield from _differing("balance of", expected.balances, found.balances)


def _differing(
    what: str, expected: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[Difference]:
    for name in _all(expected, found):
        if expected.get(name) != found.get(name):
            yield Difference(f"{what} {name}", expected.get(name), found.get(name))


def _all(*of: Iterable[str]) -> list[str]:
    return sorted(set().union(*of))
