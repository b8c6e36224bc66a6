"""Registration numbers of issuers of qualified invoices."""

import pytest

from oms_service.kernel.registration import check_digit, registration_number


@pytest.mark.parametrize(
    ("twelve", "digit"),
    [("000012050002", 7), ("010705000725", 7), ("011001098993", 4), ("000000000000", 9)],
)
def test_the_check_digit_stands_before_the_other_twelve(twelve: str, digit: int) -> None:
    assert check_digit(twelve) == digit


def test_a_number_is_read_in_any_width_and_with_hyphens() -> None:
    assert registration_number("t７０００-012050002") == "T7000012050002"
    assert registration_number("  ") == ""


@pytest.mark.parametrize(
    "typed", ["7000012050002", "T700001205000", "T0000012050002", "T6000012050002", "TABC"]
)
def test_a_wrong_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="digit"):
        registration_number(typed)
