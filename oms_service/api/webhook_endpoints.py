"""``/v1/webhook-endpoints``: servers that are told of events, and what they were told."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, json, jsonify

from oms_service.access import guard
from oms_service.api import etags, paging
from oms_service.api.idempotency import PARAMETER, REPLAYED, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.webhook_endpoints_schemas import (
    DELIVERY,
    ENDPOINT,
    ONE_DELIVERY,
    WITH_SECRET,
    NewWebhookEndpointSchema,
    OneWebhookDeliverySchema,
    WebhookChangeSchema,
    WebhookDeliveriesQuery,
    WebhookDeliveriesSchema,
    WebhookEndpointSchema,
    WebhookEndpointsSchema,
    WebhookEndSchema,
    WebhookReplayedSchema,
    WebhookReplaySchema,
    WebhookRotationSchema,
    WebhookSecretSchema,
)
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime
from oms_service.webhooks import queries, service, signing
from oms_service.webhooks.queries import DeliveryView, EndpointView
from oms_service.webhooks.service import Wanted

blueprint = Blueprint(
    "webhook_endpoints", __name__, url_prefix="/v1", description="Events told to your server."
)
blueprint.before_request(json_only)

_REFUSALS: Final = (401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.get("/webhook-endpoints")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(paging.PageQuery(), location="query")
@blueprint.response(
    200,
    WebhookEndpointsSchema,
    headers=paging.LINK_HEADER,
    example={"webhook_endpoints": [ENDPOINT]},
)
@blueprint.refuses(401, 403, 422, 429)
def several(wanted: Mapping[str, Any]) -> Response:
    """Every endpoint, oldest first; secrets are never told again."""
    _take()
    with runtime().database.looking() as session:
        page = queries.endpoints(session, cursor=wanted["cursor"], limit=wanted["limit"])
    said = {"webhook_endpoints": [_shown(one) for one in page.items]}
    return paging.with_link(jsonify(said), page, limit=wanted["limit"])


@blueprint.post("/webhook-endpoints")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(NewWebhookEndpointSchema())
@blueprint.response(201, WebhookSecretSchema, headers=REPLAYED_HEADER, example=WITH_SECRET)
@blueprint.refuses(401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
def create(wanted: Mapping[str, Any]) -> Response:
    """Be told of events from now on. The answer holds the secret, this once."""
    _take()
    return _with_secret(_create(wanted))


@blueprint.get("/webhook-endpoints/<number>")
@guard.guard(scope="webhooks:manage")
@blueprint.response(200, WebhookEndpointSchema, headers=etags.ETAG_HEADER, example=ENDPOINT)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str) -> Response:
    """One endpoint and how it is doing."""
    _take()
    with runtime().database.looking() as session:
        said = _shown(queries.find(session, number))
    return _tagged(said)


@blueprint.post("/webhook-endpoints/<number>/change")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(WebhookChangeSchema())
@blueprint.response(200, WebhookEndpointSchema, headers=REPLAYED_HEADER, example=ENDPOINT)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def change(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Send elsewhere, other events, or nothing for a while."""
    _take()
    now = service.change(
        uow,
        number,
        _wanted(wanted),
        version=wanted["version"],
        private=runtime().settings.webhooks_private,
    )
    return _shown(now), 200


@blueprint.post("/webhook-endpoints/<number>/rotate")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(WebhookRotationSchema())
@blueprint.response(200, WebhookSecretSchema, headers=REPLAYED_HEADER, example=WITH_SECRET)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
def rotate(wanted: Mapping[str, Any], number: str) -> Response:
    """A new secret, told this once; messages carry both signatures until the overlap is over."""
    _take()
    return _with_secret(_rotate(wanted, number))


