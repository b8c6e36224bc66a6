"""``POST /v1/scan-files``: a whole file of scans, read by one of the shop's mappings."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from oms_service.access import guard
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.scan_files_schemas import FileTakenSchema, ScanFileSchema
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import Unreadable
from oms_service.runtime import runtime
from oms_service.shipping.inbound import Scans

blueprint = Blueprint(
    "scan-files", __name__, url_prefix="/v1", description="What carriers scanned, as files."
)
blueprint.before_request(json_only)


@blueprint.post("/scan-files")
@guard.guard(scope="scans:write")
@blueprint.arguments(ScanFileSchema())
@blueprint.response(200, FileTakenSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def take(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a file of scans in, such as a carrier's export; a repeated one adds nothing.

    Rows that are wrong are named by their numbers; the others count.
    """
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    ways = Scans(house.adapters, house.settings.zone, scanning.record)
    try:
        body = base64.b64decode(wanted["content"], validate=True)
        done = ways.take_file(uow, wanted["mapping"], body)
    except binascii.Error:
        raise Invalid("the content is not base64", {"content": "is not base64"}) from None
    except Unreadable as problem:
        raise Invalid("the file cannot be read", {"content": str(problem)}) from None
    refused = [{"row": row, "field": "number", "why": one.why} for row, one in done.refused]
    wrong = [{"row": one.row, "field": one.field, "why": one.why} for one in done.wrong]
    counts = {"rows": done.rows, "new": done.new, "repeated": done.repeated}
    return {**counts, "refused": refused, "wrong": wrong}, 200
