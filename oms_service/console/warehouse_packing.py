"""Pages of the warehouse: one fulfilment, packing it, the shop's boxes, and handing over."""

from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access.guard import actor, guard, staff
from oms_service.catalog import boxes as catalog_boxes
from oms_service.catalog.boxes import BoxView
from oms_service.console import warehouse_shelves
from oms_service.console import warehouse_words as words
from oms_service.console.warehouse import (
    blueprint,
    lines_shown,
    place_of,
    refused,
    stamp,
    whole,
)
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.ids import readable_code
from oms_service.operations.dispatch import packing
from oms_service.operations.dispatch import shipping as operations_shipping
from oms_service.operations.dispatch.packing import Weighed
from oms_service.orders import queries as orders
from oms_service.ports.carrier import KIND
from oms_service.runtime import runtime
from oms_service.shipping import carriers
from oms_service.warehouse import boxes, queries, service, work
from oms_service.warehouse.queries import Fulfilment, PackedBox
from oms_service.warehouse.states import BoxState, ServiceReason, WeightReason
from oms_service.web.texts import gettext

_: Callable[..., str] = gettext

#: Every page of the warehouse: those of picking and of shelves, and these.
PAGES: Final = warehouse_shelves.PAGES

_LONGEST: Final = 200
_WAITING: Final = (BoxState.PACKED, BoxState.LABELLED)


@blueprint.get("/fulfilments")
@guard("fulfilments:read")
def find() -> ResponseReturnValue:
    """The fulfilment of a scanned or typed number: its own, a box's, a list's or an order's."""
    typed = request.args.get("number", "").strip()[:_LONGEST]
    with runtime().database.looking() as session:
        found = _named(session, typed)
    if found is None:
        flash(_("Nothing here has the number %(number)s.", number=typed), "attention")
        return redirect(url_for("warehouse.board"), 303)
    return redirect(url_for("warehouse.fulfilment", number=found), 303)


@blueprint.get("/fulfilments/<number>", endpoint="fulfilment")
@guard("fulfilments:read")
def one(number: str) -> str:
    """What one location has to do for one order, and packing it."""
    return _page(number)


@blueprint.post("/fulfilments/<number>/box")
@guard("fulfilments:work")
def begin(number: str) -> ResponseReturnValue:
    """Take a box to pack into."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            known = queries.fulfilment_by_number(uow.session, number)
            packing.begin(uow, known.id, box_code=request.form.get("box", "")[:_LONGEST])
    except DomainError as error:
        return refused(error, url_for("warehouse.fulfilment", number=number))
    return redirect(url_for("warehouse.fulfilment", number=number), 303)


@blueprint.post("/boxes/<number>/<any(put, fill, close, unpack, label):how>")
@guard("fulfilments:work")
def change(number: str, how: str) -> ResponseReturnValue:
    """Put something into a box, close it, give it its label, or open it again."""
    commands = {"put": _put, "fill": _fill, "close": _close, "unpack": _unpack, "label": _label}
    with runtime().database.looking() as session:
        box = queries.box_by_number(session, number)
        owner = queries.fulfilment(session, box.fulfilment_id)
    try:
        said = commands[how](box)
    except Invalid as error:
        shown = dict.fromkeys(error.fields, words.explain(error, words.reader()))
        return _page(owner.number, errors=shown), 422
    except packing.WeightOff as error:
        return _page(owner.number, wrong=words.explain(error, words.reader()), asks="weight"), 409
    except packing.ReasonNeeded as error:
        sentence = words.explain(error, words.reader())
        return _page(owner.number, wrong=sentence, asks="service"), 409
    except DomainError as error:
        return _page(owner.number, wrong=words.explain(error, words.reader())), 409
    flash(said, "success")
    return redirect(url_for("warehouse.fulfilment", number=owner.number), 303)


@blueprint.get("/hand-over", endpoint="hand_over")
@guard("fulfilments:read")
def ready() -> ResponseReturnValue:
    """The boxes a carrier may take, by carrier, and today's manifests."""
    house = runtime()
    with house.database.looking() as session:
        place = place_of(session)
        if place.here is None:
            return redirect(url_for("warehouse.board"), 303)
        waiting = queries.boxes_at(session, place.here.id, _WAITING, limit=500)
        found = orders.by_ids(session, {one.order_id for one in waiting})
        of = queries.fulfilments_by_id(session, {one.fulfilment_id for one in waiting})
        today = house.clock.now().astimezone(ZoneInfo(place.here.zone)).date()
        manifests = queries.manifests_of(session, place.here.id, today)
    by_carrier: dict[str, list[PackedBox]] = {}
    for box in waiting:
        by_carrier.setdefault(box.carrier, []).append(box)
    return render_template(
        "console/warehouse_hand_over.html",
        area="console",
        place=place,
        by_carrier=by_carrier,
        orders=found,
        fulfilments=of,
        manifests=manifests,
        carrier_name=lambda code: carriers.name_of(house.adapters, code),
        ready=BoxState.LABELLED,
        words=words,
        may_work=staff().may("fulfilments:work"),
    )


