"""The provider of short messages tells here what became of them: prove, keep, then read."""

from typing import Final

from flask import Response, request

from oms_service.access import guard
from oms_service.adapters.carriers import signing
from oms_service.api import problems
from oms_service.api.metrics import CALLS_REFUSED
from oms_service.api.openapi import Blueprint
from oms_service.api.webhooks import SIGNED, BadSignature
from oms_service.infra import inbound
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.runtime import runtime

blueprint = Blueprint("sms-hook", __name__, url_prefix="/hooks", description="Short messages in.")

TOLD: Final = Actor(ActorKind.CUSTOMER)
SOURCE: Final = "sms:hook"
_MOST_BYTES: Final = 256 * 1024


@blueprint.post("/sms")
@guard.public(reason="whoever tells of short messages proves itself by a signature over the body")
@blueprint.response(204, description="Kept; whether it could be read is our concern")
@blueprint.refuses(401, 404, 413, 422)
@blueprint.doc(
    parameters=SIGNED,
    security=[],
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
)
def tell() -> Response:
    """How far short messages got, and what people text to the shop, as `docs/sms.md` has it.

    The body is kept before it is read. The same body again changes nothing, and neither does the
    same report or text in another.
    """
    house = runtime()
    secret = house.settings.sms_hook_secret
    if not secret:
        raise NotFound("no short messages are taken here")
    request.max_content_length = _MOST_BYTES
    body = request.get_data(cache=False)
    if not signing.is_genuine(body, dict(request.headers), secret, now=house.clock.now()):
        CALLS_REFUSED.labels("sms").inc()
        raise BadSignature("the signature does not fit, or is older than five minutes")
    if not body:
        raise Invalid("nothing is told", {"body": "is empty"})
    with house.unit_of_work(TOLD) as uow:
        inbound_id = inbound.keep(uow, source=SOURCE, body=body)
    if inbound_id is not None:
        house.intake.take_now(lambda: house.unit_of_work(TOLD), SOURCE, inbound_id)
    return Response(status=204, mimetype=problems.MIMETYPE)
