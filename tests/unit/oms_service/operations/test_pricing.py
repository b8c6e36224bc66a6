"""Sums and tax, to the yen and to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.operations.pricing import Priced, price
from oms_service.sales.states import TaxMode

FOOD = Priced(unit_price_minor=333, quantity=3, tax_rate_bp=800)
CUP = Priced(unit_price_minor=333, quantity=1, tax_rate_bp=1_000)


def test_tax_is_rounded_once_for_each_rate() -> None:
    totals = price([FOOD, FOOD, CUP], mode=TaxMode.INCLUSIVE, shipping_minor=550)
    # 1,998 at 8 % holds 148; 883 at 10 % (the cup and the shipping) holds 80.27.
    assert (totals.items_minor, totals.tax_minor, totals.total_minor) == (2_331, 148 + 80, 2_881)


def test_tax_is_added_where_prices_do_not_contain_it() -> None:
    totals = price([FOOD, CUP], mode=TaxMode.EXCLUSIVE, shipping_minor=500, shipping_tax_rate_bp=0)
    assert (totals.tax_minor, totals.total_minor) == (80 + 33, 999 + 333 + 500 + 113)


def test_a_discount_is_spread_and_lessens_the_tax() -> None:
    totals = price([FOOD, CUP], mode=TaxMode.INCLUSIVE, discount_minor=100)
    assert totals.discounts == (75, 25)
    assert (totals.tax_minor, totals.total_minor) == (68 + 28, 1_232)


def test_a_discount_above_the_price_is_refused() -> None:
    with pytest.raises(ValueError, match="above the price"):
        price([CUP], mode=TaxMode.INCLUSIVE, discount_minor=334)


@given(
    st.lists(
        st.builds(
            Priced,
            unit_price_minor=st.integers(0, 10**6),
            quantity=st.integers(1, 9),
            tax_rate_bp=st.sampled_from([0, 800, 1_000]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(list(TaxMode)),
    st.integers(0, 10_000),
    st.data(),
)
def test_the_parts_add_up(
    lines: list[Priced], mode: TaxMode, shipping: int, data: st.DataObject
) -> None:
    discount = data.draw(st.integers(0, sum(line.net_minor for line in lines)))
    totals = price(lines, mode=mode, discount_minor=discount, shipping_minor=shipping)
    assert sum(totals.discounts) == totals.discount_minor == discount
    net = totals.items_minor - discount + shipping
    added = totals.tax_minor if mode is TaxMode.EXCLUSIVE else 0
    assert totals.total_minor == net + added
    assert 0 <= totals.tax_minor <= net
