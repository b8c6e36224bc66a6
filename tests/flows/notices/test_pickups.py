"""Goods that are fetched in a shop: ready, kept how long, kept no more."""

from notifications import rules
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.pickup import collecting
from oms_service.pickup.queries import PickupView
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.flows.notices.walking import Customer, House, tells

PLACE = ("ginza店", "ginza shop")


def places(house: House, one: Customer, counter: int) -> tuple[str, PickupView]:
    with house.runtime.unit_of_work(SYSTEM) as uow:
        placed, pickup = place_for_pickup(uow, one.shop, counter)
        one.speaks(uow)
    house.skip()
    return placed.order.number, pickup


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
