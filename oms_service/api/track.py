"""``GET /v1/track``: where an order is, for its customer."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from flask import Response

from oms_service.access import guard
from oms_service.api import etags
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.track_schemas import TrackQuery, TrackSchema
from oms_service.history.actions import actions
from oms_service.history.links import Links
from oms_service.history.tracking import Proof, ProofKind, TrackedParcel, Tracking, track
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.text import guess_key
from oms_service.runtime import Runtime, reading, runtime
from oms_service.shipping import explaining
from oms_service.shipping.because import Because
from oms_service.shipping.queries import ScanView
from oms_service.shipping.windows import Window

#: Wrong proofs for one order number; then even the right one has to wait.
MISSES: Final = "10/15 minutes"
_TAG_LETTERS: Final = 32
_PROOFS: Final = (ProofKind.MAIL, ProofKind.PHONE, ProofKind.POSTAL_CODE)

blueprint = Blueprint("track", __name__, url_prefix="/v1", description="Where is my order?")
blueprint.before_request(json_only)


@blueprint.get("/track")
@guard.guard(scope="track:read")
@blueprint.arguments(TrackQuery(), location="query")
@blueprint.response(200, TrackSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 422, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def where_is(wanted: Mapping[str, Any]) -> Response:
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
    now = house.clock.now()
    try:
        found = track(reading(), house.adapters, wanted["order"], proof, now=now)
    except NotFound:
        house.limits.take("track-miss", tried, MISSES)
        raise
    said = _shown(found, house.settings.zone) | _addresses(house.links, found, now)
    if wanted["with_actions"]:
        said["actions"] = _actions(house, found, now)
    body = orjson.dumps(said, option=orjson.OPT_UTC_Z)
    answer = Response(
        body, mimetype="application/json", headers={"Cache-Control": "private, no-cache"}
    )
    return etags.tagged(answer, hashlib.sha256(body).hexdigest()[:_TAG_LETTERS])


def _addresses(links: Links, found: Tracking, now: datetime) -> dict[str, str]:
    token = links.token(found.number, found.customer_id, now)
    return {"page": links.page(token), "calendar": links.calendar(token)}


def _actions(house: Runtime, found: Tracking, now: datetime) -> list[dict[str, str]]:
    with house.database.looking() as session:
        given = actions(session, found, base=house.links.base, now=now)
    return [{"action": one.act, "link": one.link} for one in given]


def _proof(wanted: Mapping[str, Any]) -> Proof:
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
        "median": found.median,
        "promised": _window(found.promised, zone),
        "moved": found.moved,
        "is_late": found.is_late,
        "jeopardy": found.jeopardy,
        "why": found.why,
        "explanation": _explained(found.because, zone),
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
        "median": parcel.median,
        "promised": _window(parcel.promised, zone),
        "moved": parcel.moved,
        "why": parcel.why,
        "explanation": _explained(parcel.because, zone),
        "jeopardy": parcel.jeopardy,
        "handed_over_at": parcel.handed_over_at,
        "delivered_at": parcel.delivered_at,
        "last_scan": _scan(parcel.last_scan),
    }


@lru_cache(maxsize=2048)
def _explained(because: Because | None, zone: ZoneInfo) -> dict[str, str] | None:
    """In words that do not depend on when they are read, so they are put together once."""
    if because is None:
        return None
    return {one.value: explaining.sentence(because, one, zone) for one in Language}


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
