"""``/v1/outlooks``: orders whose promise is in doubt, and when one order arrives."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import etags, paging, stock_parts
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.outlooks_schemas import OUTLOOK, OutlookSchema, OutlooksQuery, OutlooksSchema
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.operations.outlook import words
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.shipping import explaining, outlooks
from oms_service.shipping.queries import Outlook, Part, parcels_of
from oms_service.shipping.states import WHO, Cause, Suggestion
from oms_service.shipping.windows import Window

blueprint = Blueprint(
    "outlooks", __name__, url_prefix="/v1", description="When orders arrive, and which are at risk."
)
blueprint.before_request(json_only)


@blueprint.get("/outlooks")
@guard.guard(scope="orders:read")
@blueprint.arguments(OutlooksQuery(), location="query")
@blueprint.response(
    200, OutlooksSchema, headers=paging.LINK_HEADER, example={"outlooks": [OUTLOOK]}
)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Open orders whose promise is in doubt or broken, those promised first in front."""
    stock_parts.take()
    with runtime().database.looking() as session:
        page = outlooks.in_doubt(
            session,
            jeopardy=[wanted["jeopardy"]] if wanted["jeopardy"] else [],
            causes=[wanted["cause"]] if wanted["cause"] is not None else [],
            who=wanted["who"],
            cursor=wanted["cursor"],
            limit=wanted["limit"],
        )
        said = _shown(session, page.items)
    return paging.with_link(jsonify({"outlooks": said}), page, limit=wanted["limit"])


@blueprint.get("/orders/<number>/outlook")
@guard.guard(scope="orders:read")
@blueprint.response(200, OutlookSchema, headers=etags.ETAG_HEADER, example=OUTLOOK)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_order(number: str) -> Response:
    """When an order arrives; 404 also for one that nobody brings, as it is fetched in a shop."""
    stock_parts.take()
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        found = outlooks.of_order(session, order.id)
        if found is None:
            raise NotFound("no arrival is expected of this order")
        (said,) = _shown(session, [found])
    return etags.tagged_by_content(jsonify(said))


def _shown(session: Session, found: Sequence[Outlook]) -> list[dict[str, Any]]:
    """Outlooks as ``OutlookSchema``; four queries for any number."""
    ids = [one.order_id for one in found]
    numbers = orders.numbers_of(session, ids)
    tracking = {one.id: one.tracking_number for one in parcels_of(session, ids)}
    places = {one.id: one.code for one in stock.all_locations(session)}
    return [
        {
            "order": numbers[one.order_id],
            "stage": one.stage,
            "is_open": one.is_open,
            "promised": _window(one.promised),
            "told": _window(one.told),
            "estimated": _window(one.estimated),
            "expected_at": one.median.isoformat() if one.median else None,
            "jeopardy": one.jeopardy,
            "cause": _cause(one.cause),
            "suggestion": _step(one.suggestion),
            "explanation": _explained(one),
            "parts": [_part(part, tracking, places) for part in one.parts],
            "assessed_at": one.assessed_at.isoformat(),
            "version": one.version,
        }
        for one in found
    ]


def _part(part: Part, tracking: Mapping[int, str], places: Mapping[int, str]) -> dict[str, Any]:
    return {
        "stage": part.stage,
        "tracking_number": tracking.get(part.parcel_id) if part.parcel_id else None,
        "location": places.get(part.location_id) if part.location_id else None,
        "estimated": _window(part.window),
        "jeopardy": part.jeopardy,
        "cause": _cause(part.cause),
        "suggestion": _step(part.suggestion),
        "chance_late": part.chance_late,
    }


def _explained(outlook: Outlook) -> dict[str, str] | None:
    if outlook.because is None:
        return None
    zone = runtime().settings.zone
    return {
        str(language): explaining.sentence(outlook.because, language, zone) for language in Language
    }


def _window(window: Window | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {
        "from": window.start.isoformat(),
        "until": window.until.isoformat(),
        "is_whole_days": window.days(runtime().settings.zone) is not None,
    }


def _cause(code: Cause) -> dict[str, Any]:
    return {"code": code, "words": words.CAUSES[code]}


def _step(code: Suggestion) -> dict[str, Any]:
    return {"code": code, "who": WHO[code], "words": words.SUGGESTIONS[code]}
