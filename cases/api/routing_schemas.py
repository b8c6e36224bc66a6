"""What the API of routing takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from cases.routing.service import MOST_CAPACITY, MOST_WEIGHT
from cases.routing.states import Presence
from cases.states import Priority
from oms_service.api.schemas import NameSchema, Strict, text_field, time_field
from oms_service.kernel.languages import Language

_MOST_ID: Final = 2**53
_MOST_MINOR: Final = 10**15
_LONGEST: Final = 60
_MOST: Final = 50

AGENT: Final = {
    "id": 3,
    "name": "田中 葵",
    "presence": "present",
    "back_at": None,
    "languages": ["ja"],
    "skills": [],
    "queues": ["orders"],
    "capacity": 20,
    "load": 6,
    "version": 2,
}
QUEUE: Final = {
    "code": "orders",
    "name": {"ja": "ご注文・お届け", "en": "Orders and delivery"},
    "is_default": True,
    "members": [3],
    "version": 1,
}
RULE: Final = {
    "id": 4,
    "name": {"ja": "英語のお客様", "en": "English-speaking customers"},
    "reasons": [],
    "channels": [],
    "languages": ["en"],
    "priorities": [],
    "tiers": [],
    "tags": [],
    "sales_channels": [],
    "least_value": None,
    "queue": "orders",
    "priority": None,
    "skills": [],
    "is_active": True,
    "version": 1,
}
SKILL: Final = {
    "code": "wholesale",
    "name": {"ja": "法人のお客様", "en": "Wholesale"},
    "is_active": True,
    "follows_role": False,
    "version": 1,
}
TRIAL: Final = {
    "rule": 4,
    "queue": "orders",
    "priority": "normal",
    "agent": 3,
    "why": "most_room",
    "nobody": "",
    "considered": [{"agent": 3, "verdict": "chosen"}, {"agent": 5, "verdict": "full"}],
}
ROUTE: Final = {
    "queue": "orders",
    "agent": 3,
    "rule": None,
    "skills": [],
    "why": "most_room",
    "nobody": "",
    "considered": [{"agent": 3, "verdict": "chosen"}],
    "told_lead_at": None,
    "at": "2026-11-22T01:42:00+00:00",
}
NEXT: Final = {"number": "C-1017"}


def _codes(**more: Any) -> fields.List[str]:
    return fields.List(
        text_field(_LONGEST, shortest=1), validate=validate.Length(max=_MOST), **more
    )


def _whole(least: int, most: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **more)


class RoutingWordsSchema(Strict):
    """A name in both languages."""

    ja = text_field(_LONGEST, shortest=1, required=True)
    en = text_field(_LONGEST, shortest=1, required=True)


class NewRoutingAgentSchema(Strict):
    """What a colleague can: everything that was said before is forgotten."""

    capacity = _whole(
        0,
        MOST_CAPACITY,
        required=True,
        metadata={"description": "0: nothing is given to them.", "example": 20},
    )
    languages = fields.List(
        fields.Enum(Language, by_value=True),
        required=True,
        validate=validate.Length(1, len(Language)),
        metadata={"example": ["ja"]},
    )
    skills = _codes(required=True, metadata={"example": []})
    queues = _codes(
        required=True,
        metadata={"description": "Codes; a queue without members is everybody's.", "example": []},
    )


class RoutingPresenceSchema(Strict):
    """Whether a colleague is there; ``back_at`` goes with busy and away."""

    presence = fields.Enum(Presence, by_value=True, required=True, metadata={"example": "away"})
    back_at = time_field(load_default=None, allow_none=True)


class RoutingAgentSchema(Schema):
    """A colleague as routing sees them; ``load`` and ``capacity`` are weights of open cases."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    presence = fields.Enum(Presence, by_value=True, required=True)
    back_at = fields.AwareDateTime(required=True, allow_none=True)
    languages = fields.List(fields.String(), required=True)
    skills = fields.List(fields.String(), required=True)
    queues = fields.List(fields.String(), required=True)
    capacity = fields.Integer(required=True)
    carried = fields.Integer(required=True, data_key="load")
    version = fields.Integer(required=True)


class RoutingAgentsSchema(Schema):
    agents = fields.List(fields.Nested(RoutingAgentSchema), required=True)


class TakeNextSchema(Strict):
    """Nothing more has to be said: an empty object."""


class NextCaseSchema(Schema):
    """The case that was taken."""

    number = fields.String(required=True)


class RoutingQueueBodySchema(Strict):
    """A queue: everything that was said before is forgotten."""

    name = fields.Nested(RoutingWordsSchema, required=True, metadata={"example": QUEUE["name"]})
    members = fields.List(
        _whole(1, _MOST_ID),
        required=True,
        validate=validate.Length(max=1000),
        metadata={"description": "Ids of agents; none: everybody.", "example": []},
    )
    is_default = fields.Boolean(required=True)


class RoutingQueueSchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    is_default = fields.Boolean(required=True)
    members = fields.List(fields.Integer(), required=True)
    version = fields.Integer(required=True)


