"""Where orders ship from: why, by which rules, from which locations, and by which carriers."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from markupsafe import Markup

from oms_service.access.guard import actor, guard
from oms_service.console import service_rows
from oms_service.inventory import places
from oms_service.inventory import queries as stock
from oms_service.inventory.places import LocationChanged, ShippingPoint
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, say
from oms_service.kernel.money import Money
from oms_service.operations.rules import sourcing_rules
from oms_service.operations.sources import sourcing_closing, sourcing_words
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.shipping import carriers, services
from oms_service.shipping.services import NewService, ServiceChanged, ServiceView
from oms_service.sourcing import decisions
from oms_service.sourcing.decisions import DecisionView
from oms_service.web import formats
from oms_service.web.texts import gettext, lazy

_ = gettext

blueprint = Blueprint(
    "console_sourcing", __name__, url_prefix="/console/sourcing", template_folder="templates"
)

#: The amounts of the rules, in the order of the form.
AMOUNTS: Final = {
    "split_minor": lazy("Each location after the first"),
    "part_minor": lazy("Each line, or part of one, packed on its own"),
    "late_minor": lazy("Each day after the promised day"),
    "day_minor": lazy("Each day on the way"),
    "shop_minor": lazy("Sending from a shop"),
    "runs_low_minor": lazy("Taking from where little is left"),
    "priority_minor": lazy("Each place down the list of locations"),
    "distance_minor": lazy("Each area farther, where no carrier's price is known"),
}
FIRST: Final = {
    "late": lazy("In time"),
    "split": lazy("As few locations as can be"),
    "shop": lazy("Shops last"),
    "priority": lazy("The list of locations"),
}


def order_panel(context: Mapping[str, object]) -> str | None:
    """Where an order ships from, and why, beside it."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    language = _language()
    with runtime().database.looking() as session:
        found = decisions.of_order(session, order_id)
        if not found:
            return None
        order = orders.by_id(session, order_id)
        lines = {line.id: line for line in orders.lines(session, order_id)}
        points = {point.id: point for point in places.shipping_points(session)}
        promised = stock.promised(session, list(lines))

    def money(minor: int) -> str:
        return formats.money(Money(minor, order.total.currency), language)

    units: dict[int, int] = {}
    for pick in promised:
        units[pick.location_id] = units.get(pick.location_id, 0) + pick.quantity
    return Markup(  # noqa: S704 - a template of ours escapes what it shows
        render_template(
            "console/sourcing_panel.html",
            now=[
                (say(points[place].name, language), count)
                for place, count in sorted(units.items())
                if place in points
            ],
            waiting=sum(line.counters.backordered for line in lines.values()),
            decisions=[_told(one, points, language, money) for one in reversed(found)],
        )
    )


@blueprint.get("")
@guard("sourcing:read")
def overview() -> str:
    """Locations, rules and carriers' services."""
    with runtime().database.looking() as session:
        points = places.shipping_points(session)
        promised = places.promised_units(session, [point.id for point in points])
        channels = sales.channels(session)
        now = runtime().clock.now()
        rules = {
            channel.code: sales.policy(session, channel.id, sourcing_rules.SOURCING, at=now)
            for channel in channels
        }
        offered = services.services(session)
    return render_template(
        "console/sourcing.html",
        area="console",
        points=points,
        promised=promised,
        channels=channels,
        rules=rules,
        services=offered,
        carrier=_carrier,
        said=_said,
        reasons=[(code, _said(words)) for code, words in sourcing_words.REASONS.items()],
        reason=lambda code: _said(sourcing_words.REASONS.get(code, {})),
    )


