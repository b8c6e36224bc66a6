"""``/v1/calendars``: reading and changing when things leave and arrive."""

from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.stock import make_location
from tests.integration.oms_service.api.conftest import Ask

DAYS: dict[str, Any] = {
    "cut_offs": ["15:00"] * 5 + ["24:00", None],
    "handling_days": 0,
    "collection": "17:00",
    "keeps_holidays": True,
    "exceptions": [
        {"day": "2026-12-31", "cut_off": None},
        {"day": "2027-01-03", "cut_off": "12:00"},
    ],
}
WEEK: dict[str, Any] = {
    "pickups": [True] * 5 + [False] * 2,
    "deliveries": [True] * 6 + [False],
    "picks_up_on_holidays": False,
    "delivers_on_holidays": True,
    "exceptions": [{"day": "2026-11-22", "picks_up": True, "delivers": True}],
}
CARRIER: dict[str, Any] = {
    "everywhere": WEEK,
    "regions": [{"region": "沖縄県", **WEEK, "exceptions": []}],
    "windows": [
        {"code": "am", "from": "08:00", "until": "12:00", "name": {"ja": "午前中", "en": "Morning"}}
    ],
    "without": ["letter"],
}
AREA: dict[str, Any] = {
    "name": {"ja": "離れ", "en": "Far off"},
    "region": "北海道",
    "postal_prefixes": ["0971"],
    "extra_days": 2,
}


