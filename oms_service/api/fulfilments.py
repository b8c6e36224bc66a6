"""``/v1/fulfilments``: what is to be picked, packed and handed over, for apps of scanners."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import etags, idempotency, paging
from oms_service.api.fulfilments_schemas import (
    BIN,
    BOX,
    FULFILMENT,
    BinsQuery,
    BinsSchema,
    FulfilmentSchema,
    FulfilmentsQuery,
    FulfilmentsSchema,
    HandOverSchema,
    LabelSchema,
    NewBinsSchema,
    PackedBoxesSchema,
    PackedBoxSchema,
    PackSchema,
    PickSchema,
    ShortSchema,
    UnpackSchema,
)
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.catalog import goods as catalog
from oms_service.catalog.queries import variants_by_sku
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.ids import digest
from oms_service.operations.dispatch import packing, picking
from oms_service.operations.dispatch import shipping as operations_shipping
from oms_service.operations.dispatch.packing import Weighed
from oms_service.operations.dispatch.picking import TooMany, WrongItem
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.warehouse import queries, service, work
from oms_service.warehouse.queries import Fulfilment, PackedBox
from oms_service.warehouse.work import NewBin

blueprint = Blueprint(
    "fulfilments", __name__, url_prefix="/v1", description="Picking, packing and handing over."
)
blueprint.before_request(json_only)

_REFUSALS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.get("/fulfilments")
@guard.guard(scope="fulfilments:read")
@blueprint.arguments(FulfilmentsQuery(), location="query")
@blueprint.response(
    200, FulfilmentsSchema, headers=paging.LINK_HEADER, example={"fulfilments": [FULFILMENT]}
)
@blueprint.refuses(401, 403, 404, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """What there is to do, the most urgent first."""
    _take()
    with runtime().database.looking() as session:
        page = queries.page(
            session,
            location_id=_location(session, wanted["location"]) if wanted["location"] else None,
            order_id=orders.find(session, wanted["order"]).id if wanted["order"] else None,
            states=[wanted["state"]] if wanted["state"] else (),
            cursor=wanted["cursor"],
            limit=wanted["limit"],
        )
        said = _fulfilments(session, page.items)
    return paging.with_link(jsonify({"fulfilments": said}), page, limit=wanted["limit"])


@blueprint.get("/fulfilments/<number>")
@guard.guard(scope="fulfilments:read")
@blueprint.response(200, FulfilmentSchema, headers=etags.ETAG_HEADER, example=FULFILMENT)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One fulfilment with its lines."""
    _take()
    with runtime().database.looking() as session:
        found = queries.fulfilment_by_number(session, number)
        (said,) = _fulfilments(session, [found])
    return etags.tagged(jsonify(said), found.version)


