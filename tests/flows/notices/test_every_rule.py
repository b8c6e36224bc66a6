"""No rule is left without a walk, and no fact can be missing from the words of any."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notifications.examples import facts_of
from notifications.render import Speech, render
from notifications.rules import RULES
from oms_service.kernel.languages import Language
from tests.flows.notices import (
    test_cases,
    test_coming_back,
    test_orders,
    test_parcels,
    test_payments,
    test_pickups,
)
from tests.flows.notices.reading import says_the_same
from tests.flows.notices.walking import WALKED

#: The modules with walks: naming them here is what fills the list of walks.
MODULES = (test_cases, test_coming_back, test_orders, test_parcels, test_payments, test_pickups)
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
#: What may be empty of any order: nothing known of the day, no page, no reason, no buttons.
UNKNOWN: dict[str, Any] = {
    "expected_from": None,
    "expected_until": None,
    "leaves_by": None,
    "more_follows": False,
    "cause": "",
    "settled_minor": 0,
    "refund_minor": 0,
    "slip": "",
    "pay": "",
    "label": "",
    "terms": "",
    "page": "",
    "calendar": "",
    "first_item": {},
    "further_items": 0,
}


def test_every_rule_has_a_walk() -> None:
    assert MODULES
    assert [rule.template for rule in RULES if rule.template not in WALKED] == []
    assert len(RULES) == len({rule.template for rule in RULES}) == 52


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("is_known", [True, False])
def test_no_notice_shows_a_gap_and_both_its_forms_say_the_same(
    language: Language, *, is_known: bool
) -> None:
    speech = Speech(language, NOW, ZoneInfo("Asia/Tokyo"))
    for rule in RULES:
        known = facts_of(rule.template)
        facts = known if is_known else {**known, **UNKNOWN}
        words = render(rule.template, facts, speech)
        said = f"{words.subject} {words.text} {words.html}"
        assert "{" not in said, rule.template
        assert "None" not in said, rule.template
        assert "]()" not in said, rule.template
        assert 'href=""' not in said, rule.template
        assert words.subject, rule.template
        says_the_same(words.text, words.html)
