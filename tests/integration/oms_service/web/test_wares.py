"""What was ordered and how it was paid, to the letter."""

from dataclasses import dataclass

import pytest
from flask import Flask, g
from flask_babel import force_locale

from oms_service.access.guard import Rule, Who
from oms_service.web import wares


@dataclass(frozen=True)
class Method:
    brand: str
    last_four: str


@pytest.mark.parametrize(
    ("method", "ja", "en"),
    [
        (Method("visa", "0000"), "カード(Visa、下4桁 0000)", "Card (Visa ending in 0000)"),
        (Method("", "4242"), "カード(下4桁 4242)", "Card (ending in 4242)"),
        (Method("amex", ""), "カード(American Express)", "Card (American Express)"),
        (Method("Suica", "7"), "カード(Suica、下4桁 7)", "Card (Suica ending in 7)"),
        (Method("", ""), "カード", "Card"),
    ],
)
def test_a_way_to_pay_is_named_as_its_owner_knows_it(
    app: Flask, method: Method, ja: str, en: str
) -> None:
    with app.test_request_context():
        g.rule = Rule(who=Who.CUSTOMER)
        with force_locale("ja"):
            assert wares.way_to_pay(method, "カード") == ja
        with force_locale("en"):
            assert wares.way_to_pay(method, "Card") == en
        g.rule = None
        assert wares.way_to_pay(method, "Card") == "Card", "who need not know hears the kind alone"
