"""``/v1/orders/{number}/waiting``: what waits for stock, and what the customer does about it."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import changes, etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_shapes import money
from oms_service.api.waiting_schemas import (
    WaitingChoiceSchema,
    WaitingChosenSchema,
    WaitingLinesSchema,
)
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Forbidden, Invalid, NotFound
from oms_service.operations.changes import waiting_choices
from oms_service.operations.changes.waiting_choices import Choice, Chosen
from oms_service.operations.placement import selling
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint("waiting", __name__, url_prefix="/v1", description="Waiting for stock.")
blueprint.before_request(json_only)


@blueprint.get("/orders/<number>/waiting")
@guard.guard(scope="orders:read")
@blueprint.response(200, WaitingLinesSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def several(number: str) -> Response:
    """The lines of an order that wait, and what is there instead."""
    changes.limited()
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        places = {line.id: line.position for line in orders.lines(session, order.id)}
        found = selling.choices(session, order.id)
    shown = [
        {
            "line": places[one.line_id],
            "sku": one.sku,
            "units": one.units,
            "ships_by": one.ships_by.isoformat() if one.ships_by else None,
            "may_cancel": one.may_cancel,
            "substitutes": [
                {
                    "sku": other.sku,
                    "options": dict(other.options),
                    "available": other.available,
                    "unit_price": money(other.unit_price),
                }
                for other in one.substitutes
            ],
        }
        for one in found
    ]
    body = jsonify({"number": order.number, "version": order.version, "lines": shown})
    return etags.tagged_by_content(body)


@blueprint.post("/orders/<number>/waiting/<int(max=2147483647):position>")
@guard.guard(scope="orders:change")
@blueprint.arguments(WaitingChoiceSchema())
@blueprint.response(200, WaitingChosenSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def choose(
    uow: UnitOfWork, asked: Mapping[str, Any], number: str, position: int
) -> tuple[dict[str, Any], int]:
    """Wait on, take another variant, or call the waiting units off.

    What policy leaves to a person stays proposed.
    """
    changes.limited()
    choice: Choice = asked["choice"]
    if choice is Choice.CANCEL and "orders:cancel" not in guard.api_key().scopes:
        raise Forbidden("the key lacks the scope orders:cancel")
    order = orders.find(uow.session, number)
    lines = {line.position: line.id for line in orders.lines(uow.session, order.id)}
    if position not in lines:
        raise NotFound("no such line in this order")
    chosen = Chosen(
        order_id=order.id,
        line_id=lines[position],
        choice=choice,
        variant_id=_variant(uow.session, asked["sku"]) if choice is Choice.SUBSTITUTE else None,
        channel=changes.CHANNEL,
        key=changes.caller_key(),
        version=asked["version"],
    )
    with changes.explained(uow.session):
        done = waiting_choices.choose(uow, chosen)
    return {"choice": choice, "change": changes.said(order, done) if done else None}, 200


def _variant(session: Session, sku: str) -> int:
    found = catalog.variants_by_sku(session, {sku})
    if sku not in found:
        raise Invalid("there is no such item", {"sku": "is not in the catalogue"})
    return found[sku].id
