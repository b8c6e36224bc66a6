"""It has not come: what is known of it, and bringing it before a colleague. It needs no script."""

from datetime import datetime
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases import queries
from cases.after import answering
from cases.after.policy import LONGEST_WORDS
from cases.delays.policy import REASON as DELAY
from cases.portal import doors
from cases.portal.doors import GUEST, Door
from cases.service import Unreachable
from cases.views import CaseView
from oms_service.access.guard import guard, public
from oms_service.history import tracking
from oms_service.history.steps import Step
from oms_service.history.tracking import Tracking
from oms_service.kernel import actors, ids
from oms_service.kernel.errors import Invalid
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_late", __name__, template_folder="templates")

#: Words that may be sent about one order; people ask once or twice.
TRIES: Final = "20/hour"
_PLAIN: Final = N_("My order has not come yet. When can I expect it?")
_TOO_LONG: Final = N_("Please write at most 2,000 characters.")
_NOBODY: Final = N_("We have no mail address to answer to. Please write to us in the chat.")


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps an address that opens somebody's order, and no cache its page."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/orders/<number>/late", methods=["GET", "POST"])
@guard(customer=True)
def report_mine(number: str) -> ResponseReturnValue:
    """One's own order that has not come."""
    return _report(doors.own(number))


@blueprint.route("/find/order/late", methods=["GET", "POST"])
@public(reason=GUEST)
def report_as_guest() -> ResponseReturnValue:
    """The same as a guest."""
    door = doors.guest()
    if door is None:
        return redirect(url_for("portal_find.look_up"), HTTPStatus.SEE_OTHER)
    return _report(door)


def _report(door: Door) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(door)
    runtime().limits.take("portal-late", str(door.order.id), TRIES)
    try:
        case = _brought(door)
    except Invalid:
        return _page(door, {"text": str(_(_TOO_LONG))}), HTTPStatus.UNPROCESSABLE_ENTITY
    except Unreachable:
        return _page(door, {"text": str(_(_NOBODY))}), HTTPStatus.CONFLICT
    if case is None:
        flash(_("It is not late yet. This is when we expect it."), "attention")
        return redirect(door.late, HTTPStatus.SEE_OTHER)
    flash(
        _(
            "A colleague looks at it and writes to you. Your case number is %(number)s.",
            number=case.number,
        ),
        "success",
    )
    return redirect(door.case(case.number) or door.page, HTTPStatus.SEE_OTHER)


def _brought(door: Door) -> CaseView | None:
    """The delay case of the order, with the customer's word in it; None where nothing is late.

    Raises:
        Invalid: far too many words, or the form has no key.
        Unreachable: there is nowhere to answer to.
    """
    order = door.order
    with runtime().unit_of_work(actors.customer(order.customer_id)) as uow:
        found = _where(uow.session, door, uow.now)
        if not found.is_late:
            return None
        until = found.window.until.isoformat() if found.window else None
        done = answering.open_new(
            uow,
            customer_id=order.customer_id,
            reason=DELAY,
            order_id=order.id,
            text=request.form.get("text", "").strip() or str(_(_PLAIN)),
            key=request.form.get("key", ""),
            wanted={"reported_by": "customer", "new_until": until, "cause": found.why},
            failed_rule="late",
        )
    return done.case


def _page(door: Door, errors: dict[str, str] | None = None) -> str:
    house = runtime()
    with house.database.looking() as session:
        found = _where(session, door, house.clock.now())
        case = queries.open_of_order(session, door.order.id, DELAY)
    delivered = [one.delivered_at for one in found.parcels if one.delivered_at]
    return render_template(
        "portal/late.html",
        door=door,
        order=door.order,
        found=found,
        is_delivered=found.step is Step.DELIVERED,
        delivered_at=max(delivered, default=None),
        case=None if case is None or case.is_internal else case,
        errors=errors or {},
        typed=request.form,
        key=ids.token(),
        most=LONGEST_WORDS,
    )


def _where(session: Session, door: Door, now: datetime) -> Tracking:
    order = door.order
    return tracking.track_all(session, runtime().adapters, [order], now=now)[order.id]
