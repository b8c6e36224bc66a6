"""``POST /v1/orders/{number}/hold`` and ``/release``: orders that wait, and may go on."""

from collections.abc import Callable, Mapping
from typing import Any

from oms_service.access import guard
from oms_service.api import orders_shapes
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_schemas import HoldSchema, PlacedOrderSchema
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.placement import holding
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.runtime import runtime

blueprint = Blueprint("holds", __name__, url_prefix="/v1", description="Why orders wait.")
blueprint.before_request(json_only)


@blueprint.post("/orders/<number>/hold")
@guard.guard(scope="orders:hold")
@blueprint.arguments(HoldSchema())
@blueprint.response(200, PlacedOrderSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def hold(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Keep an order from being fulfilled; one that waits for that reason already stays so."""
    return _change(uow, holding.hold, wanted, number)


@blueprint.post("/orders/<number>/release")
@guard.guard(scope="orders:hold")
@blueprint.arguments(HoldSchema())
@blueprint.response(200, PlacedOrderSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def release(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Settle one reason to wait; the order goes on once none is left."""
    return _change(uow, holding.release, wanted, number)


def _change(
    uow: UnitOfWork, how: Callable[..., OrderView], wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    found = orders.find(uow.session, number)
    changed = how(uow, found.id, wanted["reason"], version=wanted["version"])
    return orders_shapes.order(uow.session, changed), 200
