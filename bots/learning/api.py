"""``/v1/utterances``, ``/v1/missed-messages``: what the chat learns, by program."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from bots.learning import queries, service
from bots.learning.api_schemas import (
    MISSED,
    PUT_ASIDE,
    TAKEN_IN,
    UTTERANCE,
    UTTERANCES,
    MissedMessagesSchema,
    NewUtteranceSchema,
    PutAsideSchema,
    TakenInSchema,
    TeachSchema,
    UtteranceFileSchema,
    UtteranceSchema,
    UtterancesQuery,
    UtterancesSchema,
    UtteranceWishSchema,
)
from bots.learning.pages import as_lines
from bots.learning.queries import SeedView
from oms_service.access import guard, personal
from oms_service.api import etags, paging
from oms_service.api.coming_back import limit
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import pages
from oms_service.runtime import runtime

blueprint = Blueprint(
    "learning_api", __name__, url_prefix="/v1", description="What the chat learns."
)
blueprint.before_request(json_only)


@blueprint.get("/utterances")
@guard.guard(scope="answers:manage")
@blueprint.arguments(UtterancesQuery(), location="query")
@blueprint.response(200, UtterancesSchema, example=UTTERANCES, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """What the shop taught, in the order of writing; what rests, too."""
    limit()
    most = int(wanted["limit"])
    after = int(pages.read(wanted["cursor"], int)[0]) if wanted["cursor"] else 0
    with runtime().database.looking() as session:
        found = queries.seeds(
            session,
            label=wanted["intent"] or None,
            language=wanted["language"],
            after=after,
            limit=most + 1,
        )
    page = pages.cut(found, most, shown=_utterance, key=lambda one: [one.id])
    return paging.with_link(jsonify({"utterances": list(page.items)}), page, limit=most)


@blueprint.get("/utterances/file.jsonl")
@guard.guard(scope="answers:manage")
@blueprint.response(200, content_type="application/jsonl")
@blueprint.refuses(401, 403, 429)
def give_out() -> Response:
    """All that is in use, one JSON object a line, as the import takes it."""
    limit()
    with runtime().database.looking() as session:
        return as_lines(queries.seeds(session))


@blueprint.post("/utterances/import")
@guard.guard(scope="answers:manage")
@blueprint.arguments(UtteranceFileSchema())
@blueprint.response(200, TakenInSchema, example=TAKEN_IN, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def take_in(uow: UnitOfWork, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Teach every line or none; the errors of a refusal are named by the number of their line."""
    limit()
    return {"count": service.take_in(uow, asked["jsonl"].splitlines())}, 200


@blueprint.post("/utterances")
@guard.guard(scope="answers:manage")
@blueprint.arguments(NewUtteranceSchema())
@blueprint.response(201, UtteranceSchema, example=UTTERANCE, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def add(uow: UnitOfWork, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Teach one more thing that customers say; it holds from the next message on."""
    limit()
    made = service.add(uow, text=asked["text"], language=asked["language"], label=asked["intent"])
    return _utterance(made), 201


@blueprint.get("/utterances/<int:utterance_id>")
@guard.guard(scope="answers:manage")
@blueprint.response(200, UtteranceSchema, example=UTTERANCE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(utterance_id: int) -> Response:
    """One of them."""
    limit()
    with runtime().database.looking() as session:
        found = queries.seed(session, utterance_id)
    return etags.tagged(jsonify(_utterance(found)), found.version)


@blueprint.put("/utterances/<int:utterance_id>")
@guard.guard(scope="answers:manage")
@blueprint.arguments(UtteranceWishSchema())
@blueprint.response(200, UtteranceSchema, example=UTTERANCE, headers=etags.ETAG_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blueprint.doc(parameters=[etags.IF_MATCH])
def change(asked: Mapping[str, Any], utterance_id: int) -> Response:
    """Teach it otherwise, or no longer: ``is_active`` false switches it off."""
    limit()
    with runtime().unit_of_work(guard.actor()) as uow:
        now = queries.seed(uow.session, utterance_id)
        etags.require_match(now.version)
        done = service.change(
            uow,
            now.id,
            text=asked["text"],
            label=asked["intent"],
            is_active=asked["is_active"],
            version=now.version,
        )
    response = jsonify(_utterance(done))
    response.set_etag(str(done.version))
    return response


@blueprint.get("/missed-messages")
@guard.guard(scope="answers:manage")
@blueprint.response(200, MissedMessagesSchema, example=MISSED)
@blueprint.refuses(401, 403, 429)
def missed() -> Response:
    """What nobody has looked at yet of the newest 300, the most frequent first."""
    limit()
    with runtime().database.looking() as session:
        found = queries.missed(session)
    return jsonify(
        {
            "missed": [
                {
                    "ids": list(one.ids),
                    "text": personal.shown(one.text),
                    "language": str(one.language),
                    "outcome": str(one.outcome),
                    "chosen": one.chosen,
                    "last_at": one.last_at.isoformat(),
                }
                for one in found
            ]
        }
    )


@blueprint.post("/missed-messages/teach")
@guard.guard(scope="answers:manage")
@blueprint.arguments(TeachSchema())
@blueprint.response(201, UtteranceSchema, example=UTTERANCE, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def teach(uow: UnitOfWork, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Make an utterance of messages that were missed; they are looked at then."""
    limit()
    made = service.teach(
        uow,
        asked["ids"],
        text=asked["text"],
        language=asked["language"],
        label=asked["intent"],
    )
    return _utterance(made), 201


@blueprint.post("/missed-messages/dismiss")
@guard.guard(scope="answers:manage")
@blueprint.arguments(PutAsideSchema())
@blueprint.response(200, PutAsideSchema, example=PUT_ASIDE, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def dismiss(uow: UnitOfWork, asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """There is nothing to learn from these messages."""
    limit()
    service.dismiss(uow, asked["ids"])
    return {"ids": list(asked["ids"])}, 200


def _utterance(found: SeedView) -> dict[str, Any]:
    return {
        "id": found.id,
        "text": found.text,
        "language": str(found.language),
        "intent": found.label,
        "is_active": found.is_active,
        "version": found.version,
        "by": found.changed_by,
        "at": found.changed_at.isoformat(),
    }
