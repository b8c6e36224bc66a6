"""A customer's account: what we call them, their language, where their parcels go. No script."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.portal import address_forms
from oms_service.access.guard import actor, customer_id, guard
from oms_service.console import changes_shown
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.customers import service as people
from oms_service.customers.addresses import MOST, Kept, TooManyAddresses
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.changes import moving_house
from oms_service.operations.changes.change_wishes import ShipElsewhere
from oms_service.operations.placement.addressing import PARTS
from oms_service.runtime import runtime
from oms_service.web import languages
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "portal_account", __name__, url_prefix="/account", template_folder="templates"
)

#: Addresses that one customer may try; people mistype one or two.
TRIES: Final = "30/hour"
_FULL: Final = N_("No more addresses are kept. Please remove one first.")
_LANGUAGE_KEPT_S: Final = 365 * 24 * 60 * 60


@blueprint.get("")
@guard(customer=True)
def overview() -> str:
    """Who they are to us, and the pages of their choices."""
    with runtime().database.looking() as session:
        person = customers.find(session, customer_id())
        if person is None:
            raise NotFound("no such customer")
        mails = customers.proven_mails(session, person.id)
        mail = mails[0] if mails else customers.mail_of(session, person.id)
        usual = addresses.default(session, person.id)
    return render_template(
        "portal/account.html",
        person=person,
        mail=mail,
        usual=_written(usual) if usual else (),
        own_names=languages.OWN_NAMES,
    )


@blueprint.post("/language")
@guard(customer=True)
def language() -> ResponseReturnValue:
    """In which language we write to them; these pages follow at once."""
    chosen = languages.read(request.form.get("language"))
    if chosen is None:
        return redirect(url_for("portal_account.overview"), HTTPStatus.SEE_OTHER)
    with runtime().unit_of_work(actor()) as uow:
        people.prefer(uow, customer_id(), chosen)
    response = make_response(redirect(url_for("portal_account.overview"), HTTPStatus.SEE_OTHER))
    response.set_cookie(
        languages.COOKIE,
        chosen.value,
        max_age=_LANGUAGE_KEPT_S,
        httponly=True,
        samesite="Lax",
        secure=runtime().settings.secure_cookies,
    )
    return response


@blueprint.get("/addresses")
@guard(customer=True)
def book() -> str:
    """All the addresses there are; parcels go to the first unless an order says otherwise."""
    known = address_forms.saved(customer_id())
    return render_template(
        "portal/addresses.html",
        book=[(one, _written(one.address)) for one in known],
        is_full=len(known) >= MOST,
    )


@blueprint.route("/addresses/new", methods=["GET", "POST"])
@guard(customer=True)
def add() -> ResponseReturnValue:
    """One more address."""
    return _edited(
        None,
        lambda uow, typed: moving_house.add_address(uow, customer_id(), typed),
        said=_("Your address is saved. Orders that are placed already keep theirs."),
    )


@blueprint.route("/addresses/<int(max=2147483647):address_id>", methods=["GET", "POST"])
@guard(customer=True)
def edit(address_id: int) -> ResponseReturnValue:
    """One of the addresses, written anew."""
    known = address_forms.saved(customer_id())
    found = next((one for one in known if one.id == address_id), None)
    if found is None:
        raise NotFound("no such address")
    return _edited(
        found,
        lambda uow, typed: moving_house.change_address(uow, customer_id(), address_id, typed),
        said=_("Your address is saved. Orders that are placed already keep theirs."),
    )


@blueprint.post("/addresses/<int(max=2147483647):address_id>/<any(remove,choose):what>")
@guard(customer=True)
def act(address_id: int, what: str) -> ResponseReturnValue:
    """Let parcels go there from now on, or keep it no longer; pressed twice, it is done once."""
    runtime().limits.take("portal-address", str(customer_id()), TRIES)
    with runtime().unit_of_work(actor()) as uow:
        if what == "remove":
            moving_house.remove_address(uow, customer_id(), address_id)
        else:
            moving_house.choose_address(uow, customer_id(), address_id)
    said = _("The address is removed.") if what == "remove" else _("Your next orders go there.")
    flash(said, "success")
    return redirect(url_for("portal_account.book"), HTTPStatus.SEE_OTHER)


@blueprint.get("/address")
@guard(customer=True)
def address() -> str:
    """The address that parcels go to, ready to be changed."""
    return _usual({})


@blueprint.post("/address")
@guard(customer=True)
def move() -> ResponseReturnValue:
    """Let parcels go to another address from now on."""
    runtime().limits.take("portal-address", str(customer_id()), TRIES)
    filled, errors = address_forms.helped(request.form, ())
    if errors:
        return _usual(errors, address_forms.typed(request.form)), HTTPStatus.UNPROCESSABLE_ENTITY
    if filled is not None:
        return _usual({}, filled, is_completed=True)
    typed = address_forms.typed(request.form)
    try:
        address_forms.check_phone(typed)
        with runtime().unit_of_work(actor()) as uow:
            moving_house.change_default_address(uow, customer_id(), typed)
    except Invalid as error:
        return _usual(address_forms.messages(error), typed), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Your address is saved. Orders that are placed already keep theirs."), "success")
    return redirect(url_for("portal_account.address"), HTTPStatus.SEE_OTHER)


def _edited(
    found: Kept | None,
    save: Callable[[UnitOfWork, Mapping[str, str]], object],
    *,
    said: str,
) -> ResponseReturnValue:
    """The form of an address of the book, and what became of what was typed."""
    if request.method == "GET":
        return _form(found, {})
    runtime().limits.take("portal-address", str(customer_id()), TRIES)
    filled, errors = address_forms.helped(request.form, ())
    typed = filled or address_forms.typed(request.form)
    if errors:
        return _form(found, errors, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    if filled is not None:
        return _form(found, {}, typed, is_completed=True)
    try:
        address_forms.check_phone(typed)
        with runtime().unit_of_work(actor()) as uow:
            save(uow, typed)
    except Invalid as error:
        wrong = address_forms.messages(error)
        return _form(found, wrong, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    except TooManyAddresses:
        return _form(found, {"recipient": str(_(_FULL))}, typed), HTTPStatus.CONFLICT
    flash(said, "success")
    return redirect(url_for("portal_account.book"), HTTPStatus.SEE_OTHER)


def _form(
    found: Kept | None,
    errors: Mapping[str, str],
    typed: Mapping[str, str] | None = None,
    *,
    is_completed: bool = False,
) -> str:
    return render_template(
        "portal/address_edit.html",
        found=found,
        values=typed or (vars(found.address) if found else {"country": "JP"}),
        errors=errors,
        is_completed=is_completed,
    )


def _usual(
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
        errors=errors,
        is_completed=is_completed,
    )


def _written(one: addresses.AddressView) -> tuple[str, ...]:
    return changes_shown.written(ShipElsewhere(address=vars(one)))