@blueprint.post("/fulfilments/<number>/pick")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(PickSchema())
@blueprint.response(200, FulfilmentSchema, headers=REPLAYED_HEADER, example=FULFILMENT)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def pick(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say what was scanned and is in the picker's hands; all of it counts, or nothing."""
    _take()
    found = queries.fulfilment_by_number(uow.session, number)
    now = picking.pick_for(
        uow,
        found.id,
        [(one["code"], one["quantity"]) for one in wanted["items"]],
        key=_key(),
        version=wanted["version"],
    )
    return _fulfilments(uow.session, [now])[0], 200


@blueprint.post("/fulfilments/<number>/short")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(ShortSchema())
@blueprint.response(200, FulfilmentSchema, headers=REPLAYED_HEADER, example=FULFILMENT)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def short(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say that less is on the shelf; the rest comes from elsewhere, or waits for stock."""
    _take()
    found = queries.fulfilment_by_number(uow.session, number)
    now = picking.short_for(
        uow,
        found.id,
        wanted["code"],
        found=wanted["found"],
        reason=wanted["reason"],
        key=_key(),
        version=wanted["version"],
    )
    return _fulfilments(uow.session, [now])[0], 200


@blueprint.post("/fulfilments/<number>/pack")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(PackSchema())
@blueprint.response(201, PackedBoxSchema, headers=REPLAYED_HEADER, example=BOX)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def pack(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Pack picked units into one box, weighed and closed."""
    _take()
    found = queries.fulfilment_by_number(uow.session, number)
    size = wanted["size_mm"]
    box = packing.pack(
        uow,
        found.id,
        _units(uow.session, found, wanted["items"]),
        Weighed(
            weight_g=wanted["weight_g"],
            weight_reason=wanted["weight_reason"],
            size_mm=(size[0], size[1], size[2]) if size else None,
            carrier=wanted["carrier"],
            service=wanted["service"],
            service_reason=wanted["service_reason"],
        ),
        box_code=wanted["box"],
        version=wanted["version"],
    )
    return _boxes(uow.session, [box])[0], 201


@blueprint.post("/fulfilments/<number>/hand-over")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(HandOverSchema())
@blueprint.response(200, PackedBoxesSchema, headers=REPLAYED_HEADER, example={"boxes": [BOX]})
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def hand_over(
    uow: UnitOfWork, wanted: Mapping[str, Any], number: str
) -> tuple[dict[str, Any], int]:
    """Say that the carriers have every labelled box."""
    _take()
    found = queries.fulfilment_by_number(uow.session, number)
    gone = operations_shipping.hand_over_all(uow, found.id, version=wanted["version"])
    return {"boxes": _boxes(uow.session, gone)}, 200


@blueprint.post("/boxes/<number>/label")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(LabelSchema())
@blueprint.response(200, PackedBoxSchema, headers=REPLAYED_HEADER, example=BOX)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def label(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Give a box its tracking number; the same number again changes nothing."""
    _take()
    found = queries.box_by_number(uow.session, number)
    box = service.give_tracking(uow, found.id, wanted["carrier"], wanted["tracking_number"])
    return _boxes(uow.session, [box])[0], 200


@blueprint.post("/boxes/<number>/unpack")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(UnpackSchema())
@blueprint.response(200, PackedBoxSchema, headers=REPLAYED_HEADER, example=BOX)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def unpack(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Open a box again before it leaves."""
    _take()
    found = queries.box_by_number(uow.session, number)
    box = packing.unpack(uow, found.id, version=wanted["version"])
    return _boxes(uow.session, [box])[0], 200


@blueprint.get("/bins")
@guard.guard(scope="fulfilments:read")
@blueprint.arguments(BinsQuery(), location="query")
@blueprint.response(200, BinsSchema, headers=paging.LINK_HEADER, example={"bins": [BIN]})
@blueprint.refuses(401, 403, 404, 422, 429)
def bins(wanted: Mapping[str, Any]) -> Response:
    """The shelves of a location, in the order in which pickers walk."""
    _take()
    with runtime().database.looking() as session:
        place = _location(session, wanted["location"])
        page = queries.bins(session, place, cursor=wanted["cursor"], limit=wanted["limit"])
        goods = catalog.goods(session, {one.variant_id for one in page.items})
    said = [
        {
            "sku": goods[one.variant_id].sku,
            "location": wanted["location"],
            "zone": one.zone,
            "shelf": one.code,
        }
        for one in page.items
    ]
    return paging.with_link(jsonify({"bins": said}), page, limit=wanted["limit"])


@blueprint.post("/bins")
@guard.guard(scope="fulfilments:work")
@blueprint.arguments(NewBinsSchema())
@blueprint.response(200, BinsSchema, headers=REPLAYED_HEADER, example={"bins": [BIN]})
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def lay(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Say where variants lie, up to 500 at once: all of it, or nothing."""
    _take()
    places = {one.code: one.id for one in stock.locations(uow.session)}
    known = variants_by_sku(uow.session, {one["sku"] for one in wanted["bins"]})
    wrong = {}
    for index, one in enumerate(wanted["bins"]):
        if one["sku"] not in known:
            wrong[f"bins[{index}].sku"] = "is not known"
        if one["location"] not in places:
            wrong[f"bins[{index}].location"] = "is not known"
    if wrong:
        raise Invalid("some shelves cannot be", wrong)
    work.shelve(
        uow,
        [
            NewBin(
                location_id=places[one["location"]],
                variant_id=known[one["sku"]].id,
                zone=one["zone"],
                code=one["shelf"],
            )
            for one in wanted["bins"]
        ],
    )
    return {"bins": [dict(one) for one in wanted["bins"]]}, 200


def _take() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _key() -> str:
    """The caller's key, short enough to name a pick list."""
    return digest(f"{request.path} {request.headers.get(idempotency.HEADER, '')}")


def _location(session: Session, code: str) -> int:
    known = {one.code: one.id for one in stock.locations(session)}
    if code not in known:
        raise NotFound("no such location")
    return known[code]


def _units(
    session: Session, fulfilment: Fulfilment, items: Sequence[Mapping[str, Any]]
) -> dict[int, int]:
    """Units by order line of what was scanned, as far as it is picked and in no box.

    Raises:
        WrongItem: a code means none of these goods.
        TooMany: more than is picked and in no box.
    """
    known = catalog.goods(session, {line.variant_id for line in fulfilment.lines})
    loose = packing.unpacked(session, fulfilment)
    units: dict[int, int] = {}
    for item in items:
        meant = [
            line for line in fulfilment.lines if known[line.variant_id].is_called(item["code"])
        ]
        if not meant:
            others = catalog.called(session, item["code"])
            raise WrongItem(list(known.values()), others[0] if others else None)
        left = item["quantity"]
        for line in meant:
            count = min(left, loose.get(line.order_line_id, 0))
            loose[line.order_line_id] = loose.get(line.order_line_id, 0) - count
            units[line.order_line_id] = units.get(line.order_line_id, 0) + count
            left -= count
        if left:
            raise TooMany(item["quantity"] - left)
    return units


def _fulfilments(session: Session, found: Collection[Fulfilment]) -> list[dict[str, Any]]:
    goods = catalog.goods(session, {line.variant_id for one in found for line in one.lines})
    of = orders.by_ids(session, {one.order_id for one in found})
    places = {
        place: stock.location(session, place).code for place in {one.location_id for one in found}
    }
    return [
        {
            "number": one.number,
            "order": of[one.order_id].number,
            "location": places[one.location_id],
            "state": one.state,
            "ship_by": one.ship_by.isoformat(),
            "not_before": one.not_before.isoformat() if one.not_before else None,
            "version": one.version,
            "lines": [
                {
                    "sku": goods[line.variant_id].sku,
                    "barcode": goods[line.variant_id].barcode,
                    "wanted": line.wanted,
                    "picked": line.picked,
                    "packed": line.packed,
                    "shipped": line.shipped,
                    "short": line.short,
                    "to_put_back": line.to_put_back,
                }
                for line in one.lines
            ],
        }
        for one in found
    ]


def _boxes(session: Session, found: Collection[PackedBox]) -> list[dict[str, Any]]:
    of = queries.fulfilments_by_id(session, {one.fulfilment_id for one in found})
    variants = {line.order_line_id: line.variant_id for one in of.values() for line in one.lines}
    goods = catalog.goods(session, set(variants.values()))
    return [
        {
            "number": one.number,
            "fulfilment": of[one.fulfilment_id].number,
            "state": one.state,
            "box": one.box_code,
            "carrier": one.carrier,
            "service": one.service,
            "weight_g": one.weight_g,
            "expected_weight_g": one.expected_weight_g,
            "size_mm": [one.length_mm, one.width_mm, one.height_mm],
            "tracking_number": one.tracking_number,
            "version": one.version,
            "items": [
                {"sku": goods[variants[line_id]].sku, "quantity": count}
                for line_id, count in one.lines.items()
            ],
        }
        for one in found
    ]
