"""Parcels at the console: where each stands, when it was last heard of, and when it is due."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access import personal
from oms_service.access.guard import guard, staff
from oms_service.console import orders_words, reach, sheets
from oms_service.inventory import queries as stock
from oms_service.inventory.queries import LocationView
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Words, say
from oms_service.operations import finding
from oms_service.operations.outlook import words as said
from oms_service.orders import listing as order_lists
from oms_service.orders import queries as orders
from oms_service.ports.carrier import KIND, CarrierStatus
from oms_service.ports.slots import Area
from oms_service.runtime import runtime
from oms_service.shipping import carriers, listing
from oms_service.shipping.listing import OPEN, Day, ListedParcel, Sort, Wanted
from oms_service.shipping.states import Jeopardy
from oms_service.shipping.windows import Window
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_shipments", __name__, url_prefix="/console/shipments", template_folder="templates"
)

PAGE: Final = 40
#: Parcels that are read and held at once for a file.
_PIECE: Final = 200
_LONGEST: Final = 120
#: Of a person with more orders than this, the newest ones are looked at.
_MOST_ORDERS: Final = 100
_YEARS: Final = (2000, 2099)
_IN_DOUBT: Final = frozenset(Jeopardy) - {Jeopardy.ON_TIME}
#: The saved views: what each is called, and which parcels it holds.
VIEWS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "under_way": (N_("Still to arrive"), {"statuses": OPEN}),
    "to_hand_over": (N_("Not handed over yet"), {"statuses": {CarrierStatus.PRE_TRANSIT}}),
    "in_doubt": (N_("Late or at risk"), {"statuses": OPEN, "jeopardies": _IN_DOUBT}),
    "at_the_door": (
        N_("Waiting for the customer"),
        {"statuses": {CarrierStatus.ATTEMPTED, CarrierStatus.AVAILABLE_FOR_PICKUP}},
    ),
    "back": (
        N_("Coming back or failed"),
        {"statuses": {CarrierStatus.RETURNING, CarrierStatus.FAILURE}},
    ),
    "delivered": (N_("Delivered"), {"statuses": {CarrierStatus.DELIVERED}}),
    "all": (N_("All"), {}),
}
SORTS: Final[Mapping[Sort, str]] = {
    Sort.NEWEST: N_("Newest first"),
    Sort.PROMISED: N_("Promised soonest"),
    Sort.EXPECTED: N_("Expected soonest"),
    Sort.QUIET: N_("Longest without news"),
}
DAYS: Final[Mapping[Day, str]] = {
    Day.PROMISED: N_("Promised delivery"),
    Day.EXPECTED: N_("Expected delivery"),
    Day.HANDED_OVER: N_("Handed to the carrier"),
    Day.DELIVERED: N_("Delivered"),
}
#: Tone and icon of each way a promise stands.
LOOKS: Final[Mapping[Jeopardy, tuple[str, str]]] = {
    Jeopardy.ON_TIME: ("success", "check"),
    Jeopardy.AT_RISK: ("attention", "clock"),
    Jeopardy.LATE: ("danger", "alert"),
    Jeopardy.STALLED: ("danger", "pause"),
}
TONES: Final[Mapping[CarrierStatus, str]] = {
    CarrierStatus.PRE_TRANSIT: "",
    CarrierStatus.IN_TRANSIT: "accent",
    CarrierStatus.OUT_FOR_DELIVERY: "accent",
    CarrierStatus.AVAILABLE_FOR_PICKUP: "attention",
    CarrierStatus.ATTEMPTED: "attention",
    CarrierStatus.DELAYED: "attention",
    CarrierStatus.DELIVERED: "success",
    CarrierStatus.CUSTOMS_HOLD: "attention",
    CarrierStatus.RETURNING: "danger",
    CarrierStatus.FAILURE: "danger",
    CarrierStatus.UNKNOWN: "",
}

_Of = TypeVar("_Of", bound=StrEnum)


@blueprint.get("")
@guard("orders:read")
def several() -> ResponseReturnValue:
    """The list: a view, what was typed, what narrows it and its order, all of it in the address."""
    view, sort = _view(), _one_of(Sort, "sort") or Sort.NEWEST
    with runtime().database.looking() as session:
        places = reach.all_places(session)
        wanted = _asked_for(session, places)
        cursor = request.args.get("cursor", "")
        try:
            page = listing.page(session, wanted, sort=sort, cursor=cursor, limit=PAGE)
        except Invalid:
            return redirect(_with(cursor=None))
        numbers = orders.numbers_of(session, {one.order_id for one in page.items})
        counts = listing.open_counts(session, among=reach.mine())
    return render_template(
        "console/shipments.html",
        area="console",
        page=page,
        numbers=numbers,
        places={one.id: one.name for one in places},
        choices=_choices(places),
        args={name: request.args.get(name, "") for name in _FILTERS},
        typed=_typed(),
        chips=list(_chips(places)),
        tabs=[_tab(name, view, counts) for name in VIEWS],
        view=view,
        sort=sort,
        day=wanted.day,
        in_doubt_url=_in_doubt_url(),
        export_url=_with("console_shipments.sheet", cursor=None, view=view),
        plain_url=url_for("console_shipments.several", view=view, sort=sort),
        next_url=_with(cursor=page.next_cursor) if page.next_cursor else None,
        first_url=_with(cursor=None) if cursor else None,
        carrier_name=_carrier_name,
        carrier_link=lambda one: carriers.link(
            runtime().adapters, one.carrier, one.tracking_number
        ),
        days=_ends,
        states=orders_words.PARCELS,
        tones=TONES,
        badges=LOOKS,
        said=said,
    )


@blueprint.get("/export.csv")
@guard("orders:read")
def sheet() -> Response:
    """The parcels that the same address shows as a list, those booked last first."""
    with runtime().database.looking() as session:
        places = reach.all_places(session)
        wanted = _asked_for(session, places)
        codes = {one.id: one.code for one in stock.all_locations(session)}
    return sheets.streamed("shipments", _rows(wanted, codes))


def _rows(wanted: Wanted, codes: Mapping[int, str]) -> Iterator[Sequence[str]]:
    language, sees_places = spoken(), personal.may_see()
    zone = runtime().settings.zone
    yield (
        _("Order"),
        _("Shipment"),
        _("Carrier"),
        _("Tracking number"),
        _("State"),
        _("Last scan"),
        _("Place of the last scan"),
        _("Handed to the carrier"),
        _("Promised from"),
        _("Promised until"),
        _("Expected from"),
        _("Expected until"),
        _("Delivered"),
        _("Standing"),
        _("Cause"),
        _("Location"),
    )
    cursor = ""
    while True:
        with runtime().database.looking() as session:
            page = listing.page(session, wanted, cursor=cursor, limit=_PIECE)
            numbers = orders.numbers_of(session, {one.order_id for one in page.items})
        for one in page.items:
            scan = one.last_scan
            yield (
                numbers.get(one.order_id, ""),
                one.shipment_number,
                say(_carrier_name(one.carrier), language),
                one.tracking_number,
                _(orders_words.PARCELS[one.status]),
                _stamp(scan.occurred_at if scan else None, zone),
                scan.place if scan and sees_places else "",
                _stamp(one.handed_over_at, zone),
                *_window(one, one.promised),
                *_window(one, one.estimated),
                _stamp(one.delivered_at, zone),
                say(said.JEOPARDY[one.jeopardy], language),
                say(said.CAUSES[one.cause], language),
                codes.get(one.location_id or 0, ""),
            )
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def _stamp(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""


def _window(parcel: ListedParcel, window: Window | None) -> tuple[str, str]:
    """Both ends of a window: days as days, hours in the zone of the parcel."""
    if window is None:
        return "", ""
    zone = _zone(parcel)
    first, last = (
        _stamp(end, zone) if isinstance(end, datetime) else end.isoformat()
        for end in window.spoken(zone)
    )
    return first, last


def _ends(parcel: ListedParcel, window: Window) -> tuple[date | datetime, date | datetime]:
    return window.spoken(_zone(parcel))


def _zone(parcel: ListedParcel) -> ZoneInfo:
    return ZoneInfo(parcel.zone) if parcel.zone else runtime().settings.zone


def _carrier_name(code: str) -> Words:
    return carriers.name_of(runtime().adapters, code)


def _in_doubt_url() -> str | None:
    """The list of orders whose promise is in doubt, where the desk has one for this colleague."""
    ways = runtime().slots.navigation(Area.DESK, staff().may)
    return next((url_for(one.endpoint) for one in ways if one.endpoint == "delays.listed"), None)


#: What narrows a view, as the address calls it.
_FILTERS: Final = ("q", "state", "carrier", "location", "jeopardy", "by", "from", "until")


def _asked_for(session: Session, places: Sequence[LocationView]) -> Wanted:
    """The parcels that the address of the list asks for, of the locations of who looks."""
    wanted = _wanted(places)
    if not wanted.typed.strip():
        return wanted
    by_order = finding.with_people(
        session, order_lists.Wanted(typed=wanted.typed), sees_people=personal.may_see()
    )
    found = order_lists.page(session, by_order, limit=_MOST_ORDERS).items
    return replace(wanted, order_ids=tuple(one.id for one in found))


def _wanted(places: Sequence[LocationView]) -> Wanted:
    holds = dict(VIEWS[_view()][1])
    state, jeopardy = _one_of(CarrierStatus, "state"), _one_of(Jeopardy, "jeopardy")
    if state is not None:  # a view and a filter that exclude each other: the filter wins
        holds["statuses"] = (state,)
    if jeopardy is not None:
        holds["jeopardies"] = (jeopardy,)
    place = _place(places)
    begin, end, zone = _day("from"), _day("until"), runtime().settings.zone
    return Wanted(
        carrier=_carrier(),
        location_ids=(place.id,) if place else (),
        among=reach.mine(),
        day=_one_of(Day, "by") or Day.PROMISED,
        days_from=datetime.combine(begin, time.min, zone) if begin else None,
        days_until=datetime.combine(end + timedelta(days=1), time.min, zone) if end else None,
        typed=_typed(),
        **holds,
    )


def _view() -> str:
    view = request.args.get("view", "all" if request.args.get("q") else "under_way")
    return view if view in VIEWS else "under_way"


def _typed() -> str:
    return request.args.get("q", "")[:_LONGEST].replace("\0", "")


def _one_of(states: type[_Of], name: str) -> _Of | None:
    return next((one for one in states if one == request.args.get(name)), None)


def _carrier() -> str:
    asked = request.args.get("carrier", "")
    return asked if asked in runtime().adapters.slugs(KIND) else ""


def _place(places: Sequence[LocationView]) -> LocationView | None:
    return next((one for one in places if one.code == request.args.get("location")), None)


def _day(name: str) -> date | None:
    """A day out of the address; what is none, or far from our time, is left out."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None


