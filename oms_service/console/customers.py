"""Customers at the console: where their parcels go unless an order says otherwise."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access.guard import actor, guard
from oms_service.console import changes_forms, changes_words
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.changes import moving_house
from oms_service.operations.placement.addressing import PARTS
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "console_customers", __name__, url_prefix="/console/orders", template_folder="templates"
)


@blueprint.route("/<number>/customer-address", methods=["GET", "POST"])
@guard("customers:write")
def address(number: str) -> ResponseReturnValue:
    """The usual address of the customer of an order; the order itself keeps its own."""
    if request.method == "GET":
        return _page(number, {})
    typed = {name: request.form.get(name, "") for name in PARTS}
    try:
        with runtime().unit_of_work(actor()) as uow:
            order = orders.find(uow.session, number)
            moving_house.change_default_address(uow, order.customer_id, typed)
    except Invalid as error:
        return _page(number, _messages(error), typed), 422
    flash(_("The address is saved. Orders that are placed already keep theirs."), "success")
    return redirect(url_for("console_orders.one", number=order.number), 303)


def _page(number: str, errors: Mapping[str, str], typed: Mapping[str, str] | None = None) -> str:
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        person = customers.find(session, order.customer_id)
        if person is None:
            raise NotFound("the customer's data has been erased")
        known = addresses.default(session, person.id)
    kept = vars(known) if known else {"country": "JP", "recipient": person.name}
    return render_template(
        "console/customer_address.html",
        area="console",
        order=order,
        person=person,
        is_known=known is not None,
        values=typed or {name: str(kept.get(name, "")) for name in PARTS},
        errors=errors,
        words=changes_words,
    )


def _messages(error: Invalid) -> dict[str, str]:
    """Words for the parts that are wrong, by the name of their input."""
    parts = {field.rpartition(".")[2]: said for field, said in error.fields.items()}
    return changes_forms.messages(Invalid(str(error), parts))
