"""What ``/v1`` takes and gives about how cases and deliveries were."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cases.after.policy import LONGEST_WORDS
from cases.after.rules import BOUNDS
from cases.after.states import AskState
from cases.states import CaseState
from cases.words import RESOLUTIONS
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import NameSchema, Strict, text_field, time_field

_MOST_LINES: Final = 200

#: An answer about a case as the description shows it.
SURVEY: Final = {
    "case_number": "C-1017",
    "round": 1,
    "reason": "return",
    "resolution": "answered",
    "channel": "webchat",
    "state": "answered",
    "asked_at": "2026-11-22T02:42:00+00:00",
    "answer_until": "2026-12-06T02:42:00+00:00",
    "score": 4,
    "words": "Quick and friendly.",
    "answered_at": "2026-11-22T03:10:00+00:00",
    "answered_on": "link",
    "version": 3,
}
#: An answer about a delivery as the description shows it.
FEEDBACK: Final = {
    "order_number": "A-10407",
    "carrier": "yamato",
    "delivered_at": "2026-11-19T03:00:00+00:00",
    "state": "answered",
    "asked_at": "2026-11-22T03:00:00+00:00",
    "answer_until": "2026-12-06T03:00:00+00:00",
    "score": 5,
    "words": "A day early.",
    "answered_at": "2026-11-22T05:12:00+00:00",
    "answered_on": "link",
    "version": 3,
    "lines": [
        {
            "sku": "KNIT-NAVY-M",
            "name": {"ja": "ニット", "en": "Knit"},
            "score": 4,
            "words": "Soft.",
        }
    ],
}
#: The rules as the description shows them.
RULES: Final = {
    "reopen_days": 3,
    "asks_satisfaction": True,
    "ask_after_minutes": 60,
    "asked_endings": ["answered", "handled", "refused"],
    "asks_feedback": True,
    "feedback_after_hours": 72,
    "answer_days": 14,
    "not_again_days": 14,
    "low_score": 2,
}
STANDING: Final = {"case_number": "C-1017", "state": "closed", "outcome": "accepted"}


class SurveysQuery(PageQuery):
    """Which answers about cases."""

    since = time_field(
        load_default=None, metadata={"description": "Only those given from this moment on."}
    )
    most_score = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 5),
        metadata={"description": "Only scores up to this one."},
    )
    reason = text_field(60, load_default="", metadata={"description": "Only cases of this reason."})


class FeedbackQuery(PageQuery):
    """Which answers about deliveries."""

    since = time_field(
        load_default=None, metadata={"description": "Only those given from this moment on."}
    )
    most_score = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 5),
        metadata={"description": "Only scores of the delivery up to this one."},
    )
    carrier = text_field(60, load_default="", metadata={"description": "Only of this carrier."})
    sku = text_field(60, load_default="", metadata={"description": "Only where it was judged."})


class SurveySchema(Schema):
    """How satisfied somebody was with one ending of a case; ``words`` are their own."""

    case_number = fields.String(required=True)
    round = fields.Integer(required=True)
    reason = fields.String(required=True)
    resolution = fields.String(required=True)
    channel = fields.String(required=True)
    state = fields.Enum(AskState, by_value=True, required=True)
    asked_at = fields.AwareDateTime(required=True, allow_none=True)
    answer_until = fields.AwareDateTime(required=True, allow_none=True)
    score = fields.Integer(required=True, allow_none=True)
    words = fields.String(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_on = fields.String(required=True)
    version = fields.Integer(required=True)


class SurveysSchema(Schema):
    satisfaction = fields.List(fields.Nested(SurveySchema), required=True)


class LineFeedbackSchema(Schema):
    sku = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    score = fields.Integer(required=True)
    words = fields.String(required=True)


class FeedbackSchema(Schema):
    """How one delivery and its products were."""

    order_number = fields.String(required=True)
    carrier = fields.String(required=True)
    delivered_at = fields.AwareDateTime(required=True)
    state = fields.Enum(AskState, by_value=True, required=True)
    asked_at = fields.AwareDateTime(required=True, allow_none=True)
    answer_until = fields.AwareDateTime(required=True, allow_none=True)
    score = fields.Integer(required=True, allow_none=True)
    words = fields.String(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_on = fields.String(required=True)
    version = fields.Integer(required=True)
    lines = fields.List(fields.Nested(LineFeedbackSchema), required=True)


class FeedbacksSchema(Schema):
    feedback = fields.List(fields.Nested(FeedbackSchema), required=True)


def _score(**more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(1, 5), **more)


class NewScoreSchema(Strict):
    """What a customer says of how their case ended."""

    score = _score(required=True, metadata={"description": "1 is bad, 5 is good.", "example": 4})
    words = text_field(
        LONGEST_WORDS, load_default=None, allow_none=True, metadata={"example": "Quick."}
    )


class NewLineScoreSchema(Strict):
    sku = text_field(60, shortest=1, required=True, metadata={"example": "KNIT-NAVY-M"})
    score = _score(required=True, metadata={"example": 4})
    words = text_field(LONGEST_WORDS, load_default="", metadata={"example": "Soft."})


class NewFeedbackSchema(Strict):
    """What a customer says of a delivery and its products, whole: it replaces what was said."""

    score = _score(load_default=None, allow_none=True, metadata={"description": "Of the delivery."})
    words = text_field(LONGEST_WORDS, load_default="", metadata={"example": "A day early."})
    lines = fields.List(
        fields.Nested(NewLineScoreSchema),
        load_default=list,
        validate=validate.Length(max=_MOST_LINES),
    )


class AcceptanceSchema(Strict):
    """Whether a customer agrees that their case is settled."""

    is_settled = fields.Boolean(required=True, metadata={"example": True})
    text = text_field(
        LONGEST_WORDS,
        load_default="",
        metadata={"description": "What is still wrong; needed where it is not settled."},
    )

    @validates_schema
    def _says_why(self, data: dict[str, Any], **_: object) -> None:
        if not data["is_settled"] and not data["text"].strip():
            raise ValidationError("is needed where the matter is not settled", "text")


class StandingSchema(Schema):
    """The case that has the matter now: the same, or one that follows it."""

    case_number = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(("accepted", "reopened", "appended", "another", "repeated")),
    )


def _bounded(name: str) -> fields.Integer:
    least, most = BOUNDS[name]
    return fields.Integer(strict=True, required=True, validate=validate.Range(least, most))


class FeedbackRulesSchema(Strict):
    """How long a case may come back, who is asked how it went, and when."""

    reopen_days = _bounded("reopen_days")
    asks_satisfaction = fields.Boolean(required=True)
    ask_after_minutes = _bounded("ask_after_minutes")
    asked_endings = fields.List(
        fields.String(validate=validate.OneOf(tuple(RESOLUTIONS))),
        required=True,
        validate=validate.Length(max=len(RESOLUTIONS)),
    )
    asks_feedback = fields.Boolean(required=True)
    feedback_after_hours = _bounded("feedback_after_hours")
    answer_days = _bounded("answer_days")
    not_again_days = _bounded("not_again_days")
    low_score = _bounded("low_score")
