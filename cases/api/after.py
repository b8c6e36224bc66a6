"""``/v1/satisfaction``, ``/v1/feedback``: how cases ended and how deliveries were, by program."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from cases import queries as cases
from cases.after import answering, feedback, queries, rules, surveys
from cases.after.queries import Which
from cases.after.rules import Rules
from cases.after.views import FeedbackView, Given, LineView, SurveyView
from cases.api.after_schemas import (
    FEEDBACK,
    RULES,
    STANDING,
    SURVEY,
    AcceptanceSchema,
    FeedbackQuery,
    FeedbackRulesSchema,
    FeedbackSchema,
    FeedbacksSchema,
    NewFeedbackSchema,
    NewScoreSchema,
    StandingSchema,
    SurveySchema,
    SurveysQuery,
    SurveysSchema,
)
from oms_service.access import guard
from oms_service.api import etags, paging
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent, key_of_request
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint(
    "feedback", __name__, url_prefix="/v1", description="How cases and deliveries were."
)
blueprint.before_request(json_only)

_ON = "api"


@blueprint.get("/satisfaction")
@guard.guard(scope="feedback:read")
@blueprint.arguments(SurveysQuery(), location="query")
@blueprint.response(
    200, SurveysSchema, example={"satisfaction": [SURVEY]}, headers=paging.LINK_HEADER
)
@blueprint.refuses(401, 403, 422, 429)
def satisfaction(wanted: Mapping[str, Any]) -> Response:
    """What customers said of how their cases ended, the newest first."""
    _take()
    limit = int(wanted["limit"])
    which = Which(since=wanted["since"], most_score=wanted["most_score"], reason=wanted["reason"])
    with runtime().database.reading() as connection:
        page = queries.surveys(connection, which, cursor=wanted["cursor"] or None, limit=limit)
        numbers = cases.numbers_of(connection, {one.case_id for one in page.items})
    said = [_survey(one, numbers[one.case_id]) for one in page.items]
    return paging.with_link(jsonify({"satisfaction": said}), page, limit=limit)


@blueprint.get("/cases/<number>/satisfaction")
@guard.guard(scope="feedback:read")
@blueprint.response(200, SurveySchema, example=SURVEY, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_case(number: str) -> Response:
    """What the customer was asked last about a case, and said; 404 while they were not asked."""
    _take()
    with runtime().database.looking() as session:
        case = cases.by_number(session, number)
        found = queries.survey_of_case(session, case.id)
    if found is None:
        raise NotFound("nobody was asked about this case")
    return etags.tagged(jsonify(_survey(found, case.number)), f"{found.id}-{found.version}")


@blueprint.post("/cases/<number>/satisfaction")
@guard.guard(scope="feedback:pass")
@blueprint.arguments(NewScoreSchema())
@blueprint.response(200, SurveySchema, example=SURVEY, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def score(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Pass on how satisfied a customer is; until the deadline the last score counts."""
    _take()
    case = cases.by_number(uow.session, number)
    found = queries.survey_of_case(uow.session, case.id)
    if found is None:
        raise NotFound("nobody was asked about this case")
    done = surveys.answer(uow, found.id, score=wanted["score"], words=wanted["words"], on=_ON)
    return _survey(done, case.number), 200


