"""The counter of a shop: what is to be laid out, who comes for it, and who stands there."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access import personal
from oms_service.access import queries as people
from oms_service.access.guard import actor, guard, staff
from oms_service.catalog import listing as goods
from oms_service.console import pickups_words as words
from oms_service.console import reach
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, places
from oms_service.inventory import queries as stock
from oms_service.inventory.places import ShippingPoint
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound, TooMany
from oms_service.kernel.ids import readable_code
from oms_service.kernel.money import Money
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import Counter, NotPaid, WrongCode
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.pickup import queries
from oms_service.pickup import service as pickups
from oms_service.pickup.policy import Terms
from oms_service.pickup.queries import PickupView
from oms_service.pickup.states import IdentityCheck, PickupState
from oms_service.runtime import runtime
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse import work
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "console_pickups", __name__, url_prefix="/console/pickups", template_folder="templates"
)

PAGE: Final = 30
_LONGEST: Final = 120
_FOUND: Final = 12
_DIGITS: Final = 9
#: Wrong codes that one pickup bears, and searches for nothing that one colleague makes.
_GUESSES: Final = "5/15 minutes"
_MISSES: Final = "30/5 minutes"

VIEWS: Final[Mapping[str, tuple[str, tuple[PickupState, ...]]]] = {
    "due": (N_("To lay out"), (PickupState.RESERVED, PickupState.PREPARING)),
    "ready": (N_("Ready"), (PickupState.READY,)),
    "collected": (N_("Collected"), (PickupState.COLLECTED,)),
    "ended": (
        N_("Not collected"),
        (PickupState.NO_SHOW, PickupState.EXPIRED, PickupState.CANCELLED),
    ),
}


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("pickups:read")
def listed() -> ResponseReturnValue:
    """The pickups of the shop one works in; what is typed or scanned opens the one it means."""
    typed = request.args.get("q", "")[:_LONGEST].replace("\0", "").strip()
    view = request.args.get("view", "due")
    view = view if view in VIEWS else "due"
    with runtime().database.looking() as session:
        points = _points(session)
        here = _here(session, points)
        found = _theirs(_found(session, typed)) if typed else ()
        if len(found) == 1:
            return redirect(url_for("console_pickups.one", number=found[0].number))
        if here is None:
            return render_template("console/pickups_place.html", area="console", points=points)
        try:
            page = queries.page(
                session,
                here.id,
                VIEWS[view][1],
                cursor=request.args.get("cursor", ""),
                limit=PAGE,
            )
        except Invalid:
            return redirect(url_for("console_pickups.listed", view=view))
        shown = found or page.items
        counts = queries.counts(session, here.id)
        heads = orders.by_ids(session, {one.order_id for one in shown if one.order_id})
        known = customers.those(session, {one.customer_id for one in heads.values()})
    if typed and not found:
        flash(_("Nothing waits under that. Try the order number or the name."), "attention")
    return render_template(
        "console/pickups.html",
        area="console",
        here=here,
        points=points,
        pickups=shown,
        is_found=bool(found),
        orders=heads,
        people=known,
        typed=typed,
        tabs=[
            {
                "label": _(label),
                "url": url_for("console_pickups.listed", view=name),
                "is_current": name == view and not found,
                "count": sum(counts.get(state, 0) for state in states)
                if name in {"due", "ready"}
                else None,
            }
            for name, (label, states) in VIEWS.items()
        ],
        now=runtime().clock.now(),
        next_url=url_for("console_pickups.listed", view=view, cursor=page.next_cursor)
        if page.next_cursor and not found
        else None,
        words=words,
    )


@blueprint.post("/place")
@guard("pickups:read")
def choose_place() -> ResponseReturnValue:
    """Remember in which shop the colleague works."""
    with runtime().unit_of_work(actor()) as uow:
        wanted = _whole(request.form.get("location", ""))
        if wanted not in {point.id for point in _points(uow.session)}:
            abort(404)
        work.work_at(uow, wanted)
    return redirect(url_for("console_pickups.listed"), 303)


@blueprint.get("/<number>")
@guard("pickups:read")
def one(number: str) -> str:
    """One pickup: what is in it, what is due, and handing it over."""
    with runtime().database.looking() as session:
        code = request.args.get("code", "")[:_LONGEST].replace("\0", "")
        return _page(session, queries.by_number(session, number), typed={"code": code})


@blueprint.post("/<number>/<any(prepare, ready, extend):how>")
@guard("pickups:work")
def turn(number: str, how: str) -> ResponseReturnValue:
    """Begin to lay it out, say that it lies ready, or keep it longer."""
    commands: Mapping[str, tuple[Callable[..., PickupView], str]] = {
        "prepare": (collecting.prepare, N_("You are laying it out.")),
        "ready": (collecting.make_ready, N_("Ready. The customer may come.")),
        "extend": (collecting.extend, N_("It is kept longer.")),
    }
    do, said = commands[how]
    return _done(number, lambda uow, of, version: do(uow, of, version=version), _(said))


@blueprint.post("/<number>/cancel")
@guard("pickups:work")
def cancel(number: str) -> ResponseReturnValue:
    """Nobody comes for it."""

    def do(uow: UnitOfWork, of: int, version: int) -> object:
        return collecting.cancel(uow, of, reason="no_longer_needed", version=version)

    return _done(number, do, _("Called off. The goods are free again."))


@blueprint.post("/<number>/collect")
@guard("pickups:work")
def collect(number: str) -> ResponseReturnValue:
    """Hand over what was counted on the page, once somebody has shown who they are."""
    with runtime().database.looking() as session:
        found = queries.by_number(session, number)
    errors: dict[str, str] = {}
    check = request.form.get("check", "")
    if check not in set(IdentityCheck):
        errors["check"] = _("Choose what you have checked.")
    try:
        if check == IdentityCheck.CODE:  # counted first: many at once are no way around
            runtime().limits.take("pickup-code", found.number, _GUESSES)
        if not errors:
            with runtime().unit_of_work(actor()) as uow:
                at = _at_counter(uow, found, IdentityCheck(check))
                version = _whole(request.form.get("version", "")) or 0
                done = collecting.collect(uow, found.id, at, version=version)
            is_whole = done.state is PickupState.COLLECTED
            said = _("Handed over.") if is_whole else _("Handed over in part. The rest waits here.")
            flash(said, "success")
            return redirect(url_for("console_pickups.one", number=number), 303)
    except WrongCode as error:
        errors["code"] = _refusal(error)
    except NotPaid:
        errors["paid"] = _("Take the money first, then say so here.")
    except Invalid:
        errors["units"] = _("So many do not lie here. Please count again.")
    except DomainError as error:
        errors["handing"] = _refusal(error)
    with runtime().database.looking() as session:
        page = _page(session, queries.by_number(session, number), errors, request.form.to_dict())
        return page, 422


@blueprint.get("/customers")
@guard("customers:personal")
def at_the_counter() -> str:
    """Who stands at the counter: their orders and pickups, and where else something lies."""
    typed = request.args.get("q", "")[:_LONGEST].replace("\0", "").strip()
    wanted = request.args.get("goods", "")[:_LONGEST].replace("\0", "").strip()
    customer_id = _whole(request.args.get("customer", ""))
    with runtime().database.looking() as session:
        found = customers.search(session, typed, limit=_FOUND) if typed else ()
        if customer_id is None and len(found) == 1:
            customer_id = found[0].id
        person = customers.find(session, customer_id) if customer_id is not None else None
        if customer_id is not None and person is None:
            raise NotFound("no such customer")
        bought = orders.summaries(session, person.id, limit=_FOUND) if person else ()
        waits = _theirs(queries.of_orders(session, [one.order.id for one in bought]))
        things = (
            goods.page(session, goods.Wanted(typed=wanted), limit=_FOUND).items if wanted else ()
        )
        free = stock.to_promise(session, [one.id for one in things])
        names = {place.id: place.name for place in stock.locations(session)}
        known = {one.id: customers.mail_of(session, one.id) for one in found}
    return render_template(
        "console/pickups_customer.html",
        area="console",
        typed=typed,
        goods_typed=wanted,
        found=found if person is None else (),
        known=known,
        person=person,
        bought=bought,
        pickups={one.order_id: one for one in waits},
        things=things,
        free=free,
        places=names,
        words=words,
    )


@blueprint.get("/terms")
@guard("pickups:manage")
def terms() -> ResponseReturnValue:
    """When the shop is open, and how long it keeps things."""
    with runtime().database.looking() as session:
        here = _here(session, _points(session))
        if here is None:
            return redirect(url_for("console_pickups.listed"))
        return _terms_page(here, queries.terms(session, here.id))


@blueprint.post("/terms")
@guard("pickups:manage")
def set_terms() -> ResponseReturnValue:
    """Take the terms as typed, or say which cannot be."""
    location_id = _whole(request.form.get("location", "")) or 0
    with runtime().database.looking() as session:
        points = {point.id: point for point in _points(session)}
        if location_id not in points:
            abort(404)
        now = queries.terms(session, location_id)
    errors: dict[str, str] = {}
    try:
        with runtime().unit_of_work(actor()) as uow:
            pickups.set_terms(uow, location_id, _typed_terms(now))
    except Invalid as error:
        errors = {name: _("Please check this.") for name in error.fields}
    except DomainError as error:
        errors = {"hours": _refusal(error)}
    else:
        flash(_("The terms are kept."), "success")
        return redirect(url_for("console_pickups.terms"), 303)
    return _terms_page(points[location_id], now, errors, request.form.to_dict()), 422


def waiting() -> int | None:
    """What is to be laid out in the shop where the colleague works."""
    with runtime().database.looking() as session:
        place = warehouse.workplace(session, actor().ref)
        if place is None:
            return None
        counts = queries.counts(session, place)
    return counts[PickupState.RESERVED] + counts[PickupState.PREPARING]


def order_panel(subject: Mapping[str, object]) -> str | None:
    """Where an order is fetched; nothing where it is sent."""
    order_id = subject.get("order_id")
    if not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        found = queries.of_order(session, order_id)
        if found is None:
            return None
        place = stock.location(session, found.location_id)
    return render_template("console/pickups_panel.html", pickup=found, place=place, words=words)


def _points(session: Session) -> tuple[ShippingPoint, ...]:
    """The shops where customers fetch things, of those that are the colleague's."""
    mine = reach.mine()
    return tuple(one for one in places.pickup_points(session) if not mine or one.id in mine)


