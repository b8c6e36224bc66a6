"""What customers want to hear of, and by which way: a page of their own. It needs no script."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.after.surveys import PURPOSE as SURVEYS
from notifications import preferences, turns, ways
from notifications.push import pages as push_pages
from notifications.rules import PURPOSE, Kind, may_be_refused, purpose
from notifications.sms import numbers
from oms_service.access.guard import actor, customer_id, guard
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT
from oms_service.customers import consents
from oms_service.kernel.errors import Invalid
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("notices", __name__, url_prefix="/account", template_folder="templates")

#: Choices that one customer may save; people change their mind once or twice.
TRIES: Final = "60/hour"
_LONGEST_ORDER: Final = 100
#: Where the choices of this page are kept to have been made.
SOURCE: Final = "portal"
KINDS: Final = {
    Kind.ORDERS: (N_("Your orders"), N_("We have it, it is changed, it is cancelled.")),
    Kind.PAYMENT: (N_("Payments"), N_("What is to be paid, and that it has arrived.")),
    Kind.DELIVERY: (N_("Delivery"), N_("It has left, it will be late, it is in time after all.")),
    Kind.PICKUP: (N_("Collecting in a shop"), N_("It is ready, and how long we keep it.")),
    Kind.STOCK: (N_("Goods that wait for stock"), N_("By which day they leave us.")),
    Kind.RETURNS: (N_("Returns"), N_("Whether a return is accepted, and that it has arrived.")),
    Kind.REFUNDS: (N_("Refunds"), N_("That your money is on its way.")),
    Kind.ANSWERS: (N_("Answers to your questions"), N_("That a request is settled.")),
    Kind.SURVEYS: (N_("Short questions"), N_("How satisfied you are with an order or an answer.")),
}
WAYS: Final = {
    MAIL: N_("By mail"),
    WEBCHAT: N_("In the chat, where you are talking to us"),
    LINE: N_("On LINE"),
    SLACK: N_("In Slack"),
    SMS: N_("By text message"),
}
_NEEDED: Final = N_("Please leave one way open: this is something we have to tell you.")
_PURPOSES: Final = {
    PURPOSE: N_("News about orders"),
    SURVEYS: N_("Short questions"),
    numbers.PURPOSE: N_("Text messages"),
    **{purpose(one): KINDS[one][0] for one in Kind},
}
_SOURCES: Final = {
    SOURCE: N_("on this page"),
    "mail_link": N_("by a link in a mail"),
    numbers.BY_TEXT: N_("by a text message to us"),
    numbers.GONE_ON: N_("since somebody else has this number now"),
}


@blueprint.get("/notices")
@guard(customer=True)
def page() -> str:
    """What is told by which way now, and what was said about it before."""
    return _page({})


@blueprint.post("/notices")
@guard(customer=True)
def choose() -> ResponseReturnValue:
    """Keep what is chosen; sent twice, it is kept once."""
    runtime().limits.take("portal-notices", str(customer_id()), TRIES)
    ticked = set(request.form.getlist("wanted"))
    try:
        with runtime().unit_of_work(actor()) as uow:
            wanted: dict[tuple[Kind, str], bool] = {
                (kind, one): f"{kind}:{one}" in ticked
                for kind in Kind
                for one in ways.shown(uow.session, customer_id())
            }
            preferences.choose(uow, customer_id(), wanted, source=SOURCE)
    except Invalid as error:
        wrong = {name: str(_(_NEEDED)) for name in error.fields}
        return _page(wrong, ticked), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("Your choices are saved."), "success")
    return redirect(url_for("notices.page"), HTTPStatus.SEE_OTHER)


@blueprint.post("/notices/order")
@guard(customer=True)
def put_in_order() -> ResponseReturnValue:
    """Keep which way is tried before which; sent twice, it is kept once."""
    runtime().limits.take("portal-notices", str(customer_id()), TRIES)
    wanted = request.form.get("order", "")[:_LONGEST_ORDER].split(",")
    try:
        with runtime().unit_of_work(actor()) as uow:
            among = ways.shown(uow.session, customer_id())
            turns.choose(uow, customer_id(), wanted, among=among)
    except Invalid:
        # Ways have come or gone since the page was made: it is shown as it is now.
        return _page({}), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for("notices.page", _anchor="order"), HTTPStatus.SEE_OTHER)


def _page(errors: dict[str, str], ticked: set[str] | None = None) -> str:
    with runtime().database.looking() as session:
        found = preferences.of(session, customer_id())
        past = consents.said(session, customer_id(), limit=30)
        push = push_pages.shown(session)
        shown = ways.shown(session, customer_id())
        order = ways.in_turn(shown, turns.of(session, customer_id()))
        number = numbers.of(session, customer_id())
    now = {f"{kind}:{one}" for kind in Kind for one in shown if found.wants(kind, one)}
    return render_template(
        "notifications/choices.html",
        kinds=KINDS,
        ways={one: WAYS[one] for one in shown},
        words=WAYS,
        order=[(one, _up(order, place)) for place, one in enumerate(order)],
        number=numbers.shown(number.number) if number else None,
        by_sms=runtime().settings.has_sms or number is not None,
        wanted=now if ticked is None else ticked,
        past=past,
        push=push,
        purposes=_PURPOSES,
        sources=_SOURCES,
        may_be_refused=may_be_refused,
        errors=errors,
    )


def _up(order: Sequence[str], place: int) -> str:
    """The order in which the way at a place stands one place earlier; empty for the first."""
    if not place:
        return ""
    return ",".join((*order[: place - 1], order[place], order[place - 1], *order[place + 1 :]))
