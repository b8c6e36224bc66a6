"""Errors as programs read them: application/problem+json (RFC 9457), one shape for all."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, json
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from oms_service.kernel.errors import DomainError, Invalid, TooMany
from oms_service.operations.placement.placing import Unavailable
from oms_service.web import frame

_log = logging.getLogger(__name__)

MIMETYPE: Final = "application/problem+json"
#: How long to stay away while the database is.
RETRY_S: Final = 5

#: Every code a program may meet, in words for its developer. ``code`` is the end of ``type``.
CODES: Final[Mapping[str, str]] = {
    "bad-request": "The request is malformed: broken JSON, or a header or parameter is missing.",
    "unauthenticated": "No API key came, or one that is unknown or revoked.",
    "forbidden": "The key lacks the scope this operation needs.",
    "not-found": "There is no such thing, or it is not yours; the two look alike.",
    "method-not-allowed": "This address does not answer to this method; see Allow.",
    "not-acceptable": "The answer cannot be given in the form that Accept asks for.",
    "request-timeout": "The request took too long to arrive.",
    "conflict": "The request does not fit the state of things as they are.",
    "refused": "A rule of the shop refuses this.",
    "illegal-transition": "This cannot be done in the present state, or was done already.",
    "stale-version": "The thing changed since you read it: read it again.",
    "precondition-failed": "If-Match names another version than the present one.",
    "precondition-required": "Send If-Match with the version you read.",
    "request-entity-too-large": "The body is too large.",
    "unsupported-media-type": "The body must be application/json.",
    "invalid": "Some fields are wrong; errors says which and why.",
    "idempotency-key-missing": "Send Idempotency-Key: 1 to 128 visible characters.",
    "idempotency-key-reused": "This Idempotency-Key was used with another request.",
    "idempotency-key-in-use": "The first request with this Idempotency-Key is still at work.",
    "calendar-changed": "Somebody changed the calendar meanwhile: read it again.",
    "never-leaves": "The location is closed, or its carrier does not come, for more than a year.",
    "never-delivered": "The carrier does not deliver there.",
    "window-not-offered": "The carrier does not deliver within that window.",
    "out-of-stock": "There is not as much as was wanted; errors or shortages says of what.",
    "order-number-taken": "Another order has this number.",
    "external-ref-reused": "The channel gave this reference to an order of other content.",
    "address-not-served": "This channel does not send to that country or region.",
    "not-enough-balance": "The gift card or store credit holds less.",
    "change-refused": "The shop's policy does not allow the change; causes says why.",
    "refused-by-policy": "The shop's policy does not allow it; causes says why.",
    "already-decided": "It was approved, rejected, received or called off already.",
    "return-refunded": "Money has gone back for the return; it cannot be called off.",
    "return-not-expected": "No goods are expected under the return, or not any more.",
    "exchange-on-its-way": "The new goods have left; the exchange cannot be called off.",
    "change-decided": "The change was confirmed, declined or has run out already.",
    "already-shipped": "Some of the order has left the house.",
    "cannot-settle": "The order cannot be paid by that method.",
    "identity-taken": "Another customer is known by that.",
    "too-many-requests": "Too often; Retry-After says when to come again.",
    "reservation-over": "The reservation was released, redeemed or has run out.",
    "pickup-not-all-here": "Some of the pickup is still to come to the shop.",
    "pickup-not-paid": "Money is due before the goods are handed over; due says how much.",
    "wrong-pickup-code": "The code is not the one of this pickup.",
    "pickup-extended": "The pickup was kept longer once already, or the shop never does so.",
    "being-counted": "Another count of some of this is not settled yet.",
    "bad-signature": "The signature does not fit, or is older than five minutes.",
    "refund-too-high": "More would go back than came in and is left.",
    "capture-too-high": "More would be taken than is promised and not yet asked for.",
    "no-such-gift-card": "No card of that code can be used; wrong, used and ended look alike.",
    "order-on-hold": "The order waits for something; nobody picks, packs or sends it before.",
    "fulfilment-not-yet": "The fulfilment is kept for a day to come.",
    "fulfilment-over": "Nothing of the order leaves from there any more.",
    "nothing-to-pick": "Nothing is left to fetch, or somebody else fetches it.",
    "wrong-item": "The code means something else than what is wanted.",
    "more-than-wanted": "More than is still wanted.",
    "pick-list-not-yours": "Somebody else picks this list.",
    "pick-list-not-active": "The pick list is paused or over.",
    "nothing-to-undo": "Nothing of it is picked, or all of it lies in boxes.",
    "box-empty": "Nothing is in the box, or nothing is left to pack.",
    "weight-differs": "It weighs something else than expected; send weight_reason.",
    "service-reason-needed": "Another service than the proposed one; send service_reason.",
    "tracking-number-taken": "Another box or parcel of that carrier has this number.",
    "nothing-to-hand-over": "No box of the fulfilment has a label.",
    "webhook-endpoint-off": "The endpoint is switched off; nothing is sent to it.",
    "file-too-large": "The file has more bytes than one may have.",
    "file-type-refused": "It is no picture, PDF or plain text, whatever its name says.",
    "file-unreadable": "The file is empty or broken, or a picture with too many pixels.",
    "too-many-files": "More files, or bytes of them, than a message or a matter may have.",
    "internal-server-error": "A fault of ours. The request id helps us to find it.",
    "service-unavailable": "The database is away; Retry-After says when to come again.",
}


class Explained(DomainError):
    """A refusal that says more than words: ``facts`` stand in the problem beside them."""

    def __init__(self, message: str, facts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.facts = dict(facts)


def register(app: Flask) -> None:
    """Answer programs' errors in this form, and a lost database with 503 for everybody."""
    frame.of(app).errors.answer_problems_with(answer)

    def away(error: Exception) -> ResponseReturnValue:
        # What was sent to the database stays out of the log: ``hide_parameters`` is set.
        _log.warning("the database is away or in the way: %s", error)
        return app.handle_http_exception(ServiceUnavailable(retry_after=RETRY_S))

    for lost in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(lost, away)


