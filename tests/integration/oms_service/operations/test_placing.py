"""Placing orders: all of it or nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text

from oms_service.infra.outbox import OutboxRow
from oms_service.inventory import queries as stock
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.money import Money
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import (
    Payment,
    Placed,
    PlaceOrder,
    ReferenceReused,
    WantedLine,
)
from oms_service.operations.reconcile import audit
from oms_service.orders import queries
from oms_service.orders import service as orders
from oms_service.orders.service import NumberTaken
from oms_service.orders.states import FulfilmentState, HoldReason, OrderState, PaymentState
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.payments.service import NotEnoughBalance
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.runtime import Runtime
from tests.factories.orders import make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=10)


def wanted(shop: Shop, lines: Mapping[str, int] | None = None, **given: Any) -> PlaceOrder:
    return PlaceOrder(
        channel=given.pop("channel", "web"),
        external_ref=given.pop("external_ref", "cart-1"),
        customer_id=shop.customer_id,
        lines=given.pop("wanted_lines", None)
        or [WantedLine(sku=sku, quantity=n) for sku, n in (lines or {"COFFEE": 2}).items()],
        **given,
    )


def place(runtime: Runtime, order: PlaceOrder) -> Placed:
    with runtime.unit_of_work(SYSTEM) as uow:
        return placing.place(uow, order)


def counted(runtime: Runtime) -> tuple[int, int, int, int]:
    with runtime.database.looking() as session:
        rows = [
            session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own names
            for table in ("orders", "stock_movements", "payment_entries")
        ]
        return (*rows, session.scalar(select(func.count()).select_from(OutboxRow)))


def test_a_placed_order_is_allocated_and_paid(runtime: Runtime, shop: Shop) -> None:
    paid = Payment(kind=EntryKind.CAPTURED, amount=Money(4_500, "JPY"))
    placed = place(runtime, wanted(shop, {"COFFEE": 2, "MUG": 1}, payments=[paid]))
    order = placed.order
    assert placed.is_new
    assert (order.order_state, order.payment_state, order.fulfilment_state) == (
        OrderState.PLACED,
        PaymentState.PAID,
        FulfilmentState.ALLOCATED,
    )
    assert (order.total.minor, order.tax.minor) == (4_500, 148 + 227)
    assert order.placed_at == runtime.clock.now()
    with runtime.database.reading() as connection:
        first, second = queries.lines(connection, order.id)
        coffee, mug = stock.availability(connection, [shop.coffee_id, shop.mug_id])
    assert (first.sku, first.counters.allocated, second.counters.allocated) == ("COFFEE", 2, 1)
    assert (coffee.allocated, coffee.available, mug.available) == (2, 8, 9)
    assert audit(runtime.database) == ()


def test_authorized_money_is_not_yet_paid(runtime: Runtime, shop: Shop) -> None:
    held = Payment(kind=EntryKind.AUTHORIZED, amount=Money(2_000, "JPY"))
    order = place(runtime, wanted(shop, payments=[held])).order
    assert order.payment_state is PaymentState.AUTHORIZED


def test_a_delivered_order_is_completed(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_delivered_order(uow, shop)
    with runtime.database.reading() as connection:
        order = queries.by_id(connection, made.id)
    assert (order.order_state, order.fulfilment_state) == (
        OrderState.COMPLETED,
        FulfilmentState.DELIVERED,
    )


def test_the_same_reference_is_the_same_order(runtime: Runtime, shop: Shop) -> None:
    first = place(runtime, wanted(shop))
    before = counted(runtime)
    assert place(runtime, wanted(shop)) == replace(first, is_new=False)
    assert counted(runtime) == before


@pytest.mark.parametrize(
    "other",
    [
        {"lines": {"COFFEE": 3}},
        {"lines": {"NO SUCH": 2}},
        {"discount_minor": 1},
        {"mail": "somebody.else@example.jp"},
        {"payments": [Payment(kind=EntryKind.CAPTURED, amount=Money(2_000, "JPY"))]},
    ],
)
def test_the_same_reference_with_other_content_is_a_conflict(
    runtime: Runtime, shop: Shop, other: dict[str, Any]
) -> None:
    place(runtime, wanted(shop))
    before = counted(runtime)
    with pytest.raises(ReferenceReused):
        place(runtime, wanted(shop, **other))
    assert counted(runtime) == before


def test_prices_are_what_they_were_when_it_was_placed(runtime: Runtime, shop: Shop) -> None:
    order = place(runtime, wanted(shop)).order
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE prices SET amount_minor = 1"))
    with runtime.database.reading() as connection:
        assert queries.lines(connection, order.id)[0].unit_price.minor == 1_000


def test_what_lacks_may_wait_for_stock(runtime: Runtime, shop: Shop) -> None:
    order = place(runtime, wanted(shop, {"COFFEE": 12}, may_backorder=True)).order
    assert order.fulfilment_state is FulfilmentState.PARTIALLY_ALLOCATED
    with runtime.database.reading() as connection:
        now = queries.lines(connection, order.id)[0].counters
    assert (now.allocated, now.backordered) == (10, 2)
    assert audit(runtime.database) == ()


def test_a_line_may_come_from_two_places(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        osaka = make_location(uow, "osaka", region="大阪府")
        stock_up(uow, shop.coffee_id, osaka, 5)
    placed = place(runtime, wanted(shop, {"COFFEE": 12}))
    with runtime.database.reading() as connection:
        picks = stock.promised(connection, placed.line_ids)
    assert [(pick.location_id, pick.quantity) for pick in picks] == [
        (shop.location_id, 10),
        (osaka, 2),
    ]


REFUSALS: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"lines": {"COFFEE": 11}}, OutOfStock),
    ({"lines": {"COFFEE": 1, "NO SUCH": 1}}, Invalid),
    ({"lines": {"COFFEE": 0}}, Invalid),
    ({"lines": {"COFFEE": 1}, "discount_minor": 1_001}, Invalid),
    ({"lines": {"COFFEE": 1}, "shipping_minor": -1}, Invalid),
    ({"lines": {"COFFEE": 1}, "channel": "nowhere"}, NotFound),
    ({"lines": {"COFFEE": 1}, "number": "none"}, Invalid),
    (
        {
            "lines": {"COFFEE": 1},
            "payments": [Payment(kind=EntryKind.CAPTURED, amount=Money(1, "USD"))],
        },
        Invalid,
    ),
    (
        {
            "wanted_lines": [
                WantedLine(sku="COFFEE", quantity=6),
                WantedLine(sku="COFFEE", quantity=6),
            ]
        },
        OutOfStock,
    ),
]


@pytest.mark.parametrize(("given", "refusal"), REFUSALS)
def test_a_refused_order_leaves_nothing(
    runtime: Runtime, shop: Shop, given: dict[str, Any], refusal: type[DomainError]
) -> None:
    before = counted(runtime)
    with pytest.raises(refusal):
        place(runtime, wanted(shop, **given))
    assert counted(runtime) == before


def test_two_entries_of_one_item_are_added_up(runtime: Runtime, shop: Shop) -> None:
    lines = [WantedLine(sku="COFFEE", quantity=6), WantedLine(sku="COFFEE", quantity=6)]
    with pytest.raises(OutOfStock) as out:
        place(runtime, wanted(shop, wanted_lines=lines))
    (short,) = out.value.shortages
    assert (short.variant_id, short.wanted, short.available) == (shop.coffee_id, 12, 10)


def test_a_number_belongs_to_one_order_however_it_is_written(runtime: Runtime, shop: Shop) -> None:
    place(runtime, wanted(shop, number="#W2611340"))
    before = counted(runtime)
    with pytest.raises(NumberTaken):
        place(runtime, wanted(shop, number="w-2611340", external_ref="cart-2"))
    assert counted(runtime) == before


def test_a_gift_card_that_holds_too_little_places_nothing(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = payment_service.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift",
            currency="JPY",
        )
        payment_service.change_balance(uow, card, Money(100, "JPY"), cause="gift", key="gift")
    before = counted(runtime)
    paid = Payment(kind=EntryKind.CAPTURED, amount=Money(2_000, "JPY"), method_id=card)
    with pytest.raises(NotEnoughBalance):
        place(runtime, wanted(shop, payments=[paid]))
    assert counted(runtime) == before
    with runtime.database.reading() as connection:
        assert payments.methods_by_id(connection, [card])[card].balance_minor == 100


def test_a_hold_makes_it_wait_and_its_release_lets_it_go_on(runtime: Runtime, shop: Shop) -> None:
    order = place(runtime, wanted(shop)).order
    with runtime.unit_of_work(SYSTEM) as uow:
        assert orders.put_on_hold(uow, order.id, HoldReason.ADDRESS)
        assert not orders.put_on_hold(uow, order.id, HoldReason.ADDRESS)
        states = payment_service.rederive(uow, order.id)
    assert states.order is OrderState.ON_HOLD
    with runtime.database.reading() as connection:
        assert queries.open_holds(connection, order.id) == (HoldReason.ADDRESS,)
    assert audit(runtime.database) == ()
    with runtime.unit_of_work(SYSTEM) as uow:
        assert orders.release_hold(uow, order.id, HoldReason.ADDRESS)
        assert payment_service.rederive(uow, order.id).order is OrderState.PLACED
