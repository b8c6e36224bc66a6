"""Parcels leave, are on the way, arrive; or they do not, and that is told."""

from datetime import date, timedelta

from notifications import rules
from oms_service.operations.placement import selling
from oms_service.ports.carrier import CarrierStatus as S
from oms_service.ports.carrier import ScanFact
from oms_service.sales.states import SellingMode
from oms_service.shipping import service as shipping
from tests.factories.orders import CARRIER, TOKYO, make_order, ship
from tests.factories.outlooks import sweep
from tests.factories.stock import stock_up
from tests.flows.notices.walking import Customer, House, tells


def is_sent(house: House, one: Customer) -> None:
    one.buys(
        lambda uow: ship(
            uow,
            one.shop,
            make_order(uow, one.shop, number=f"A-2000{one.tag}", mail=one.mail),
        )
    )
    house.settle()


def say(house: House, one: Customer, status: S, *, reason: str = "", late_days: int = 0) -> None:
    """The carrier says it twice."""
    now = house.clock.now()
    expected = now + timedelta(days=late_days) if late_days else None
    fact = ScanFact(
        carrier=CARRIER,
        tracking_number=one.order.tracking_number,
        event_key=f"{status}-{now.isoformat()}",
        status=status,
        occurred_at=now,
        reason=reason,
        estimate_from=expected,
        estimate_until=expected and expected + timedelta(days=1),
    )
    for _twice in range(2):
        house.do(lambda uow: shipping.record_scans(uow, [fact], zone=TOKYO))


def carried(one: Customer) -> tuple[str, str]:
    number = one.order.tracking_number
    spoken = f"{number[:4]}-{number[4:8]}-{number[8:]}"
    return spoken, spoken


@tells(
    rules.RECEIVED,
    rules.SHIPPED,
    rules.OUT_FOR_DELIVERY,
    rules.ATTEMPTED,
    rules.AT_COUNTER,
    rules.DELIVERED,
)
def test_a_parcel_from_the_door_to_the_door(house: House) -> None:
    for one in house.customers:
        is_sent(house, one)
        one.hears(rules.RECEIVED, one.order.number)
        one.hears(rules.SHIPPED, one.order.number, carried(one))
    house.clock.advance(hours=23)
    for status, rule in (
        (S.OUT_FOR_DELIVERY, rules.OUT_FOR_DELIVERY),
        (S.ATTEMPTED, rules.ATTEMPTED),
        (S.AVAILABLE_FOR_PICKUP, rules.AT_COUNTER),
        (S.DELIVERED, rules.DELIVERED),
    ):
        house.clock.advance(hours=1)
        for one in house.customers:
            say(house, one, status)
            one.hears(rule, one.order.number, carried(one))


@tells(rules.DELAY)
def test_a_parcel_is_late_by_its_carriers_word(house: House) -> None:
    for one in house.customers:
        is_sent(house, one)
    house.skip()
    house.clock.advance(hours=26)
    for one in house.customers:
        say(house, one, S.DELAYED, reason="snow", late_days=4)
        one.hears(rules.DELAY, one.order.number, ("雪", "now"))


@tells(rules.DELAY, rules.STALLED)
def test_nothing_happens_to_an_order_and_its_customer_is_told(house: House) -> None:
    """It does not leave: first its day moves, then somebody looks into it."""
    for one in house.customers:
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-2100{one.tag}", mail=one.mail))
    house.skip()
    for days, rule in ((2, rules.DELAY), (1, rules.STALLED)):
        house.clock.advance(days=days)
        for _twice in range(2):
            sweep(house.runtime)
            house.say_what_is_due()
        house.settle()
        for one in house.customers:
            one.hears(rule, one.order.number)


@tells(rules.RECEIVED, rules.BACKORDERED, rules.DATE_MOVED, rules.STOCK_CAME)
def test_what_waits_for_stock_has_a_day_another_day_and_comes(house: House) -> None:
    def sells(day: date, version: int) -> None:
        house.do(
            lambda uow: selling.sell(
                uow,
                variant_id=house.shop.coffee_id,
                channel_id=None,
                mode=SellingMode.PREORDER,
                limit_units=None,
                ships_by=day,
                version=version,
            )
        )

    sells(date(2026, 12, 10), 0)
    for one in house.customers:
        one.buys(
            lambda uow: make_order(
                uow, one.shop, number=f"A-3000{one.tag}", mail=one.mail, items={"COFFEE": 101}
            )
        )
        house.settle()
    for one in house.customers:
        one.hears(rules.RECEIVED, one.order.number)
        one.hears(rules.BACKORDERED, one.order.number, ("12月10日(木)", "Thu 10 Dec"))
    sells(date(2026, 12, 20), 1)
    for one in house.customers:
        one.hears(rules.DATE_MOVED, one.order.number, ("12月20日(日)", "Sun 20 Dec"))
    house.do(lambda uow: stock_up(uow, house.shop.coffee_id, house.shop.location_id, 300))
    for one in house.customers:
        one.hears(rules.STOCK_CAME, one.order.number)
