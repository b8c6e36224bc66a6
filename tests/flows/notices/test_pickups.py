"""Goods that are fetched in a shop: ready, kept how long, kept no more."""

from notifications import rules
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.pickup import collecting
from oms_service.orders import queries as orders
from oms_service.pickup.queries import PickupView
from tests.factories.pickups import place_for_pickup, reserve, stocked_counter
from tests.flows.notices.walking import Customer, House, tells

PLACE = ("ginza店", "ginza shop")
COFFEE = ("ドリップコーヒー", "Drip coffee")


def places(house: House, one: Customer, counter: int) -> tuple[str, PickupView]:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, one.shop, counter)
        one.speaks(uow)
    house.skip()
    return placed.order.number, pickup


def reserves(house: House, one: Customer, counter: int) -> tuple[str, PickupView]:
    """Kept for them at the counter; nothing is bought yet."""
    with house.runtime.unit_of_work(SYSTEM) as uow:
        pickup = reserve(uow, one.shop, counter, key=f"r{one.tag}")
        one.speaks(uow)
        assert pickup.order_id is not None
        number = orders.by_id(uow.session, pickup.order_id).number
    house.skip()
    return number, pickup


def calls_off(house: House, pickup: PickupView) -> None:
    for _twice in range(2):
        house.do(lambda uow: collecting.cancel(uow, pickup.id, reason="no_longer_needed"), staff(1))


@tells(rules.PICKUP_CANCELLED)
def test_what_is_kept_for_somebody_is_called_off(house: House) -> None:
    """Nothing is left of a reservation; its customer hears what is kept for them no more."""
    counter = house.do(lambda uow: stocked_counter(uow, house.shop, units=9))
    for one in house.customers:
        number, pickup = reserves(house, one, counter)
        calls_off(house, pickup)
        one.hears(rules.PICKUP_CANCELLED, number, PLACE, COFFEE)


@tells(rules.PICKUP_READY, rules.PICKUP_CANCELLED)
def test_what_lies_ready_for_somebody_is_called_off(house: House) -> None:
    counter = house.do(lambda uow: stocked_counter(uow, house.shop, units=9))
    for one in house.customers:
        number, pickup = reserves(house, one, counter)
        ready = house.do(lambda uow: collecting.make_ready(uow, pickup.id), staff(1))
        one.hears(rules.PICKUP_READY, number, PLACE, ready.shown_code)
        calls_off(house, pickup)
        one.hears(rules.PICKUP_CANCELLED, number, PLACE, COFFEE)


@tells(rules.PICKUP_READY, rules.PICKUP_REMINDER, rules.PICKUP_EXPIRED)
def test_what_was_kept_for_somebody_who_never_came_is_kept_no_more(house: House) -> None:
    counter = house.do(lambda uow: stocked_counter(uow, house.shop, units=9))
    made = {one: reserves(house, one, counter) for one in house.customers}
    for one, (number, pickup) in made.items():
        ready = house.do(lambda uow: collecting.make_ready(uow, pickup.id), staff(1))
        one.hears(rules.PICKUP_READY, number, PLACE, ready.shown_code)
    house.clock.advance(days=7)
    house.do(collecting.remind)
    for one, (number, _pickup) in made.items():
        one.hears(rules.PICKUP_REMINDER, number, PLACE)
    house.clock.advance(days=20)
    for _one in range(4):
        house.do(collecting.end_overdue)
    for one, (number, _pickup) in made.items():
        one.hears(rules.PICKUP_EXPIRED, number, PLACE, COFFEE)


@tells(rules.PICKUP_READY, rules.PICKUP_REMINDER, rules.PICKUP_EXTENDED, rules.PICKUP_EXPIRED)
def test_goods_lie_ready_are_kept_longer_and_no_more(house: House) -> None:
    counter = house.do(lambda uow: stocked_counter(uow, house.shop, units=9))
    made = {one: places(house, one, counter) for one in house.customers}
    for one, (number, pickup) in made.items():
        ready = house.do(lambda uow: collecting.make_ready(uow, pickup.id), staff(1))
        one.hears(rules.PICKUP_READY, number, PLACE, ready.shown_code)
    house.clock.advance(days=7)
    for _twice in range(2):
        house.do(collecting.remind)
    for one, (number, pickup) in made.items():
        one.hears(rules.PICKUP_REMINDER, number, PLACE)
        house.do(lambda uow: collecting.extend(uow, pickup.id), staff(1))
        one.hears(rules.PICKUP_EXTENDED, number, PLACE)
    house.clock.advance(days=20)
    for _one in range(4):
        house.do(collecting.end_overdue)
    for one, (number, _pickup) in made.items():
        one.hears(rules.PICKUP_EXPIRED, number, PLACE)
