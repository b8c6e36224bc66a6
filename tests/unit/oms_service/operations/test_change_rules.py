"""What a policy for changes says, and what it decides: pure, and never guessed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.rules import change_eligibility, change_rules, reasons
from oms_service.operations.rules.change_eligibility import OrderFacts
from oms_service.operations.rules.change_rules import USUAL, ChangeRules, Late, Speed, Stage
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.orders.policy import Counters
from oms_service.orders.states import ChangeKind, OrderState
from oms_service.payments.states import MethodKind

OPEN = OrderFacts(
    state=OrderState.PLACED,
    is_held=False,
    lines={1: Counters(ordered=3, allocated=3), 2: Counters(ordered=1, allocated=1)},
    minutes_ago=30,
)


def with_lines(**counters: int) -> OrderFacts:
    return replace(OPEN, lines={1: Counters(ordered=3, **counters)})


def decide(
    kind: ChangeKind,
    rules: Mapping[str, Any] | ChangeRules,
    facts: OrderFacts = OPEN,
    units: Mapping[int, int] | None = None,
) -> tuple[Outcome, list[Code]]:
    read = rules if isinstance(rules, ChangeRules) else change_rules.read(rules)
    found = change_eligibility.decide(kind, read, facts, units=units, own=())
    return found.outcome, [cause.code for cause in found.causes]


def test_a_policy_is_read_whole() -> None:
    rules = change_rules.read(
        {
            "cancel": {"reasons": ["other"], "in_part": False, "until": "picking"},
            "address": {"cut_off_minutes": 120, "late": "person"},
            "items": {"at_most": 1, "is_final": True, "methods": ["card"]},
            "expedite": {"speeds": {"express": {"charge_minor": 800, "days": 1}}},
        }
    )
    assert rules.cancel is not None
    assert (rules.cancel.reasons, rules.cancel.in_part) == (frozenset({"other"}), False)
    assert rules.cancel.until is Stage.PICKING
    assert rules.address is not None
    assert (rules.address.cut_off_minutes, rules.address.late) == (120, Late.PERSON)
    assert rules.items is not None
    assert rules.items.methods == frozenset({MethodKind.CARD})
    assert rules.final_kinds == frozenset({ChangeKind.ITEMS})
    assert rules.expedite is not None
    assert rules.expedite.speeds[Speed.EXPRESS].charge_minor == 800
    assert (rules.payment, rules.quantity) == (None, None)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"refund": {}}, "refund"),
        ({"cancel": []}, "cancel"),
        ({"cancel": {"until": "shipped"}}, "cancel.until"),
        ({"cancel": {"in_part": "yes"}}, "cancel.in_part"),
        ({"address": {"reasons": ["other"]}}, "address.reasons"),
        ({"items": {"at_most": -1}}, "items.at_most"),
        ({"payment": {"methods": ["gold"]}}, "payment.methods"),
        ({"quantity": {"cut_off_minutes": 10**9}}, "quantity.cut_off_minutes"),
        ({"expedite": {"speeds": {"warp": {}}}}, "expedite.speeds.warp"),
        ({"expedite": {"speeds": {"express": {}}}}, "expedite.speeds.express.charge_minor"),
    ],
)
def test_a_wrong_rule_is_named(rules: Mapping[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        change_rules.read(rules)
    assert list(error.value.fields) == [field]


@pytest.mark.parametrize(
    ("kind", "rules", "facts", "units", "code"),
    [
        (
            ChangeKind.CANCEL,
            USUAL,
            replace(OPEN, state=OrderState.CANCELLED),
            None,
            Code.ORDER_CANCELLED,
        ),
        (ChangeKind.EXPEDITE, USUAL, OPEN, None, Code.CHANGE_NOT_OFFERED),
        (
            ChangeKind.CANCEL,
            USUAL,
            with_lines(shipped=1, allocated=2),
            None,
            Code.ALREADY_SHIPPED,
        ),
        (
            ChangeKind.CANCEL,
            USUAL,
            with_lines(allocated=3, picked=3, packed=1),
            None,
            Code.ALREADY_PACKED,
        ),
        (
            ChangeKind.ADDRESS,
            USUAL,
            with_lines(allocated=3, picked=1),
            None,
            Code.ALREADY_PICKING,
        ),
        (
            ChangeKind.QUANTITY,
            USUAL,
            with_lines(allocated=3, picked=2),
            {1: 2},
            Code.ALREADY_PICKING,
        ),
        (
            ChangeKind.ADDRESS,
            {"address": {"on_hold": False}},
            replace(OPEN, is_held=True),
            None,
            Code.ORDER_WAITS,
        ),
        (
            ChangeKind.ADDRESS,
            {"address": {"cut_off_minutes": 29}},
            OPEN,
            None,
            Code.CUT_OFF_PASSED,
        ),
        (
            ChangeKind.CANCEL,
            {"items": {"is_final": True}, "cancel": {}},
            replace(OPEN, changed=(ChangeKind.ITEMS,)),
            None,
            Code.NO_FURTHER_CHANGE,
        ),
        (
            ChangeKind.PAYMENT,
            {"payment": {"at_most": 1}},
            replace(OPEN, changed=(ChangeKind.PAYMENT,)),
            {},
            Code.CHANGED_OFTEN_ENOUGH,
        ),
        (
            ChangeKind.QUANTITY,
            USUAL,
            replace(OPEN, payment_waits=True),
            {1: 1},
            Code.PAYMENT_WAITS,
        ),
    ],
)
def test_the_first_reason_against_it_is_given(
    kind: ChangeKind,
    rules: Mapping[str, Any] | ChangeRules,
    facts: OrderFacts,
    units: Mapping[int, int] | None,
    code: Code,
) -> None:
    assert decide(kind, rules, facts, units) == (Outcome.REFUSED, [code])


def test_units_that_nobody_has_picked_can_still_go() -> None:
    facts = with_lines(allocated=3, picked=2)
    assert decide(ChangeKind.QUANTITY, USUAL, facts, {1: 1}) == (Outcome.AT_ONCE, [])


def test_late_or_of_unknown_time_goes_to_a_person_where_policy_says_so() -> None:
    rules = {"cancel": {"cut_off_minutes": 10, "late": "person"}}
    assert decide(ChangeKind.CANCEL, rules) == (Outcome.PERSON, [Code.CUT_OFF_PASSED])
    unknown = replace(OPEN, minutes_ago=None)
    assert decide(ChangeKind.CANCEL, rules, unknown) == (Outcome.PERSON, [Code.PLACED_UNKNOWN])


def test_every_reason_has_words_in_both_languages() -> None:
    facts: dict[str, int | str] = {"minutes": 30, "times": 1, "left": 2, "reason": "other"}
    facts |= dict.fromkeys(("first", "last", "day"), "25 November")
    codes = [
        code for code in Code if list(Code).index(code) >= list(Code).index(Code.CHANGE_NOT_OFFERED)
    ]
    for code in codes:
        for language in Language:
            said = reasons.say(Cause(code, facts), language)
            assert said
            assert "{" not in said
