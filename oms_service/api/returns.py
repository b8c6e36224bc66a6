"""``/v1/returns``: goods that come back, from the wish to the receipt."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import coming_back, etags, paging
from oms_service.api.coming_back import CHANNEL, PolicyRefused, key, limit, money
from oms_service.api.coming_back_schemas import (
    BackParcelSchema,
    CallOffSchema,
    DecisionSchema,
    NewReturnSchema,
    ReceiveSchema,
    ReturnPreviewSchema,
    ReturnSchema,
    ReturnsQuery,
    ReturnsSchema,
    ReturnWishSchema,
)
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import Invalid
from oms_service.kernel.text import order_key
from oms_service.operations.returning import receiving
from oms_service.operations.returning import returns as operations
from oms_service.operations.returning.receiving import Stray
from oms_service.operations.returning.returns import Preview, Refused, Wanted, WantedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.returns import queries as returns
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import Arrived
from oms_service.runtime import runtime

blueprint = Blueprint("returns", __name__, url_prefix="/v1", description="Goods coming back.")
blueprint.before_request(json_only)

_WRITES = (400, 401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.post("/returns/preview")
@guard.guard(scope="returns:request")
@blueprint.arguments(ReturnWishSchema())
@blueprint.response(200, ReturnPreviewSchema)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
def preview(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a return would bring: what policy says, what goes back and when."""
    limit()
    house = runtime()
    with house.database.looking() as session:
        order = orders.find(session, wanted["order"])
        seen = operations.preview(
            session,
            order.id,
            _lines(session, order, wanted),
            now=house.clock.now(),
            refund_method_id=coming_back.method_id(session, order, wanted["refund_to"]),
            channel=CHANNEL,
        )
        places = {line.id: line.position for line in orders.lines(session, order.id)}
    return _preview(seen, places)


