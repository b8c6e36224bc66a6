"""``/v1/variants``: what is sold, what it costs, and how it is sold before it is there."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard
from oms_service.api import paging, reach
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_schemas import (
    NewSellingSchema,
    SellingSchema,
    VariantsQuery,
    VariantsSchema,
)
from oms_service.catalog import listing
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.operations.placement import quoting, selling
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import RuleView
from oms_service.sales.states import SellingMode

blueprint = Blueprint("variants", __name__, url_prefix="/v1", description="What is sold.")
blueprint.before_request(json_only)


@blueprint.get("/variants")
@guard.guard(scope="catalog:read")
@blueprint.arguments(VariantsQuery(), location="query")
@blueprint.response(200, VariantsSchema, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 404, 422, 429)
def several(asked: Mapping[str, Any]) -> Response:
    """What a channel sells, by SKU: prices, what is there, and how the rest may wait."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    limit = int(asked["limit"])
    with house.database.looking() as session:
        channel = reach.channel(session, asked["channel"])
        wanted = listing.Wanted(typed=asked["text"])
        page = listing.page(session, wanted, cursor=asked["cursor"], limit=limit)
        ids = {one.id for one in page.items}
        prices = catalog.prices(session, ids, currency=channel.currency, channel_id=channel.id)
        free = quoting.free(session, ids, channel.stock_buffer)
        rules = sales.selling_rules(session, ids, channel.id)
        waiting = {
            one.variant_id: orders.waiting_units(session, one.variant_id, channel_id=one.channel_id)
            for one in rules.values()
        }
    shown = [
        {
            "sku": one.sku,
            "name": dict(one.name),
            "options": dict(one.options),
            "category": one.category,
            "tax_rate_bp": one.tax_rate_bp,
            "price": {"minor": prices[one.id], "currency": channel.currency}
            if one.id in prices
            else None,
            "available": free.get(one.id, 0),
            "selling": _rule(rules[one.id], waiting[one.id]) if one.id in rules else None,
        }
        for one in page.items
    ]
    return paging.with_link(jsonify({"variants": shown}), page, limit=limit)


@blueprint.post("/variants/<sku>/selling")
@guard.guard(scope="selling:manage")
@blueprint.arguments(NewSellingSchema())
@blueprint.response(200, SellingSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def sell(uow: UnitOfWork, wanted: Mapping[str, Any], sku: str) -> tuple[dict[str, Any], int]:
    """Say what may be sold before it is there, how much, and by which day it leaves.

    Orders that wait are told of another day.
    """
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    found = catalog.variants_by_sku(uow.session, {sku}) if "\0" not in sku else {}
    if sku not in found:
        raise NotFound("no such variant")
    code = wanted["channel"]
    rule = selling.sell(
        uow,
        variant_id=found[sku].id,
        channel_id=sales.channel(uow.session, code).id if code else None,
        mode=SellingMode(wanted["mode"]),
        limit_units=wanted["limit_units"],
        ships_by=wanted["ships_by"],
        version=wanted["version"],
    )
    units = orders.waiting_units(uow.session, rule.variant_id, channel_id=rule.channel_id)
    return _rule(rule, units), 200


def _rule(rule: RuleView, waiting: int) -> dict[str, Any]:
    return {
        "mode": rule.mode,
        "limit_units": rule.limit_units,
        "waiting_units": waiting,
        "ships_by": rule.ships_by.isoformat() if rule.ships_by else None,
        "version": rule.version,
    }
