"""Whoever receives the shop's mail hands it in here: prove, keep, then read."""

from flask import Response, request

from oms_service.access import guard
from oms_service.adapters.carriers import signing
from oms_service.api import problems
from oms_service.api.metrics import CALLS_REFUSED
from oms_service.api.openapi import Blueprint
from oms_service.api.webhooks import SIGNED, BadSignature
from oms_service.conversations import mail_in
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.settings import MEGABYTE

blueprint = Blueprint("mail-hook", __name__, url_prefix="/hooks", description="Mail in.")

HANDED_IN = Actor(ActorKind.INTEGRATION, "mail")


@blueprint.post("/mail")
@guard.public(reason="who hands mail in proves itself by a signature over the body")
@blueprint.response(204, description="Kept; whether it could be read is our concern")
@blueprint.refuses(401, 404, 413, 422)
@blueprint.doc(
    parameters=SIGNED,
    security=[],
    requestBody={
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
)
def hand_in() -> Response:
    """One mail as the server got it, signed with the secret it shares with the shop.

    The body is the mail's bytes and nothing else. It is kept before it is read; the same mail
    again, by this or by another way, is one message.
    """
    house = runtime()
    secret = house.settings.mail_in_secret
    if not secret:
        raise NotFound("no mail is taken here")
    request.max_content_length = house.settings.mail_in_mb * MEGABYTE
    raw = request.get_data(cache=False)
    if not signing.is_genuine(raw, dict(request.headers), secret, now=house.clock.now()):
        CALLS_REFUSED.labels("mail").inc()
        raise BadSignature("the signature does not fit, or is older than five minutes")
    if not raw:
        raise Invalid("no mail", {"body": "is empty"})
    with house.unit_of_work(HANDED_IN) as uow:
        mail_in.keep(uow, raw, way="hook")
    return Response(status=204, mimetype=problems.MIMETYPE)
