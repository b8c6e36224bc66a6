"""Picking, packing and handing over: what is counted where, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from oms_service.inventory import queries as stock
from oms_service.inventory.models import StockCount
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import IllegalTransition, Invalid, Stale
from oms_service.operations import reconcile
from oms_service.operations.changes import cancelling
from oms_service.operations.dispatch import fulfilling, packing, picking
from oms_service.operations.dispatch import shipping as operations_shipping
from oms_service.operations.dispatch.packing import NotPacked, Weighed, WeightOff
from oms_service.operations.dispatch.picking import NothingToPick, TooMany, WantedList, WrongItem
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.orders import queries as orders
from oms_service.orders import service as order_service
from oms_service.orders.policy import Counters
from oms_service.orders.states import FulfilmentState, HoldReason
from oms_service.payments import service as payments
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import queries as parcels
from oms_service.shipping.service import NewParcel
from oms_service.warehouse import boxes, lists, queries
from oms_service.warehouse.boxes import NumberInUse
from oms_service.warehouse.states import (
    BoxState,
    ListState,
    ShortReason,
    WeightReason,
    WorkState,
)
from tests.factories.orders import CARRIER, MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up
from tests.factories.warehouse import (
    COFFEE_BARCODE,
    COLLEAGUE,
    PICKER,
    fulfilment_of,
    furnish,
    label,
    pack_all,
    pick_all,
    start_list,
)
from tests.fakes.clock import StandingClock


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        furnish(uow, made)
    return made


@pytest.fixture
def order(runtime: Runtime, shop: Shop) -> MadeOrder:
    """Two coffees and a mug, ready to be picked."""
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, items={"COFFEE": 2, "MUG": 1})
    drain(runtime)
    return made


@pytest.fixture
def codes(shop: Shop) -> dict[int, str]:
    return {shop.coffee_id: COFFEE_BARCODE, shop.mug_id: "mug"}


def counters(runtime: Runtime, order: MadeOrder) -> list[Counters]:
    with runtime.database.looking() as session:
        return [line.counters for line in orders.lines(session, order.id)]


def state(runtime: Runtime, order: MadeOrder) -> FulfilmentState:
    with runtime.database.looking() as session:
        return orders.by_id(session, order.id).fulfilment_state


def sound(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        assert list(reconcile.differences(connection)) == []


def test_an_allocated_order_is_work_of_its_location(
    runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        (made,) = queries.fulfilments_of(uow.session, order.id)
    assert (made.location_id, made.state, made.wanted) == (shop.location_id, WorkState.OPEN, 3)


def test_a_walk_goes_from_shelf_to_shelf(runtime: Runtime, shop: Shop, order: MadeOrder) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        walk = start_list(uow, shop)
    assert [(task.bin, task.quantity) for task in walk.tasks] == [("A-10", 2), ("B-2", 1)]
    with runtime.unit_of_work(PICKER) as uow:
        assert start_list(uow, shop).number == walk.number
    with runtime.unit_of_work(COLLEAGUE) as uow, pytest.raises(NothingToPick):
        start_list(uow, shop)


def test_from_shelf_to_carrier(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        done = queries.walk(uow.session, 1)
        assert done.state is ListState.DONE
    assert state(runtime, order) is FulfilmentState.PICKING
    assert [one.picked for one in counters(runtime, order)] == [2, 1]
    with runtime.unit_of_work(PICKER) as uow:
        box = pack_all(uow, fulfilment_of(uow, order, shop.location_id), weight_g=750)
    assert (box.state, box.expected_weight_g, box.length_mm) == (BoxState.PACKED, 750, 406)
    assert state(runtime, order) is FulfilmentState.PACKED
    with runtime.unit_of_work(PICKER) as uow:
        label(uow, box, "1234-5678-9012")
    for _ in range(2):
        with runtime.unit_of_work(PICKER) as uow:
            gone = operations_shipping.hand_over_box(uow, box.id)
    assert (gone.state, gone.tracking_number) == (BoxState.HANDED_OVER, "1234-5678-9012")
    assert state(runtime, order) is FulfilmentState.SHIPPED
    assert [(c.allocated, c.picked, c.packed, c.shipped) for c in counters(runtime, order)] == [
        (0, 0, 0, 2),
        (0, 0, 0, 1),
    ]
    with runtime.database.looking() as session:
        (parcel,) = parcels.parcels_of(session, [order.id])
        assert parcel.shipment_number == f"S-{box.number}"
        (made,) = queries.fulfilments_of(session, order.id)
        assert (made.state, made.lines[0].shipped) == (WorkState.CLOSED, 2)
        assert queries.manifest(session, gone.manifest_id or 0).boxes == 1
    sound(runtime)


def test_a_wrong_scan_is_named_and_counts_nothing(
    runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        task = start_list(uow, shop).tasks[0]
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(WrongItem) as refused:
        picking.scan(uow, task.id, code="MUG")
    assert refused.value.scanned is not None
    assert (refused.value.scanned.sku, refused.value.wanted[0].sku) == ("MUG", "COFFEE")
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(WrongItem) as refused:
        picking.scan(uow, task.id, code="nothing\0")
    assert refused.value.scanned is None
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(TooMany):
        picking.scan(uow, task.id, code="COFFEE", quantity=3)
    assert counters(runtime, order)[0].picked == 0


def test_a_scan_sent_twice_counts_once(runtime: Runtime, shop: Shop, order: MadeOrder) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        task = start_list(uow, shop).tasks[0]
    with runtime.unit_of_work(PICKER) as uow:
        picking.scan(uow, task.id, code=COFFEE_BARCODE, version=task.version)
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(Stale):
        picking.scan(uow, task.id, code=COFFEE_BARCODE, version=task.version)
    assert counters(runtime, order)[0].picked == 1


def test_only_the_picker_goes_on_with_a_list(
    runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        walk = start_list(uow, shop)
    with runtime.unit_of_work(COLLEAGUE) as uow, pytest.raises(lists.NotYours):
        picking.scan(uow, walk.tasks[0].id, code="COFFEE")
    with runtime.unit_of_work(PICKER) as uow:
        assert picking.pause(uow, walk.id).state is ListState.PAUSED
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(picking.ListPaused):
        picking.scan(uow, walk.tasks[0].id, code="COFFEE")
    with runtime.unit_of_work(COLLEAGUE) as uow:
        picking.take_over(uow, walk.id)
        picking.resume(uow, walk.id)
        picking.scan(uow, walk.tasks[0].id, code="COFFEE")
    assert counters(runtime, order)[0].picked == 1


def test_a_list_given_up_leaves_the_rest_to_others(
    runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        walk = start_list(uow, shop)
        picking.scan(uow, walk.tasks[0].id, code="COFFEE")
        picking.give_up(uow, walk.id)
    with runtime.unit_of_work(COLLEAGUE) as uow:
        rest = start_list(uow, shop)
    assert [task.quantity for task in rest.tasks] == [1, 1]
    assert counters(runtime, order)[0].picked == 1


def test_undone_picks_can_be_picked_again(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        walk = start_list(uow, shop)
        pick_all(uow, walk, codes)
        picking.undo(uow, walk.tasks[1].id)
        assert queries.walk(uow.session, walk.id).state is ListState.PICKING
    assert [one.picked for one in counters(runtime, order)] == [2, 0]
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(lists.NothingToUndo):
        picking.undo(uow, walk.tasks[1].id)


@pytest.mark.parametrize(
    ("reason", "column"),
    [
        (ShortReason.NOT_FOUND, None),
        (ShortReason.DAMAGED, "damaged"),
        (ShortReason.MISPLACED, "quality_control"),
    ],
)
def test_what_is_short_comes_from_elsewhere(
    runtime: Runtime, shop: Shop, order: MadeOrder, reason: ShortReason, column: str | None
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        osaka = make_location(uow, "osaka", region="大阪府")
        stock_up(uow, shop.coffee_id, osaka, 5)
    with runtime.unit_of_work(PICKER) as uow:
        task = start_list(uow, shop).tasks[0]
        picking.short(uow, task.id, found=1, reason=reason)
    drain(runtime)
    with runtime.database.looking() as session:
        here, there = queries.fulfilments_of(session, order.id)
        assert (there.location_id, there.state, there.wanted) == (osaka, WorkState.OPEN, 1)
        assert [(one.wanted, one.picked, one.short) for one in here.lines] == [(1, 1, 1), (1, 0, 0)]
        level = next(
            one
            for one in stock.availability(session, [shop.coffee_id])
            if one.location_id == shop.location_id
        )
        assert (level.on_hand, level.allocated) == (99, 1)
        if column:
            assert getattr(level, column) == 1
        counted = session.scalars(select(StockCount.location_id)).all()
        assert list(counted) == [shop.location_id]
    now = counters(runtime, order)[0]
    assert (now.allocated, now.picked, now.backordered) == (2, 1, 0)
    sound(runtime)


def test_what_is_short_everywhere_waits_for_stock(
    runtime: Runtime, shop: Shop, order: MadeOrder
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        task = start_list(uow, shop).tasks[0]
        picking.short(uow, task.id, found=0, reason=ShortReason.NOT_FOUND)
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(Invalid):
        picking.short(uow, task.id, found=0, reason=ShortReason.NOT_FOUND)
    now = counters(runtime, order)[0]
    assert (now.allocated, now.picked, now.backordered) == (0, 0, 2)
    sound(runtime)


def test_orders_on_hold_are_never_picked(runtime: Runtime, shop: Shop, order: MadeOrder) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        task = start_list(uow, shop).tasks[0]
    with runtime.unit_of_work(SYSTEM) as uow:
        order_service.put_on_hold(uow, order.id, HoldReason.FRAUD)
        payments.rederive(uow, order.id)
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(fulfilling.OnHold):
        picking.scan(uow, task.id, code="COFFEE")
    assert counters(runtime, order)[0].picked == 0
    with runtime.unit_of_work(SYSTEM) as uow:
        order_service.release_hold(uow, order.id, HoldReason.FRAUD)
        payments.rederive(uow, order.id)
    with runtime.unit_of_work(PICKER) as uow:
        picking.scan(uow, task.id, code="COFFEE")


def test_what_is_cancelled_while_it_is_picked_goes_back(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        walk = start_list(uow, shop)
        picking.scan(uow, walk.tasks[0].id, code="COFFEE")
    with runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, order.id, reason="no_longer_needed")
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(fulfilling.NothingHere):
        picking.scan(uow, walk.tasks[0].id, code="COFFEE")
    drain(runtime)
    with runtime.unit_of_work(PICKER) as uow:
        (made,) = queries.fulfilments_of(uow.session, order.id)
        assert (made.state, made.to_put_back) == (WorkState.CANCELLED, 1)
        assert queries.walk(uow.session, walk.id).next is None
        assert fulfilling.put_back(uow, made.id) == 1
        assert fulfilling.put_back(uow, made.id) == 0
    sound(runtime)


def test_a_box_of_a_cancelled_order_is_opened_again(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        box = pack_all(uow, fulfilment_of(uow, order, shop.location_id), weight_g=750)
        label(uow, box, "1234-5678-9012")
    with runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, order.id, reason="no_longer_needed")
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(IllegalTransition):
        operations_shipping.hand_over_box(uow, box.id)
    drain(runtime)
    with runtime.database.looking() as session:
        assert queries.box(session, box.id).state is BoxState.UNPACKED
        (made,) = queries.fulfilments_of(session, order.id)
        assert made.to_put_back == 3
    sound(runtime)


def test_a_split_line_leaves_from_both_places(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=2)
        furnish(uow, shop)
        osaka = make_location(uow, "osaka", region="大阪府")
        stock_up(uow, shop.coffee_id, osaka, 3)
        order = make_order(uow, shop, items={"COFFEE": 5})
    drain(runtime)
    for place, count in ((shop.location_id, 2), (osaka, 3)):
        with runtime.unit_of_work(PICKER) as uow:
            walk = picking.start(uow, WantedList(location_id=place), key=f"list {place}")
            picking.scan(uow, walk.tasks[0].id, code="coffee", quantity=count)
            box = pack_all(uow, fulfilment_of(uow, order, place), weight_g=160 + 120 * count)
            label(uow, box, f"11112222333{count}")
            operations_shipping.hand_over_box(uow, box.id)
    assert counters(runtime, order) == [Counters(ordered=5, shipped=5)]
    sound(runtime)


def test_each_parcel_leaves_on_its_own(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    coffee, mug = order.line_ids
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        made = fulfilment_of(uow, order, shop.location_id)
        first = packing.pack(
            uow, made.id, {mug: 1}, Weighed(weight_g=430, carrier=CARRIER), box_code="S"
        )
        second = packing.pack(
            uow, made.id, {coffee: 2}, Weighed(weight_g=320, carrier=CARRIER), box_code="S"
        )
        label(uow, first, "1001")
        with pytest.raises(NumberInUse):
            label(uow, second, "1001")
    with runtime.unit_of_work(PICKER) as uow:
        label(uow, queries.box(uow.session, first.id), "1001")
        operations_shipping.hand_over_box(uow, first.id)
    assert [(c.packed, c.shipped) for c in counters(runtime, order)] == [(2, 0), (0, 1)]
    assert state(runtime, order) is FulfilmentState.PARTIALLY_SHIPPED
    with runtime.unit_of_work(PICKER) as uow:
        packing.unpack(uow, second.id)
        packing.unpack(uow, second.id)
    assert [(c.picked, c.packed) for c in counters(runtime, order)] == [(2, 0), (0, 0)]
    sound(runtime)


def test_a_box_that_weighs_too_much_asks_why(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        made = fulfilment_of(uow, order, shop.location_id)
        box = packing.begin(uow, made.id, box_code="M")
        with pytest.raises(NotPacked):
            packing.close(uow, box.id, Weighed(weight_g=750, carrier=CARRIER))
        packing.put_in(uow, box.id, code=COFFEE_BARCODE, quantity=2)
        with pytest.raises(TooMany):
            packing.put_in(uow, box.id, code=COFFEE_BARCODE)
        with pytest.raises(WrongItem):
            packing.put_in(uow, box.id, code="TEA")
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(WeightOff) as refused:
        packing.close(uow, box.id, Weighed(weight_g=460, carrier=CARRIER))
    assert (refused.value.weight_g, refused.value.expected_g) == (460, 400)
    assert counters(runtime, order)[0].packed == 0
    why = WeightReason.PACKING_MATERIAL
    with runtime.unit_of_work(PICKER) as uow:
        packing.close(uow, box.id, Weighed(weight_g=460, carrier=CARRIER, weight_reason=why))
    assert counters(runtime, order)[0].packed == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Weighed(weight_g=0, carrier=CARRIER), "weight_g"),
        (Weighed(weight_g=2**40, carrier=CARRIER), "weight_g"),
        (Weighed(weight_g=750, carrier=CARRIER, size_mm=(0, 1, 1)), "size_mm"),
        (Weighed(weight_g=750), "carrier"),
        (Weighed(weight_g=750, carrier="\0"), "carrier"),
    ],
)
def test_a_box_no_carrier_takes_is_not_closed(
    runtime: Runtime,
    shop: Shop,
    order: MadeOrder,
    codes: dict[int, str],
    wrong: Weighed,
    field: str,
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        made = fulfilment_of(uow, order, shop.location_id)
        box = packing.begin(uow, made.id, box_code="M")
        packing.fill(uow, box.id, packing.unpacked(uow.session, made))
    with runtime.unit_of_work(PICKER) as uow, pytest.raises(Invalid) as refused:
        packing.close(uow, box.id, wrong)
    assert list(refused.value.fields) == [field]
    with runtime.database.looking() as session:
        assert queries.box(session, box.id).state is BoxState.OPEN


def test_a_box_is_proposed(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        proposal = packing.propose(uow.session, fulfilment_of(uow, order, shop.location_id))
    coffee, mug = order.line_ids
    (filled,) = proposal.boxes
    assert (filled.kind.code, dict(filled.units)) == ("S", {coffee: 2, mug: 1})


def test_what_importers_hand_over_counts_as_sent_here(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    coffee, _mug = order.line_ids
    with runtime.unit_of_work(PICKER) as uow:
        pick_all(uow, start_list(uow, shop), codes)
        box = pack_all(uow, fulfilment_of(uow, order, shop.location_id), weight_g=750)
    with runtime.unit_of_work(SYSTEM) as uow:
        operations_shipping.hand_over(
            uow,
            HandOver(
                order_id=order.id,
                number="S-1",
                location_id=shop.location_id,
                parcels=[NewParcel(carrier=CARRIER, tracking_number="7", lines={coffee: 1})],
            ),
        )
        assert queries.box(uow.session, box.id).state is BoxState.UNPACKED
    assert [(c.allocated, c.picked, c.packed, c.shipped) for c in counters(runtime, order)] == [
        (1, 1, 0, 1),
        (1, 1, 0, 0),
    ]
    sound(runtime)


def test_what_is_kept_for_later_opens_by_itself(
    runtime: Runtime, shop: Shop, order: MadeOrder, clock: StandingClock
) -> None:
    with runtime.unit_of_work(PICKER) as uow:
        made = fulfilment_of(uow, order, shop.location_id)
        with pytest.raises(Invalid):
            fulfilling.keep_for_later(uow, made.id, uow.now - timedelta(days=1))
        kept = fulfilling.keep_for_later(uow, made.id, uow.now + timedelta(days=2))
        assert kept.state is WorkState.SCHEDULED
        with pytest.raises(fulfilling.NotYet):
            picking.start(
                uow,
                WantedList(location_id=shop.location_id, fulfilment_id=made.id),
                key="too early",
            )
    clock.advance(days=3)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert fulfilling.open_due(uow) == 1
        assert fulfilling.open_due(uow) == 0
        assert fulfilment_of(uow, order, shop.location_id).state is WorkState.OPEN


def test_a_closed_manifest_stays_closed_and_the_next_box_opens_another(
    runtime: Runtime, shop: Shop, order: MadeOrder, codes: dict[int, str]
) -> None:
    coffee, mug = order.line_ids
    seen: list[int | None] = []
    for line, weight, number in ((mug, 430, "1"), (coffee, 320, "2")):
        with runtime.unit_of_work(PICKER) as uow:
            if not seen:
                pick_all(uow, start_list(uow, shop), codes)
            made = fulfilment_of(uow, order, shop.location_id)
            units = {line: packing.unpacked(uow.session, made)[line]}
            box = packing.pack(
                uow, made.id, units, Weighed(weight_g=weight, carrier=CARRIER), box_code="S"
            )
            label(uow, box, number)
            gone = operations_shipping.hand_over_box(uow, box.id)
            seen.append(gone.manifest_id)
            closed = boxes.close_manifest(uow, gone.manifest_id or 0)
            assert boxes.close_manifest(uow, gone.manifest_id or 0) == closed
    assert len(set(seen)) == 2
