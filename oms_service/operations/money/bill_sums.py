"""What stands on invoices, receipts and credit notes in figures: pure, tax rounded once a rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from oms_service.documents.papers import BillLine, RateSum
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import share, tax_on, tax_within


class DoesNotAddUp(DomainError):
    """The order's lines, shipping and tax are not its total: no document can say what it cost."""

    code: ClassVar[str] = "order-does-not-add-up"


@dataclass(frozen=True)
class Figures:
    """Lines, their sums by rate, lowest rate first, and the total with tax."""

    lines: tuple[BillLine, ...]
    rates: tuple[RateSum, ...]
    total_minor: int
    prices_contain_tax: bool

    @property
    def gross_by_rate(self) -> dict[int, int]:
        """What each rate comes to with its tax."""
        added = 0 if self.prices_contain_tax else 1
        return {one.tax_rate_bp: one.amount_minor + added * one.tax_minor for one in self.rates}

    @property
    def tax_minor(self) -> int:
        return sum(one.tax_minor for one in self.rates)


def of_order(
    goods: Sequence[BillLine],
    *,
    shipping_name: str,
    shipping_minor: int,
    taxes: Mapping[int, tuple[int, int]],
    total_minor: int,
    prices_contain_tax: bool,
) -> Figures:
    """The figures of a whole order.

    Args:
        goods: what is charged, discounts taken off.
        shipping_name: how the line of shipping is called.
        shipping_minor: what sending costs; 0 is no line.
        taxes: by rate what the order says is taxable, and its tax; empty where it does not say.
        total_minor: what the customer owes, with tax.
        prices_contain_tax: whether the amounts do.

    Raises:
        DoesNotAddUp: these are not the total.
    """
    sums = _by_rate(goods)
    lines = tuple(goods)
    if shipping_minor:
        rate = _rate_of_shipping(sums, shipping_minor, taxes)
        lines += (
            BillLine(
                name=shipping_name,
                quantity=1,
                unit_price_minor=shipping_minor,
                amount_minor=shipping_minor,
                tax_rate_bp=rate,
            ),
        )
        sums = _by_rate(lines)
    said = {rate: taxable for rate, (taxable, _tax) in taxes.items() if taxable}
    tax_of = tax_within if prices_contain_tax else tax_on
    rates = tuple(
        RateSum(
            tax_rate_bp=rate,
            amount_minor=amount,
            tax_minor=taxes[rate][1] if said == sums else tax_of(amount, rate),
        )
        for rate, amount in sorted(sums.items())
    )
    found = Figures(lines, rates, total_minor, prices_contain_tax)
    if sum(found.gross_by_rate.values()) != total_minor:
        raise DoesNotAddUp("the lines, shipping and tax of this order are not its total")
    return found


def part_of(
    whole: Figures, amount_minor: int, *, name: str, weights: Mapping[int, int] | None = None
) -> Figures:
    """A part of what was sold, spread over the rates; amounts with tax.

    Args:
        whole: what it is a part of.
        amount_minor: with tax.
        name: what its lines are called.
        weights: by rate, how the part is spread; as the whole is where not given.
    """
    by_rate = {rate: of for rate, of in (weights or whole.gross_by_rate).items() if of > 0}
    shares = share(amount_minor, list(by_rate.values()))
    parts = sorted((rate, part) for rate, part in zip(by_rate, shares, strict=True) if part)
    return Figures(
        tuple(
            BillLine(
                name=name,
                quantity=1,
                unit_price_minor=part,
                amount_minor=part,
                tax_rate_bp=rate,
            )
            for rate, part in parts
        ),
        tuple(
            RateSum(tax_rate_bp=rate, amount_minor=part, tax_minor=tax_within(part, rate))
            for rate, part in parts
        ),
        amount_minor,
        prices_contain_tax=True,
    )


#: Stamp duty on a paper receipt by what it is for, without tax. Source: 印紙税法 別表第一 17号.
_STAMPS: Final = (
    (50_000, 0),
    (1_000_001, 200),
    (2_000_001, 400),
    (3_000_001, 600),
    (5_000_001, 1_000),
    (10_000_001, 2_000),
    (20_000_001, 4_000),
    (30_000_001, 6_000),
    (50_000_001, 10_000),
    (100_000_001, 20_000),
    (200_000_001, 40_000),
    (300_000_001, 60_000),
    (500_000_001, 100_000),
    (1_000_000_001, 150_000),
)
_HIGHEST_STAMP: Final = 200_000


def stamp_duty(cash_minor: int) -> int | None:
    """The revenue stamp of a paper receipt for so many yen without tax; None where none is due."""
    for below, duty in _STAMPS:
        if cash_minor < below:
            return duty or None
    return _HIGHEST_STAMP


def _by_rate(lines: Sequence[BillLine]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.tax_rate_bp] = sums.get(line.tax_rate_bp, 0) + line.amount_minor
    return {rate: amount for rate, amount in sums.items() if amount}


def _rate_of_shipping(
    sums: Mapping[int, int], shipping_minor: int, taxes: Mapping[int, tuple[int, int]]
) -> int:
    """The rate at which the order's own sums hold the shipping; else the highest of its goods."""
    for rate, (taxable, _tax) in sorted(taxes.items(), reverse=True):
        if taxable - sums.get(rate, 0) == shipping_minor:
            return rate
    return max(sums, default=0)
