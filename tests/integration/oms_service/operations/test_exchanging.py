"""Exchanges: previewed, sent at once or on receipt, settled both ways, undone, never sent back."""

from typing import Any

import pytest

from oms_service import relay as process
from oms_service.inventory import queries as stock
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import exchanging, receiving, returns
from oms_service.operations.returning.exchanging import (
    ExchangeRefused,
    ExchangeRequested,
    WantedExchange,
    WantedSwap,
)
from oms_service.operations.rules.eligibility import Code, Outcome
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.states import PaymentState
from oms_service.payments import queries as payments
from oms_service.returns import exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.service import Arrived
from oms_service.returns.states import Disposition, ExchangeState, ReturnKind, ReturnState
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_exchanges, make_card, make_sibling
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=10)
        make_sibling(uow, made, "BIG", price=1_500)
        make_sibling(uow, made, "SMALL", price=600)
        make_sibling(uow, made, "GONE", price=900, stock=0)
    return made


def begin(runtime: Runtime, shop: Shop, *, balance: int = 5_000, **rules: Any) -> MadeOrder:
    """Two coffees at 1,000 yen, paid by gift card and delivered, and a policy."""
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, shop, **rules)
        card = make_card(uow, shop, balance)
        made = make_delivered_order(uow, shop, method_id=card)
    process.drain(runtime)
    return made


def wish(order: MadeOrder, *skus: str, key: str = "x", **given: Any) -> WantedExchange:
    swaps = [WantedSwap(line_id=order.line_ids[0], sku=sku, quantity=1) for sku in skus]
    return WantedExchange(order_id=order.id, swaps=swaps, channel="portal", key=key, **given)


def card_of(runtime: Runtime, shop: Shop) -> tuple[int, int]:
    with runtime.database.looking() as session:
        (card,) = payments.methods(session, shop.customer_id)
    return card.id, card.balance_minor or 0


def ask(runtime: Runtime, wanted: WantedExchange) -> ExchangeRequested:
    with runtime.unit_of_work(customer(1)) as uow:
        return exchanging.request(uow, wanted)


def receive(runtime: Runtime, made: ExchangeRequested, **given: Any) -> None:
    with runtime.unit_of_work(staff(1)) as uow:
        view = return_queries.by_id(uow.session, made.view.id)
        receiving.receive(uow, view.id, version=view.version, **given)
    process.drain(runtime)


def level(runtime: Runtime, variant_id: int) -> tuple[int, int, int]:
    with runtime.database.reading() as connection:
        (found,) = stock.availability(connection, [variant_id])
    return found.on_hand, found.allocated, found.reserved


def order_of(runtime: Runtime, order: MadeOrder) -> tuple[int, PaymentState]:
    with runtime.database.reading() as connection:
        found = orders.by_id(connection, order.id)
    return found.total.minor, found.payment_state


