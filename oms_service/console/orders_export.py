"""The list of orders as a CSV file: exactly those its filters show, however many they are."""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Blueprint, Response
from flask_babel import get_locale

from oms_service.access import personal
from oms_service.access.guard import guard, staff
from oms_service.console import orders_words as words
from oms_service.console import sheets
from oms_service.console.orders import asked_for
from oms_service.customers import queries as customers
from oms_service.kernel.languages import Language, say
from oms_service.orders import listing
from oms_service.orders.listing import Wanted
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint("console_orders_export", __name__, url_prefix="/console/orders")

#: Orders that are read and held at once.
_PIECE: Final = 200


@blueprint.get("/export.csv")
@guard("orders:read")
def sheet() -> Response:
    """The orders that the same address shows as a list, newest first."""
    with runtime().database.looking() as session:
        channels = sales.channels(session)
        wanted = asked_for(session, channels)
    return sheets.streamed("orders", _rows(wanted, channels))


def _rows(wanted: Wanted, channels: Sequence[ChannelView]) -> Iterator[Sequence[str]]:
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
            page = listing.page(session, wanted, cursor=cursor, limit=_PIECE)
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
