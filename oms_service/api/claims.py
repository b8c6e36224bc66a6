"""``/v1/claims``: damaged, wrong and missing goods, put right."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard, personal
from oms_service.api import coming_back, etags, paging
from oms_service.api.coming_back import CHANNEL, PolicyRefused, key, limit, moment, money
from oms_service.api.coming_back_schemas import (
    CallOffSchema,
    ClaimApprovalSchema,
    ClaimPreviewSchema,
    ClaimsQuery,
    ClaimWishSchema,
    DecisionSchema,
    GoodsClaimSchema,
    GoodsClaimsSchema,
    NewClaimSchema,
)
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.returning import claiming
from oms_service.operations.returning.claiming import (
    ClaimedLine,
    ClaimPreview,
    ClaimRefused,
    WantedClaim,
)
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.returns import claim_queries as claims
from oms_service.returns import queries as returns
from oms_service.returns.claim_queries import ClaimView
from oms_service.runtime import runtime

blueprint = Blueprint("claims", __name__, url_prefix="/v1", description="Goods put right.")
blueprint.before_request(json_only)

_WRITES = (400, 401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.post("/claims/preview")
@guard.guard(scope="returns:request")
@blueprint.arguments(ClaimWishSchema())
@blueprint.response(200, ClaimPreviewSchema)
@blueprint.refuses(401, 403, 404, 413, 415, 422, 429)
def preview(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a claim would bring: what policy says, the money, whether the goods stay."""
    limit()
    house = runtime()
    with house.database.looking() as session:
        wish = _wish(session, wanted, "")
        seen = claiming.preview(session, wish, now=house.clock.now())
        places = {line.id: line.position for line in orders.lines(session, wish.order_id)}
    return _preview(seen, places)


@blueprint.post("/claims")
@guard.guard(scope="returns:request")
@blueprint.arguments(NewClaimSchema())
@blueprint.response(201, GoodsClaimSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def ask(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Make a claim; what policy allows at once is put right in the same breath."""
    limit()
    try:
        made = claiming.request(uow, _wish(uow.session, wanted, key()))
    except ClaimRefused as refused:
        raise PolicyRefused(refused.decision.causes) from None
    return _several(uow.session, [made.view])[0], 201


@blueprint.get("/claims")
@guard.guard(scope="returns:read")
@blueprint.arguments(ClaimsQuery(), location="query")
@blueprint.response(200, GoodsClaimsSchema, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 404, 422, 429)
def several(asked: Mapping[str, Any]) -> Response:
    """Claims, newest first."""
    limit()
    with runtime().database.looking() as session:
        page = claims.page(
            session,
            states=[asked["state"]] if asked["state"] else [],
            order_id=orders.find(session, asked["order"]).id if asked["order"] else None,
            cursor=asked["cursor"] or None,
            limit=asked["limit"],
        )
        said = _several(session, page.items)
    return paging.with_link(jsonify({"claims": said}), page, limit=asked["limit"])


@blueprint.get("/claims/<number>")
@guard.guard(scope="returns:read")
@blueprint.response(200, GoodsClaimSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One claim."""
    limit()
    with runtime().database.looking() as session:
        view = claims.by_number(session, number)
        said = _several(session, [view])[0]
    return etags.tagged(jsonify(said), view.version)


@blueprint.post("/claims/<number>/approve")
@guard.guard(scope="returns:approve")
@blueprint.arguments(ClaimApprovalSchema())
@blueprint.response(200, GoodsClaimSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def approve(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say yes, to all of the money asked for or to less."""
    limit()
    view = claiming.approve(
        uow,
        claims.by_number(uow.session, number).id,
        version=said["version"],
        givers={Giver.INTEGRATION},
        note=said["note"],
        answer=said["answer"],
        refund_minor=said["refund_minor"],
    )
    return _several(uow.session, [view])[0], 200


@blueprint.post("/claims/<number>/reject")
@guard.guard(scope="returns:approve")
@blueprint.arguments(DecisionSchema())
@blueprint.response(200, GoodsClaimSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def reject(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say no."""
    limit()
    view = claiming.reject(
        uow,
        claims.by_number(uow.session, number).id,
        version=said["version"],
        note=said["note"],
        answer=said["answer"],
    )
    return _several(uow.session, [view])[0], 200


@blueprint.post("/claims/<number>/cancel")
@guard.guard(scope="returns:request")
@blueprint.arguments(CallOffSchema())
@blueprint.response(200, GoodsClaimSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_WRITES)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, said: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Call a claim off; one whose goods come back is called off with its return."""
    limit()
    view = claiming.withdraw(
        uow,
        claims.by_number(uow.session, number).id,
        version=said["version"],
        note=said["note"],
    )
    return _several(uow.session, [view])[0], 200


def _wish(session: Session, wanted: Mapping[str, Any], name: str) -> WantedClaim:
    order = orders.find(session, wanted["order"])
    asked = wanted["lines"]
    ids = coming_back.line_ids(session, order, [one["line"] for one in asked], "lines")
    return WantedClaim(
        order_id=order.id,
        lines=[
            ClaimedLine(line_id=line_id, quantity=one["quantity"], reason=one["reason"])
            for line_id, one in zip(ids, asked, strict=True)
        ],
        remedy=wanted["remedy"],
        channel=CHANNEL,
        key=name,
        evidence=frozenset(wanted["evidence"]),
        refund_minor=wanted["refund_minor"],
        refund_method_id=coming_back.method_id(session, order, wanted["refund_to"]),
        digest=wanted.get("digest"),
    )


def _preview(seen: ClaimPreview, places: Mapping[int, int]) -> dict[str, Any]:
    return {
        "outcome": seen.decision.outcome,
        "lines": coming_back.answers(seen.decision.lines, places),
        "causes": coming_back.said(seen.decision.causes),
        "remedy": seen.remedy,
        "goods": seen.goods,
        "refund": money(seen.refund),
        "way": seen.method,
        "digest": seen.digest,
    }


def _several(session: Session, views: Sequence[ClaimView]) -> list[dict[str, Any]]:
    found = orders.by_ids(session, {view.order_id for view in views})
    lines = {line.id: line for of in orders.lines_of(session, list(found)).values() for line in of}
    of_orders = returns.of_orders(session, list(found))
    numbers = {view.id: view.number for view in of_orders}
    return [
        {
            "number": view.number,
            "order": found[view.order_id].number,
            "state": view.state,
            "remedy": view.remedy,
            "goods": view.goods,
            "refund": money(view.refund),
            "return_number": numbers.get(view.return_id) if view.return_id else None,
            "evidence": list(view.evidence),
            "referred_by_rule": view.referred_by_rule,
            "needs_second_person": view.needs_second_person,
            "answer": personal.shown(view.answer),
            "requested_at": moment(view.requested_at),
            "remedied_at": moment(view.remedied_at),
            "version": view.version,
            "lines": [
                {
                    "line": lines[line.order_line_id].position,
                    "sku": lines[line.order_line_id].sku,
                    "quantity": line.quantity,
                    "reason": line.reason,
                    "value": money(line.value),
                }
                for line in view.lines
            ],
        }
        for view in views
    ]
