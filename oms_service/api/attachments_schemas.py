"""What ``/v1/attachments`` takes and gives."""

from typing import Final

from marshmallow import Schema, fields, validate

from oms_service.api.schemas import Strict, text_field
from oms_service.conversations.states import AttachmentState, MediaType

#: A file as the description shows it.
EXAMPLE: Final = {
    "id": "x9J2mQ0c3sJxkq1u7J3i5v0l2h8y4w6z0a1b2c3d4e5",
    "name": "箱のへこみ.jpg",
    "type": "image/jpeg",
    "size_bytes": 412_380,
    "width": 2560,
    "height": 1920,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "state": "uploaded",
    "is_internal": False,
    "uploaded_at": "2026-11-22T01:42:00+00:00",
    "sent_at": None,
}


class UploadQuery(Strict):
    """How the file is called."""

    name = text_field(
        200,
        load_default="",
        metadata={
            "description": "The file's name; its ending becomes that of what it really is.",
            "example": "dent.jpg",
        },
    )


class AttachmentSchema(Schema):
    """A file without its content. Pictures have a width and a height, other files 0."""

    id = fields.String(
        required=True,
        validate=validate.Length(equal=43),
        metadata={"example": EXAMPLE["id"]},
    )
    name = fields.String(required=True)
    type = fields.Enum(MediaType, by_value=True, required=True)
    size_bytes = fields.Integer(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    state = fields.Enum(AttachmentState, by_value=True, required=True)
    is_internal = fields.Boolean(required=True)
    uploaded_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
