"""What the API of outlooks takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields

from oms_service.api.paging import PageQuery
from oms_service.api.schemas import NameSchema, WindowSchema, time_field
from oms_service.shipping.states import Cause, Jeopardy, Stage, Suggestion, Who

_WINDOW: Final = {
    "from": "2026-11-22T15:00:00+00:00",
    "until": "2026-11-23T15:00:00+00:00",
    "is_whole_days": True,
}
_LATER: Final = {
    "from": "2026-11-24T15:00:00+00:00",
    "until": "2026-11-26T15:00:00+00:00",
    "is_whole_days": True,
}
_CAUSE: Final = {
    "code": "carrier_delay",
    "words": {"ja": "配送会社の遅れ", "en": "The carrier is late"},
}
_STEP: Final = {
    "code": "wait",
    "who": "carrier",
    "words": {"ja": "配送会社の続報を待つ", "en": "Wait for the carrier"},
}
OUTLOOK: Final[dict[str, Any]] = {
    "order": "A-10423",
    "stage": "handed_over",
    "is_open": True,
    "promised": _WINDOW,
    "told": _LATER,
    "estimated": _LATER,
    "expected_at": "2026-11-25T03:00:00+00:00",
    "jeopardy": "at_risk",
    "cause": _CAUSE,
    "suggestion": _STEP,
    "explanation": {
        "ja": "大雪のため、配送に遅れが出ています。",
        "en": "Heavy snow is holding up parcels.",
    },
    "parts": [
        {
            "stage": "handed_over",
            "tracking_number": "123456789012",
            "location": None,
            "estimated": _LATER,
            "jeopardy": "at_risk",
            "cause": _CAUSE,
            "suggestion": _STEP,
            "chance_late": None,
        }
    ],
    "assessed_at": "2026-11-22T01:42:00+00:00",
    "version": 3,
}


class OutlooksQuery(PageQuery):
    """Which orders in doubt."""

    jeopardy = fields.Enum(
        Jeopardy,
        by_value=True,
        load_default=None,
        metadata={"description": "Only these; ``on_time`` finds none, since they are in no doubt."},
    )
    cause = fields.Enum(Cause, by_value=True, load_default=None)
    who = fields.Enum(
        Who, by_value=True, load_default=None, metadata={"description": "Whose move it is."}
    )


class DoubtSchema(Schema):
    """Why a promise is in doubt, in words for staff; an empty code where it is not."""

    code = fields.Enum(Cause, by_value=True, required=True)
    words = fields.Nested(NameSchema, required=True)


class NextStepSchema(Schema):
    """What would help, and whose move it is."""

    code = fields.Enum(Suggestion, by_value=True, required=True)
    who = fields.Enum(Who, by_value=True, required=True)
    words = fields.Nested(NameSchema, required=True)


class PartSchema(Schema):
    """A parcel, or what has not left a location; what waits for stock has neither."""

    stage = fields.Enum(Stage, by_value=True, required=True)
    tracking_number = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    estimated = fields.Nested(WindowSchema, required=True, allow_none=True)
    jeopardy = fields.Enum(Jeopardy, by_value=True, required=True)
    cause = fields.Nested(DoubtSchema, required=True)
    suggestion = fields.Nested(NextStepSchema, required=True)
    chance_late = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "Of coming after the promise, 0 to 1; null where unknown."},
    )


class OutlookSchema(Schema):
    """When an order arrives, what was promised, and how that stands.

    ``promised`` is the original promise, ``told`` what the customer holds now, ``estimated``
    what is believed now with its median ``expected_at``; each is null where nothing is known.
    """

    order = fields.String(required=True)
    stage = fields.Enum(Stage, by_value=True, required=True)
    is_open = fields.Boolean(required=True)
    promised = fields.Nested(WindowSchema, required=True, allow_none=True)
    told = fields.Nested(WindowSchema, required=True, allow_none=True)
    estimated = fields.Nested(WindowSchema, required=True, allow_none=True)
    expected_at = time_field(required=True, allow_none=True)
    jeopardy = fields.Enum(Jeopardy, by_value=True, required=True)
    cause = fields.Nested(DoubtSchema, required=True)
    suggestion = fields.Nested(NextStepSchema, required=True)
    explanation = fields.Nested(NameSchema, required=True, allow_none=True)
    parts = fields.List(fields.Nested(PartSchema), required=True)
    assessed_at = time_field(required=True)
    version = fields.Integer(required=True)


class OutlooksSchema(Schema):
    """One page of orders in doubt."""

    outlooks = fields.List(fields.Nested(OutlookSchema), required=True)
