"""What ``GET /v1/track`` takes and gives."""

from marshmallow import Schema, fields

from oms_service.api.schemas import NameSchema, Strict, WindowSchema, text_field
from oms_service.history.actions import Act
from oms_service.history.steps import Step
from oms_service.history.tracking import Moved
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.states import Jeopardy


class LastScanSchema(Schema):
    """The newest word of the carrier."""

    status = fields.Enum(CarrierStatus, by_value=True, required=True)
    occurred_at = fields.AwareDateTime(required=True)
    place = fields.String(required=True)
    reason = fields.String(required=True)
    carrier_words = fields.String(required=True)


class ExplanationSchema(Schema):
    """Why it comes then, as a sentence in each language; days are dates."""

    ja = fields.String(
        required=True,
        metadata={"example": "11月22日(日)に大阪府を出ました。東京都へは通常1日です。"},
    )
    en = fields.String(
        required=True,
        metadata={"example": "It left Osaka on Sun 22 Nov and usually takes 1 day to Tokyo."},
    )


class TrackedParcelSchema(Schema):
    """One parcel; what is null is not known."""

    carrier = fields.String(required=True)
    carrier_name = fields.Nested(NameSchema, required=True)
    tracking_number = fields.String(required=True)
    link = fields.String(required=True, allow_none=True)
    step = fields.Enum(Step, by_value=True, required=True)
    window = fields.Nested(WindowSchema, required=True, allow_none=True)
    median = fields.AwareDateTime(required=True, allow_none=True)
    promised = fields.Nested(WindowSchema, required=True, allow_none=True)
    moved = fields.Enum(Moved, by_value=True, required=True)
    why = fields.String(required=True, metadata={"example": "snow"})
    explanation = fields.Nested(ExplanationSchema, required=True, allow_none=True)
    jeopardy = fields.Enum(Jeopardy, by_value=True, required=True)
    handed_over_at = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    last_scan = fields.Nested(LastScanSchema, required=True, allow_none=True)


class TrackActionSchema(Schema):
    """Something the customer can do now, and the page where it is done."""

    action = fields.Enum(Act, by_value=True, required=True)
    link = fields.String(required=True, metadata={"example": "https://shop.example/orders/A10423"})


class TrackSchema(Schema):
    """Where an order is; what is null is not known, and never guessed.

    ``window`` holds with a probability of 80 %, ``median`` is the moment it is as likely before as
    after. ``promised`` is what the customer was told first, ``moved`` says whether ``window`` is
    another date. ``page`` and ``calendar`` are open to whoever holds them, for a while.
    ``actions`` is there where it was asked for.
    """

    number = fields.String(required=True)
    placed_at = fields.AwareDateTime(required=True, allow_none=True)
    step = fields.Enum(Step, by_value=True, required=True)
    next_step = fields.Enum(Step, by_value=True, required=True, allow_none=True)
    window = fields.Nested(WindowSchema, required=True, allow_none=True)
    median = fields.AwareDateTime(required=True, allow_none=True)
    promised = fields.Nested(WindowSchema, required=True, allow_none=True)
    moved = fields.Enum(Moved, by_value=True, required=True)
    is_late = fields.Boolean(required=True)
    jeopardy = fields.Enum(Jeopardy, by_value=True, required=True)
    why = fields.String(required=True, metadata={"example": "snow"})
    explanation = fields.Nested(ExplanationSchema, required=True, allow_none=True)
    more_to_come = fields.Boolean(required=True)
    page = fields.String(required=True, metadata={"example": "https://shop.example/t/WyJBLTEw"})
    calendar = fields.String(
        required=True, metadata={"example": "https://shop.example/t/WyJBLTEw/delivery.ics"}
    )
    parcels = fields.List(fields.Nested(TrackedParcelSchema), required=True)
    actions = fields.List(fields.Nested(TrackActionSchema))


class TrackQuery(Strict):
    """Which order, and one proof that it is the customer's."""

    order = text_field(60, shortest=1, required=True, metadata={"description": "Order number."})
    mail = text_field(320, shortest=1, metadata={"description": "Mail address of the order."})
    phone = text_field(40, shortest=1, metadata={"description": "Phone number of the order."})
    postal_code = text_field(20, shortest=1, metadata={"description": "Where it goes."})
    with_actions = fields.Boolean(
        load_default=False,
        metadata={"description": "Ask the shop's rules what the customer can do now, too."},
    )
