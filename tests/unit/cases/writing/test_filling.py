"""Macros are filled wholly or refused by name."""

import pytest

from cases.writing.filling import VARIABLES, ValuesMissing, check, fill
from oms_service.kernel.errors import Invalid

KNOWN = {"customer_name": "佐藤 美咲 様", "order_number": "A-1", "eta": ""}


def test_all_variables_are_said_however_they_are_spaced() -> None:
    text = "{{customer_name}}\n{{ order_number }} / {{order_number}}"
    assert fill(text, KNOWN) == "佐藤 美咲 様\nA-1 / A-1"


def test_what_is_not_known_is_named_once_and_never_blank() -> None:
    with pytest.raises(ValuesMissing) as refused:
        fill("{{eta}} {{carrier}} {{eta}} {{customer_name}}", KNOWN)
    assert refused.value.names == ["eta", "carrier"]


def test_a_value_that_looks_like_a_variable_stays_what_it_is() -> None:
    assert fill("{{customer_name}}", {"customer_name": "{{eta}} \\1"}) == "{{eta}} \\1"


@pytest.mark.parametrize(
    "wrong", ["{{nobody}}", "{{customer_name", "}}", "{{}}", "{{a b}}", "{{{x}}}"]
)
def test_other_variables_and_loose_braces_are_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        check(wrong)


def test_every_variable_there_is_may_be_written() -> None:
    check(" ".join(f"{{{{{name}}}}}" for name in VARIABLES))
