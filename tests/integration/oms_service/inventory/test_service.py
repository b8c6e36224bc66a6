"""Stock moves by ledger, once for each key."""

import pytest

from oms_service.inventory import queries, service
from oms_service.inventory.service import OutOfStock, Why
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow, stock=10)


def test_a_movement_told_twice_moves_once(runtime: Runtime, shop: Shop) -> None:
    place = shop.coffee_id, shop.location_id
    for _ in range(2):
        with runtime.unit_of_work(SYSTEM) as uow:
            service.receive(uow, {place: 5}, Why(key="delivery-1", cause="purchase:1"))
    with runtime.database.reading() as connection:
        (level,) = queries.availability(connection, [shop.coffee_id])
    assert level.on_hand == 15
    assert audit(runtime.database) == ()


def test_the_ledger_says_why(runtime: Runtime, shop: Shop) -> None:
    place = shop.coffee_id, shop.location_id
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    with runtime.unit_of_work(staff(7)) as uow:
        service.adjust(uow, {place: -3}, Why(key="count-1", cause="count", reason="broken"))
    with runtime.database.reading() as connection:
        told = queries.why(connection, *place)
    assert [(one.kind, one.on_hand_after, one.allocated_after) for one in told] == [
        ("opening", 10, 0),
        ("allocated", 10, 2),
        ("adjusted", 7, 2),
    ]
    assert (told[1].cause, told[2].actor, told[2].reason) == (
        f"order:{order.id}",
        "staff:7",
        "broken",
    )


def test_what_is_promised_cannot_be_written_off(runtime: Runtime, shop: Shop) -> None:
    place = shop.coffee_id, shop.location_id
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop)
    with pytest.raises(OutOfStock), runtime.unit_of_work(SYSTEM) as uow:
        service.adjust(uow, {place: -9}, Why(key="count-1", cause="count", reason="stolen"))
    with runtime.database.reading() as connection:
        (level,) = queries.availability(connection, [shop.coffee_id])
    assert (level.on_hand, level.allocated) == (10, 2)


def test_an_adjustment_without_a_reason_is_refused(runtime: Runtime, shop: Shop) -> None:
    with pytest.raises(Invalid), runtime.unit_of_work(SYSTEM) as uow:
        service.adjust(
            uow, {(shop.coffee_id, shop.location_id): 1}, Why(key="c", cause="count", reason=" ")
        )
