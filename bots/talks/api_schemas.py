"""What the endpoint of the chat's figures takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from bots.talks.figures import By
from bots.talks.states import TalkOutcome, Why
from oms_service.api.schemas import Strict, text_field
from oms_service.kernel.languages import Language

_CODE: Final = 60
_FIGURES: Final = {
    "talks": 120,
    "contained": 81,
    "handed_over": 24,
    "given_up": 12,
    "open": 3,
    "turns": 512,
    "missed": 19,
    "clarified": 22,
    "shown": 31,
    "confirmed": 25,
    "dropped": 4,
    "scored": 9,
    "satisfied": 8,
    "containment": 0.6923,
    "why": {**dict.fromkeys((str(why) for why in Why), 0), "asked": 14, "decision": 10},
}
CONTAINMENT: Final = {
    "from": "2026-10-26",
    "to": "2026-11-22",
    "zone": "Asia/Tokyo",
    "figures": _FIGURES,
    "by": "channel",
    "lines": [{"key": "webchat", "figures": _FIGURES}],
}


class ContainmentFileQuery(Strict):
    """Which days, which conversations, and by what they are split."""

    from_ = text_field(
        10, load_default="", data_key="from", metadata={"description": "A day; 4 weeks ago."}
    )
    to = text_field(10, load_default="", metadata={"description": "A day, counted; today."})
    channel = text_field(_CODE, load_default="")
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)
    intent = text_field(_CODE, load_default="", metadata={"description": "Or none."})
    outcome = fields.Enum(TalkOutcome, by_value=True, load_default=None, allow_none=True)
    customer = fields.String(
        load_default="",
        validate=validate.OneOf(["", "known", "unknown"]),
        metadata={"description": "Whether it is known who wrote."},
    )
    by = fields.Enum(By, by_value=True, load_default=By.INTENT)


class ContainmentQuery(ContainmentFileQuery):
    by = fields.Enum(By, by_value=True, load_default=None, allow_none=True)


class ChatFiguresSchema(Schema):
    """Counts of conversations, messages and proposals.

    ``containment`` is ``contained`` of those that are over; null without any.
    """

    talks = fields.Integer(required=True)
    contained = fields.Integer(required=True)
    handed_over = fields.Integer(required=True)
    given_up = fields.Integer(required=True)
    open = fields.Integer(required=True)
    turns = fields.Integer(required=True)
    missed = fields.Integer(required=True)
    clarified = fields.Integer(required=True)
    shown = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    dropped = fields.Integer(required=True)
    scored = fields.Integer(required=True)
    satisfied = fields.Integer(required=True)
    containment = fields.Float(required=True, allow_none=True)
    why: Any = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ChatLineSchema(Schema):
    """One day, week, channel, language or wish."""

    key = fields.String(required=True)
    figures = fields.Nested(ChatFiguresSchema, required=True)


class ContainmentSchema(Schema):
    """How many conversations the chat settled itself."""

    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)
    zone = fields.String(required=True)
    figures = fields.Nested(ChatFiguresSchema, required=True)
    by = fields.Enum(By, by_value=True, required=True, allow_none=True)
    lines = fields.List(fields.Nested(ChatLineSchema), required=True)
