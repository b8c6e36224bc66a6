"""Thirty-two at once on the same shelves: none oversold, none lost, nobody waits for ever."""

from datetime import timedelta

import pytest

from oms_service.inventory import (
    counting,
    handling,
    purchasing,
    queries,
    reservations,
    service,
    transfers,
)
from oms_service.inventory.purchasing import Came
from oms_service.inventory.reservations import Hold
from oms_service.inventory.service import Why
from oms_service.inventory.states import Handling
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import DomainError, IllegalTransition
from oms_service.operations.changes import cancelling
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.concurrency.test_orders import at_once, buy, refusals
from tests.factories.papers import make_count, make_purchase, make_transfer
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up

MANY = 32


def on_hand(runtime: Runtime, shop: Shop) -> dict[int, int]:
    with runtime.database.reading() as connection:
        found = queries.availability(connection, [shop.coffee_id])
    return {one.location_id: one.on_hand for one in found}


def test_one_hot_item_is_sold_reserved_and_released_but_never_twice(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=20)

    def take(number: int) -> int:
        if number % 2:
            return buy(runtime, shop, number)
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = Hold(
                units={(shop.coffee_id, shop.location_id): 1},
                holder=f"cart:{number}",
                until=uow.now + timedelta(hours=1),
                key=f"k{number}",
            )
            return reservations.reserve(uow, wanted)[0].id

    answers = at_once(MANY, take)
    assert [one.code for one in answers if isinstance(one, DomainError)] == ["out-of-stock"] * 12
    with runtime.database.reading() as connection:
        (level,) = queries.availability(connection, [shop.coffee_id])
    assert (level.on_hand, level.allocated + level.reserved) == (20, 20)
    assert audit(runtime.database) == ()


@pytest.mark.parametrize("rounds", range(2))
def test_overlapping_baskets_and_all_that_moves_stock_never_lock_each_other_out(
    runtime: Runtime, rounds: int
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=40)
        osaka = make_location(uow, "osaka")
        for variant in (shop.coffee_id, shop.mug_id):
            stock_up(uow, variant, osaka, 40)
        both = {shop.mug_id: 1, shop.coffee_id: 1}
        sent = [make_transfer(uow, shop.location_id, osaka, both).id for _ in range(4)]
        back = [make_transfer(uow, osaka, shop.location_id, both).id for _ in range(4)]
        bought = make_purchase(uow, osaka, {shop.coffee_id: 50, shop.mug_id: 50}).id
    places = [
        (variant, place)
        for variant in (shop.mug_id, shop.coffee_id)
        for place in (osaka, shop.location_id)
    ]

    def trade(number: int) -> None:
        kind, turn = number % 4, number // 4
        with runtime.unit_of_work(staff(1)) as uow:
            if kind == 0:
                came = {of: Came(received=1) for of in both}
                transfers.receive(uow, (sent + back)[turn], came)
            elif kind == 1:
                came = {of: Came(received=1, damaged=1) for of in reversed(both)}
                purchasing.receive(uow, bought, came, key=f"r{number}")
            elif kind == 2:
                wanted = places if turn % 2 else list(reversed(places))
                units = dict.fromkeys(wanted, 1)
                handling.handle(
                    uow, Handling.QUARANTINE, units, reason="doubtful", key=f"h{number}"
                )
            else:
                skus = ["COFFEE", "MUG"] if turn % 2 else ["MUG", "COFFEE"]
                order = placing.place(
                    uow,
                    PlaceOrder(
                        channel="web",
                        external_ref=f"cart-{number}",
                        customer_id=shop.customer_id,
                        lines=[WantedLine(sku=sku, quantity=2) for sku in skus],
                        preferred_locations=[osaka] if turn % 3 else [],
                    ),
                ).order
        if kind == 3 and turn % 2:
            with runtime.unit_of_work(SYSTEM) as uow:
                cancelling.cancel(uow, order.id, reason="no_longer_needed")

    assert refusals(at_once(MANY, trade)) == []
    # 40 each; 4 left, 4 came, 8 deliveries of 1 to Osaka, 8 set aside at each place.
    assert on_hand(runtime, shop) == {shop.location_id: 32, osaka: 40}
    assert audit(runtime.database) == ()


def test_one_transfer_received_by_many_comes_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        osaka = make_location(uow, "osaka")
        sent = make_transfer(uow, shop.location_id, osaka, {shop.coffee_id: 6}).id

    def receive(number: int) -> str:
        with runtime.unit_of_work(staff(number + 1)) as uow:
            return str(transfers.receive(uow, sent, {shop.coffee_id: Came(received=6)}).state)

    answers = at_once(8, receive)
    assert refusals(answers) == [IllegalTransition] * 7
    assert on_hand(runtime, shop) == {shop.location_id: 4, osaka: 6}
    assert audit(runtime.database) == ()


def test_one_transfer_sent_by_many_leaves_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        osaka = make_location(uow, "osaka")
        asked = make_transfer(uow, shop.location_id, osaka, {shop.coffee_id: 6}, is_sent=False).id

    def send(_: int) -> str:
        with runtime.unit_of_work(SYSTEM) as uow:
            return str(transfers.dispatch(uow, asked).state)

    assert refusals(at_once(8, send)) == [IllegalTransition] * 7
    assert on_hand(runtime, shop) == {shop.location_id: 4, osaka: 0}


def test_one_count_approved_by_many_puts_right_once_while_goods_move(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        sheet = make_count(uow, shop.location_id, {shop.coffee_id: 7}, is_approved=False).id

    def work(number: int) -> str:
        with runtime.unit_of_work(staff(number + 1)) as uow:
            if number % 2:
                place = shop.coffee_id, shop.location_id
                service.receive(uow, {place: 1}, Why(key=f"d{number}", cause="test"))
                return "came"
            return str(counting.approve(uow, sheet).state)

    answers = at_once(16, work)
    assert refusals(answers) == [IllegalTransition] * 7
    assert on_hand(runtime, shop) == {shop.location_id: 10 - 3 + 8}
    assert audit(runtime.database) == ()


def test_one_delivery_booked_in_by_many_comes_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        bought = make_purchase(uow, shop.location_id, {shop.coffee_id: 20}).id

    def receive(_: int) -> int:
        with runtime.unit_of_work(SYSTEM) as uow:
            came = {shop.coffee_id: Came(received=12)}
            return purchasing.receive(uow, bought, came, key="one").version

    assert at_once(8, receive) == [2] * 8
    assert on_hand(runtime, shop) == {shop.location_id: 22}
    assert audit(runtime.database) == ()


def test_one_reservation_released_by_many_is_free_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        hold = Hold(
            units={(shop.coffee_id, shop.location_id): 3},
            holder="pickup:1",
            until=uow.now + timedelta(hours=1),
            key="k",
        )
        held = reservations.reserve(uow, hold)[0].id

    def end(number: int) -> str:
        with runtime.unit_of_work(staff(number + 1)) as uow:
            return str(reservations.release_reservation(uow, held).ended_how)

    assert at_once(8, end) == ["released"] * 8
    with runtime.database.reading() as connection:
        (level,) = queries.availability(connection, [shop.coffee_id])
    assert (level.on_hand, level.reserved) == (10, 0)
    assert audit(runtime.database) == ()
