"""What is kept of a customer, for themselves: all of it in one file, or gone, whenever they ask."""

from http import HTTPStatus
from typing import Final

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from oms_service.access import codes, sessions, visitors, words
from oms_service.access.guard import actor, customer_id, guard
from oms_service.access.states import SessionKind
from oms_service.conversations import handing_out
from oms_service.customers import queries as customers
from oms_service.kernel.errors import TooMany
from oms_service.operations.people import People, StillWaiting
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_data", __name__, url_prefix="/account", template_folder="templates")

#: Archives that one customer may have made; each reads all there is of them.
TRIES: Final = "5/hour"
_WRONG: Final = N_("That code does not match or is no longer valid. Check it, or get a new one.")
_READ: Final = N_("Please confirm that you have read what happens.")


@blueprint.get("/data")
@guard(customer=True)
def page() -> str:
    """What is kept, for how long, and the way to a copy."""
    return render_template("portal/data.html")


@blueprint.post("/data")
@guard(customer=True)
def archive() -> ResponseReturnValue:
    """All that is kept of the customer as a zip file, without what only colleagues read."""
    house = runtime()
    try:
        house.limits.take("own-data", str(customer_id()), TRIES)
    except TooMany:
        flash(_("You have fetched your data several times just now. Please try again in an hour."))
        return redirect(url_for("portal_data.page"), 303)
    with house.database.looking() as session:
        made = handing_out.archive(session, house.keepers, customer_id(), inside=False)
    name = f"my-data-{house.clock.now().astimezone(house.settings.zone):%Y-%m-%d}.zip"
    answer = Response(made.chunks(house.files), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/data/forget")
@guard(customer=True)
def forget() -> str:
    """What it means to be forgotten, before anything happens."""
    return _forget_page()


@blueprint.post("/data/forget/code")
@guard(customer=True)
def ask_code() -> ResponseReturnValue:
    """A code to their mail: whoever only has their browser cannot have them forgotten."""
    house, mail = runtime(), _mail()
    if mail is None:
        return redirect(url_for("portal_data.forget"), HTTPStatus.SEE_OTHER)
    try:
        codes.may_ask(house.limits, mail=mail, address=visitors.address())
    except TooMany as error:
        return _forget_page({"code": words.wait(error.wait_s)}), HTTPStatus.TOO_MANY_REQUESTS
    with house.unit_of_work(actor()) as uow:
        codes.send_code(uow, mail, spoken())
    return _forget_page(is_sent=True)


@blueprint.post("/data/forget")
@guard(customer=True)
def be_forgotten() -> ResponseReturnValue:
    """Erase who they are, for good; not while something is still to be done for them."""
    house, mail = runtime(), _mail()
    try:
        codes.may_try(house.limits, address=visitors.address())
    except TooMany as error:
        wait = {"code": words.wait(error.wait_s)}
        return _forget_page(wait, is_sent=True), HTTPStatus.TOO_MANY_REQUESTS
    if request.form.get("read") != "yes":
        return _forget_page({"read": str(_(_READ))}, is_sent=True), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with house.unit_of_work(actor()) as uow:
            code = request.form.get("code", "")[:40]
            proven = codes.check_code(uow, mail, code) if mail else None
            is_theirs = proven == customers.root(uow.session, customer_id())
            if proven is not None and is_theirs:
                People(house.keepers).erase(uow, proven)
    except StillWaiting:
        return _forget_page(is_waiting=True), HTTPStatus.CONFLICT
    if proven is None or not is_theirs:
        return _forget_page({"code": str(_(_WRONG))}, is_sent=True), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(
        _("It is done. We no longer know who you are. Thank you for having been with us."),
        "success",
    )
    answer = make_response(redirect("/", HTTPStatus.SEE_OTHER))
    answer.delete_cookie(
        sessions.COOKIES[SessionKind.CUSTOMER],
        httponly=True,
        samesite="Lax",
        secure=house.settings.secure_cookies,
    )
    return answer


def _mail() -> str | None:
    """Where the code goes: an address they have proven before any other."""
    with runtime().database.looking() as session:
        return customers.mail_of(session, customer_id())


def _forget_page(
    errors: dict[str, str] | None = None, *, is_sent: bool = False, is_waiting: bool = False
) -> str:
    return render_template(
        "portal/forget.html",
        errors=errors or {},
        mail=_mail(),
        is_sent=is_sent,
        is_waiting=is_waiting,
    )
