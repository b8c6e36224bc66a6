"""``/v1/stock``: what may be promised, what lies where, why it is so, and moving it by hand."""

from collections.abc import Mapping
from typing import Any

from flask import Response, json, jsonify

from oms_service.access import guard
from oms_service.api import etags, paging, problems, stock_parts
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.paging import PageQuery
from oms_service.api.stock_parts import Names
from oms_service.api.stock_schemas import (
    AVAILABLE,
    LEVEL,
    MOVEMENT,
    AvailabilitiesSchema,
    AvailabilityQuery,
    ConflictSchema,
    HandleSchema,
    LevelSchema,
    LevelsQuery,
    LevelsSchema,
    MovementsSchema,
    SettingsSchema,
)
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import handling, papers, queries
from oms_service.inventory.queries import Entry, LevelView
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime

blueprint = Blueprint("stock", __name__, url_prefix="/v1", description="Stock, and why it is so.")
blueprint.before_request(json_only)


@blueprint.get("/availability")
@guard.guard(scope="stock:read")
@blueprint.arguments(AvailabilityQuery(), location="query")
@blueprint.response(200, AvailabilitiesSchema, example={"availability": [AVAILABLE]})
@blueprint.refuses(401, 403, 422, 429)
def availability(wanted: Mapping[str, Any]) -> Response:
    """What may be promised of some variants, overall and by location."""
    stock_parts.take()
    with runtime().database.looking() as session:
        buffer = stock_parts.buffer(session, wanted["channel"])
        known = catalog.variants_by_sku(session, set(wanted["sku"]))
        found = queries.to_promise(session, [one.id for one in known.values()], buffer=buffer)
        coming = papers.expected(session, list(found))
        named = stock_parts.names(session, list(found))
    said = [
        {
            "sku": variant.sku,
            "name": {"ja": "", "en": "", **variant.name},
            "available": found[variant.id].overall,
            "incoming": found[variant.id].incoming,
            "locations": [
                {"location": named.locations[place], "available": units}
                for place, units in found[variant.id].by_location.items()
            ],
            "next_expected": {
                "on": coming[variant.id][1].isoformat(),
                "quantity": coming[variant.id][0],
            }
            if variant.id in coming
            else None,
        }
        for variant in sorted(known.values(), key=lambda one: one.sku)
    ]
    return jsonify({"availability": said})


