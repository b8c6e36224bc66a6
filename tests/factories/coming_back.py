"""Policies for what comes back, and another size of what was bought."""

from collections.abc import Mapping
from typing import Any

from oms_service.catalog.models import Price, Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.operations.rules import claim_rules, exchange_rules, policy
from oms_service.payments import service as payments
from oms_service.payments.states import MethodKind
from tests.factories.shop import Shop
from tests.factories.stock import stock_up

TEXT = {"ja": "返品特約", "en": "Terms"}


def adopt_returns(uow: UnitOfWork, shop: Shop, **rules: Any) -> None:
    policy.adopt(uow, channel_id=shop.channel_id, rules={"window_days": 30, **rules}, text=TEXT)


def adopt_exchanges(uow: UnitOfWork, shop: Shop, **rules: Any) -> None:
    exchange_rules.adopt(
        uow, channel_id=shop.channel_id, rules={"window_days": 30, **rules}, text=TEXT
    )


def adopt_claims(uow: UnitOfWork, shop: Shop, **rules: Any) -> None:
    claim_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text=TEXT)


def make_sibling(
    uow: UnitOfWork,
    shop: Shop,
    sku: str,
    *,
    price: int,
    stock: int = 10,
    options: Mapping[str, str] | None = None,
) -> int:
    """Another version of COFFEE."""
    coffee = uow.session.get_one(Variant, shop.coffee_id)
    variant = Variant(
        product_id=coffee.product_id,
        sku=sku,
        options=dict(options or {"size": sku}),
        option_words={},
        tax_rate_bp=800,
    )
    uow.session.add(variant)
    uow.session.flush()
    uow.session.add(Price(variant_id=variant.id, currency="JPY", amount_minor=price))
    uow.session.flush()
    if stock:
        stock_up(uow, variant.id, shop.location_id, stock)
    return variant.id


def make_card(uow: UnitOfWork, shop: Shop, balance: int, *, name: str = "gift") -> int:
    """A gift card of the shop's customer."""
    card = payments.add_method(
        uow,
        customer_id=shop.customer_id,
        kind=MethodKind.GIFT_CARD,
        token=name,
        currency="JPY",
    )
    if balance:
        payments.change_balance(uow, card, Money(balance, "JPY"), cause="test", key=name)
    return card