def test_the_difference_is_previewed_both_ways(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    with runtime.database.looking() as session:

        def seen(*skus: str) -> exchanging.ExchangePreview:
            return exchanging.preview(
                session, order.id, wish(order, *skus).swaps, now=runtime.clock.now()
            )

        up, down, both = seen("BIG"), seen("SMALL"), seen("BIG", "SMALL")
    assert (up.difference, up.needs_method) == (Money(500, "JPY"), True)
    assert (down.difference, down.needs_method) == (Money(-400, "JPY"), False)
    assert both.difference == Money(100, "JPY")
    assert [pair.old_value.minor for pair in both.pairs] == [1_000, 1_000]
    assert up.decision.outcome is Outcome.AT_ONCE


@pytest.mark.parametrize(
    ("sku", "code"),
    [
        ("MUG", Code.OTHER_PRODUCT),
        ("COFFEE", Code.SAME_VARIANT),
        ("GONE", Code.VARIANT_OUT_OF_STOCK),
    ],
)
def test_what_cannot_come_instead_is_refused(
    runtime: Runtime, shop: Shop, sku: str, code: Code
) -> None:
    order = begin(runtime, shop)
    with pytest.raises(ExchangeRefused) as refused:
        ask(runtime, wish(order, sku))
    assert [cause.code for cause in refused.value.decision.causes] == [code]
    with runtime.database.reading() as connection:
        assert return_queries.of_orders(connection, [order.id]) == ()


def test_a_card_with_too_little_is_refused(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, balance=2_300)
    card, left = card_of(runtime, shop)
    assert left == 300
    with pytest.raises(ExchangeRefused) as refused:
        ask(runtime, wish(order, "BIG", method_id=card))
    assert refused.value.decision.causes[0].code is Code.BALANCE_TOO_LOW


def test_what_is_owed_needs_a_method(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    with pytest.raises(Invalid) as wrong:
        ask(runtime, wish(order, "BIG"))
    assert wrong.value.fields == {"method_id": "is missing"}


def test_on_receipt_the_new_goods_wait_reserved_and_then_leave(
    runtime: Runtime, shop: Shop
) -> None:
    order = begin(runtime, shop)
    card, _ = card_of(runtime, shop)
    big = shop.mug_id + 1
    made = ask(runtime, wish(order, "BIG", method_id=card))
    assert (made.view.kind, made.view.state) == (ReturnKind.EXCHANGE, ReturnState.APPROVED)
    assert made.exchange.state is ExchangeState.WAITING
    assert (level(runtime, big), card_of(runtime, shop)[1]) == ((10, 0, 1), 3_000)
    assert order_of(runtime, order) == (2_000, PaymentState.PAID)
    receive(runtime, made)
    assert (level(runtime, big), card_of(runtime, shop)[1]) == ((10, 1, 0), 2_500)
    assert level(runtime, shop.coffee_id) == (9, 0, 0)
    assert order_of(runtime, order) == (2_500, PaymentState.PAID)
    with runtime.database.looking() as session:
        done = exchanges.by_return(session, made.view.id)
        view = return_queries.by_id(session, made.view.id)
        new = orders.lines(session, order.id)[-1]
    assert (done.state, done.settled) == (ExchangeState.COMPLETED, Money(500, "JPY"))
    assert view.settled_at is not None
    assert (new.sku, new.counters.allocated, done.lines[0].new_line_id) == ("BIG", 1, new.id)
    assert audit(runtime.database) == ()


def test_a_cheaper_one_gives_money_back(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    made = ask(runtime, wish(order, "SMALL"))
    receive(runtime, made)
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert (refund.amount, refund.reason) == (Money(400, "JPY"), "exchange")
    assert order_of(runtime, order)[0] == 1_600
    assert audit(runtime.database) == ()


def test_at_once_everything_happens_at_once(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, sends="at_once", settles="at_once")
    card, _ = card_of(runtime, shop)
    made = ask(runtime, wish(order, "BIG", "SMALL", method_id=card))
    assert made.exchange.state is ExchangeState.SENT
    assert (order_of(runtime, order)[0], card_of(runtime, shop)[1]) == (2_100, 2_900)
    receive(runtime, made)
    assert card_of(runtime, shop)[1] == 2_900
    assert audit(runtime.database) == ()


def test_calling_it_off_undoes_all(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, sends="at_once", settles="at_once")
    card, _ = card_of(runtime, shop)
    made = ask(runtime, wish(order, "BIG", method_id=card))
    with runtime.unit_of_work(customer(1)) as uow:
        returns.withdraw(uow, made.view.id, version=made.view.version)
    process.drain(runtime)
    with runtime.database.looking() as session:
        (refund,) = payments.refunds(session, order.id)
        assert exchanges.by_return(session, made.view.id).state is ExchangeState.CANCELLED
        line, new = orders.lines(session, order.id)
    assert refund.amount == Money(500, "JPY")
    assert (line.counters.return_requested, line.counters.removed) == (0, 0)
    assert (new.counters.cancelled, new.counters.allocated) == (1, 0)
    assert level(runtime, shop.mug_id + 1) == (10, 0, 0)
    assert order_of(runtime, order)[0] == 2_000
    assert audit(runtime.database) == ()


def test_calling_off_what_waits_frees_the_reserved_units(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, settles="at_once")
    card, _ = card_of(runtime, shop)
    made = ask(runtime, wish(order, "BIG", method_id=card))
    assert card_of(runtime, shop)[1] == 2_500
    with runtime.unit_of_work(customer(1)) as uow:
        returns.withdraw(uow, made.view.id, version=made.view.version)
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert (refund.amount.minor, level(runtime, shop.mug_id + 1)) == (500, (10, 0, 0))
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_only_what_came_is_exchanged(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    card, _ = card_of(runtime, shop)
    swap = WantedSwap(line_id=order.line_ids[0], sku="BIG", quantity=2)
    made = ask(
        runtime,
        WantedExchange(order_id=order.id, swaps=[swap], channel="portal", key="x", method_id=card),
    )
    one = Arrived(quantity=1, disposition=Disposition.RESTOCK)
    receive(runtime, made, arrived={order.line_ids[0]: one})
    assert (order_of(runtime, order)[0], card_of(runtime, shop)[1]) == (2_500, 2_500)
    assert level(runtime, shop.mug_id + 1) == (10, 1, 0)
    assert audit(runtime.database) == ()


def test_goods_that_never_come_back_are_charged(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = begin(
        runtime,
        shop,
        sends="at_once",
        settles="at_once",
        never_back="charge",
        send_back_within_days=14,
    )
    card, _ = card_of(runtime, shop)
    made = ask(runtime, wish(order, "BIG", method_id=card))
    clock.advance(days=15)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert receiving.notice_overdue(uow) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert receiving.notice_overdue(uow) == 0
    process.drain(runtime)
    assert (order_of(runtime, order)[0], card_of(runtime, shop)[1]) == (3_500, 1_500)
    with runtime.database.looking() as session:
        assert exchanges.by_return(session, made.view.id).state is ExchangeState.COMPLETED
    assert audit(runtime.database) == ()


def test_an_exchange_that_waits_too_long_is_called_off(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = begin(runtime, shop, send_back_within_days=14)
    made = ask(runtime, wish(order, "SMALL"))
    clock.advance(days=15)
    with runtime.unit_of_work(SYSTEM) as uow:
        receiving.notice_overdue(uow)
    process.drain(runtime)
    with runtime.database.looking() as session:
        assert exchanges.by_return(session, made.view.id).state is ExchangeState.CANCELLED
    assert order_of(runtime, order) == (2_000, PaymentState.PAID)
    assert audit(runtime.database) == ()


def test_asking_twice_is_one_exchange_and_once_only_is_once(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, once_per_order=True)
    first = ask(runtime, wish(order, "SMALL"))
    assert ask(runtime, wish(order, "SMALL")) == first
    with pytest.raises(ExchangeRefused) as refused:
        ask(runtime, wish(order, "SMALL", key="y"))
    assert refused.value.decision.causes[0].code is Code.ONCE_ONLY


def test_a_person_decides_where_there_is_no_policy(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop)
    process.drain(runtime)
    made = ask(runtime, wish(order, "SMALL"))
    assert (made.outcome, made.exchange.state) == (Outcome.PERSON, ExchangeState.REQUESTED)
    with runtime.unit_of_work(staff(1)) as uow:
        returns.approve(uow, made.view.id, version=made.view.version, givers={Giver.LEAD})
    assert level(runtime, shop.mug_id + 2) == (10, 0, 1)
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_a_no_leaves_everything_as_it_was(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, approval="person")
    made = ask(runtime, wish(order, "SMALL"))
    with runtime.unit_of_work(staff(1)) as uow:
        returns.reject(uow, made.view.id, version=made.view.version, answer="Sorry.")
    process.drain(runtime)
    with runtime.database.looking() as session:
        assert exchanges.by_return(session, made.view.id).state is ExchangeState.CANCELLED
        assert orders.lines(session, order.id)[0].counters.return_requested == 0
    assert audit(runtime.database) == ()


def test_the_last_one_taken_meanwhile_is_said_at_approval(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop, approval="person")
    made = ask(runtime, wish(order, "SMALL"))
    with runtime.unit_of_work(SYSTEM) as uow:
        make_delivered_order(uow, shop, items={"SMALL": 10})
    with pytest.raises(OutOfStock), runtime.unit_of_work(staff(1)) as uow:
        returns.approve(uow, made.view.id, version=made.view.version, givers={Giver.LEAD})
    with runtime.database.looking() as session:
        assert return_queries.by_id(session, made.view.id).state is ReturnState.REQUESTED


def test_a_preview_that_no_longer_holds_is_refused(runtime: Runtime, shop: Shop) -> None:
    order = begin(runtime, shop)
    with pytest.raises(Stale):
        ask(runtime, wish(order, "SMALL", digest="old"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sku": "NOTHING"}, "swaps[0].sku"),
        ({"quantity": 0}, "swaps[0].quantity"),
        ({"line_id": 10**12}, "swaps[0].line_id"),
    ],
)
def test_an_odd_wish_is_named(
    runtime: Runtime, shop: Shop, change: dict[str, Any], field: str
) -> None:
    order = begin(runtime, shop)
    swap = {"line_id": order.line_ids[0], "sku": "BIG", "quantity": 1, **change}
    wanted = WantedExchange(
        order_id=order.id, swaps=[WantedSwap(**swap)], channel="portal", key="x"
    )
    with pytest.raises(Invalid) as wrong:
        ask(runtime, wanted)
    assert list(wrong.value.fields) == [field]
