"""Two colleagues, one order's money: real threads on the real database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as changed
from threading import Barrier

import pytest
from flask import Flask

from oms_service.app import create_app
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.money import paying, refunding, settling
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders.policy import Sums
from oms_service.payments import gift_cards
from oms_service.payments import queries as payments
from oms_service.payments.gift_cards import NewCard
from oms_service.payments.states import RefundPart
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.money import adopt, make_balance, make_card, order_paid_by, run
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.fakes.clock import StandingClock
from tests.fakes.stripe_server import StripeServer, a_stripe_server

AT_ONCE = 8


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with a_stripe_server() as server:
        yield server


@pytest.fixture
def app(settings: Settings, clock: StandingClock, stripe: StripeServer) -> Iterator[Flask]:
    made = create_app(
        changed(settings, stripe_api_key="sk_test_of_our_own", stripe_api_url=stripe.url),
        clock=clock,
    )
    yield made
    held_by(made).database.close()


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        adopt(uow, made, capture="manual", refund_up_to_minor={})
    return made


def all_at_once(runtime: Runtime, work: Callable[[UnitOfWork, int], object]) -> list[bool]:
    """What each of them got: done, or refused."""
    start = Barrier(AT_ONCE)

    def one(number: int) -> bool:
        start.wait()
        try:
            with runtime.unit_of_work(Actor(ActorKind.STAFF, str(number + 1))) as uow:
                work(uow, number)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def promised(runtime: Runtime, shop: Shop, *, is_captured: bool) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_card(uow, shop))
    run(runtime)
    if is_captured:
        with runtime.unit_of_work(SYSTEM) as uow:
            paying.capture(uow, order.id, None, key="all")
        run(runtime)
    return order


def test_all_press_capture_and_it_is_taken_once(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = promised(runtime, shop, is_captured=False)
    done = all_at_once(
        runtime, lambda uow, number: paying.capture(uow, order.id, None, key=f"c{number}")
    )
    run(runtime)
    assert done.count(True) == 1
    assert stripe.payments["pi_1"]["amount_received"] == 2_000
    assert audit(runtime.database) == ()


def test_all_refund_and_no_more_goes_back_than_came(
    runtime: Runtime, shop: Shop, stripe: StripeServer
) -> None:
    order = promised(runtime, shop, is_captured=True)

    def give(uow: UnitOfWork, number: int) -> None:
        wish = Wish(
            order_id=order.id,
            amount=Money(600, "JPY"),
            part=RefundPart.ORDER,
            reason=RefundReason.LATE,
            key=f"r{number}",
            givers={Giver.OPERATIONS},
        )
        refunding.request(uow, wish)

    done = all_at_once(runtime, give)
    run(runtime)
    assert done.count(True) == 3
    assert sum(one["amount"] for one in stripe.refunds.values()) == 1_800
    with runtime.database.reading() as connection:
        found = payments.sums(connection, order.id)
    assert found == Sums(authorized=2_000, captured=2_000, refunded=1_800)
    assert audit(runtime.database) == ()


def test_a_balance_is_spent_once(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_balance(uow, shop, 5_000)
        orders = [make_order(uow, shop, is_paid=False) for _ in range(AT_ONCE)]

    def spend(uow: UnitOfWork, number: int) -> None:
        settling.settle(
            uow,
            orders[number].id,
            Money(2_000, "JPY"),
            method_id=card,
            key="placed",
            reason="order_placed",
        )

    assert all_at_once(runtime, spend).count(True) == 2
    with runtime.database.reading() as connection:
        assert payments.methods_by_id(connection, [card])[card].balance_minor == 1_000
    assert audit(runtime.database) == ()


def test_a_gift_card_is_claimed_by_one(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        people = [make_customer(uow, f"p{number}@example.jp") for number in range(AT_ONCE)]
        code = gift_cards.issue(
            uow, NewCard(amount=Money(3_000, "JPY"), cause="sale", key="k"), secret="a secret"
        ).code
    done = all_at_once(
        runtime, lambda uow, number: gift_cards.claim(uow, code, customer_id=people[number])
    )
    assert done.count(True) == 1
    with runtime.database.reading() as connection:
        held = [
            method.balance_minor
            for person in people
            for method in payments.methods(connection, person)
        ]
    assert held == [3_000]
    assert audit(runtime.database) == ()