def answer(error: HTTPException | DomainError) -> ResponseReturnValue:
    """The problem an error is."""
    if isinstance(error, DomainError):
        return _of_domain(error)
    status = error.code or int(HTTPStatus.INTERNAL_SERVER_ERROR)
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    is_invalid = status == HTTPStatus.UNPROCESSABLE_ENTITY
    fields = list(_fields(data.get("messages", {}))) if is_invalid else []
    code = _code_of(status)
    response = problem(status, code, errors=fields)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def problem(
    status: int,
    code: str,
    detail: str = "",
    *,
    errors: list[dict[str, str]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Response:
    """One problem. ``detail`` never repeats what the caller sent."""
    body: dict[str, Any] = {
        **(facts or {}),
        "type": f"/problems/{code}",
        "title": CODES.get(code) or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    body["request_id"] = g.get("request_id", "")
    return Response(json.dumps(body), status, mimetype=MIMETYPE)


def _of_domain(error: DomainError) -> Response:
    fields = []
    if isinstance(error, Invalid | Unavailable):
        fields = [{"field": name, "message": said} for name, said in error.fields.items()]
    facts = error.facts if isinstance(error, Explained) else None
    response = problem(error.http_status, error.code, str(error), errors=fields, facts=facts)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.wait_s)
    return response


def _code_of(status: int) -> str:
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return "invalid"
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "request-entity-too-large"
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


def _fields(messages: object, path: str = "") -> Iterator[dict[str, str]]:
    """Marshmallow's nested messages as a flat list: ``scans[2].status``."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _fields(inner, _join(path, name))
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield {"field": path, "message": str(message)}
    elif messages:
        yield {"field": path, "message": str(messages)}


#: webargs puts the place of a field first; it says nothing to the caller.
_PLACES: Final = frozenset({"json", "query", "headers", "path", "_schema"})


def _join(path: str, name: object) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    if str(name) in _PLACES and (not path or name == "_schema"):
        return path
    return f"{path}.{name}" if path else str(name)
