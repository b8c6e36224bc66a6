"""``/v1/pickups``: what customers fetch in shops, and ``/v1/pickup-points``: where they can."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import etags, paging, stock_parts
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_shapes import money
from oms_service.api.pickups_schemas import (
    PICKUP,
    SHOP,
    CancelPickupSchema,
    CollectSchema,
    PickupSchema,
    PickupsQuery,
    PickupsSchema,
    ShopsQuery,
    ShopsSchema,
    TurnPickupSchema,
    clock_times,
)
from oms_service.api.problems import Explained
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import Counter, NotPaid
from oms_service.operations.sources import bringing
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.pickup import queries
from oms_service.pickup.queries import PickupView
from oms_service.pickup.states import IdentityCheck, PickupState
from oms_service.runtime import runtime

blueprint = Blueprint(
    "pickups", __name__, url_prefix="/v1", description="Fetching in a shop what was ordered."
)
blueprint.before_request(json_only)

_REFUSALS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)
#: Wrong codes that one pickup bears.
_GUESSES: Final = "5/15 minutes"


class MoneyDue(Explained):
    """Money is due first; ``due`` says how much."""

    code = NotPaid.code


@blueprint.get("/pickup-points")
@guard.guard(scope="pickups:read")
@blueprint.arguments(ShopsQuery(), location="query")
@blueprint.response(200, ShopsSchema, example={"shops": [SHOP]})
@blueprint.refuses(401, 403, 422, 429)
def shops(wanted: Mapping[str, Any]) -> Response:
    """Where things can be fetched, the nearest first; with ``sku``, only where that lies now.

    By kilometres where both positions are known, else by how far the prefectures are apart.
    """
    stock_parts.take()
    with runtime().database.looking() as session:
        units: dict[int, int] = {}
        if wanted["sku"]:
            said = [{"sku": wanted["sku"], "quantity": wanted["quantity"]}]
            units = stock_parts.by_variant(session, said, lambda line: int(line["quantity"]))
        latitude, longitude = wanted["latitude"], wanted["longitude"]
        found = bringing.nearest(
            session,
            units,
            region=wanted["region"],
            position=None if latitude is None or longitude is None else (latitude, longitude),
            buffer=stock_parts.buffer(session, wanted["channel"]),
        )
        points = {point.id: point for point in places.pickup_points(session)}
        terms = queries.all_terms(session, list(points))
    return jsonify(
        {
            "shops": [
                {
                    "location": one.code,
                    "name": dict(points[one.location_id].name),
                    "address": dict(terms[one.location_id].address),
                    "region": points[one.location_id].region,
                    "hours": clock_times(terms[one.location_id].hours),
                    "km": one.km,
                    "areas_apart": one.areas_apart,
                }
                for one in found
                if one.location_id in points
            ]
        }
    )


@blueprint.get("/pickups")
@guard.guard(scope="pickups:read")
@blueprint.arguments(PickupsQuery(), location="query")
@blueprint.response(200, PickupsSchema, headers=paging.LINK_HEADER, example={"pickups": [PICKUP]})
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """The pickups of a shop, the first promised first."""
    stock_parts.take()
    with runtime().database.looking() as session:
        page = queries.page(
            session,
            stock_parts.location(session, wanted["location"]),
            [wanted["state"]] if wanted["state"] else list(PickupState),
            cursor=wanted["cursor"],
            limit=wanted["limit"],
        )
        said = [shown(session, one) for one in page.items]
    return paging.with_link(jsonify({"pickups": said}), page, limit=wanted["limit"])


@blueprint.get("/pickups/<number>")
@guard.guard(scope="pickups:read")
@blueprint.response(200, PickupSchema, headers=etags.ETAG_HEADER, example=PICKUP)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One pickup with what is in it."""
    stock_parts.take()
    with runtime().database.looking() as session:
        found = queries.by_number(session, number)
        said = shown(session, found)
    return etags.tagged(jsonify(said), f"{found.version}-{said['due']}")


