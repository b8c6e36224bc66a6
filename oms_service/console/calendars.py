"""When locations work and carriers come: looking at it, and saying it anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from oms_service.access.guard import actor, guard
from oms_service.console import calendars_forms as typing
from oms_service.console.pickups_words import WEEKDAYS
from oms_service.inventory import places
from oms_service.inventory.places import ShippingPoint
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language, say
from oms_service.ports.carrier import KIND
from oms_service.runtime import runtime
from oms_service.shipping import carriers, services
from oms_service.shipping.areas import Area
from oms_service.shipping.calendars import national, queries, service
from oms_service.shipping.calendars.days import OWN, Calendars, CarrierDays, NeverLeaves, clock
from oms_service.shipping.calendars.queries import CarrierView
from oms_service.shipping.calendars.service import (
    CalendarChanged,
    NewCarrierCalendar,
    NewCarrierWeek,
    NewHoliday,
    NewWindow,
)
from oms_service.web import formats
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "console_calendars", __name__, url_prefix="/console/calendars", template_folder="templates"
)
#: How far ahead the pages look.
AHEAD_DAYS: Final = 14
_NOON: Final = time(12)


@dataclass(frozen=True)
class Ahead:
    """One of the next days at a location: None where it is closed, or nothing ever leaves."""

    day: date
    cut_off: str | None
    leaves_at: datetime | None


@blueprint.get("")
@guard("calendars:read")
def overview() -> str:
    """What leaves when: locations, carriers, islands."""
    house = runtime()
    with house.database.looking() as session:
        points = places.shipping_points(session)
        of = _calendars(session)
        by_carrier = queries.carriers(session)
        areas = queries.areas(session)
        sent_by = {one.carrier for one in services.in_use(session)}
    now = house.clock.now()
    return render_template(
        "console/calendars.html",
        area="console",
        points=points,
        leaves={point.id: _leaves(of, point.id, now) for point in points},
        weeks={point.id: _week_said(of, point.id) for point in points},
        carriers=[
            (code, _carrier_name(code), by_carrier.get(code) or queries.usual_carrier(code))
            for code in sorted(sent_by | {one for one in by_carrier if _is_ours(by_carrier[one])})
        ],
        areas=sorted(areas.values(), key=lambda view: view.area.postal_prefixes),
        days_said=_days_said,
        said=_said,
        year=now.astimezone(house.settings.zone).year,
    )


@blueprint.route("/locations/<code>", methods=["GET"])
@guard("calendars:read")
def location(code: str) -> str:
    """One location's days, and when what is ordered in the next two weeks leaves."""
    with runtime().database.looking() as session:
        point = places.by_code(places.shipping_points(session), code)
        view = queries.locations(session)[point.id]
    return _location_page(point, typing.location_shown(view.days), view.version, {})


@blueprint.post("/locations/<code>")
@guard("calendars:manage")
def set_location(code: str) -> ResponseReturnValue:
    """Take a location's days as typed, or say which cannot be."""
    errors: dict[str, str] = {}
    new = typing.location_typed(request.form, errors)
    seen = typing.whole(request.form, "version", errors)
    with runtime().database.looking() as session:
        point = places.by_code(places.shipping_points(session), code)
    if not errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                service.set_location(uow, point.id, new, version=seen)
        except DomainError as error:
            errors = _wrong(error, "cut_off-0")
    if errors:
        return _location_page(point, request.form, seen, errors), 422
    flash(_("These days hold from now on."), "success")
    return redirect(url_for("console_calendars.location", code=code), 303)


@blueprint.route("/carriers/<code>", methods=["GET"])
@guard("calendars:read")
def carrier(code: str) -> str:
    """On which days a carrier collects and delivers, everywhere or in one prefecture."""
    view = _known_carrier(code)
    region = request.args.get("region", OWN).strip()[:60]
    days = view.days.get(region, view.days[OWN])
    return _carrier_page(code, region, view, _shown(days, view), {})


@blueprint.post("/carriers/<code>")
@guard("calendars:manage")
def set_carrier(code: str) -> ResponseReturnValue:
    """Take a carrier's days as typed; with ``forget``, a prefecture is as everywhere again."""
    view = _known_carrier(code)
    region = request.form.get("region", OWN).strip()
    errors: dict[str, str] = {}
    seen = typing.whole(request.form, "version", errors)
    by_region = {one: _as_new(days) for one, days in view.days.items()}
    windows = [
        NewWindow(code=one.code, start=one.start, until=one.until, words=one.words)
        for one in view.windows.offered
    ]
    if region and "forget" in request.form:
        by_region.pop(region, None)
    else:
        by_region[region] = typing.week_typed(request.form, request.form.getlist, errors)
    if region == OWN:
        windows = typing.windows_typed(request.form, errors)
    new = NewCarrierCalendar(
        by_region=by_region, windows=windows, without=sorted(view.windows.without)
    )
    if not errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                service.set_carrier(uow, code, new, version=seen)
        except DomainError as error:
            errors = _wrong(error, "pickups")
    if errors:
        return _carrier_page(code, region, view, _as_typed(), errors, version=seen), 422
    flash(_("These days hold from now on."), "success")
    return redirect(url_for("console_calendars.carrier", code=code), 303)


