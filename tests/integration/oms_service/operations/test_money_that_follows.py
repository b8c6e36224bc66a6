"""Slips, and cash at the door: what is asked for follows what the order costs."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing, changing_preview
from oms_service.operations.changes.change_wishes import CallOff, SetQuantities, Wish
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.dispatch import picking
from oms_service.operations.dispatch import shipping as dispatch
from oms_service.operations.money import at_the_door, paying, settling
from oms_service.operations.placement.holding import EXTRA
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import exchanging, receiving, returns
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted as WantedReturn
from oms_service.operations.returning.returns import WantedLine
from oms_service.operations.rules import change_rules
from oms_service.orders import queries as orders
from oms_service.orders import service as order_rows
from oms_service.orders.states import HoldReason, OrderState
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments.attempts import AttemptView
from oms_service.payments.states import AttemptState, MethodKind
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns.service import Arrived
from oms_service.returns.states import Disposition, ReturnReason
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.warehouse.queries import PackedBox
from tests.factories.coming_back import TEXT, adopt_exchanges, adopt_returns, make_sibling
from tests.factories.money import adopt, make_card, make_method, order_paid_by, run
from tests.factories.orders import (
    CARRIER,
    TOKYO,
    MadeOrder,
    deliver,
    make_delivered_order,
    make_order,
    pay,
    ship,
)
from tests.factories.shop import Shop, make_shop
from tests.factories.warehouse import PICKER, fulfilment_of, furnish, label, pack_all
from tests.fakes.clock import StandingClock

W, E, R, D = (
    AttemptState.WAITING,
    AttemptState.ENDED,
    AttemptState.REFUSED,
    AttemptState.DONE,
)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow, stock=20)
        make_sibling(uow, made, "BIG", price=1_500)
        make_sibling(uow, made, "SMALL", price=600)
        rules = {
            "cancel": {"in_part": True, "partly_shipped": True},
            "quantity": {"up": True, "partly_shipped": True},
        }
        change_rules.adopt(uow, channel_id=made.channel_id, rules=rules, text=TEXT)
    return made


def unpaid(
    runtime: Runtime, shop: Shop, kind: MethodKind, amount: int = 3_000
) -> tuple[MadeOrder, int]:
    """Coffees at 1,000 yen each, asked for by a method that is paid later."""
    with runtime.unit_of_work(SYSTEM) as uow:
        method = make_method(uow, shop, kind)
        order = order_paid_by(uow, shop, method, amount)
    run(runtime)
    return order, method


def change(runtime: Runtime, order: MadeOrder, wish: Wish, key: str) -> None:
    with runtime.unit_of_work(staff(1)) as uow:
        changing.request(uow, Wanted(order_id=order.id, wish=wish, channel="desk", key=key))


def fewer(runtime: Runtime, order: MadeOrder, units: int, key: str = "fewer") -> None:
    lines = {order.line_ids[0]: units}
    change(runtime, order, CallOff(reason="no_longer_needed", lines=lines), key)


def to(runtime: Runtime, order: MadeOrder, units: int, key: str, **given: Any) -> None:
    change(runtime, order, SetQuantities(quantities={order.line_ids[0]: units}, **given), key)


def asks(runtime: Runtime, order: MadeOrder) -> list[AttemptView]:
    with runtime.database.looking() as session:
        return list(attempts.of_order(session, order.id))


def seen(runtime: Runtime, order: MadeOrder) -> list[tuple[int, AttemptState]]:
    return [(one.amount.minor, one.state) for one in asks(runtime, order)]


def finish(runtime: Runtime, attempt_id: int, reference: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        attempts.finish(uow, attempt_id, reference=reference)
    run(runtime)


def refuse(runtime: Runtime, one: AttemptView) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        attempts.refuse(uow, one.id, "card_declined", round_=one.round)
    run(runtime)


def back(runtime: Runtime, order: MadeOrder) -> list[tuple[int, str]]:
    with runtime.database.reading() as connection:
        return [(one.amount.minor, one.reason) for one in payments.refunds(connection, order.id)]


def holds(runtime: Runtime, order: MadeOrder) -> Mapping[HoldReason, str]:
    with runtime.unit_of_work(SYSTEM) as uow:
        return order_rows.held_by_rule(uow, order.id)


def told(runtime: Runtime, name: str) -> list[dict[str, Any]]:
    with runtime.database.reading() as connection:
        query = text("SELECT payload FROM outbox WHERE name = :name ORDER BY id")
        return list(connection.scalars(query, {"name": name}))


def sound(runtime: Runtime) -> None:
    assert audit(runtime.database) == ()


def test_an_unpaid_slip_is_replaced_by_one_over_what_is_left(runtime: Runtime, shop: Shop) -> None:
    order, _ = unpaid(runtime, shop, MethodKind.KONBINI)
    fewer(runtime, order, 1)
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (2_000, W)]
    old, new = asks(runtime, order)
    assert new.slip_number not in {"", old.slip_number}
    assert new.expires_at is not None
    (said,) = told(runtime, "payment.ask_changed")
    assert (said["before_minor"], said["after_minor"], said["new_attempt_id"]) == (
        3_000,
        2_000,
        new.id,
    )
    finish(runtime, new.id, "slip-2")
    assert back(runtime, order) == []
    sound(runtime)


def test_more_on_an_unpaid_order_is_asked_for_with_the_rest(runtime: Runtime, shop: Shop) -> None:
    order, _ = unpaid(runtime, shop, MethodKind.BANK_TRANSFER)
    to(runtime, order, 5, "more")
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (5_000, W)]
    fewer(runtime, order, 2)
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (5_000, E), (3_000, W)]
    sound(runtime)


def test_the_old_slip_paid_after_all_leaves_only_the_difference(
    runtime: Runtime, shop: Shop
) -> None:
    order, _ = unpaid(runtime, shop, MethodKind.KONBINI)
    to(runtime, order, 4, "more")
    run(runtime)
    finish(runtime, asks(runtime, order)[0].id, "slip-1")
    assert seen(runtime, order) == [(3_000, D), (4_000, E), (1_000, W)]
    finish(runtime, asks(runtime, order)[2].id, "slip-3")
    finish(runtime, asks(runtime, order)[1].id, "slip-2")
    assert [reason for _, reason in back(runtime, order)] == ["paid_too_much"] * 2
    assert sum(amount for amount, _ in back(runtime, order)) == 4_000
    sound(runtime)


def test_a_change_while_the_slip_is_made_out_is_caught_up_with(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = order_paid_by(uow, shop, make_method(uow, shop, MethodKind.KONBINI), 3_000)
    fewer(runtime, order, 1)
    assert seen(runtime, order) == [(3_000, AttemptState.REQUESTED)]
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (2_000, W)]
    sound(runtime)


def test_of_a_part_paid_order_only_the_rest_follows(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 3}, is_paid=False)
        pay(uow, order.id, Money(1_000, "JPY"), method_id=make_card(uow, shop))
        slip = make_method(uow, shop, MethodKind.KONBINI)
        settling.settle(
            uow,
            order.id,
            Money(2_000, "JPY"),
            method_id=slip,
            key="placed",
            reason="order_placed",
        )
    run(runtime)
    to(runtime, order, 4, "more")
    run(runtime)
    assert seen(runtime, order) == [(2_000, E), (3_000, W)]
    fewer(runtime, order, 2)
    run(runtime)
    assert seen(runtime, order) == [(2_000, E), (3_000, E), (1_000, W)]
    fewer(runtime, order, 1, "again")
    run(runtime)
    assert seen(runtime, order)[-1] == (1_000, E)
    assert back(runtime, order) == []
    sound(runtime)


def test_a_shortage_after_payment_is_asked_for_and_shipped_when_paid(
    runtime: Runtime, shop: Shop
) -> None:
    order, slip = unpaid(runtime, shop, MethodKind.KONBINI)
    finish(runtime, asks(runtime, order)[0].id, "slip-1")
    to(runtime, order, 4, "more", method_id=slip)
    run(runtime)
    assert seen(runtime, order) == [(3_000, D), (1_000, W)]
    assert holds(runtime, order) == {HoldReason.PAYMENT: EXTRA}
    to(runtime, order, 5, "even-more")
    run(runtime)
    assert seen(runtime, order) == [(3_000, D), (1_000, E), (3_000, W)]
    finish(runtime, asks(runtime, order)[2].id, "slip-3")
    assert holds(runtime, order) == {}
    sound(runtime)


def test_cash_at_the_door_follows_until_it_is_on_its_way(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order, door = unpaid(runtime, shop, MethodKind.CASH_ON_DELIVERY)
    fewer(runtime, order, 1)
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (2_000, W)]
    with runtime.database.looking() as session:
        assert at_the_door.to_collect(session, order.id) == 2_000
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = ship(uow, shop, order)
    clock.advance(minutes=1)
    to(runtime, order, 3, "more", method_id=door)
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (2_000, W), (1_000, W)]
    assert holds(runtime, order) == {}
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, sent, clock.now())
        ids = [line.id for line in orders.lines(uow.session, order.id)]
        later = ship(uow, shop, MadeOrder(order.id, order.number, tuple(ids[1:])))
    run(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=later.tracking_number,
            event_key="delivered",
            status=CarrierStatus.DELIVERED,
            occurred_at=clock.now(),
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    run(runtime)
    assert seen(runtime, order) == [(3_000, E), (2_000, D), (1_000, D)]
    assert back(runtime, order) == []
    sound(runtime)


def test_a_surplus_collected_at_the_door_goes_back(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, is_paid=False)
        total = orders.by_id(uow.session, order.id).total
        settling.settle(
            uow,
            order.id,
            total,
            method_id=make_method(uow, shop, MethodKind.CASH_ON_DELIVERY),
            key="placed",
            reason="order_placed",
        )
    run(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        sent = ship(uow, shop, MadeOrder(order.id, order.number, order.line_ids[:1]))
    wish = CallOff(reason="no_longer_needed", lines={order.line_ids[1]: 1})
    change(runtime, order, wish, "c")
    run(runtime)
    assert seen(runtime, order) == [(total.minor, W)]
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, sent, clock.now())
    run(runtime)
    assert seen(runtime, order) == [(total.minor, D)]
    assert back(runtime, order) == [(total.minor - 1_000, "paid_too_much")]
    sound(runtime)


def test_goods_wait_for_a_refused_charge_until_it_is_paid(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_card(uow, shop)
        order = make_order(uow, shop, method_id=card)
    to(runtime, order, 3, "more", method_id=card)
    run(runtime)
    refuse(runtime, asks(runtime, order)[0])
    assert holds(runtime, order) == {HoldReason.PAYMENT: EXTRA}
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).order_state is OrderState.ON_HOLD
        assert connection.scalar(text("SELECT count(*) FROM fallout WHERE state = 'open'")) == 1
    with runtime.unit_of_work(staff(1)) as uow:
        attempts.retry(uow, asks(runtime, order)[0].id)
    run(runtime)
    finish(runtime, asks(runtime, order)[0].id, "pi_2")
    assert holds(runtime, order) == {}
    sound(runtime)


def test_undoing_the_change_lets_the_goods_go(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_card(uow, shop)
        order = make_order(uow, shop, method_id=card)
    to(runtime, order, 3, "more", method_id=card)
    run(runtime)
    refuse(runtime, asks(runtime, order)[0])
    with runtime.database.reading() as connection:
        new_id = orders.lines(connection, order.id)[-1].id
    wish = CallOff(reason="no_longer_needed", lines={new_id: 1})
    change(runtime, order, wish, "undo")
    run(runtime)
    assert seen(runtime, order) == [(1_000, E)]
    assert holds(runtime, order) == {}
    assert back(runtime, order) == []
    sound(runtime)


@pytest.mark.parametrize("sends", ["at_once", "on_receipt"])
def test_an_exchange_whose_charge_is_refused_ships_nothing_unpaid(
    runtime: Runtime, shop: Shop, sends: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, shop, sends=sends, settles="at_once")
        card = make_card(uow, shop)
        order = make_delivered_order(uow, shop, method_id=card)
        swap = WantedSwap(line_id=order.line_ids[0], sku="BIG", quantity=1)
        made = exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id, swaps=[swap], channel="desk", key="x", method_id=card
            ),
        )
    run(runtime)
    refuse(runtime, asks(runtime, order)[0])
    assert holds(runtime, order) == {HoldReason.PAYMENT: EXTRA}
    with runtime.unit_of_work(staff(1)) as uow:
        returns.withdraw(uow, made.view.id, version=None)
    run(runtime)
    assert (seen(runtime, order), holds(runtime, order)) == ([(500, E)], {})
    assert back(runtime, order) == []
    sound(runtime)


def test_cheaper_exchanges_one_after_another_give_all_of_it_back(
    runtime: Runtime, shop: Shop
) -> None:
    """The first is covered by money not taken yet; the second must not count that again."""
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, capture="manual")
        adopt_exchanges(uow, shop, sends="at_once", settles="at_once")
        card = make_card(uow, shop)
        order = order_paid_by(uow, shop, card, 3_000)
    run(runtime)
    finish(runtime, asks(runtime, order)[0].id, "pi_1")
    with runtime.unit_of_work(staff(1)) as uow:
        (part,) = paying.capture(uow, order.id, Money(2_500, "JPY"), key="part")
    finish(runtime, part.id, "pi_1")
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, ship(uow, shop, order), uow.now)
    for number in range(3):
        with runtime.unit_of_work(SYSTEM) as uow:
            swap = WantedSwap(line_id=order.line_ids[0], sku="SMALL", quantity=1)
            exchanging.request(
                uow,
                WantedExchange(order_id=order.id, swaps=[swap], channel="desk", key=f"x{number}"),
            )
    assert [amount for amount, _ in back(runtime, order)] == [300, 400]
    run(runtime)
    with runtime.database.reading() as connection:
        assert orders.by_id(connection, order.id).total == Money(1_800, "JPY")
        assert payments.sums(connection, order.id).captured - 700 == 1_800
    sound(runtime)


def test_the_ended_slip_of_an_exchange_that_came_in_part_is_paid_after_all(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_exchanges(uow, shop, sends="on_receipt", settles="at_once")
        slip = make_method(uow, shop, MethodKind.KONBINI)
        order = make_delivered_order(uow, shop, method_id=make_card(uow, shop))
        swap = WantedSwap(line_id=order.line_ids[0], sku="BIG", quantity=2)
        made = exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id, swaps=[swap], channel="desk", key="x", method_id=slip
            ),
        )
    run(runtime)
    with runtime.unit_of_work(staff(1)) as uow:
        one = Arrived(quantity=1, disposition=Disposition.RESTOCK)
        receiving.receive(uow, made.view.id, version=None, arrived={order.line_ids[0]: one})
    run(runtime)
    assert seen(runtime, order) == [(1_000, E), (500, W)]
    assert holds(runtime, order) == {HoldReason.PAYMENT: EXTRA}
    finish(runtime, asks(runtime, order)[0].id, "slip-1")
    assert back(runtime, order) == [(500, "paid_too_much")]
    assert seen(runtime, order) == [(1_000, D), (500, E)]
    assert holds(runtime, order) == {}
    sound(runtime)


def test_the_preview_says_that_nothing_is_taken_at_once(runtime: Runtime, shop: Shop) -> None:
    order, _ = unpaid(runtime, shop, MethodKind.KONBINI)
    with runtime.database.looking() as session:
        found = changing_preview.preview(
            session,
            order.id,
            SetQuantities(quantities={order.line_ids[0]: 4}),
            now=session.scalar(text("SELECT now()")),  # any moment will do
        )
    assert (found.settled.minor, found.after.minor) == (0, 4_000)
    assert not found.decision.is_refused


def test_what_was_returned_does_not_count_as_unpaid(runtime: Runtime, shop: Shop) -> None:
    """Of a part that came back the money went back; what is called off later goes back too."""
    with runtime.unit_of_work(SYSTEM) as uow:
        card = make_card(uow, shop)
        order = make_order(uow, shop, items={"COFFEE": 1, "MUG": 1}, method_id=card)
        sent = ship(uow, shop, MadeOrder(order.id, order.number, order.line_ids[:1]))
        deliver(uow, sent, uow.now)
    run(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, shop)
        line = WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.CHANGED_MIND)
        made = returns.request(
            uow, WantedReturn(order_id=order.id, lines=[line], channel="desk", key="r")
        )
        receiving.receive(uow, made.view.id, version=None)
    wish = CallOff(reason="no_longer_needed", lines={order.line_ids[1]: 1})
    change(runtime, order, wish, "c")
    with runtime.database.reading() as connection:
        captured = payments.sums(connection, order.id).captured
    assert sum(amount for amount, _ in back(runtime, order)) == captured
    sound(runtime)


def test_the_amount_goes_with_one_box_and_stands_once_it_has_a_label(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        furnish(uow, shop)
    order, door = unpaid(runtime, shop, MethodKind.CASH_ON_DELIVERY)
    box = packed(runtime, shop, order)
    with runtime.database.looking() as session:
        assert at_the_door.to_collect_with(session, box) == 3_000
        assert at_the_door.gone(session, order.id) == frozenset()
    with runtime.unit_of_work(PICKER) as uow:
        label(uow, box, "100000000001")
    with runtime.database.looking() as session:
        assert at_the_door.gone(session, order.id) == {asks(runtime, order)[0].id}
    with runtime.unit_of_work(PICKER) as uow:
        dispatch.hand_over_box(uow, box.id)
    clock.advance(minutes=1)
    to(runtime, order, 4, "more", method_id=door)
    run(runtime)
    assert seen(runtime, order) == [(3_000, W), (1_000, W)]
    later = packed(runtime, shop, order)
    with runtime.database.looking() as session:
        assert at_the_door.to_collect_with(session, box) == 3_000
        assert at_the_door.to_collect_with(session, later) == 1_000
        assert at_the_door.to_collect(session, order.id) == 4_000
    sound(runtime)


def packed(runtime: Runtime, shop: Shop, order: MadeOrder) -> PackedBox:
    """What is still in the house, in a box."""
    run(runtime)
    with runtime.unit_of_work(PICKER) as uow:
        one = fulfilment_of(uow, order, shop.location_id)
        left = sum(line.wanted - line.picked for line in one.lines)
        picking.pick_for(uow, one.id, [("COFFEE", left)], key=f"pick-{one.version}")
        return pack_all(uow, fulfilment_of(uow, order, shop.location_id), weight_g=120 * left + 160)
