"""``/v1/case-reasons``, ``-statuses``, ``-tags``, ``-fields``: the shop's own words for cases."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify

from cases.api.taxonomy_schemas import (
    FIELD,
    REASON,
    STATUS,
    TAG,
    FieldBodySchema,
    FieldSchema,
    FieldsSchema,
    IntoSchema,
    MergedSchema,
    NewFieldSchema,
    NewReasonSchema,
    NewStatusSchema,
    ReasonBodySchema,
    ReasonSchema,
    ReasonsQuery,
    ReasonsSchema,
    StatusBodySchema,
    StatusesSchema,
    StatusSchema,
    TagNameSchema,
    TagSchema,
    TagsSchema,
)
from cases.states import CaseState
from cases.taxonomy import fields, queries, reasons, statuses, tags
from cases.taxonomy.fields import FieldWish
from cases.taxonomy.queries import Reader
from cases.taxonomy.reasons import ReasonWish
from cases.taxonomy.views import FieldView, StatusView, TagCount
from cases.views import ReasonView
from oms_service.access import guard
from oms_service.api import etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint(
    "case_words", __name__, url_prefix="/v1", description="The shop's own words for cases."
)
blueprint.before_request(json_only)

_READS: Final = (401, 403, 404, 422, 429)
_ADDS: Final = (400, 401, 403, 409, 413, 415, 422, 429)
_CHANGES: Final = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


# Reasons


@blueprint.get("/case-reasons")
@guard.guard(scope="cases:read")
@blueprint.arguments(ReasonsQuery(), location="query")
@blueprint.response(200, ReasonsSchema, example={"reasons": [REASON]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def all_reasons(wanted: Mapping[str, Any]) -> Response:
    """Why customers write, in the shop's order; of a stage or an order only what is offered."""
    _count()
    with runtime().database.looking() as session:
        stage = wanted["stage"]
        if wanted["order"]:
            stage = queries.stage_of_order(session, orders.find(session, wanted["order"]).id)
        found = queries.reasons_for(session, stage) if stage else queries.reasons(session)
        named = queries.queues(session)
        said = [_reason(named, one) for one in found]
    return etags.tagged_by_content(jsonify({"reasons": said}))


