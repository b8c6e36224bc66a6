"""How a level went, counted back from its movements."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_service.inventory import course, service
from oms_service.inventory.service import Why
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock

TOKYO = ZoneInfo("Asia/Tokyo")
DAYS = [date(2026, 11, 20) + timedelta(days=n) for n in range(6)]


@pytest.fixture
def shop(runtime: Runtime, clock: StandingClock) -> Shop:
    """Ten on 22 November; five more on the 24th a minute after midnight; two promised then."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
    clock.set(datetime(2026, 11, 24, 0, 1, tzinfo=TOKYO))
    with runtime.unit_of_work(SYSTEM) as uow:
        place = shop.coffee_id, shop.location_id
        service.receive(uow, {place: 5}, Why(key="delivery-1", cause="purchase:1"))
        make_order(uow, shop)
    clock.set(datetime(2026, 11, 25, 9, 0, tzinfo=TOKYO))
    return shop


def went(runtime: Runtime, shop: Shop) -> list[tuple[int, int, int]]:
    with runtime.database.reading() as connection:
        found = course.days(connection, shop.coffee_id, shop.location_id, which=DAYS, zone=TOKYO)
    return [(one.day.day, one.on_hand, one.allocated) for one in found]


def test_each_day_ends_with_what_was_there_then(runtime: Runtime, shop: Shop) -> None:
    assert went(runtime, shop) == [
        (20, 0, 0),
        (21, 0, 0),
        (22, 10, 0),
        (23, 10, 0),
        (24, 15, 2),
        (25, 15, 2),
    ]


def test_what_was_before_the_last_movements_is_not_known(
    runtime: Runtime, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "MOST", 1)
    assert went(runtime, shop) == [(24, 15, 2), (25, 15, 2)]


def test_a_place_that_never_kept_it_has_no_course(runtime: Runtime, shop: Shop) -> None:
    with runtime.database.reading() as connection:
        assert course.days(connection, shop.coffee_id, 999, which=DAYS, zone=TOKYO) == ()
