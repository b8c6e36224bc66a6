"""The customer's page about their refunds: where each is, by when it comes, and "not here yet"."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cases.acting import asking
from oms_service.access.guard import actor, customer_id, guard
from oms_service.operations.money import refund_news
from oms_service.operations.money.refund_news import Stand
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("refund_news", __name__, url_prefix="/orders", template_folder="templates")

STANDS: Final = {
    Stand.BEING_CHECKED: (N_("We are checking this refund"), "", "clock"),
    Stand.COMING: (N_("On its way to you"), "accent", "refund"),
    Stand.ARRIVED: (N_("It is in your balance"), "success", "check"),
    Stand.OVERDUE: (N_("It should have arrived"), "attention", "alert"),
    Stand.FAILED: (N_("It could not be paid"), "danger", "alert"),
}
#: Questions one customer may ask; each may open a case.
_OFTEN: Final = "30/hour"


@blueprint.get("/<number>/refund")
@guard(customer=True)
def page(number: str) -> str:
    """Where the refunds of one's own order are."""
    house = runtime()
    with house.database.looking() as session:
        mine = orders.own(session, number, customer_id())
        news = refund_news.of_order(session, mine.id, now=house.clock.now())
    return render_template("acting/refund.html", order=mine, news=news, stands=STANDS)


@blueprint.post("/<number>/refund")
@guard(customer=True)
def not_here(number: str) -> ResponseReturnValue:
    """It has not arrived, they say: answered from the facts, or a case where something is wrong."""
    house = runtime()
    house.limits.take("refund-questions", str(customer_id()), _OFTEN)
    with house.unit_of_work(actor()) as uow:
        mine = orders.own(uow.session, number, customer_id())
        answered = asking.ask(uow, mine.id, channel="portal")
    if answered.case is not None:
        said = gettext(
            "Thank you. A colleague looks into it and writes to you (case %(number)s).",
            number=answered.case.number,
        )
        flash(said, "success")
    else:
        flash(gettext("Everything is as it should be. The days are below."), "accent")
    return redirect(url_for("refund_news.page", number=number), 303)
