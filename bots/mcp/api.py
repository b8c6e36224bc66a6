"""``/v1/assistant-tokens``: tokens of customers' assistants, by program."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, g

from bots.mcp import tokens
from bots.mcp.api_schemas import (
    TOKEN,
    WITH_SECRET,
    AssistantSecretSchema,
    AssistantTokenSchema,
    NewAssistantTokenSchema,
)
from bots.mcp.tokens import TokenView
from oms_service.access import guard
from oms_service.api import etags
from oms_service.api.coming_back import limit
from oms_service.api.idempotency import PARAMETER, REPLAYED, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries as orders
from oms_service.runtime import runtime

blueprint = Blueprint(
    "assistant_tokens",
    __name__,
    url_prefix="/v1",
    description="Tokens with which customers' assistants use the tools of the shop.",
)
blueprint.before_request(json_only)


@blueprint.post("/assistant-tokens")
@guard.guard(scope="assistants:issue")
@blueprint.arguments(NewAssistantTokenSchema())
@blueprint.response(201, AssistantSecretSchema, example=WITH_SECRET, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
def issue(wanted: Mapping[str, Any]) -> Response:
    """Make a token for a customer you have identified. The answer holds it, this once."""
    limit()
    answer = _issue(wanted)
    if REPLAYED in answer.headers:
        return answer
    answer.set_data(json.dumps({**answer.get_json(), "token": g.assistant_secret}))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/assistant-tokens/<token_id>")
@guard.guard(scope="assistants:issue")
@blueprint.response(200, AssistantTokenSchema, example=TOKEN, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(token_id: str) -> Response:
    """A token as it stands."""
    limit()
    with runtime().database.reading() as connection:
        found = tokens.by_public_id(connection, token_id)
    said = Response(json.dumps(_shown(found)), mimetype="application/json")
    return etags.tagged_by_content(said)


@blueprint.post("/assistant-tokens/<token_id>/end")
@guard.guard(scope="assistants:issue")
@blueprint.response(200, AssistantTokenSchema, example=TOKEN, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 415, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def end(uow: UnitOfWork, token_id: str) -> tuple[dict[str, Any], int]:
    """Refuse a token from now on; one that has ended stays so."""
    limit()
    tokens.revoke(uow, token_id)
    uow.session.flush()
    return _shown(tokens.by_public_id(uow.session, token_id)), 200


@idempotent
def _issue(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    made, g.assistant_secret = tokens.issue(
        uow,
        _customer(uow, wanted),
        label=wanted["label"],
        days=wanted["days"],
        may_act=wanted["may_act"],
    )
    return {**_shown(made), "token": None}, 201


def _customer(uow: UnitOfWork, wanted: Mapping[str, Any]) -> int:
    """Whose it will be; unknown and erased alike."""
    if wanted["order_number"] is not None:
        try:
            return orders.proofs(uow.session, wanted["order_number"]).customer_id
        except NotFound:
            raise NotFound("no such customer") from None
    person = customers.by_mail(uow.session, wanted["mail"])
    if person is None:
        raise NotFound("no such customer")
    return person.id


def _shown(found: TokenView) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "label": found.label,
        "prefix": found.prefix,
        "may_act": found.may_act,
        "created_at": found.created_at.isoformat(),
        "expires_at": found.expires_at.isoformat(),
        "revoked_at": found.revoked_at.isoformat() if found.revoked_at else None,
        "used_at": found.used_at.isoformat() if found.used_at else None,
    }