def _choices(places: Sequence[LocationView]) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in each field of the form, the whole first."""
    language = spoken()
    return {
        "state": [("", _("All")), *((one, _(orders_words.PARCELS[one])) for one in CarrierStatus)],
        "carrier": [
            ("", _("All")),
            *((one, say(_carrier_name(one), language)) for one in runtime().adapters.slugs(KIND)),
        ],
        "location": [("", _("All")), *((one.code, say(one.name, language)) for one in places)],
        "jeopardy": [
            ("", _("All")),
            *((one, say(said.JEOPARDY[one], language)) for one in Jeopardy),
        ],
        "by": [(one, _(label)) for one, label in DAYS.items()],
        "sort": [(one, _(label)) for one, label in SORTS.items()],
    }


@dataclass(frozen=True)
class _Chip:
    """One thing that narrows the list: what it is called, its value, and the list without it."""

    label: str
    value: date | str
    url: str


def _chips(places: Sequence[LocationView]) -> Iterator[_Chip]:
    """What narrows the list beyond its view, each to be taken off alone."""
    language, place = spoken(), _place(places)
    state, jeopardy = _one_of(CarrierStatus, "state"), _one_of(Jeopardy, "jeopardy")
    by = _(DAYS[_one_of(Day, "by") or Day.PROMISED])
    found: tuple[tuple[str, str, date | str | None], ...] = (
        ("q", _("Find a parcel"), _typed()),
        ("state", _("State"), _(orders_words.PARCELS[state]) if state else ""),
        ("carrier", _("Carrier"), say(_carrier_name(_carrier()), language) if _carrier() else ""),
        ("location", _("Location"), say(place.name, language) if place else ""),
        ("jeopardy", _("Standing"), say(said.JEOPARDY[jeopardy], language) if jeopardy else ""),
        ("from", _("%(what)s from", what=by), _day("from")),
        ("until", _("%(what)s until", what=by), _day("until")),
    )
    for name, label, value in found:
        if value is not None and value != "":
            yield _Chip(label, value, _with(cursor=None, **{name: None, "view": _view()}))


def _tab(
    name: str, current: str, counts: Mapping[tuple[CarrierStatus, Jeopardy], int]
) -> dict[str, Any]:
    label, holds = VIEWS[name]
    tab = {
        "label": _(label),
        "url": url_for("console_shipments.several", view=name),
        "is_current": name == current,
    }
    statuses = frozenset(holds.get("statuses", ()))
    if statuses and statuses <= OPEN:
        tab["count"] = sum(
            parcels
            for (status, jeopardy), parcels in counts.items()
            if status in statuses and jeopardy in holds.get("jeopardies", Jeopardy)
        )
    return tab


def _with(endpoint: str = "console_shipments.several", /, **changes: str | None) -> str:
    args = {**request.args.to_dict(), **changes}
    kept = urlencode({name: value for name, value in args.items() if value})
    return f"{url_for(endpoint)}?{kept}"