@blueprint.get("/holidays")
@guard("calendars:read")
def holidays() -> str:
    """The holidays of one country and of the shop, in one year."""
    return _holidays_page({}, {})


@blueprint.post("/holidays")
@guard("calendars:manage")
def set_holiday() -> ResponseReturnValue:
    """Add a holiday, take a national one away, or take back what was said."""
    form = request.form
    country = OWN if form.get("country") == "own" else form.get("country", "")
    day, errors = typing.a_day(form.get("day", "")), {}
    if day is None:
        errors = {"day": _("Enter a day such as 2026-12-31.")}
    else:
        try:
            _say_holiday(country, day)
        except Invalid as error:
            errors = _wrong(error, "day")
    if errors:
        return _holidays_page(errors, form), 422
    flash(_("The holidays are kept."), "success")
    assert day is not None  # noqa: S101 - without a day there are errors
    shown = country or runtime().settings.country
    return redirect(url_for("console_calendars.holidays", country=shown, year=day.year), 303)


@blueprint.route("/areas/<code>", methods=["GET"])
@guard("calendars:read")
def area(code: str) -> str:
    """Where an island or remote area is, and how much longer everything takes to it."""
    with runtime().database.looking() as session:
        view = queries.areas(session).get(code) or abort(404)
    known = view.area
    shown = {
        "name-ja": known.name.get("ja", ""),
        "name-en": known.name.get("en", ""),
        "region": known.region,
        "postal_prefixes": " ".join(known.postal_prefixes),
        "extra_days": str(known.extra_days),
    }
    return _area_page(known, shown, view.version, {})


@blueprint.post("/areas/<code>")
@guard("calendars:manage")
def set_area(code: str) -> ResponseReturnValue:
    """Take an area as typed, or say what cannot be."""
    errors: dict[str, str] = {}
    form = request.form
    with runtime().database.looking() as session:
        known = (queries.areas(session).get(code) or abort(404)).area
    new = Area(
        code,
        {"ja": form.get("name-ja", ""), "en": form.get("name-en", "")},
        form.get("region", "").strip(),
        tuple(form.get("postal_prefixes", "").replace(",", " ").split()),
        typing.whole(form, "extra_days", errors),
    )
    seen = typing.whole(form, "version", errors)
    if not errors:
        try:
            with runtime().unit_of_work(actor()) as uow:
                service.set_area(uow, new, version=seen)
        except DomainError as error:
            errors = _wrong(error, "extra_days")
    if errors:
        return _area_page(known, form, seen, errors), 422
    flash(_("Saved. It holds for parcels from now on."), "success")
    return redirect(url_for("console_calendars.overview") + "#areas", 303)


def _calendars(session: Any) -> Calendars:
    settings = runtime().settings
    return queries.calendars(session, settings.zone, country=settings.country)


def _leaves(of: Calendars, location_id: int, placed_at: datetime) -> datetime | None:
    try:
        return of.next_hand_over(placed_at, location_id=location_id, carrier="")
    except NeverLeaves:
        return None


def _ahead(of: Calendars, location_id: int) -> list[Ahead]:
    """The next days, and when what is ordered on them at noon leaves; today: now."""
    now = runtime().clock.now()
    zone = of.locations[location_id].zone
    today = now.astimezone(zone).date()
    found = []
    for later in range(AHEAD_DAYS):
        day = today + timedelta(days=later)
        placed_at = datetime.combine(day, _NOON, zone) if later else now
        cut_off = of.cut_off(location_id, day)
        found.append(
            Ahead(
                day,
                None if cut_off is None else clock(cut_off),
                _leaves(of, location_id, placed_at),
            )
        )
    return found


def _week_said(of: Calendars, location_id: int) -> str:
    """The weekdays on which a location is closed, in words."""
    closed = [
        _(WEEKDAYS[day])
        for day, cut_off in enumerate(of.locations[location_id].cut_offs)
        if cut_off is None
    ]
    if not closed:
        return str(_("Every day"))
    if len(closed) == len(WEEKDAYS):
        return str(_("Always closed"))
    return str(_("Closed: %(days)s", days=formats.listing(closed, _language())))


def _days_said(days: tuple[bool, ...]) -> str:
    """The weekdays of a carrier, in words."""
    if all(days):
        return str(_("Every day"))
    on = [_(WEEKDAYS[day]) for day, is_on in enumerate(days) if is_on]
    return formats.listing(on, _language())


def _known_carrier(code: str) -> CarrierView:
    with runtime().database.looking() as session:
        found = queries.carriers(session).get(code)
    if found is not None:
        return found
    if code not in _own_carriers():
        abort(404)
    return queries.usual_carrier(code)


def _is_ours(view: CarrierView) -> bool:
    """Whether the shop has said something of it, or it is one of those with windows."""
    return bool(view.version or view.windows.offered)


def _own_carriers() -> set[str]:
    return set(runtime().adapters.slugs(KIND))


