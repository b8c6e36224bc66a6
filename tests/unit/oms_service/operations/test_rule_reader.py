"""Rules are read from data that anybody may have written."""

import pytest

from oms_service.operations.rules.rule_reader import RuleReader


@pytest.mark.parametrize("code", ["photo\0", "\ud800", "a\nb", 7, None, ["photo"]])
def test_a_code_that_no_column_can_hold_is_no_code(code: object) -> None:
    reader = RuleReader({"evidence": ["photo", code]})
    assert reader.texts("evidence") == frozenset()
    assert reader.wrong == {"evidence": "must be a list of codes"}


def test_codes_are_read_as_they_are() -> None:
    reader = RuleReader({"excluded_categories": ["food", "食品"]})
    assert reader.texts("excluded_categories") == {"food", "食品"}
    assert reader.wrong == {}
