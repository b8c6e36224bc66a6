"""Saying when locations work, carriers come, and which places are far: each as a whole.

Every command takes the version it saw (0 while nothing was said) and refuses another; the same
said twice is the same. Each ends with ``touch``, so that every process reads anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import ClassVar, Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Words
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import queries
from oms_service.shipping.calendars.days import DAY_MINUTES, OWN
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
from oms_service.shipping.calendars.queries import AreaView, CarrierView, LocationView

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
MOST_DAYS: Final = 60
MOST_EXCEPTIONS: Final = 400
MOST_REGIONS: Final = 60
MOST_WINDOWS: Final = 24
MOST_PREFIXES: Final = 100
_LONGEST_NAME: Final = 80
_LONGEST_CODE: Final = 60
_POSTAL_DIGITS: Final = 7
_WEEK: Final = 7


class CalendarChanged(DomainError):
    """Somebody else has changed this calendar meanwhile."""

    code: ClassVar[str] = "calendar-changed"


@dataclass(frozen=True, kw_only=True)
class NewWorkingDays:
    """When a location sends; as ``days.WorkingDays``, without where it is."""

    cut_offs: Sequence[int | None]
    handling_days: int
    collection_minute: int
    keeps_holidays: bool
    exceptions: Mapping[date, int | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewCarrierWeek:
    """When a carrier works in one prefecture, or everywhere; as ``days.CarrierDays``."""

    pickups: Sequence[bool]
    deliveries: Sequence[bool]
    picks_up_on_holidays: bool
    delivers_on_holidays: bool
    exceptions: Mapping[date, tuple[bool, bool]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewWindow:
    """Hours a customer may choose; within one day, ``until`` after ``start``."""

    code: str
    start: time
    until: time
    words: Words


@dataclass(frozen=True, kw_only=True)
class NewCarrierCalendar:
    """All of a carrier: ``by_region`` has '' for everywhere; ``without`` go without windows."""

    by_region: Mapping[str, NewCarrierWeek]
    windows: Sequence[NewWindow]
    without: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class NewHoliday:
    """A holiday to add, or (``is_holiday`` False) a national one that is none here."""

    day: date
    name: Words
    is_holiday: bool = True


def set_location(
    uow: UnitOfWork, location_id: int, new: NewWorkingDays, *, version: int
) -> LocationView:
    """Say when a location sends; what was said before is forgotten.

    Raises:
        NotFound: no such location in use.
        CalendarChanged: ``version`` is not the one that is stored.
        Invalid: ``fields`` names each wrong value.
    """
    _check_location(new)
    places.shipping_point(uow.session, location_id)
    _alone(uow)
    row = uow.session.get(LocationCalendar, location_id, populate_existing=True)
    _require(row.version if row else 0, version)
    if row is None:
        row = LocationCalendar(location_id=location_id, version=0)
        uow.session.add(row)
    row.cut_offs = list(new.cut_offs)
    row.handling_days, row.collection_minute = new.handling_days, new.collection_minute
    row.keeps_holidays = new.keeps_holidays
    row.version += 1
    uow.session.flush()
    uow.session.execute(delete(LocationDay).where(LocationDay.location_id == location_id))
    uow.session.add_all(
        LocationDay(location_id=location_id, day=day, cut_off_minute=cut_off)
        for day, cut_off in sorted(new.exceptions.items())
    )
    touch(uow)
    return queries.locations(uow.session)[location_id]


def set_carrier(
    uow: UnitOfWork, carrier: str, new: NewCarrierCalendar, *, version: int
) -> CarrierView:
    """Say when a carrier works and which windows it offers; what was said before is forgotten.

    Raises:
        CalendarChanged: ``version`` is not the one that is stored.
        Invalid: ``fields`` names each wrong value.
    """
    _check_carrier(carrier, new)
    _alone(uow)
    row = uow.session.get(CarrierCalendar, carrier, populate_existing=True)
    _require(row.version if row else 0, version)
    if row is None:
        row = CarrierCalendar(carrier=carrier, version=0)
        uow.session.add(row)
    row.windows = [
        {
            "code": one.code,
            "from": one.start.isoformat("minutes"),
            "until": one.until.isoformat("minutes"),
            "ja": one.words["ja"],
            "en": one.words["en"],
        }
        for one in sorted(new.windows, key=lambda one: (one.start, one.until, one.code))
    ]
    row.without = sorted(set(new.without))
    row.version += 1
    uow.session.flush()
    for model in (CarrierDay, CarrierWeek):
        uow.session.execute(delete(model).where(model.carrier == carrier))
    for region, week in sorted(new.by_region.items()):
        uow.session.add(
            CarrierWeek(
                carrier=carrier,
                region=region,
                pickups=list(week.pickups),
                deliveries=list(week.deliveries),
                picks_up_on_holidays=week.picks_up_on_holidays,
                delivers_on_holidays=week.delivers_on_holidays,
            )
        )
        uow.session.add_all(
            CarrierDay(carrier=carrier, region=region, day=day, picks_up=one, delivers=other)
            for day, (one, other) in sorted(week.exceptions.items())
        )
    touch(uow)
    return queries.carriers(uow.session)[carrier]


def set_holiday(uow: UnitOfWork, country: str, new: NewHoliday) -> None:
    """Add a holiday or take one away; said again, the last word holds.

    Args:
        uow: the transaction.
        country: two letters, or '' for a day on which all of the shop's locations are closed.
        new: what it is.

    Raises:
        Invalid: ``fields`` names each wrong value.
    """
    wrong = _wrong_name("name", new.name)
    if not _is_country(country) and country != OWN:
        wrong["country"] = "must be two capital letters"
    if country == OWN and not new.is_holiday:
        wrong["is_holiday"] = "is true for the shop's own holidays; take the day out instead"
    if not _is_day(new.day):
        wrong["day"] = f"must be from {FIRST_DAY} to {LAST_DAY}"
    if wrong:
        raise Invalid("this holiday cannot be read", wrong)
    _alone(uow)
    values = {"is_holiday": new.is_holiday, "name": dict(new.name)}
    uow.session.execute(
        insert(Holiday)
        .values(country=country, day=new.day, **values)
        .on_conflict_do_update(index_elements=["country", "day"], set_=values)
    )
    touch(uow)


def forget_holiday(uow: UnitOfWork, country: str, day: date) -> bool:
    """Take back what the shop said of a day; False where it has said nothing."""
    _alone(uow)
    gone = uow.session.execute(
        delete(Holiday).where(Holiday.country == country, Holiday.day == day).returning(Holiday.day)
    ).all()
    if gone:
        touch(uow)
    return bool(gone)


def set_area(uow: UnitOfWork, new: Area, *, version: int) -> AreaView:
    """Say where an island or remote area is and how much longer everything takes to it.

    Raises:
        CalendarChanged: ``version`` is not the one that is stored.
        Invalid: ``fields`` names each wrong value; a prefix may belong to one area only.
    """
    wrong = _wrong_area(new)
    if wrong:
        raise Invalid("this area cannot be read", wrong)
    _alone(uow)
    known = queries.areas(uow.session)
    taken = {
        prefix
        for code, view in known.items()
        if code != new.code
        for prefix in view.area.postal_prefixes
    }
    if shared := sorted(taken & set(new.postal_prefixes)):
        raise Invalid(
            "this area cannot be read",
            {"postal_prefixes": f"{shared[0]} belongs to another area"},
        )
    row = uow.session.get(RemoteArea, new.code, populate_existing=True)
    _require(row.version if row else 0, version)
    if row is None:
        row = RemoteArea(code=new.code, version=0)
        uow.session.add(row)
    row.name, row.region = dict(new.name), new.region
    row.postal_prefixes, row.extra_days = list(new.postal_prefixes), new.extra_days
    row.version += 1
    touch(uow)
    return queries.areas(uow.session)[new.code]


def touch(uow: UnitOfWork) -> None:
    """Let every process read calendars, services and areas anew once this is committed."""
    mark = ids.event_id(uow.now).hex
    uow.session.flush()
    uow.session.execute(
        insert(CalendarMark)
        .values(id=1, mark=mark)
        .on_conflict_do_update(index_elements=["id"], set_={"mark": mark})
    )


def _alone(uow: UnitOfWork) -> None:
    """Keep others from changing calendars meanwhile; it is done a few times a year."""
    locks.a_name(uow.session, "calendars")


def _require(stored: int, seen: int) -> None:
    if stored != seen:
        raise CalendarChanged("this calendar was changed meanwhile")


def _check_location(new: NewWorkingDays) -> None:
    wrong: dict[str, str] = {}
    if len(new.cut_offs) != _WEEK:
        wrong["cut_offs"] = "must be 7, from Monday"
    if not 0 <= new.handling_days <= MOST_DAYS:
        wrong["handling_days"] = f"must be from 0 to {MOST_DAYS}"
    if not 0 <= new.collection_minute < DAY_MINUTES:
        wrong["collection_minute"] = "must be a time of day"
    wrong |= _wrong_exceptions("exceptions", new.exceptions)
    times = {f"cut_offs[{place}]": cut_off for place, cut_off in enumerate(new.cut_offs)}
    times |= {f"exceptions.{day}": cut_off for day, cut_off in new.exceptions.items()}
    wrong |= {
        name: "must be a time of day, or nothing"
        for name, cut_off in times.items()
        if cut_off is not None and not 0 <= cut_off <= DAY_MINUTES
    }
    if wrong:
        raise Invalid("these days cannot be read", wrong)


def _check_carrier(carrier: str, new: NewCarrierCalendar) -> None:
    wrong: dict[str, str] = {}
    if not _is_code(carrier):
        wrong["carrier"] = "must be 1 to 60 letters, digits, - or _"
    if OWN not in new.by_region:
        wrong["everywhere"] = "must be said"
    if len(new.by_region) > MOST_REGIONS or not all(_is_region(one) for one in new.by_region):
        wrong["regions"] = f"must be at most {MOST_REGIONS} prefectures"
    for region, week in new.by_region.items():
        wrong |= _wrong_week(f"regions.{region}" if region else "everywhere", week)
    wrong |= _wrong_windows(new.windows)
    if len(new.without) > MOST_WINDOWS or not all(_is_code(one) for one in new.without):
        wrong["without"] = "must be codes of services"
    if wrong:
        raise Invalid("this carrier's calendar cannot be read", wrong)


def _wrong_week(where: str, week: NewCarrierWeek) -> dict[str, str]:
    wrong = {
        f"{where}.{name}": "must be 7, from Monday, and one of them yes"
        for name, days in (("pickups", week.pickups), ("deliveries", week.deliveries))
        if len(days) != _WEEK or not any(days)
    }
    return wrong | _wrong_exceptions(f"{where}.exceptions", week.exceptions)


def _wrong_windows(windows: Sequence[NewWindow]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if len(windows) > MOST_WINDOWS:
        wrong["windows"] = f"must be at most {MOST_WINDOWS}"
    seen: set[str] = set()
    for index, one in enumerate(windows):
        if not _is_code(one.code) or one.code in seen:
            wrong[f"windows[{index}].code"] = "must be a code that no other window has"
        seen.add(one.code)
        if one.start >= one.until:
            wrong[f"windows[{index}].until"] = "must be after the beginning"
        wrong |= _wrong_name(f"windows[{index}]", one.words)
    return wrong


def _wrong_area(new: Area) -> dict[str, str]:
    wrong = _wrong_name("name", new.name)
    if not _is_code(new.code):
        wrong["code"] = "must be 1 to 60 letters, digits, - or _"
    if not _is_region(new.region):
        wrong["region"] = "must be a prefecture"
    prefixes = new.postal_prefixes
    if (
        not 1 <= len(prefixes) <= MOST_PREFIXES
        or len(set(prefixes)) < len(prefixes)
        or not all(one.isascii() and one.isdecimal() for one in prefixes)
        or not all(len(one) <= _POSTAL_DIGITS for one in prefixes)
    ):
        wrong["postal_prefixes"] = f"must be 1 to {MOST_PREFIXES} of up to 7 digits each"
    if not 0 <= new.extra_days <= MOST_DAYS:
        wrong["extra_days"] = f"must be from 0 to {MOST_DAYS}"
    return wrong


def _wrong_exceptions(name: str, exceptions: Mapping[date, object]) -> dict[str, str]:
    wrong = {
        f"{name}.{day}": f"must be from {FIRST_DAY} to {LAST_DAY}"
        for day in exceptions
        if not _is_day(day)
    }
    if len(exceptions) > MOST_EXCEPTIONS:
        wrong[name] = f"must be at most {MOST_EXCEPTIONS}"
    return wrong


def _wrong_name(name: str, words: Words) -> dict[str, str]:
    return {
        f"{name}.{language}": f"must be 1 to {_LONGEST_NAME} characters"
        for language in ("ja", "en")
        if not words.get(language, "").strip()
        or len(words[language]) > _LONGEST_NAME
        or not words[language].isprintable()
    }


def _is_day(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY


def _is_country(country: str) -> bool:
    return len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()  # noqa: PLR2004 - two letters


def _is_region(region: str) -> bool:
    return len(region) <= _LONGEST_CODE and region.isprintable()


def _is_code(code: str) -> bool:
    bare = code.replace("-", "").replace("_", "")
    return 1 <= len(code) <= _LONGEST_CODE and bare.isascii() and bare.isalnum()
