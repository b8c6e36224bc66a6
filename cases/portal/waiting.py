"""What a customer does about goods that wait for stock: wait, take others, or call them off.

Signed in, or by the link they were sent about a new day. It needs no script.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from cases.portal.links import WaitingLinks
from cases.portal.paths import url_of
from oms_service.access import visitors
from oms_service.access.guard import customer_id, guard, public
from oms_service.customers import queries as customers
from oms_service.kernel import actors, ids
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.operations.changes import waiting_choices
from oms_service.operations.changes.changing_book import open_book
from oms_service.operations.changes.waiting_choices import (
    AskedAlready,
    Choice,
    Chosen,
    NothingWaits,
)
from oms_service.operations.placement import selling
from oms_service.operations.placement.selling import WaitingLine
from oms_service.operations.rules import reasons
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Outcome
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders.changes import ChangeView
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_waiting", __name__, template_folder="templates")

#: Under which name changes that customers make here are kept.
CHANNEL: Final = "portal"
#: Choices that one order may be asked for; people try two or three.
TRIES: Final = "60/hour"
#: Links tried from one address that open nothing.
MISSES: Final = "20/15 minutes"
_LONGEST_KEY: Final = 80
#: More digits than this make no id and no version.
_DIGITS: Final = 9


@dataclass(frozen=True)
class Door:
    """Whose order this is, and where its page and the way back are."""

    order: OrderView
    here: str
    back: str | None


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps an address that opens somebody's order."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@blueprint.get("/orders/<number>/waiting")
@guard(customer=True)
def mine(number: str) -> ResponseReturnValue:
    """The customer's own order."""
    return _page(_own(number))


@blueprint.post("/orders/<number>/waiting")
@guard(customer=True)
def choose_mine(number: str) -> ResponseReturnValue:
    """What they chose of their own order."""
    return _choose(_own(number))


@blueprint.get("/waiting/<written>")
@public(reason="the link is signed for this one order, and was sent to its customer")
def by_link(written: str) -> ResponseReturnValue:
    """The order of a link."""
    return _page(_linked(written))


@blueprint.post("/waiting/<written>")
@public(reason="the link is signed for this one order, and was sent to its customer")
def choose_by_link(written: str) -> ResponseReturnValue:
    """What was chosen by a link."""
    return _choose(_linked(written))


def links() -> WaitingLinks:
    """What signs and reads the links of this shop."""
    house = runtime()
    return WaitingLinks(house.settings.secret_key, house.clock)


def _own(number: str) -> Door:
    with runtime().database.looking() as session:
        order = orders.own(session, number, customer_id())
    if order.order_state is OrderState.DRAFT:
        raise NotFound("no such order")
    here = url_for("portal_waiting.mine", number=url_of(order.number).rpartition("/")[2])
    return Door(order, here, url_of(order.number))


def _linked(written: str) -> Door:
    house, address = runtime(), visitors.address()
    house.limits.check("waiting-link-miss", address, MISSES)
    found = links().read(written)
    if found is None:
        house.limits.take("waiting-link-miss", address, MISSES)
        raise NotFound("this link is not valid any more")
    order_id, of_customer = found
    with house.database.looking() as session:
        order = orders.by_id(session, order_id)
        is_theirs = order.customer_id == of_customer
        if not is_theirs or customers.find(session, of_customer) is None:
            raise NotFound("no such order")
    return Door(order, url_for("portal_waiting.by_link", written=written), None)


def _choose(door: Door) -> ResponseReturnValue:
    """Show what a choice brings; do it once that was seen. Waiting needs no second look."""
    order = door.order
    runtime().limits.take("portal-waiting", str(order.id), TRIES)
    chosen = _typed(order)
    if chosen is None:
        return _page(door, errors={"choice": _("Choose what we should do.")}), 422
    try:
        if chosen.choice is not Choice.WAIT and "confirmed" not in request.form:
            return _page(door, chosen=chosen)
        with runtime().unit_of_work(actors.customer(order.customer_id)) as uow:
            done = waiting_choices.choose(uow, chosen)
    except ChangeRefused as error:
        said = [reasons.say(cause, _language()) for cause in error.decision.causes]
        return _page(door, refusals=said), 409
    except Invalid:
        return _page(door, errors={"choice": _("Choose what we should do.")}), 422
    except (NothingWaits, AskedAlready, Stale) as error:
        flash(gettext(_OVERTAKEN.get(error.code, _CHANGED)), "attention")
        return redirect(door.here, 303)
    flash(_told(chosen, done), "success")
    return redirect(door.back or door.here, 303)


_CHANGED: Final = N_("Your order has changed meanwhile. This is how it is now.")
_OVERTAKEN: Final = {
    NothingWaits.code: N_("Good news: nothing of this item waits any more."),
    AskedAlready.code: N_("We are already looking at what you asked for, and will write to you."),
}


def _page(
    door: Door,
    *,
    chosen: Chosen | None = None,
    errors: Mapping[str, str] | None = None,
    refusals: list[str] | None = None,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        waiting = selling.choices(session, door.order.id)
        sold = {line.id: line for line in orders.lines(session, door.order.id)}
        asked = any(one.is_open for one in changes.of_order(session, door.order.id))
        facts = _previewed(session, chosen, waiting) if chosen is not None else {}
    return render_template(
        "portal/waiting.html",
        door=door,
        order=door.order,
        lines=waiting,
        sold=sold,
        asked=asked,
        errors=dict(errors or {}),
        refusals=refusals or [],
        typed=request.form,
        choice=Choice,
        **facts,
    )


def _previewed(
    session: Session, chosen: Chosen, waiting: tuple[WaitingLine, ...]
) -> dict[str, Any]:
    book = open_book(session, chosen.order_id, now=runtime().clock.now())
    seen = waiting_choices.preview(session, chosen, book)
    if seen.decision.is_refused:
        raise ChangeRefused(seen.decision)
    line = next(one for one in waiting if one.line_id == chosen.line_id)
    return {
        "seen": seen,
        "line": line,
        "instead": next(
            (one for one in line.substitutes if one.variant_id == chosen.variant_id), None
        ),
        "by_person": seen.decision.outcome is Outcome.PERSON,
        "key": ids.token(),
    }


def _typed(order: OrderView) -> Chosen | None:
    """What the form says; None where nothing is chosen that could be meant."""
    said, _sep, variant = request.form.get("choice", "").partition(":")
    line_id = _number(request.form.get("line", ""))
    if said not in set(Choice) or line_id is None:
        return None
    key = request.form.get("key", "")
    if "confirmed" in request.form and not (key.isascii() and 0 < len(key) <= _LONGEST_KEY):
        return None
    return Chosen(
        order_id=order.id,
        line_id=line_id,
        choice=Choice(said),
        variant_id=_number(variant),
        channel=CHANNEL,
        key=f"portal:{order.id}:{key}",
        version=_number(request.form.get("version", "")),
        digest=request.form.get("digest", ""),
    )


def _told(chosen: Chosen, done: ChangeView | None) -> str:
    if done is None:
        return str(_("Thank you. We keep it for you and send it as soon as it is here."))
    if done.is_open:
        return str(_("Thank you. A colleague looks at it and writes to you."))
    if chosen.choice is Choice.CANCEL:
        return str(_("It is cancelled. What you paid for it goes back to you."))
    return str(_("Done. We send the other item instead."))


def _number(typed: str) -> int | None:
    plain = typed.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS else None


def _language() -> Language:
    return Language(str(get_locale()))
