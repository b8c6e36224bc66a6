"""What the endpoints of answering, notes, reminders and macros take and give."""

from typing import Final

from marshmallow import Schema, fields, validate

from cases.states import CaseState, LineEnding, Priority
from cases.words import CHOSEN
from cases.writing.states import Do, ReminderKind, ReplyState
from cases.writing.suggesting import Advice, Why
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field, time_field
from oms_service.kernel.languages import Language

_CODE: Final = 60
_LONGEST_ANSWER: Final = 10_000
_LONGEST_NOTE: Final = 2_000
#: Nobody takes an answer back after so many seconds.
_LONGEST_WAIT: Final = 120
_GREATEST: Final = 2_147_483_647

REPLY: Final = {
    "position": 1,
    "state": "waiting",
    "asks": False,
    "pressed_at": "2026-11-22T01:42:00+00:00",
    "send_at": "2026-11-22T01:42:10+00:00",
    "settled_at": None,
    "why": "",
}
MACRO: Final = {
    "code": "settled",
    "title": {"ja": "解決のご連絡", "en": "All settled"},
    "body": {"ja": "{{customer_name}}\n\n…", "en": "Hello {{customer_name}},\n\n…"},
    "actions": [{"do": "resolve", "value": "answered"}],
    "reasons": [],
    "queues": [],
    "is_active": True,
    "used": 12,
    "version": 1,
}
STAND: Final = {
    "number": "C-1017",
    "state": "snoozed",
    "priority": "normal",
    "snoozed_until": "2026-11-23T00:00:00+00:00",
    "version": 4,
}
REMINDER: Final = {"kind": "no_answer", "due_at": "2026-11-25T00:00:00+00:00"}
SUGGESTION: Final = {
    "advice": "macro",
    "why": "used",
    "value": "settled",
    "until": None,
    "count": 8,
    "of": 10,
}


def _version() -> fields.Integer:
    return fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, _GREATEST),
        metadata={"description": "Of the case as you read it; another one now is refused."},
    )


class NewReplySchema(Strict):
    """An answer to the customer, where they wrote."""

    text = text_field(_LONGEST_ANSWER, shortest=1, required=True, metadata={"example": "…"})
    asks = fields.Boolean(
        load_default=False, metadata={"description": "The case waits for the answer to it."}
    )
    macro = text_field(_CODE, load_default="", metadata={"example": "settled"})
    wait_s = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, _LONGEST_WAIT),
        metadata={"description": "Seconds in which it can be undone; null for the shop's own."},
    )


class ReplySchema(Schema):
    """An answer on its way; ``why`` is a code where it could not be sent."""

    position = fields.Integer(required=True)
    state = fields.Enum(ReplyState, by_value=True, required=True)
    asks = fields.Boolean(required=True)
    pressed_at = fields.AwareDateTime(required=True)
    send_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    why = fields.String(required=True)


class NoteSchema(Strict):
    """What colleagues should know. No customer ever reads it."""

    text = text_field(_LONGEST_ANSWER, shortest=1, required=True, metadata={"example": "…"})


class CaseVersionSchema(Strict):
    """Which version of the case you have read."""

    version = _version()


class SnoozeSchema(CaseVersionSchema):
    until = time_field(required=True, metadata={"example": "2026-11-23T09:00:00+09:00"})


class ResolveSchema(CaseVersionSchema):
    """How it ended, for colleagues; ``lines_ended`` says it of lines nobody has spoken of yet."""

    code = fields.String(
        required=True, validate=validate.OneOf(sorted(CHOSEN)), metadata={"example": "answered"}
    )
    note = text_field(_LONGEST_NOTE, shortest=1, required=True, metadata={"example": "…"})
    lines_ended = fields.Enum(LineEnding, by_value=True, load_default=None, allow_none=True)
    despite_others = fields.Boolean(
        load_default=False,
        metadata={"description": "Also while it waits for another case."},
    )


class AssignSchema(CaseVersionSchema):
    staff = text_field(
        254, shortest=3, required=True, metadata={"description": "A colleague's mail address."}
    )


class StandSchema(Schema):
    """Where a case stands."""

    number = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    snoozed_until = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class NewReminderSchema(CaseVersionSchema):
    """When the case comes back by itself; the newest holds."""

    kind = fields.Enum(ReminderKind, by_value=True, required=True)
    due_at = time_field(required=True, metadata={"example": "2026-11-25T09:00:00+09:00"})


class ReminderSchema(Schema):
    kind = fields.Enum(ReminderKind, by_value=True, required=True)
    due_at = fields.AwareDateTime(required=True)


class SuggestionSchema(Schema):
    """Advice; ``count`` of ``of`` similar cases went so, where ``why`` says that."""

    advice = fields.Enum(Advice, by_value=True, required=True)
    why = fields.Enum(Why, by_value=True, required=True)
    value = fields.String(required=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    count = fields.Integer(required=True)
    of = fields.Integer(required=True)


class SuggestionsSchema(Schema):
    suggestions = fields.List(fields.Nested(SuggestionSchema), required=True)


class ActionSchema(Strict):
    """One thing a macro does when its answer leaves."""

    do = fields.Enum(Do, by_value=True, required=True, metadata={"example": "resolve"})
    value = text_field(_CODE, load_default="", metadata={"example": "answered"})


class WordsSchema(Strict):
    """A text in one language or both."""

    ja = text_field(5_000, load_default="")
    en = text_field(5_000, load_default="")


class MacroWishSchema(Strict):
    """What a macro says and does; one language is enough."""

    title = fields.Nested(WordsSchema, required=True)
    body = fields.Nested(WordsSchema, required=True)
    actions = fields.List(
        fields.Nested(ActionSchema), load_default=list, validate=validate.Length(max=6)
    )
    reasons = fields.List(
        text_field(_CODE, shortest=1), load_default=list, validate=validate.Length(max=50)
    )
    queues = fields.List(
        text_field(_CODE, shortest=1), load_default=list, validate=validate.Length(max=50)
    )
    is_active = fields.Boolean(load_default=True)


class NewMacroSchema(MacroWishSchema):
    code = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-z][a-z0-9_]{1,39}\Z"),
        metadata={"example": "receipt_name"},
    )


class MacroSchema(Schema):
    """A macro of everybody's, and how often it was part of an answer that was sent."""

    code = fields.String(required=True)
    title = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    body = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    actions = fields.List(fields.Dict(), required=True)
    reasons = fields.List(fields.String(), required=True)
    queues = fields.List(fields.String(), required=True)
    is_active = fields.Boolean(required=True)
    used = fields.Integer(required=True)
    version = fields.Integer(required=True)


class MacrosQuery(PageQuery):
    """Which macros."""

    reason = text_field(
        _CODE, load_default="", metadata={"description": "Only those for this reason or for any."}
    )


class MacrosSchema(Schema):
    macros = fields.List(fields.Nested(MacroSchema), required=True)


class FilledSchema(Schema):
    """A macro as it reads in one case, in its customer's language."""

    text = fields.String(required=True)
    language = fields.Enum(Language, by_value=True, required=True)
    actions = fields.List(fields.Dict(), required=True)
