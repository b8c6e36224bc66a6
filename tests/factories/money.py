"""Ways to pay, payment policies, and providers that are asked at once."""

from typing import Any

import stripe
from sqlalchemy import text

from oms_service.infra import relay
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.money import Money
from oms_service.operations.money import settling
from oms_service.operations.rules import payment_rules
from oms_service.payments import service as payments
from oms_service.payments.states import MethodKind
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop

WEBHOOK_SECRET = "whsec_of_our_own_tests"


def make_card(uow: UnitOfWork, shop: Shop, name: str = "pm_4242") -> int:
    return payments.add_method(
        uow, customer_id=shop.customer_id, kind=MethodKind.CARD, token=name, last_four="4242"
    )


def make_method(uow: UnitOfWork, shop: Shop, kind: MethodKind, *, name: str = "") -> int:
    token = name or str(kind)
    return payments.add_method(uow, customer_id=shop.customer_id, kind=kind, token=token)


def make_balance(uow: UnitOfWork, shop: Shop, amount: int, *, name: str = "gift") -> int:
    """A gift card of the shop's customer that holds as many yen."""
    method_id = payments.add_method(
        uow,
        customer_id=shop.customer_id,
        kind=MethodKind.GIFT_CARD,
        token=name,
        currency="JPY",
    )
    if amount:
        payments.change_balance(
            uow, method_id, Money(amount, "JPY"), cause="test", key=f"open:{method_id}"
        )
    return method_id


def adopt(uow: UnitOfWork, shop: Shop, **rules: Any) -> None:
    payment_rules.adopt(uow, channel_id=shop.channel_id, rules=rules, text={"ja": "", "en": ""})


def order_paid_by(uow: UnitOfWork, shop: Shop, method_id: int, amount: int = 2_000) -> MadeOrder:
    """Two coffees, to be paid by a method; the provider is asked when effects run."""
    order = make_order(uow, shop, items={"COFFEE": amount // 1_000}, is_paid=False)
    settling.settle(
        uow,
        order.id,
        Money(amount, "JPY"),
        method_id=method_id,
        key="placed",
        reason="order_placed",
    )
    return order


def run(runtime: Runtime) -> None:
    """Reactions and effects, until nothing is left to do now."""
    for _ in range(10):
        drain(runtime)
        query = "SELECT id FROM effects WHERE state = 'waiting' AND attempts = 0 ORDER BY id"
        with runtime.database.reading() as connection:
            effects = connection.scalars(text(query)).all()
        if not effects:
            return
        for effect in effects:
            relay.run_effect(runtime.tools, effect)


def run_again(runtime: Runtime) -> None:
    """The same, those that failed before too, as if their waits were over."""
    with runtime.database.engine.begin() as connection:
        connection.execute(text("UPDATE effects SET attempts = 0 WHERE state = 'waiting'"))
    run(runtime)


def signed(body: bytes, at: int) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(
        body.decode(), WEBHOOK_SECRET, timestamp=at
    )
    return {"Stripe-Signature": header}
