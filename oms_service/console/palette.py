"""What the command palette finds of orders and parcels."""

from collections.abc import Sequence
from typing import Final

from flask import url_for

from oms_service.access import personal
from oms_service.access.guard import staff
from oms_service.console import orders_words, reach
from oms_service.customers import queries as customers
from oms_service.kernel.languages import say
from oms_service.operations import finding
from oms_service.orders import listing
from oms_service.orders import queries as orders
from oms_service.orders.listing import Wanted
from oms_service.ports.palette import Hit, PaletteSource
from oms_service.runtime import runtime
from oms_service.shipping import carriers
from oms_service.shipping import listing as parcels
from oms_service.web import palette
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext


def _(text: str) -> str:
    return str(gettext(text))


def _orders(typed: str, limit: int) -> Sequence[Hit]:
    """Orders by number and, where one may know, by who ordered; none while nothing is typed."""
    if not typed:
        return ()
    with runtime().database.looking() as session:
        wanted = finding.with_people(session, Wanted(typed=typed), sees_people=personal.may_see())
        found = listing.page(session, wanted, limit=limit).items
        heads = listing.heads(session, [one.id for one in found])
        people = customers.those(session, {one.customer_id for one in found})
    hits = []
    for one in found:
        who = people.get(one.customer_id)
        head = heads.get(one.id)
        about = (
            personal.shown(who.name, "name") if who and staff().may("customers:read") else "",
            say(head.first_item, spoken()) if head else "",
            _(orders_words.ORDER[one.order_state][0]),
        )
        url = url_for("console_orders.one", number=one.number)
        detail = " · ".join(part for part in about if part)
        hits.append(Hit(label=one.number, url=url, detail=detail, icon="parcel"))
    return hits


def _parcels(typed: str, limit: int) -> Sequence[Hit]:
    """Parcels by the whole number of the carrier or of the shipment, as orders hold them."""
    if not typed:
        return ()
    wanted = parcels.Wanted(typed=typed, among=reach.mine())
    with runtime().database.looking() as session:
        found = parcels.page(session, wanted, limit=limit).items
        numbers = orders.numbers_of(session, {one.order_id for one in found}) if found else {}
    return [
        Hit(
            label=one.tracking_number,
            url=url_for("console_orders.one", number=numbers[one.order_id]),
            detail=" · ".join(
                (
                    say(carriers.name_of(runtime().adapters, one.carrier), spoken()),
                    _(orders_words.PARCELS[one.status]),
                    numbers[one.order_id],
                )
            ),
            icon="truck",
        )
        for one in found
    ]


def _actions(typed: str, limit: int) -> Sequence[Hit]:
    words = _("Put a new order together")
    hit = Hit(label=words, url=url_for("console_orders_new.put_together"), icon="parcel")
    return [hit][:limit] if palette.fits(typed, words) else []


SOURCES: Final = (
    PaletteSource(
        name="orders", heading=N_("Orders"), find=_orders, permission="orders:read", rank=30
    ),
    PaletteSource(
        name="parcels", heading=N_("Parcels sent"), find=_parcels, permission="orders:read", rank=31
    ),
    PaletteSource(
        name="new_order", heading=N_("Actions"), find=_actions, permission="orders:place", rank=11
    ),
)
