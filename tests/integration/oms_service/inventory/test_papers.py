"""Purchase orders, transfers, counts and goods moved by hand, on the real database."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import (
    counting,
    handling,
    papers,
    purchasing,
    queries,
    service,
    transfers,
)
from oms_service.inventory.counting import BeingCounted, NewCount
from oms_service.inventory.events import StockBecameAvailable, StockLevelLow
from oms_service.inventory.purchasing import Came, NewPurchase
from oms_service.inventory.queries import Only
from oms_service.inventory.service import OutOfStock, Why
from oms_service.inventory.states import CountState, Explanation, Handling, PurchaseState
from oms_service.inventory.states import TransferState as T
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import IllegalTransition, Invalid, Stale
from oms_service.kernel.events import Event
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.papers import make_count, make_purchase, make_transfer
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location

COLUMNS = ("on_hand", "allocated", "reserved", "incoming", "damaged", "quality_control")


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=10)


@pytest.fixture
def osaka(runtime: Runtime, shop: Shop) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_location(uow, "osaka", region="大阪府")


def coffee(runtime: Runtime, shop: Shop, at: int | None = None) -> dict[str, int]:
    """What is not nothing of the coffee's level."""
    with runtime.database.reading() as connection:
        found = queries.availability(connection, [shop.coffee_id])
    here = [one for one in found if one.location_id == (at or shop.location_id)]
    return {name: getattr(one, name) for one in here for name in COLUMNS if getattr(one, name)}


def available(emitted: Sequence[Event]) -> list[int]:
    return [one.units for one in emitted if isinstance(one, StockBecameAvailable)]


# Purchase orders


def test_goods_come_short_damaged_and_over(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(staff(7)) as uow:
        view = make_purchase(uow, shop.location_id, {shop.coffee_id: 20, shop.mug_id: 5})
    assert coffee(runtime, shop) == {"on_hand": 10, "incoming": 20}
    with runtime.unit_of_work(staff(7)) as uow:
        came = {shop.coffee_id: Came(received=12, damaged=2), shop.mug_id: Came(received=6)}
        view = purchasing.receive(uow, view.id, came, key="r1", delivery_note="N-1")
        assert available(uow.emitted) == [22, 16]
    assert (view.state, view.outstanding) == (PurchaseState.PARTLY_RECEIVED, 6)
    assert [line.over for line in view.lines] == [0, 1]
    assert coffee(runtime, shop) == {"on_hand": 22, "incoming": 6, "damaged": 2}
    with runtime.unit_of_work(staff(7)) as uow:
        view = purchasing.end(uow, view.id, reason="supplier", version=view.version)
    assert (view.state, view.lines[0].called_off, view.end_reason) == ("closed", 6, "supplier")
    assert coffee(runtime, shop) == {"on_hand": 22, "damaged": 2}
    assert audit(runtime.database) == ()


def test_one_delivery_booked_twice_comes_once(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(staff(7)) as uow:
        view = make_purchase(uow, shop.location_id, {shop.coffee_id: 20})
        for _ in range(2):
            view = purchasing.receive(uow, view.id, {shop.coffee_id: Came(received=20)}, key="r1")
    assert view.state is PurchaseState.RECEIVED
    assert coffee(runtime, shop) == {"on_hand": 30}
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        purchasing.receive(uow, view.id, {shop.coffee_id: Came(received=1)}, key="r2")
    with runtime.database.looking() as session:
        (receipt,) = papers.receipts(session, view.id)
    assert receipt.lines == ((shop.coffee_id, 20, 0),)


def test_another_day_is_told_and_a_cancelled_order_brings_nothing(
    runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(staff(7)) as uow:
        view = make_purchase(uow, shop.location_id, {shop.coffee_id: 20})
        later = view.expected_on + timedelta(days=3)
    with runtime.unit_of_work(staff(7)) as uow:
        view = purchasing.reschedule(uow, view.id, later, version=1)
        assert [one.name for one in uow.emitted] == ["purchase.rescheduled"]
        assert purchasing.reschedule(uow, view.id, later).version == 2
    with pytest.raises(Stale), runtime.unit_of_work(staff(7)) as uow:
        purchasing.end(uow, view.id, reason="other", version=1)
    with runtime.database.looking() as session:
        assert papers.expected(session, [shop.coffee_id]) == {shop.coffee_id: (20, later)}
    with runtime.unit_of_work(staff(7)) as uow:
        assert purchasing.end(uow, view.id, reason="other").state is PurchaseState.CANCELLED
    assert coffee(runtime, shop) == {"on_hand": 10}
    assert audit(runtime.database) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"supplier": " "}, "supplier"),
        ({"units": {}}, "lines"),
        ({"units": {1: 0}}, "quantity"),
        ({"units": {1: 1_000_001}}, "quantity"),
        ({"location_id": 99}, "location"),
    ],
)
def test_what_nobody_can_order_is_refused(
    runtime: Runtime, shop: Shop, change: dict[str, object], field: str
) -> None:
    sound: dict[str, Any] = {
        "supplier": "珈琲商会",
        "location_id": shop.location_id,
        "expected_on": runtime.clock.now().date(),
        "units": {shop.coffee_id: 1},
        "key": "k",
    }
    with pytest.raises(Invalid) as error, runtime.unit_of_work(SYSTEM) as uow:
        purchasing.order(uow, NewPurchase(**{**sound, **change}))
    assert list(error.value.fields) == [field]
    assert coffee(runtime, shop) == {"on_hand": 10}


