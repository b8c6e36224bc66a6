"""``/v1/attachments``: files that are uploaded, to become part of a case."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from oms_service.access import guard, personal
from oms_service.api import etags
from oms_service.api.attachments_schemas import EXAMPLE, AttachmentSchema, UploadQuery
from oms_service.api.idempotency import PARAMETER, key_of_request
from oms_service.api.openapi import Blueprint
from oms_service.conversations import attachments, attachments_queries
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.conversations.states import AttachmentState
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime
from oms_service.web import uploads

BYTES: Final = "application/octet-stream"

blueprint = Blueprint(
    "attachments", __name__, url_prefix="/v1", description="Files of messages and cases."
)


def scope() -> str:
    """Whose uploads these are: the key's."""
    return f"key:{guard.api_key().id}"


@blueprint.post("/attachments")
@uploads.takes_files
@guard.guard(scope="files:send")
@blueprint.arguments(UploadQuery(), location="query")
@blueprint.response(201, AttachmentSchema, example=EXAMPLE)
@blueprint.refuses(400, 401, 403, 413, 415, 422, 429, 503)
@blueprint.doc(
    parameters=[PARAMETER],
    requestBody={
        "required": True,
        "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
    },
)
def upload(wanted: Mapping[str, Any]) -> tuple[Response, int]:
    """Upload a file: the body is its content. A picture is kept without what a camera adds.

    It waits for a day to be put into a case. The same key with the same content answers the same
    file again.
    """
    _count()
    key = key_of_request()
    if request.mimetype != BYTES:
        raise UnsupportedMediaType
    view = uploads.take_in(
        runtime(), guard.actor(), request.stream, name=wanted["name"], scope=scope(), key=key
    )
    return jsonify(as_told(view)), 201


@blueprint.get("/attachments/<attachment_id>")
@guard.guard(scope="cases:read")
@blueprint.response(200, AttachmentSchema, example=EXAMPLE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(attachment_id: str) -> Response:
    """One file without its content."""
    _count()
    return etags.tagged_by_content(jsonify(as_told(_found(attachment_id).view)))


@blueprint.get("/attachments/<attachment_id>/content")
@guard.guard(scope="customers:personal")
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},  # type: ignore[arg-type]  # the library takes it
    content_type=BYTES,
    description="The content, with its own type",
)
@blueprint.refuses(401, 403, 404, 429, 503)
def content(attachment_id: str) -> Response:
    """The content of a file."""
    _count()
    return uploads.show(runtime(), _found(attachment_id))


@blueprint.delete("/attachments/<attachment_id>")
@guard.guard(scope="files:send")
@blueprint.response(204)
@blueprint.refuses(401, 403, 404, 429)
def discard(attachment_id: str) -> None:
    """Give up a file that this key uploaded and that is part of nothing yet."""
    _count()
    with runtime().unit_of_work(guard.actor()) as uow:
        attachments.discard(uow, scope=scope(), public_id=attachment_id)


def as_told(view: AttachmentView) -> dict[str, Any]:
    """A file as the API tells of it."""
    return {
        "id": view.public_id,
        "name": personal.shown(view.name, also="files:send"),
        "type": str(view.media_type),
        "size_bytes": view.size_bytes,
        "width": view.width,
        "height": view.height,
        "sha256": view.sha256,
        "state": str(view.state),
        "is_internal": view.is_internal,
        "uploaded_at": view.uploaded_at.isoformat(),
        "sent_at": view.sent_at.isoformat() if view.sent_at else None,
    }


def _found(public_id: str) -> Place:
    """A file that was sent, or that this key uploaded."""
    with runtime().database.reading() as connection:
        place = attachments_queries.by_public_id(connection, public_id)
    if place.view.state is not AttachmentState.READY and place.view.scope != scope():
        raise NotFound("no such file")
    return place


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
