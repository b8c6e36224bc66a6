"""LINE calls here: prove, keep, answer. What came is dealt with afterwards."""

from http import HTTPStatus
from typing import ClassVar, Final

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from bots.line import service, shapes
from oms_service.access.guard import public
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.runtime import runtime
from oms_service.web.csrf import exempt

blueprint = Blueprint("line_webhook", __name__)

#: Much more than any call of LINE's has.
MOST_BYTES: Final = 1024 * 1024


class BadSignature(DomainError):
    """Whoever calls does not know the channel's secret."""

    code: ClassVar[str] = "bad-signature"
    http_status: ClassVar[int] = 401


@blueprint.post("/line/webhook")
@public(reason="LINE proves itself by a signature over the body")
@exempt(because="carries a signature that no browser can make")
def hear() -> ResponseReturnValue:
    """Events of the shop's LINE account. Each is kept once, however often it is delivered."""
    house = runtime()
    if not house.settings.has_line:
        raise NotFound("LINE is off")
    request.max_content_length = MOST_BYTES
    body = request.get_data(cache=False)
    signature = request.headers.get("X-Line-Signature", "")
    if not shapes.is_genuine(body, signature, house.settings.line_channel_secret):
        raise BadSignature("the signature does not fit")
    events = shapes.events(body, now=house.clock.now())
    if events:
        with house.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            service.keep(uow, events)
    return Response(status=HTTPStatus.OK)


@blueprint.errorhandler(DomainError)
def refuse(error: DomainError) -> ResponseReturnValue:
    """Why, in a word; LINE shows it to whoever looks after the channel."""
    status = HTTPStatus.BAD_REQUEST if error.code == "invalid" else error.http_status
    return Response(error.code, status=status, mimetype="text/plain")


@blueprint.errorhandler(HTTPException)
def refuse_request(error: HTTPException) -> ResponseReturnValue:
    return Response(error.name, status=error.code, mimetype="text/plain")
