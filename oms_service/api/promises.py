"""``/v1/orders/{number}/promises``: what a customer was told of an arrival, and what was kept."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify

from oms_service.access import guard
from oms_service.api import etags, stock_parts
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.promises_schemas import PROMISES, PromisesSchema
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.shipping import chains
from oms_service.shipping.chains import Chain
from oms_service.shipping.windows import Window

blueprint = Blueprint(
    "promises", __name__, url_prefix="/v1", description="What customers were told of arrivals."
)
blueprint.before_request(json_only)


@blueprint.get("/orders/<number>/promises")
@guard.guard(scope="orders:read")
@blueprint.response(200, PromisesSchema, headers=etags.ETAG_HEADER, example=PROMISES)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_order(number: str) -> Response:
    """Every window that was promised or told, by channel, and whether it was kept."""
    stock_parts.take()
    now = runtime().clock.now()
    with runtime().database.reading() as connection:
        order = orders.find(connection, number)
        found = chains.chains_of(connection, order.id)
    said = {"order": order.number, "deliveries": [_delivery(one, now) for one in found]}
    return etags.tagged_by_content(jsonify(said))


def _delivery(chain: Chain, now: datetime) -> dict[str, Any]:
    return {
        "tracking_number": chain.tracking_number,
        "carrier": chain.carrier,
        "original": _window(chain.original),
        "current": _window(chain.current),
        "delivered_at": chain.delivered_at.isoformat() if chain.delivered_at else None,
        "kept_original": chain.kept_original(now),
        "kept_current": chain.kept_current(now),
        "said": [
            {
                "at": one.at.isoformat(),
                "channel": one.channel,
                "window": _window(one.window),
                "reason": one.reason,
                "is_again": one.is_again,
            }
            for one in chain.said
        ],
    }


def _window(window: Window | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {
        "from": window.start.isoformat(),
        "until": window.until.isoformat(),
        "is_whole_days": window.days(runtime().settings.zone) is not None,
    }