# Transfers


def test_goods_on_their_way_are_incoming_and_never_lost(
    runtime: Runtime, shop: Shop, osaka: int
) -> None:
    with runtime.unit_of_work(staff(7)) as uow:
        view = make_transfer(uow, shop.location_id, osaka, {shop.coffee_id: 6})
    assert (coffee(runtime, shop), coffee(runtime, shop, osaka)) == (
        {"on_hand": 4},
        {"incoming": 6},
    )
    with runtime.unit_of_work(staff(8)) as uow:
        view = transfers.receive(uow, view.id, {shop.coffee_id: Came(received=5, damaged=1)})
        assert available(uow.emitted) == [5]
    assert view.state is T.RECEIVED
    assert coffee(runtime, shop, osaka) == {"on_hand": 5, "damaged": 1}
    assert audit(runtime.database) == ()


@pytest.mark.parametrize(
    ("came", "why", "here", "there"),
    [
        (4, Explanation.LOST, {"on_hand": 4}, {"on_hand": 4}),
        (4, Explanation.CAME_LATER, {"on_hand": 4}, {"on_hand": 6}),
        (4, Explanation.STAYED_BEHIND, {"on_hand": 6}, {"on_hand": 4}),
        (8, Explanation.SENT_MORE, {"on_hand": 2}, {"on_hand": 8}),
        (8, Explanation.SURPLUS, {"on_hand": 4}, {"on_hand": 8}),
    ],
)
def test_a_difference_is_owned_and_explained(
    runtime: Runtime,
    shop: Shop,
    osaka: int,
    came: int,
    why: Explanation,
    here: dict[str, int],
    there: dict[str, int],
) -> None:
    with runtime.unit_of_work(staff(7)) as uow:
        view = make_transfer(uow, shop.location_id, osaka, {shop.coffee_id: 6})
    with runtime.unit_of_work(staff(8)) as uow:
        view = transfers.receive(uow, view.id, {shop.coffee_id: Came(received=came)})
    assert (view.state, view.owner) == (T.DISCREPANT, "staff:7")
    assert coffee(runtime, shop, osaka).get("incoming", 0) == max(0, 6 - came)
    assert audit(runtime.database) == ()
    wrong = Explanation.SURPLUS if came < 6 else Explanation.LOST
    with pytest.raises(Invalid), runtime.unit_of_work(staff(9)) as uow:
        transfers.settle(uow, view.id, {shop.coffee_id: wrong})
    with runtime.unit_of_work(staff(9)) as uow:
        assert transfers.take_over(uow, view.id).owner == "staff:9"
        view = transfers.settle(uow, view.id, {shop.coffee_id: why})
    assert (view.state, view.settled_by) == (T.SETTLED, "staff:9")
    assert (coffee(runtime, shop), coffee(runtime, shop, osaka)) == (here, there)
    assert audit(runtime.database) == ()


