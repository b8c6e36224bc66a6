"""``/v1/orders/{number}/refund-news``: where an order's refunds are, and asking after them."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from cases.acting import asking
from cases.api.refund_news_schemas import (
    EXAMPLE,
    RefundAnswerSchema,
    RefundNewsSchema,
    RefundQuestionSchema,
)
from oms_service.access import guard
from oms_service.api import coming_back, etags
from oms_service.api.coming_back import moment, money
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.operations.money import refund_news
from oms_service.operations.money.refund_news import RefundNews
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint("refund-news", __name__, url_prefix="/v1", description="Where refunds are.")
blueprint.before_request(json_only)

_SAID = {"refunds": [EXAMPLE], "needs_person": False}


@blueprint.get("/orders/<number>/refund-news")
@guard.guard(scope="payments:read")
@blueprint.response(200, RefundNewsSchema, example=_SAID, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def news(number: str) -> Response:
    """Where each refund of an order is, and by which day it should be there."""
    coming_back.limit()
    house = runtime()
    with house.database.looking() as session:
        order = orders.find(session, number)
        found = refund_news.of_order(session, order.id, now=house.clock.now())
    return etags.tagged_by_content(jsonify(_news(found)))


@blueprint.post("/orders/<number>/refund-news")
@guard.guard(scope="cases:work")
@blueprint.arguments(RefundQuestionSchema())
@blueprint.response(
    201, RefundAnswerSchema, example={**_SAID, "case_number": None}, headers=REPLAYED_HEADER
)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def ask(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Say for the customer that it has not arrived; what is late or failed opens a case, once."""
    coming_back.limit()
    order = orders.find(uow.session, number)
    answered = asking.ask(uow, order.id, channel="api", insists=asked["insists"])
    case = answered.case
    return {**_news(answered.news), "case_number": case.number if case else None}, 201


def _news(found: Sequence[RefundNews]) -> dict[str, Any]:
    return {
        "refunds": [
            {
                "amount": money(one.refund.amount),
                "state": one.refund.state,
                "stand": one.stand,
                "method": one.method,
                "requested_at": one.refund.requested_at.isoformat(),
                "paid_at": moment(one.refund.settled_at),
                "expected_by": one.expected_by.isoformat() if one.expected_by else None,
                "needs_person": one.needs_person,
            }
            for one in found
        ],
        "needs_person": any(one.needs_person for one in found),
    }
