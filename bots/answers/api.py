"""``/v1/answers``: what the chat answers to questions, by program."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from bots.answers import facts, finding, queries, service, variables
from bots.answers.api_schemas import (
    ANSWER,
    ANSWERS,
    FOUND,
    AnswersQuery,
    FindQuery,
    FoundShopAnswersSchema,
    NewShopAnswerSchema,
    ShopAnswerSchema,
    ShopAnswersSchema,
    ShopAnswerWishSchema,
)
from bots.answers.pages import product_id
from bots.answers.service import Wish
from bots.answers.views import AnswerView
from oms_service.access import guard
from oms_service.api import etags, paging
from oms_service.api.coming_back import limit
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.catalog import window
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import pages as paged
from oms_service.kernel.languages import Language
from oms_service.runtime import runtime

blueprint = Blueprint(
    "answers_api", __name__, url_prefix="/v1", description="What the chat answers to questions."
)
blueprint.before_request(json_only)


@blueprint.get("/answers")
@guard.guard(scope="answers:manage")
@blueprint.arguments(AnswersQuery(), location="query")
@blueprint.response(200, ShopAnswersSchema, example=ANSWERS, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """The answers that hold, by code; those that rest, too."""
    limit()
    most = int(wanted["limit"])
    after = str(paged.read(wanted["cursor"], str)[0]) if wanted["cursor"] else ""
    topics = [wanted["topic"]] if wanted["topic"] else None
    with runtime().database.looking() as session:
        held = queries.answers(session, topics=topics, every=True)
        found = sorted((one for one in held if one.code > after), key=lambda one: one.code)
        shown = found[: most + 1]
        codes = _codes(session, shown)
    page = paged.cut(shown, most, shown=lambda one: _answer(one, codes), key=lambda one: [one.code])
    return paging.with_link(jsonify({"answers": list(page.items)}), page, limit=most)


@blueprint.get("/answers/found")
@guard.guard(scope="answers:manage")
@blueprint.arguments(FindQuery(), location="query")
@blueprint.response(200, FoundShopAnswersSchema, example=FOUND, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 422, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def found(wanted: Mapping[str, Any]) -> Response:
    """What a question would get, with the shop's own values."""
    limit()
    house = runtime()
    with house.database.looking() as session:
        known = {one.code: one for one in queries.answers(session)}
        values = facts.values(house, session, now=house.clock.now(), channel=facts.home(session))
    samples = {
        code: [q for said in one.questions.values() for q in said] for code, one in known.items()
    }
    keys = finding.find(wanted["question"], samples).keys
    said = [
        {
            "code": key,
            "text": {
                code: variables.fill(body, values, Language(code))
                for code, body in known[key].body.items()
            },
        }
        for key in keys
    ]
    return etags.tagged_by_content(jsonify({"answers": said}))


@blueprint.get("/answers/<code>")
@guard.guard(scope="answers:manage")
@blueprint.response(200, ShopAnswerSchema, example=ANSWER, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(code: str) -> Response:
    """One answer as it holds."""
    limit()
    with runtime().database.looking() as session:
        held = queries.answer(session, code)
        codes = _codes(session, [held])
    return etags.tagged(jsonify(_answer(held, codes)), held.version)


@blueprint.post("/answers")
@guard.guard(scope="answers:manage")
@blueprint.arguments(NewShopAnswerSchema())
@blueprint.response(201, ShopAnswerSchema, example=ANSWER, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add(uow: UnitOfWork, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Write a new answer."""
    limit()
    made = service.add(uow, _wish(uow.session, asked), code=asked["code"])
    return _answer(made, _codes(uow.session, [made])), 201


@blueprint.put("/answers/<code>")
@guard.guard(scope="answers:manage")
@blueprint.arguments(ShopAnswerWishSchema())
@blueprint.response(200, ShopAnswerSchema, example=ANSWER, headers=etags.ETAG_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change(asked: Mapping[str, Any], code: str) -> Response:
    """Write an answer anew, a standard one too; what it was stays in its history."""
    limit()
    with runtime().unit_of_work(guard.actor()) as uow:
        now = queries.answer(uow.session, code)
        etags.require_match(now.version)
        done = service.change(uow, code, _wish(uow.session, asked), version=now.version)
        codes = _codes(uow.session, [done])
    response = jsonify(_answer(done, codes))
    response.set_etag(str(done.version))
    return response


@blueprint.post("/answers/<code>/undo")
@guard.guard(scope="answers:manage")
@blueprint.response(200, ShopAnswerSchema, example=ANSWER, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 415, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def undo(uow: UnitOfWork, code: str) -> tuple[dict[str, Any], int]:
    """Let the version before hold again."""
    limit()
    now = queries.answer(uow.session, code)
    done = service.undo(uow, code, version=now.version)
    return _answer(done, _codes(uow.session, [done])), 200


def _wish(session: Session, asked: Mapping[str, Any]) -> Wish:
    return Wish(
        topic=asked["topic"],
        questions=asked["questions"],
        body=asked["body"],
        product_id=product_id(session, asked["product"]),
        is_active=asked["is_active"],
    )


def _codes(session: Session, found: list[AnswerView]) -> dict[int, str]:
    ids = {one.product_id for one in found if one.product_id is not None}
    return window.product_codes(session, ids) if ids else {}


def _answer(found: AnswerView, products: Mapping[int, str]) -> dict[str, Any]:
    return {
        "code": found.code,
        "version": found.version,
        "topic": found.topic,
        "product": products[found.product_id] if found.product_id is not None else None,
        "questions": {language: list(said) for language, said in found.questions.items()},
        "body": dict(found.body),
        "is_active": found.is_active,
        "by": found.by,
        "at": found.at.isoformat() if found.at else None,
    }
