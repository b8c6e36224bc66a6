"""What the endpoints of assistants' tokens take and give."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from bots.mcp.tokens import LONGEST_LABEL, MOST_DAYS
from oms_service.api.schemas import Strict, text_field

TOKEN: Final = {
    "id": "mI7dJ0x1oQ0b2m3fJ8m1w0cXJb5o3m7nN4Yh0Z5kq2E",
    "label": "My assistant",
    "prefix": "omsa_Qm9vdGg",
    "may_act": False,
    "created_at": "2026-11-22T01:00:00+00:00",
    "expires_at": "2026-12-22T01:00:00+00:00",
    "revoked_at": None,
    "used_at": None,
}
WITH_SECRET: Final = {**TOKEN, "token": "omsa_Qm9vdGggb2YgdGhlIGdyZWF0IGFzc2lzdGFudCBrZXk"}


class NewAssistantTokenSchema(Strict):
    """A token for the customer of a mail address that was proven, or of an order."""

    mail = text_field(
        320, shortest=3, load_default=None, allow_none=True, metadata={"example": None}
    )
    order_number = text_field(
        40, shortest=1, load_default=None, allow_none=True, metadata={"example": "A-10423"}
    )
    label = text_field(
        LONGEST_LABEL, shortest=1, required=True, metadata={"example": "My assistant"}
    )
    days = fields.Integer(
        strict=True,
        load_default=30,
        validate=validate.Range(1, MOST_DAYS),
        metadata={"example": 30, "description": "For how long it holds."},
    )
    may_act = fields.Boolean(
        load_default=False,
        metadata={
            "example": False,
            "description": "Whether it may propose, confirm and call people; else it only reads.",
        },
    )

    @validates_schema
    def names_one(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("mail") is None) == (data.get("order_number") is None):
            raise ValidationError("give a mail address or an order number", "order_number")


class AssistantTokenSchema(Schema):
    """A token as it stands; what it opens with is never told again."""

    id = fields.String(required=True)
    label = fields.String(required=True)
    prefix = fields.String(required=True)
    may_act = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    used_at = fields.AwareDateTime(required=True, allow_none=True)


class AssistantSecretSchema(AssistantTokenSchema):
    """The token with what it opens with; a repeated request is not told that again."""

    token = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Shown this once. Null when the request was sent before."},
    )
