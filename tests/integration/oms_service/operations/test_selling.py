"""What waits: its day, what a later day tells, what else there is; and orders that are held."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from oms_service.catalog.models import Price, Variant
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.placement import drafting, holding, placing, selling
from oms_service.operations.placement.addressing import AddressNotServed
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.placing import Payment, PlaceOrder, Unavailable, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.operations.rules import placing_rules
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import HoldReason, OrderState
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import service as sales
from oms_service.sales.states import SellingMode
from tests.factories.orders import SHIP_TO, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import stock_up

DAY, LATER = date(2026, 12, 10), date(2026, 12, 20)


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=2)


def adopt(runtime: Runtime, shop: Shop, kind: str, **rules: Any) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        placing_rules.adopt(uow, channel_id=shop.channel_id, kind=kind, rules=rules, text={})


def sell(runtime: Runtime, shop: Shop, mode: SellingMode, **given: Any) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        sales.sell_as(
            uow,
            variant_id=shop.coffee_id,
            channel_id=given.pop("channel_id", None),
            mode=mode,
            **given,
        )


def place(runtime: Runtime, shop: Shop, quantity: int = 1, **given: Any) -> OrderView:
    with runtime.unit_of_work(SYSTEM) as uow:
        wanted = PlaceOrder(
            channel="web",
            external_ref=given.pop("external_ref", "cart"),
            customer_id=shop.customer_id,
            lines=[WantedLine(sku="COFFEE", quantity=quantity)],
            **given,
        )
        return placing.place(uow, wanted).order


def events(runtime: Runtime, name: str) -> list[dict[str, Any]]:
    with runtime.database.reading() as connection:
        query = text("SELECT payload FROM outbox WHERE name = :name ORDER BY id")
        return list(connection.execute(query, {"name": name}).scalars())


def test_a_rule_of_the_channel_wins_over_the_one_for_all(runtime: Runtime, shop: Shop) -> None:
    sell(runtime, shop, SellingMode.BACKORDER)
    sell(runtime, shop, SellingMode.IN_STOCK, channel_id=shop.channel_id)
    with pytest.raises(Unavailable):
        place(runtime, shop, 3, may_backorder=True)


def test_a_later_day_is_told_to_each_order_that_waits_once(runtime: Runtime, shop: Shop) -> None:
    sell(runtime, shop, SellingMode.BACKORDER, ships_by=DAY)
    whole = place(runtime, shop, 2, external_ref="there")
    waiting = [place(runtime, shop, 1, external_ref=f"cart-{n}").id for n in range(3)]

    def move(version: int) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            selling.sell(
                uow,
                variant_id=shop.coffee_id,
                channel_id=None,
                mode=SellingMode.BACKORDER,
                limit_units=None,
                ships_by=LATER,
                version=version,
            )

    move(1)
    with pytest.raises(Stale):
        move(1)
    move(2)  # said again as it is: nobody is told twice
    drain(runtime)
    told = events(runtime, "order.date_moved")
    assert [one["order_id"] for one in told] == waiting
    assert (told[0]["old_day"], told[0]["new_day"]) == ("2026-12-10", "2026-12-20")
    with runtime.database.reading() as connection:
        days = [orders.lines(connection, one)[0].ships_by for one in (whole.id, *waiting)]
    assert days == [None, LATER, LATER, LATER]
    assert audit(runtime.database) == ()


def test_many_orders_are_told_in_batches(
    runtime: Runtime, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selling, "BATCH", 2)
    sell(runtime, shop, SellingMode.PREORDER, ships_by=DAY)
    for number in range(7):
        place(runtime, shop, 1, external_ref=f"cart-{number}")
    with runtime.unit_of_work(SYSTEM) as uow:
        selling.sell(
            uow,
            variant_id=shop.coffee_id,
            channel_id=None,
            mode=SellingMode.PREORDER,
            limit_units=None,
            ships_by=LATER,
            version=1,
        )
    drain(runtime)
    assert len(events(runtime, "order.date_moved")) == 5
    assert len(events(runtime, "selling.date_moved")) == 3


def test_what_may_be_done_instead_of_waiting_is_data(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        coffee = uow.session.get_one(Variant, shop.coffee_id)
        other = Variant(
            product_id=coffee.product_id,
            sku="COFFEE-L",
            options={"size": "200 g"},
            option_words={},
            tax_rate_bp=800,
        )
        uow.session.add(other)
        uow.session.flush()
        uow.session.add(Price(variant_id=other.id, currency="JPY", amount_minor=1_800))
        stock_up(uow, other.id, shop.location_id, 5)
    order = place(runtime, shop, 4, may_backorder=True)
    with runtime.database.looking() as session:
        (line,) = selling.choices(session, order.id)
    assert (line.units, line.ships_by, line.may_cancel) == (2, None, True)
    (substitute,) = line.substitutes
    assert (substitute.sku, substitute.available) == ("COFFEE-L", 5)
    assert substitute.unit_price == Money(1_800, "JPY")


def test_a_preorder_without_a_day_is_refused(runtime: Runtime, shop: Shop) -> None:
    with pytest.raises(Invalid):
        sell(runtime, shop, SellingMode.PREORDER)


PAID = {"payments": [Payment(kind=EntryKind.CAPTURED, amount=Money(1_000, "JPY"))]}
HELD: list[tuple[dict[str, Any], dict[str, Any], list[HoldReason]]] = [
    ({"unpaid": True}, {}, [HoldReason.PAYMENT]),
    ({"unpaid": True}, PAID, []),
    ({"total_above_minor": 999}, PAID, [HoldReason.FRAUD]),
    ({"first_order_above_minor": 500}, PAID, [HoldReason.FRAUD]),
    (
        {"mismatches_from": 2},
        {"mail": "other@example.jp", "ship_to": {**SHIP_TO, "recipient": "山田 太郎"}},
        [HoldReason.FRAUD],
    ),
    ({"mismatches_from": 3}, {"mail": "other@example.jp"}, []),
    ({"incomplete_address": True}, {"ship_to": {**SHIP_TO, "city": ""}}, [HoldReason.ADDRESS]),
    ({"whole_only": True}, {"quantity": 3, "may_backorder": True}, [HoldReason.STOCK]),
]


@pytest.mark.parametrize(("rules", "given", "reasons"), HELD)
def test_the_shops_rules_hold_orders(
    runtime: Runtime,
    shop: Shop,
    rules: dict[str, Any],
    given: dict[str, Any],
    reasons: list[HoldReason],
) -> None:
    adopt(runtime, shop, placing_rules.HOLDS, **rules)
    order = place(runtime, shop, **given)
    assert order.order_state is (OrderState.ON_HOLD if reasons else OrderState.PLACED)
    with runtime.database.reading() as connection:
        assert list(orders.open_holds(connection, order.id)) == reasons
    assert [one["reason"] for one in events(runtime, "order.held")] == reasons
    assert audit(runtime.database) == ()


def test_a_second_order_is_no_first_one(runtime: Runtime, shop: Shop) -> None:
    adopt(runtime, shop, placing_rules.HOLDS, first_order_above_minor=500)
    assert place(runtime, shop, external_ref="1").order_state is OrderState.ON_HOLD
    assert place(runtime, shop, external_ref="2").order_state is OrderState.PLACED


def test_money_that_comes_ends_the_hold_for_it_but_not_a_persons(
    runtime: Runtime, shop: Shop
) -> None:
    adopt(runtime, shop, placing_rules.HOLDS, unpaid=True)
    order = place(runtime, shop)
    with runtime.unit_of_work(staff(1)) as uow:
        holding.hold(uow, order.id, HoldReason.FRAUD)
    with runtime.unit_of_work(SYSTEM) as uow:
        payments.record(
            uow,
            NewEntry(order_id=order.id, kind=EntryKind.CAPTURED, amount=order.total, key="came"),
        )
        payments.rederive(uow, order.id)
        holding.release_settled(uow, order.id)
    with runtime.database.reading() as connection:
        assert orders.open_holds(connection, order.id) == (HoldReason.FRAUD,)
        assert orders.is_held(connection, order.id)


def test_stored_value_pays_at_once_and_no_hold_is_left(runtime: Runtime, shop: Shop) -> None:
    adopt(runtime, shop, placing_rules.HOLDS, unpaid=True)
    with runtime.unit_of_work(SYSTEM) as uow:
        card = payments.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.GIFT_CARD,
            token="gift",
            currency="JPY",
        )
        payments.change_balance(uow, card, Money(1_000, "JPY"), cause="gift", key="gift")
    order = place(runtime, shop, pay_by=card)
    assert (order.order_state, order.payment_state) == ("placed", "paid")
    assert audit(runtime.database) == ()


def test_what_is_over_cannot_be_held(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop)
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        holding.hold(uow, order.id, HoldReason.FRAUD)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"ship_to": {**SHIP_TO, "country": "US"}}, AddressNotServed),
        ({"ship_to": {**SHIP_TO, "postal_code": ""}}, Invalid),
        ({"shipping_minor": 10**13}, Invalid),
        ({"external_ref": "x" * 81}, Invalid),
        ({"external_ref": "a\0"}, Invalid),
        ({"external_ref": " "}, Invalid),
    ],
)
def test_refusals_leave_nothing(
    runtime: Runtime, shop: Shop, given: dict[str, Any], refusal: type[DomainError]
) -> None:
    adopt(runtime, shop, placing_rules.SHIPPING, rates=[{"countries": ["JP"], "charge_minor": 550}])
    with pytest.raises(refusal):
        place(runtime, shop, **given)
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM orders")) == 0
    assert events(runtime, "order.placed") == []


def test_a_draft_promises_nothing_and_shows_its_price_until_it_changes(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        lines = [WantedLine(sku="COFFEE", quantity=2)]
        wanted = Draft(channel="web", customer_id=shop.customer_id, lines=lines)
        draft = drafting.keep(uow, wanted, key="k")
        assert drafting.keep(uow, wanted, key="k").id == draft.id
    assert (draft.order_state, draft.placed_at) == (OrderState.DRAFT, None)
    assert events(runtime, "order.placed") == []
    assert audit(runtime.database) == ()
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE prices SET amount_minor = amount_minor + 1"))
    with pytest.raises(Stale), runtime.unit_of_work(SYSTEM) as uow:
        drafting.place(uow, draft.id, version=draft.version)
    with runtime.unit_of_work(SYSTEM) as uow:
        now = drafting.change(uow, draft.id, wanted, version=draft.version)
        placed = drafting.place(uow, draft.id, version=now.version)
    assert (placed.total.minor, placed.order_state) == (2_002, OrderState.PLACED)
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        drafting.throw_away(uow, draft.id, version=placed.version)
    assert audit(runtime.database) == ()
