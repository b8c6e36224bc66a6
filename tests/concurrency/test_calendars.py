"""Calendars that many change at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from zoneinfo import ZoneInfo

from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import in_both
from oms_service.runtime import Runtime
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import queries, service
from oms_service.shipping.calendars.days import OWN
from oms_service.shipping.calendars.service import CalendarChanged, NewHoliday, NewWorkingDays
from tests.factories.stock import make_location

MANY = 8


def test_of_many_who_saw_one_version_one_changes_it(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        place = make_location(uow)

    def change(handling_days: int) -> bool:
        new = NewWorkingDays(
            cut_offs=(900,) * 7,
            handling_days=handling_days,
            collection_minute=1020,
            keeps_holidays=False,
            exceptions={date(2026, 12, 1 + handling_days): None},
        )
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                service.set_location(uow, place, new, version=0)
        except CalendarChanged:
            return False
        return True

    with ThreadPoolExecutor(MANY) as pool:
        assert sorted(pool.map(change, range(MANY))) == [False] * (MANY - 1) + [True]
    with runtime.database.reading() as connection:
        view = queries.locations(connection)[place]
    assert view.version == 1
    assert list(view.days.exceptions) == [date(2026, 12, 1 + view.days.handling_days)]


def test_what_many_say_at_once_is_all_kept_and_every_reader_sees_it(runtime: Runtime) -> None:
    def say(number: int) -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            day = date(2026, 12, 1 + number % 4)  # each day is said twice
            service.set_holiday(uow, OWN, NewHoliday(day=day, name=in_both("off")))
            area = Area(f"area{number}", in_both("Far"), "", (f"06{number}",), number)
            service.set_area(uow, area, version=0)
        with runtime.database.reading() as connection:
            seen = queries.calendars(connection, ZoneInfo("Asia/Tokyo"))
        assert not seen.works(None, day)
        assert seen.extra_days("", postal_code=f"06{number}0001") == number

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(say, range(MANY)))
    with runtime.database.reading() as connection:
        assert len(queries.own_holidays(connection)) == 4
        now = queries.calendars(connection, ZoneInfo("Asia/Tokyo"))
        assert [now.extra_days("", postal_code=f"06{one}") for one in range(MANY)] == list(
            range(MANY)
        )