@blueprint.get("/stock")
@guard.guard(scope="stock:read")
@blueprint.arguments(LevelsQuery(), location="query")
@blueprint.response(200, LevelsSchema, example={"levels": [LEVEL]}, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def levels(wanted: Mapping[str, Any]) -> Response:
    """What lies where; of a search the first hundred variants count."""
    stock_parts.take()
    limit = int(wanted["limit"])
    with runtime().database.looking() as session:
        among = None
        if wanted["sku"]:
            known = catalog.variants_by_sku(session, {wanted["sku"]})
            among = [one.id for one in known.values()]
        elif wanted["q"].strip():
            among = [one.id for one in catalog.search(session, wanted["q"])]
        found = queries.levels(
            session,
            only=wanted["which"],
            location_id=stock_parts.a_location(session, wanted["location"]),
            variant_ids=among,
            cursor=wanted["cursor"],
            limit=limit,
        )
        named = stock_parts.names(session, {one.variant_id for one in found.items})
    response = jsonify({"levels": [shown(one, named) for one in found.items]})
    return paging.with_link(response, found, limit=limit)


@blueprint.get("/stock/<sku>/<location>")
@guard.guard(scope="stock:read")
@blueprint.response(200, LevelSchema, example=LEVEL, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(sku: str, location: str) -> Response:
    """One variant at one location."""
    stock_parts.take()
    with runtime().database.looking() as session:
        variant_id, location_id = _place(session, sku, location)
        found = [
            level
            for level in queries.availability(session, [variant_id])
            if level.location_id == location_id
        ] or [LevelView(variant_id, location_id, 0, 0, 0, 0, 0, 0, 0)]
        said = shown(found[0], stock_parts.names(session, [variant_id]))
    return etags.tagged(jsonify(said), ids.digest(json.dumps(said, sort_keys=True))[:32])


@blueprint.get("/stock/<sku>/<location>/movements")
@guard.guard(scope="stock:read")
@blueprint.arguments(PageQuery(), location="query")
@blueprint.response(
    200, MovementsSchema, example={"movements": [MOVEMENT]}, headers=paging.LINK_HEADER
)
@blueprint.refuses(401, 403, 404, 422, 429)
def movements(page: Mapping[str, Any], sku: str, location: str) -> Response:
    """Why a level is what it is: every movement, the newest first, with the level after it."""
    stock_parts.take()
    limit = int(page["limit"])
    with runtime().database.looking() as session:
        place = _place(session, sku, location)
        found = queries.ledger(session, *place, cursor=page["cursor"], limit=limit)
    response = jsonify({"movements": [_movement(entry) for entry in found.items]})
    return paging.with_link(response, found, limit=limit)


@blueprint.post("/stock-adjustments")
@guard.guard(scope="stock:adjust")
@blueprint.arguments(HandleSchema())
@blueprint.response(201, LevelsSchema, example={"levels": [LEVEL]}, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 413, 415, 422, 429)
@blueprint.alt_response(409, schema=ConflictSchema, content_type=problems.MIMETYPE)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def handle(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Move goods by hand, all or nothing: corrections, damage, quality control."""
    stock_parts.take()
    units = _units(uow, wanted)
    with stock_parts.shortages_told(uow.session):
        found = handling.handle(
            uow,
            wanted["action"],
            units,
            reason=wanted["reason"],
            key=stock_parts.command_key(),
        )
    named = stock_parts.names(uow.session, {level.variant_id for level in found})
    return {"levels": [shown(level, named) for level in found]}, 201


@blueprint.post("/stock-settings")
@guard.guard(scope="stock:adjust")
@blueprint.arguments(SettingsSchema())
@blueprint.response(200, LevelSchema, example=LEVEL, headers=REPLAYED_HEADER)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def settings(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Say what a level keeps back, and from how few units on it is low."""
    stock_parts.take()
    (variant_id,) = stock_parts.by_variant(uow.session, [wanted], lambda line: line)
    place = variant_id, stock_parts.location(uow.session, wanted["location"])
    level = handling.keep_back(
        uow,
        place,
        safety=wanted["safety_stock"],
        reorder_point=wanted["reorder_point"],
    )
    return shown(level, stock_parts.names(uow.session, [variant_id])), 200


def shown(level: LevelView, named: Names) -> dict[str, Any]:
    """A level as programs read it."""
    return {
        "sku": named.sku(level.variant_id),
        "location": named.locations[level.location_id],
        "on_hand": level.on_hand,
        "allocated": level.allocated,
        "reserved": level.reserved,
        "safety_stock": level.safety,
        "available": level.available,
        "incoming": level.incoming,
        "damaged": level.damaged,
        "quality_control": level.quality_control,
        "reorder_point": level.reorder_point,
        "is_low": level.is_low,
    }


def _movement(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "cause": entry.cause,
        "reason": entry.reason,
        "changes": dict(entry.changes),
        "after": dict(entry.after),
    }


def _place(session: queries.Reader, sku: str, location: str) -> tuple[int, int]:
    """The ids of a variant and a location.

    Raises:
        NotFound: the shop has no such variant or location.
    """
    variant = catalog.variants_by_sku(session, [sku]).get(sku)
    places = {place.code: place.id for place in queries.all_locations(session)}
    if variant is None or location not in places:
        raise NotFound("no such variant or location")
    return variant.id, places[location]


def _units(uow: UnitOfWork, wanted: Mapping[str, Any]) -> dict[tuple[int, int], int]:
    known = catalog.variants_by_sku(uow.session, {line["sku"] for line in wanted["lines"]})
    places = {place.code: place.id for place in queries.locations(uow.session)}
    units: dict[tuple[int, int], int] = {}
    wrong: dict[str, str] = {}
    for index, line in enumerate(wanted["lines"]):
        if line["sku"] not in known:
            wrong[f"lines[{index}].sku"] = "is not in the catalogue"
        elif line["location"] not in places:
            wrong[f"lines[{index}].location"] = "is not a location in use"
        else:
            place = known[line["sku"]].id, places[line["location"]]
            if place in units:
                wrong[f"lines[{index}]"] = "is named twice"
            units[place] = line["quantity"]
    if wrong:
        raise Invalid("some lines are wrong", wrong)
    return units
