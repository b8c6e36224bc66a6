"""Changing placed orders: goods, money, stock and log follow, and every refusal changes nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from oms_service import relay as process
from oms_service.catalog.models import Price, Variant
from oms_service.infra.outbox import OutboxRow
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.money import Money
from oms_service.operations.changes import cancelling, changing, changing_preview
from oms_service.operations.changes.change_wishes import (
    CallOff,
    Expedite,
    PayOtherwise,
    SetQuantities,
    ShipElsewhere,
    Swap,
    SwapItems,
    Wish,
)
from oms_service.operations.changes.changing import StaleOrder, Wanted
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import change_rules
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Code
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders import service as order_rows
from oms_service.orders.changes import ChangeDecided, ChangeView
from oms_service.orders.service import Units
from oms_service.orders.states import ChangeState, OrderState, PaymentState
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_rows
from oms_service.payments.states import MethodKind
from oms_service.runtime import Runtime
from tests.factories.orders import SHIP_TO, MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up

OSAKA = {**SHIP_TO, "region": "大阪府", "city": "大阪市北区", "postal_code": "530-0001"}


def adopt(uow: UnitOfWork, shop: Shop, rules: Mapping[str, Any]) -> None:
    change_rules.adopt(
        uow, channel_id=shop.channel_id, rules=rules, text={"ja": "規約", "en": "Terms"}
    )


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def large(runtime: Runtime, shop: Shop) -> int:
    """Another version of COFFEE, for 1,500 yen, ten on the shelf."""
    with runtime.unit_of_work(SYSTEM) as uow:
        coffee = uow.session.get_one(Variant, shop.coffee_id)
        row = Variant(
            product_id=coffee.product_id,
            sku="COFFEE-L",
            options={"size": "300 g"},
            option_words={},
            tax_rate_bp=800,
        )
        uow.session.add(row)
        uow.session.flush()
        uow.session.add(Price(variant_id=row.id, currency="JPY", amount_minor=1_500))
        stock_up(uow, row.id, shop.location_id, 10)
        return row.id


@pytest.fixture
def gift_card(runtime: Runtime, shop: Shop) -> int:
    """It holds 2,000 yen."""
    with runtime.unit_of_work(SYSTEM) as uow:
        card = payment_rows.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift-1",
            currency="JPY",
        )
        payment_rows.change_balance(uow, card, Money(2_000, "JPY"), cause="test", key="gift-1")
    return card


@pytest.fixture
def card(runtime: Runtime, shop: Shop) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return payment_rows.add_method(
            uow, customer_id=shop.customer_id, kind=MethodKind.CARD, token="card-1"
        )


def placed(runtime: Runtime, shop: Shop, **given: Any) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop, **given)


def ask(
    runtime: Runtime, order: MadeOrder, wish: Wish, *, key: str = "k1", **given: Any
) -> ChangeView:
    with runtime.unit_of_work(customer(1)) as uow:
        return changing.request(
            uow, Wanted(order_id=order.id, wish=wish, channel="portal", key=key, **given)
        )


def total(runtime: Runtime, order: MadeOrder) -> int:
    with runtime.database.reading() as connection:
        return orders.by_id(connection, order.id).total.minor


def balance(runtime: Runtime, method_id: int) -> int | None:
    with runtime.database.reading() as connection:
        return payments.methods_by_id(connection, [method_id])[method_id].balance_minor


def told(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def free(runtime: Runtime, variant_id: int) -> int:
    with runtime.database.reading() as connection:
        return stock.to_promise(connection, [variant_id])[variant_id].overall


def refused(runtime: Runtime, order: MadeOrder, wish: Wish, **given: Any) -> Code:
    """Ask, see that nothing changed and nothing was told, and answer the first reason."""
    before, said = total(runtime, order), told(runtime)
    with pytest.raises(ChangeRefused) as error:
        ask(runtime, order, wish, **given)
    assert (total(runtime, order), told(runtime)) == (before, said)
    with runtime.database.reading() as connection:
        assert changes.of_order(connection, order.id) == ()
    return error.value.decision.causes[0].code


def test_a_swap_takes_the_difference_from_a_gift_card(
    runtime: Runtime, shop: Shop, large: int, gift_card: int
) -> None:
    order = placed(runtime, shop)
    swap = Swap(line_id=order.line_ids[0], quantity=1, variant_id=large)
    done = ask(runtime, order, SwapItems(swaps=[swap], method_id=gift_card))
    assert (done.state, done.settled) == (ChangeState.CONFIRMED, Money(500, "JPY"))
    assert (total(runtime, order), balance(runtime, gift_card)) == (2_500, 1_500)
    assert (free(runtime, shop.coffee_id), free(runtime, large)) == (99, 9)
    with runtime.database.reading() as connection:
        old, new = orders.lines(connection, order.id)
        view = orders.by_id(connection, order.id)
    assert (old.counters.cancelled, old.counters.removed, old.counters.allocated) == (1, 1, 1)
    assert (new.sku, new.replaces_line_id, new.origin) == (
        "COFFEE-L",
        old.id,
        f"change:{done.id}",
    )
    assert view.payment_state is PaymentState.PAID
    assert audit(runtime.database) == ()


def test_a_cheaper_order_gives_back_and_stays_paid(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop, items={"COFFEE": 2, "MUG": 1})
    done = ask(runtime, order, SetQuantities(quantities={order.line_ids[0]: 1}))
    assert (done.before.minor, done.after.minor, done.settled.minor) == (4_500, 3_500, -1_000)
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
        taxes = orders.taxes(connection, order.id)
    assert (refund.amount.minor, refund.reason) == (1_000, "order_changed")
    assert {one.rate_bp: one.taxable.minor for one in taxes} == {800: 1_000, 1_000: 2_500}
    assert audit(runtime.database) == ()


def test_an_order_that_is_not_paid_only_costs_less(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop, is_paid=False)
    done = ask(runtime, order, SetQuantities(quantities={order.line_ids[0]: 1}))
    assert (total(runtime, order), done.settled.minor) == (1_000, 0)
    with runtime.database.reading() as connection:
        assert payments.refunds(connection, order.id) == ()


def test_more_of_a_line_comes_as_a_line_of_its_own(
    runtime: Runtime, shop: Shop, gift_card: int
) -> None:
    order = placed(runtime, shop)
    wish = SetQuantities(quantities={order.line_ids[0]: 3}, method_id=gift_card)
    assert ask(runtime, order, wish).settled.minor == 1_000
    with runtime.database.reading() as connection:
        units = [line.counters.allocated for line in orders.lines(connection, order.id)]
    assert (units, free(runtime, shop.coffee_id)) == ([2, 1], 97)
    assert audit(runtime.database) == ()


def test_units_are_called_off_with_a_reason(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop, items={"COFFEE": 2, "MUG": 1})
    wish = CallOff(reason="no_longer_needed", lines={order.line_ids[1]: 1})
    assert ask(runtime, order, wish).settled.minor == -2_500
    with runtime.database.reading() as connection:
        view = orders.by_id(connection, order.id)
    assert (view.order_state, view.total.minor) == (OrderState.PLACED, 2_000)
    assert free(runtime, shop.mug_id) == 100
    assert audit(runtime.database) == ()


def test_calling_off_every_unit_cancels_the_order(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    done = ask(runtime, order, CallOff(reason="other", lines={order.line_ids[0]: 2}))
    assert (done.after.minor, done.settled.minor) == (0, -2_000)
    with runtime.database.reading() as connection:
        view = orders.by_id(connection, order.id)
    assert (view.order_state, view.cancel_reason) == (OrderState.CANCELLED, "other")
    assert audit(runtime.database) == ()


def test_another_region_is_sourced_anew(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        stock_up(uow, shop.coffee_id, make_location(uow, "osaka", region="大阪府"), 5)
    ask(runtime, order, ShipElsewhere(address=OSAKA))
    with runtime.database.reading() as connection:
        assert orders.destination(connection, order.id)["region"] == "大阪府"
        held = sum(one.quantity for one in stock.promised(connection, order.line_ids))
    assert held == 2
    assert audit(runtime.database) == ()


def test_a_gift_card_that_is_enough_pays_the_whole(
    runtime: Runtime, shop: Shop, gift_card: int, card: int
) -> None:
    order = placed(runtime, shop, method_id=card)
    done = ask(runtime, order, PayOtherwise(method_id=gift_card))
    assert (balance(runtime, gift_card), done.before, done.after) == (
        0,
        Money(2_000, "JPY"),
        Money(2_000, "JPY"),
    )
    with runtime.database.reading() as connection:
        (refund,) = payments.refunds(connection, order.id)
    assert (refund.method_id, refund.amount.minor) == (card, 2_000)
    assert audit(runtime.database) == ()


def test_a_gift_card_that_is_not_enough_is_refused(
    runtime: Runtime, shop: Shop, gift_card: int, card: int
) -> None:
    order = placed(runtime, shop, items={"MUG": 1}, method_id=card)
    assert refused(runtime, order, PayOtherwise(method_id=gift_card)) is Code.BALANCE_TOO_LOW
    assert balance(runtime, gift_card) == 2_000


def test_a_card_pays_before_the_first_payment_goes_back(
    runtime: Runtime, shop: Shop, gift_card: int, card: int
) -> None:
    order = placed(runtime, shop, method_id=gift_card)
    ask(runtime, order, PayOtherwise(method_id=card))
    with runtime.database.reading() as connection:
        assert payments.refunds(connection, order.id) == ()
    with pytest.raises(ChangeRefused) as error:
        ask(runtime, order, SetQuantities(quantities={order.line_ids[0]: 1}), key="k2")
    assert error.value.decision.causes[0].code is Code.PAYMENT_WAITS


def test_a_faster_delivery_costs_its_charge(runtime: Runtime, shop: Shop, gift_card: int) -> None:
    order = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        speeds = {"express": {"charge_minor": 800, "days": 1}}
        adopt(uow, shop, {"expedite": {"speeds": speeds}})
    ask(runtime, order, Expedite(speed="express", method_id=gift_card))
    with runtime.database.reading() as connection:
        view = orders.by_id(connection, order.id)
        assert orders.way(connection, order.id).speed == "express"
    assert (view.shipping.minor, view.total.minor) == (800, 2_800)
    assert balance(runtime, gift_card) == 1_200
    assert audit(runtime.database) == ()


def test_asked_twice_it_is_one_change(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    wish = SetQuantities(quantities={order.line_ids[0]: 1})
    first = ask(runtime, order, wish)
    said = told(runtime)
    assert ask(runtime, order, wish) == first
    assert (told(runtime), total(runtime, order)) == (said, 1_000)


def test_a_stale_screen_gets_the_order_as_it_is(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    with runtime.database.reading() as connection:
        version = orders.by_id(connection, order.id).version
    ask(runtime, order, SetQuantities(quantities={order.line_ids[0]: 1}), version=version)
    with pytest.raises(StaleOrder) as error:
        ask(runtime, order, CallOff(reason="other"), key="k2", version=version)
    assert error.value.order.total.minor == 1_000
    assert total(runtime, order) == 1_000


def test_a_confirmed_preview_that_no_longer_holds_is_refused(
    runtime: Runtime, shop: Shop, large: int, gift_card: int
) -> None:
    order = placed(runtime, shop)
    one = Swap(line_id=order.line_ids[0], quantity=1, variant_id=large)
    swap = SwapItems(swaps=[one], method_id=gift_card)
    with runtime.unit_of_work(SYSTEM) as uow:
        seen = changing_preview.preview(uow.session, order.id, swap, now=uow.now)
        uow.session.query(Price).filter_by(variant_id=large).update({"amount_minor": 1_600})
    with pytest.raises(StaleOrder):
        ask(runtime, order, swap, digest=seen.digest)
    assert total(runtime, order) == 2_000


def test_what_needs_a_person_waits_for_one(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, {"cancel": {"approval": "person"}})
    waits = ask(runtime, order, CallOff(reason="other"))
    assert (waits.state, waits.referred_by_rule) == (
        ChangeState.PROPOSED,
        "change_needs_person",
    )
    with pytest.raises(ChangeRefused), runtime.unit_of_work(customer(1)) as uow:
        changing.confirm(uow, waits.id)
    with runtime.unit_of_work(staff(7)) as uow:
        done = changing.confirm(uow, waits.id)
    assert (done.state, done.decided_by) == (ChangeState.CONFIRMED, "staff:7")
    with pytest.raises(ChangeDecided), runtime.unit_of_work(staff(7)) as uow:
        changing.decline(uow, waits.id)


def test_a_proposal_runs_out(runtime: Runtime, shop: Shop, clock: Any) -> None:
    order = placed(runtime, shop)
    wish = SetQuantities(quantities={order.line_ids[0]: 1})
    with runtime.unit_of_work(staff(7)) as uow:
        made = changing.propose(uow, Wanted(order_id=order.id, wish=wish, channel="desk", key="p1"))
    clock.advance(hours=24)
    with pytest.raises(StaleOrder), runtime.unit_of_work(customer(1)) as uow:
        changing.confirm(uow, made.id)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert changing.expire_overdue(uow) == 1
    with runtime.database.reading() as connection:
        assert changes.by_id(connection, made.id).state is ChangeState.EXPIRED
    assert total(runtime, order) == 2_000


def test_whoever_cancels_by_the_old_door_obeys_the_same_rules(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt(uow, shop, {"cancel": {"reasons": ["ordered_by_mistake"]}})
    with pytest.raises(ChangeRefused), runtime.unit_of_work(customer(1)) as uow:
        cancelling.cancel(uow, order.id, reason="other")
    with runtime.unit_of_work(customer(1)) as uow:
        view = cancelling.cancel(uow, order.id, reason="ordered_by_mistake")
    assert view.order_state is OrderState.CANCELLED


def test_what_no_policy_allows(runtime: Runtime, shop: Shop, large: int) -> None:
    gone = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        ship(uow, shop, gone)
    assert refused(runtime, gone, CallOff(reason="other")) is Code.ALREADY_SHIPPED
    assert refused(runtime, gone, ShipElsewhere(address=OSAKA)) is Code.ALREADY_SHIPPED
    packed = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        order_rows.hold_against_others(uow, packed.id)
        both = {"picked": 2, "packed": 2}
        order_rows.move_units(uow, packed.id, [Units(line_id=packed.line_ids[0], changes=both)])
    assert refused(runtime, packed, CallOff(reason="other")) is Code.ALREADY_PACKED
    swap = Swap(line_id=packed.line_ids[0], quantity=1, variant_id=large)
    assert refused(runtime, packed, SwapItems(swaps=[swap])) is Code.ALREADY_PACKED


def test_what_the_usual_policy_refuses(
    runtime: Runtime, shop: Shop, large: int, gift_card: int
) -> None:
    order = placed(runtime, shop)
    line = order.line_ids[0]

    def swap(variant_id: int, quantity: int = 1, method_id: int | None = None) -> SwapItems:
        one = Swap(line_id=line, quantity=quantity, variant_id=variant_id)
        return SwapItems(swaps=[one], method_id=method_id)

    cases: list[tuple[Wish, Code]] = [
        (swap(shop.mug_id), Code.OTHER_PRODUCT),
        (swap(shop.coffee_id), Code.SAME_VARIANT),
        (swap(large, 3), Code.NOT_SO_MANY),
        (swap(large, method_id=9_999), Code.METHOD_NOT_YOURS),
        (SetQuantities(quantities={line: 2}), Code.NOTHING_CHANGES),
        (SetQuantities(quantities={line: 500}), Code.VARIANT_OUT_OF_STOCK),
        (Expedite(speed="express"), Code.CHANGE_NOT_OFFERED),
        (ShipElsewhere(address=SHIP_TO), Code.NOTHING_CHANGES),
        (ShipElsewhere(address={**SHIP_TO, "city": ""}), Code.ADDRESS_INCOMPLETE),
        (PayOtherwise(method_id=9_999), Code.METHOD_NOT_YOURS),
        (CallOff(reason="other", lines={line: 3}), Code.NOT_SO_MANY),
    ]
    assert [refused(runtime, order, wish) for wish, _ in cases] == [code for _, code in cases]


@pytest.mark.parametrize(
    "wish",
    [
        CallOff(reason="Not a code!"),
        CallOff(reason="other", lines={}),
        CallOff(reason="other", lines={1: 2**40}),
        SwapItems(swaps=[]),
        SwapItems(swaps=[Swap(line_id=10**15, quantity=1, variant_id=1)]),
        SetQuantities(quantities={}),
    ],
)
def test_what_cannot_be_meant_is_invalid(runtime: Runtime, shop: Shop, wish: Wish) -> None:
    order = placed(runtime, shop)
    said = told(runtime)
    with pytest.raises(Invalid):
        ask(runtime, order, wish)
    assert (told(runtime), total(runtime, order)) == (said, 2_000)


def test_an_unknown_order_is_not_found(runtime: Runtime, shop: Shop) -> None:
    with pytest.raises(NotFound), runtime.unit_of_work(SYSTEM) as uow:
        changing.request(
            uow, Wanted(order_id=404, wish=CallOff(reason="other"), channel="web", key="k")
        )


def test_what_follows_a_change_finds_it_in_order(
    runtime: Runtime, shop: Shop, large: int, gift_card: int
) -> None:
    order = placed(runtime, shop)
    process.drain(runtime)
    swap = Swap(line_id=order.line_ids[0], quantity=2, variant_id=large)
    ask(runtime, order, SwapItems(swaps=[swap], method_id=gift_card))
    process.drain(runtime)
    with runtime.database.looking() as session:
        waiting = session.scalars(select(OutboxRow).where(OutboxRow.reacted_at.is_(None))).all()
        names = session.scalars(
            select(OutboxRow.name).where(OutboxRow.actor == "customer:1").order_by(OutboxRow.id)
        ).all()
    assert waiting == []
    assert names[-1] == "order.changed"
    assert audit(runtime.database) == ()
