"""``/v1/orders``: orders by what people look for, one order, and its past."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard, personal
from oms_service.api import etags, orders_shapes, paging, reach
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_schemas import OrdersQuery, OrdersSchema, PlacedOrderSchema
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import TimelineSchema
from oms_service.customers import joining
from oms_service.history.queries import timeline
from oms_service.kernel import pages
from oms_service.kernel.pages import Page
from oms_service.operations import finding
from oms_service.orders import listing
from oms_service.orders import queries as orders
from oms_service.orders.listing import Wanted
from oms_service.ports.timeline import QUOTED, Entry
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView

blueprint = Blueprint("orders", __name__, url_prefix="/v1", description="Orders and their past.")
blueprint.before_request(json_only)


@blueprint.get("/orders")
@guard.guard(scope="orders:read")
@blueprint.arguments(OrdersQuery(), location="query")
@blueprint.response(200, OrdersSchema, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 404, 422, 429)
def several(asked: Mapping[str, Any]) -> Response:
    """Orders that fit, newest first, without personal data."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    limit = int(asked["limit"])
    with house.database.looking() as session:
        wanted = finding.with_people(
            session, _wanted(session, asked), sees_people=personal.may_see()
        )
        page = listing.page(session, wanted, cursor=asked["cursor"], limit=limit)
        codes = sales.codes(session)
    shown = [orders_shapes.head(one, codes[one.channel_id]) for one in page.items]
    return paging.with_link(jsonify({"orders": shown}), page, limit=limit)


@blueprint.get("/orders/<number>")
@guard.guard(scope="orders:read")
@blueprint.response(200, PlacedOrderSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One order with its lines and money, without personal data."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    with house.database.reading() as connection:
        order = orders.find(connection, number)
        said = orders_shapes.order(connection, order)
    return etags.tagged(jsonify(said), order.version)


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


def _wanted(session: Session, asked: Mapping[str, Any]) -> Wanted:
    def only(name: str) -> tuple[Any, ...]:
        return (asked[name],) if asked[name] else ()

    channel = _channel(session, asked["channel"])
    customer_id = None
    if asked["customer"]:
        scope = channel.code if channel else ""
        customer_id = joining.known(session, asked["customer"], scope=scope)
    return Wanted(
        order_states=only("order_state"),
        payment_states=only("payment_state"),
        fulfilment_states=only("fulfilment_state"),
        channel_id=channel.id if channel else None,
        customer_id=customer_id,
        placed_from=asked["placed_from"],
        placed_until=asked["placed_until"],
        typed=asked["text"],
    )


def _channel(session: Session, code: str) -> ChannelView | None:
    """The channel that is asked for, or the only one the key reaches."""
    if code:
        return reach.channel(session, code)
    only = reach.only()
    return sales.channel_by_id(session, only) if only is not None else None


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "at": entry.at.isoformat() if entry.at else None,
        "actor": entry.actor,
        "channel": entry.channel,
        "facts": {
            name: personal.shown(fact) if name in QUOTED and fact else fact
            for name, fact in entry.facts.items()
        },
        "is_public": entry.is_public,
    }
