"""Parcels leave, are on the way, arrive; or they do not, and that is told."""

from datetime import date, timedelta

from notifications import rules
from oms_service.operations.placement import holding, selling
from oms_service.orders.states import HoldReason
from oms_service.ports.carrier import CarrierStatus as S
from oms_service.ports.carrier import ScanFact
from oms_service.sales.states import SellingMode
from oms_service.shipping import service as shipping
from tests.factories.orders import CARRIER, TOKYO, make_order, ship
from tests.factories.outlooks import sweep
from tests.factories.stock import stock_up
from tests.flows.notices.walking import Customer, House, tells

NO_DAY = ("新しいお届け予定は確認中です", "We do not have a new date yet")


def is_sent(house: House, one: Customer) -> None:
    one.buys(
        lambda uow: ship(
            uow,
            one.shop,
            make_order(uow, one.shop, number=f"A-2000{one.tag}", mail=one.mail),
        )
    )
    house.settle()


def say(
    house: House,
    one: Customer,
    status: S,
    *,
    reason: str = "",
    within: tuple[int, int] | None = None,
) -> None:
    """The carrier says it twice; ``within``: it will be there in so many hours."""
    now = house.clock.now()
    start, until = (now + timedelta(hours=one) for one in within) if within else (None, None)
    fact = ScanFact(
        carrier=CARRIER,
        tracking_number=one.order.tracking_number,
        event_key=f"{status}-{now.isoformat()}",
        status=status,
        occurred_at=now,
        reason=reason,
        estimate_from=start,
        estimate_until=until,
    )
    for _twice in range(2):
        house.do(lambda uow: shipping.record_scans(uow, [fact], zone=TOKYO))


def day_by_day(house: House, days: int) -> None:
    """Time passes, and the clock does all it does by itself."""
    for _half_day in range(2 * days):
        house.clock.advance(hours=12)
        sweep(house.runtime)
        house.say_what_is_due()
        house.settle()


def snow_comes_between(house: House) -> None:
    """A day after they left, the carrier says that all parcels come days later."""
    for one in house.customers:
        is_sent(house, one)
    house.skip()
    house.clock.advance(hours=26)
    for one in house.customers:
        say(house, one, S.DELAYED, reason="snow", within=(96, 120))
        one.hears(rules.DELAY, one.order.number, ("雪", "now"))


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
    snow_comes_between(house)


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


@tells(rules.DELAY, rules.STALLED, rules.DELAY)
def test_a_parcel_nobody_hears_of_is_told_late_and_looked_into_and_then_once_it_is_heard_of(
    house: House,
) -> None:
    """Ten days of silence are one delay; the carrier's next word is the next fact."""
    for one in house.customers:
        is_sent(house, one)
    house.skip()
    day_by_day(house, 10)
    for one in house.customers:
        one.hears(rules.DELAY, one.order.number, ("26日(木)", "26 Nov"))
        one.hears(rules.STALLED, one.order.number, ("所在を確認", "asking where it is"))
    for one in house.customers:
        say(house, one, S.IN_TRANSIT)
        one.hears(rules.DELAY, one.order.number, ("3日(木)", "3 Dec"))
    day_by_day(house, 1)


@tells(rules.STALLED)
def test_an_order_that_nobody_packs_is_told_of_once(house: House) -> None:
    """Its day moves at night, and by the morning somebody looks into it: one letter, no more."""
    for one in house.customers:
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-2200{one.tag}", mail=one.mail))
    house.skip()
    day_by_day(house, 12)
    for one in house.customers:
        one.hears(rules.STALLED, one.order.number, ("26日(木)", "26 Nov"))


@tells(rules.HELD, rules.LATE)
def test_the_promised_day_is_over_and_there_is_no_other(house: House) -> None:
    """Goods that wait for their address have no new day; that the old one is over is told."""
    for one in house.customers:
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-2300{one.tag}", mail=one.mail))
    house.skip()
    house.clock.advance(hours=24)
    for one in house.customers:
        house.do(lambda uow: holding.hold(uow, one.order.id, HoldReason.ADDRESS))
        one.hears(rules.HELD, one.order.number)
    day_by_day(house, 2)
    for one in house.customers:
        one.hears(rules.LATE, one.order.number, ("住所を確認", "address"), NO_DAY)


@tells(rules.RECEIVED, rules.HELD, rules.STALLED, rules.RELEASED)
def test_what_stood_still_for_its_address_goes_on_and_that_is_one_letter(house: House) -> None:
    for one in house.customers:
        one.buys(lambda uow: make_order(uow, one.shop, number=f"A-2400{one.tag}", mail=one.mail))
        house.do(lambda uow: holding.hold(uow, one.order.id, HoldReason.ADDRESS))
        one.hears(rules.RECEIVED, one.order.number)
        one.hears(rules.HELD, one.order.number)
    day_by_day(house, 4)
    for one in house.customers:
        one.hears(rules.STALLED, one.order.number, ("住所を確認", "address"))
        house.do(lambda uow: holding.release(uow, one.order.id, HoldReason.ADDRESS))
        one.hears(rules.RELEASED, one.order.number)


@tells(rules.DELAY, rules.RECOVERED)
def test_a_parcel_that_was_late_catches_up(house: House) -> None:
    snow_comes_between(house)
    house.clock.advance(hours=22)
    for one in house.customers:
        say(house, one, S.IN_TRANSIT, within=(0, 8))
        one.hears(rules.RECOVERED, one.order.number, ("本日", "today"))


@tells(rules.DELAY, rules.OUT_FOR_DELIVERY, rules.DELIVERED)
def test_a_parcel_that_was_late_comes_today_and_that_is_one_letter(house: House) -> None:
    snow_comes_between(house)
    house.clock.advance(hours=22)
    for one in house.customers:
        say(house, one, S.OUT_FOR_DELIVERY, within=(0, 8))
        one.hears(rules.OUT_FOR_DELIVERY, one.order.number, ("本日", "today"))
    house.clock.advance(hours=4)
    for one in house.customers:
        say(house, one, S.DELIVERED)
        one.hears(rules.DELIVERED, one.order.number)


@tells(rules.OUT_FOR_DELIVERY, rules.ATTEMPTED, rules.DELAY)
def test_what_was_out_for_delivery_and_comes_another_day_is_told(house: House) -> None:
    for one in house.customers:
        is_sent(house, one)
    house.skip()
    house.clock.advance(hours=23)
    for one in house.customers:
        say(house, one, S.OUT_FOR_DELIVERY)
        one.hears(rules.OUT_FOR_DELIVERY, one.order.number)
    house.clock.advance(hours=2)
    for one in house.customers:
        say(house, one, S.ATTEMPTED)
        one.hears(rules.ATTEMPTED, one.order.number)
        say(house, one, S.DELAYED, reason="snow", within=(72, 96))
        one.hears(rules.DELAY, one.order.number, ("雪", "now"))


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
