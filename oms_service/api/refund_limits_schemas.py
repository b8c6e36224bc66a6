"""What the API of own limits of refunds takes and gives."""

from typing import Final

from marshmallow import Schema, fields, validate

from oms_service.api.schemas import Strict
from oms_service.kernel.money import EXPONENTS
from oms_service.payments.limits import MOST_MINOR

LIMIT: Final = {"currency": "JPY", "refund_up_to_minor": 50_000, "goodwill_up_to_minor": None}
EXAMPLE: Final = {
    "colleague": 7,
    "limits": [LIMIT],
    "changes": [
        {
            "by": "staff:3",
            "at": "2026-11-22T01:00:00+00:00",
            "what": "refund_up_to_minor",
            "before": [],
            "after": [{"currency": "JPY", "minor": 50_000}],
        }
    ],
}


def _minor() -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        allow_none=True,
        validate=validate.Range(0, MOST_MINOR),
        metadata={
            "example": 50_000,
            "description": "Minor units of the currency; null leaves it to the roles.",
        },
    )


class RefundLimitBodySchema(Strict):
    """A colleague's own limits in one currency."""

    currency = fields.String(
        required=True, validate=validate.OneOf(sorted(EXPONENTS)), metadata={"example": "JPY"}
    )
    refund_up_to_minor = _minor()
    goodwill_up_to_minor = _minor()


class RefundLimitsBodySchema(Strict):
    """All own limits of a colleague; an empty list leaves everything to their roles."""

    limits = fields.List(
        fields.Nested(RefundLimitBodySchema),
        required=True,
        validate=validate.Length(0, len(EXPONENTS)),
        metadata={"example": [LIMIT]},
    )


class RefundLimitSchema(Schema):
    """A colleague's own limits in one currency; null where their roles' hold."""

    currency = fields.String(required=True, metadata={"example": "JPY"})
    refund_up_to_minor = fields.Integer(
        required=True, allow_none=True, metadata={"example": 50_000}
    )
    goodwill_up_to_minor = fields.Integer(required=True, allow_none=True, metadata={"example": 0})


class LimitAmountSchema(Schema):
    """An amount that a limit was or is."""

    currency = fields.String(required=True, metadata={"example": "JPY"})
    minor = fields.Integer(required=True, metadata={"example": 50_000})


class RefundLimitChangeSchema(Schema):
    """One change of one kind of limit; an empty list is what the roles say."""

    by = fields.String(required=True, metadata={"example": "staff:3"})
    at = fields.String(required=True, metadata={"example": "2026-11-22T01:00:00+00:00"})
    what = fields.String(
        required=True,
        validate=validate.OneOf(["refund_up_to_minor", "goodwill_up_to_minor"]),
        metadata={"example": "refund_up_to_minor"},
    )
    before = fields.List(fields.Nested(LimitAmountSchema), required=True)
    after = fields.List(fields.Nested(LimitAmountSchema), required=True)


class RefundLimitsSchema(Schema):
    """A colleague's own limits, and who changed them when, the newest first."""

    colleague = fields.Integer(required=True, metadata={"example": 7})
    limits = fields.List(fields.Nested(RefundLimitSchema), required=True)
    changes = fields.List(fields.Nested(RefundLimitChangeSchema), required=True)
