"""The audit log: who did what, when and to what; filtered, and as a file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access import queries as people
from oms_service.access import words
from oms_service.access.guard import guard
from oms_service.console import audit_codes, audit_words, sheets
from oms_service.infra import trail, trail_words
from oms_service.infra.trail import Fact, Wanted
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.events import known
from oms_service.kernel.money import EXPONENTS, Money
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.web import formats
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_audit", __name__, url_prefix="/console/audit", template_folder="templates"
)

PAGE: Final = 50
_PIECE: Final = 500
_LONGEST: Final = 60
_DIGITS: Final = 12
_YEARS: Final = (2000, 2099)
#: How times and days stand in events.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DAY: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
ACTORS: Final[Mapping[ActorKind, str]] = {
    ActorKind.STAFF: N_("Colleagues"),
    ActorKind.CUSTOMER: N_("Customers"),
    ActorKind.BOT: N_("The chat"),
    ActorKind.INTEGRATION: N_("Programs"),
    ActorKind.CARRIER: N_("Carriers"),
    ActorKind.SYSTEM: N_("The system"),
}
#: What one of each kind is called where it acted alone.
_ONE: Final[Mapping[ActorKind, str]] = {
    ActorKind.CUSTOMER: N_("Customer no. %(id)s"),
    ActorKind.BOT: N_("The chat"),
    ActorKind.INTEGRATION: N_("Program no. %(id)s"),
    ActorKind.CARRIER: N_("Carrier %(id)s"),
    ActorKind.SYSTEM: N_("The system"),
}
FILTERS: Final = ("who", "kind", "of", "about", "from", "until", "together")


@blueprint.get("")
@guard("health:read")
def listed() -> ResponseReturnValue:
    """What happened, newest first; all that narrows it is in the address."""
    with runtime().database.looking() as session:
        wanted, is_known = _wanted(session)
        try:
            found = trail.page(session, wanted, cursor=request.args.get("cursor", ""), limit=PAGE)
        except Invalid:
            return redirect(url_for("console_audit.listed"))
        facts = found.items if is_known else ()
        names = people.staff_names(session)
        numbers = _numbers(session, facts)
    return render_template(
        "console/audit.html",
        area="console",
        facts=facts,
        who=lambda fact: _who(fact, names),
        about=lambda fact: _about(fact, numbers, names),
        called=_called,
        numbers=numbers,
        details=lambda fact: _in_words(fact, names),
        colleagues=sorted(names.items(), key=lambda one: one[1]),
        actors=ACTORS,
        kinds=_kinds(),
        args={name: request.args.get(name, "") for name in FILTERS},
        is_narrowed=any(request.args.get(name) for name in FILTERS),
        export_url=_with("console_audit.sheet", cursor=None),
        next_url=_with(cursor=found.next_cursor) if found.next_cursor and is_known else None,
        first_url=_with(cursor=None) if request.args.get("cursor") else None,
        order_id=_order_id,
    )


@blueprint.get("/export.csv")
@guard("health:read")
def sheet() -> Response:
    """What the same address shows as a list, all of it."""
    with runtime().database.looking() as session:
        wanted, is_known = _wanted(session)
        names = people.staff_names(session)
    return sheets.streamed("audit", _rows(wanted if is_known else None, names))


def _rows(wanted: Wanted | None, names: Mapping[int, str]) -> Iterator[Sequence[str]]:
    zone = runtime().settings.zone
    yield (
        _("When"),
        _("Who"),
        _("Event"),
        _("Of what"),
        _("Details"),
        _("Together with"),
        _("Name of the event"),
    )
    cursor = ""
    while wanted is not None:
        with runtime().database.looking() as session:
            found = trail.page(session, wanted, cursor=cursor, limit=_PIECE)
            numbers = _numbers(session, found.items)
        for fact in found.items:
            yield (
                fact.at.astimezone(zone).isoformat(timespec="seconds"),
                _who(fact, names),
                _called(fact),
                _about(fact, numbers, names),
                "; ".join(f"{name}={value}" for name, value in _details(fact)),
                str(fact.correlation_id),
                fact.name,
            )
        if not found.next_cursor:
            return
        cursor = found.next_cursor


def _wanted(session: Session) -> tuple[Wanted, bool]:
    """What the address asks for, and whether there can be such a thing at all."""
    args = request.args
    zone = runtime().settings.zone
    begin, end = _day("from"), _day("until")
    who = args.get("who", "")
    typed = args.get("about", "")[:_LONGEST].replace("\0", "").strip()
    about, is_known = "", True
    thing, _colon, one = typed.partition(":")
    if thing in audit_words.THINGS and one.isascii() and one.isdecimal():
        about = f"{thing}:{one}"
    elif typed:
        try:
            about = f"order:{orders.find(session, typed).id}"
        except NotFound:
            is_known = False
    wanted = Wanted(
        actor=f"staff:{who}" if who.isascii() and who.isdecimal() and len(who) < _DIGITS else "",
        kind=next((one for one in ActorKind if one == args.get("kind")), None),
        of=next((one for one in known() if one.startswith(f"{args.get('of')}.")), "").partition(
            "."
        )[0],
        about=about,
        correlation_id=_uuid(args.get("together", "")),
        since=datetime.combine(begin, time.min, zone) if begin else None,
        until=datetime.combine(end + timedelta(days=1), time.min, zone) if end else None,
    )
    return wanted, is_known


def _uuid(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None


def _who(fact: Fact, names: Mapping[int, str]) -> str:
    by = Actor.from_ref(fact.actor)
    if by.kind is ActorKind.STAFF:
        return names.get(int(by.id), "") if by.id.isdecimal() else by.id
    return str(gettext(_ONE[by.kind], id=by.id))


def _called(fact: Fact) -> str:
    """What happened, as people say it; of what nobody has named, that something happened."""
    words = trail_words.called().get(fact.name)
    return (
        str(gettext(words))
        if words
        else str(_("Something else happened (%(name)s)", name=fact.name))
    )


def _kinds() -> list[tuple[str, str]]:
    """What events are about: their first words, with what each is called, in the reader's order."""
    first = {name.partition(".")[0] for name in known()}
    every = {**audit_words.THINGS, **audit_words.NOUNS}
    return sorted(
        ((one, str(gettext(every[one])) if one in every else one) for one in first),
        key=lambda one: one[1],
    )


