"""``/v1/exchanges``: goods for goods. What was asked for is read and received as a return."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import coming_back
from oms_service.api.coming_back import CHANNEL, PolicyRefused, key, limit, money
from oms_service.api.coming_back_schemas import (
    ExchangePreviewSchema,
    ExchangeWishSchema,
    NewExchangeSchema,
    ReturnSchema,
)
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.returning import exchanging
from oms_service.operations.returning.exchanging import (
    ExchangePreview,
    ExchangeRefused,
    WantedExchange,
    WantedSwap,
)
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.runtime import runtime

blueprint = Blueprint("exchanges", __name__, url_prefix="/v1", description="Goods for goods.")
blueprint.before_request(json_only)


@blueprint.post("/exchanges/preview")
@guard.guard(scope="returns:request")
@blueprint.arguments(ExchangeWishSchema())
@blueprint.response(200, ExchangePreviewSchema)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
def preview(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What an exchange would bring: what policy says, and the difference in price."""
    limit()
    house = runtime()
    with house.database.looking() as session:
        order = orders.find(session, wanted["order"])
        seen = exchanging.preview(
            session,
            order.id,
            _swaps(session, order, wanted),
            now=house.clock.now(),
            method_id=coming_back.method_id(session, order, wanted["method"]),
            channel=CHANNEL,
        )
        places = {line.id: line.position for line in orders.lines(session, order.id)}
    return _preview(seen, places)


@blueprint.post("/exchanges")
@guard.guard(scope="returns:request")
@blueprint.arguments(NewExchangeSchema())
@blueprint.response(201, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def ask(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Ask for an exchange; it answers the return under which the old goods come back."""
    limit()
    order = orders.find(uow.session, wanted["order"])
    try:
        made = exchanging.request(
            uow,
            WantedExchange(
                order_id=order.id,
                swaps=_swaps(uow.session, order, wanted),
                channel=CHANNEL,
                key=key(),
                method_id=coming_back.method_id(uow.session, order, wanted["method"]),
                digest=wanted["digest"],
            ),
        )
    except ExchangeRefused as refused:
        raise PolicyRefused(refused.decision.causes) from None
    return coming_back.several(uow.session, [made.view])[0], 201


def _swaps(session: Session, order: OrderView, wanted: Mapping[str, Any]) -> list[WantedSwap]:
    asked = wanted["swaps"]
    ids = coming_back.line_ids(session, order, [one["line"] for one in asked], "swaps")
    return [
        WantedSwap(
            line_id=line_id,
            sku=one["sku"],
            quantity=one["quantity"],
            reason=one["reason"],
            condition=one["condition"],
            evidence=frozenset(one["evidence"]),
        )
        for line_id, one in zip(ids, asked, strict=True)
    ]


def _preview(seen: ExchangePreview, places: Mapping[int, int]) -> dict[str, Any]:
    return {
        "outcome": seen.decision.outcome,
        "lines": coming_back.answers(seen.decision.lines, places),
        "causes": coming_back.said(seen.decision.causes),
        "pairs": [
            {
                "line": places[pair.line_id],
                "sku": pair.variant.sku,
                "quantity": pair.quantity,
                "unit_price": money(pair.unit_price),
                "old_value": money(pair.old_value),
                "new_value": money(pair.new_value),
            }
            for pair in seen.pairs
        ],
        "difference": money(seen.difference),
        "needs_method": seen.needs_method,
        "sends": seen.sends,
        "settles": seen.settles,
        "digest": seen.digest,
    }
