"""``GET /v1/track``: where an order is, for its customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from flask import Response

from oms_service.access import guard
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.schemas import TrackQuery, TrackSchema
from oms_service.history.tracking import Proof, ProofKind, TrackedParcel, Tracking, track
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.text import guess_key
from oms_service.runtime import reading, runtime
from oms_service.shipping.queries import ScanView
from oms_service.shipping.windows import Window

#: Wrong proofs for one order number; then even the right one has to wait.
MISSES: Final = "10/15 minutes"
_PROOFS: Final = (ProofKind.MAIL, ProofKind.PHONE, ProofKind.POSTAL_CODE)

blueprint = Blueprint("track", __name__, url_prefix="/v1", description="Where is my order?")
blueprint.before_request(json_only)


@blueprint.get("/track")
@guard.guard(scope="track:read")
@blueprint.arguments(TrackQuery(), location="query")
@blueprint.response(200, TrackSchema)
@blueprint.refuses(401, 403, 404, 422, 429)
def where_is(wanted: Mapping[str, str]) -> Response:
    """Where an order is, for its customer.

    Send the order number as the customer typed it and exactly one of mail, phone and postal_code.
    An order that does not exist and one that is somebody else's get the very same answer. After
    ten wrong proofs for one number within 15 minutes the number is closed for a while.
    """
    proof = _proof(wanted)
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    tried = guess_key(wanted["order"])
    house.limits.check("track-miss", tried, MISSES)
    try:
        found = track(reading(), house.adapters, wanted["order"], proof, now=house.clock.now())
    except NotFound:
        house.limits.take("track-miss", tried, MISSES)
        raise
    return Response(
        orjson.dumps(_shown(found, house.settings.zone), option=orjson.OPT_UTC_Z),
        mimetype="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _proof(wanted: Mapping[str, str]) -> Proof:
    given = [Proof(kind, wanted[kind.value]) for kind in _PROOFS if kind.value in wanted]
    if len(given) != 1:
        said = "send exactly one of mail, phone and postal_code"
        raise Invalid(said, {kind.value: said for kind in _PROOFS})
    return given[0]


def _shown(found: Tracking, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "number": found.number,
        "placed_at": found.placed_at,
        "step": found.step,
        "next_step": found.next_step,
        "window": _window(found.window, zone),
        "why": found.why,
        "more_to_come": found.more_to_come,
        "parcels": [_parcel(parcel, zone) for parcel in found.parcels],
    }


def _parcel(parcel: TrackedParcel, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "carrier": parcel.carrier,
        "carrier_name": dict(parcel.carrier_name),
        "tracking_number": parcel.tracking_number,
        "link": parcel.link,
        "step": parcel.step,
        "window": _window(parcel.window, zone),
        "promised": _window(parcel.promised, zone),
        "why": parcel.why,
        "jeopardy": parcel.jeopardy,
        "delivered_at": parcel.delivered_at,
        "last_scan": _scan(parcel.last_scan),
    }


def _window(window: Window | None, zone: ZoneInfo) -> dict[str, datetime | bool] | None:
    if window is None:
        return None
    return {
        "from": window.start,
        "until": window.until,
        "is_whole_days": window.days(zone) is not None,
    }


def _scan(scan: ScanView | None) -> dict[str, Any] | None:
    if scan is None:
        return None
    return {
        "status": scan.status,
        "occurred_at": scan.occurred_at,
        "place": scan.place,
        "reason": scan.reason,
        "carrier_words": scan.words,
    }
