"""What a return policy answers, exactly."""

from dataclasses import replace
from datetime import date

import pytest

from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.rules import policy, reasons
from oms_service.operations.rules.eligibility import Ask, Cause, Code, LineFacts, Outcome, decide
from oms_service.operations.rules.policy import Approval, ReturnRules, Rule
from oms_service.returns.states import ReturnReason as R

TODAY = date(2026, 11, 22)
RULES = policy.read({"window_days": 30, "fee_minor": 500})
FACTS = LineFacts(
    line_id=1,
    ordered=3,
    cancelled=0,
    delivered=3,
    return_requested=0,
    returned=0,
    delivered_on=date(2026, 11, 1),
    category="coffee",
    is_final_sale=False,
)


def ask(facts: LineFacts = FACTS, quantity: int = 1, reason: R = R.CHANGED_MIND) -> Ask:
    return Ask(facts=facts, quantity=quantity, reason=reason, value_minor=1_000 * quantity)


ON_THE_LAST_DAY = replace(FACTS, delivered_on=date(2026, 10, 23))
TOO_LATE = replace(FACTS, delivered_on=date(2026, 10, 22))
CLOSED = Cause(
    Code.WINDOW_CLOSED,
    {"days": 30, "delivered_on": date(2026, 10, 22), "closed_on": date(2026, 11, 21)},
)
CASES = [
    (ask(), Outcome.AT_ONCE, []),
    (ask(ON_THE_LAST_DAY), Outcome.AT_ONCE, []),
    (ask(TOO_LATE), Outcome.REFUSED, [CLOSED]),
    (ask(TOO_LATE, reason=R.WRONG_SIZE), Outcome.REFUSED, [CLOSED]),
    (ask(TOO_LATE, reason=R.DAMAGED), Outcome.AT_ONCE, []),
    (ask(TOO_LATE, reason=R.DEFECTIVE), Outcome.AT_ONCE, []),
    (ask(TOO_LATE, reason=R.WRONG_ITEM), Outcome.AT_ONCE, []),
    (ask(quantity=4), Outcome.REFUSED, [Cause(Code.TOO_MANY, {"left": 3, "wanted": 4})]),
    (ask(replace(FACTS, delivered=0)), Outcome.REFUSED, [Cause(Code.NOT_DELIVERED)]),
    (ask(replace(FACTS, delivered=0, cancelled=3)), Outcome.REFUSED, [Cause(Code.CANCELLED)]),
    (
        ask(replace(FACTS, return_requested=3)),
        Outcome.REFUSED,
        [Cause(Code.RETURN_IN_PROGRESS)],
    ),
    (ask(replace(FACTS, returned=3)), Outcome.REFUSED, [Cause(Code.ALREADY_RETURNED)]),
    (ask(replace(FACTS, is_final_sale=True)), Outcome.REFUSED, [Cause(Code.FINAL_SALE)]),
    (ask(replace(FACTS, is_final_sale=True), reason=R.DAMAGED), Outcome.AT_ONCE, []),
    (
        ask(replace(FACTS, delivered_on=None)),
        Outcome.PERSON,
        [Cause(Code.DELIVERY_DATE_UNKNOWN)],
    ),
    (ask(replace(FACTS, delivered_on=None), reason=R.DAMAGED), Outcome.AT_ONCE, []),
]


@pytest.mark.parametrize(("wish", "outcome", "causes"), CASES)
def test_one_line(wish: Ask, outcome: Outcome, causes: list[Cause]) -> None:
    decision = decide([wish], RULES, today=TODAY)
    assert (decision.outcome, list(decision.causes)) == (outcome, causes)


def test_the_fee_is_taken_once_and_never_above_the_value() -> None:
    two = [ask(), ask(replace(FACTS, line_id=2))]
    assert decide(two, RULES, today=TODAY).fee_minor == 500
    small = [replace(ask(), value_minor=300)]
    assert decide(small, RULES, today=TODAY).fee_minor == 300


def test_a_fault_pays_no_fee_unless_something_else_comes_with_it() -> None:
    faulty = ask(reason=R.DAMAGED)
    assert decide([faulty], RULES, today=TODAY).fee_minor == 0
    assert decide([faulty, ask(replace(FACTS, line_id=2))], RULES, today=TODAY).fee_minor == 500


