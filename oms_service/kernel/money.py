"""Money: integer minor units and a currency, never a float."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

#: Digits after the point. Source: ISO 4217. A currency not listed here is not accepted.
EXPONENTS: Final = {"JPY": 0, "USD": 2, "EUR": 2, "GBP": 2, "KRW": 0, "TWD": 2, "CNY": 2}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met."""


@dataclass(frozen=True, order=False)
class Money:
    """An amount in the smallest unit of its currency: ``Money(1980, "JPY")`` is 1,980 yen."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    @classmethod
    def parse(cls, amount: str | Decimal, currency: str) -> "Money":
        """An amount as people write it, ``"48.84"``.

        Raises:
            ValueError: not a number, not finite, an unknown currency, or finer than the
                currency's smallest unit: nothing is ever rounded away silently.
        """
        if currency not in EXPONENTS:
            raise ValueError(f"unknown currency {currency!r}")
        try:
            value = Decimal(amount).scaleb(EXPONENTS[currency])
            exact = value.to_integral_value()
        except ArithmeticError:
            raise ValueError(f"{amount!r} is not an amount") from None
        if not value.is_finite() or exact != value:
            raise ValueError(f"{amount!r} is not an amount in {currency}")
        return cls(int(exact), currency)

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other


def total(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, start=Money(0, currency))


def share(amount: int, weights: Sequence[int]) -> list[int]:
    """Split ``amount`` minor units by ``weights`` so that the parts add up exactly.

    The largest-remainder rule; equal remainders go to the earlier part. All-zero weights
    count as equal ones.
    """
    if not weights:
        return []
    parts = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(parts)
    floors = [amount * part // whole for part in parts]
    remainders = [(-(amount * part % whole), index) for index, part in enumerate(parts)]
    for _, index in sorted(remainders)[: amount - sum(floors)]:
        floors[index] += 1
    return floors


def tax_within(gross_minor: int, rate_bp: int) -> int:
    """The tax inside a tax-inclusive amount, half up; rates in basis points (1,000 is 10 %).

    Called once per rate on the sum of its lines, as qualified invoices in Japan require.
    """
    return _half_up(Decimal(gross_minor) * rate_bp / (10_000 + rate_bp))


def tax_on(net_minor: int, rate_bp: int) -> int:
    """The tax to add to a tax-exclusive amount, half up; rates in basis points."""
    return _half_up(Decimal(net_minor) * rate_bp / 10_000)


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
