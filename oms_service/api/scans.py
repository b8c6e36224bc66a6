"""``POST /v1/scans``: scans reported by whoever has a key, such as an aggregator."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import request
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.schemas import ScansDoneSchema, ScansSchema
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import ScanFact, Unreadable, fingerprint
from oms_service.runtime import runtime
from oms_service.shipping.inbound import Parsed, Scans
from oms_service.shipping.service import NO_SUCH_PARCEL

#: The kind of source of what programs report, by the id of their key: ``program:7``.
BY_PROGRAM: Final = "program"

blueprint = Blueprint("scans", __name__, url_prefix="/v1", description="What carriers scanned.")
blueprint.before_request(json_only)


@blueprint.post("/scans")
@guard.guard(scope="scans:write")
@blueprint.arguments(ScansSchema())
@blueprint.response(200, ScansDoneSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def report(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Report what carriers scanned, in any order; a repeated scan changes nothing.

    Scans of parcels nobody knows are named one by one and wait: once a parcel of that carrier and
    number is handed over, or announced for a return, they count by themselves. The others count
    at once.
    """
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    ways = Scans(house.adapters, house.settings.zone, scanning.record)
    source = f"{BY_PROGRAM}:{guard.api_key().id}"
    done = ways.take(uow, _facts(wanted["scans"]), source=source, body=request.get_data())
    refused = [
        {
            "tracking_number": one.fact.tracking_number,
            "why": one.why,
            "waits": one.why == NO_SUCH_PARCEL,
        }
        for one in done.refused
    ]
    return {"new": done.new, "repeated": done.repeated, "refused": refused}, 200


def read_again(_session: Session, _key: str, body: bytes) -> Parsed:
    """What a program reported before, out of the body that was kept.

    Raises:
        Unreadable: it is not such a body.
    """
    try:
        wanted = ScansSchema().loads(body.decode())
        return Parsed(_facts(wanted["scans"]))
    except (ValueError, ValidationError, Invalid) as problem:
        raise Unreadable("not a report of scans") from problem


def _facts(scans: Sequence[Mapping[str, Any]]) -> list[ScanFact]:
    for number, scan in enumerate(scans):
        if scan["estimate"] and scan["estimate"]["until"] < scan["estimate"]["start"]:
            raise Invalid("an estimate ends before it begins", {f"scans[{number}].estimate": ""})
    return [_fact(scan) for scan in scans]


def _fact(scan: Mapping[str, Any]) -> ScanFact:
    estimate = scan["estimate"] or {}
    return ScanFact(
        carrier=scan["carrier"],
        tracking_number=scan["tracking_number"],
        event_key=scan["event_id"]
        or fingerprint(scan["tracking_number"], scan["status"], scan["occurred_at"], scan["place"]),
        status=scan["status"],
        occurred_at=scan["occurred_at"],
        place=scan["place"],
        reason=scan["reason"],
        carrier_words=scan["carrier_words"],
        estimate_from=estimate.get("start"),
        estimate_until=estimate.get("until"),
    )