@blueprint.post("/pickups/<number>/ready")
@guard.guard(scope="pickups:work")
@blueprint.arguments(TurnPickupSchema())
@blueprint.response(200, PickupSchema, headers=REPLAYED_HEADER, example=PICKUP)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def ready(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """All of it lies ready; its customer is told."""
    stock_parts.take()
    found = queries.by_number(uow.session, number)
    now = collecting.make_ready(uow, found.id, version=wanted["version"])
    return shown(uow.session, now), 200


@blueprint.post("/pickups/<number>/extend")
@guard.guard(scope="pickups:work")
@blueprint.arguments(TurnPickupSchema())
@blueprint.response(200, PickupSchema, headers=REPLAYED_HEADER, example=PICKUP)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def extend(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Keep it longer, once."""
    stock_parts.take()
    found = queries.by_number(uow.session, number)
    now = collecting.extend(uow, found.id, version=wanted["version"])
    return shown(uow.session, now), 200


@blueprint.post("/pickups/<number>/collect")
@guard.guard(scope="pickups:work")
@blueprint.arguments(CollectSchema())
@blueprint.response(200, PickupSchema, headers=REPLAYED_HEADER, example=PICKUP)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def collect(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Hand it over the counter. Five codes in a quarter of an hour are the end."""
    stock_parts.take()
    found = queries.by_number(uow.session, number)
    if wanted["identity_check"] == IdentityCheck.CODE:
        runtime().limits.take("pickup-code", found.number, _GUESSES)
    paid = wanted["paid"]
    at = Counter(
        check=wanted["identity_check"],
        code=wanted["code"],
        units=_units(uow.session, found, wanted["items"]),
        paid=Money(paid["minor"], paid["currency"]) if paid else None,
        key=stock_parts.command_key(),
    )
    try:
        now = collecting.collect(uow, found.id, at, version=wanted["version"])
    except NotPaid as error:
        raise MoneyDue(str(error), {"due": money(error.due)}) from None
    return shown(uow.session, now), 200


@blueprint.post("/pickups/<number>/cancel")
@guard.guard(scope="pickups:work")
@blueprint.arguments(CancelPickupSchema())
@blueprint.response(200, PickupSchema, headers=REPLAYED_HEADER, example=PICKUP)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Nobody fetches it: what was reserved is free, an order is called off."""
    stock_parts.take()
    found = queries.by_number(uow.session, number)
    now = collecting.cancel(uow, found.id, reason=wanted["reason"], version=wanted["version"])
    return shown(uow.session, now), 200


def shown(session: Session, view: PickupView) -> dict[str, Any]:
    """One pickup as ``PickupSchema``."""
    order = orders.by_id(session, view.order_id) if view.order_id is not None else None
    due = None
    if order is not None:
        sums = payments.sums(session, order.id)
        left = order.total.minor - sums.kept - sums.open_authorization
        due = money(Money(max(0, left), order.total.currency))
    return {
        "number": view.number,
        "order": order.number if order else None,
        "location": stock.location(session, view.location_id).code,
        "state": view.state,
        "code": view.shown_code,
        "is_reservation": view.is_reservation,
        "ready_by": view.ready_by.isoformat(),
        "ready_at": view.ready_at.isoformat() if view.ready_at else None,
        "collect_by": view.collect_by.isoformat() if view.collect_by else None,
        "due": due,
        "version": view.version,
        "items": [
            {
                "line": line.position,
                "sku": line.sku,
                "quantity": line.counters.wanted,
                "collected": line.counters.delivered,
            }
            for line in (orders.lines(session, order.id) if order else ())
        ],
    }


def _units(
    session: Session, view: PickupView, items: list[Mapping[str, Any]] | None
) -> dict[int, int] | None:
    """Units by order line of the positions that were named."""
    if items is None or view.order_id is None:
        return None
    lines = {line.position: line.id for line in orders.lines(session, view.order_id)}
    units: dict[int, int] = {}
    for index, item in enumerate(items):
        if item["line"] not in lines:
            raise Invalid("no such line", {f"items[{index}].line": "is no line of the order"})
        line_id = lines[item["line"]]
        units[line_id] = units.get(line_id, 0) + item["quantity"]
    return units
