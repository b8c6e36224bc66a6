"""What an order costs: sums, and tax rounded once for each rate. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from oms_service.kernel.money import share, tax_on, tax_within
from oms_service.sales.states import TaxMode


@dataclass(frozen=True, kw_only=True)
class Priced:
    """One line to be priced; the discount is its own, in minor units."""

    unit_price_minor: int
    quantity: int
    tax_rate_bp: int
    discount_minor: int = 0

    @property
    def gross_minor(self) -> int:
        return self.unit_price_minor * self.quantity

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.discount_minor


@dataclass(frozen=True)
class RateTotal:
    """What is taxed at one rate, and the tax: rounded once, as invoices say it."""

    rate_bp: int
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The money of an order as its row keeps it.

    ``discounts`` is each line's whole discount; ``taxes`` holds each rate with an amount, lowest
    first.
    """

    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    discounts: tuple[int, ...]
    taxes: tuple[RateTotal, ...]


def price(
    lines: Sequence[Priced],
    *,
    mode: TaxMode,
    discount_minor: int = 0,
    shipping_minor: int = 0,
    shipping_tax_rate_bp: int | None = None,
) -> Totals:
    """Add up an order.

    Args:
        lines: what is sold.
        mode: whether prices contain tax.
        discount_minor: off the whole order; spread over the lines by their price.
        shipping_minor: what sending costs the customer.
        shipping_tax_rate_bp: its tax rate; the highest of the lines where not given.

    Raises:
        ValueError: discounts above prices.
    """
    spread = share(discount_minor, [line.net_minor for line in lines])
    discounts = tuple(line.discount_minor + part for line, part in zip(lines, spread, strict=True))
    if any(off > line.gross_minor for line, off in zip(lines, discounts, strict=True)):
        raise ValueError("a discount above the price")
    by_rate: dict[int, int] = {}
    for line, off in zip(lines, discounts, strict=True):
        by_rate[line.tax_rate_bp] = by_rate.get(line.tax_rate_bp, 0) + line.gross_minor - off
    rate = shipping_tax_rate_bp
    if rate is None:
        rate = max((line.tax_rate_bp for line in lines), default=0)
    by_rate[rate] = by_rate.get(rate, 0) + shipping_minor
    tax_of = tax_within if mode is TaxMode.INCLUSIVE else tax_on
    taxes = tuple(
        RateTotal(of, amount, tax_of(amount, of))
        for of, amount in sorted(by_rate.items())
        if amount
    )
    tax = sum(one.tax_minor for one in taxes)
    before_tax = sum(by_rate.values())
    return Totals(
        items_minor=sum(line.gross_minor for line in lines),
        discount_minor=sum(discounts),
        shipping_minor=shipping_minor,
        tax_minor=tax,
        total_minor=before_tax if mode is TaxMode.INCLUSIVE else before_tax + tax,
        discounts=discounts,
        taxes=taxes,
    )
