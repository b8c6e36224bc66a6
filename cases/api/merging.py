"""Making one case of two and two of one, over ``/v1/cases``."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify

from cases import queries as cases
from cases.api.merging_schemas import (
    MERGED,
    MESSAGE,
    SUGGESTION,
    CaseMessagesSchema,
    MergedCaseSchema,
    MergeSchema,
    MergeSuggestionsSchema,
    NotSameSchema,
    SplitSchema,
)
from cases.merging import queries, service
from cases.merging.queries import Reader
from cases.merging.service import Part
from cases.views import CaseView
from oms_service.access import guard, personal
from oms_service.api import etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent, key_of_request
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint(
    "merging_api", __name__, url_prefix="/v1", description="Cases merged, split and put back."
)
blueprint.before_request(json_only)

_ADDS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.get("/cases/<number>/merges")
@guard.guard(scope="cases:read")
@blueprint.response(200, MergedCaseSchema, example=MERGED, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def merges(number: str) -> Response:
    """What a case is part of, and what is part of it."""
    _count()
    with runtime().database.reading() as connection:
        said = _merged(connection, cases.by_number(connection, number))
    return etags.tagged_by_content(jsonify(said))


@blueprint.get("/cases/<number>/suggested-merges")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, MergeSuggestionsSchema, example={"suggestions": [SUGGESTION]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def suggested(number: str) -> Response:
    """Open cases that are probably this one again, the likeliest first."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.suggestions(connection, cases.by_number(connection, number))
    said = [
        {
            "number": one.case.number,
            "points": one.score.points,
            "why": [str(why) for why in one.score.why],
        }
        for one in found
    ]
    return etags.tagged_by_content(jsonify({"suggestions": said}))


@blueprint.get("/cases/<number>/messages")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, CaseMessagesSchema, example={"messages": [MESSAGE]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def messages(number: str) -> Response:
    """The last 200 messages found under a case, those of merged cases too, oldest first."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.messages(connection, cases.by_number(connection, number).id)
    said = [
        {
            "id": one.id,
            "direction": str(one.direction),
            "text": personal.shown(one.text),
            "at": one.at.isoformat(),
        }
        for one in found
    ]
    return etags.tagged_by_content(jsonify({"messages": said}))


@blueprint.post("/cases/<number>/merge")
@guard.guard(scope="cases:work")
@blueprint.arguments(MergeSchema())
@blueprint.response(200, MergedCaseSchema, example=MERGED, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def merge(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Let a case become part of another, which is answered."""
    _count()
    loser = cases.by_number(uow.session, number)
    winner = cases.by_number(uow.session, wanted["into"])
    done = service.merge(
        uow,
        loser.id,
        winner.id,
        key=_key(),
        version=wanted["version"],
        into_version=wanted["into_version"],
    )
    return _merged(uow.session, done), 200


@blueprint.post("/cases/<number>/unmerge")
@guard.guard(scope="cases:work")
@blueprint.response(200, MergedCaseSchema, example=MERGED, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def unmerge(uow: UnitOfWork, number: str) -> tuple[dict[str, Any], int]:
    """Let a merged case stand for itself again."""
    _count()
    found = cases.by_number(uow.session, number)
    return _merged(uow.session, service.unmerge(uow, found.id)), 200


@blueprint.post("/cases/<number>/not-same")
@guard.guard(scope="cases:work")
@blueprint.arguments(NotSameSchema())
@blueprint.response(200, MergedCaseSchema, example=MERGED, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def not_same(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Remember that two cases are two matters: they are suggested no more."""
    _count()
    found = cases.by_number(uow.session, number)
    service.not_same(uow, found.id, cases.by_number(uow.session, wanted["other"]).id)
    return _merged(uow.session, found), 200


@blueprint.post("/cases/<number>/split")
@guard.guard(scope="cases:work")
@blueprint.arguments(SplitSchema())
@blueprint.response(201, MergedCaseSchema, example=MERGED, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def split(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Let messages and items of a case become a case of their own, which is answered."""
    _count()
    found = cases.by_number(uow.session, number)
    if wanted["reason"] not in cases.reasons(uow.session):
        raise Invalid("no such reason", {"reason": "is unknown"})
    part = Part(
        reason=wanted["reason"],
        key=_key(),
        message_ids=wanted["messages"],
        line_ids=_lines(uow.session, found, wanted["skus"]),
        order_id=found.order_id if wanted["with_order"] else None,
    )
    new = service.split(uow, found.id, part, version=wanted["version"])
    return _merged(uow.session, new), 201


@blueprint.post("/cases/<number>/unsplit")
@guard.guard(scope="cases:work")
@blueprint.response(200, MergedCaseSchema, example=MERGED, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def unsplit(uow: UnitOfWork, number: str) -> tuple[dict[str, Any], int]:
    """Put a case that was split off back into the one it came from, which is answered."""
    _count()
    found = cases.by_number(uow.session, number)
    return _merged(uow.session, service.unsplit(uow, found.id)), 200


# Inside


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _key() -> str:
    """The caller's key, apart from those of other callers."""
    return f"api:{guard.api_key().id}:{key_of_request()}"[:160]


def _lines(reader: Reader, case: CaseView, skus: list[str]) -> list[int]:
    """The case's lines of some SKUs."""
    if not skus:
        return []
    quantities = cases.lines(reader, case.id)
    bought = orders.lines_of(reader, queries.order_ids(reader, case.id))
    of = {line.sku: line.id for lines in bought.values() for line in lines if line.id in quantities}
    unknown = [sku for sku in skus if sku not in of]
    if unknown:
        raise Invalid("an item is not in this case", {"skus": "are not all in this case"})
    return [of[sku] for sku in skus]


def _merged(reader: Reader, case: CaseView) -> dict[str, Any]:
    root = queries.in_place_of(reader, case)
    return {
        "number": case.number,
        "state": str(case.state),
        "part_of": root.number if root.id != case.id else None,
        "taken_in": [one.loser_number for one in queries.merges_into(reader, case.id)],
        "split_off": [one.new_number for one in queries.splits_of(reader, case.id)],
        "version": case.version,
    }
