"""``/v1/cases/{number}/attachments``: the files of a case."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from cases import queries as cases
from cases.api.evidence_schemas import EXAMPLE_SENT, CaseFilesSchema, NewCaseFilesSchema
from cases.evidence import queries, service
from oms_service.access import guard
from oms_service.api import attachments, etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.conversations.attachments import Enclosed
from oms_service.infra.uow import UnitOfWork
from oms_service.runtime import runtime

blueprint = Blueprint("case-files", __name__, url_prefix="/v1", description="Files of cases.")
blueprint.before_request(json_only)


@blueprint.get("/cases/<number>/attachments")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, CaseFilesSchema, example={"attachments": [EXAMPLE_SENT]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def several(number: str) -> Response:
    """The files of a case: what customer and shop sent each other, and what colleagues keep."""
    _count()
    with runtime().database.looking() as session:
        there = queries.of_case(session, cases.by_number(session, number))
    said = {"attachments": [attachments.as_told(one) for one in there]}
    return etags.tagged_by_content(jsonify(said))


@blueprint.post("/cases/<number>/attachments")
@guard.guard(scope="files:send")
@blueprint.arguments(NewCaseFilesSchema())
@blueprint.response(
    201, CaseFilesSchema, example={"attachments": [EXAMPLE_SENT]}, headers=REPLAYED_HEADER
)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Put uploaded files into a case, for colleagues alone; the customer does not see them."""
    _count()
    enclosed = Enclosed(
        scope=attachments.scope(),
        ids=list(wanted["attachments"]),
        rules=runtime().settings.attachment_rules,
    )
    case = cases.by_number(uow.session, number)
    service.add(uow, case.id, enclosed)
    there = queries.internal(uow.session, [case.id])
    named = [one for one in there if one.public_id in enclosed.ids]
    return {"attachments": [attachments.as_told(one) for one in named]}, 201


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
