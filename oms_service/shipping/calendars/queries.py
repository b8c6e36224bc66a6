"""Calendars as they hold now, read once and kept until somebody changes one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot, value
from oms_service.inventory import places
from oms_service.inventory.places import SendingPlace
from oms_service.kernel.languages import Words
from oms_service.shipping import areas as usual_areas
from oms_service.shipping import rates
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import national, usual
from oms_service.shipping.calendars.days import (
    USUAL_COLLECTION,
    Calendars,
    CarrierDays,
    DeliveryWindow,
    Reach,
    Windows,
    WorkingDays,
)
from oms_service.shipping.calendars.models import (
    CalendarMark,
    CarrierCalendar,
    CarrierDay,
    CarrierWeek,
    Holiday,
    LocationCalendar,
    LocationDay,
    RemoteArea,
)
from oms_service.shipping.models import CarrierService

Reader = Session | Connection


@dataclass(frozen=True)
class LocationView:
    """What holds at a location; ``version`` 0 while the shop has said nothing."""

    days: WorkingDays
    version: int


@dataclass(frozen=True)
class CarrierView:
    """What holds of a carrier, by prefecture; '' is everywhere and always there."""

    days: Mapping[str, CarrierDays] = field(hash=False)
    windows: Windows
    version: int


@dataclass(frozen=True)
class OwnHoliday:
    """A holiday that the shop adds, or a national one it takes away; country '' is its own."""

    country: str
    day: date
    is_holiday: bool
    name: Words = field(hash=False)


@dataclass(frozen=True)
class AreaView:
    """A remote area; ``is_own`` once the shop has said something of it."""

    area: Area
    is_own: bool
    version: int


_MARK: Final = Hot(select(CalendarMark.mark), value)
_KEPT: Final[WeakKeyDictionary[Engine, dict[tuple[str, str], tuple[str, Calendars]]]] = (
    WeakKeyDictionary()
)


def calendars(reader: Reader, zone: ZoneInfo, *, country: str = "JP") -> Calendars:
    """All calendars as they hold now: two small queries, more only after a change.

    Args:
        reader: to read with.
        zone: the shop's; where a location is not known its days are meant.
        country: the shop's, two letters.
    """
    engine = reader.get_bind().engine if isinstance(reader, Session) else reader.engine
    kept = _KEPT.setdefault(engine, {})
    version = f"{_MARK.first(reader) or ''} {places.stamp(reader)}"
    known = kept.get((zone.key, country))
    if known is not None and known[0] == version:
        return known[1]
    found = _read(reader, zone, country, version)
    kept[zone.key, country] = (version, found)
    return found


def locations(reader: Reader) -> dict[int, LocationView]:
    """The calendar of every location."""
    exceptions: dict[int, dict[date, int | None]] = {}
    days = select(LocationDay.location_id, LocationDay.day, LocationDay.cut_off_minute)
    for location_id, day, cut_off in reader.execute(days.order_by(LocationDay.day)):
        exceptions.setdefault(location_id, {})[day] = cut_off
    query = select(
        LocationCalendar.location_id,
        LocationCalendar.cut_offs,
        LocationCalendar.handling_days,
        LocationCalendar.collection_minute,
        LocationCalendar.keeps_holidays,
        LocationCalendar.version,
    )
    said = {row.location_id: row for row in reader.execute(query)}
    found = {}
    for place in places.sending_places(reader):
        row = said.get(place.id)
        if row is None:
            found[place.id] = LocationView(_usual_days(place), 0)
            continue
        found[place.id] = LocationView(
            WorkingDays(
                zone=ZoneInfo(place.zone),
                country=place.country,
                region=place.region,
                cut_offs=tuple(row.cut_offs),
                handling_days=row.handling_days,
                collection=row.collection_minute,
                keeps_holidays=row.keeps_holidays,
                exceptions=exceptions.get(place.id, {}),
            ),
            row.version,
        )
    return found


def carriers(reader: Reader) -> dict[str, CarrierView]:
    """The calendar of every carrier of which we or the shop have said something."""
    exceptions: dict[tuple[str, str], dict[date, tuple[bool, bool]]] = {}
    days = select(
        CarrierDay.carrier,
        CarrierDay.region,
        CarrierDay.day,
        CarrierDay.picks_up,
        CarrierDay.delivers,
    )
    for carrier, region, day, picks_up, delivers in reader.execute(days.order_by(CarrierDay.day)):
        exceptions.setdefault((carrier, region), {})[day] = (picks_up, delivers)
    weeks: dict[str, dict[str, CarrierDays]] = {}
    said = select(
        CarrierWeek.carrier,
        CarrierWeek.region,
        CarrierWeek.pickups,
        CarrierWeek.deliveries,
        CarrierWeek.picks_up_on_holidays,
        CarrierWeek.delivers_on_holidays,
    )
    for row in reader.execute(said.order_by(CarrierWeek.carrier, CarrierWeek.region)):
        weeks.setdefault(row.carrier, {})[row.region] = CarrierDays(
            pickups=tuple(row.pickups),
            deliveries=tuple(row.deliveries),
            picks_up_on_holidays=row.picks_up_on_holidays,
            delivers_on_holidays=row.delivers_on_holidays,
            exceptions=exceptions.get((row.carrier, row.region), {}),
        )
    found = {carrier: usual_carrier(carrier) for carrier in sorted({*usual.WINDOWS, *usual.DAYS})}
    query = select(
        CarrierCalendar.carrier,
        CarrierCalendar.windows,
        CarrierCalendar.without,
        CarrierCalendar.version,
    )
    for carrier, windows, without, version in reader.execute(
        query.order_by(CarrierCalendar.carrier)
    ):
        found[carrier] = CarrierView(
            weeks.get(carrier, {"": CarrierDays()}),
            Windows(offered=tuple(window_of(one) for one in windows), without=frozenset(without)),
            version,
        )
    return found


def usual_carrier(carrier: str) -> CarrierView:
    """What holds of a carrier of which the shop has said nothing."""
    return CarrierView(
        {"": usual.DAYS.get(carrier, CarrierDays())}, usual.WINDOWS.get(carrier, Windows()), 0
    )


def own_holidays(reader: Reader) -> tuple[OwnHoliday, ...]:
    """What the shop adds to holidays or takes away, by day."""
    query = select(Holiday.country, Holiday.day, Holiday.is_holiday, Holiday.name)
    return tuple(
        OwnHoliday(*row) for row in reader.execute(query.order_by(Holiday.day, Holiday.country))
    )


def areas(reader: Reader) -> dict[str, AreaView]:
    """Islands and remote areas by code: the usual ones, and what the shop says of them."""
    query = select(
        RemoteArea.code,
        RemoteArea.name,
        RemoteArea.region,
        RemoteArea.postal_prefixes,
        RemoteArea.extra_days,
        RemoteArea.version,
    )
    found = {
        code: AreaView(area, is_own=False, version=0) for code, area in usual_areas.USUAL.items()
    }
    for code, name, region, prefixes, extra_days, version in reader.execute(
        query.order_by(RemoteArea.code)
    ):
        area = Area(code, name, region, tuple(prefixes), extra_days)
        found[code] = AreaView(area, is_own=True, version=version)
    return found


def areas_by_code(reader: Reader) -> dict[str, Area]:
    """The same, without who said so."""
    return {code: view.area for code, view in areas(reader).items()}


def window_of(said: Mapping[str, str]) -> DeliveryWindow:
    """A window as ``carrier_calendars`` keeps it: ``code``, ``from``, ``until``, ``ja``, ``en``."""
    return DeliveryWindow(
        said["code"],
        time.fromisoformat(said["from"]),
        time.fromisoformat(said["until"]),
        {"ja": said["ja"], "en": said["en"]},
    )


def _read(reader: Reader, zone: ZoneInfo, country: str, version: str) -> Calendars:
    by_carrier = carriers(reader)
    by_code = areas_by_code(reader)
    return Calendars(
        version=f"{version} {zone.key} {country}",
        zone=zone,
        country=country,
        locations={place: view.days for place, view in locations(reader).items()},
        carriers={
            (carrier, region): days
            for carrier, view in by_carrier.items()
            for region, days in view.days.items()
        },
        carrier_windows={carrier: view.windows for carrier, view in by_carrier.items()},
        reach=_reach(reader, by_code),
        areas=usual_areas.by_prefix(by_code.values()),
        own={(one.country, one.day): one.is_holiday for one in own_holidays(reader)},
        national=national.days_off,
    )


def _reach(reader: Reader, known: Mapping[str, Area]) -> dict[str, Sequence[Reach]]:
    query = (
        select(CarrierService.carrier, CarrierService.remote)
        .where(CarrierService.is_active)
        .order_by(CarrierService.id)
    )
    found: dict[str, list[Reach]] = {}
    for carrier, remote in reader.execute(query):
        found.setdefault(carrier, []).append(Reach.of(rates.read_remote(remote, known)))
    return dict(found)


def _usual_days(place: SendingPlace) -> WorkingDays:
    """Every day, by the location's one cut-off; carriers come in the late afternoon."""
    cut_off = place.cut_off_hour * 60
    return WorkingDays(
        zone=ZoneInfo(place.zone),
        country=place.country,
        region=place.region,
        cut_offs=(cut_off,) * 7,
        collection=min(max(USUAL_COLLECTION, cut_off), 24 * 60 - 1),
    )
