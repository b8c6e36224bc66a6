"""What the API takes and gives about lines that wait for stock."""

from typing import Final

from marshmallow import Schema, fields, validate

from oms_service.api.changes_schemas import ChangeSchema
from oms_service.api.schemas import MoneySchema, Strict, text_field
from oms_service.operations.changes.waiting_choices import Choice

#: Versions fit a column of the database.
_MOST: Final = 2**31 - 1


class SubstituteSchema(Schema):
    """Another variant of the same product that is there."""

    sku = fields.String(required=True, metadata={"example": "COFFEE-L"})
    options = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"example": {"size": "500 g"}},
    )
    available = fields.Integer(required=True, metadata={"example": 5})
    unit_price = fields.Nested(MoneySchema, required=True)


class WaitingLineSchema(Schema):
    """A line with units that wait; ``line`` is its place in the order, from 1."""

    line = fields.Integer(required=True, metadata={"example": 1})
    sku = fields.String(required=True, metadata={"example": "COFFEE"})
    units = fields.Integer(required=True, metadata={"example": 2})
    ships_by = fields.Date(required=True, allow_none=True, metadata={"example": "2026-12-10"})
    may_cancel = fields.Boolean(required=True, metadata={"example": True})
    substitutes = fields.List(fields.Nested(SubstituteSchema), required=True)


class WaitingLinesSchema(Schema):
    """What of an order waits for stock, and what may be done instead of waiting."""

    number = fields.String(required=True, metadata={"example": "A-100001"})
    version = fields.Integer(required=True, metadata={"example": 1})
    lines = fields.List(fields.Nested(WaitingLineSchema), required=True)


class WaitingChoiceSchema(Strict):
    """What the customer chose for all waiting units of a line; a substitute needs its ``sku``."""

    choice = fields.Enum(Choice, by_value=True, required=True, metadata={"example": "wait"})
    sku = text_field(60, load_default="", metadata={"example": ""})
    version = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, _MOST),
        metadata={"description": "Of the order.", "example": 1},
    )


class WaitingChosenSchema(Schema):
    """What became of a choice; waiting on changes nothing."""

    choice = fields.Enum(Choice, by_value=True, required=True, metadata={"example": "wait"})
    change = fields.Nested(ChangeSchema, required=True, allow_none=True)
