"""What the API of where refunds are takes and gives."""

from typing import Final

from marshmallow import Schema, fields

from oms_service.api.payments_schemas import PaidMoneySchema
from oms_service.api.schemas import Strict
from oms_service.operations.money.refund_news import Stand
from oms_service.payments.states import MethodKind, RefundState

EXAMPLE: Final = {
    "amount": {"minor": 1200, "currency": "JPY"},
    "state": "requested",
    "stand": "coming",
    "method": "card",
    "requested_at": "2026-11-22T01:00:00+00:00",
    "paid_at": None,
    "expected_by": "2026-12-09",
    "needs_person": False,
}


class RefundStandSchema(Schema):
    """One refund: where it is, and by which day it should be there."""

    amount = fields.Nested(PaidMoneySchema, required=True)
    state = fields.Enum(
        RefundState, by_value=True, required=True, metadata={"example": "requested"}
    )
    stand = fields.Enum(Stand, by_value=True, required=True, metadata={"example": "coming"})
    method = fields.Enum(
        MethodKind,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"example": "card", "description": "null where nobody knows how it was paid."},
    )
    requested_at = fields.String(required=True, metadata={"example": "2026-11-22T01:00:00+00:00"})
    paid_at = fields.String(
        required=True, allow_none=True, metadata={"example": "2026-11-25T01:00:00+00:00"}
    )
    expected_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"example": "2026-12-09", "description": "A day; null while nobody knows."},
    )
    needs_person = fields.Boolean(required=True, metadata={"example": False})


class RefundNewsSchema(Schema):
    """Every refund of an order that was not declined, the oldest first."""

    refunds = fields.List(fields.Nested(RefundStandSchema), required=True)
    needs_person = fields.Boolean(
        required=True,
        metadata={"example": False, "description": "Whether one is overdue or failed."},
    )


class RefundQuestionSchema(Strict):
    """The customer says that it has not arrived."""

    insists = fields.Boolean(
        load_default=False,
        metadata={
            "example": False,
            "description": "They want a person though nothing is wrong as far as we know.",
        },
    )


class RefundAnswerSchema(RefundNewsSchema):
    """What is known, and the case in which a person looks into it, if one does."""

    case_number = fields.String(
        required=True, allow_none=True, metadata={"example": "C-2605-00042"}
    )
