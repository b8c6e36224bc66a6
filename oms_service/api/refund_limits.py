"""``/v1/colleagues/{id}/refund-limits``: how much one colleague may give back alone."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify
from sqlalchemy.orm import Session

from oms_service.access import guard, queries, staff
from oms_service.api import etags, stock_parts
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.refund_limits_schemas import (
    EXAMPLE,
    RefundLimitsBodySchema,
    RefundLimitsSchema,
)
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound
from oms_service.payments import limits
from oms_service.payments.limits import OwnLimit
from oms_service.runtime import runtime

blueprint = Blueprint(
    "refund-limits",
    __name__,
    url_prefix="/v1/colleagues",
    description="What single colleagues may give back alone.",
)
blueprint.before_request(json_only)

_LARGEST_ID: Final = 2**63 - 1


@blueprint.get("/<int:colleague>/refund-limits")
@guard.guard(scope="limits:manage")
@blueprint.response(200, RefundLimitsSchema, example=EXAMPLE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_colleague(colleague: int) -> Response:
    """The own limits of one colleague; where none is said, their roles' hold."""
    stock_parts.take()
    with runtime().database.looking() as session:
        queries.staff_by_id(session, _known(colleague))
        said = _said(session, colleague)
    return etags.tagged(jsonify(said), _tag(said))


@blueprint.put("/<int:colleague>/refund-limits")
@guard.guard(scope="limits:manage")
@blueprint.arguments(RefundLimitsBodySchema())
@blueprint.response(200, RefundLimitsSchema, example=EXAMPLE, headers=etags.ETAG_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blueprint.doc(parameters=[etags.IF_MATCH])
def set_limits(wanted: Mapping[str, Any], colleague: int) -> Response:
    """Say all own limits of one colleague; they hold for what is given back from now on."""
    stock_parts.take()
    with runtime().unit_of_work(guard.actor()) as uow:
        staff.hold(uow, _known(colleague))
        etags.require_match(_tag(_said(uow.session, colleague)))
        staff.set_refund_limits(uow, colleague, [OwnLimit(**one) for one in wanted["limits"]])
        said = _said(uow.session, colleague)
    return etags.tagged(jsonify(said), _tag(said))


def _known(colleague: int) -> int:
    """An id as ids may be.

    Raises:
        NotFound: none is so large.
    """
    if colleague > _LARGEST_ID:
        raise NotFound("no such colleague")
    return colleague


def _said(session: Session, colleague: int) -> dict[str, Any]:
    return {
        "colleague": colleague,
        "limits": [
            {
                "currency": one.currency,
                "refund_up_to_minor": one.refund_up_to_minor,
                "goodwill_up_to_minor": one.goodwill_up_to_minor,
            }
            for one in limits.of(session, colleague)
        ],
        "changes": [
            {
                "by": change.by,
                "at": change.at.isoformat(),
                "what": what,
                "before": _amounts(data["was"]),
                "after": _amounts(data["is"]),
            }
            for change in queries.changes_of(session, colleague)
            for what, data in sorted(change.data.items())
            if what in {"refund_up_to_minor", "goodwill_up_to_minor"}
        ],
    }


def _amounts(kept: list[list[Any]]) -> list[dict[str, Any]]:
    return [{"currency": currency, "minor": minor} for currency, minor in kept]


def _tag(said: Mapping[str, Any]) -> str:
    return ids.digest(str(said))[:20]
