"""Money: exact, of one currency, and split without losing a unit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.kernel.money import (
    EXPONENTS,
    CurrencyMismatch,
    Money,
    share,
    tax_on,
    tax_within,
    total,
)


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [("48.84", "USD", 4884), ("1980", "JPY", 1980), ("0", "JPY", 0), ("2674.4", "USD", 267440)],
)
def test_an_amount_is_read_to_its_smallest_unit(written: str, currency: str, minor: int) -> None:
    assert Money.parse(written, currency) == Money(minor, currency)


@pytest.mark.parametrize("written", ["1.005", "1e-3", "NaN", "inf", "", "1,980", "abc"])
def test_what_is_not_an_exact_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        Money.parse(written, "USD")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown currency 'XXX'"):
        Money(1, "XXX")


def test_two_currencies_never_add_up() -> None:
    with pytest.raises(CurrencyMismatch, match="JPY and USD"):
        Money(1, "JPY") + Money(1, "USD")


def test_a_total_of_nothing_is_nothing() -> None:
    assert total([], "JPY") == Money(0, "JPY")


@pytest.mark.parametrize(
    ("gross", "rate", "tax"), [(1100, 1000, 100), (1080, 800, 80), (105, 1000, 10), (1, 1000, 0)]
)
def test_tax_inside_a_price(gross: int, rate: int, tax: int) -> None:
    assert tax_within(gross, rate) == tax


def test_tax_on_top_of_a_price_rounds_half_up() -> None:
    assert (tax_on(105, 1000), tax_on(104, 1000), tax_on(1999, 800)) == (11, 10, 160)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_shares_add_up_and_are_fair(amount: int, weights: list[int]) -> None:
    parts = share(amount, weights)
    assert sum(parts) == amount
    whole = sum(weights) or len(weights)
    for part, weight in zip(parts, weights if any(weights) else [1] * len(weights), strict=True):
        assert abs(part - Decimal(amount) * weight / whole) < 1


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))
def test_writing_then_reading_is_the_identity(minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    assert Money.parse(str(amount.decimal), currency) == amount
