"""Hours to choose from are hours that can be kept: by whatever carrier brings each part."""

from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from oms_service.operations.sources.wishing import Reach, Road
from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import Calendars, DeliveryWindow, Windows
from oms_service.shipping.rates import Way
from oms_service.shipping.wishes import Wish, hours_of

TODAY: Final = date(2026, 11, 24)


def a_window(start: int, until: int) -> DeliveryWindow:
    return DeliveryWindow(f"{start}", time(start), time(until), {})


OF: Final = {
    "yamato": Windows(offered=(a_window(14, 16), a_window(16, 18))),
    "sagawa": Windows(offered=(a_window(12, 14), a_window(14, 16))),
}


def a_reach(*groups: tuple[str, ...]) -> Reach:
    """Each group: the carriers that bring what leaves from one location."""
    calendars = Calendars(
        version="",
        zone=ZoneInfo("Asia/Tokyo"),
        carrier_windows=OF,
        national=national.days_off,
    )
    roads = tuple(
        tuple(Road(at, carrier, "", 1, TODAY, TODAY) for carrier in carriers)
        for at, carriers in enumerate(groups)
    )
    return Reach(calendars, Way(origin_region="", region=""), "JP", TODAY, roads)


@pytest.mark.parametrize(
    ("groups", "hours"),
    [
        ((), []),
        ((("yamato",),), ["1416", "1618"]),
        ((("yamato", "sagawa"),), ["1214", "1416", "1618"]),
        ((("yamato",), ("sagawa",)), ["1416"]),
        ((("yamato",), ("sagawa", "yamato")), ["1416", "1618"]),
        ((("yamato",), ()), []),
    ],
)
def test_only_hours_that_a_carrier_of_each_location_has_are_offered(
    groups: tuple[tuple[str, ...], ...], hours: list[str]
) -> None:
    reach = a_reach(*groups)
    assert [hours_of(one) for one in reach.windows] == hours
    assert all(reach.why_not(Wish(None, one)) is None for one in hours)
