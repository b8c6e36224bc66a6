"""Receiving: in parts, short, wrong, damaged, unannounced; and money for what came."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from oms_service import relay as process
from oms_service.infra import inbound
from oms_service.infra.outbox import OutboxRow
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, customer, staff
from oms_service.kernel.errors import IllegalTransition, Invalid, NotFound
from oms_service.kernel.money import Money
from oms_service.operations.reconcile import audit
from oms_service.operations.returning import receiving, returns, scanning
from oms_service.operations.returning.receiving import NotExpected, Stray
from oms_service.operations.returning.returns import AlreadyRefunded, Wanted, WantedLine
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.payments import service as payment_service
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns import queries
from oms_service.returns.arrivals import TrackingNumberTaken
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import AlreadyDecided, Arrived
from oms_service.returns.states import (
    Disposition,
    Finding,
    ParcelState,
    ReturnReason,
    ReturnState,
)
from oms_service.runtime import Runtime
from oms_service.shipping.sources import waiting
from tests.factories.coming_back import adopt_returns
from tests.factories.orders import TOKYO, MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock

SHELF, ASIDE, BIN = Disposition.RESTOCK, Disposition.QUALITY_CONTROL, Disposition.DISCARD


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=10)


def begin(
    runtime: Runtime, shop: Shop, *, units: int = 3, key: str = "r", **rules: Any
) -> tuple[MadeOrder, ReturnView]:
    """Three coffees delivered, and their return approved."""
    with runtime.unit_of_work(SYSTEM) as uow:
        adopt_returns(uow, shop, **rules)
        order = make_delivered_order(uow, shop, items={"COFFEE": units})
    process.drain(runtime)
    line = WantedLine(line_id=order.line_ids[0], quantity=units, reason=ReturnReason.CHANGED_MIND)
    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        made = returns.request(
            uow, Wanted(order_id=order.id, lines=[line], channel="portal", key=key)
        )
    return order, made.view


def receive(
    runtime: Runtime, order: MadeOrder, view: ReturnView, *came: Arrived, **given: Any
) -> ReturnView:
    with runtime.unit_of_work(staff(1)) as uow:
        now = queries.by_id(uow.session, view.id)
        return receiving.receive(
            uow, view.id, version=now.version, arrived={order.line_ids[0]: came}, **given
        )


def refunds(runtime: Runtime, order: MadeOrder) -> list[int]:
    with runtime.database.reading() as connection:
        return [one.amount.minor for one in payments.refunds(connection, order.id)]


def told(runtime: Runtime, name: str) -> list[dict[str, Any]]:
    with runtime.database.looking() as session:
        query = select(OutboxRow.payload).where(OutboxRow.name == name).order_by(OutboxRow.id)
        return list(session.scalars(query))


def level(runtime: Runtime, variant_id: int) -> tuple[int, int]:
    with runtime.database.reading() as connection:
        (found,) = stock.availability(connection, [variant_id])
    return found.on_hand, found.quality_control


def test_units_of_one_line_go_different_ways(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop)
    done = receive(
        runtime,
        order,
        view,
        Arrived(quantity=1, disposition=SHELF),
        Arrived(quantity=1, disposition=ASIDE),
        Arrived(quantity=1, disposition=BIN, finding=Finding.DAMAGED),
    )
    assert (done.state, level(runtime, shop.coffee_id)) == (ReturnState.RECEIVED, (8, 1))
    assert refunds(runtime, order) == [3_000]
    (differed,) = told(runtime, "return.differed")
    assert (differed["damaged"], differed["missing"]) == (1, 0)
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_several_parcels_each_bring_their_money(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop, fee_minor=500)
    first = receive(runtime, order, view, Arrived(quantity=1, disposition=SHELF), is_last=False)
    assert (first.state, refunds(runtime, order)) == (ReturnState.PARTLY_RECEIVED, [500])
    second = receive(runtime, order, view, Arrived(quantity=2, disposition=SHELF), is_last=False)
    assert (second.state, refunds(runtime, order)) == (ReturnState.RECEIVED, [500, 2_000])
    with pytest.raises(AlreadyDecided):
        receive(runtime, order, view, Arrived(quantity=1, disposition=SHELF))
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_what_never_came_is_missing_once_it_was_the_last(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop)
    receive(runtime, order, view, Arrived(quantity=1, disposition=SHELF), is_last=False)
    done = receive(runtime, order, view)
    assert (done.state, refunds(runtime, order)) == (ReturnState.RECEIVED, [1_000])
    with runtime.database.reading() as connection:
        now = orders.lines(connection, order.id)[0].counters
    assert (now.return_requested, now.returned) == (0, 1)
    assert told(runtime, "return.differed")[0]["missing"] == 2
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_policy_may_pay_for_what_was_announced(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop, refund_for="announced")
    receive(runtime, order, view, Arrived(quantity=1, disposition=SHELF))
    assert refunds(runtime, order) == [3_000]


def test_another_thing_in_the_box_is_kept_aside_and_told(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop)
    receive(
        runtime,
        order,
        view,
        Arrived(quantity=2, disposition=SHELF),
        strays=[
            Stray(variant_id=shop.mug_id, quantity=1, disposition=ASIDE),
            Stray(variant_id=shop.coffee_id, quantity=1, disposition=ASIDE),
        ],
    )
    (differed,) = told(runtime, "return.differed")
    assert [differed[one] for one in ("missing", "wrong_item", "surplus")] == [1, 1, 1]
    assert (level(runtime, shop.mug_id), level(runtime, shop.coffee_id)) == ((10, 1), (9, 1))
    assert refunds(runtime, order) == [2_000]
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_one_key_is_one_receipt(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop)
    came = Arrived(quantity=1, disposition=SHELF)
    first = receive(runtime, order, view, came, is_last=False, key="box-1")
    again = receive(runtime, order, view, came, is_last=False, key="box-1")
    assert (first, refunds(runtime, order)) == (again, [1_000])


@pytest.mark.parametrize(
    ("came", "field"),
    [
        (Arrived(quantity=4, disposition=SHELF), "arrived"),
        (Arrived(quantity=-1, disposition=SHELF), "arrived"),
        (Arrived(quantity=1, disposition=Disposition.MISSING), "disposition"),
        (Arrived(quantity=1, disposition=SHELF, finding=Finding.DAMAGED), "disposition"),
    ],
)
def test_an_odd_receipt_is_refused_and_nothing_moves(
    runtime: Runtime, shop: Shop, came: Arrived, field: str
) -> None:
    order, view = begin(runtime, shop)
    with pytest.raises(Invalid) as wrong:
        receive(runtime, order, view, came)
    assert all(field in name for name in wrong.value.fields)
    assert (level(runtime, shop.coffee_id), refunds(runtime, order)) == ((7, 0), [])


def test_a_place_that_is_not_in_use_is_refused(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(runtime, shop)
    with pytest.raises(Invalid) as wrong:
        receive(runtime, order, view, location_id=10**12)
    assert list(wrong.value.fields) == ["location_id"]


def test_nothing_owed_settles_at_once_and_two_refunds_settle_together(
    runtime: Runtime, shop: Shop
) -> None:
    order, view = begin(runtime, shop, fee_minor=9_000)
    receive(runtime, order, view)
    assert [one["refunded_minor"] for one in told(runtime, "return.settled")] == [0]
    order, view = begin(runtime, shop, key="s", fee_minor=0)
    receive(runtime, order, view, Arrived(quantity=1, disposition=SHELF), is_last=False)
    receive(runtime, order, view, Arrived(quantity=2, disposition=SHELF))
    with runtime.database.reading() as connection:
        owed = [one.id for one in payments.refunds(connection, order.id)]
    for number, refund_id in enumerate(owed, start=1):
        with runtime.unit_of_work(staff(1)) as uow:
            payment_service.confirm_paid(uow, refund_id)
        process.drain(runtime)
        assert len(told(runtime, "return.settled")) == number
    assert told(runtime, "return.settled")[-1]["refunded_minor"] == 3_000
    assert audit(runtime.database) == ()


def test_a_carriers_scan_moves_the_return_and_pays_where_policy_says_so(
    runtime: Runtime, shop: Shop
) -> None:
    order, view = begin(runtime, shop, refund_when="on_scan", refund_early_up_to_minor=5_000)
    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        receiving.announce(uow, view.id, carrier="yamato", tracking_number="1234-5678-9012")
        receiving.announce(uow, view.id, carrier="yamato", tracking_number="123456789012")
    fact = ScanFact(
        carrier="yamato",
        tracking_number="1234 5678 9012",
        event_key="one",
        status=CarrierStatus.IN_TRANSIT,
        occurred_at=runtime.clock.now() - timedelta(hours=1),
    )
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            done = scanning.record(uow, [fact], zone=TOKYO)
        assert done.refused == ()
    with runtime.database.looking() as session:
        assert queries.by_id(session, view.id).state is ReturnState.IN_TRANSIT
        assert queries.scanned(session, "１２３４-5678-9012").id == view.id
        (parcel,) = queries.parcels_of(session, [view.id])
    assert (parcel.state, refunds(runtime, order)) == (ParcelState.IN_TRANSIT, [3_000])
    with pytest.raises(IllegalTransition), runtime.unit_of_work(customer(1)) as uow:
        returns.withdraw(uow, view.id, version=None)
    with pytest.raises(AlreadyRefunded), runtime.unit_of_work(staff(1)) as uow:
        returns.withdraw(uow, view.id, version=None)
    receive(runtime, order, view, Arrived(quantity=3, disposition=SHELF), parcel_id=parcel.id)
    assert refunds(runtime, order) == [3_000]
    process.drain(runtime)
    assert audit(runtime.database) == ()


def test_scans_that_came_before_a_return_was_announced_find_it(
    runtime: Runtime, shop: Shop
) -> None:
    _, view = begin(runtime, shop)
    said = {"status": "発送済み", "occurred_at": "2026-11-22T08:00", "event_id": "e-1"}
    numbers = ("1234-5678-9012", "4")
    body = json.dumps({"scans": [{"tracking_number": one, **said} for one in numbers]}).encode()
    with runtime.unit_of_work(SYSTEM) as uow:
        body_id = inbound.keep(uow, source="carrier:yamato", body=body)
    assert body_id is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        assert not runtime.intake.take(uow, body_id)
    sweep = next(one for one in runtime.sweeps.all() if one.name == "scans-that-waited")
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep.run(uow) == 0
        receiving.announce(uow, view.id, carrier="yamato", tracking_number="123456789012")
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep.run(uow) == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep.run(uow) == 0
    with runtime.database.looking() as session:
        (parcel,) = queries.parcels_of(session, [view.id])
        assert [one.tracking_key for one in waiting.waiting(session)] == ["4"]
    assert parcel.state is ParcelState.IN_TRANSIT


def test_a_parcel_is_one_returns_only(runtime: Runtime, shop: Shop) -> None:
    _, first = begin(runtime, shop)
    _, second = begin(runtime, shop, key="s")
    with runtime.unit_of_work(SYSTEM) as uow:
        receiving.announce(uow, first.id, carrier="sagawa", tracking_number="77")
    with pytest.raises(TrackingNumberTaken), runtime.unit_of_work(SYSTEM) as uow:
        receiving.announce(uow, second.id, carrier="sagawa", tracking_number="77")
    with runtime.unit_of_work(customer(shop.customer_id)) as uow:
        returns.withdraw(uow, second.id, version=second.version)
    with pytest.raises(NotExpected), runtime.unit_of_work(SYSTEM) as uow:
        receiving.announce(uow, second.id, carrier="sagawa", tracking_number="78")
    with pytest.raises(NotFound), runtime.database.looking() as session:
        queries.scanned(session, "nothing")


def test_a_small_refund_may_go_at_once(runtime: Runtime, shop: Shop) -> None:
    order, view = begin(
        runtime, shop, refund_when="at_once", refund_early_up_to_minor=3_000, postage_minor=700
    )
    assert (view.refund, view.fee, view.postage) == (
        Money(2_300, "JPY"),
        Money(700, "JPY"),
        Money(700, "JPY"),
    )
    assert refunds(runtime, order) == [2_300]
    receive(runtime, order, view)
    assert refunds(runtime, order) == [2_300]


def test_goods_that_do_not_come_are_told_once(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    _, view = begin(runtime, shop, send_back_within_days=14)
    assert view.send_back_by == runtime.clock.now() + timedelta(days=14)
    clock.advance(days=14, seconds=1)
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            receiving.notice_overdue(uow)
    assert [one["kind"] for one in told(runtime, "return.overdue")] == ["return"]
