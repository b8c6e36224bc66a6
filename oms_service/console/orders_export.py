"""The list of orders as a CSV file: those that were ticked, or exactly those its filters show."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from oms_service.access import personal
from oms_service.access.guard import guard, staff
from oms_service.console import orders_words as words
from oms_service.console import sheets
from oms_service.console.orders import asked_for, sort_asked
from oms_service.customers import queries as customers
from oms_service.kernel.languages import Language, say
from oms_service.orders import listing
from oms_service.orders.listing import Sort, Wanted
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint("console_orders_export", __name__, url_prefix="/console/orders")

#: Orders that are read and held at once.
_PIECE: Final = 200
#: Orders that are ticked at once, and the length of a number.
_MOST: Final = 100
_LONGEST: Final = 40


@blueprint.get("/export.csv")
@guard("orders:read")
def sheet() -> ResponseReturnValue:
    """The orders that were ticked, else those that the same address shows, in its order."""
    numbers = chosen()
    if "ticked" in request.args and not numbers:
        flash(_("Tick the orders first."), "attention")
        return redirect(url_for("console_orders.several"))
    with runtime().database.looking() as session:
        channels = sales.channels(session)
        wanted = (
            Wanted(numbers=numbers, with_drafts=True) if numbers else asked_for(session, channels)
        )
    return sheets.streamed("orders", _rows(wanted, channels, sort_asked()))


def chosen() -> tuple[str, ...]:
    """The numbers of the orders that were ticked; no more of them than a page has."""
    typed = (one.replace("\0", "")[:_LONGEST] for one in request.args.getlist("number")[:_MOST])
    return tuple(one for one in typed if one)


def _rows(wanted: Wanted, channels: Sequence[ChannelView], sort: Sort) -> Iterator[Sequence[str]]:
    named = {one.id: one.code for one in channels}
    language = Language.JAPANESE if str(get_locale()) == "ja" else Language.ENGLISH
    sees_names = staff().may("customers:read")
    zone = runtime().settings.zone
    yield (
        _("Order"),
        _("Placed"),
        _("Channel"),
        _("Customer"),
        _("First item"),
        _("Units"),
        _("State"),
        _("Payment"),
        _("Dispatch"),
        _("Total"),
        _("Currency"),
    )
    cursor = ""
    while True:
        with runtime().database.looking() as session:
            page = listing.page(session, wanted, sort=sort, cursor=cursor, limit=_PIECE)
            heads = listing.heads(session, [one.id for one in page.items])
            people = (
                customers.those(session, {one.customer_id for one in page.items})
                if sees_names
                else {}
            )
        for order in page.items:
            head = heads.get(order.id)
            person = people.get(order.customer_id)
            yield (
                order.number,
                order.placed_at.astimezone(zone).isoformat(timespec="seconds")
                if order.placed_at
                else "",
                named.get(order.channel_id, ""),
                personal.shown(person.name, "name") if person else "",
                say(head.first_item, language) if head else "",
                str(head.units) if head else "",
                _(words.ORDER[order.order_state][0]),
                _(words.PAYMENT[order.payment_state][0]),
                _(words.FULFILMENT[order.fulfilment_state][0]),
                f"{order.total.decimal:f}",
                order.total.currency,
            )
        if not page.next_cursor:
            return
        cursor = page.next_cursor