@blueprint.post("/webhook-endpoints/<number>/end")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(WebhookEndSchema())
@blueprint.response(200, WebhookEndpointSchema, headers=REPLAYED_HEADER, example=ENDPOINT)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def end(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Take an endpoint away for good; it is not found any more."""
    _take()
    return _shown(service.end(uow, number, version=wanted["version"])), 200


@blueprint.post("/webhook-endpoints/<number>/test")
@guard.guard(scope="webhooks:manage")
@blueprint.response(202, WebhookEndpointSchema, headers=REPLAYED_HEADER, example=ENDPOINT)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def test(uow: UnitOfWork, number: str) -> tuple[dict[str, Any], int]:
    """Send the event `webhook.tested` to this endpoint alone; its deliveries say how it went."""
    _take()
    return _shown(service.test(uow, number)), 202


@blueprint.post("/webhook-endpoints/<number>/replay")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(WebhookReplaySchema())
@blueprint.response(202, WebhookReplayedSchema, headers=REPLAYED_HEADER, example={"events": 12})
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def replay(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Tell again everything the endpoint listens to, from a time on; what still waits stays."""
    _take()
    told = service.replay_since(uow, number, since=wanted["since"], until=wanted["until"])
    return {"events": told}, 202


@blueprint.get("/webhook-endpoints/<number>/deliveries")
@guard.guard(scope="webhooks:manage")
@blueprint.arguments(WebhookDeliveriesQuery(), location="query")
@blueprint.response(
    200, WebhookDeliveriesSchema, headers=paging.LINK_HEADER, example={"deliveries": [DELIVERY]}
)
@blueprint.refuses(401, 403, 404, 422, 429)
def deliveries(wanted: Mapping[str, Any], number: str) -> Response:
    """What the endpoint was told and is to be told, newest first."""
    _take()
    with runtime().database.looking() as session:
        page = queries.deliveries(
            session,
            queries.find(session, number).id,
            state=wanted["state"],
            name=wanted["type"],
            cursor=wanted["cursor"],
            limit=wanted["limit"],
        )
    said = {"deliveries": [_delivery(found) for found in page.items]}
    return paging.with_link(jsonify(said), page, limit=wanted["limit"])


@blueprint.get("/webhook-endpoints/<number>/deliveries/<event_id>")
@guard.guard(scope="webhooks:manage")
@blueprint.response(200, OneWebhookDeliverySchema, headers=etags.ETAG_HEADER, example=ONE_DELIVERY)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one_delivery(number: str, event_id: str) -> Response:
    """One event at one endpoint, with every try."""
    _take()
    with runtime().database.looking() as session:
        endpoint = queries.find(session, number)
        found = queries.delivery(session, endpoint.id, _event(event_id))
        tries = queries.attempts(session, [found.id])[found.id]
    attempts = [
        {
            "at": attempt.at.isoformat(),
            "took_ms": attempt.took_ms,
            "outcome": attempt.outcome,
            "status": attempt.status,
            "excerpt": attempt.excerpt,
        }
        for attempt in tries
    ]
    return _tagged({**_delivery(found), "attempts": attempts})


@blueprint.post("/webhook-endpoints/<number>/deliveries/<event_id>/replay")
@guard.guard(scope="webhooks:manage")
@blueprint.response(202, WebhookReplayedSchema, headers=REPLAYED_HEADER, example={"events": 1})
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def replay_one(uow: UnitOfWork, number: str, event_id: str) -> tuple[dict[str, Any], int]:
    """Tell one event again; one that waits is told at once."""
    _take()
    service.replay(uow, number, _event(event_id))
    return {"events": 1}, 202


@idempotent
def _create(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    made = service.create(uow, _wanted(wanted), private=runtime().settings.webhooks_private)
    return {**_shown(made), "secret": None}, 201


@idempotent
def _rotate(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    overlap = timedelta(hours=wanted["overlap_hours"])
    now = service.rotate(uow, number, version=wanted["version"], overlap=overlap)
    return {**_shown(now), "secret": None}, 200


def _with_secret(answer: Response) -> Response:
    """The first answer with the secret, which is kept with no answer and so never repeated."""
    if REPLAYED in answer.headers:
        return answer
    said = answer.get_json()
    house = runtime()
    with house.database.looking() as session:
        seed = queries.seed(session, queries.find(session, said["number"]).id)
    said["secret"] = signing.secret(house.settings.secret_key, seed)
    answer.set_data(json.dumps(said))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wanted(wanted: Mapping[str, Any]) -> Wanted:
    return Wanted(
        url=wanted["url"],
        patterns=wanted["events"],
        label=wanted["label"],
        is_active=wanted.get("is_active", True),
    )


def _event(typed: str) -> uuid.UUID:
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise NotFound("no such delivery") from None


def _shown(view: EndpointView) -> dict[str, Any]:
    return {
        "number": view.number,
        "label": view.label,
        "url": view.url,
        "events": list(view.patterns),
        "is_active": view.is_active,
        "stopped_at": _time(view.stopped_at),
        "failures": view.failures,
        "failing_since": _time(view.failing_since),
        "former_secret_until": _time(view.former_until),
        "created_at": view.created_at.isoformat(),
        "created_by": view.created_by,
        "version": view.version,
    }


def _delivery(view: DeliveryView) -> dict[str, Any]:
    return {
        "event_id": str(view.event_id),
        "type": view.event_name,
        "aggregate": view.aggregate,
        "occurred_at": view.occurred_at.isoformat(),
        "sequence": view.sequence,
        "state": view.state,
        "tries": view.tries,
        "next_at": _time(view.next_at),
        "delivered_at": _time(view.delivered_at),
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _tagged(said: Mapping[str, Any]) -> Response:
    return etags.tagged(jsonify(said), ids.digest(json.dumps(said, sort_keys=True))[:32])


def _take() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