def _here(session: Session, points: tuple[ShippingPoint, ...]) -> ShippingPoint | None:
    chosen = warehouse.workplace(session, actor().ref)
    if len(points) == 1:
        chosen = points[0].id
    return next((point for point in points if point.id == chosen), None)


def _theirs(pickups: tuple[PickupView, ...]) -> tuple[PickupView, ...]:
    mine = reach.mine()
    return tuple(one for one in pickups if not mine or one.location_id in mine)


def _found(session: Session, typed: str) -> tuple[PickupView, ...]:
    """Open pickups that somebody means by a code, a number, an order's number or a name."""
    who = str(staff().id)
    try:
        runtime().limits.check("pickup-search", who, _MISSES)
    except TooMany as error:
        flash(_refusal(error), "attention")
        return ()
    for look in (queries.by_code, queries.by_number):
        try:
            return (look(session, typed),)
        except NotFound:
            continue
    try:
        ids = {orders.find(session, typed).id}
    except NotFound:
        people_found = customers.search(session, typed, limit=_FOUND) if personal.may_see() else ()
        ids = {of for one in people_found for of in orders.ids_of_customer(session, one.id)}
    found = queries.of_orders(session, ids)
    if not found:
        runtime().limits.take("pickup-search", who, _MISSES)
    return found


