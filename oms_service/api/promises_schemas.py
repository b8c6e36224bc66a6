"""What the API of promises gives."""

from typing import Any, Final

from marshmallow import Schema, fields

from oms_service.api.schemas import WindowSchema

_FIRST: Final = {
    "from": "2026-11-22T15:00:00+00:00",
    "until": "2026-11-23T15:00:00+00:00",
    "is_whole_days": True,
}
_LATER: Final = {
    "from": "2026-11-24T15:00:00+00:00",
    "until": "2026-11-26T15:00:00+00:00",
    "is_whole_days": True,
}
PROMISES: Final[dict[str, Any]] = {
    "order": "A-10423",
    "deliveries": [
        {
            "tracking_number": "123456789012",
            "carrier": "yamato",
            "original": _FIRST,
            "current": _LATER,
            "delivered_at": "2026-11-25T03:00:00+00:00",
            "kept_original": False,
            "kept_current": True,
            "said": [
                {
                    "at": "2026-11-21T01:42:00+00:00",
                    "channel": "system",
                    "window": _FIRST,
                    "reason": "handed_over",
                    "is_again": False,
                },
                {
                    "at": "2026-11-22T07:42:00+00:00",
                    "channel": "webchat",
                    "window": _LATER,
                    "reason": "snow",
                    "is_again": False,
                },
            ],
        }
    ],
}


class SaidSchema(Schema):
    """One window that was told, and when."""

    at = fields.AwareDateTime(required=True)
    channel = fields.String(
        required=True,
        metadata={
            "description": "``system`` for a promise, else where the customer read it: "
            "``webchat``, ``mail``, ``portal``, ``tracking_page``, ``calendar``, ..."
        },
    )
    window = fields.Nested(WindowSchema, required=True)
    reason = fields.String(
        required=True, metadata={"description": "A code: why it is this window; may be empty."}
    )
    is_again = fields.Boolean(
        required=True, metadata={"description": "It had been told before another one."}
    )


class ToldDeliverySchema(Schema):
    """What was told of one parcel, or of the whole order where both names are empty."""

    tracking_number = fields.String(required=True)
    carrier = fields.String(required=True)
    original = fields.Nested(
        WindowSchema, required=True, allow_none=True, metadata={"description": "Promised first."}
    )
    current = fields.Nested(
        WindowSchema, required=True, allow_none=True, metadata={"description": "Told last."}
    )
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    kept_original = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "Whether it came before that window closed; null while open."},
    )
    kept_current = fields.Boolean(required=True, allow_none=True)
    said = fields.List(
        fields.Nested(SaidSchema), required=True, metadata={"description": "Oldest first."}
    )


class PromisesSchema(Schema):
    """What the customer of an order was told of its arrival; codes and times only."""

    order = fields.String(required=True)
    deliveries = fields.List(fields.Nested(ToldDeliverySchema), required=True)
