"""``/v1/calendars``: when locations work, carriers come, and which places are far."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

from flask import Response, jsonify
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import etags, stock_parts
from oms_service.api.calendars_schemas import (
    AREA,
    CARRIER,
    HAND_OVER,
    HOLIDAY,
    LOCATION,
    CarrierCalendarSchema,
    CarrierCalendarsSchema,
    HolidaySchema,
    HolidaysQuery,
    HolidaysSchema,
    LeavesQuery,
    LeavesSchema,
    LocationCalendarSchema,
    LocationCalendarsSchema,
    NewAreaSchema,
    NewCarrierCalendarSchema,
    NewHolidaySchema,
    NewLocationCalendarSchema,
    RemoteAreaSchema,
    RemoteAreasSchema,
)
from oms_service.api.openapi import Blueprint, json_only
from oms_service.inventory import places
from oms_service.inventory.places import SendingPlace
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.shipping import carriers
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import national, queries, service
from oms_service.shipping.calendars.days import (
    OWN,
    CarrierDays,
    DeliveryWindow,
    clock,
    minute_of,
)
from oms_service.shipping.calendars.queries import AreaView, CarrierView, LocationView
from oms_service.shipping.calendars.service import (
    NewCarrierCalendar,
    NewCarrierWeek,
    NewHoliday,
    NewWindow,
    NewWorkingDays,
)

blueprint = Blueprint(
    "calendars", __name__, url_prefix="/v1/calendars", description="When things leave and arrive."
)
blueprint.before_request(json_only)

Reader = Session | Connection
_READS: Final = (401, 403, 404, 429)
_CHANGES: Final = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
#: The path's word for the shop's own holidays, which have no country.
_OWN_WORD: Final = "own"


@blueprint.get("/locations")
@guard.guard(scope="calendars:read")
@blueprint.response(200, LocationCalendarsSchema, example={"locations": [LOCATION]})
@blueprint.refuses(401, 403, 429)
def locations() -> Response:
    """When each location sends."""
    stock_parts.take()
    with runtime().database.looking() as session:
        found = queries.locations(session)
        said = [_location(place, found[place.id]) for place in places.sending_places(session)]
    return jsonify({"locations": said})


@blueprint.get("/locations/<code>")
@guard.guard(scope="calendars:read")
@blueprint.response(200, LocationCalendarSchema, headers=etags.ETAG_HEADER, example=LOCATION)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def location(code: str) -> Response:
    """When one location sends."""
    stock_parts.take()
    with runtime().database.looking() as session:
        place = _place(session, code)
        view = queries.locations(session)[place.id]
    return etags.tagged(jsonify(_location(place, view)), view.version)


@blueprint.put("/locations/<code>")
@guard.guard(scope="calendars:manage")
@blueprint.arguments(NewLocationCalendarSchema())
@blueprint.response(200, LocationCalendarSchema, headers=etags.ETAG_HEADER, example=LOCATION)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def set_location(wanted: Mapping[str, Any], code: str) -> Response:
    """Say when a location sends, all of it."""
    stock_parts.take()
    new = NewWorkingDays(
        cut_offs=[None if one is None else minute_of(one) for one in wanted["cut_offs"]],
        handling_days=wanted["handling_days"],
        collection_minute=minute_of(wanted["collection"]),
        keeps_holidays=wanted["keeps_holidays"],
        exceptions={
            one["day"]: None if one["cut_off"] is None else minute_of(one["cut_off"])
            for one in wanted["exceptions"]
        },
    )
    with runtime().unit_of_work(guard.actor()) as uow:
        place = _place(uow.session, code)
        seen = queries.locations(uow.session)[place.id].version
        etags.require_match(seen)
        view = service.set_location(uow, place.id, new, version=seen)
    return etags.tagged(jsonify(_location(place, view)), view.version)


@blueprint.get("/carriers")
@guard.guard(scope="calendars:read")
@blueprint.response(200, CarrierCalendarsSchema, example={"carriers": [CARRIER]})
@blueprint.refuses(401, 403, 429)
def all_carriers() -> Response:
    """When each carrier collects and delivers, and within which windows."""
    stock_parts.take()
    with runtime().database.looking() as session:
        found = queries.carriers(session)
    return jsonify({"carriers": [_carrier(code, view) for code, view in sorted(found.items())]})


@blueprint.get("/carriers/<carrier>")
@guard.guard(scope="calendars:read")
@blueprint.response(200, CarrierCalendarSchema, headers=etags.ETAG_HEADER, example=CARRIER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_carrier(carrier: str) -> Response:
    """When one carrier collects and delivers."""
    stock_parts.take()
    with runtime().database.looking() as session:
        view = queries.carriers(session).get(carrier)
    if view is None:
        raise NotFound("no such carrier")
    return etags.tagged(jsonify(_carrier(carrier, view)), view.version)


@blueprint.put("/carriers/<carrier>")
@guard.guard(scope="calendars:manage")
@blueprint.arguments(NewCarrierCalendarSchema())
@blueprint.response(200, CarrierCalendarSchema, headers=etags.ETAG_HEADER, example=CARRIER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def set_carrier(wanted: Mapping[str, Any], carrier: str) -> Response:
    """Say when a carrier works, all of it; one of which nothing was said has version 0."""
    stock_parts.take()
    new = NewCarrierCalendar(
        by_region={
            OWN: _new_week(wanted["everywhere"]),
            **{one["region"]: _new_week(one) for one in wanted["regions"]},
        },
        windows=[
            NewWindow(
                code=one["code"],
                start=time.fromisoformat(one["start"]),
                until=time.fromisoformat(one["until"]),
                words=one["name"],
            )
            for one in wanted["windows"]
        ],
        without=wanted["without"],
    )
    with runtime().unit_of_work(guard.actor()) as uow:
        known = queries.carriers(uow.session).get(carrier)
        seen = known.version if known else 0
        etags.require_match(seen)
        view = service.set_carrier(uow, carrier, new, version=seen)
    return etags.tagged(jsonify(_carrier(carrier, view)), view.version)


@blueprint.get("/holidays")
@guard.guard(scope="calendars:read")
@blueprint.arguments(HolidaysQuery(), location="query")
@blueprint.response(
    200,
    HolidaysSchema,
    example={"country": "JP", "year": 2026, "holidays": [HOLIDAY]},
)
@blueprint.refuses(401, 403, 422, 429)
def holidays(wanted: Mapping[str, Any]) -> Response:
    """The holidays of a country in a year, with what the shop says of them."""
    stock_parts.take()
    country, year = wanted["country"], wanted["year"]
    with runtime().database.looking() as session:
        own = queries.own_holidays(session)
    found = {
        day: _holiday(day, name, is_holiday=True, is_own=False)
        for day, name in national.names(country, year).items()
    }
    for one in own:
        if one.country == _country(country) and one.day.year == year:
            found[one.day] = _holiday(one.day, one.name, is_holiday=one.is_holiday, is_own=True)
    said = [found[day] for day in sorted(found)]
    return jsonify({"country": country, "year": year, "holidays": said})


@blueprint.put("/holidays/<country>/<day>")
@guard.guard(scope="calendars:manage")
@blueprint.arguments(NewHolidaySchema())
@blueprint.response(200, HolidaySchema, example={**HOLIDAY, "is_own": True})
@blueprint.refuses(400, 401, 403, 413, 415, 422, 429)
def set_holiday(wanted: Mapping[str, Any], country: str, day: str) -> Response:
    """Add a holiday, or take a national one away; said again, it is the same."""
    stock_parts.take()
    new = NewHoliday(day=_day(day), name=wanted["name"], is_holiday=wanted["is_holiday"])
    with runtime().unit_of_work(guard.actor()) as uow:
        service.set_holiday(uow, _country(country), new)
    return jsonify(_holiday(new.day, new.name, is_holiday=new.is_holiday, is_own=True))


@blueprint.delete("/holidays/<country>/<day>")
@guard.guard(scope="calendars:manage")
@blueprint.response(204)
@blueprint.refuses(401, 403, 422, 429)
def forget_holiday(country: str, day: str) -> Response:
    """Take back what the shop said of a day; where it said nothing, nothing happens."""
    stock_parts.take()
    with runtime().unit_of_work(guard.actor()) as uow:
        service.forget_holiday(uow, _country(country), _day(day))
    return Response(status=204)


@blueprint.get("/areas")
@guard.guard(scope="calendars:read")
@blueprint.response(200, RemoteAreasSchema, example={"areas": [AREA]})
@blueprint.refuses(401, 403, 429)
def areas() -> Response:
    """Islands and remote areas: where they are and how much longer everything takes."""
    stock_parts.take()
    with runtime().database.looking() as session:
        found = queries.areas(session)
    return jsonify({"areas": [_area(view) for view in found.values()]})


@blueprint.get("/areas/<code>")
@guard.guard(scope="calendars:read")
@blueprint.response(200, RemoteAreaSchema, headers=etags.ETAG_HEADER, example=AREA)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_area(code: str) -> Response:
    """One island or remote area."""
    stock_parts.take()
    with runtime().database.looking() as session:
        view = queries.areas(session).get(code)
    if view is None:
        raise NotFound("no such area")
    return etags.tagged(jsonify(_area(view)), view.version)


@blueprint.put("/areas/<code>")
@guard.guard(scope="calendars:manage")
@blueprint.arguments(NewAreaSchema())
@blueprint.response(200, RemoteAreaSchema, headers=etags.ETAG_HEADER, example=AREA)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def set_area(wanted: Mapping[str, Any], code: str) -> Response:
    """Say where an area is and how much longer everything takes; a new code is a new area."""
    stock_parts.take()
    new = Area(
        code,
        wanted["name"],
        wanted["region"],
        tuple(wanted["postal_prefixes"]),
        wanted["extra_days"],
    )
    with runtime().unit_of_work(guard.actor()) as uow:
        known = queries.areas(uow.session).get(code)
        seen = known.version if known else 0
        etags.require_match(seen)
        view = service.set_area(uow, new, version=seen)
    return etags.tagged(jsonify(_area(view)), view.version)


@blueprint.get("/hand-over")
@guard.guard(scope="calendars:read")
@blueprint.arguments(LeavesQuery(), location="query")
@blueprint.response(200, LeavesSchema, example=HAND_OVER)
@blueprint.refuses(401, 403, 404, 409, 422, 429)
def hand_over(wanted: Mapping[str, Any]) -> Response:
    """When something ordered then leaves, and from when its carrier delivers there."""
    stock_parts.take()
    house = runtime()
    with house.database.looking() as session:
        place = _place(session, wanted["location"])
        of = queries.calendars(session, house.settings.zone, country=house.settings.country)
    placed_at = wanted["placed_at"] or house.clock.now()
    carrier = wanted["carrier"]
    leaves_at = of.next_hand_over(placed_at, location_id=place.id, carrier=carrier)
    address = {"region": wanted["region"], "postal_code": wanted["postal_code"]}
    leaves_on = leaves_at.astimezone(of.locations[place.id].zone).date()
    return jsonify(
        {
            "placed_at": placed_at.isoformat(),
            "leaves_at": leaves_at.isoformat(),
            "extra_days": of.extra_days(carrier, **address),
            "next_delivery": of.next_delivery(carrier, leaves_on, **address).isoformat(),
            "windows": [_window(one) for one in of.windows(carrier, wanted["service"])],
        }
    )


def _place(reader: Reader, code: str) -> SendingPlace:
    found = next((one for one in places.sending_places(reader) if one.code == code), None)
    if found is None:
        raise NotFound("no such location")
    return found


def _country(said: str) -> str:
    return OWN if said == _OWN_WORD else said


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid("this day cannot be read", {"day": "must be such as 2026-12-31"}) from None


def _new_week(said: Mapping[str, Any]) -> NewCarrierWeek:
    return NewCarrierWeek(
        pickups=said["pickups"],
        deliveries=said["deliveries"],
        picks_up_on_holidays=said["picks_up_on_holidays"],
        delivers_on_holidays=said["delivers_on_holidays"],
        exceptions={one["day"]: (one["picks_up"], one["delivers"]) for one in said["exceptions"]},
    )


def _location(place: SendingPlace, view: LocationView) -> dict[str, Any]:
    days = view.days
    return {
        "location": place.code,
        "name": dict(place.name),
        "zone": place.zone,
        "country": place.country,
        "cut_offs": _clocks(days.cut_offs),
        "handling_days": days.handling_days,
        "collection": clock(days.collection),
        "keeps_holidays": days.keeps_holidays,
        "exceptions": [
            {"day": day.isoformat(), "cut_off": None if cut_off is None else clock(cut_off)}
            for day, cut_off in sorted(days.exceptions.items())
        ],
        "version": view.version,
    }


def _clocks(cut_offs: Sequence[int | None]) -> list[str | None]:
    return [None if one is None else clock(one) for one in cut_offs]


def _carrier(code: str, view: CarrierView) -> dict[str, Any]:
    return {
        "carrier": code,
        "name": dict(carriers.name_of(runtime().adapters, code)),
        "everywhere": _week(view.days[OWN]),
        "regions": [
            {"region": region, **_week(days)}
            for region, days in sorted(view.days.items())
            if region
        ],
        "windows": [_window(one) for one in view.windows.offered],
        "without": sorted(view.windows.without),
        "version": view.version,
    }


def _week(days: CarrierDays) -> dict[str, Any]:
    return {
        "pickups": list(days.pickups),
        "deliveries": list(days.deliveries),
        "picks_up_on_holidays": days.picks_up_on_holidays,
        "delivers_on_holidays": days.delivers_on_holidays,
        "exceptions": [
            {"day": day.isoformat(), "picks_up": picks_up, "delivers": delivers}
            for day, (picks_up, delivers) in sorted(days.exceptions.items())
        ],
    }


def _window(one: DeliveryWindow) -> dict[str, Any]:
    return {
        "code": one.code,
        "from": one.start.isoformat("minutes"),
        "until": one.until.isoformat("minutes"),
        "name": dict(one.words),
    }


def _holiday(
    day: date, name: Mapping[str, str], *, is_holiday: bool, is_own: bool
) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "name": dict(name),
        "is_holiday": is_holiday,
        "is_own": is_own,
    }


def _area(view: AreaView) -> dict[str, Any]:
    area = view.area
    return {
        "code": area.code,
        "name": dict(area.name),
        "region": area.region,
        "postal_prefixes": list(area.postal_prefixes),
        "extra_days": area.extra_days,
        "is_own": view.is_own,
        "version": view.version,
    }
