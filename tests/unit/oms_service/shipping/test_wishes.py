"""Wished days and hours: what they are called, when they are, and which services keep them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from oms_service.kernel.languages import Language
from oms_service.shipping import wishes
from oms_service.shipping.calendars import national
from oms_service.shipping.calendars.days import Calendars
from oms_service.shipping.calendars.usual import WINDOWS
from oms_service.shipping.windows import Window
from oms_service.shipping.wishes import Wish

TOKYO = ZoneInfo("Asia/Tokyo")
DAYS = Calendars(version="1", zone=TOKYO, carrier_windows=WINDOWS, national=national.days_off)
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("hours", "ends"),
    [
        ("1416", (time(14), time(16))),
        ("09301130", (time(9, 30), time(11, 30))),
        ("", None),
        ("1614", None),
        ("2526", None),
        ("14-6", None),
        ("１４１６", None),
        ("14161", None),
    ],
)
def test_hours_are_named_by_their_ends(hours: str, ends: tuple[time, time] | None) -> None:
    assert wishes.ends_of(hours) == ends


def test_every_window_of_a_carrier_has_a_name_that_leads_back_to_it() -> None:
    for carrier, of in WINDOWS.items():
        for window in of.offered:
            name = wishes.hours_of(window)
            assert wishes.ends_of(name) == (window.start, window.until)
            assert wishes.offered(DAYS, carrier, "", name) == window


@pytest.mark.parametrize(
    ("carrier", "code"), [("yamato", "1416"), ("sagawa", "14"), ("japanpost", "53")]
)
def test_the_same_hours_have_another_code_with_each_carrier(carrier: str, code: str) -> None:
    found = wishes.offered(DAYS, carrier, "", "1416")
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("carrier", "service", "wish", "is_taken"),
    [
        ("yamato", "takkyubin", Wish(WEDNESDAY, "1416"), True),
        ("yamato", "takkyubin", Wish(WEDNESDAY), True),
        ("yamato", "takkyubin", Wish(None, "1214"), False),
        ("yamato", "nekopos", Wish(WEDNESDAY), False),
        ("yamato", "nekopos", Wish(), True),
        ("ups", "ground", Wish(WEDNESDAY), False),
    ],
)
def test_what_goes_into_the_letter_box_keeps_no_wish(
    carrier: str, service: str, wish: Wish, *, is_taken: bool
) -> None:
    assert wishes.takes(DAYS, carrier, service, wish) is is_taken


def test_a_wish_is_a_window_of_its_day() -> None:
    assert Wish(WEDNESDAY, "1416").window(TOKYO) == Window(
        datetime(2026, 11, 25, 5, tzinfo=UTC), datetime(2026, 11, 25, 7, tzinfo=UTC)
    )
    assert Wish(WEDNESDAY).window(TOKYO) == Window.of_days(WEDNESDAY, WEDNESDAY, TOKYO)
    assert Wish(None, "1416").window(TOKYO) is None


@pytest.mark.parametrize(
    ("wish", "ja", "en"),
    [
        (Wish(WEDNESDAY, "1416"), "11月25日(水) 14~16時", "Wed 25 Nov, 14:00–16:00"),
        (Wish(WEDNESDAY, "0812"), "11月25日(水) 午前中", "Wed 25 Nov, morning"),
        (Wish(WEDNESDAY), "11月25日(水)", "Wed 25 Nov"),
        (Wish(None, "09301130"), "09:30~11:30", "09:30–11:30"),
        (Wish(), "", ""),
    ],
)
def test_a_wish_is_said_as_people_write_it(wish: Wish, ja: str, en: str) -> None:
    assert wishes.said(wish, Language.JAPANESE) == ja
    assert wishes.said(wish, Language.ENGLISH) == en