def test_what_is_promised_to_orders_does_not_leave(
    runtime: Runtime, shop: Shop, osaka: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, items={"COFFEE": 5})
        view = make_transfer(uow, shop.location_id, osaka, {shop.coffee_id: 6}, is_sent=False)
    with pytest.raises(OutOfStock), runtime.unit_of_work(SYSTEM) as uow:
        transfers.dispatch(uow, view.id)
    assert coffee(runtime, shop, osaka) == {}
    with runtime.unit_of_work(SYSTEM) as uow:
        view = transfers.dispatch(uow, view.id, {shop.coffee_id: 5})
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        transfers.cancel(uow, view.id)
    assert coffee(runtime, shop, osaka) == {"incoming": 5}


# Counts


def test_what_moves_before_and_after_the_counting_is_no_variance(
    runtime: Runtime, shop: Shop
) -> None:
    place = shop.coffee_id, shop.location_id
    with runtime.unit_of_work(staff(7)) as uow:
        wanted = NewCount(location_id=shop.location_id, variant_ids=[shop.coffee_id], key="k")
        sheet = counting.start(uow, wanted)
        service.receive(uow, {place: 5}, Why(key="d1", cause="test"))
    with runtime.unit_of_work(staff(7)) as uow:
        sheet = counting.enter(uow, sheet.id, {shop.coffee_id: 13})
    (line,) = sheet.lines
    assert (line.expected, line.booked, line.counted, line.variance) == (10, 15, 13, -2)
    with runtime.unit_of_work(staff(7)) as uow:
        counting.submit(uow, sheet.id)
        service.receive(uow, {place: 7}, Why(key="d2", cause="test"))
    with runtime.unit_of_work(staff(9)) as uow:
        sheet = counting.approve(uow, sheet.id)
    assert sheet.state is CountState.APPROVED
    assert coffee(runtime, shop) == {"on_hand": 20}
    with pytest.raises(IllegalTransition), runtime.unit_of_work(staff(9)) as uow:
        counting.approve(uow, sheet.id)
    assert audit(runtime.database) == ()