def test_a_refused_line_does_not_stop_the_others() -> None:
    decision = decide([ask(), ask(replace(TOO_LATE, line_id=2))], RULES, today=TODAY)
    assert (decision.outcome, decision.value_minor) == (Outcome.AT_ONCE, 1_000)
    assert [line.ask.facts.line_id for line in decision.refused] == [2]


def test_who_approves() -> None:
    person = replace(RULES, approval=Approval.PERSON)
    assert decide([ask()], person, today=TODAY).failed_rule == "approval_needed"
    limited = replace(RULES, at_once_up_to_minor=1_500)
    assert decide([ask()], limited, today=TODAY).outcome is Outcome.AT_ONCE
    above = decide([ask(quantity=2)], limited, today=TODAY)
    assert above.causes == (Cause(Code.ABOVE_LIMIT, {"limit_minor": 1_500, "value_minor": 2_000}),)
    assert decide([ask()], None, today=TODAY).failed_rule == "no_policy"


def test_a_reason_may_need_a_person_or_none() -> None:
    rules = policy.read(
        {
            "window_days": 30,
            "approval": "person",
            "reasons": {
                "damaged": {"waives": ["window", "fee"], "approval": "person"},
                "wrong_item": {"waives": ["window"], "approval": "at_once"},
            },
        }
    )
    assert decide([ask(reason=R.DAMAGED)], rules, today=TODAY).failed_rule == "reason_needs_person"
    assert decide([ask(reason=R.WRONG_ITEM)], rules, today=TODAY).outcome is Outcome.AT_ONCE
    assert rules.of(R.DAMAGED).waives == {Rule.WINDOW, Rule.FEE}
    assert rules.of(R.DEFECTIVE).waives == set(Rule)


def test_a_category_may_be_excluded() -> None:
    rules = replace(RULES, excluded_categories=frozenset({"coffee"}))
    assert decide([ask()], rules, today=TODAY).causes == (
        Cause(Code.NOT_RETURNABLE, {"category": "coffee"}),
    )


def test_the_smallest_policy() -> None:
    rules = policy.read({"window_days": 14})
    assert rules == ReturnRules(window_days=14, reasons=policy.USUAL)


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ({}, {"window_days": "is missing"}),
        ({"window_days": -1}, {"window_days": "must be a whole number, 0 or more"}),
        ({"window_days": True}, {"window_days": "must be a whole number, 0 or more"}),
        ({"window_days": 30, "windows": 1}, {"windows": "is not a rule"}),
        (
            {"window_days": 30, "approval": "maybe"},
            {"approval": "must be one of at_once, person"},
        ),
        (
            {"window_days": 30, "excluded_categories": "food"},
            {"excluded_categories": "must be a list of codes"},
        ),
        ({"window_days": 30, "reasons": []}, {"reasons": "must be a table of reasons"}),
        (
            {"window_days": 30, "reasons": {"damaged": {"waives": ["all"]}}},
            {
                "reasons.damaged.waives": "may name window, fee, final_sale, category, "
                "condition, restocking, postage"
            },
        ),
        (
            {"window_days": 30, "reasons": {"damaged": {"approval": 1, "fee": 2}}},
            {
                "reasons.damaged.fee": "is not a rule",
                "reasons.damaged.approval": "must be one of at_once, person",
            },
        ),
    ],
)
def test_a_wrong_rule_is_named(rules: dict[str, object], fields: dict[str, str]) -> None:
    with pytest.raises(Invalid) as wrong:
        policy.read(rules)
    assert wrong.value.fields == fields


def test_every_code_has_words_in_both_languages() -> None:
    assert set(reasons.WORDS) == set(Code)
    for words in reasons.WORDS.values():
        assert set(words) == {"ja", "en"}


def test_a_closed_window_in_words() -> None:
    assert reasons.say(CLOSED, Language.ENGLISH) == (
        "The 30-day return window closed on 21 November (delivered 22 October)."
    )
    assert reasons.say(CLOSED, Language.JAPANESE) == (
        "お受け取りから30日を過ぎているため、返品を承れません"
        "(お受け取り 10月22日、返品期限 11月21日)。"
    )
