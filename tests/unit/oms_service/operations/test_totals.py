"""What an order costs once its lines changed: exact, per rate, its own rounding kept."""

from hypothesis import given
from hypothesis import strategies as st

from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.placement.pricing import Priced, price
from oms_service.operations.placement.totals import Bill, after_change
from oms_service.orders.policy import PricedLine, value_of_units
from oms_service.orders.queries import OrderView, TaxView
from oms_service.orders.states import FulfilmentState, OrderState, PaymentState
from oms_service.sales.states import TaxMode


def line(
    line_id: int, units: int, price_minor: int, rate_bp: int, *, off: int = 0, removed: int = 0
) -> PricedLine:
    return PricedLine(
        line_id=line_id,
        ordered=units,
        unit_price_minor=price_minor,
        discount_minor=off,
        tax_rate_bp=rate_bp,
        removed=removed,
    )


def bill(lines: list[PricedLine], mode: TaxMode, *, shipping: int = 0) -> Bill:
    totals = price(
        [
            Priced(
                unit_price_minor=one.unit_price_minor,
                quantity=one.ordered,
                tax_rate_bp=one.tax_rate_bp,
                discount_minor=one.discount_minor,
            )
            for one in lines
        ],
        mode=mode,
        shipping_minor=shipping,
    )

    def yen(minor: int) -> Money:
        return Money(minor, "JPY")

    order = OrderView(
        1,
        "A-1",
        1,
        1,
        Language.JAPANESE,
        None,
        yen(totals.items_minor),
        yen(totals.discount_minor),
        yen(shipping),
        yen(totals.tax_minor),
        yen(totals.total_minor),
        "",
        OrderState.PLACED,
        PaymentState.PAID,
        FulfilmentState.ALLOCATED,
        1,
    )
    taxes = tuple(
        TaxView(one.rate_bp, yen(one.taxable_minor), yen(one.tax_minor)) for one in totals.taxes
    )
    return Bill(order, tuple(lines), taxes, mode)


def test_a_unit_less_at_8_percent_leaves_10_percent_alone() -> None:
    before = bill([line(1, 3, 777, 800), line(2, 1, 555, 1_000)], TaxMode.EXCLUSIVE, shipping=550)
    new = after_change(before, [line(1, 3, 777, 800, removed=1), line(2, 1, 555, 1_000)])
    assert new.totals.items_minor == 2 * 777 + 555
    assert new.taxes is not None
    assert [(one.rate_bp, one.taxable_minor, one.tax_minor) for one in new.taxes] == [
        (800, 1_554, 124),
        (1_000, 1_105, 111),
    ]
    assert new.totals.total_minor == 1_554 + 124 + 1_105 + 111


def test_a_rate_of_which_nothing_is_left_is_left_out() -> None:
    before = bill([line(1, 1, 1_000, 800), line(2, 1, 500, 1_000)], TaxMode.INCLUSIVE)
    new = after_change(before, [line(1, 1, 1_000, 800, removed=1), line(2, 1, 500, 1_000)])
    assert new.taxes is not None
    assert [one.rate_bp for one in new.taxes] == [1_000]
    assert new.totals.total_minor == 500


LINES = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(0, 5_000), st.sampled_from([800, 1_000]), st.integers(0, 99)
    ),
    min_size=1,
    max_size=5,
)


@given(LINES, st.sampled_from(TaxMode), st.integers(0, 2_000), st.data())
def test_a_changed_order_costs_what_it_would_have_cost_so(
    of: list[tuple[int, int, int, int]], mode: TaxMode, shipping: int, data: st.DataObject
) -> None:
    lines = [
        line(place, units, cost, rate, off=min(off, units * cost))
        for place, (units, cost, rate, off) in enumerate(of, start=1)
    ]
    after = [
        line(
            one.line_id,
            one.ordered,
            one.unit_price_minor,
            one.tax_rate_bp,
            off=one.discount_minor,
            removed=data.draw(st.integers(0, one.ordered)),
        )
        for one in lines
    ]
    before = bill(lines, mode, shipping=shipping)
    new = after_change(before, after)
    assert new.totals.items_minor == sum(one.unit_price_minor * one.charged for one in after)
    assert (new.taxes is None) == (not before.taxes)
    assert sum(one.tax_minor for one in new.taxes or ()) == new.totals.tax_minor
    added = new.totals.tax_minor if mode is TaxMode.EXCLUSIVE else 0
    net = new.totals.items_minor - new.totals.discount_minor + shipping
    assert new.totals.total_minor == net + added


@given(st.integers(1, 50), st.integers(0, 10_000), st.integers(0, 10_000), st.data())
def test_what_is_taken_off_is_what_the_first_units_cost(
    units: int, cost: int, off: int, data: st.DataObject
) -> None:
    whole = line(1, units, cost, 1_000, off=min(off, units * cost))
    removed = data.draw(st.integers(0, units))
    left = line(1, units, cost, 1_000, off=whole.discount_minor, removed=removed)
    taken = value_of_units(whole.net_minor, units, before=0, units=removed)
    assert whole.net_minor - left.charged_net_minor == taken
