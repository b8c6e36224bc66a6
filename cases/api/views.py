"""``/v1/cases``: what customers have brought to us, and how far it is."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from cases import queries
from cases.api.schemas import EXAMPLE, EXAMPLE_ONE, CasesQuery, CasesSchema, OneCaseSchema
from cases.views import CaseView, ReasonView
from oms_service.access import guard
from oms_service.api import etags, paging
from oms_service.api.openapi import Blueprint, json_only
from oms_service.kernel.errors import NotFound
from oms_service.kernel.pages import Page
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView, Reader
from oms_service.returns import queries as returns
from oms_service.runtime import runtime

blueprint = Blueprint("cases", __name__, url_prefix="/v1", description="Cases and their state.")
blueprint.before_request(json_only)


@blueprint.get("/cases")
@guard.guard(scope="cases:read")
@blueprint.arguments(CasesQuery(), location="query")
@blueprint.response(200, CasesSchema, example={"cases": [EXAMPLE]}, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Cases, the newest first; of an order that does not exist there are none."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    limit = int(wanted["limit"])
    with house.database.reading() as connection:
        found = _page(connection, wanted, limit)
        of = orders.by_ids(connection, {case.order_id for case in found.items if case.order_id})
        reasons = queries.reasons(connection)
    response = jsonify({"cases": [_case(case, of, reasons) for case in found.items]})
    return paging.with_link(response, found, limit=limit)


@blueprint.get("/cases/<number>")
@guard.guard(scope="cases:read")
@blueprint.response(200, OneCaseSchema, example=EXAMPLE_ONE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One case, with what was asked for."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    with house.database.looking() as session:
        case = queries.by_number(session, number)
        of = orders.by_ids(session, [case.order_id] if case.order_id else [])
        reasons = queries.reasons(session)
        quantities = queries.lines(session, case.id)
        lines = orders.lines(session, case.order_id) if quantities and case.order_id else ()
        asked = returns.by_id(session, case.return_id) if case.return_id else None
    refund = {"minor": asked.refund.minor, "currency": asked.refund.currency} if asked else None
    told = {
        **_case(case, of, reasons),
        "return_number": asked.number if asked else None,
        "refund": refund,
        "lines": [
            {"sku": line.sku, "quantity": quantities[line.id]}
            for line in lines
            if line.id in quantities
        ],
    }
    return etags.tagged(jsonify(told), f"{case.version}-{asked.version if asked else 0}")


def _page(reader: Reader, wanted: Mapping[str, Any], limit: int) -> Page[CaseView]:
    order_id = None
    if wanted["order"]:
        try:
            order_id = orders.find(reader, wanted["order"]).id
        except NotFound:
            return Page(())
    return queries.newest(
        reader,
        state=wanted["state"],
        order_id=order_id,
        cursor=wanted["cursor"] or None,
        limit=limit,
    )


def _case(
    case: CaseView, of: Mapping[int, OrderView], reasons: Mapping[str, ReasonView]
) -> dict[str, Any]:
    return {
        "number": case.number,
        "reason": case.reason,
        "reason_name": dict(reasons[case.reason].name),
        "state": case.state,
        "priority": case.priority,
        "language": case.language,
        "channel": case.channel,
        "order_number": of[case.order_id].number if case.order_id else None,
        "opened_at": case.opened_at.isoformat(),
        "first_reply_at": case.first_reply_at.isoformat() if case.first_reply_at else None,
        "resolved_at": case.resolved_at.isoformat() if case.resolved_at else None,
        "resolution": case.resolution,
        "failed_rule": case.failed_rule,
        "version": case.version,
    }
