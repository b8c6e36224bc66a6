"""Pages of the warehouse: on which shelf what lies."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard, staff
from oms_service.catalog import goods as catalog
from oms_service.catalog import queries as variants
from oms_service.console.warehouse import blueprint, place_of
from oms_service.inventory.queries import LocationView
from oms_service.kernel.errors import Invalid
from oms_service.runtime import runtime
from oms_service.warehouse import queries, work
from oms_service.warehouse.work import NewBin
from oms_service.web.texts import gettext

_: Callable[..., str] = gettext

#: Every page so far: those of picking, and these.
PAGES: Final = blueprint
_PAGE: Final = 50
_LONGEST: Final = 60


@blueprint.get("/shelves", endpoint="shelves")
@guard("fulfilments:read")
def shelves() -> ResponseReturnValue:
    """What lies where at the location of whoever looks, in the order of the walk."""
    with runtime().database.looking() as session:
        here = place_of(session).here
    return redirect(url_for("warehouse.board"), 303) if here is None else _page(here, {}, {})


@blueprint.post("/shelves")
@guard("fulfilments:work")
def lay() -> ResponseReturnValue:
    """Something lies on a shelf from now on, or on none any more."""
    form = {name: request.form.get(name, "").strip() for name in ("code", "zone", "shelf")}
    errors = {}
    with runtime().unit_of_work(actor()) as uow:
        here = place_of(uow.session).here
        if here is None:
            return redirect(url_for("warehouse.board"), 303)
        found = catalog.called(uow.session, form["code"])
        if len(found) != 1:
            errors["code"] = _("That code is not in the catalogue.")
        elif form["zone"] and not form["shelf"]:
            errors["shelf"] = _("Say which shelf.")
        else:
            new = NewBin(
                location_id=here.id,
                variant_id=found[0].variant_id,
                zone=form["zone"],
                code=form["shelf"],
            )
            try:
                work.shelve(uow, [new])
            except Invalid:
                errors["shelf"] = _("At most %(most)s signs fit on a label.", most=_LONGEST)
    if errors:
        return _page(here, form, errors), 422
    if form["shelf"]:
        said = _("%(sku)s lies on shelf %(shelf)s.", sku=found[0].sku, shelf=form["shelf"])
    else:
        said = _("%(sku)s lies on no shelf any more.", sku=found[0].sku)
    flash(said, "success")
    return redirect(url_for("warehouse.shelves"), 303)


def _page(here: LocationView, form: Mapping[str, str], errors: Mapping[str, str]) -> str:
    search = request.args.get("q", "").strip()[:100]
    with runtime().database.looking() as session:
        among = [one.id for one in variants.search(session, search)] if search else None
        page = queries.bins(
            session,
            here.id,
            variant_ids=among,
            cursor=request.args.get("cursor", ""),
            limit=_PAGE,
        )
        goods = catalog.goods(session, {one.variant_id for one in page.items})
    return render_template(
        "console/warehouse_shelves.html",
        area="console",
        here=here,
        page=page,
        goods=goods,
        search=search,
        form=form,
        errors=errors,
        may_work=staff().may("fulfilments:work"),
    )
