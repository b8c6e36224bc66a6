"""``/v1/agents``, ``/v1/queues``, ``/v1/routing-rules``: who works on which case, and why."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify, request

from cases import queries as cases
from cases.api.routing_schemas import (
    AGENT,
    NEXT,
    QUEUE,
    ROUTE,
    RULE,
    SKILL,
    TRIAL,
    NewRoutingAgentSchema,
    NextCaseSchema,
    RoutingAgentSchema,
    RoutingAgentsSchema,
    RoutingMoveSchema,
    RoutingNewSkillSchema,
    RoutingPresenceSchema,
    RoutingQueueBodySchema,
    RoutingQueueSchema,
    RoutingQueuesSchema,
    RoutingRouteSchema,
    RoutingRuleBodySchema,
    RoutingRuleSchema,
    RoutingRulesSchema,
    RoutingSkillBodySchema,
    RoutingSkillSchema,
    RoutingSkillsSchema,
    RoutingTrialSchema,
    RoutingWeightsSchema,
    TakeNextSchema,
    TrialQuery,
)
from cases.routing import assignment, queries, service, trying
from cases.routing.policy import Considered, Facts
from cases.routing.queries import AgentView, QueueView, Reader, RuleView, SkillView
from cases.routing.service import AgentWish, QueueWish, RuleWish
from oms_service.access import guard
from oms_service.api import etags
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime

blueprint = Blueprint(
    "routing_api", __name__, url_prefix="/v1", description="Who works on which case, and why."
)
blueprint.before_request(json_only)

_READS: Final = (401, 403, 404, 429)
_ADDS: Final = (400, 401, 403, 404, 409, 413, 415, 422, 429)
_CHANGES: Final = (400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)


# Agents


@blueprint.get("/agents")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, RoutingAgentsSchema, example={"agents": [AGENT]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def agents() -> Response:
    """Everybody who works on cases, by name."""
    _count()
    with runtime().database.reading() as connection:
        codes = _codes(connection)
        said = [_agent(one, codes) for one in queries.agents(connection)]
    return etags.tagged_by_content(jsonify({"agents": said}))


@blueprint.get("/agents/<int:agent>")
@guard.guard(scope="cases:read")
@blueprint.response(200, RoutingAgentSchema, example=AGENT, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_agent(agent: int) -> Response:
    """One colleague: what they can, whether they are there, what they carry."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.agent(connection, agent)
        said = _agent(found, _codes(connection))
    return etags.tagged(jsonify(said), _tag(said))


