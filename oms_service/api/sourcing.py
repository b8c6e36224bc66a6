"""Where an order ships from, and why; and where a basket would."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import etags
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.sourcing_schemas import (
    ANSWER,
    SOURCING,
    OrderSourcingSchema,
    SourcingAnswerSchema,
    SourcingPreviewSchema,
)
from oms_service.catalog import queries as catalog
from oms_service.inventory import places
from oms_service.inventory import queries as stock
from oms_service.inventory.policy import Pick, Want
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.sources import sourcing_choice, sourcing_words
from oms_service.operations.sources.sourcing_choice import Question
from oms_service.orders import queries as orders
from oms_service.orders import waiting
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.sourcing import decisions
from oms_service.sourcing.decisions import DecisionView

blueprint = Blueprint(
    "sourcing", __name__, url_prefix="/v1", description="Where orders ship from, and why."
)
blueprint.before_request(json_only)


@blueprint.get("/orders/<number>/sourcing")
@guard.guard(scope="orders:read")
@blueprint.response(200, OrderSourcingSchema, example=SOURCING, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_order(number: str) -> Response:
    """Every decision about where an order ships from, oldest first."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    with house.database.looking() as session:
        order = orders.find(session, number)
        lines = {line.id: line.sku for line in orders.lines(session, order.id)}
        points = {point.id: point for point in places.shipping_points(session)}
        said = [_decision(one, lines, points) for one in decisions.of_order(session, order.id)]
    return etags.tagged_by_content(jsonify({"number": order.number, "decisions": said}))


@blueprint.post("/sourcing/preview")
@guard.guard(scope="stock:read")
@blueprint.arguments(SourcingPreviewSchema())
@blueprint.response(200, SourcingAnswerSchema, example=ANSWER)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
def preview(asked: Mapping[str, Any]) -> Response:
    """Where a basket would come from, as things stand; nothing is held."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    with house.database.looking() as session:
        channel = sales.channel(session, asked["channel"])
        wants, skus = _wants(session, asked["lines"])
        variants = {want.variant_id for want in wants}
        free = {
            (level.variant_id, level.location_id): max(0, level.available - channel.stock_buffer)
            for level in stock.availability(session, variants)
        }
        answer = sourcing_choice.choose(
            session,
            Question(
                channel=channel,
                destination={"region": asked["region"], "postal_code": asked["postal_code"]},
                wants=wants,
            ),
            free,
            policy=sourcing_choice.policy_of(session, channel, now=house.clock.now()),
            now=house.clock.now(),
            owed=waiting.owed(session, variants),
        )
        points = {point.id: point for point in places.shipping_points(session)}
    got: dict[int, int] = {}
    for pick in answer.picks:
        got[pick.order_line_id] = got.get(pick.order_line_id, 0) + pick.quantity
    lacking = {
        want.order_line_id: want.quantity - got.get(want.order_line_id, 0)
        for want in wants
        if want.quantity > got.get(want.order_line_id, 0)
    }
    return jsonify(
        {
            "picks": _units(answer.picks, skus, points),
            "waiting": _waiting(lacking, skus),
            "shipping_minor": answer.cost_minor,
            "is_exact": answer.is_exact,
            "most_locations": answer.most_locations,
            "locations": _looked_at(answer.looked_at, points),
        }
    )


Points = Mapping[int, places.ShippingPoint]


def _wants(
    session: Session | Connection, lines: Sequence[Mapping[str, Any]]
) -> tuple[list[Want], dict[int, str]]:
    known = catalog.variants_by_sku(session, {line["sku"] for line in lines})
    wrong = {
        f"lines[{index}].sku": "is not in the catalogue"
        for index, line in enumerate(lines)
        if line["sku"] not in known
    }
    if wrong:
        raise Invalid("some lines cannot be sold", wrong)
    wants = [
        Want(index, known[line["sku"]].id, int(line["quantity"]))
        for index, line in enumerate(lines)
    ]
    return wants, {index: str(line["sku"]) for index, line in enumerate(lines)}


def _decision(one: DecisionView, lines: Mapping[int, str], points: Points) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "decided_at": one.decided_at.isoformat(),
        "actor": one.actor,
        "picks": _units(one.picks, lines, points),
        "taken_back": _units(one.taken_back, lines, points),
        "waiting": _waiting(one.waiting, lines),
        "shipping_minor": one.cost_minor,
        "is_exact": one.is_exact,
        "most_locations": one.most_locations,
        "locations": _looked_at(one.looked_at, points),
    }


def _units(picks: Sequence[Pick], skus: Mapping[int, str], points: Points) -> list[dict[str, Any]]:
    return [
        {
            "sku": skus[pick.order_line_id],
            "location": points[pick.location_id].code if pick.location_id in points else "",
            "quantity": pick.quantity,
        }
        for pick in picks
    ]


def _waiting(units: Mapping[int, int], skus: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{"sku": skus[line], "quantity": count} for line, count in units.items()]


def _looked_at(looked: Sequence[Mapping[str, Any]], points: Points) -> list[dict[str, Any]]:
    return [
        {
            "location": points[one["location"]].code,
            "name": points[one["location"]].name,
            "is_chosen": one["units"] > 0,
            "quantity": one["units"],
            "causes": [_cause(cause) for cause in one["causes"]],
        }
        for one in looked
        if one["location"] in points
    ]


def _cause(cause: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": cause["code"],
        "facts": cause.get("facts", {}),
        "words": {str(one): sourcing_words.why(cause, one) for one in Language},
    }
