"""What the API of answer times takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from cases.api.routing_schemas import RoutingWordsSchema
from cases.sla.book import Step
from cases.sla.clocks import WARNINGS, ClockState, Metric
from cases.states import Priority
from oms_service.api.schemas import NameSchema, Strict, text_field
from oms_service.customers.states import Tier

_LONGEST_S: Final = 366 * 24 * 3600
_MOST: Final = 50
_DAYS: Final = 7
_CLOCK: Final = r"^([01][0-9]|2[0-4]):[0-5][0-9]$"
_DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

POLICY: Final = {
    "code": "chat",
    "name": {"ja": "チャット", "en": "Chat"},
    "reasons": [],
    "priorities": [],
    "tiers": [],
    "channels": ["webchat", "line"],
    "hours": "office",
    "first_response_s": 900,
    "next_response_s": 900,
    "resolution_s": 14_400,
    "ladder": [{"percent": 80, "step": "reassign"}],
    "is_active": True,
    "version": 1,
}
HOURS: Final = {
    "code": "office",
    "name": {"ja": "平日の日中", "en": "Office hours"},
    "zone": "Asia/Tokyo",
    "country": "JP",
    "week": [[["09:00", "12:00"], ["13:00", "18:00"]]] * 5 + [[], []],
    "special": [{"day": "2026-12-31", "hours": [["09:00", "12:00"]]}],
    "version": 1,
}
CLOCK: Final = {
    "metric": "first_response",
    "round": 1,
    "state": "running",
    "target_s": 900,
    "elapsed_s": 0,
    "started_at": "2026-11-24T00:05:00+00:00",
    "due_at": "2026-11-24T00:20:00+00:00",
    "stopped_at": None,
    "missed_at": None,
    "warned_percent": 50,
}


def _codes(**more: Any) -> fields.List[str]:
    return fields.List(
        text_field(60, shortest=1),
        load_default=list,
        validate=validate.Length(max=_MOST),
        **more,
    )


def _seconds() -> fields.Integer:
    return fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, _LONGEST_S),
        metadata={"description": "Of opening hours; null: no target.", "example": 900},
    )


class AnswerRungSchema(Strict):
    """What happens at a share of a target, besides telling colleagues."""

    percent = fields.Integer(
        strict=True, required=True, validate=validate.OneOf(WARNINGS), metadata={"example": 80}
    )
    step = fields.Enum(Step, by_value=True, required=True, metadata={"example": "tell_lead"})


class AnswerPolicyBodySchema(Strict):
    """How soon which cases are answered; an empty list fits all."""

    reasons = _codes()
    priorities = fields.List(
        fields.Enum(Priority, by_value=True), load_default=list, validate=validate.Length(max=4)
    )
    tiers = fields.List(
        fields.Enum(Tier, by_value=True), load_default=list, validate=validate.Length(max=3)
    )
    channels = _codes(metadata={"example": ["mail"]})
    hours = text_field(60, shortest=1, required=True, metadata={"example": "office"})
    first_response_s = _seconds()
    next_response_s = _seconds()
    resolution_s = _seconds()
    ladder = fields.List(
        fields.Nested(AnswerRungSchema), load_default=list, validate=validate.Length(max=9)
    )
    is_active = fields.Boolean(load_default=True)


class AnswerNewPolicySchema(AnswerPolicyBodySchema):
    """A further policy, asked first."""

    name = fields.Nested(RoutingWordsSchema, required=True, metadata={"example": POLICY["name"]})


class AnswerPolicySchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    reasons = fields.List(fields.String(), required=True)
    priorities = fields.List(fields.String(), required=True)
    tiers = fields.List(fields.String(), required=True)
    channels = fields.List(fields.String(), required=True)
    hours = fields.String(required=True)
    first_response_s = fields.Integer(required=True, allow_none=True)
    next_response_s = fields.Integer(required=True, allow_none=True)
    resolution_s = fields.Integer(required=True, allow_none=True)
    ladder = fields.List(fields.Nested(AnswerRungSchema), required=True)
    is_active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class AnswerPoliciesSchema(Schema):
    policies = fields.List(fields.Nested(AnswerPolicySchema), required=True)


def _intervals(**more: Any) -> fields.List[Any]:
    """Several ``["09:00", "18:00"]``; an end not after its beginning lies on the next day."""
    clock = fields.String(
        validate=validate.Regexp(_CLOCK + r"\Z", error="must be a time such as 09:00"),
        metadata={"pattern": _CLOCK},
    )
    pair = fields.List(clock, validate=validate.Length(equal=2))
    return fields.List(pair, validate=validate.Length(max=8), **more)


class AnswerSpecialDaySchema(Strict):
    """A day of its own; without hours it is closed."""

    day = fields.String(
        required=True,
        validate=validate.Regexp(_DAY + r"\Z", error="must be a day such as 2026-12-31"),
        metadata={"pattern": _DAY, "example": "2026-12-31"},
    )
    hours = _intervals(required=True, metadata={"example": [["09:00", "12:00"]]})


class AnswerHoursBodySchema(Strict):
    """When a desk is open, in its own zone; on national holidays of ``country`` nothing begins."""

    zone = text_field(60, shortest=1, required=True, metadata={"example": "Asia/Tokyo"})
    country = text_field(2, load_default="", metadata={"example": "JP"})
    week = fields.List(
        _intervals(),
        required=True,
        validate=validate.Length(equal=_DAYS),
        metadata={"description": "From Monday.", "example": HOURS["week"]},
    )
    special = fields.List(
        fields.Nested(AnswerSpecialDaySchema), load_default=list, validate=validate.Length(max=400)
    )


class AnswerNewHoursSchema(AnswerHoursBodySchema):
    """Opening hours of a further desk."""

    name = fields.Nested(RoutingWordsSchema, required=True, metadata={"example": HOURS["name"]})


class AnswerHoursSchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    zone = fields.String(required=True)
    country = fields.String(required=True)
    week = fields.List(fields.List(fields.List(fields.String())), required=True)
    special = fields.List(fields.Nested(AnswerSpecialDaySchema), required=True)
    version = fields.Integer(required=True)


class AnswerAllHoursSchema(Schema):
    hours = fields.List(fields.Nested(AnswerHoursSchema), required=True)


class AnswerClockSchema(Schema):
    """One clock of a case; ``round`` tells several of one metric apart. Times of opening hours."""

    metric = fields.Enum(Metric, by_value=True, required=True)
    round = fields.Integer(required=True)
    state = fields.Enum(ClockState, by_value=True, required=True)
    target_s = fields.Integer(required=True)
    elapsed_s = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    stopped_at = fields.AwareDateTime(required=True, allow_none=True)
    missed_at = fields.AwareDateTime(required=True, allow_none=True)
    warned_percent = fields.Integer(required=True)


class AnswerClocksSchema(Schema):
    clocks = fields.List(fields.Nested(AnswerClockSchema), required=True)
