"""``/v1/orders``: one order, and its past."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard
from oms_service.api import etags, paging
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import OrderSchema, TimelineSchema
from oms_service.history.queries import timeline
from oms_service.kernel import pages
from oms_service.kernel.money import Money
from oms_service.kernel.pages import Page
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.ports.timeline import Entry
from oms_service.runtime import runtime

blueprint = Blueprint("orders", __name__, url_prefix="/v1", description="Orders and their past.")
blueprint.before_request(json_only)


@blueprint.get("/orders/<number>")
@guard.guard(scope="orders:read")
@blueprint.response(200, OrderSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One order with its lines, without personal data."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    with house.database.reading() as connection:
        order = orders.find(connection, number)
        lines = orders.lines(connection, order.id)
    return etags.tagged(jsonify(_order(order, lines)), order.version)


@blueprint.get("/orders/<number>/timeline")
@guard.guard(scope="orders:read")
@blueprint.arguments(PageQuery(), location="query")
@blueprint.response(200, TimelineSchema, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 404, 422, 429)
def past(page: Mapping[str, Any], number: str) -> Response:
    """Everything that happened to an order, oldest first."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    begin = int(pages.read(page["cursor"], int)[0]) if page["cursor"] else 0
    with house.database.looking() as session:
        order = orders.find(session, number)
        entries = timeline(session, house.timeline, order.id)
    limit = int(page["limit"])
    shown = entries[begin : begin + limit]
    more = begin + limit < len(entries)
    cursor = pages.write([begin + limit]) if more else None
    cut: Page[Entry] = Page(tuple(shown), cursor)
    response = jsonify({"entries": [_entry(entry) for entry in cut.items]})
    return paging.with_link(response, cut, limit=limit)


def _order(order: OrderView, lines: tuple[LineView, ...]) -> dict[str, Any]:
    return {
        "number": order.number,
        "placed_at": order.placed_at.isoformat() if order.placed_at else None,
        "order_state": order.order_state,
        "payment_state": order.payment_state,
        "fulfilment_state": order.fulfilment_state,
        "total": _money(order.total),
        "version": order.version,
        "lines": [
            {
                "sku": line.sku,
                "name": dict(line.name),
                "options": dict(line.options),
                "unit_price": _money(line.unit_price),
                "counters": vars(line.counters),
            }
            for line in lines
        ],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "at": entry.at.isoformat() if entry.at else None,
        "actor": entry.actor,
        "channel": entry.channel,
        "facts": dict(entry.facts),
        "is_public": entry.is_public,
    }


def _money(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}
