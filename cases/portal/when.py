"""When a customer's order should arrive: the day and the hours, chosen anew. It needs no script."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases.portal.views import url_of
from oms_service.access.guard import actor, customer_id, guard
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.operations.changes import changing, changing_preview
from oms_service.operations.changes.change_wishes import DeliverAt
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.changes.changing_book import open_book
from oms_service.operations.rules import reasons
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind
from oms_service.runtime import runtime
from oms_service.shipping import wishes
from oms_service.shipping.wishes import Wish
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_when", __name__, url_prefix="/orders", template_folder="templates")

#: Under which name changes that customers make here are kept.
CHANNEL: Final = "portal"
#: Days that one customer may try; people try two or three.
TRIES: Final = "60/hour"
ANY_HOURS: Final = N_("Any time of the day")
_LONGEST: Final = {"deliver_on": 10, "delivery_window": 9, "key": 80}
_SAID: Final = {
    "deliver_on": N_("Choose a day from the calendar."),
    "delivery_window": N_("Choose the hours from the list."),
}
#: More digits than this make no version.
_DIGITS: Final = 9


@blueprint.get("/<number>/when")
@guard(customer=True)
def choose(number: str) -> str:
    """The day and the hours there are, and those to choose from."""
    return _page(_own(number))


@blueprint.post("/<number>/when")
@guard(customer=True)
def change(number: str) -> ResponseReturnValue:
    """Have it arrive at another time; pressed twice, it is one change."""
    runtime().limits.take("portal-when", str(customer_id()), TRIES)
    order = _own(number)
    try:
        with runtime().unit_of_work(actor()) as uow:
            done = changing.request(uow, _wanted(order))
    except Invalid as error:
        return _page(
            order, errors={one: _(_SAID[one]) for one in error.fields if one in _SAID}
        ), 422
    except ChangeRefused as error:
        said = [reasons.say(cause, spoken()) for cause in error.decision.causes]
        return _page(order, refusals=said), 409
    except Stale:
        flash(_("Your order has changed meanwhile. This is how it is now."), "attention")
        return redirect(request.path, 303)
    if done.is_open:
        flash(_("Thank you. A colleague looks at it and writes to you."), "success")
    else:
        flash(_("The day and time of delivery are changed."), "success")
    return redirect(url_of(order.number), 303)


def _own(number: str) -> OrderView:
    with runtime().database.looking() as session:
        return orders.own(session, number, customer_id())


def _wanted(order: OrderView) -> Wanted:
    typed = {name: request.form.get(name, "").strip() for name in _LONGEST}
    key, version = typed["key"], request.form.get("version", "")
    if not key or len(key) > _LONGEST["key"] or not key.isascii() or not key.isprintable():
        raise NotFound("no such form")
    try:
        day = date.fromisoformat(typed["deliver_on"]) if typed["deliver_on"] else None
    except ValueError:
        raise Invalid("no such day", {"deliver_on": "is no day"}) from None
    return Wanted(
        order_id=order.id,
        wish=DeliverAt(
            deliver_on=day, window=typed["delivery_window"][: _LONGEST["delivery_window"]]
        ),
        channel=CHANNEL,
        key=f"portal:{order.id}:{key}",
        version=int(version) if version.isdecimal() and len(version) <= _DIGITS else None,
    )


def _page(
    order: OrderView,
    *,
    errors: Mapping[str, str] | None = None,
    refusals: list[str] | None = None,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        book = open_book(session, order.id, now=house.clock.now())
        offers = changing_preview.offers(session, order.id, now=house.clock.now())
        against = next(one.causes for one in offers if one.kind is ChangeKind.DELIVERY)
        found = changing_preview.delivery_reach(session, book)
    language = spoken()
    codes = [wishes.hours_of(one) for one in found.windows]
    now = Wish(book.order.deliver_on, book.order.delivery_window)
    if now.hours and now.hours not in codes:
        codes.append(now.hours)
    typed = request.form
    return render_template(
        "portal/when.html",
        order=book.order,
        back=url_of(order.number),
        here=url_for("portal_when.choose", number=url_of(order.number).rpartition("/")[2]),
        now=wishes.said(now, language),
        first=found.first,
        last=found.last,
        hours=[
            ("", _(ANY_HOURS)),
            *((one, wishes.hours_said(one, language)) for one in codes),
        ],
        values={
            "deliver_on": typed.get("deliver_on", now.deliver_on or ""),
            "delivery_window": typed.get("delivery_window", now.hours),
        },
        key=typed.get("key") or ids.token(),
        closed=[reasons.say(cause, language) for cause in against],
        errors=dict(errors or {}),
        refusals=refusals or [],
    )
