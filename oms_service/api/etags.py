"""Versions of things over HTTP: ``ETag``, ``If-None-Match``, ``If-Match``."""

from typing import ClassVar, Final

from flask import Response, request

from oms_service.kernel.errors import DomainError

IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag you have; 304 says that it is still the newest.",
    "schema": {"type": "string"},
}
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version you read; 412 says that there is another one now.",
    "schema": {"type": "string"},
    "example": '"1"',
}
ETAG_HEADER: Final = {
    "ETag": {"description": "The version of this answer", "schema": {"type": "string"}}
}


class PreconditionRequired(DomainError):
    code: ClassVar[str] = "precondition-required"
    http_status: ClassVar[int] = 428


class PreconditionFailed(DomainError):
    code: ClassVar[str] = "precondition-failed"
    http_status: ClassVar[int] = 412


def tagged(response: Response, version: int | str) -> Response:
    """Give the answer its version; a caller who has it already gets 304 and no body."""
    response.set_etag(str(version))
    response.make_conditional(request)
    return response


def tagged_by_content(response: Response) -> Response:
    """Give an answer without a version of its own one that follows from all it says."""
    response.add_etag()
    response.make_conditional(request)
    return response


def require_match(version: int | str) -> None:
    """Let a change through only from a caller who has read ``version``.

    Raises:
        PreconditionRequired: no ``If-Match`` came.
        PreconditionFailed: it names another version.
    """
    if not request.if_match:
        raise PreconditionRequired("send If-Match with the version you read")
    if not request.if_match.contains(str(version)):
        raise PreconditionFailed("the thing has another version now")
