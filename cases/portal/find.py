"""Finding one order without signing in: its number, and one thing of its buyer. No script."""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.portal import doors, guests, views
from cases.portal.doors import GUEST
from cases.portal.paths import url_of
from oms_service.access import guard, visitors, words
from oms_service.access.guard import public
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.kernel.text import guess_key
from oms_service.orders import queries as orders
from oms_service.runtime import reading, runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_find", __name__, url_prefix="/find", template_folder="templates")

#: Tries from one address, and tries at one order, whoever makes them.
TRIES: Final = "30/15 minutes"
TRIES_AT_ORDER: Final = "12/hour"
_LONGEST: Final = {"number": 60, "proof": 320}
_SAID: Final = {
    "number": N_("Please enter the order number, such as A-10423."),
    "proof": N_("Please enter the mail address, phone number or postal code of the order."),
}
_UNKNOWN: Final = N_(
    "We could not find an order for those details. Please check the order number, and the mail "
    "address, phone number or postal code you ordered with."
)


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps a page of somebody's order, and no cache does."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("")
@public(reason="finding an order asks for no account; it shows nothing by itself")
def look_up() -> str:
    """The two things we ask for."""
    return _form()


@blueprint.post("")
@public(reason="limited by address and by the order that is guessed at; unknown is as foreign")
def find() -> ResponseReturnValue:
    """The order, if what is said of it fits."""
    typed = {name: request.form.get(name, "").strip()[:most] for name, most in _LONGEST.items()}
    errors = {name: str(_(_SAID[name])) for name, said in typed.items() if not said}
    if errors:
        return _form(errors), HTTPStatus.UNPROCESSABLE_ENTITY
    own = _own(typed["number"])
    if own is not None:
        return redirect(own, HTTPStatus.SEE_OTHER)
    limits = runtime().limits
    try:
        limits.take("order-look-up", visitors.address(), TRIES)
        limits.take("order-look-up-at", guess_key(typed["number"]), TRIES_AT_ORDER)
    except TooMany as error:
        answer = make_response(
            _form({"number": words.wait(error.wait_s)}), HTTPStatus.TOO_MANY_REQUESTS
        )
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    found = guests.proven(typed["number"], typed["proof"])
    if found is None:
        return _form({"number": str(_(_UNKNOWN))}), HTTPStatus.NOT_FOUND
    shown = redirect(url_for("portal_find.order"), HTTPStatus.SEE_OTHER)
    return guests.admit(make_response(shown), found)


@blueprint.get("/order")
@public(reason=GUEST)
def order() -> ResponseReturnValue:
    """The order that was found, as its own page shows it."""
    door = doors.guest()
    if door is None:
        return redirect(url_for("portal_find.look_up"), HTTPStatus.SEE_OTHER)
    return views.shown(door)


@blueprint.post("/leave")
@public(reason="ends only what this browser may see")
def leave() -> ResponseReturnValue:
    """Done here: nothing of the order stays on this device."""
    return guests.forget(
        make_response(redirect(url_for("portal_find.look_up"), HTTPStatus.SEE_OTHER))
    )


def _own(number: str) -> str | None:
    """The page of one's own order, for whoever is signed in."""
    here = guard.customer_or_none()
    if here is None:
        return None
    try:
        return url_of(orders.own(reading(), number, here.subject_id).number)
    except NotFound:
        return None


def _form(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "portal/find.html",
        errors=errors or {},
        typed=request.form,
        is_signed_in=guard.customer_or_none() is not None,
    )
