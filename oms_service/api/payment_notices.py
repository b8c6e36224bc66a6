"""Payment providers call here: prove, keep, then read."""

from flask import Response, request

from oms_service.access import guard
from oms_service.api import problems
from oms_service.api.openapi import Blueprint
from oms_service.api.webhooks import BadSignature
from oms_service.infra import inbound
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.operations.money.matching import SOURCE
from oms_service.ports import payment
from oms_service.runtime import runtime

blueprint = Blueprint("payment-notices", __name__, url_prefix="/webhooks", description="Calls in.")

_SIGNED = [
    {
        "name": "Stripe-Signature",
        "in": "header",
        "required": True,
        "description": "As Stripe signs: `t=seconds,v1=HMAC-SHA256 of seconds.body in hex`.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,500}$"},
    },
]


@blueprint.post("/payments/<slug>")
@guard.public(reason="payment providers prove themselves by a signature over the body")
@blueprint.response(204, description="Kept; whether it could be matched is our concern")
@blueprint.refuses(401, 404, 413)
@blueprint.doc(
    parameters=_SIGNED,
    security=[],
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
)
def told(slug: str) -> Response:
    """What a payment provider tells, signed with the secret it shares with the shop.

    The body is kept before it is read. Told twice it counts once; money that belongs to no order
    waits for a colleague.
    """
    house = runtime()
    provider = payment.teller(house.adapters, slug)
    secret = house.settings.payment_webhook_secrets.get(slug, "")
    body = request.get_data()
    is_genuine = bool(secret) and provider.verify(
        body, dict(request.headers), secret, now=house.clock.now()
    )
    if not is_genuine:
        raise BadSignature("the signature does not fit, or is older than five minutes")
    actor = Actor(ActorKind.INTEGRATION, slug)
    with house.unit_of_work(actor) as uow:
        inbound_id = inbound.keep(uow, source=f"{SOURCE}:{slug}", body=body)
    if inbound_id is not None:
        with house.unit_of_work(actor) as uow:
            house.intake.take(uow, inbound_id)
    return Response(status=204, mimetype=problems.MIMETYPE)
