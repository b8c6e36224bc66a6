"""What the endpoints of merging and splitting take and give."""

from typing import Final

from marshmallow import Schema, fields, validate

from cases.merging.policy import Why
from cases.merging.service import MOST_MESSAGES
from cases.states import CaseState
from oms_service.api.schemas import Strict, text_field

_GREATEST: Final = 2_147_483_647
_LONGEST: Final = 2**63 - 1

MERGED: Final = {
    "number": "C-1009",
    "state": "open",
    "part_of": None,
    "taken_in": ["C-1017"],
    "split_off": [],
    "version": 5,
}
SUGGESTION: Final = {"number": "C-1017", "points": 85, "why": ["customer", "order", "time"]}
MESSAGE: Final = {
    "id": 4711,
    "direction": "in",
    "text": "箱が潰れていました。",
    "at": "2026-11-22T01:42:00+00:00",
}


def _version() -> fields.Integer:
    return fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, _GREATEST),
        metadata={"description": "Of the case as you read it; another one now is refused."},
    )


class MergeSchema(Strict):
    """The case that stands for both from now on."""

    into = text_field(40, shortest=1, required=True, metadata={"example": "C-1009"})
    version = _version()
    into_version = _version()


class NotSameSchema(Strict):
    """A case that is another matter."""

    other = text_field(40, shortest=1, required=True, metadata={"example": "C-1009"})


class SplitSchema(Strict):
    """What becomes a case of its own: messages by id, and items by SKU of an order."""

    reason = text_field(60, shortest=1, required=True, metadata={"example": "payment"})
    messages = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, _LONGEST)),
        load_default=list,
        validate=validate.Length(max=MOST_MESSAGES),
    )
    skus = fields.List(
        text_field(60, shortest=1), load_default=list, validate=validate.Length(max=MOST_MESSAGES)
    )
    with_order = fields.Boolean(
        load_default=True, metadata={"description": "About the order of this case as well."}
    )
    version = _version()


class MergedCaseSchema(Schema):
    """A case, what it is part of, and what is part of it; ``split_off`` came from it."""

    number = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    part_of = fields.String(required=True, allow_none=True)
    taken_in = fields.List(fields.String(), required=True)
    split_off = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)


class MergeSuggestionSchema(Schema):
    number = fields.String(required=True)
    points = fields.Integer(required=True)
    why = fields.List(fields.Enum(Why, by_value=True), required=True)


class MergeSuggestionsSchema(Schema):
    suggestions = fields.List(fields.Nested(MergeSuggestionSchema), required=True)


class CaseMessageSchema(Schema):
    """What a customer wrote (``in``) or was told (``out``)."""

    id = fields.Integer(required=True)
    direction = fields.String(required=True)
    text = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class CaseMessagesSchema(Schema):
    messages = fields.List(fields.Nested(CaseMessageSchema), required=True)
