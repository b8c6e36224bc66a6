"""Orders are received, wait, are packed, change and are called off."""

from cases import queries as cases
from notifications import rules
from oms_service.kernel.actors import customer, staff
from oms_service.operations.changes import cancelling, changing
from oms_service.operations.changes.change_wishes import CallOff, ShipElsewhere
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.placement import holding
from oms_service.operations.rules import change_rules
from oms_service.orders.states import HoldReason
from tests.factories.coming_back import TEXT
from tests.factories.orders import SHIP_TO, make_order
from tests.factories.warehouse import start_list
from tests.flows.notices.walking import Customer, House, tells

OSAKA = {**SHIP_TO, "region": "大阪府", "city": "大阪市北区", "postal_code": "530-0001"}
COFFEE = ("ドリップコーヒー", "drip coffee")


def buys(one: Customer, **given: int) -> None:
    one.buys(
        lambda uow: make_order(
            uow, one.shop, number=f"A-1000{one.tag}", mail=one.mail, items=given or None
        )
    )


def ending(house: House, one: Customer) -> str | None:
    """How the one case about their order ended."""
    with house.runtime.database.looking() as session:
        (case,) = cases.public_of_orders(session, [one.order.id])
        return cases.by_number(session, case.number).resolution


def asks(house: House, one: Customer, wish: CallOff | ShipElsewhere) -> int:
    wanted = Wanted(order_id=one.order.id, wish=wish, channel="portal", key=f"k{one.tag}")
    return house.do(lambda uow: changing.request(uow, wanted), customer(one.id)).id


@tells(rules.RECEIVED, rules.HELD, rules.RELEASED)
def test_an_order_is_received_waits_for_its_address_and_goes_on(house: House) -> None:
    for one in house.customers:
        buys(one)
        house.settle()
        one.hears(rules.RECEIVED, one.order.number, ("2,000円", "¥2,000"))
        for _twice in range(2):
            house.do(lambda uow: holding.hold(uow, one.order.id, HoldReason.ADDRESS))
        one.hears(rules.HELD, one.order.number)
        for _twice in range(2):
            house.do(lambda uow: holding.release(uow, one.order.id, HoldReason.ADDRESS))
        one.hears(rules.RELEASED, one.order.number)


@tells(rules.PREPARING)
def test_packing_has_begun(house: House) -> None:
    house.turn_on(rules.PREPARING)
    for one in house.customers:
        buys(one)
        house.skip()
        house.do(lambda uow: start_list(uow, one.shop, key=one.tag), staff(1))
        one.hears(rules.PREPARING, one.order.number)


@tells(rules.CANCELLED)
def test_an_order_is_called_off_by_its_customer(house: House) -> None:
    for one in house.customers:
        buys(one)
        house.skip()
        asks(house, one, CallOff(reason="no_longer_needed"))
        asks(house, one, CallOff(reason="no_longer_needed"))
        one.hears(rules.CANCELLED, one.order.number)


@tells(rules.CANCELLED_BY_US)
def test_an_order_is_called_off_by_the_shop(house: House) -> None:
    for one in house.customers:
        buys(one)
        house.skip()
        house.do(
            lambda uow: cancelling.cancel(uow, one.order.id, reason="out_of_stock"),
            staff(1),
        )
        one.hears(rules.CANCELLED_BY_US, one.order.number)


@tells(rules.PARTLY_CANCELLED, rules.CHANGED)
def test_a_part_is_called_off_and_the_rest_goes_elsewhere(house: House) -> None:
    for one in house.customers:
        buys(one, COFFEE=2, MUG=1)
        house.skip()
        part = CallOff(reason="no_longer_needed", lines={one.order.line_ids[1]: 1})
        for _twice in range(2):
            asks(house, one, part)
        one.hears(rules.PARTLY_CANCELLED, one.order.number)
        wanted = Wanted(
            order_id=one.order.id,
            wish=ShipElsewhere(address=OSAKA),
            channel="portal",
            key=f"to{one.tag}",
        )
        for _twice in range(2):
            house.do(lambda uow: changing.request(uow, wanted), customer(one.id))
        one.hears(rules.CHANGED, one.order.number)


@tells(rules.CHANGE_DECLINED)
def test_a_wish_is_declined_by_a_person(house: House) -> None:
    house.do(
        lambda uow: change_rules.adopt(
            uow,
            channel_id=house.shop.channel_id,
            rules={"cancel": {"approval": "person"}},
            text=TEXT,
        )
    )
    for one in house.customers:
        buys(one)
        house.skip()
        change_id = asks(house, one, CallOff(reason="other"))
        house.skip()
        house.do(lambda uow: changing.decline(uow, change_id), staff(7))
        one.hears(rules.CHANGE_DECLINED, one.order.number)
        assert ending(house, one) == "refused", "the case is settled; that is no second letter"


@tells(rules.CANCELLED)
def test_a_wish_is_granted_by_a_person(house: House) -> None:
    house.do(
        lambda uow: change_rules.adopt(
            uow,
            channel_id=house.shop.channel_id,
            rules={"cancel": {"approval": "person"}},
            text=TEXT,
        )
    )
    for one in house.customers:
        buys(one)
        house.skip()
        change_id = asks(house, one, CallOff(reason="other"))
        house.skip()
        house.do(lambda uow: changing.confirm(uow, change_id), staff(7))
        one.hears(rules.CANCELLED, one.order.number)
        assert ending(house, one) == "handled"
