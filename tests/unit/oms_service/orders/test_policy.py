"""An order's state is what its lines, money and holds say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.orders.policy import (
    Counters,
    PricedLine,
    Sums,
    derive,
    fulfilment_state,
    line_values,
    order_state,
    payment_state,
    value_of_units,
)
from oms_service.orders.states import FulfilmentState as F
from oms_service.orders.states import OrderState as O
from oms_service.orders.states import PaymentState as P

FULFILMENT = [
    ([Counters(ordered=2)], F.UNALLOCATED),
    ([Counters(ordered=2, backordered=2)], F.BACKORDERED),
    ([Counters(ordered=2, allocated=1, backordered=1)], F.PARTIALLY_ALLOCATED),
    ([Counters(ordered=2, allocated=2)], F.ALLOCATED),
    ([Counters(ordered=2, allocated=2, picked=1)], F.PICKING),
    ([Counters(ordered=2, allocated=2, picked=2, packed=1)], F.PICKING),
    ([Counters(ordered=2, allocated=2, picked=2, packed=2)], F.PACKED),
    ([Counters(ordered=2, allocated=1, shipped=1)], F.PARTIALLY_SHIPPED),
    ([Counters(ordered=2, shipped=2)], F.SHIPPED),
    ([Counters(ordered=2, shipped=2, delivered=1)], F.PARTIALLY_DELIVERED),
    ([Counters(ordered=2, shipped=2, delivered=2)], F.DELIVERED),
    ([Counters(ordered=2, cancelled=2)], F.CANCELLED),
    # The least advanced line speaks.
    ([Counters(ordered=1, shipped=1, delivered=1), Counters(ordered=1)], F.PARTIALLY_SHIPPED),
    # What was cancelled does not.
    ([Counters(ordered=1, shipped=1), Counters(ordered=1, cancelled=1)], F.SHIPPED),
    ([Counters(ordered=3, cancelled=1, shipped=2, delivered=2, returned=2)], F.DELIVERED),
]
PAYMENT = [
    (Sums(), 100, P.UNPAID),
    (Sums(), 0, P.PAID),
    (Sums(authorized=100), 100, P.AUTHORIZED),
    (Sums(authorized=100, voided=100), 100, P.UNPAID),
    (Sums(authorized=100, captured=40), 100, P.PARTIALLY_PAID),
    (Sums(captured=100), 100, P.PAID),
    (Sums(captured=120), 100, P.PAID),
    (Sums(captured=100, refunded=30), 100, P.PARTIALLY_REFUNDED),
    (Sums(captured=100, refunded=60, charged_back=40), 100, P.REFUNDED),
    (Sums(captured=100, refunded=100), 100, P.REFUNDED),
]
OPEN = Counters(ordered=1)
DONE = Counters(ordered=1, shipped=1, delivered=1)
GONE = Counters(ordered=1, cancelled=1)
ORDER = [
    ([OPEN], False, False, O.PLACED),
    ([OPEN], True, False, O.DRAFT),
    ([], True, False, O.DRAFT),
    ([OPEN], False, True, O.ON_HOLD),
    ([DONE, OPEN], False, False, O.PLACED),
    ([DONE, GONE], False, False, O.COMPLETED),
    ([DONE], False, True, O.COMPLETED),
    ([GONE, GONE], False, True, O.CANCELLED),
]


@pytest.mark.parametrize(("lines", "expected"), FULFILMENT)
def test_fulfilment(lines: list[Counters], expected: F) -> None:
    assert fulfilment_state(lines) is expected


@pytest.mark.parametrize(("sums", "total", "expected"), PAYMENT)
def test_payment(sums: Sums, total: int, expected: P) -> None:
    assert payment_state(sums, total_minor=total) is expected


@pytest.mark.parametrize(("lines", "is_draft", "is_held", "expected"), ORDER)
def test_order(lines: list[Counters], is_draft: bool, is_held: bool, expected: O) -> None:
    assert order_state(lines, is_draft=is_draft, is_held=is_held) is expected


def test_every_state_can_be_reached() -> None:
    assert {expected for _, expected in FULFILMENT} == set(F)
    assert {expected for *_, expected in PAYMENT} == set(P)
    assert {expected for *_, expected in ORDER} == set(O)


@st.composite
def counters(draw: st.DrawFn) -> Counters:
    """Any counters the table's CHECKs allow."""
    ordered = draw(st.integers(1, 6))
    left = ordered
    parts = {}
    for name in ("cancelled", "backordered", "allocated", "shipped"):
        parts[name] = draw(st.integers(0, left))
        left -= parts[name]
    picked = draw(st.integers(0, parts["allocated"]))
    delivered = draw(st.integers(0, parts["shipped"]))
    return Counters(
        ordered=ordered,
        picked=picked,
        packed=draw(st.integers(0, picked)),
        delivered=delivered,
        **parts,
    )


@given(st.lists(counters(), max_size=4), st.permutations(range(4)))
def test_any_legal_counters_have_a_state_and_the_order_of_lines_does_not_matter(
    lines: list[Counters], shuffle: list[int]
) -> None:
    other = [lines[index] for index in shuffle if index < len(lines)]
    assert derive(lines, Sums(), total_minor=1) == derive(other, Sums(), total_minor=1)


@given(
    st.integers(0, 10**7),
    st.integers(1, 50),
    st.data(),
)
def test_parts_of_a_line_add_up_however_it_is_cut(
    value: int, ordered: int, data: st.DataObject
) -> None:
    taken = total = 0
    while taken < ordered:
        units = data.draw(st.integers(1, ordered - taken))
        part = value_of_units(value, ordered, before=taken, units=units)
        assert part >= 0
        total += part
        taken += units
    assert total == value


def test_added_tax_belongs_to_the_lines_it_was_raised_on() -> None:
    lines = [
        PricedLine(
            line_id=1, ordered=1, unit_price_minor=1_000, discount_minor=0, tax_rate_bp=1_000
        ),
        PricedLine(line_id=2, ordered=1, unit_price_minor=1_000, discount_minor=0, tax_rate_bp=0),
    ]
    assert line_values(lines, added_tax_minor=100) == {1: 1_100, 2: 1_000}
