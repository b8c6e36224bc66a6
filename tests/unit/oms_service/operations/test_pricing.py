"""Sums and tax, to the yen and to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.operations.placement.pricing import Priced, price
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


VECTORS = [
    # mode, lines (price, quantity, rate), discount, shipping and its rate, total, taxes
    (
        TaxMode.INCLUSIVE,
        [(108, 1, 800), (110, 1, 1_000)],
        0,
        (0, None),
        218,
        [(800, 108, 8), (1_000, 110, 10)],
    ),
    (
        TaxMode.INCLUSIVE,  # rounded once: three lines of 99 hold 22, not three times 7
        [(99, 1, 800), (99, 1, 800), (99, 1, 800)],
        0,
        (0, None),
        297,
        [(800, 297, 22)],
    ),
    (
        TaxMode.EXCLUSIVE,  # rounded once: 18.75 is 19, not three times 6
        [(78, 1, 800), (78, 1, 800), (78, 1, 800)],
        0,
        (0, None),
        253,
        [(800, 234, 19)],
    ),
    (
        TaxMode.INCLUSIVE,  # food alone, sent at the standard rate
        [(1_080, 2, 800)],
        0,
        (550, 1_000),
        2_710,
        [(800, 2_160, 160), (1_000, 550, 50)],
    ),
    (
        TaxMode.EXCLUSIVE,
        [(1_000, 1, 800), (2_000, 1, 1_000)],
        300,
        (500, 1_000),
        3_502,
        [(800, 900, 72), (1_000, 2_300, 230)],
    ),
    (
        TaxMode.INCLUSIVE,  # a coupon for everything leaves the sending
        [(1_000, 1, 800)],
        1_000,
        (0, 1_000),
        0,
        [],
    ),
    (
        TaxMode.EXCLUSIVE,  # cents: 19.99 and 5.49 at 7.25 % are 1.85
        [(1_999, 1, 725), (549, 1, 725)],
        0,
        (0, None),
        2_733,
        [(725, 2_548, 185)],
    ),
    (
        TaxMode.EXCLUSIVE,
        [(1, 1, 800), (3, 1, 0)],
        2,
        (0, 0),
        2,
        [(0, 2, 0)],
    ),
]


@pytest.mark.parametrize(("mode", "lines", "discount", "shipping", "total", "taxes"), VECTORS)
def test_tax_to_the_last_unit(
    mode: TaxMode,
    lines: list[tuple[int, int, int]],
    discount: int,
    shipping: tuple[int, int | None],
    total: int,
    taxes: list[tuple[int, int, int]],
) -> None:
    found = price(
        [Priced(unit_price_minor=p, quantity=q, tax_rate_bp=r) for p, q, r in lines],
        mode=mode,
        discount_minor=discount,
        shipping_minor=shipping[0],
        shipping_tax_rate_bp=shipping[1],
    )
    assert [(one.rate_bp, one.taxable_minor, one.tax_minor) for one in found.taxes] == taxes
    assert (found.total_minor, found.tax_minor) == (total, sum(tax for *_, tax in taxes))


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
