"""``/v1/reservations``: units held for a cart or a pickup until a time."""

from collections.abc import Mapping
from typing import Any

from flask import Response, json, jsonify

from oms_service.access import guard
from oms_service.api import etags, pickups, problems, stock_parts
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.stock_parts import Names
from oms_service.api.stock_schemas import (
    RESERVATION,
    ConflictSchema,
    NewReservationSchema,
    ReservationSchema,
    ReservationsSchema,
    UntilSchema,
)
from oms_service.customers import joining
from oms_service.customers.joining import Person
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import reservations as holding
from oms_service.inventory.reservations import Hold, ReservationView
from oms_service.kernel import ids
from oms_service.operations.pickup import collecting
from oms_service.operations.pickup.collecting import OutOfStockHere, Reserve
from oms_service.runtime import runtime
from oms_service.sales import queries as sales

blueprint = Blueprint(
    "reservations", __name__, url_prefix="/v1", description="Units held until a time."
)
blueprint.before_request(json_only)


@blueprint.post("/reservations")
@guard.guard(scope="stock:reserve")
@blueprint.arguments(NewReservationSchema())
@blueprint.response(
    201,
    ReservationsSchema,
    example={"reservations": [RESERVATION], "pickup": None},
    headers=REPLAYED_HEADER,
)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
@blueprint.alt_response(409, schema=ConflictSchema, content_type=problems.MIMETYPE)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def reserve(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Hold units at one location, all or none; a shortage says where else there is some.

    With ``pickup`` they wait in a shop for a customer, who has a code and buys them there.
    """
    stock_parts.take()
    location_id = stock_parts.location(uow.session, wanted["location"])
    units = stock_parts.by_variant(uow.session, wanted["lines"], lambda line: int(line["quantity"]))
    if wanted["pickup"]:
        return _for_pickup(uow, wanted, location_id), 201
    hold = Hold(
        units={(variant_id, location_id): quantity for variant_id, quantity in units.items()},
        holder=wanted["holder"],
        until=wanted["until"],
        key=stock_parts.command_key(),
    )
    with stock_parts.shortages_told(uow.session, location_id):
        made = holding.reserve(uow, hold, buffer=stock_parts.buffer(uow.session, wanted["channel"]))
    named = stock_parts.names(uow.session, list(units))
    return {"reservations": [_shown(view, named) for view in made], "pickup": None}, 201


@blueprint.get("/reservations/<number>")
@guard.guard(scope="stock:read")
@blueprint.response(200, ReservationSchema, headers=etags.ETAG_HEADER, example=RESERVATION)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One reservation."""
    stock_parts.take()
    with runtime().database.looking() as session:
        view = holding.by_number(session, number)
        named = stock_parts.names(session, [view.variant_id])
    said = _shown(view, named)
    return etags.tagged(jsonify(said), ids.digest(json.dumps(said, sort_keys=True))[:32])


@blueprint.post("/reservations/<number>/extend")
@guard.guard(scope="stock:reserve")
@blueprint.arguments(UntilSchema())
@blueprint.response(200, ReservationSchema, example=RESERVATION, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def extend(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Hold on until another time."""
    stock_parts.take()
    known = holding.by_number(uow.session, number)
    return _said(uow, holding.extend(uow, known.id, wanted["until"])), 200


@blueprint.post("/reservations/<number>/release")
@guard.guard(scope="stock:reserve")
@blueprint.response(200, ReservationSchema, example=RESERVATION, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def release(uow: UnitOfWork, number: str) -> tuple[dict[str, Any], int]:
    """Let the units go before the time; released again, it stays as it is."""
    stock_parts.take()
    known = holding.by_number(uow.session, number)
    return _said(uow, holding.release_reservation(uow, known.id)), 200


def _for_pickup(uow: UnitOfWork, wanted: Mapping[str, Any], location_id: int) -> dict[str, Any]:
    buyer = dict(wanted["pickup"]["customer"])
    channel = sales.channel(uow.session, wanted["channel"])
    language = buyer.pop("language") or wanted["pickup"]["language"] or channel.locale
    person = Person(scope=channel.code, language=language, **buyer)
    customer_id = joining.known_or_new(uow, person).customer_id
    try:
        made = collecting.reserve(
            uow,
            Reserve(
                channel=channel.code,
                customer_id=customer_id,
                location_id=location_id,
                units={line["sku"]: line["quantity"] for line in wanted["lines"]},
                mail=buyer["mail"],
                phone=buyer["phone"],
                language=language,
                key=f"{guard.actor().ref}:{stock_parts.command_key()}",
            ),
        )
    except OutOfStockHere as error:
        near = [
            {"location": one.code, "km": one.km, "areas_apart": one.areas_apart}
            for one in error.nearest_stores
        ]
        with stock_parts.shortages_told(uow.session, location_id, {"nearest_stores": near}):
            raise
    held = holding.open_of(uow.session, made.holder)
    named = stock_parts.names(uow.session, [view.variant_id for view in held])
    return {
        "reservations": [_shown(view, named) for view in held],
        "pickup": pickups.shown(uow.session, made),
    }


def _said(uow: UnitOfWork, view: ReservationView) -> dict[str, Any]:
    return _shown(view, stock_parts.names(uow.session, [view.variant_id]))


def _shown(view: ReservationView, named: Names) -> dict[str, Any]:
    return {
        "number": view.number,
        "sku": named.sku(view.variant_id),
        "location": named.locations[view.location_id],
        "quantity": view.quantity,
        "holder": view.holder,
        "until": view.until.isoformat(),
        "ended_at": view.ended_at.isoformat() if view.ended_at else None,
        "ended_how": view.ended_how,
    }
