"""Pages for when something went wrong: what happened, and what to do next.

Programs get problem+json instead; ``oms_service.api`` says how that looks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from oms_service.access.paths import own_path
from oms_service.kernel.errors import DomainError, TooMany
from oms_service.web.csrf import NotFromOurPage
from oms_service.web.texts import N_

_PROGRAM_PATHS: Final = ("/v1", "/webhooks", "/hooks")
#: The staff's side of the house.
STAFF_PATHS: Final = ("/staff", "/desk", "/console", "/notices")

Problems = Callable[[HTTPException | DomainError], ResponseReturnValue]


@dataclass(frozen=True)
class Message:
    """What a person reads; both are msgids."""

    title: str
    advice: str


_OURS: Final = Message(
    N_("Something went wrong on our side"),
    N_("This is our fault, not yours. Please try again in a minute."),
)
_THEIRS: Final = Message(
    N_("That did not work"), N_("Please go back, check what you entered, and send it again.")
)
_STALE_PAGE: Final = Message(
    N_("This page was open for too long"),
    N_("Reload the page and send again. We ask for this so that nobody else can act for you."),
)
_MESSAGES: Final[dict[int, Message]] = {
    HTTPStatus.UNAUTHORIZED: Message(
        N_("Please sign in first"), N_("After signing in you come back to where you were.")
    ),
    HTTPStatus.FORBIDDEN: Message(
        N_("This page is not open to you"),
        N_("If you need it for your work, ask your lead for the permission."),
    ),
    HTTPStatus.NOT_FOUND: Message(
        N_("We could not find that page"),
        N_("The address may be mistyped, or what it showed is no longer here."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Message(
        N_("This page cannot be opened like that"),
        N_("It only takes what a form of ours sends. Please go back and use the button there."),
    ),
    HTTPStatus.CONFLICT: Message(
        N_("Somebody was faster"),
        N_("This changed since you opened it. Reload the page to see how it is now."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Message(
        N_("That is too large to send"), N_("Please choose a smaller file and send it again.")
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Message(
        N_("That was too often"), N_("Please wait a little, then try again.")
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Message(
        N_("We are not ready just now"), N_("Please try again in a minute.")
    ),
}


class ErrorPages:
    """Answers every error of one app, to people and to programs each in their own form."""

    def __init__(self, app: Flask) -> None:
        self._problems: Problems = _plain_problem
        app.register_error_handler(HTTPException, self._http)
        app.register_error_handler(DomainError, self._domain)

    def answer_problems_with(self, problems: Problems) -> None:
        """Hand errors of programs' requests to the API's own form."""
        self._problems = problems

    def _http(self, error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        if wants_problem():
            return self._problems(error)
        response = page(error.code or 500, _message(error, error.code or 500))
        for name, value in error.get_headers():
            if name.lower() not in {"content-type", "content-length"}:
                response.headers[name] = value
        return response

    def _domain(self, error: DomainError) -> ResponseReturnValue:
        if wants_problem():
            return self._problems(error)
        wait_s = error.wait_s if isinstance(error, TooMany) else None
        response = page(error.http_status, _message(error, error.http_status), wait_s=wait_s)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.wait_s)
        return response


def wants_problem() -> bool:
    """Whether this request is a program's: by its path, or because it prefers JSON."""
    path = request.path
    if any(path == one or path.startswith(one + "/") for one in _PROGRAM_PATHS):
        return True
    accepts = request.accept_mimetypes
    wanted = accepts.best_match(["text/html", "application/problem+json", "application/json"])
    return bool(accepts) and wanted is not None and wanted != "text/html"


def page(status: int, message: Message, *, wait_s: int | None = None) -> Response:
    """The error as a page, or as a short notice where htmx asked for a piece of one.

    Args:
        status: of HTTP.
        message: what happened, and what to do.
        wait_s: for how long to stay away, where that is known.
    """
    g.error_status = status
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_piece = request.headers.get("HX-Request") == "true"
    template = "frame/error_notice.html" if is_piece else "frame/error.html"
    shown = render_template(
        template,
        status=status,
        message=message,
        wait_minutes=ceil(wait_s / 60) if wait_s else None,
        reference=g.get("request_id", ""),
        back=_came_from(),
        home=_home(),
        is_ours=is_ours,
        is_of_staff=is_of_staff() and not is_ours,
    )
    response = make_response(shown, status)
    if is_piece:
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
    return response


def _came_from() -> str | None:
    """The page of ours that led here, if another one did."""
    there = urlsplit(request.referrer or "")
    if there.netloc != request.host:
        return None
    path = own_path(there.path + (f"?{there.query}" if there.query else ""))
    return path if path not in {"/", request.full_path.rstrip("?")} else None


def _home() -> str:
    """Where a reader begins: colleagues at the desk, everybody else at the front page."""
    return "/desk" if is_of_staff() else "/"


def is_of_staff() -> bool:
    """Whether this address is on the staff's side of the house."""
    path = request.path
    return any(path == one or path.startswith(one + "/") for one in STAFF_PATHS)


def _message(error: Exception, status: int) -> Message:
    if isinstance(error, NotFromOurPage):
        return _STALE_PAGE
    if status in _MESSAGES:
        return _MESSAGES[status]
    return _OURS if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _THEIRS


def _plain_problem(error: HTTPException | DomainError) -> ResponseReturnValue:
    status = error.http_status if isinstance(error, DomainError) else error.code or 500
    response = jsonify(type="about:blank", title=HTTPStatus(status).phrase, status=status)
    response.mimetype = "application/problem+json"
    return response, status
