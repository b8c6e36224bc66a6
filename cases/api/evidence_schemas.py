"""What ``/v1/cases/{number}/attachments`` takes and gives."""

from typing import Final

from marshmallow import Schema, fields, validate

from oms_service.api.attachments_schemas import EXAMPLE, AttachmentSchema
from oms_service.api.schemas import Strict

#: No message and no case takes more at once.
_MOST: Final = 20

EXAMPLE_SENT: Final = {**EXAMPLE, "state": "ready", "sent_at": "2026-11-22T01:45:00+00:00"}


class CaseFilesSchema(Schema):
    attachments = fields.List(fields.Nested(AttachmentSchema), required=True)


class NewCaseFilesSchema(Strict):
    """Which uploaded files colleagues get to see in a case."""

    attachments = fields.List(
        fields.String(validate=validate.Length(equal=43)),
        required=True,
        validate=validate.Length(min=1, max=_MOST),
        metadata={
            "description": "Ids of files that this key uploaded.",
            "example": [EXAMPLE["id"]],
        },
    )
