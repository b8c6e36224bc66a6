"""Slack calls here: events, presses, submissions, commands. Proved first, then dealt with.

One address for all of them: Slack says in the body what it is. Dealing with it happens in the
request: what fails answers 500, and Slack tells it again.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import ClassVar, Final

from flask import Blueprint, Request, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from oms_service.access.guard import public
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.runtime import runtime
from oms_service.web.csrf import exempt

#: Much more than any call of Slack's has.
MOST_BYTES: Final = 1024 * 1024
#: What was signed longer ago, or so far ahead, is not heard.
OLDEST_S: Final = 300
_DIGITS: Final = 12


class BadSignature(DomainError):
    """Whoever calls does not know the app's signing secret, or says what was said long ago."""

    code: ClassVar[str] = "bad-signature"
    http_status: ClassVar[int] = 401


#: What deals with a request that is proved; it is made of Slack's own framework, which is loaded
#: only where Slack is set up.
Answer = Callable[[Request], Response]


def blueprint(answer: Answer | None) -> Blueprint:
    """The one address of Slack's calls; unknown while Slack is off."""
    made = Blueprint("slack_door", __name__)

    @made.post("/slack/events")
    @public(reason="Slack proves itself by a signature over the body and its time")
    @exempt(because="carries a signature that no browser can make")
    def hear() -> ResponseReturnValue:
        if answer is None:
            raise NotFound("Slack is off")
        house = runtime()
        request.max_content_length = MOST_BYTES
        body = request.get_data(cache=True, parse_form_data=False)
        secret, now = house.settings.slack_signing_secret, house.clock.now()
        if not is_genuine(request.headers, body, secret, now=now):
            raise BadSignature("the signature does not fit")
        return answer(request)

    made.register_error_handler(DomainError, _refuse)
    made.register_error_handler(HTTPException, _refuse_request)
    return made


def is_genuine(headers: Headers, body: bytes, secret: str, *, now: datetime) -> bool:
    """Whether Slack has said this within the last five minutes, by the clock we are given.

    Source: "Verifying requests from Slack", docs.slack.dev.
    """
    said_at = headers.get("X-Slack-Request-Timestamp", "")
    if not (secret and said_at.isascii() and said_at.isdecimal() and len(said_at) <= _DIGITS):
        return False
    if abs(now.timestamp() - int(said_at)) > OLDEST_S:
        return False
    made = hmac.digest(secret.encode(), b"v0:" + said_at.encode() + b":" + body, hashlib.sha256)
    given = headers.get("X-Slack-Signature", "").encode()
    return hmac.compare_digest(b"v0=" + made.hex().encode(), given)


def _refuse(error: DomainError) -> ResponseReturnValue:
    """Why, in a word."""
    status = HTTPStatus.BAD_REQUEST if error.code == "invalid" else error.http_status
    return Response(error.code, status=status, mimetype="text/plain")


def _refuse_request(error: HTTPException) -> ResponseReturnValue:
    return Response(error.name, status=error.code, mimetype="text/plain")
