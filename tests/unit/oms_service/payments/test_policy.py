"""Which way money goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_service.payments.policy import Paid, refundable, split


def test_it_goes_back_the_ways_it_came() -> None:
    assert split(120, [Paid(1, 100), Paid(None, 50)]) == [Paid(1, 100), Paid(None, 20)]


def test_more_than_was_paid_is_refused() -> None:
    with pytest.raises(ValueError, match="more than was paid"):
        split(151, [Paid(1, 100), Paid(2, 50)])


@given(st.lists(st.integers(0, 1_000), max_size=4), st.integers(0, 4_000))
def test_parts_add_up_and_fit(left: list[int], amount: int) -> None:
    paid = [Paid(index, value) for index, value in enumerate(left)]
    if amount > refundable(paid):
        return
    parts = split(amount, paid)
    assert sum(part.left_minor for part in parts) == amount
    assert all(0 < part.left_minor <= left[part.method_id or 0] for part in parts)
