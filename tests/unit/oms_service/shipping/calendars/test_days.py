"""When something placed then leaves, and on which days it is delivered."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from oms_service.shipping.areas import USUAL, by_prefix, closest
from oms_service.shipping.calendars import national, usual
from oms_service.shipping.calendars.days import (
    OWN,
    Calendars,
    CarrierDays,
    NeverDelivered,
    NeverLeaves,
    Reach,
    WindowNotOffered,
    WorkingDays,
    moment,
)
from oms_service.shipping.rates import read_remote

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
#: Closed on Sundays and holidays, orders by 15:00 leave on the same day, carriers come at 17:00.
WAREHOUSE = WorkingDays(zone=TOKYO, cut_offs=(15 * 60,) * 6 + (None,), keeps_holidays=True)


def calendars(**said: object) -> Calendars:
    given = {
        "version": "1",
        "zone": TOKYO,
        "national": national.days_off,
        "locations": {1: WAREHOUSE},
        "carriers": {(carrier, ""): days for carrier, days in usual.DAYS.items()},
        "carrier_windows": usual.WINDOWS,
    } | said
    return Calendars(**given)  # type: ignore[arg-type]  # what a test says


def tokyo(day: str, at: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), TOKYO)


def leaves(
    placed_at: datetime, of: Calendars, *, location_id: int | None = 1, carrier: str = "yamato"
) -> str:
    found = of.next_hand_over(placed_at, location_id=location_id, carrier=carrier)
    assert found.tzinfo is UTC
    return found.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        ("2026-11-20", "14:59", "2026-11-20 17:00"),  # Friday, before the cut-off
        ("2026-11-20", "15:00", "2026-11-21 17:00"),  # after it: Saturday
        ("2026-11-21", "15:00", "2026-11-24 17:00"),  # Sunday and Labour Thanksgiving Day are off
        ("2026-11-22", "09:00", "2026-11-24 17:00"),
        ("2026-12-31", "16:00", "2027-01-02 17:00"),
    ],
)
def test_an_order_leaves_by_the_cut_off_on_a_working_day(day: str, at: str, expected: str) -> None:
    assert leaves(tokyo(day, at), calendars()) == expected


def test_handling_days_are_working_days() -> None:
    slow = WorkingDays(
        zone=TOKYO, cut_offs=(900,) * 5 + (None,) * 2, handling_days=2, keeps_holidays=True
    )
    of = calendars(locations={1: slow})
    assert leaves(tokyo("2026-11-19", "10:00"), of) == "2026-11-24 17:00"
    assert leaves(tokyo("2026-11-19", "16:00"), of) == "2026-11-25 17:00"


def test_single_days_win_over_weekdays_and_holidays() -> None:
    place = WorkingDays(
        zone=TOKYO,
        cut_offs=(900,) * 6 + (None,),
        keeps_holidays=True,
        exceptions={date(2026, 11, 22): 600, date(2026, 11, 24): None},
    )
    of = calendars(locations={1: place})
    assert leaves(tokyo("2026-11-22", "09:59"), of) == "2026-11-22 17:00"
    assert leaves(tokyo("2026-11-22", "10:00"), of) == "2026-11-25 17:00"


def test_the_shops_own_holidays_close_every_location() -> None:
    of = calendars(own={(OWN, date(2026, 11, 20)): True})
    assert leaves(tokyo("2026-11-20", "09:00"), of) == "2026-11-21 17:00"
    assert leaves(tokyo("2026-11-20", "09:00"), of, location_id=None) == "2026-11-21 17:00"
    assert not of.is_holiday(date(2026, 11, 20))


def test_a_national_holiday_can_be_added_and_taken_away() -> None:
    of = calendars(own={("JP", date(2026, 11, 23)): False, ("JP", date(2026, 11, 24)): True})
    assert leaves(tokyo("2026-11-22", "09:00"), of) == "2026-11-23 17:00"
    assert (of.is_holiday(date(2026, 11, 23)), of.is_holiday(date(2026, 11, 24))) == (False, True)
    assert not of.is_holiday(date(2026, 11, 24), "US")


def test_the_carrier_comes_on_its_own_days() -> None:
    assert leaves(tokyo("2026-11-20", "16:00"), calendars(), carrier="ups") == "2026-11-24 17:00"
    only_here = {
        ("sagawa", ""): CarrierDays(),
        ("sagawa", "東京都"): CarrierDays(pickups=(False,) * 3 + (True,) + (False,) * 3),
    }
    here = WorkingDays(zone=TOKYO, region="東京都", cut_offs=(900,) * 7)
    there = WorkingDays(zone=TOKYO, region="大阪府", cut_offs=(900,) * 7)
    of = calendars(locations={1: here, 2: there}, carriers=only_here)
    friday = tokyo("2026-11-20", "09:00")
    assert leaves(friday, of, carrier="sagawa") == "2026-11-26 17:00"
    assert leaves(friday, of, carrier="sagawa", location_id=2) == "2026-11-20 17:00"


def test_an_order_before_a_late_cut_off_leaves_when_it_is_placed() -> None:
    place = WorkingDays(zone=TOKYO, cut_offs=(1440,) * 7, collection=600)
    assert leaves(tokyo("2026-11-20", "23:30"), calendars(locations={1: place})) == (
        "2026-11-20 23:30"
    )


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        ("2026-11-20", "16:59", "2026-11-20 17:00"),  # after the cut-off: the carrier comes still
        ("2026-11-20", "17:00", "2026-11-20 17:00"),
        ("2026-11-20", "17:01", "2026-11-21 17:00"),
        ("2026-11-21", "18:00", "2026-11-24 17:00"),  # Sunday, and a holiday
    ],
)
def test_what_stands_ready_leaves_with_the_next_collection(
    day: str, at: str, expected: str
) -> None:
    slow = replace(WAREHOUSE, handling_days=3)
    found = calendars(locations={1: slow}).next_collection(
        tokyo(day, at), location_id=1, carrier="yamato"
    )
    assert found.tzinfo is UTC
    assert found.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M") == expected


def test_the_cut_off_is_in_the_locations_own_time_in_summer_and_winter() -> None:
    place = WorkingDays(zone=NEW_YORK, country="US", cut_offs=(900,) * 7, keeps_holidays=True)
    of = calendars(locations={1: place})

    def left(placed_at: datetime) -> datetime:
        return of.next_hand_over(placed_at, location_id=1, carrier="")

    # The clocks go back on 1 November 2026 and forward on 14 March 2027.
    assert left(datetime(2026, 10, 31, 18, 59, tzinfo=UTC)) == datetime(
        2026, 10, 31, 21, tzinfo=UTC
    )
    assert left(datetime(2026, 11, 1, 19, 59, tzinfo=UTC)) == datetime(2026, 11, 1, 22, tzinfo=UTC)
    assert left(datetime(2026, 11, 26, 12, tzinfo=UTC)) == datetime(2026, 11, 27, 22, tzinfo=UTC)
    assert left(datetime(2027, 3, 14, 18, 59, tzinfo=UTC)) == datetime(2027, 3, 14, 21, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_meant_the_first_time() -> None:
    assert moment(date(2026, 11, 1), 90, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    place = WorkingDays(zone=NEW_YORK, cut_offs=(90,) * 7, collection=120)
    of = calendars(locations={1: place})
    placed = datetime(2026, 11, 1, 5, 40, tzinfo=UTC), datetime(2026, 11, 1, 6, 20, tzinfo=UTC)
    first, second = (of.next_hand_over(at, location_id=1, carrier="") for at in placed)
    assert first == second == datetime(2026, 11, 2, 7, tzinfo=UTC)


def test_what_is_closed_for_ever_is_named() -> None:
    closed = WorkingDays(zone=TOKYO, cut_offs=(None,) * 7)
    with pytest.raises(NeverLeaves):
        calendars(locations={1: closed}).next_hand_over(
            tokyo("2026-11-20", "09:00"), location_id=1, carrier="yamato"
        )
    opens = WorkingDays(zone=TOKYO, cut_offs=(None,) * 7, exceptions={date(2027, 1, 15): 600})
    of = calendars(locations={1: opens})
    assert leaves(tokyo("2026-11-20", "09:00"), of) == "2027-01-15 17:00"


def test_the_three_deliver_every_day_and_others_on_weekdays() -> None:
    of, sunday = calendars(), date(2026, 11, 22)
    assert all(of.delivers(one, sunday) for one in ("yamato", "sagawa", "japanpost"))
    assert of.next_delivery("ups", sunday) == date(2026, 11, 24)
    assert of.next_delivery("ups", sunday, country="US") == date(2026, 11, 23)
    assert of.next_delivery("usps", date(2026, 11, 26), country="US") == date(2026, 11, 27)


def test_a_carrier_may_deliver_otherwise_in_one_prefecture_and_on_one_day() -> None:
    week = CarrierDays(
        deliveries=(True, False, True, False, True, False, False),
        exceptions={date(2026, 11, 24): (True, True), date(2026, 11, 25): (True, False)},
    )
    of = calendars(carriers={("yamato", "沖縄県"): week})
    assert of.next_delivery("yamato", date(2026, 11, 21)) == date(2026, 11, 21)
    assert of.next_delivery("yamato", date(2026, 11, 24), region="沖縄県") == date(2026, 11, 24)
    assert of.next_delivery("yamato", date(2026, 11, 25), region="沖縄県") == date(2026, 11, 27)


def test_a_place_that_no_service_reaches_is_never_delivered_to() -> None:
    away = Reach.of(read_remote({"areas": [{"places": ["ogasawara"], "is_served": False}]}))
    of = calendars(reach={"yamato": (away,)})
    assert not of.delivers("yamato", date(2026, 11, 20), region="東京都", postal_code="100-2101")
    with pytest.raises(NeverDelivered):
        of.next_delivery("yamato", date(2026, 11, 20), postal_code="100-2101")
    another = calendars(reach={"yamato": (away, Reach.of(()))})
    assert another.delivers("yamato", date(2026, 11, 20), postal_code="1002101")


@pytest.mark.parametrize(
    ("region", "postal_code", "days"),
    [
        ("東京都", "100-0001", 0),  # the Palace
        ("東京都", "100-8111", 0),
        ("東京都", "100-0101", 2),  # Izu Oshima
        ("東京都", "100-2101", 6),  # Chichijima
        ("新潟県", "952-1555", 1),
        ("島根県", "685-0013", 1),
        ("鳥取県", "684-0004", 0),  # Sakaiminato, beside the Oki Islands
        ("長崎県", "817-0021", 1),
        ("長崎県", "811-5133", 1),
        ("福岡県", "811-0201", 0),
        ("長崎県", "853-0015", 1),
        ("鹿児島県", "894-0025", 2),
        ("鹿児島県", "891-3101", 1),
        ("鹿児島県", "890-0053", 0),
        ("沖縄県", "900-0006", 0),
        ("沖縄県", "907-0012", 2),
        ("北海道", "097-0401", 1),
        ("北海道", "097-0022", 0),  # Wakkanai, beside Rishiri
        ("北海道", "043-1401", 1),
        ("沖縄", "907-0012", 2),
        ("", "907-0012", 2),
        ("CA", "90701", 0),  # Artesia, near Los Angeles
        ("", "", 0),
    ],
)
def test_islands_take_longer(region: str, postal_code: str, days: int) -> None:
    assert calendars().extra_days("yamato", region=region, postal_code=postal_code) == days


def test_what_a_carrier_says_of_an_area_wins() -> None:
    said = {
        "areas": [
            {"region": "沖縄県", "extra_days": 3},
            {"places": ["okinawa_islands"], "extra_days": 5},
            {"places": ["sado"], "surcharge_minor": 900},
        ]
    }
    of = calendars(reach={"sagawa": (Reach.of(read_remote(said)), Reach.of(()))})
    assert of.extra_days("sagawa", region="沖縄県", postal_code="900-0006") == 3
    assert of.extra_days("sagawa", region="沖縄県", postal_code="907-0012") == 5
    assert of.extra_days("sagawa", region="新潟県", postal_code="952-1555") == 1
    assert of.extra_days("yamato", region="沖縄県", postal_code="907-0012") == 2


def test_of_two_areas_the_longer_prefix_holds() -> None:
    prefixes = by_prefix([USUAL["izu_islands"], USUAL["ogasawara"]])
    found = closest(prefixes, "100-2101")
    assert found is not None
    assert found.code == "ogasawara"
    assert closest(prefixes, "") is None


def test_carriers_offer_their_windows() -> None:
    of = calendars()
    yamato = of.windows("yamato", "takkyubin")
    assert [(one.start.hour, one.until.hour) for one in yamato] == [
        (8, 12),
        (14, 16),
        (16, 18),
        (18, 20),
        (19, 21),
    ]
    assert yamato[0].words == {"ja": "午前中", "en": "Morning"}
    assert of.windows("yamato", "nekopos") == ()
    assert len(of.windows("sagawa")) == len(of.windows("japanpost")) == 7
    assert of.windows("nobody") == ()


def test_a_window_nobody_offers_is_named() -> None:
    of = calendars()
    assert of.window("yamato", "takkyubin", "1416").start == time(14)
    with pytest.raises(WindowNotOffered) as caught:
        of.window("yamato", "takkyubin", "1214")
    assert caught.value.offered == ("0812", "1416", "1618", "1820", "1921")
    with pytest.raises(WindowNotOffered):
        of.window("yamato", "nekopos", "1416")


def test_two_of_one_version_are_the_same() -> None:
    assert calendars() == calendars(locations={})
    assert len({calendars(), calendars(locations={}), calendars(version="2")}) == 2


JAPAN_2026 = (
    "01-01 01-12 02-11 02-23 03-20 04-29 05-03 05-04 05-05 05-06 07-20 08-11 09-21 09-22 09-23"
    " 10-12 11-03 11-23"
)


def test_japans_holidays_are_those_of_the_cabinet_office() -> None:
    found = sorted(national.days_off("JP", 2026))
    assert " ".join(day.strftime("%m-%d") for day in found) == JAPAN_2026
    assert national.names("JP", 2026)[date(2026, 9, 22)] == {
        "ja": "国民の休日",
        "en": "National Holiday",
    }
    # The Olympic Games moved three of them.
    assert {date(2021, 7, 22), date(2021, 7, 23), date(2021, 8, 8), date(2021, 8, 9)} <= (
        national.days_off("JP", 2021)
    )


def test_other_countries_are_known_and_unknown_ones_have_no_holidays() -> None:
    assert date(2026, 11, 26) in national.days_off("US", 2026)
    assert date(2026, 10, 3) in national.days_off("DE", 2026)
    assert len(national.countries()) == 37
    assert national.days_off("XX", 2026) == national.days_off("JP", 2100) == frozenset()
    first, last = national.years()
    assert all(national.days_off(one, last) for one in national.countries())
    assert all(national.days_off(one, first) for one in national.countries())
