"""The pages about working days, carriers' days, holidays and islands."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.shipping.calendars import queries
from oms_service.shipping.calendars.days import Calendars
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.stock import make_location

LOCATION = "/console/calendars/locations/tokyo"
CARRIER = "/console/calendars/carriers/yamato"
HOLIDAYS = "/console/calendars/holidays"
DAYS = {f"cut_off-{day}": "15:00" for day in range(6)} | {
    "version": "0",
    "cut_off-6": "",
    "collection": "17:00",
    "handling_days": "0",
    "keeps_holidays": "yes",
    "exceptions": "2026-12-31 closed\n２０２７/０１/０３ 12:00",
}


@pytest.fixture
def staff(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_location(uow)
        make_staff(uow, Role.OPERATIONS)
        make_staff(uow, Role.WAREHOUSE)
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def now(runtime: Runtime) -> Calendars:
    with runtime.database.reading() as connection:
        return queries.calendars(connection, ZoneInfo("Asia/Tokyo"))


def test_the_days_of_a_location_are_changed_and_what_follows_is_shown(
    staff: FlaskClient, runtime: Runtime
) -> None:
    page = staff.get(f"{LOCATION}?lang=en").get_data(as_text=True)
    assert "today at 17:00" in page
    assert post(staff, LOCATION, DAYS).status_code == 303
    page = staff.get(f"{LOCATION}?lang=en").get_data(as_text=True)
    assert "Tue 24 Nov, 17:00" in page  # Sunday, and Monday is a holiday
    assert "2026-12-31 closed" in page
    days = now(runtime).locations[1]
    assert (days.cut_offs, days.keeps_holidays) == ((900,) * 6 + (None,), True)
    assert days.exceptions == {date(2026, 12, 31): None, date(2027, 1, 3): 720}
    page = staff.get(f"{LOCATION}?lang=ja").get_data(as_text=True)
    assert "2026-12-31 休業" in page
    overview = staff.get("/console/calendars?lang=ja").get_data(as_text=True)
    assert "休業:日曜日" in overview
    assert "佐渡島" in overview


WRONG = (
    ("cut_off-2", "25:00"),
    ("collection", ""),
    ("handling_days", "61"),
    ("handling_days", "-1"),
    ("exceptions", "2026-12-31"),
    ("exceptions", "tomorrow closed"),
    ("exceptions", "2026-12-31 maybe"),
    ("exceptions", "1999-12-31 closed"),
    ("exceptions", "\a"),
    ("version", "7"),
)


@pytest.mark.parametrize(("name", "typed"), WRONG)
def test_wrong_days_are_told_beside_their_field(
    staff: FlaskClient, runtime: Runtime, name: str, typed: str
) -> None:
    before = now(runtime)
    answer = post(staff, LOCATION, DAYS | {name: typed})
    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.get_data(as_text=True)
    assert now(runtime) == before


def test_a_carrier_has_other_days_in_one_prefecture(staff: FlaskClient, runtime: Runtime) -> None:
    page = staff.get(f"{CARRIER}?lang=en").get_data(as_text=True)
    assert "1416 14:00-16:00 14~16時 / 14:00–16:00" in page
    form = {
        "version": "0",
        "region": "沖縄県",
        "pickups": ["0", "1", "2", "3", "4"],
        "deliveries": ["0", "2"],
        "exceptions": "2026-12-31 集荷\n2027-01-01 休業",
    }
    assert post(staff, CARRIER, form).status_code == 303
    of = now(runtime)
    assert of.next_delivery("yamato", date(2026, 11, 22), region="沖縄県") == date(2026, 11, 25)
    assert of.next_delivery("yamato", date(2026, 11, 22)) == date(2026, 11, 22)
    assert len(of.windows("yamato")) == 5
    page = staff.get(f"{CARRIER}?region=沖縄県&lang=ja").get_data(as_text=True)
    assert "2026-12-31 集荷" in page
    again = {"version": "1", "region": "沖縄県", "forget": "yes"}
    assert post(staff, CARRIER, again).status_code == 303
    assert now(runtime).delivers("yamato", date(2026, 11, 22), region="沖縄県")


def test_windows_are_typed_one_a_line(staff: FlaskClient, runtime: Runtime) -> None:
    every_day = [str(day) for day in range(7)]
    form: dict[str, object] = {
        "version": "0",
        "region": "",
        "pickups": every_day,
        "deliveries": every_day,
        "windows": "am 08:00-12:00 午前中 / Morning",
    }
    assert post(staff, CARRIER, form).status_code == 303
    assert [one.code for one in now(runtime).windows("yamato", "takkyubin")] == ["am"]
    assert now(runtime).windows("yamato", "nekopos") == ()
    more: tuple[dict[str, object], ...] = (
        {"windows": "am 12:00-08:00 a / b"},
        {"windows": "am morning"},
        {"windows": "am 08:00+09:00-12:00 a / b"},
        {"windows": "am 08:00-12:00Z a / b"},
        {"windows": "am 08:00-24:00 a / b"},
        {"windows": "am 08:00-12:00   / b"},
        {"windows": "am " + "-" * 4_000 + "x" + " " * 4_000 + "y"},
        {"windows": "am 08:00-12:00 " + " " * 9_000 + "y"},
        {"pickups": []},
        {"exceptions": "2026-12-31 15:00"},
    )
    for wrong in more:
        refused = post(staff, CARRIER, form | {"version": "1"} | wrong)
        assert refused.status_code == 422, wrong
    assert post(staff, CARRIER, form).status_code == 422  # somebody else was quicker
    assert staff.get("/console/calendars/carriers/nobody").status_code == 404


def test_holidays_are_added_taken_away_and_taken_back(staff: FlaskClient, runtime: Runtime) -> None:
    labour = {"day": "2026-11-23", "country": "JP", "name-ja": "祝日", "name-en": "Holiday"}
    assert post(staff, HOLIDAYS, labour | {"working": "yes"}).status_code == 303
    assert not now(runtime).is_holiday(date(2026, 11, 23))
    page = staff.get(f"{HOLIDAYS}?lang=en").get_data(as_text=True)
    assert "A working day here" in page
    assert post(staff, HOLIDAYS, labour | {"forget": "yes"}).status_code == 303
    assert now(runtime).is_holiday(date(2026, 11, 23))
    own = {"day": "2026-12-31", "country": "own", "name-ja": "棚卸", "name-en": "Stocktaking"}
    assert post(staff, HOLIDAYS, own).status_code == 303
    assert not now(runtime).works(1, date(2026, 12, 31))
    for wrong in ({"day": "soon"}, {"name-en": ""}, {"country": "jp"}, {"day": "2200-01-01"}):
        assert post(staff, HOLIDAYS, own | wrong).status_code == 422
    for asked in ("year=1", "year=99999", "year=²", "country=XX&year=2026"):
        assert staff.get(f"{HOLIDAYS}?{asked}").status_code == 200


def test_an_area_is_changed(staff: FlaskClient, runtime: Runtime) -> None:
    path = "/console/calendars/areas/sado"
    form = {
        "version": "0",
        "extra_days": "3",
        "postal_prefixes": "952, 9530",
        "region": "新潟県",
        "name-ja": "佐渡",
        "name-en": "Sado",
    }
    assert staff.get(path).status_code == 200
    assert post(staff, path, form).status_code == 303
    assert now(runtime).extra_days("yamato", postal_code="953-0001") == 3
    for wrong in ({"extra_days": "61"}, {"postal_prefixes": "817"}, {"name-ja": "\a"}, {}):
        assert post(staff, path, form | {"version": "1"} | wrong).status_code == (
            422 if wrong else 303
        )
    assert staff.get("/console/calendars/areas/atlantis").status_code == 404


def test_who_may_not_change_it_may_look(app: Flask, staff: FlaskClient, runtime: Runtime) -> None:
    client = app.test_client()
    sign_in(client, "warehouse@shop.example")
    for path in ("/console/calendars", LOCATION, CARRIER, HOLIDAYS):
        assert client.get(path).status_code == 200
    assert post(client, LOCATION, DAYS).status_code == 403
    assert post(client, HOLIDAYS, {"day": "2026-12-31"}).status_code == 403
    assert staff.get("/console/calendars/locations/nowhere").status_code == 404
