"""``POST /v1/scans``: scans reported by whoever has a key, such as an aggregator."""

from collections.abc import Mapping, Sequence
from typing import Any

from oms_service.access import guard
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.schemas import ScansDoneSchema, ScansSchema
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import ScanFact, fingerprint
from oms_service.runtime import runtime

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

    Scans of parcels nobody knows are refused one by one; the others count.
    """
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    done = scanning.record(uow, _facts(wanted["scans"]), zone=house.settings.zone)
    refused = [
        {"tracking_number": one.fact.tracking_number, "why": one.why} for one in done.refused
    ]
    return {"new": done.new, "repeated": done.repeated, "refused": refused}, 200


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