def _done(
    number: str, do: Callable[[UnitOfWork, int, int], object], said: str
) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = queries.by_number(uow.session, number)
            do(uow, found.id, _whole(request.form.get("version", "")) or 0)
    except NotFound:
        raise
    except DomainError as error:
        flash(_refusal(error), "danger")
    else:
        flash(said, "success")
    return redirect(url_for("console_pickups.one", number=number), 303)


def _at_counter(uow: UnitOfWork, found: PickupView, check: IdentityCheck) -> Counter:
    form = request.form
    units: dict[int, int] | None = None
    if any(name.startswith("units-") for name in form) and not found.is_reservation:
        units = {}
        for name, typed in form.items():
            line = _whole(name.removeprefix("units-")) if name.startswith("units-") else None
            if line is not None:
                count = _whole(typed.strip() or "0")
                units[line] = -1 if count is None else count
    paid = None
    if form.get("paid") and found.order_id is not None:
        paid = collecting.due(uow, found.order_id)
    return Counter(
        check=check,
        code=form.get("code", "")[:_LONGEST],
        units=units,
        paid=paid,
        key=form.get("key", "")[:40],
    )


def _page(
    session: Session,
    found: PickupView,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    order = orders.by_id(session, found.order_id) if found.order_id is not None else None
    lines = orders.lines(session, order.id) if order else ()
    there: dict[int, int] = {}
    for pick in stock.promised(session, [line.id for line in lines]):
        if pick.location_id == found.location_id:
            there[pick.order_line_id] = pick.quantity
    if found.is_reservation:
        there = {line.id: line.counters.ordered for line in lines}
    due = None
    if order is not None:
        sums = payments.sums(session, order.id)
        left = order.total.minor - sums.kept - sums.open_authorization
        due = Money(max(0, left), order.total.currency)
    names = people.staff_names(session.connection())
    return render_template(
        "console/pickup.html",
        area="console",
        pickup=found,
        order=order,
        lines=lines,
        there=there,
        due=due,
        person=customers.find(session, order.customer_id) if order else None,
        place=stock.location(session, found.location_id),
        handovers=queries.handovers(session, found.id),
        transfers=[
            papers.transfer_by_id(session, one) for one in queries.transfers_of(session, found.id)
        ],
        names={f"{ActorKind.STAFF}:{one}": name for one, name in names.items()},
        key=(typed or {}).get("key") or readable_code(16),
        errors=errors or {},
        typed=typed or {},
        now=runtime().clock.now(),
        words=words,
        checks=IdentityCheck,
    )


def _terms_page(
    here: ShippingPoint,
    now: Terms,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    kept = {
        **{f"hours-{day}": _said_hours(hours) for day, hours in enumerate(now.hours)},
        **{
            name: str(getattr(now, name))
            for name in ("handling_minutes", "hold_days", "extension_days", "transfer_days")
        },
        "address-ja": now.address.get("ja", ""),
        "address-en": now.address.get("en", ""),
        "latitude": "" if now.latitude is None else str(now.latitude),
        "longitude": "" if now.longitude is None else str(now.longitude),
    }
    return render_template(
        "console/pickups_terms.html",
        area="console",
        here=here,
        version=now.version,
        typed={**kept, **(typed or {})},
        errors=errors or {},
        words=words,
    )


def _said_hours(hours: tuple[int, int] | None) -> str:
    if hours is None:
        return ""
    opens, closes = hours
    return f"{opens // 60}:{opens % 60:02}-{closes // 60}:{closes % 60:02}"


def _typed_terms(now: Terms) -> Terms:
    form = request.form

    def days(name: str) -> int:
        count = _whole(form.get(name, "").strip())
        return -1 if count is None else count

    return Terms(
        hours=tuple(_typed_hours(form.get(f"hours-{day}", "")) for day in range(7)),
        handling_minutes=days("handling_minutes"),
        hold_days=days("hold_days"),
        extension_days=days("extension_days"),
        transfer_days=days("transfer_days"),
        address={**now.address, "ja": form.get("address-ja", ""), "en": form.get("address-en", "")},
        latitude=_degrees(form.get("latitude", "")),
        longitude=_degrees(form.get("longitude", "")),
        version=days("version"),
    )


def _typed_hours(typed: str) -> tuple[int, int] | None:
    """Opening hours out of ``10:00-20:00``; what cannot be read closes before it opens."""
    if not typed.strip():
        return None
    parts = typed.replace("–", "-").replace("~", "-").replace("〜", "-").split("-")
    if len(parts) != 2:  # noqa: PLR2004 - opens and closes
        return (1, 0)
    opens, closes = (_minutes(part) for part in parts)
    return (opens, closes) if opens is not None and closes is not None else (1, 0)


def _minutes(typed: str) -> int | None:
    hours, _colon, minutes = typed.strip().partition(":")
    if not hours.isascii() or not hours.isdecimal() or len(hours) > 2:  # noqa: PLR2004 - digits
        return None
    if minutes and (not minutes.isascii() or not minutes.isdecimal() or len(minutes) > 2):  # noqa: PLR2004 - digits
        return None
    return int(hours) * 60 + int(minutes or 0)


def _degrees(typed: str) -> float | None:
    if not typed.strip():
        return None
    try:
        found = float(typed)
    except ValueError:
        return 1_000.0
    return found if abs(found) <= 180 else 1_000.0  # noqa: PLR2004 - degrees; NaN is none of them


def _refusal(error: DomainError) -> str:
    return _(words.REFUSALS.get(error.code, words.OTHERWISE))


def _whole(typed: str) -> int | None:
    """A whole number out of a form; None where it is none of ours."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else None