@blueprint.post("/hand-over")
@guard("fulfilments:work")
def give() -> ResponseReturnValue:
    """The carrier takes the chosen boxes; each leaves or stays on its own."""
    wanted = request.form.getlist("box")[:500]
    gone, kept = 0, list[str]()
    for number in wanted:
        try:
            with runtime().unit_of_work(actor()) as uow:
                box = queries.box_by_number(uow.session, number[:_LONGEST])
                operations_shipping.hand_over_box(uow, box.id)
            gone += 1
        except DomainError as error:
            kept.append(f"{number[:20]}: {words.explain(error, words.reader())}")
    if gone:
        flash(_("%(count)s boxes are with the carrier.", count=gone), "success")
    for sentence in kept[:5]:
        flash(sentence, "danger")
    if not wanted:
        flash(_("Choose the boxes the carrier takes."), "attention")
    return redirect(url_for("warehouse.hand_over"), 303)


@blueprint.post("/manifests/<number>/close")
@guard("fulfilments:work")
def close_manifest(number: str) -> ResponseReturnValue:
    """The driver has gone."""
    with runtime().unit_of_work(actor()) as uow:
        boxes.close_manifest(uow, queries.manifest_by_number(uow.session, number).id)
    flash(_("The manifest is closed."), "success")
    return redirect(url_for("warehouse.hand_over"), 303)


@blueprint.get("/boxes", endpoint="box_kinds")
@guard("fulfilments:read")
def kinds() -> str:
    """The boxes the shop packs into."""
    return _kinds_page({}, {})


@blueprint.post("/boxes")
@guard("boxes:manage")
def keep_kind() -> ResponseReturnValue:
    """A new box, or new figures of a known one."""
    form = {name: request.form.get(name, "").strip()[:_LONGEST] for name in request.form}
    box = BoxView(
        code=form.get("code", ""),
        name={"ja": form.get("name_ja", ""), "en": form.get("name_en", "")},
        length_mm=whole("length_mm", -1),
        width_mm=whole("width_mm", -1),
        height_mm=whole("height_mm", -1),
        wall_mm=whole("wall_mm", -1),
        max_weight_g=whole("max_weight_g", -1),
        tare_g=whole("tare_g", -1),
        cost_minor=whole("cost_minor", -1),
        is_active="is_active" in form,
    )
    try:
        with runtime().unit_of_work(actor()) as uow:
            catalog_boxes.keep(uow, box)
    except Invalid as error:
        said = _("Please check this figure.")
        shown = {("name_ja" if name == "name" else name): said for name in error.fields}
        return _kinds_page(form, shown), 422
    flash(_("The box is saved."), "success")
    return redirect(url_for("warehouse.box_kinds"), 303)


@blueprint.post("/tolerance")
@guard("boxes:manage")
def keep_tolerance() -> ResponseReturnValue:
    """How far boxes may be off their expected weight."""
    with runtime().database.looking() as session:
        place = place_of(session)
    if place.here is None:
        return redirect(url_for("warehouse.board"), 303)
    try:
        with runtime().unit_of_work(actor()) as uow:
            work.tolerate(
                uow,
                place.here.id,
                tolerance_g=whole("tolerance_g", -1),
                tolerance_bp=whole("tolerance_percent", -1) * 100,
            )
    except Invalid as error:
        return refused(error, url_for("warehouse.box_kinds"))
    flash(_("Saved."), "success")
    return redirect(url_for("warehouse.box_kinds"), 303)


def _put(box: PackedBox) -> str:
    with runtime().unit_of_work(actor()) as uow:
        packing.put_in(
            uow,
            box.id,
            code=request.form.get("code", "")[:_LONGEST],
            quantity=whole("quantity", 1),
            version=stamp("version"),
        )
    return _("It is in the box.")


def _fill(box: PackedBox) -> str:
    units = {
        int(name.removeprefix("line-")): whole(name, -1)
        for name in request.form
        if name.removeprefix("line-").isdecimal() and len(name) < 24  # noqa: PLR2004 - as keys are
    }
    with runtime().unit_of_work(actor()) as uow:
        packing.fill(uow, box.id, units, version=stamp("version"))
    return _("The contents of the box are noted.")