@blueprint.put("/agents/<int:agent>")
@guard.guard(scope="routing:manage")
@blueprint.arguments(NewRoutingAgentSchema())
@blueprint.response(200, RoutingAgentSchema, example=AGENT, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_agent(wanted: Mapping[str, Any], agent: int) -> Response:
    """Say what a colleague can, all of it; what waits for that is given out at once."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.agent(uow.session, agent)
        codes = _codes(uow.session)
        _require(_agent(seen, codes))
        wish = AgentWish(
            capacity=wanted["capacity"],
            languages=[str(one) for one in wanted["languages"]],
            skills=wanted["skills"],
            queues=wanted["queues"],
        )
        found = service.change_agent(uow, agent, wish, version=seen.version)
        said = _agent(found, codes)
    return etags.tagged(jsonify(said), _tag(said))


@blueprint.put("/agents/<int:agent>/presence")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingPresenceSchema())
@blueprint.response(200, RoutingAgentSchema, example=AGENT)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
def set_presence(wanted: Mapping[str, Any], agent: int) -> Response:
    """Say whether a colleague is there; said again, it changes nothing."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        queries.agent(uow.session, agent)
        service.set_presence(uow, agent, wanted["presence"], back_at=wanted["back_at"])
        said = _agent(queries.agent(uow.session, agent), _codes(uow.session))
    return jsonify(said)


@blueprint.post("/agents/<int:agent>/next-case")
@guard.guard(scope="cases:work")
@blueprint.arguments(TakeNextSchema())
@blueprint.response(200, NextCaseSchema, example=NEXT, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def take_next(
    uow: UnitOfWork,
    wanted: Mapping[str, Any],  # noqa: ARG001 - an empty object
    agent: int,
) -> tuple[dict[str, Any], int]:
    """Give a colleague the most pressing case that waits in their queues."""
    _count()
    return {"number": assignment.take_next(uow, agent).number}, 200


# Queues


@blueprint.get("/queues")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, RoutingQueuesSchema, example={"queues": [QUEUE]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def queues() -> Response:
    """Every queue, by code, with who works on it."""
    _count()
    with runtime().database.reading() as connection:
        said = [_queue(one) for one in queries.queues(connection)]
    return etags.tagged_by_content(jsonify({"queues": said}))


@blueprint.get("/queues/<code>")
@guard.guard(scope="cases:read")
@blueprint.response(200, RoutingQueueSchema, example=QUEUE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_queue(code: str) -> Response:
    """One queue."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.queue(connection, code)
    return etags.tagged(jsonify(_queue(found)), found.version)


@blueprint.post("/queues")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingQueueBodySchema())
@blueprint.response(201, RoutingQueueSchema, example=QUEUE, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_queue(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """A further queue; it is given a code."""
    _count()
    return _queue(service.add_queue(uow, QueueWish(**wanted))), 201


@blueprint.put("/queues/<code>")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingQueueBodySchema())
@blueprint.response(200, RoutingQueueSchema, example=QUEUE, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_queue(wanted: Mapping[str, Any], code: str) -> Response:
    """Write a queue anew."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.queue(uow.session, code).version
        etags.require_match(seen)
        found = service.change_queue(uow, code, QueueWish(**wanted), version=seen)
    return etags.tagged(jsonify(_queue(found)), found.version)


# Rules


@blueprint.get("/routing-rules")
@guard.guard(scope="cases:read")
@blueprint.response(200, RoutingRulesSchema, example={"rules": [RULE]}, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def rules() -> Response:
    """Every rule, in the order they are asked."""
    _count()
    with runtime().database.reading() as connection:
        said = _rules(connection)
    return etags.tagged_by_content(jsonify(said))


@blueprint.get("/routing-rules/<int:rule>")
@guard.guard(scope="cases:read")
@blueprint.response(200, RoutingRuleSchema, example=RULE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_rule(rule: int) -> Response:
    """One rule."""
    _count()
    with runtime().database.reading() as connection:
        found = queries.rule(connection, rule)
        said = _rule(found, _codes(connection))
    return etags.tagged(jsonify(said), found.version)


@blueprint.post("/routing-rules")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingRuleBodySchema())
@blueprint.response(201, RoutingRuleSchema, example=RULE, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_rule(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """A further rule, asked last."""
    _count()
    found = service.add_rule(uow, _wish(wanted))
    return _rule(found, _codes(uow.session)), 201


@blueprint.put("/routing-rules/<int:rule>")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingRuleBodySchema())
@blueprint.response(200, RoutingRuleSchema, example=RULE, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_rule(wanted: Mapping[str, Any], rule: int) -> Response:
    """Write a rule anew; it holds for cases that are opened from now on."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = queries.rule(uow.session, rule).version
        etags.require_match(seen)
        found = service.change_rule(uow, rule, _wish(wanted), version=seen)
        said = _rule(found, _codes(uow.session))
    return etags.tagged(jsonify(said), found.version)


@blueprint.post("/routing-rules/<int:rule>/moves")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingMoveSchema())
@blueprint.response(200, RoutingRulesSchema, example={"rules": [RULE]}, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def move_rule(uow: UnitOfWork, wanted: Mapping[str, Any], rule: int) -> tuple[dict[str, Any], int]:
    """Let a rule be asked one place earlier or later."""
    _count()
    service.move_rule(uow, rule, up=wanted["way"] == "earlier")
    return _rules(uow.session), 200


@blueprint.get("/routing-trial")
@guard.guard(scope="cases:read")
@blueprint.arguments(TrialQuery(), location="query")
@blueprint.response(200, RoutingTrialSchema, example=TRIAL)
@blueprint.refuses(401, 403, 422, 429)
def trial(wanted: Mapping[str, Any]) -> Response:
    """Where a case would go just now; nothing is opened."""
    _count()
    facts = Facts(
        reason=wanted["reason"],
        channel=wanted["channel"],
        language=str(wanted["language"]),
        priority=str(wanted["priority"] or ""),
        tier=wanted["tier"],
        tags=frozenset(trying.tags(wanted["tags"])),
        sales_channel=wanted["sales_channel"],
        value_minor=wanted["value_minor"],
    )
    with runtime().database.looking() as session:
        found = trying.where(session, facts)
        codes = _codes(session)
    return jsonify(
        {
            "rule": found.rule_id,
            "queue": codes[found.queue_id],
            "priority": found.priority,
            "agent": found.choice.staff_id,
            "why": str(found.choice.why or ""),
            "nobody": str(found.choice.nobody or ""),
            "considered": _considered(found.choice.considered),
        }
    )


# Skills and weights


@blueprint.get("/skills")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, RoutingSkillsSchema, example={"skills": [SKILL]}, headers=etags.ETAG_HEADER
)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def skills() -> Response:
    """Every skill, by code."""
    _count()
    with runtime().database.reading() as connection:
        said = [_skill(one) for one in queries.skills(connection)]
    return etags.tagged_by_content(jsonify({"skills": said}))


@blueprint.post("/skills")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingNewSkillSchema())
@blueprint.response(201, RoutingSkillSchema, example=SKILL, headers=REPLAYED_HEADER)
@blueprint.refuses(*_ADDS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add_skill(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """A further skill; it is given a code."""
    _count()
    return _skill(service.add_skill(uow, wanted["name"])), 201


@blueprint.put("/skills/<code>")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingSkillBodySchema())
@blueprint.response(200, RoutingSkillSchema, example=SKILL, headers=etags.ETAG_HEADER)
@blueprint.refuses(*_CHANGES)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change_skill(wanted: Mapping[str, Any], code: str) -> Response:
    """Call a skill differently, or offer it no more."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        held = {one.code: one.version for one in queries.skills(uow.session)}
        if code not in held:
            raise NotFound("no such skill")
        etags.require_match(held[code])
        found = service.change_skill(
            uow, code, wanted["name"], is_active=wanted["is_active"], version=held[code]
        )
    return etags.tagged(jsonify(_skill(found)), found.version)


@blueprint.get("/channel-weights")
@guard.guard(scope="cases:read")
@blueprint.response(
    200, RoutingWeightsSchema, example={"weights": [{"channel": "webchat", "weight": 2}]}
)
@blueprint.refuses(401, 403, 429)
def weights() -> Response:
    """How much of a colleague's capacity a case takes."""
    _count()
    with runtime().database.reading() as connection:
        return jsonify(_weights(queries.weights(connection)))


@blueprint.put("/channel-weights")
@guard.guard(scope="routing:manage")
@blueprint.arguments(RoutingWeightsSchema())
@blueprint.response(
    200, RoutingWeightsSchema, example={"weights": [{"channel": "webchat", "weight": 2}]}
)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
def set_weights(wanted: Mapping[str, Any]) -> Response:
    """Say how much room cases take; channels that are not named stay as they were."""
    _count()
    given = {one["channel"]: one["weight"] for one in wanted["weights"]}
    with runtime().unit_of_work(guard.actor()) as uow:
        return jsonify(_weights(service.set_weights(uow, given)))


# Cases


@blueprint.get("/cases/<number>/routing")
@guard.guard(scope="cases:read")
@blueprint.response(200, RoutingRouteSchema, example=ROUTE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(*_READS)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_case(number: str) -> Response:
    """Why a case is where it is: the rule, who has it, who else was considered, or why nobody."""
    _count()
    with runtime().database.looking() as session:
        case = cases.by_number(session, number)
        route = queries.routes(session, [case.id]).get(case.id)
        codes = _codes(session)
    told = route.told_lead_at if route else None
    said = {
        "queue": codes[case.queue_id],
        "agent": case.assignee_id,
        "rule": route.rule_id if route else None,
        "skills": list(route.skills) if route else [],
        "why": route.why if route and route.staff_id == case.assignee_id else "",
        "nobody": route.nobody if route and case.assignee_id is None else "",
        "considered": _considered(route.considered) if route else [],
        "told_lead_at": told.isoformat() if told else None,
        "at": route.at.isoformat() if route else None,
    }
    return etags.tagged_by_content(jsonify(said))


# Inside


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _codes(reader: Reader) -> dict[int, str]:
    return {one.id: one.code for one in queries.queues(reader)}


def _tag(said: Mapping[str, Any]) -> str:
    """The version of a colleague, and what moves on without it."""
    return f"{said['version']}-{said['presence']}-{said['load']}"


def _require(said: Mapping[str, Any]) -> None:
    """Let a change through from who has read this version; load may have moved on since."""
    read = {tag.partition("-")[0] for tag in request.if_match.as_set()}
    if str(said["version"]) not in read:
        etags.require_match(_tag(said))


def _agent(one: AgentView, codes: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": one.staff_id,
        "name": one.name,
        "presence": one.presence,
        "back_at": one.back_at.isoformat() if one.back_at else None,
        "languages": list(one.languages),
        "skills": list(one.skills),
        "queues": sorted(codes[queue_id] for queue_id in one.queues),
        "capacity": one.capacity,
        "load": one.load,
        "version": one.version,
    }


def _queue(one: QueueView) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": dict(one.name),
        "is_default": one.is_default,
        "members": list(one.members),
        "version": one.version,
    }


def _rules(reader: Reader) -> dict[str, Any]:
    codes = _codes(reader)
    return {"rules": [_rule(one, codes) for one in queries.rules(reader)]}


def _rule(one: RuleView, codes: Mapping[int, str]) -> dict[str, Any]:
    worth = None
    if one.least_minor is not None:
        worth = {"minor": one.least_minor, "currency": one.currency}
    lists = ("reasons", "channels", "languages", "priorities", "tiers", "tags", "sales_channels")
    return {
        "id": one.id,
        "name": dict(one.name),
        **{name: getattr(one, name) for name in lists},
        "least_value": worth,
        "queue": codes[one.queue_id] if one.queue_id is not None else None,
        "priority": one.priority,
        "skills": one.skills,
        "is_active": one.is_active,
        "version": one.version,
    }


def _wish(wanted: Mapping[str, Any]) -> RuleWish:
    worth = wanted["least_value"]
    given = {name: said for name, said in wanted.items() if name not in {"least_value", "priority"}}
    return RuleWish(
        **given,
        priority=str(wanted["priority"] or ""),
        least_minor=worth["minor"] if worth else None,
        currency=worth["currency"] if worth else "",
    )


def _skill(one: SkillView) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": dict(one.name),
        "is_active": one.is_active,
        "follows_role": one.follows_role,
        "version": one.version,
    }


def _weights(found: Mapping[str, int]) -> dict[str, Any]:
    return {
        "weights": [{"channel": one, "weight": weight} for one, weight in sorted(found.items())]
    }


def _considered(found: tuple[Considered, ...]) -> list[dict[str, Any]]:
    return [{"agent": one.staff_id, "verdict": str(one.verdict)} for one in found]