@blueprint.post("/locations/<code>/close")
@guard("sourcing:manage")
def close(code: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            place = _place(places.shipping_points(uow.session), code)
            done = sourcing_closing.close_location(
                uow, place.id, reason=request.form.get("reason", "")
            )
    except Invalid:
        flash(_("Choose why it closes."), "danger")
    else:
        if done:
            flash(_("Nothing is sent from there any more. Its orders are being moved."), "success")
        else:
            flash(_("It was closed already."), "attention")
    return redirect(url_for("console_sourcing.overview"), 303)


@blueprint.post("/locations/<code>/open")
@guard("sourcing:manage")
def open_again(code: str) -> ResponseReturnValue:
    with runtime().unit_of_work(actor()) as uow:
        place = _place(places.shipping_points(uow.session), code)
        done = sourcing_closing.open_location(uow, place.id)
    if done:
        flash(_("Orders are sent from there again."), "success")
    else:
        flash(_("It was open already."), "attention")
    return redirect(url_for("console_sourcing.overview"), 303)


@blueprint.route("/locations/<code>", methods=["GET", "POST"])
@guard("sourcing:manage")
def location(code: str) -> ResponseReturnValue:
    """How willingly orders are sent from a location."""
    errors: dict[str, str] = {}
    with runtime().database.looking() as session:
        place = _place(places.shipping_points(session), code)
    if request.method == "POST":
        try:
            with runtime().unit_of_work(actor()) as uow:
                places.rate(
                    uow,
                    place.id,
                    ships_orders="ships_orders" in request.form,
                    priority=_number("priority", errors),
                    handling_minor=_number("handling_minor", errors),
                    version=_number("version", errors),
                )
        except LocationChanged:
            errors["version"] = _("Somebody changed this meanwhile. Look at it again.")
        except Invalid as wrong:
            errors |= {name: _("Enter a whole number from 0 on.") for name in wrong.fields}
        if not errors:
            flash(_("Saved."), "success")
            return redirect(url_for("console_sourcing.overview"), 303)
    page = render_template(
        "console/sourcing_location.html",
        area="console",
        place=place,
        name=_said(place.name),
        errors=errors,
        typed=request.form,
    )
    return (page, 422) if errors else page


@blueprint.route("/rules/<code>", methods=["GET", "POST"])
@guard("sourcing:manage")
def rules_of(code: str) -> ResponseReturnValue:
    """The rules of a channel; what is saved is a new version."""
    errors: dict[str, str] = {}
    with runtime().database.looking() as session:
        channel = sales.channel(session, code)
        held = sales.policy(session, channel.id, sourcing_rules.SOURCING, at=runtime().clock.now())
        points = places.shipping_points(session)
    given = dict(held.rules) if held else {}
    if request.method == "POST":
        given = _rules_typed(errors)
        if not errors:
            errors = _adopt(channel, given, points)
        if not errors:
            flash(_("These rules hold from now on."), "success")
            return redirect(url_for("console_sourcing.overview"), 303)
    usual = sourcing_rules.USUAL
    page = render_template(
        "console/sourcing_rules.html",
        area="console",
        channel=channel,
        name=_said(channel.name),
        version=held.version if held else 0,
        rules={name: getattr(usual, name) for name in AMOUNTS} | given,
        typed=request.form,
        amounts=AMOUNTS,
        first=FIRST,
        points=points,
        said=_said,
        errors=errors,
    )
    return (page, 422) if errors else page


@blueprint.route("/services/<int:service_id>", methods=["GET", "POST"])
@guard("sourcing:manage")
def service(service_id: int) -> ResponseReturnValue:
    """What a carrier's service costs and takes."""
    errors: dict[str, str] = {}
    with runtime().database.looking() as session:
        known = services.service_by_id(session, service_id)
    steps, areas = service_rows.steps_of(known.rates), service_rows.areas_of(known.remote)
    if request.method == "POST":
        steps, prices = service_rows.read_steps(request.form)
        areas, remote = service_rows.read_areas(request.form)
        errors |= steps.errors | areas.errors
        changed = _service_typed(known, prices, remote, errors)
        if not errors:
            try:
                with runtime().unit_of_work(actor()) as uow:
                    services.change_service(
                        uow, service_id, changed, version=_number("version", errors)
                    )
            except ServiceChanged:
                errors["version"] = _("Somebody changed this meanwhile. Look at it again.")
            except Invalid as wrong:
                errors = service_rows.explain(wrong.fields, steps, areas)
        if not errors:
            flash(_("Saved. It holds for parcels from now on."), "success")
            return redirect(url_for("console_sourcing.overview"), 303)
    page = render_template(
        "console/sourcing_service.html",
        area="console",
        service=known,
        carrier=_carrier(known.carrier),
        name=_said(known.name),
        steps=steps,
        areas=areas,
        typed=request.form,
        errors=errors,
    )
    return (page, 422) if errors else page


def _told(
    one: DecisionView,
    points: Mapping[int, ShippingPoint],
    language: Language,
    money: Any,
) -> dict[str, Any]:
    return {
        "kind": sourcing_words.KINDS[one.kind][language],
        "at": one.decided_at,
        "is_exact": one.is_exact,
        "most": one.most_locations,
        "waiting": sum(one.waiting.values()),
        "locations": [
            {
                "name": say(points[looked["location"]].name, language),
                "units": looked["units"],
                "why": [
                    sourcing_words.why(cause, language, money=money) for cause in looked["causes"]
                ],
            }
            for looked in sorted(one.looked_at, key=lambda looked: -looked["units"])
            if looked["location"] in points
        ],
    }


def _adopt(
    channel: ChannelView,
    given: Mapping[str, Any],
    points: tuple[ShippingPoint, ...],
) -> dict[str, str]:
    """Put rules in force; what is wrong with them, by field."""
    seen = _number("version", {})
    try:
        with runtime().unit_of_work(actor()) as uow:
            sourcing_rules.adopt(
                uow,
                channel_id=channel.id,
                rules=given,
                text={},
                known_locations=frozenset(point.code for point in points),
                after=seen,
            )
    except sourcing_rules.RulesChanged:
        return {"version": _("Somebody changed this meanwhile. Look at it again.")}
    except Invalid as wrong:
        return {name: _wrong(name, why) for name, why in wrong.fields.items()}
    return {}


def _rules_typed(errors: dict[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {name: _number(name, errors) for name in AMOUNTS}
    for name in ("promise_days", "most_locations"):
        if request.form.get(name, "").strip():
            given[name] = _number(name, errors)
    given["judge_first"] = [one for one in FIRST if one in request.form.getlist("judge_first")]
    given["excluded_locations"] = request.form.getlist("excluded_locations")
    given["priority"] = request.form.get("priority", "").replace(",", " ").split()
    return given


def _service_typed(
    known: ServiceView,
    prices: Mapping[str, Any],
    remote: Mapping[str, Any],
    errors: dict[str, str],
) -> NewService:
    def maybe(name: str) -> int | None:
        return _number(name, errors) if request.form.get(name, "").strip() else None

    return NewService(
        carrier=known.carrier,
        service=known.service,
        name=known.name,
        currency=known.currency,
        max_weight_g=_number("max_weight_g", errors),
        max_sides_mm=maybe("max_sides_mm"),
        max_longest_mm=maybe("max_longest_mm"),
        max_thickness_mm=maybe("max_thickness_mm"),
        extra_days=_number("extra_days", errors),
        has_cash_on_delivery="has_cash_on_delivery" in request.form,
        rates=prices,
        remote=remote,
        is_active="is_active" in request.form,
    )


def _number(name: str, errors: dict[str, str]) -> int:
    typed = request.form.get(name, "").strip()
    if typed.isascii() and typed.isdecimal() and len(typed) <= 9:  # noqa: PLR2004 - fits a column
        return int(typed)
    errors[name] = _("Enter a whole number from 0 on.")
    return 0


def _wrong(name: str, why: str) -> str:
    return str(_("%(name)s: %(why)s", name=name, why=why))


def _place(points: tuple[ShippingPoint, ...], code: str) -> ShippingPoint:
    return places.by_code(points, code)


def _carrier(code: str) -> str:
    return say(carriers.name_of(runtime().adapters, code), _language())


def _said(words: Mapping[str, str]) -> str:
    return say(words, _language())


def _language() -> Language:
    return Language(str(get_locale()))
