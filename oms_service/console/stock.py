"""Stock at the console: what lies where, why it is so, and moving it by hand."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access.guard import actor, guard
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.console import reach, sheets
from oms_service.console import stock_forms as forms
from oms_service.console import stock_words as words
from oms_service.inventory import course, handling, papers, queries, reservations
from oms_service.inventory.course import DayLevel
from oms_service.inventory.queries import Only
from oms_service.inventory.states import Handling
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.runtime import runtime
from oms_service.web.charts import Chart, Pace, Series, Unit
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "console_stock", __name__, url_prefix="/console/stock", template_folder="templates"
)

PAGE: Final = 50
#: So many days the course of a level is shown.
COURSE_DAYS: Final = 28
VIEWS: Final[Mapping[Only, str]] = {
    Only.ALL: N_("All stock"),
    Only.LOW: N_("Running low"),
    Only.NEGATIVE: N_("Safety stock used"),
    Only.APART: N_("Set apart"),
    Only.INCOMING: N_("Goods on the way"),
}


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@blueprint.get("")
@guard("stock:read")
def listed() -> ResponseReturnValue:
    """The list; a code that names exactly one item opens it, as a scanner wants."""
    search = request.args.get("q", "").strip()[:100]
    view = _view()
    with runtime().database.looking() as session:
        among = None
        if search:
            exact = catalog.variants_by_code(session, [search]).get(search)
            if exact is not None:
                return redirect(url_for("console_stock.one", sku=exact.sku), 303)
            among = [one.id for one in catalog.search(session, search)]
        places = reach.places(session)
        location_id = _chosen(places)
        if location_id is None and reach.mine():
            location_id = next((one.id for one in places), 0)
        found = queries.levels(
            session,
            only=view,
            location_id=location_id,
            variant_ids=among,
            cursor=request.args.get("after", ""),
            limit=PAGE,
        )
        variants = catalog.variants(session, {level.variant_id for level in found.items})
    kept = {"q": search, "location": request.args.get("location", "")}
    args: dict[str, Any] = {name: value for name, value in kept.items() if value}
    here = {"view": view.value, **args}
    return render_template(
        "console/stock/list.html",
        area="console",
        levels=found.items,
        variants=variants,
        named=words.named,
        places=places,
        names={place.id: words.in_words(place.name) for place in places},
        location=args.get("location", ""),
        search=search,
        view=view,
        tabs=[
            {
                "label": _(word),
                "url": url_for("console_stock.listed", view=one.value, **args),
                "is_current": one is view,
            }
            for one, word in VIEWS.items()
        ],
        **forms.paging("console_stock.listed", here, found.next_cursor),
    )


@blueprint.get("/<sku>")
@guard("stock:read")
def one(sku: str) -> str:
    """One item at every location, and the ledger of one of them."""
    with runtime().database.looking() as session:
        return render_template("console/stock/one.html", **_page(session, sku))


@blueprint.get("/<sku>/levels.csv")
@guard("stock:read")
def levels_file(sku: str) -> Response:
    """How one level went day by day, as a file."""
    with runtime().database.looking() as session:
        variant = _variant(session, sku)
        wanted = request.args.get("at", "")
        place = next((one for one in reach.all_places(session) if one.code == wanted), None)
        if place is None:
            raise NotFound("no such location")
        found = course.days(session, variant.id, place.id, **_course_of())
    rows = ([one.day.isoformat(), str(one.on_hand), str(one.allocated)] for one in found)
    name = f"stock-{found[0].day}-{found[-1].day}" if found else "stock"
    return sheets.streamed(name, chain([["day", "on_hand", "allocated"]], rows))


@blueprint.post("/<sku>/settings")
@guard("stock:adjust")
def settings(sku: str) -> ResponseReturnValue:
    with runtime().database.looking() as session:
        variant = _variant(session, sku)
        location_id = _place(session)
    safety, reorder = (
        forms.number(forms.text(name) or "0") for name in ("safety_stock", "reorder_point")
    )
    if safety is None or reorder is None:
        flash(_("Safety stock and reorder point are whole numbers."), "attention")
    else:
        place = variant.id, location_id
        forms.do(
            lambda uow: handling.keep_back(uow, place, safety=safety, reorder_point=reorder),
            _("Kept. Available units count anew at once."),
        )
    return redirect(_back(sku), 303)


@blueprint.get("/<sku>/move")
@guard("stock:adjust")
def ask_move(sku: str) -> str:
    return _move_page(sku, {}, forms.fresh_key())


@blueprint.post("/<sku>/move")
@guard("stock:adjust")
def move(sku: str) -> ResponseReturnValue:
    """Move units by hand, once for each form."""
    with runtime().database.looking() as session:
        variant = _variant(session, sku)
        location_id = _place(session)
    what = next((one for one in Handling if one.value == forms.text("action")), None)
    units = forms.number(forms.text("quantity"))
    errors: dict[str, str] = {}
    if what is None:
        errors["action"] = _("Choose what happened to the goods.")
    if not units or (units < 0 and what is not Handling.ADJUST):
        errors["quantity"] = _("Give a whole number; below 0 only when putting the number right.")
    if what is not None and units and not errors:
        place = variant.id, location_id
        try:
            with runtime().unit_of_work(actor()) as uow:
                handling.handle(
                    uow,
                    what,
                    {place: units},
                    reason=forms.text("reason"),
                    key=forms.command_key(),
                )
        except DomainError as error:
            errors = forms.fields_of(error)
        else:
            flash(_("Moved. The ledger says so, with your name."), "success")
            return redirect(_back(sku), 303)
    return _move_page(sku, errors, forms.text("key")), 422


def _page(session: Session, sku: str) -> dict[str, Any]:
    variant = _variant(session, sku)
    places = reach.all_places(session)
    levels = {one.location_id: one for one in queries.availability(session, [variant.id])}
    shown = [place for place in places if place.id in levels]
    wanted = request.args.get("at", "")
    chosen = next((one for one in shown if one.code == wanted), shown[0] if shown else None)
    ledger = None
    if chosen is not None:
        ledger = queries.ledger(
            session, variant.id, chosen.id, cursor=request.args.get("after", ""), limit=PAGE
        )
    entries = ledger.items if ledger else ()
    is_first = not request.args.get("after")
    went = (
        course.days(session, variant.id, chosen.id, **_course_of()) if chosen and is_first else ()
    )
    here = {"sku": sku, "at": chosen.code if chosen else ""}
    return {
        "area": "console",
        "variant": variant,
        "name": words.named(variant),
        "promise": queries.to_promise(session, [variant.id])[variant.id],
        "coming": papers.expected(session, [variant.id]).get(variant.id),
        "places": shown,
        "levels": levels,
        "names": {place.id: words.in_words(place.name) for place in places},
        "chosen": chosen,
        "level": levels[chosen.id] if chosen else None,
        "entries": entries,
        "chart": _chart(went),
        "held": reservations.open_at(session, variant.id),
        "tell": words.Ledger(session, {entry.cause for entry in entries}),
        "kinds": words.MOVEMENTS,
        "columns": words.COLUMNS,
        **forms.paging("console_stock.one", here, ledger.next_cursor if ledger else None),
    }


def _course_of() -> dict[str, Any]:
    """Which days the chart and its file are of."""
    house = runtime()
    today = house.clock.now().astimezone(house.settings.zone).date()
    days = [today - timedelta(days=n) for n in reversed(range(COURSE_DAYS))]
    return {"which": days, "zone": house.settings.zone}


def _chart(went: Sequence[DayLevel]) -> Chart | None:
    shown = Chart(
        name="levels",
        title=_("On hand and allocated, day by day"),
        unit=Unit.NUMBER,
        pace=Pace.DAY,
        times=[one.day for one in went],
        series=[
            Series(_("On hand"), tuple(float(one.on_hand) for one in went)),
            Series(_("Allocated"), tuple(float(one.allocated) for one in went)),
        ],
        steps=True,
    )
    return shown if shown.is_worth_drawing else None


def _move_page(sku: str, errors: Mapping[str, str], key: str) -> str:
    with runtime().database.looking() as session:
        variant = _variant(session, sku)
        places = reach.places(session)
        reasons = papers.reasons(session)
        levels = {one.location_id: one for one in queries.availability(session, [variant.id])}
    at = request.values.get("at", "")
    chosen = next((one for one in places if one.code == at), places[0] if places else None)
    return render_template(
        "console/stock/move.html",
        area="console",
        variant=variant,
        name=words.named(variant),
        places=[(place.code, words.in_words(place.name)) for place in places],
        at=chosen.code if chosen else "",
        level=levels.get(chosen.id) if chosen else None,
        handlings=[
            {"value": one.value, "label": _(label), "hint": _(hint)}
            for one, (label, hint) in words.HANDLINGS.items()
        ],
        chosen=forms.text("action"),
        quantity=forms.text("quantity"),
        reasons=[("", _("Choose")), *((one.code, words.in_words(one.words)) for one in reasons)],
        reason=forms.text("reason"),
        errors=errors,
        key=key,
    )


def _view() -> Only:
    return next((one for one in Only if one.value == request.args.get("view")), Only.ALL)


def _chosen(places: tuple[queries.LocationView, ...]) -> int | None:
    wanted = request.args.get("location", "")
    return next((place.id for place in places if place.code == wanted), None)


def _variant(session: Session, sku: str) -> VariantView:
    """The item of that SKU.

    Raises:
        NotFound: the catalogue has none.
    """
    found = catalog.variants_by_sku(session, [sku]).get(sku)
    if found is None:
        raise NotFound("no such variant")
    return found


def _place(session: Session) -> int:
    """The location a form names.

    Raises:
        NotFound: the shop has none of that code in use.
    """
    code = forms.text("at")
    found = next((one.id for one in reach.places(session) if one.code == code), None)
    if found is None:
        raise NotFound("no such location")
    return found


def _back(sku: str) -> str:
    return url_for("console_stock.one", sku=sku, at=forms.text("at"))


def low() -> int | None:
    """Levels whose safety stock is used up, for the navigation; 99 stands for more."""
    with runtime().database.reading() as connection:
        found = queries.levels(connection, only=Only.NEGATIVE, limit=99)
    return len(found.items) or None