@pytest.fixture
def tokyo(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_location(uow)


def put(ask: Ask, path: str, body: Mapping[str, Any], *, version: int = 0) -> TestResponse:
    return ask("put", f"/v1/calendars{path}", json=body, headers={"If-Match": f'"{version}"'})


def test_a_location_is_as_usual_until_something_is_said(ask: Ask, tokyo: int) -> None:
    answer = ask("get", "/v1/calendars/locations/tokyo")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"0"')
    said = answer.get_json()
    assert (said["cut_offs"], said["version"]) == (["14:00"] * 7, 0)
    changed = put(ask, "/locations/tokyo", DAYS)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"1"')
    now = ask("get", "/v1/calendars/locations/tokyo").get_json()
    assert now == changed.get_json()
    assert {name: now[name] for name in DAYS} == DAYS
    (listed,) = ask("get", "/v1/calendars/locations").get_json()["locations"]
    assert listed == now


def test_what_somebody_else_changed_is_not_written_over(ask: Ask, tokyo: int) -> None:
    assert put(ask, "/locations/tokyo", DAYS).status_code == 200
    assert put(ask, "/locations/tokyo", DAYS).status_code == 412
    path = "/v1/calendars/locations/tokyo"
    assert ask("put", path, json=DAYS).status_code == 428
    known = ask("GET", path, headers={"If-None-Match": '"1"'})
    assert (known.status_code, known.data) == (304, b"")
    assert ask("get", "/v1/calendars/locations/moon").status_code == 404
    assert put(ask, "/locations/moon", DAYS).status_code == 404


WRONG = (
    {"cut_offs": ["15:00"] * 6},
    {"cut_offs": ["25:00"] + ["15:00"] * 6},
    {"collection": "24:00"},
    {"collection": "17:00\n"},
    {"handling_days": 61},
    {"handling_days": 10**30},
    {"exceptions": [{"day": "1999-12-31", "cut_off": None}]},
    {"surprise": 1},
)


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_days_are_named_and_change_nothing(
    ask: Ask, tokyo: int, wrong: dict[str, object]
) -> None:
    answer = put(ask, "/locations/tokyo", DAYS | wrong)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert next(iter(wrong)) in answer.get_json()["errors"][0]["field"]
    assert ask("get", "/v1/calendars/locations/tokyo").get_json()["version"] == 0


def test_a_carrier_is_described_as_a_whole(ask: Ask) -> None:
    usual = ask("get", "/v1/calendars/carriers/yamato").get_json()
    assert [one["from"] for one in usual["windows"]] == [
        "08:00",
        "14:00",
        "16:00",
        "18:00",
        "19:00",
    ]
    answer = put(ask, "/carriers/yamato", CARRIER)
    assert answer.status_code == 200
    now = ask("get", "/v1/calendars/carriers/yamato").get_json()
    assert {name: now[name] for name in CARRIER} == CARRIER
    assert put(ask, "/carriers/own_van", CARRIER).status_code == 200
    listed = ask("get", "/v1/calendars/carriers").get_json()["carriers"]
    assert {"yamato", "own_van", "sagawa"} <= {one["carrier"] for one in listed}
    assert ask("get", "/v1/calendars/carriers/nobody").status_code == 404
    never = CARRIER | {"everywhere": WEEK | {"pickups": [False] * 7}}
    refused = put(ask, "/carriers/yamato", never, version=1)
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "everywhere.pickups"


def test_holidays_are_listed_added_and_taken_away(ask: Ask) -> None:
    path = "/v1/calendars/holidays"
    labour = {"ja": "平日扱い", "en": "A working day here"}

    def of_november(country: str = "JP") -> dict[str, bool]:
        asked = {"country": country, "year": 2026}
        found = ask("get", path, query_string=asked).get_json()["holidays"]
        return {one["day"]: one["is_holiday"] for one in found if one["day"] > "2026-11-04"}

    assert of_november() == {"2026-11-23": True}
    taken = ask("put", f"{path}/JP/2026-11-23", json={"name": labour, "is_holiday": False})
    assert taken.status_code == 200
    assert of_november() == {"2026-11-23": False}
    assert ask("put", f"{path}/own/2026-12-31", json={"name": labour}).status_code == 200
    assert of_november("own") == {"2026-12-31": True}
    for _ in range(2):
        assert ask("delete", f"{path}/JP/2026-11-23").status_code == 204
    assert of_november() == {"2026-11-23": True}
    for wrong in ("JP/tomorrow", "jp/2026-11-23", "JP/1999-01-01"):
        assert ask("put", f"{path}/{wrong}", json={"name": labour}).status_code == 422
    for asked in ({}, {"year": 1999}, {"year": 2026, "country": "jp"}):
        assert ask("get", path, query_string=asked).status_code == 422


def test_an_area_is_changed_and_made(ask: Ask) -> None:
    sado = ask("get", "/v1/calendars/areas/sado")
    assert (sado.get_json()["extra_days"], sado.headers["ETag"]) == (1, '"0"')
    mine = AREA | {"postal_prefixes": ["952"], "extra_days": 3}
    assert put(ask, "/areas/sado", mine).get_json()["is_own"]
    assert put(ask, "/areas/far_off", AREA).status_code == 422  # Rebun has this prefix
    assert put(ask, "/areas/far_off", AREA | {"postal_prefixes": ["0600"]}).status_code == 200
    codes = [one["code"] for one in ask("get", "/v1/calendars/areas").get_json()["areas"]]
    assert {"sado", "far_off", "ogasawara"} <= set(codes)
    assert ask("get", "/v1/calendars/areas/atlantis").status_code == 404


def test_it_is_told_when_an_order_would_leave(ask: Ask, tokyo: int) -> None:
    path = "/v1/calendars/hand-over"
    asked = {
        "location": "tokyo",
        "carrier": "yamato",
        "service": "takkyubin",
        "postal_code": "100-2101",
        "placed_at": "2026-11-21T15:30:00+09:00",
    }
    put(ask, "/locations/tokyo", DAYS | {"cut_offs": ["15:00"] * 6 + [None]})
    said = ask("get", path, query_string=asked).get_json()
    assert said["leaves_at"] == "2026-11-24T08:00:00+00:00"
    assert (said["next_delivery"], said["extra_days"]) == ("2026-11-24", 6)
    assert len(said["windows"]) == 5
    put(ask, "/locations/tokyo", DAYS | {"cut_offs": [None] * 7, "exceptions": []}, version=1)
    refused = ask("get", path, query_string=asked)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "never-leaves")
    assert ask("get", path, query_string={"location": "moon"}).status_code == 404