def _about(fact: Fact, numbers: Mapping[int, str], names: Mapping[int, str]) -> str:
    thing, _colon, one = fact.about.partition(":")
    said = str(gettext(audit_words.THINGS[thing])) if thing in audit_words.THINGS else thing
    if thing == "staff":
        return names.get(int(one), "") if int(one) else str(_("Somebody unknown"))
    if thing == "export":
        return f"{said}: {_value(one)}"
    order_id = _order_id(fact)
    return f"{said} {numbers.get(order_id, one) if order_id is not None else one}"


def _order_id(fact: Fact) -> int | None:
    thing, _colon, one = fact.about.partition(":")
    return int(one) if thing == "order" and one.isdecimal() else None


def _numbers(session: Session, facts: Sequence[Fact]) -> dict[int, str]:
    ids = {found for fact in facts if (found := _order_id(fact)) is not None}
    return orders.numbers_of(session, ids) if ids else {}


def _details(fact: Fact) -> list[tuple[str, Any]]:
    """What the event carries beyond the thing it is about; ids, codes, amounts and times only."""
    thing = fact.about.partition(":")[0]
    return [
        (name, value)
        for name, value in fact.told.items()
        if name != f"{thing}_id" and value not in (None, "", [])
    ]


def _in_words(fact: Fact, names: Mapping[int, str]) -> list[tuple[str, str]]:
    """The same for people: what they know by a name, amounts, days and times in their form."""
    told, found = dict(_details(fact)), []
    currency = str(told.pop("currency", ""))
    for name, value in told.items():
        if name == "staff_id":
            found.append((str(_("Colleague")), names.get(int(value), "")))
        elif name.endswith("_id") or value is False:
            continue  # a number of the house's own, and what is not so
        else:
            called = audit_words.DETAILS.get(name)
            said = "" if value is True else _said(name, value, currency)
            found.append((str(gettext(called)) if called else name.replace("_", " "), said))
    return found


def _said(name: str, value: Any, currency: str) -> str:
    """A value of an event as people read it."""
    language = spoken()
    match value:
        case list():
            return ", ".join(_said(name, one, currency) for one in value)
        case int() if name.endswith("_minor") and currency in EXPONENTS:
            return formats.money(Money(value, currency), language)
        case int():
            return formats.number(value, language)
        case _ if name == "scopes":
            return str(words.PERMISSIONS.get(str(value), value))
    return _time(str(value)) or _value(str(value))


def _time(text: str) -> str:
    """A moment or a day as people read it; empty for what is neither."""
    house, language = runtime(), spoken()
    zone = house.settings.zone
    try:
        if _MOMENT.match(text):
            return formats.stamp(datetime.fromisoformat(text), zone=zone, language=language)
        if _DAY.fullmatch(text):
            day, now = date.fromisoformat(text), house.clock.now()
            return formats.day(day, now=now, zone=zone, language=language, relative=False)
    except ValueError:
        pass
    return ""


def _value(code: str) -> str:
    called = audit_words.VALUES.get(code) or audit_codes.CODES.get(code)
    return str(gettext(called)) if called else code.replace("_", " ")


def _with(endpoint: str = "console_audit.listed", **changes: str | None) -> str:
    kept = {**request.args.to_dict(), **changes}
    said = urlencode({name: value for name, value in kept.items() if value})
    return f"{url_for(endpoint)}?{said}"