@blueprint.post("/case-reasons")
@guard.guard(scope="cases:configure")
@blueprint.arguments(NewReasonSchema())
@blueprint.response(201, ReasonSchema, example=REASON, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_reason(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Add a reason; its code is made of the English name where none is given."""
    _count()
    found = reasons.add(uow, _reason_wish(wanted), code=wanted["code"])
    return _reason(queries.queues(uow.session), found), 201


@blueprint.get("/case-reasons/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, ReasonSchema, example=REASON, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_reason(code: str) -> Response:
    """One reason."""
    _count()
    with runtime().database.looking() as session:
        found = queries.reason(session, code)
        said = _reason(queries.queues(session), found)
    return etags.tagged(jsonify(said), found.version)


@blueprint.put("/case-reasons/<code>")
@guard.guard(scope="cases:configure")
@blueprint.arguments(ReasonBodySchema())
@blueprint.response(200, ReasonSchema, example=REASON, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_reason(wanted: Mapping[str, Any], code: str) -> Response:
    """Write a reason anew, all of it; cases that have it keep it."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.reason(uow.session, code)
        etags.require_match(seen.version)
        found = reasons.change(uow, code, _reason_wish(wanted), version=seen.version)
        said = _reason(queries.queues(uow.session), found)
    return etags.tagged(jsonify(said), found.version)


def _reason_wish(wanted: Mapping[str, Any]) -> ReasonWish:
    return ReasonWish(
        **{name: wanted[name] for name in ReasonWish.__dataclass_fields__ if name in wanted}
    )


def _reason(named: Mapping[int, tuple[str, Words]], one: ReasonView) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": dict(one.name),
        "public_name": dict(one.public_name),
        "group": one.group,
        "stages": list(one.stages),
        "queue": named[one.queue_id][0],
        "priority": one.priority,
        "needs_photo": one.needs_photo,
        "is_active": one.is_active,
        "position": one.position,
        "version": one.version,
    }


# Statuses


@blueprint.get("/case-statuses")
@guard.guard(scope="cases:read")
@blueprint.response(200, StatusesSchema, example={"statuses": [STATUS]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def all_statuses() -> Response:
    """What states are called where the shop has words of its own, and what stands within them."""
    _count()
    with runtime().database.reading() as connection:
        found = [_status(one) for one in queries.statuses(connection).values()]
    return etags.tagged_by_content(jsonify({"statuses": found}))


@blueprint.post("/case-statuses")
@guard.guard(scope="cases:configure")
@blueprint.arguments(NewStatusSchema())
@blueprint.response(201, StatusSchema, example=STATUS, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_status(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Add a status within a state of open cases."""
    _count()
    found = statuses.add(
        uow,
        wanted["category"],
        agent=wanted["agent"],
        customer=wanted["customer"],
        code=wanted["code"],
    )
    return _status(found), 201


@blueprint.get("/case-statuses/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, StatusSchema, example=STATUS, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_status(code: str) -> Response:
    """The shop's own words for a state, or for a status within one."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.status(connection, code)
    return etags.tagged(jsonify(_status(found)), found.version)


@blueprint.put("/case-statuses/<code>")
@guard.guard(scope="cases:configure")
@blueprint.arguments(StatusBodySchema())
@blueprint.response(200, StatusSchema, example=STATUS, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_status(wanted: Mapping[str, Any], code: str) -> Response:
    """Say it otherwise; a state that has the house's words so far has the version ``"0"``."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.statuses(uow.session).get(code)
        category = CaseState(code) if code in set(CaseState) else None
        if seen is None and category is None:
            raise NotFound("no such status")
        version = seen.version if seen else 0
        etags.require_match(version)
        names = {"agent": wanted["agent"], "customer": wanted["customer"]}
        if category is not None:
            found = statuses.call(uow, category, **names, version=version)
        else:
            found = statuses.change(
                uow, code, **names, is_active=wanted["is_active"], version=version
            )
    return etags.tagged(jsonify(_status(found)), found.version)


@blueprint.delete("/case-statuses/<code>")
@guard.guard(scope="cases:configure")
@blueprint.response(204)
@blueprint.refuses(400, 401, 403, 404, 409, 429)
def status_as_given(code: str) -> Response:
    """Call a state by the house's words again; done again, it stays so."""
    _count()
    if code not in set(CaseState):
        raise NotFound("no such state")
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.statuses(uow.session).get(code)
        if seen is not None:
            statuses.call_as_given(uow, CaseState(code), version=seen.version)
    return Response(status=204)


def _status(one: StatusView) -> dict[str, Any]:
    return {
        "code": one.code,
        "category": one.category,
        "agent": dict(one.agent),
        "customer": dict(one.customer),
        "is_active": one.is_active,
        "version": one.version,
    }


# Tags


@blueprint.get("/case-tags")
@guard.guard(scope="cases:read")
@blueprint.response(200, TagsSchema, example={"tags": [TAG]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def all_tags() -> Response:
    """Every tag and how many cases have it."""
    _count()
    with runtime().database.reading() as connection:
        found = [_tag(one) for one in queries.tags(connection)]
    return etags.tagged_by_content(jsonify({"tags": found}))


@blueprint.put("/case-tags/<int:tag>")
@guard.guard(scope="cases:configure")
@blueprint.arguments(TagNameSchema())
@blueprint.response(200, TagSchema, example=TAG, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def rename_tag(wanted: Mapping[str, Any], tag: int) -> Response:
    """Call a tag otherwise, on all cases that have it."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = _one_tag(uow.session, tag)
        etags.require_match(seen.version)
        tags.rename(uow, tag, wanted["name"], version=seen.version)
        found = _one_tag(uow.session, tag)
    return etags.tagged(jsonify(_tag(found)), found.version)


@blueprint.post("/case-tags/<int:tag>/merge")
@guard.guard(scope="cases:configure")
@blueprint.arguments(IntoSchema())
@blueprint.response(200, MergedSchema, example={"cases": 12}, headers=REPLAYED_HEADER)
@blueprint.refuses(404, *_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def merge_tag(uow: UnitOfWork, wanted: Mapping[str, Any], tag: int) -> tuple[dict[str, Any], int]:
    """Let all cases of a tag have another instead, and drop it. That cannot be undone."""
    _count()
    return {"cases": tags.merge(uow, tag, into=wanted["into"])}, 200


@blueprint.delete("/case-tags/<int:tag>")
@guard.guard(scope="cases:configure")
@blueprint.response(204)
@blueprint.refuses(400, 401, 403, 404, 409, 429)
def drop_tag(tag: int) -> Response:
    """Drop a tag that no case has; one that is gone is gone."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        tags.drop(uow, tag)
    return Response(status=204)


def _one_tag(reader: Reader, tag_id: int) -> TagCount:
    found = next((one for one in queries.tags(reader) if one.id == tag_id), None)
    if found is None:
        raise NotFound("no such tag")
    return found


def _tag(one: TagCount) -> dict[str, Any]:
    return {
        "tag": one.id,
        "name": one.name,
        "cases": one.cases,
        "open_cases": one.open_cases,
        "version": one.version,
    }


# Fields


@blueprint.get("/case-fields")
@guard.guard(scope="cases:read")
@blueprint.response(200, FieldsSchema, example={"fields": [FIELD]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def all_fields() -> Response:
    """Every field, in the shop's order."""
    _count()
    with runtime().database.reading() as connection:
        found = [_field(one) for one in queries.fields(connection)]
    return etags.tagged_by_content(jsonify({"fields": found}))


@blueprint.post("/case-fields")
@guard.guard(scope="cases:configure")
@blueprint.arguments(NewFieldSchema())
@blueprint.response(201, FieldSchema, example=FIELD, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_field(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Add a field; its kind stays for good."""
    _count()
    found = fields.add(uow, wanted["kind"], _field_wish(wanted), code=wanted["code"])
    return _field(found), 201


@blueprint.get("/case-fields/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, FieldSchema, example=FIELD, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_field(code: str) -> Response:
    """One field."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.field(connection, code)
    return etags.tagged(jsonify(_field(found)), found.version)


@blueprint.put("/case-fields/<code>")
@guard.guard(scope="cases:configure")
@blueprint.arguments(FieldBodySchema())
@blueprint.response(200, FieldSchema, example=FIELD, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_field(wanted: Mapping[str, Any], code: str) -> Response:
    """Write a field anew, all of it; a choice that is named no more rests."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.field(uow.session, code)
        etags.require_match(seen.version)
        found = fields.change(uow, code, _field_wish(wanted), version=seen.version)
    return etags.tagged(jsonify(_field(found)), found.version)


def _field_wish(wanted: Mapping[str, Any]) -> FieldWish:
    return FieldWish(
        **{name: wanted[name] for name in FieldWish.__dataclass_fields__ if name in wanted}
    )


def _field(one: FieldView) -> dict[str, Any]:
    return {
        "code": one.code,
        "kind": one.kind,
        "name": dict(one.name),
        "choices": [
            {"code": choice.code, "name": dict(choice.name), "is_active": choice.is_active}
            for choice in one.choices
        ],
        "reasons": list(one.reasons),
        "is_required": one.is_required,
        "is_public": one.is_public,
        "is_active": one.is_active,
        "position": one.position,
        "version": one.version,
    }
