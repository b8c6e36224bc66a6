"""The customer's page about programs of theirs: give one a token, end it. It needs no script."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as PageNotFound

from bots.mcp import tokens
from bots.mcp.tokens import TooManyTokens
from oms_service.access.guard import actor, customer_id, guard
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "portal_assistants", __name__, url_prefix="/account", template_folder="templates"
)

#: Tokens that one customer may make; nobody needs as many.
TRIES: Final = "20/hour"
#: For how many days a token may hold, as one chooses.
DAYS: Final = {"7": N_("7 days"), "30": N_("30 days"), "90": N_("90 days"), "365": N_("1 year")}


@blueprint.get("/assistants")
@guard(customer=True)
def page() -> str:
    """The tokens there are, and a new one."""
    return _page({})


@blueprint.post("/assistants")
@guard(customer=True)
def make() -> ResponseReturnValue:
    """Make a token; it is shown on the answer to this request alone."""
    _on()
    runtime().limits.take("assistant-tokens", str(customer_id()), TRIES)
    label, days = request.form.get("label", ""), request.form.get("days", "")
    if days not in DAYS:
        return _page({"days": str(_("Please choose for how long."))}, label=label), 422
    try:
        with runtime().unit_of_work(actor()) as uow:
            may_act = request.form.get("may") == "act"
            _made, secret = tokens.issue(
                uow, customer_id(), label=label, days=int(days), may_act=may_act
            )
    except Invalid:
        wrong = _("Please enter a name of 1 to %(most)d characters.", most=tokens.LONGEST_LABEL)
        return _page({"label": str(wrong)}, label=label, days=days), 422
    except TooManyTokens:
        enough = _("You have %(most)d tokens. Please end one first.", most=tokens.MOST)
        return _page({"label": str(enough)}, label=label, days=days), 409
    return _page({}, secret=secret)


@blueprint.post("/assistants/<token_id>/end")
@guard(customer=True)
def end(token_id: str) -> ResponseReturnValue:
    """From now on the program is refused."""
    _on()
    try:
        with runtime().unit_of_work(actor()) as uow:
            tokens.revoke(uow, token_id, customer_id=customer_id())
    except NotFound:
        raise PageNotFound from None
    flash(_("The token has ended. Whatever still uses it is refused."), "success")
    return redirect(url_for("portal_assistants.page"), 303)


def _on() -> None:
    if not runtime().settings.mcp_url:
        raise PageNotFound


def _page(errors: dict[str, str], *, label: str = "", days: str = "30", secret: str = "") -> str:
    _on()
    house = runtime()
    with house.database.reading() as connection:
        held = tokens.of_customer(connection, customer_id())
    return render_template(
        "mcp/account.html",
        tokens=held,
        now=house.clock.now(),
        secret=secret,
        url=house.settings.mcp_url,
        label=label,
        days=days,
        choices=[(code, str(_(words))) for code, words in DAYS.items()],
        errors=errors,
    )