@blueprint.post("/cases/<number>/acceptance")
@guard.guard(scope="feedback:pass")
@blueprint.arguments(AcceptanceSchema())
@blueprint.response(200, StandingSchema, example=STANDING, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def accept(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Pass on whether a customer agrees that their case is settled.

    Where they do not, it comes back for as long as the shop says; later another case follows it.
    """
    _take()
    case = cases.by_number(uow.session, number)
    if wanted["is_settled"]:
        closed = answering.accept(uow, case.id)
        return {"case_number": closed.number, "state": closed.state, "outcome": "accepted"}, 200
    key = f"api:{ids.digest(f'{guard.api_key().id} {key_of_request()}')}"
    done = answering.write(uow, case.id, wanted["text"], key=key, rejects=True)
    told = {"case_number": done.case.number, "state": done.case.state, "outcome": done.outcome}
    return told, 200


@blueprint.get("/feedback")
@guard.guard(scope="feedback:read")
@blueprint.arguments(FeedbackQuery(), location="query")
@blueprint.response(
    200, FeedbacksSchema, example={"feedback": [FEEDBACK]}, headers=paging.LINK_HEADER
)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """What customers said of deliveries and products, the newest first."""
    _take()
    limit = int(wanted["limit"])
    which = Which(
        since=wanted["since"],
        most_score=wanted["most_score"],
        carrier=wanted["carrier"],
        sku=wanted["sku"],
    )
    with runtime().database.reading() as connection:
        page = queries.feedbacks(connection, which, cursor=wanted["cursor"] or None, limit=limit)
        numbers = orders.numbers_of(connection, [one.order_id for one in page.items])
        lines = queries.lines_of(connection, [one.id for one in page.items])
    said = [_feedback(one, numbers[one.order_id], lines.get(one.id, ())) for one in page.items]
    return paging.with_link(jsonify({"feedback": said}), page, limit=limit)


@blueprint.get("/orders/<number>/feedback")
@guard.guard(scope="feedback:read")
@blueprint.response(200, FeedbackSchema, example=FEEDBACK, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_order(number: str) -> Response:
    """What was asked and said of one delivery; 404 while nothing is planned."""
    _take()
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        found = queries.feedback_of_order(session, order.id)
        lines = queries.lines_of(session, [found.id] if found else [])
    if found is None:
        raise NotFound("nobody was asked about this order")
    told = _feedback(found, order.number, lines.get(found.id, ()))
    return etags.tagged(jsonify(told), found.version)


@blueprint.post("/orders/<number>/feedback")
@guard.guard(scope="feedback:pass")
@blueprint.arguments(NewFeedbackSchema())
@blueprint.response(200, FeedbackSchema, example=FEEDBACK, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def give(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Pass on how a delivery and its products were; until the deadline the last answer counts."""
    _take()
    order = orders.find(uow.session, number)
    found = queries.feedback_of_order(uow.session, order.id)
    if found is None:
        raise NotFound("nobody was asked about this order")
    ids_of = {line.sku: line.id for line in reversed(orders.lines(uow.session, order.id))}
    unknown = sorted({one["sku"] for one in wanted["lines"]} - ids_of.keys())
    if unknown:
        raise Invalid("that is not in this order", {"lines": "are of another order"})
    lines = [Given(ids_of[one["sku"]], one["score"], one["words"]) for one in wanted["lines"]]
    done = feedback.give(
        uow, found.id, score=wanted["score"], words=wanted["words"], lines=lines, on=_ON
    )
    said = queries.lines_of(uow.session, [done.id]).get(done.id, ())
    return _feedback(done, order.number, said), 200


@blueprint.get("/feedback-rules")
@guard.guard(scope="feedback:manage")
@blueprint.response(200, FeedbackRulesSchema, example=RULES, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def read_rules() -> Response:
    """How long a case may come back, who is asked how it went, and when."""
    _take()
    with runtime().database.reading() as connection:
        held = rules.in_force(connection)
    return etags.tagged(jsonify(_rules(held)), held.version)


@blueprint.put("/feedback-rules")
@guard.guard(scope="feedback:manage")
@blueprint.arguments(FeedbackRulesSchema())
@blueprint.response(200, FeedbackRulesSchema, example=RULES, headers=etags.ETAG_HEADER)
@blueprint.refuses(401, 403, 409, 412, 413, 415, 422, 428, 429)
@blueprint.doc(parameters=[etags.IF_MATCH])
def put_rules(wanted: Mapping[str, Any]) -> Response:
    """Put other rules in force, all of them."""
    _take()
    with runtime().unit_of_work(guard.actor()) as uow:
        seen = rules.in_force(uow.session).version
        etags.require_match(seen)
        endings = tuple(wanted["asked_endings"])
        held = rules.change(uow, Rules(**{**wanted, "asked_endings": endings}, version=seen))
    return etags.tagged(jsonify(_rules(held)), held.version)


# Inside


def _take() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _survey(one: SurveyView, number: str) -> dict[str, Any]:
    return {
        "case_number": number,
        "round": one.round,
        "reason": one.reason,
        "resolution": one.resolution,
        "channel": one.channel,
        **_asked(one),
    }


def _feedback(one: FeedbackView, number: str, lines: Sequence[LineView]) -> dict[str, Any]:
    return {
        "order_number": number,
        "carrier": one.carrier,
        "delivered_at": one.delivered_at.isoformat(),
        **_asked(one),
        "lines": [
            {"sku": line.sku, "name": dict(line.name), "score": line.score, "words": line.words}
            for line in lines
        ],
    }


def _asked(one: SurveyView | FeedbackView) -> dict[str, Any]:
    return {
        "state": one.state,
        "asked_at": one.asked_at.isoformat() if one.asked_at else None,
        "answer_until": one.answer_until.isoformat() if one.answer_until else None,
        "score": one.score,
        "words": one.words,
        "answered_at": one.answered_at.isoformat() if one.answered_at else None,
        "answered_on": one.answered_on,
        "version": one.version,
    }


def _rules(held: Rules) -> dict[str, Any]:
    return {
        name: list(held.asked_endings) if name == "asked_endings" else getattr(held, name)
        for name in RULES
    }