def _shown(days: CarrierDays, view: CarrierView) -> dict[str, Any]:
    return {
        "pickups": [str(day) for day in range(7) if days.pickups[day]],
        "deliveries": [str(day) for day in range(7) if days.deliveries[day]],
        "picks_up_on_holidays": days.picks_up_on_holidays,
        "delivers_on_holidays": days.delivers_on_holidays,
        "exceptions": typing.week_exceptions(days),
        "windows": typing.windows_shown(view.windows),
    }


def _as_typed() -> dict[str, Any]:
    form = request.form
    return {
        "pickups": form.getlist("pickups"),
        "deliveries": form.getlist("deliveries"),
        "picks_up_on_holidays": "picks_up_on_holidays" in form,
        "delivers_on_holidays": "delivers_on_holidays" in form,
        "exceptions": form.get("exceptions", ""),
        "windows": form.get("windows", ""),
    }


def _as_new(days: CarrierDays) -> NewCarrierWeek:
    return NewCarrierWeek(
        pickups=days.pickups,
        deliveries=days.deliveries,
        picks_up_on_holidays=days.picks_up_on_holidays,
        delivers_on_holidays=days.delivers_on_holidays,
        exceptions=days.exceptions,
    )


def _say_holiday(country: str, day: date) -> None:
    form = request.form
    with runtime().unit_of_work(actor()) as uow:
        if "forget" in form:
            service.forget_holiday(uow, country, day)
            return
        name = {"ja": form.get("name-ja", ""), "en": form.get("name-en", "")}
        service.set_holiday(
            uow, country, NewHoliday(day=day, name=name, is_holiday="working" not in form)
        )


def _wrong(error: DomainError, first: str) -> dict[str, str]:
    """What is wrong, beside the field it is typed into."""
    if isinstance(error, CalendarChanged):
        return {first: _("Somebody changed this meanwhile. Look at it again.")}
    if not isinstance(error, Invalid):
        return {first: _("Please check this.")}
    said = {}
    for name in error.fields:
        field = name.removeprefix("everywhere.").split(".")[-1 if "regions." in name else 0]
        field = field.partition("[")[0].replace("cut_offs", "cut_off-0")
        if name.startswith("name."):
            field = name.replace(".", "-")
        said[field] = _("Please check this.")
    return said


def _location_page(
    point: ShippingPoint, shown: Mapping[str, str], version: int, errors: Mapping[str, str]
) -> str:
    with runtime().database.looking() as session:
        of = _calendars(session)
    return render_template(
        "console/calendars_location.html",
        area="console",
        point=point,
        name=_said(point.name),
        ahead=_ahead(of, point.id),
        typed=shown,
        version=version,
        weekdays=WEEKDAYS,
        errors=errors,
    )


def _carrier_page(
    code: str,
    region: str,
    view: CarrierView,
    shown: Mapping[str, Any],
    errors: Mapping[str, str],
    *,
    version: int | None = None,
) -> str:
    return render_template(
        "console/calendars_carrier.html",
        area="console",
        code=code,
        name=_carrier_name(code),
        region=region,
        regions=[one for one in view.days if one],
        typed=shown,
        version=view.version if version is None else version,
        weekdays=[{"value": str(day), "label": _(word)} for day, word in enumerate(WEEKDAYS)],
        errors=errors,
    )


def _holidays_page(errors: Mapping[str, str], typed: Mapping[str, str]) -> str:
    settings, now = runtime().settings, runtime().clock.now()
    known = national.countries()
    country = request.values.get("country", settings.country)
    country = country if country in known else settings.country
    asked = request.args.get("year", "")
    this_year = now.astimezone(settings.zone).year
    first, last = national.years()
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else this_year  # noqa: PLR2004 - a year
    year = min(max(year, first), last)
    with runtime().database.looking() as session:
        own = [
            one
            for one in queries.own_holidays(session)
            if one.country in {country, OWN} and one.day.year == year
        ]
    said = {(one.country, one.day) for one in own}
    rows = [(one.day, say(one.name, _language()), one.country, one.is_holiday, True) for one in own]
    rows += [
        (day, say(name, _language()), country, True, False)
        for day, name in national.names(country, year).items()
        if (country, day) not in said
    ]
    return render_template(
        "console/calendars_holidays.html",
        area="console",
        rows=sorted(rows),
        country=country,
        countries=known,
        year=year,
        earlier=year - 1 if year > first else None,
        later=year + 1 if year < last else None,
        names=national.names(country, year),
        typed=typed,
        errors=errors,
    )


def _area_page(
    known: Area, shown: Mapping[str, str], version: int, errors: Mapping[str, str]
) -> str:
    return render_template(
        "console/calendars_area.html",
        area="console",
        name=_said(known.name),
        typed=shown,
        version=version,
        errors=errors,
    )


def _carrier_name(code: str) -> str:
    return say(carriers.name_of(runtime().adapters, code), _language())


def _said(words: Mapping[str, str]) -> str:
    return say(words, _language())


def _language() -> Language:
    return Language(str(get_locale()))