@blueprint.post("/returns")
@guard.guard(scope="returns:request")
@blueprint.arguments(NewReturnSchema())
@blueprint.response(201, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def ask(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Ask for a return; what policy allows at once is approved in the same breath."""
    limit()
    order = orders.find(uow.session, wanted["order"])
    try:
        made = operations.request(
            uow,
            Wanted(
                order_id=order.id,
                lines=_lines(uow.session, order, wanted),
                channel=CHANNEL,
                key=key(),
                digest=wanted["digest"],
                refund_method_id=coming_back.method_id(uow.session, order, wanted["refund_to"]),
            ),
        )
    except Refused as refused:
        raise PolicyRefused(refused.decision.causes) from None
    return _one(uow.session, made.view), 201


@blueprint.get("/returns")
@guard.guard(scope="returns:read")
@blueprint.arguments(ReturnsQuery(), location="query")
@blueprint.response(200, ReturnsSchema, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 404, 422, 429)
def several(asked: Mapping[str, Any]) -> Response:
    """Returns, newest first."""
    limit()
    with runtime().database.looking() as session:
        order_id = orders.find(session, asked["order"]).id if asked["order"] else None
        page = returns.page(
            session,
            states=[asked["state"]] if asked["state"] else [],
            kinds=[asked["kind"]] if asked["kind"] else [],
            order_id=order_id,
            overdue=asked["overdue"],
            cursor=asked["cursor"] or None,
            limit=asked["limit"],
        )
        said = coming_back.several(session, page.items)
    return paging.with_link(jsonify({"returns": said}), page, limit=asked["limit"])


@blueprint.get("/returns/<number>")
@guard.guard(scope="returns:read")
@blueprint.response(200, ReturnSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One return, by its number or by the tracking number of one of its parcels."""
    limit()
    with runtime().database.looking() as session:
        view = returns.scanned(session, number)
        said = _one(session, view)
    return etags.tagged(jsonify(said), view.version)


@blueprint.post("/returns/<number>/approve")
@guard.guard(scope="returns:approve")
@blueprint.arguments(DecisionSchema())
@blueprint.response(200, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def approve(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say yes to a return or exchange that waits for a person."""
    limit()
    found = returns.by_number(uow.session, number)
    view = operations.approve(
        uow,
        found.id,
        version=said["version"],
        givers={Giver.INTEGRATION},
        note=said["note"],
        answer=said["answer"],
    )
    return _one(uow.session, view), 200


@blueprint.post("/returns/<number>/reject")
@guard.guard(scope="returns:approve")
@blueprint.arguments(DecisionSchema())
@blueprint.response(200, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def reject(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say no; the units may be asked for again."""
    limit()
    found = returns.by_number(uow.session, number)
    view = operations.reject(
        uow, found.id, version=said["version"], note=said["note"], answer=said["answer"]
    )
    return _one(uow.session, view), 200


@blueprint.post("/returns/<number>/cancel")
@guard.guard(scope="returns:request")
@blueprint.arguments(CallOffSchema())
@blueprint.response(200, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Call a return or exchange off: the goods stay with the customer."""
    limit()
    found = returns.by_number(uow.session, number)
    view = operations.withdraw(uow, found.id, version=said["version"], note=said["note"])
    return _one(uow.session, view), 200


@blueprint.post("/returns/<number>/parcels")
@guard.guard(scope="returns:request")
@blueprint.arguments(BackParcelSchema())
@blueprint.response(200, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def expect(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Announce a parcel of a return; its carrier's scans move the return from then on."""
    limit()
    found = returns.by_number(uow.session, number)
    view = receiving.announce(
        uow, found.id, carrier=said["carrier"], tracking_number=said["tracking_number"]
    )
    return _one(uow.session, view), 200


@blueprint.post("/returns/<number>/receive")
@guard.guard(scope="returns:receive")
@blueprint.arguments(ReceiveSchema())
@blueprint.response(200, ReturnSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def receive(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Book goods in, in one receipt or several; the money for what came is owed."""
    limit()
    found = returns.by_number(uow.session, number)
    view = receiving.receive(
        uow,
        found.id,
        version=said["version"],
        arrived=_arrived(uow.session, found, said),
        strays=_strays(uow.session, said),
        location_id=_location(uow.session, said["location"]),
        parcel_id=_parcel(uow.session, found, said["tracking_number"]),
        is_last=said["is_last"],
    )
    return _one(uow.session, view), 200


def _lines(session: Session, order: OrderView, wanted: Mapping[str, Any]) -> list[WantedLine]:
    asked = wanted["lines"]
    ids = coming_back.line_ids(session, order, [one["line"] for one in asked], "lines")
    return [
        WantedLine(
            line_id=line_id,
            quantity=one["quantity"],
            reason=one["reason"],
            condition=one["condition"],
            evidence=frozenset(one["evidence"]),
        )
        for line_id, one in zip(ids, asked, strict=True)
    ]


def _preview(seen: Preview, places: Mapping[int, int]) -> dict[str, Any]:
    decision = seen.decision
    return {
        "outcome": decision.outcome,
        "lines": coming_back.answers(decision.lines, places),
        "causes": coming_back.said(decision.causes),
        "refund": money(seen.refund),
        "fee": money(seen.fee),
        "restocking": money(seen.restocking),
        "postage": money(seen.postage),
        "refund_when": seen.when,
        "way": seen.method,
        "digest": seen.digest,
    }


def _arrived(
    session: Session, view: ReturnView, said: Mapping[str, Any]
) -> dict[int, list[Arrived]] | None:
    if said["arrived"] is None:
        return None
    order = orders.by_id(session, view.order_id)
    asked = said["arrived"]
    ids = coming_back.line_ids(session, order, [one["line"] for one in asked], "arrived")
    came: dict[int, list[Arrived]] = {}
    for line_id, one in zip(ids, asked, strict=True):
        came.setdefault(line_id, []).append(
            Arrived(
                quantity=one["quantity"], disposition=one["disposition"], finding=one["finding"]
            )
        )
    return came


def _strays(session: Session, said: Mapping[str, Any]) -> list[Stray]:
    known = catalog.variants_by_sku(session, {one["sku"] for one in said["strays"]})
    wrong = {
        f"strays[{index}].sku": "is not in the catalogue"
        for index, one in enumerate(said["strays"])
        if one["sku"] not in known
    }
    if wrong:
        raise Invalid("some of it is unknown", wrong)
    return [
        Stray(
            variant_id=known[one["sku"]].id,
            quantity=one["quantity"],
            disposition=one["disposition"],
        )
        for one in said["strays"]
    ]


def _location(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = {place.code: place.id for place in stock.locations(session)}
    if code not in found:
        raise Invalid("no such location is in use", {"location": "is not a location in use"})
    return found[code]


def _parcel(session: Session, view: ReturnView, tracking_number: str | None) -> int | None:
    if tracking_number is None:
        return None
    wanted = order_key(tracking_number)
    for parcel in returns.parcels_of(session, [view.id]):
        if order_key(parcel.tracking_number) == wanted:
            return parcel.id
    raise Invalid("no such parcel was announced", {"tracking_number": "is not one of this return"})


def _one(session: Session, view: ReturnView) -> dict[str, Any]:
    return coming_back.several(session, [view])[0]
