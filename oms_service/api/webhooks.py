"""Carriers call here: prove, keep, then read."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Protocol

from flask import Response, request

from oms_service.access import guard
from oms_service.adapters.carriers import signing
from oms_service.api import problems
from oms_service.api.metrics import CALLS_REFUSED
from oms_service.api.openapi import Blueprint
from oms_service.infra import inbound
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.runtime import reading, runtime
from oms_service.shipping import carriers
from oms_service.shipping.inbound import BY_MAPPING, SOURCE
from oms_service.shipping.sources import mappings

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks", description="Calls in.")

SIGNED = [
    {
        "name": "X-Timestamp",
        "in": "header",
        "required": True,
        "description": "Seconds since 1970; at most five minutes from our clock.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    {
        "name": "X-Signature",
        "in": "header",
        "required": True,
        "description": "HMAC-SHA256 of `timestamp.body` with the shared secret, in hex.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
]


class BadSignature(DomainError):
    """Whoever calls does not know the secret, or called long ago."""

    code: ClassVar[str] = "bad-signature"
    http_status: ClassVar[int] = 401


@blueprint.post("/carriers/<slug>")
@guard.public(reason="carriers prove themselves by a signature over the body")
@blueprint.response(204, description="Kept; whether it could be read is our concern")
@blueprint.refuses(401, 404, 413)
@blueprint.doc(
    parameters=SIGNED,
    security=[],
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
)
def carrier(slug: str) -> Response:
    """Scans in the carrier's own words, signed with the secret it shares with the shop.

    `slug` names a carrier, an aggregator such as `easypost` (which signs by its own header,
    `X-Hmac-Signature`), or one of the shop's mappings.

    The body is kept before it is read: what cannot be read, or names an unknown parcel, waits
    for a colleague and is never lost. The same body again changes nothing.
    """
    house = runtime()
    verify, source = _caller(slug)
    secret = house.settings.carrier_webhook_secrets.get(slug, "")
    body = request.get_data()
    is_genuine = bool(secret) and verify(body, dict(request.headers), secret, now=house.clock.now())
    if not is_genuine:
        CALLS_REFUSED.labels(source).inc()
        raise BadSignature("the signature does not fit, or is older than five minutes")
    actor = Actor(ActorKind.CARRIER, slug)
    with house.unit_of_work(actor) as uow:
        inbound_id = inbound.keep(uow, source=source, body=body)
    if inbound_id is not None:
        house.intake.take_now(lambda: house.unit_of_work(actor), source, inbound_id)
    return Response(status=204, mimetype=problems.MIMETYPE)


class _Verify(Protocol):
    def __call__(
        self, body: bytes, headers: Mapping[str, str], secret: str, /, *, now: datetime
    ) -> bool: ...


def _caller(slug: str) -> tuple[_Verify, str]:
    """How a caller proves itself, and what its bodies are kept under.

    Raises:
        NotFound: neither a carrier nor a mapping is called so.
    """
    try:
        return carriers.carrier(runtime().adapters, slug).verify, f"{SOURCE}:{slug}"
    except NotFound:
        mappings.find(reading(), slug)
        return signing.is_genuine, f"{BY_MAPPING}:{slug}"