class RoutingQueuesSchema(Schema):
    queues = fields.List(fields.Nested(RoutingQueueSchema), required=True)


class RoutingWorthSchema(Strict):
    """The least total of an order, in the smallest unit of its currency."""

    minor = _whole(1, _MOST_MINOR, required=True, metadata={"example": 30_000})
    currency = text_field(3, shortest=3, required=True, metadata={"example": "JPY"})


class RoutingRuleBodySchema(Strict):
    """A rule: an empty list fits all; of queue, priority and skills it says at least one."""

    name = fields.Nested(RoutingWordsSchema, required=True, metadata={"example": RULE["name"]})
    reasons = _codes(load_default=list)
    channels = _codes(load_default=list)
    languages = _codes(load_default=list, metadata={"example": ["en"]})
    priorities = _codes(load_default=list)
    tiers = _codes(load_default=list)
    tags = fields.List(
        text_field(40, shortest=1), load_default=list, validate=validate.Length(max=_MOST)
    )
    sales_channels = _codes(load_default=list)
    least_value = fields.Nested(RoutingWorthSchema, load_default=None, allow_none=True)
    queue = text_field(_LONGEST, load_default="", metadata={"example": "orders"})
    priority = fields.Enum(Priority, by_value=True, load_default=None, allow_none=True)
    skills = _codes(load_default=list)
    is_active = fields.Boolean(load_default=True)


class RoutingRuleSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.Nested(NameSchema, required=True)
    reasons = fields.List(fields.String(), required=True)
    channels = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    priorities = fields.List(fields.String(), required=True)
    tiers = fields.List(fields.String(), required=True)
    tags = fields.List(fields.String(), required=True)
    sales_channels = fields.List(fields.String(), required=True)
    least_value = fields.Nested(RoutingWorthSchema, required=True, allow_none=True)
    queue = fields.String(required=True, allow_none=True)
    priority = fields.Enum(Priority, by_value=True, required=True, allow_none=True)
    skills = fields.List(fields.String(), required=True)
    is_active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RoutingRulesSchema(Schema):
    rules = fields.List(fields.Nested(RoutingRuleSchema), required=True)


class RoutingMoveSchema(Strict):
    """By one place."""

    way = fields.String(
        required=True,
        validate=validate.OneOf(("earlier", "later")),
        metadata={"example": "earlier"},
    )


class RoutingNewSkillSchema(Strict):
    name = fields.Nested(RoutingWordsSchema, required=True, metadata={"example": SKILL["name"]})


class RoutingSkillBodySchema(RoutingNewSkillSchema):
    """A skill; one that is offered no more stays with whoever has it."""

    is_active = fields.Boolean(required=True)


class RoutingSkillSchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    is_active = fields.Boolean(required=True)
    follows_role = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class RoutingSkillsSchema(Schema):
    skills = fields.List(fields.Nested(RoutingSkillSchema), required=True)


class RoutingWeightSchema(Strict):
    channel = text_field(_LONGEST, shortest=1, required=True, metadata={"example": "webchat"})
    weight = _whole(1, MOST_WEIGHT, required=True, metadata={"example": 2})


class RoutingWeightsSchema(Strict):
    """How much of a colleague's capacity a case takes; 1 where a channel is not named."""

    weights = fields.List(
        fields.Nested(RoutingWeightSchema), required=True, validate=validate.Length(max=_MOST)
    )


class TrialQuery(Strict):
    """The case that is asked about; nothing is opened."""

    reason = text_field(_LONGEST, shortest=1, required=True, metadata={"example": "other"})
    channel = text_field(_LONGEST, load_default="mail", metadata={"example": "mail"})
    language = fields.Enum(Language, by_value=True, load_default=Language.JAPANESE)
    priority = fields.Enum(Priority, by_value=True, load_default=None)
    tier = text_field(_LONGEST, load_default="")
    tags = text_field(400, load_default="", metadata={"description": "With commas between."})
    sales_channel = text_field(_LONGEST, load_default="")
    value_minor = _whole(0, _MOST_MINOR, load_default=None)


class RoutingConsideredSchema(Schema):
    agent = fields.Integer(required=True)
    verdict = fields.String(required=True)


class RoutingTrialSchema(Schema):
    """Where it would go; ``agent`` null and ``nobody`` say that nobody could take it now."""

    rule = fields.Integer(required=True, allow_none=True)
    queue = fields.String(required=True)
    priority = fields.String(required=True)
    agent = fields.Integer(required=True, allow_none=True)
    why = fields.String(required=True)
    nobody = fields.String(required=True)
    considered = fields.List(fields.Nested(RoutingConsideredSchema), required=True)


class RoutingRouteSchema(Schema):
    """How routing decided about a case the last time; ``at`` is null before it has."""

    queue = fields.String(required=True)
    agent = fields.Integer(required=True, allow_none=True)
    rule = fields.Integer(required=True, allow_none=True)
    skills = fields.List(fields.String(), required=True)
    why = fields.String(required=True)
    nobody = fields.String(required=True)
    considered = fields.List(fields.Nested(RoutingConsideredSchema), required=True)
    told_lead_at = fields.AwareDateTime(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