def test_one_thing_stands_on_one_open_sheet(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(staff(7)) as uow:
        first = make_count(uow, shop.location_id, {shop.coffee_id: 9}, is_approved=False)
    with pytest.raises(BeingCounted) as error, runtime.unit_of_work(staff(7)) as uow:
        make_count(uow, shop.location_id, {shop.coffee_id: 9, shop.mug_id: 9})
    assert error.value.variant_ids == (shop.coffee_id,)
    with runtime.unit_of_work(staff(7)) as uow:
        counting.cancel(uow, first.id)
        make_count(uow, shop.location_id, {shop.coffee_id: 9})
    assert coffee(runtime, shop) == {"on_hand": 9}
    assert audit(runtime.database) == ()


def test_a_count_below_what_is_promised_is_refused(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, items={"COFFEE": 5})
        sheet = make_count(uow, shop.location_id, {shop.coffee_id: 4}, is_approved=False)
    with pytest.raises(OutOfStock), runtime.unit_of_work(SYSTEM) as uow:
        counting.approve(uow, sheet.id)
    with runtime.database.looking() as session:
        assert papers.count_by_id(session, sheet.id).state is CountState.SUBMITTED
    with runtime.unit_of_work(SYSTEM) as uow:
        sheet = counting.send_back(uow, sheet.id)
        sheet = counting.enter(uow, sheet.id, {shop.coffee_id: 5, shop.mug_id: 11})
        counting.approve(uow, counting.submit(uow, sheet.id).id)
    assert coffee(runtime, shop) == {"on_hand": 5, "allocated": 5}


# By hand


def test_goods_are_set_apart_judged_and_thrown_away(runtime: Runtime, shop: Shop) -> None:
    place = shop.coffee_id, shop.location_id
    steps = [
        (Handling.QUARANTINE, 4, {"on_hand": 6, "quality_control": 4}),
        (Handling.CLEAR, 1, {"on_hand": 7, "quality_control": 3}),
        (Handling.CONDEMN, 2, {"on_hand": 7, "quality_control": 1, "damaged": 2}),
        (Handling.DAMAGE, 1, {"on_hand": 6, "quality_control": 1, "damaged": 3}),
        (Handling.MEND, 1, {"on_hand": 7, "quality_control": 1, "damaged": 2}),
        (Handling.DISCARD, 2, {"on_hand": 7, "quality_control": 1}),
        (Handling.ADJUST, -3, {"on_hand": 4, "quality_control": 1}),
    ]
    for number, (what, units, after) in enumerate(steps):
        for _ in range(2):
            with runtime.unit_of_work(staff(7)) as uow:
                handling.handle(uow, what, {place: units}, reason="broken", key=f"k{number}")
        assert coffee(runtime, shop) == after
    assert audit(runtime.database) == ()


@pytest.mark.parametrize(
    ("what", "units", "reason", "error"),
    [
        (Handling.DISCARD, 1, "broken", OutOfStock),
        (Handling.ADJUST, -11, "missing", OutOfStock),
        (Handling.ADJUST, 0, "missing", Invalid),
        (Handling.DAMAGE, -1, "broken", Invalid),
        (Handling.ADJUST, 1, "because", Invalid),
        (Handling.ADJUST, 2**40, "found", Invalid),
    ],
)
def test_what_cannot_be_done_by_hand_changes_nothing(
    runtime: Runtime, shop: Shop, what: Handling, units: int, reason: str, error: type[Exception]
) -> None:
    place = shop.coffee_id, shop.location_id
    with pytest.raises(error), runtime.unit_of_work(staff(7)) as uow:
        handling.handle(uow, what, {place: units}, reason=reason, key="k")
    assert coffee(runtime, shop) == {"on_hand": 10}


def low(uow: UnitOfWork) -> list[int]:
    return [one.units for one in uow.emitted if isinstance(one, StockLevelLow)]


def test_a_level_tells_once_that_it_has_become_low(runtime: Runtime, shop: Shop) -> None:
    place = shop.coffee_id, shop.location_id
    with runtime.unit_of_work(staff(7)) as uow:
        handling.keep_back(uow, place, safety=2, reorder_point=3)
        assert (low(uow), available(uow.emitted)) == ([], [])
    told: list[list[int]] = []
    for units in (4, 1, 1):
        with runtime.unit_of_work(SYSTEM) as uow:
            make_order(uow, shop, items={"COFFEE": units})
            told.append(low(uow))
    assert told == [[], [3], []]
    with runtime.unit_of_work(staff(7)) as uow:
        handling.keep_back(uow, place, safety=0, reorder_point=3)
        assert available(uow.emitted) == [4]
    with runtime.database.reading() as connection:
        assert [one.variant_id for one in queries.levels(connection, only=Only.LOW).items] == []


# Reading


def test_the_ledger_is_read_by_page_with_the_level_after_each_movement(
    runtime: Runtime, shop: Shop
) -> None:
    place = shop.coffee_id, shop.location_id
    for number in range(5):
        with runtime.unit_of_work(staff(7)) as uow:
            handling.handle(
                uow, Handling.ADJUST, {place: number + 1}, reason="found", key=f"k{number}"
            )
    seen: list[tuple[str, int, int]] = []
    cursor = ""
    while True:
        with runtime.database.reading() as connection:
            page = queries.ledger(connection, *place, cursor=cursor, limit=2)
        seen += [(one.kind, one.changes["on_hand"], one.after["on_hand"]) for one in page.items]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert seen == [
        ("adjusted", 5, 25),
        ("adjusted", 4, 20),
        ("adjusted", 3, 16),
        ("adjusted", 2, 13),
        ("adjusted", 1, 11),
        ("opening", 10, 10),
    ]


def test_availability_is_by_location_and_overall_less_the_channels_buffer(
    runtime: Runtime, shop: Shop, osaka: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.receive(uow, {(shop.coffee_id, osaka): 3}, Why(key="d", cause="test"))
        make_purchase(uow, osaka, {shop.mug_id: 4})
    with runtime.database.reading() as connection:
        found = queries.to_promise(connection, [shop.coffee_id, shop.mug_id, 99], buffer=4)
    assert found[shop.coffee_id].by_location == {shop.location_id: 6, osaka: 0}
    assert (found[shop.coffee_id].overall, found[shop.mug_id].incoming) == (6, 4)
    assert (found[99].overall, found[99].by_location) == (0, {})


@pytest.mark.parametrize(
    "statement", ["UPDATE stock_movements SET on_hand = 1", "DELETE FROM stock_movements"]
)
def test_history_cannot_be_changed(runtime: Runtime, shop: Shop, statement: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"), runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text(statement))
