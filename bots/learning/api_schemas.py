"""What the endpoints of what the chat learns take and give."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from bots.learning.queries import MOST_MISSED
from bots.learning.states import Outcome
from bots.understanding.seed import LABELS, LONGEST
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field
from oms_service.kernel.languages import Language

_CODE: Final = 60
_LARGEST_FILE: Final = 1_500_000
_GREATEST: Final = 2**63 - 1

UTTERANCE: Final = {
    "id": 12,
    "text": "gib it back",
    "language": "en",
    "intent": "refund_request",
    "is_active": True,
    "version": 1,
    "by": "staff:3",
    "at": "2026-11-22T01:42:00+00:00",
}
UTTERANCES: Final = {"utterances": [UTTERANCE]}
TAKEN_IN: Final = {"count": 2}
MISSED: Final = {
    "missed": [
        {
            "ids": [41, 37],
            "text": "can the blue one go out with the rest",
            "language": "en",
            "outcome": "unclear",
            "chosen": "shipping_info",
            "last_at": "2026-11-22T01:42:00+00:00",
        }
    ]
}
PUT_ASIDE: Final = {"ids": [41, 37]}


def _label(**more: Any) -> fields.String:
    return fields.String(
        validate=validate.OneOf(LABELS), metadata={"example": "refund_request"}, **more
    )


def _ids() -> fields.List[Any]:
    return fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, _GREATEST)),
        required=True,
        validate=validate.Length(1, MOST_MISSED),
        metadata={"example": [41, 37]},
    )


class UtteranceWishSchema(Strict):
    """One thing that customers say. Names, numbers and addresses are left out of it."""

    text = text_field(LONGEST, shortest=1, required=True, metadata={"example": "gib it back"})
    intent = _label(required=True)
    is_active = fields.Boolean(load_default=True)


class NewUtteranceSchema(Strict):
    text = text_field(LONGEST, shortest=1, required=True, metadata={"example": "gib it back"})
    language = fields.Enum(Language, by_value=True, required=True)
    intent = _label(required=True)


class UtteranceSchema(Schema):
    """One thing that customers say, as the shop taught it."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    language = fields.Enum(Language, by_value=True, required=True)
    intent = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class UtterancesQuery(PageQuery):
    """Which utterances."""

    intent = text_field(_CODE, load_default="")
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)


class UtterancesSchema(Schema):
    utterances = fields.List(fields.Nested(UtteranceSchema), required=True)


class UtteranceFileSchema(Strict):
    """A file of utterances as text: one JSON object a line, with ``text``, ``lang``, ``intent``."""

    jsonl = text_field(
        _LARGEST_FILE,
        shortest=1,
        required=True,
        metadata={"example": '{"text": "gib it back", "lang": "en", "intent": "refund_request"}'},
    )


class TakenInSchema(Schema):
    """How many utterances the file had."""

    count = fields.Integer(required=True)


class MissedMessageSchema(Schema):
    """The same words that were not understood, however often they came, without what is personal.

    ``chosen`` is what most of those who were asked chose.
    """

    ids = fields.List(fields.Integer(), required=True)
    text = fields.String(required=True)
    language = fields.Enum(Language, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    chosen = fields.String(required=True, allow_none=True)
    last_at = fields.AwareDateTime(required=True)


class MissedMessagesSchema(Schema):
    missed = fields.List(fields.Nested(MissedMessageSchema), required=True)


class TeachSchema(NewUtteranceSchema):
    """Of which missed messages an utterance is made, and what it says."""

    ids = _ids()


class PutAsideSchema(Strict):
    """From which missed messages there is nothing to learn."""

    ids = _ids()
