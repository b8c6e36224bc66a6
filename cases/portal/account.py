"""Where a customer's parcels go unless an order says otherwise. It needs no script."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, customer_id, guard
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.kernel.errors import Invalid
from oms_service.operations.changes import moving_house
from oms_service.operations.placement import postal_codes
from oms_service.operations.placement.addressing import PARTS, PREFECTURES
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "portal_account", __name__, url_prefix="/account", template_folder="templates"
)

#: Addresses that one customer may try; people mistype one or two.
TRIES: Final = "30/hour"


@blueprint.get("/address")
@guard(customer=True)
def address() -> str:
    """The address there is, ready to be changed."""
    return _page({})


@blueprint.post("/address")
@guard(customer=True)
def move() -> ResponseReturnValue:
    """Let parcels go to another address from now on."""
    runtime().limits.take("portal-address", str(customer_id()), TRIES)
    typed = {name: request.form.get(name, "") for name in PARTS}
    if "complete" in request.form:
        return _completed(typed)
    try:
        with runtime().unit_of_work(actor()) as uow:
            moving_house.change_default_address(uow, customer_id(), typed)
    except Invalid as error:
        return _page(_messages(error), typed), 422
    flash(_("Your address is saved. Orders that are placed already keep theirs."), "success")
    return redirect(url_for("portal_account.address"), 303)


def _completed(typed: Mapping[str, str]) -> ResponseReturnValue:
    """The form with what the postal code says, unsaved; a street stays if its city does."""
    found = postal_codes.area(typed["postal_code"])
    if found is None or not found.region:
        return _page({"postal_code": str(_(_NO_SUCH_CODE))}, typed), 422
    filled = {**typed, "country": "JP", "postal_code": found.postal_code, "region": found.region}
    if found.city:
        filled["city"] = found.city
    if not typed["line1"].strip() or typed["city"].strip() != found.city:
        filled["line1"] = found.town
    return _page({}, filled, is_completed=True)


def _page(
    errors: Mapping[str, str],
    typed: Mapping[str, str] | None = None,
    *,
    is_completed: bool = False,
) -> str:
    with runtime().database.looking() as session:
        known = addresses.default(session, customer_id())
        person = customers.find(session, customer_id())
    kept = vars(known) if known else {"country": "JP", "recipient": person.name if person else ""}
    return render_template(
        "portal/address.html",
        is_known=known is not None,
        values=typed or {name: str(kept.get(name, "")) for name in PARTS},
        prefectures=PREFECTURES,
        errors=errors,
        is_completed=is_completed,
    )


def _messages(error: Invalid) -> dict[str, str]:
    """What is wrong, beside the field it is wrong in."""
    found = {}
    for field in error.fields:
        name = field.rpartition(".")[2]
        found[name] = str(gettext(_SAID.get(name, _CHECK)))
    return found


_NO_SUCH_CODE: Final = N_("We could not find this postal code. Please check it, or go on by hand.")
_CHECK: Final = N_("Please check this entry.")
_SAID: Final = {
    "recipient": N_("Please enter who receives it."),
    "postal_code": N_("Please enter a postal code of 7 digits."),
    "region": N_("Please enter a prefecture, such as Tokyo."),
    "city": N_("Please enter the city or ward."),
    "line1": N_("Please enter the street and number."),
    "country": N_("Please enter the country in two letters, such as JP."),
}