def _close(box: PackedBox) -> str:
    carrier, _sep, code = request.form.get("service", "").partition("/")
    weight_reason = request.form.get("weight_reason", "")
    service_reason = request.form.get("service_reason", "")
    sides = [whole(name, -1) for name in ("length_mm", "width_mm", "height_mm")]
    is_measured = any(request.form.get(name) for name in ("length_mm", "width_mm", "height_mm"))
    weighed = Weighed(
        weight_g=whole("weight_g", -1),
        weight_reason=WeightReason(weight_reason) if weight_reason in set(WeightReason) else None,
        size_mm=(sides[0], sides[1], sides[2]) if is_measured else None,
        carrier=carrier,
        service=code,
        service_reason=ServiceReason(service_reason)
        if service_reason in set(ServiceReason)
        else None,
    )
    with runtime().unit_of_work(actor()) as uow:
        packing.close(uow, box.id, weighed, version=stamp("version"))
    return _("The box is packed.")


def _unpack(box: PackedBox) -> str:
    with runtime().unit_of_work(actor()) as uow:
        packing.unpack(uow, box.id, version=stamp("version"))
    return _("The box is open again. What was in it counts as picked.")


def _label(box: PackedBox) -> str:
    with runtime().unit_of_work(actor()) as uow:
        service.give_tracking(
            uow, box.id, box.carrier, request.form.get("tracking_number", "")[:_LONGEST]
        )
    return _("The box has its label.")


def _named(session: Session, typed: str) -> str | None:
    """The number of the fulfilment that a typed number leads to."""
    kind = typed[:2].upper()
    try:
        if kind == "F-":
            return queries.fulfilment_by_number(session, typed).number
        if kind == "B-":
            box = queries.box_by_number(session, typed)
            return queries.fulfilment(session, box.fulfilment_id).number
        of = queries.fulfilments_of(session, orders.find(session, typed).id)
    except DomainError:
        return None
    here = place_of(session).here
    mine = [one for one in of if here is not None and one.location_id == here.id]
    return next((one.number for one in (*mine, *of)), None)


def _page(
    number: str, *, wrong: str = "", errors: dict[str, str] | None = None, asks: str = ""
) -> str:
    house = runtime()
    with house.database.looking() as session:
        found = queries.fulfilment_by_number(session, number)
        goods, of = lines_shown(session, [found])
        packed = queries.boxes_of_fulfilments(session, [found.id])
        current = next((one for one in packed if one.state is BoxState.OPEN), None)
        shown: dict[str, Any] = {
            "place": stock.location(session, found.location_id),
            "loose": packing.unpacked(session, found),
            "proposal": packing.propose(session, found),
            "kinds": catalog_boxes.boxes(session),
            "holds": orders.open_holds(session, found.order_id),
            "expected": packing.expected_weight(session, found, current) if current else None,
            "services": packing.services(session, house.adapters.slugs(KIND)),
            "is_collected": packing.is_collected(session, found),
        }
        shown["proposed"] = _proposed(session, found, current, shown["expected"])
    return render_template(
        "console/warehouse_fulfilment.html",
        area="console",
        fulfilment=found,
        order=of[found.order_id],
        goods=goods,
        boxes=[one for one in packed if one.state is not BoxState.OPEN],
        current=current,
        variants={line.order_line_id: line.variant_id for line in found.lines},
        carrier_name=lambda code: carriers.name_of(house.adapters, code),
        service_names={(one, code): name for one, code, name in shown["services"]},
        whys={one.id: words.why_service(one.choice, words.reader()) for one in packed},
        wrong=wrong,
        errors=errors or {},
        asks=asks,
        form=request.form,
        key=readable_code(12),
        words=words,
        may_work=staff().may("fulfilments:work"),
        **shown,
    )


def _proposed(
    session: Session, found: Fulfilment, current: PackedBox | None, expected: int | None
) -> words.ServiceWhy | None:
    """Who would carry the open box, by the weight that was typed, else by the expected one."""
    if current is None or not current.lines:
        return None
    proposed = packing.propose_for(session, found, current, whole("weight_g", expected or 0))
    return words.why_service(proposed.why, words.reader()) if proposed else None


def _kinds_page(form: dict[str, str], errors: dict[str, str]) -> str:
    with runtime().database.looking() as session:
        place = place_of(session)
        grams, points = work.tolerance(session, place.here.id) if place.here else (0, 0)
        known = catalog_boxes.boxes(session, every=True)
    edited = request.args.get("code", "")
    if edited and edited not in {one.code for one in known}:
        abort(404)
    return render_template(
        "console/warehouse_boxes.html",
        area="console",
        kinds=known,
        edited=next((one for one in known if one.code == edited), None),
        place=place,
        tolerance_g=grams,
        tolerance_percent=points // 100,
        form=form,
        errors=errors,
        may_manage=staff().may("boxes:manage"),
    )
