"""Shipping charges and holds: read from data, wrong ones named, decided from facts."""

from typing import Any

import pytest

from oms_service.kernel.errors import Invalid
from oms_service.operations.rules.placing_rules import (
    Facts,
    HoldRules,
    Waits,
    read_holds,
    read_shipping,
    reasons_to_wait,
)
from oms_service.orders.states import HoldReason

CHARGES = {
    "rates": [
        {"countries": ["JP"], "regions": ["北海道", "沖縄県"], "charge_minor": 1_500},
        {"countries": ["JP"], "charge_minor": 550},
        {"countries": ["US", "CA"], "charge_minor": 3_000},
    ],
    "free_from_minor": 8_000,
}


@pytest.mark.parametrize(
    ("country", "region", "items", "charge"),
    [
        ("JP", "東京都", 7_999, 550),
        ("JP", "東京都", 8_000, 0),
        ("JP", "沖縄県", 100, 1_500),
        ("CA", "Ontario", 100, 3_000),
        ("FR", "", 100, None),
    ],
)
def test_the_first_rate_that_fits_holds(
    country: str, region: str, items: int, charge: int | None
) -> None:
    rules = read_shipping(CHARGES)
    assert rules.charge(country, region, items_minor=items) == charge
    assert rules.served == {"JP", "US", "CA"}


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({}, ["rates"]),
        ({"rates": []}, ["rates"]),
        ({"rates": [7]}, ["rates[0]"]),
        ({"rates": [{"countries": [], "charge_minor": 1}]}, ["rates[0].countries"]),
        ({"rates": [{"countries": ["JP"]}]}, ["rates[0].charge_minor"]),
        ({"rates": [{"countries": ["J\0"], "charge_minor": 1}]}, ["rates[0].countries"]),
        ({"rates": [{"countries": ["JP"], "charge_minor": -1}]}, ["rates[0].charge_minor"]),
        ({**CHARGES, "free": 1}, ["free"]),
        ({**CHARGES, "tax_rate_bp": 10_001}, ["tax_rate_bp"]),
    ],
)
def test_wrong_charges_are_named(rules: dict[str, Any], wrong: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_shipping(rules)
    assert list(refused.value.fields) == wrong


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({"total_above_minor": "much"}, ["total_above_minor"]),
        ({"unpaid": 1}, ["unpaid"]),
        ({"mismatches_from": 0}, ["mismatches_from"]),
        ({"moon": True}, ["moon"]),
    ],
)
def test_wrong_holds_are_named(rules: dict[str, Any], wrong: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_holds(rules)
    assert list(refused.value.fields) == wrong


PAID = Facts(total_minor=1_000, promised_minor=1_000)
FRAUD, PAYMENT = HoldReason.FRAUD, HoldReason.PAYMENT


@pytest.mark.parametrize(
    ("rules", "facts", "waits"),
    [
        (HoldRules(), Facts(total_minor=10**9, promised_minor=0), []),
        (HoldRules(unpaid=True), PAID, []),
        (
            HoldRules(unpaid=True),
            Facts(total_minor=1_000, promised_minor=999),
            [(PAYMENT, "unpaid")],
        ),
        (HoldRules(total_above_minor=1_000), PAID, []),
        (HoldRules(total_above_minor=999), PAID, [(FRAUD, "total_above_minor")]),
        (HoldRules(first_order_above_minor=0), PAID, []),
        (
            HoldRules(first_order_above_minor=0, total_above_minor=0),
            Facts(total_minor=1, promised_minor=1, is_first_order=True),
            [(FRAUD, "total_above_minor")],
        ),
        (
            HoldRules(mismatches_from=2),
            Facts(total_minor=1, promised_minor=1, mismatches=2),
            [(FRAUD, "mismatches_from")],
        ),
        (
            HoldRules(unpaid=True, cash_on_delivery_above_minor=500),
            Facts(total_minor=501, promised_minor=0, is_cash_on_delivery=True),
            [(PAYMENT, "cash_on_delivery_above_minor")],
        ),
        (
            HoldRules(unpaid=True, cash_on_delivery_above_minor=500),
            Facts(total_minor=500, promised_minor=0, is_cash_on_delivery=True),
            [],
        ),
        (
            HoldRules(incomplete_address=True, whole_only=True),
            Facts(total_minor=1, promised_minor=1, lacks_address=True, lacks_stock=True),
            [(HoldReason.ADDRESS, "incomplete_address"), (HoldReason.STOCK, "whole_only")],
        ),
    ],
)
def test_an_order_waits_for_what_the_rules_say(
    rules: HoldRules, facts: Facts, waits: list[tuple[HoldReason, str]]
) -> None:
    assert reasons_to_wait(rules, facts) == tuple(Waits(*one) for one in waits)
