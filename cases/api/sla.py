"""``/v1/answer-times``: policies and opening hours; and the clocks of a case."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify

from cases import queries as cases
from cases.api.sla_schemas import (
    CLOCK,
    HOURS,
    POLICY,
    AnswerAllHoursSchema,
    AnswerClocksSchema,
    AnswerHoursBodySchema,
    AnswerHoursSchema,
    AnswerNewHoursSchema,
    AnswerNewPolicySchema,
    AnswerPoliciesSchema,
    AnswerPolicyBodySchema,
    AnswerPolicySchema,
)
from cases.sla import editing, queries
from cases.sla.clocks import Metric
from cases.sla.editing import HoursView, PolicyView, PolicyWish, Reader
from cases.sla.queries import ClockView
from oms_service.access import guard
from oms_service.api import etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.runtime import runtime

blueprint = Blueprint(
    "answer_times_api", __name__, url_prefix="/v1", description="How soon cases are answered."
)
blueprint.before_request(json_only)

_READS: Final = (401, 403, 404, 429)
_ADDS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)
_CHANGES: Final = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
_TARGETS: Final = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE, Metric.RESOLUTION)


# Policies


@blueprint.get("/answer-times/policies")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, AnswerPoliciesSchema, example={"policies": [POLICY]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def policies() -> Response:
    """Every policy, in the order they are asked."""
    _count()
    with runtime().database.looking() as session:
        desks = _desks(session)
        said = [_policy(one, desks) for one in editing.policies(session)]
    return etags.tagged_by_content(jsonify({"policies": said}))


@blueprint.get("/answer-times/policies/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, AnswerPolicySchema, example=POLICY, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_policy(code: str) -> Response:
    """One policy."""
    _count()
    with runtime().database.looking() as session:
        found = editing.policy_by_code(session, code)
        said = _policy(found, _desks(session))
    return etags.tagged(jsonify(said), found.version)


@blueprint.post("/answer-times/policies")
@guard.guard(scope="sla:manage")
@blueprint.arguments(AnswerNewPolicySchema())
@blueprint.response(201, AnswerPolicySchema, example=POLICY, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_policy(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """A further policy, asked first; it is given a code, and holds for open cases too."""
    _count()
    found = editing.add_policy(uow, wanted["name"], _wish(wanted))
    return _policy(found, _desks(uow.session)), 201


@blueprint.put("/answer-times/policies/<code>")
@guard.guard(scope="sla:manage")
@blueprint.arguments(AnswerPolicyBodySchema())
@blueprint.response(200, AnswerPolicySchema, example=POLICY, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_policy(wanted: Mapping[str, Any], code: str) -> Response:
    """Write a policy anew, or switch it off; open cases follow within half a minute."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = editing.policy_by_code(uow.session, code).version
        etags.require_match(seen)
        found = editing.change_policy(uow, code, _wish(wanted), version=seen)
        said = _policy(found, _desks(uow.session))
    return etags.tagged(jsonify(said), found.version)


# Hours


@blueprint.get("/answer-times/hours")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, AnswerAllHoursSchema, example={"hours": [HOURS]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def all_hours() -> Response:
    """The opening hours of every desk, by code."""
    _count()
    with runtime().database.looking() as session:
        said = [_hours(one) for one in editing.all_hours(session)]
    return etags.tagged_by_content(jsonify({"hours": said}))


@blueprint.get("/answer-times/hours/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, AnswerHoursSchema, example=HOURS, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_hours(code: str) -> Response:
    """The opening hours of one desk."""
    _count()
    with runtime().database.looking() as session:
        found = editing.hours_by_code(session, code)
    return etags.tagged(jsonify(_hours(found)), found.version)


@blueprint.post("/answer-times/hours")
@guard.guard(scope="sla:manage")
@blueprint.arguments(AnswerNewHoursSchema())
@blueprint.response(201, AnswerHoursSchema, example=HOURS, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_hours(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Opening hours of a further desk; they are given a code."""
    _count()
    return _hours(editing.add_hours(uow, name=wanted["name"], **_given(wanted))), 201


@blueprint.put("/answer-times/hours/<code>")
@guard.guard(scope="sla:manage")
@blueprint.arguments(AnswerHoursBodySchema())
@blueprint.response(200, AnswerHoursSchema, example=HOURS, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_hours(wanted: Mapping[str, Any], code: str) -> Response:
    """Write opening hours anew; open cases follow within half a minute."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = editing.hours_by_code(uow.session, code).version
        etags.require_match(seen)
        found = editing.change_hours(uow, code, **_given(wanted), version=seen)
    return etags.tagged(jsonify(_hours(found)), found.version)


# Clocks


@blueprint.get("/cases/<number>/clocks")
@guard.guard(scope="cases:read")
@blueprint.response(200, AnswerClocksSchema, example={"clocks": [CLOCK]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def clocks(number: str) -> Response:
    """Every clock a case ever had, in the order they started."""
    _count()
    with runtime().database.looking() as session:
        case = cases.by_number(session, number)
        found = queries.clocks(session, [case.id]).get(case.id, [])
    return etags.tagged_by_content(jsonify({"clocks": [_clock(one) for one in found]}))


# Inside


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _desks(reader: Reader) -> dict[int, str]:
    return {one.id: one.code for one in editing.all_hours(reader)}


def _policy(one: PolicyView, desks: Mapping[int, str]) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": dict(one.name),
        "reasons": one.reasons,
        "priorities": one.priorities,
        "tiers": one.tiers,
        "channels": one.channels,
        "hours": desks[one.hours_id],
        **{f"{metric}_s": one.targets.get(metric) for metric in _TARGETS},
        "ladder": [{"percent": percent, "step": step} for percent, step in one.ladder],
        "is_active": one.is_active,
        "version": one.version,
    }


def _wish(wanted: Mapping[str, Any]) -> PolicyWish:
    targets = {str(metric): wanted[f"{metric}_s"] for metric in _TARGETS}
    return PolicyWish(
        reasons=wanted["reasons"],
        priorities=[str(one) for one in wanted["priorities"]],
        tiers=[str(one) for one in wanted["tiers"]],
        channels=wanted["channels"],
        targets={metric: span for metric, span in targets.items() if span is not None},
        ladder=[[one["percent"], str(one["step"])] for one in wanted["ladder"]],
        is_active=wanted["is_active"],
        hours=wanted["hours"],
    )


def _hours(one: HoursView) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": dict(one.name),
        "zone": one.zone,
        "country": one.country,
        "week": one.week,
        "special": [{"day": day, "hours": hours} for day, hours in sorted(one.special.items())],
        "version": one.version,
    }


def _given(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "zone": wanted["zone"],
        "country": wanted["country"],
        "week": wanted["week"],
        "special": {one["day"]: one["hours"] for one in wanted["special"]},
    }


def _clock(one: ClockView) -> dict[str, Any]:
    return {
        "metric": one.metric,
        "round": one.round,
        "state": one.state,
        "target_s": int(one.target.total_seconds()),
        "elapsed_s": int(one.elapsed.total_seconds()),
        "started_at": one.started_at.isoformat(),
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "stopped_at": one.stopped_at.isoformat() if one.stopped_at else None,
        "missed_at": one.missed_at.isoformat() if one.missed_at else None,
        "warned_percent": one.warned,
    }
