"""What days off change: where orders ship from, by when they leave, when pickups are ready."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import in_both
from oms_service.operations.rules import sourcing_rules
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.calendars import service as calendars
from oms_service.shipping.calendars.days import OWN
from oms_service.shipping.calendars.service import NewHoliday, NewWorkingDays
from oms_service.warehouse import queries as work
from tests.factories.orders import make_order
from tests.factories.pickups import reserve, stocked_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


def working(
    runtime: Runtime,
    location_id: int,
    *,
    cut_offs: tuple[int | None, ...],
    exceptions: Mapping[date, int | None] | None = None,
) -> None:
    new = NewWorkingDays(
        cut_offs=cut_offs,
        handling_days=0,
        collection_minute=1020,
        keeps_holidays=True,
        exceptions=exceptions or {},
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        calendars.set_location(uow, location_id, new, version=0)


CLOSED_ON_SUNDAYS = (900,) * 6 + (None,)


def test_an_order_of_sunday_leaves_by_the_end_of_the_first_working_day(
    runtime: Runtime, shop: Shop
) -> None:
    working(runtime, shop.location_id, cut_offs=CLOSED_ON_SUNDAYS)
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    drain(runtime)
    with runtime.database.looking() as session:
        (found,) = work.fulfilments_of(session, order.id)
    assert found.ship_by == datetime(2026, 11, 24, 15, tzinfo=UTC)


def test_a_location_that_never_opens_holds_no_order_up(runtime: Runtime, shop: Shop) -> None:
    working(runtime, shop.location_id, cut_offs=(None,) * 7)
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    drain(runtime)
    with runtime.database.looking() as session:
        (found,) = work.fulfilments_of(session, order.id)
    assert found.ship_by == datetime(2027, 12, 27, 15, tzinfo=UTC)


def test_an_order_ships_from_where_somebody_works(runtime: Runtime, shop: Shop) -> None:
    working(runtime, shop.location_id, cut_offs=CLOSED_ON_SUNDAYS)
    with runtime.unit_of_work(SYSTEM) as uow:
        nagoya = make_location(uow, "nagoya", region="愛知県")
        stock_up(uow, shop.coffee_id, nagoya, 10)
        sourcing_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={"day_minor": 500, "distance_minor": 100},
            text={},
            known_locations=frozenset({"tokyo", "nagoya"}),
            after=0,
        )
        order = make_order(uow, shop, items={"COFFEE": 1})
        (pick,) = stock.promised(uow.session, order.line_ids)
    assert pick.location_id == nagoya


def test_a_pickup_is_ready_when_the_shop_is_open_again(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        ginza = stocked_counter(uow, shop, 5)
        first = reserve(uow, shop, ginza, key="1")
        calendars.set_holiday(uow, OWN, NewHoliday(day=date(2026, 11, 22), name=in_both("off")))
        calendars.set_holiday(uow, OWN, NewHoliday(day=date(2026, 11, 29), name=in_both("off")))
        second = reserve(uow, shop, ginza, key="2")
    assert first.ready_by.date() == date(2026, 11, 22)
    assert (second.ready_by - first.ready_by).days == 1
    assert first.collect_by is not None
    assert second.collect_by is not None
    assert (second.collect_by - first.collect_by).days == 1
