"""What the API takes and gives about webhooks out."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field, time_field
from oms_service.webhooks import policy
from oms_service.webhooks.states import DeliveryState, Outcome

NUMBER: Final = "W-7K2M9QXR"
EVENT: Final = "01936f6e-5f00-7c3a-9a52-0b1d2c3e4f50"
ENDPOINT: Final = {
    "number": NUMBER,
    "label": "Warehouse system",
    "url": "https://partner.example/hooks/orders",
    "events": ["order.*", "parcel.delivered"],
    "is_active": True,
    "stopped_at": None,
    "failures": 0,
    "failing_since": None,
    "former_secret_until": None,
    "created_at": "2026-11-22T01:00:00+00:00",
    "created_by": "integration:3",
    "version": 1,
}
WITH_SECRET: Final = {**ENDPOINT, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="}
DELIVERY: Final = {
    "event_id": EVENT,
    "type": "order.placed",
    "aggregate": "order:12",
    "occurred_at": "2026-11-22T01:00:00+00:00",
    "sequence": 4711,
    "state": "delivered",
    "tries": 1,
    "next_at": None,
    "delivered_at": "2026-11-22T01:00:01+00:00",
}
ATTEMPT: Final = {
    "at": "2026-11-22T01:00:01+00:00",
    "took_ms": 84,
    "outcome": "accepted",
    "status": 204,
    "excerpt": "",
}
ONE_DELIVERY: Final = {**DELIVERY, "attempts": [ATTEMPT]}


def _version() -> fields.Integer:
    return fields.Integer(
        required=True,
        validate=validate.Range(1, 2**31 - 1),
        metadata={
            "description": "As you read it; another version now is refused.",
            "example": 1,
        },
    )


def _url() -> fields.String:
    return text_field(
        policy.LONGEST_URL,
        shortest=1,
        required=True,
        metadata={
            "description": "Where we POST, by HTTPS. Redirects are not followed.",
            "example": ENDPOINT["url"],
        },
    )


def _events() -> fields.List[Any]:
    return fields.List(
        text_field(80, shortest=1),
        required=True,
        validate=validate.Length(1, policy.MOST_PATTERNS),
        metadata={
            "description": "Names of events, a subject with all of its events such as `order.*`, "
            "or `*`.",
            "example": ENDPOINT["events"],
        },
    )


def _label() -> fields.String:
    return text_field(
        policy.LONGEST_LABEL, load_default="", metadata={"example": ENDPOINT["label"]}
    )


class NewWebhookEndpointSchema(Strict):
    """A server that wants to be told."""

    url = _url()
    events = _events()
    label = _label()


class WebhookChangeSchema(NewWebhookEndpointSchema):
    """An endpoint as it should be from now on, whole; switched on again it gets what waited."""

    is_active = fields.Boolean(load_default=True)
    version = _version()


class WebhookRotationSchema(Strict):
    """A new secret; the one before signs beside it for so many hours."""

    overlap_hours = fields.Integer(
        load_default=24, validate=validate.Range(0, 168), metadata={"example": 24}
    )
    version = _version()


class WebhookEndSchema(Strict):
    """Which version is to be taken away."""

    version = _version()


class WebhookReplaySchema(Strict):
    """Tell again what happened from ``since`` on, up to ``until`` or now."""

    since = time_field(required=True, metadata={"example": "2026-11-22T00:00:00+09:00"})
    until = time_field(
        load_default=None, allow_none=True, metadata={"example": "2026-11-22T12:00:00+09:00"}
    )


class WebhookEndpointSchema(Schema):
    """A server that is told of events. ``stopped_at`` where it was switched off for failing."""

    number = fields.String(required=True)
    label = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    is_active = fields.Boolean(required=True)
    stopped_at = fields.AwareDateTime(required=True, allow_none=True)
    failures = fields.Integer(required=True, metadata={"description": "Tries in a row."})
    failing_since = fields.AwareDateTime(required=True, allow_none=True)
    former_secret_until = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)
    version = fields.Integer(required=True)


class WebhookSecretSchema(WebhookEndpointSchema):
    """The endpoint with its secret; a repeated request is not told the secret again."""

    secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Shown this once. Null when the request was sent before."},
    )


class WebhookEndpointsSchema(Schema):
    webhook_endpoints = fields.List(fields.Nested(WebhookEndpointSchema), required=True)


class WebhookReplayedSchema(Schema):
    """How many events are told again."""

    events = fields.Integer(required=True, metadata={"example": 12})


class WebhookAttemptSchema(Schema):
    """One try. ``status`` where the server answered; ``excerpt`` is how its answer begins."""

    at = fields.AwareDateTime(required=True)
    took_ms = fields.Integer(required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    status = fields.Integer(required=True, allow_none=True)
    excerpt = fields.String(required=True)


class WebhookDeliverySchema(Schema):
    """One event for one endpoint. ``tries`` begin anew with each replay."""

    event_id = fields.String(required=True)
    type = fields.String(required=True)
    aggregate = fields.String(required=True)
    occurred_at = fields.AwareDateTime(required=True)
    sequence = fields.Integer(required=True)
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    tries = fields.Integer(required=True)
    next_at = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)


class OneWebhookDeliverySchema(WebhookDeliverySchema):
    """With every try, the newest 200."""

    attempts = fields.List(fields.Nested(WebhookAttemptSchema), required=True)


class WebhookDeliveriesSchema(Schema):
    deliveries = fields.List(fields.Nested(WebhookDeliverySchema), required=True)


class WebhookDeliveriesQuery(PageQuery):
    """Which deliveries, newest first."""

    state = fields.Enum(DeliveryState, by_value=True, load_default=None)
    type = text_field(80, load_default="", metadata={"description": "An event's name."})
