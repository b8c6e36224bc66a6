"""What the API of fetching in a shop takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.orders_schemas import AmountSchema, BuyerSchema
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import MoneySchema, Strict, text_field
from oms_service.kernel.languages import Language
from oms_service.pickup.states import IdentityCheck, PickupState

_MOST_UNITS: Final = 1_000_000
_MOST_LINES: Final = 200
_MOST_VERSION: Final = 2**31 - 1

PICKUP: Final = {
    "number": "PU-7K2M9XQ4",
    "order": "A-10423",
    "location": "ginza",
    "state": "ready",
    "code": "K7M2-9XQ4",
    "is_reservation": False,
    "ready_by": "2026-11-22T05:00:00+00:00",
    "ready_at": "2026-11-22T04:10:00+00:00",
    "collect_by": "2026-11-29T11:00:00+00:00",
    "due": {"minor": 0, "currency": "JPY"},
    "version": 3,
    "items": [{"line": 1, "sku": "BEANS-200", "quantity": 2, "collected": 0}],
}
SHOP: Final = {
    "location": "ginza",
    "name": {"ja": "銀座店", "en": "Ginza shop"},
    "address": {"ja": "東京都中央区銀座1-2-3", "en": "1-2-3 Ginza, Chuo, Tokyo"},
    "region": "東京都",
    "hours": [["10:00", "20:00"], ["10:00", "20:00"], None, *[["10:00", "20:00"]] * 4],
    "km": 1.2,
    "areas_apart": 0,
}


def _version() -> fields.Integer:
    return fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, _MOST_VERSION),
        metadata={"description": "As you read it; any where not given."},
    )


class PickupBuyerSchema(Strict):
    """Who is going to fetch and buy it."""

    customer = fields.Nested(BuyerSchema, required=True)
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)


class PickupItemSchema(Schema):
    """A line of the order, how many are wanted of it, and how many were fetched."""

    line = fields.Integer(required=True)
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)
    collected = fields.Integer(required=True)


class PickupSchema(Schema):
    """What is fetched where, by which code and until when; ``due`` is paid at the till."""

    number = fields.String(required=True)
    order = fields.String(required=True, allow_none=True)
    location = fields.String(required=True)
    state = fields.Enum(PickupState, by_value=True, required=True)
    code = fields.String(required=True)
    is_reservation = fields.Boolean(required=True)
    ready_by = fields.AwareDateTime(required=True)
    ready_at = fields.AwareDateTime(required=True, allow_none=True)
    collect_by = fields.AwareDateTime(required=True, allow_none=True)
    due = fields.Nested(MoneySchema, required=True, allow_none=True)
    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(PickupItemSchema), required=True)


class PickupsSchema(Schema):
    pickups = fields.List(fields.Nested(PickupSchema), required=True)


class PickupsQuery(PageQuery):
    """Of one shop, in one state or all of them."""

    location = text_field(60, shortest=1, required=True, metadata={"example": "ginza"})
    state = fields.Enum(PickupState, by_value=True, load_default=None)


class TurnPickupSchema(Strict):
    version = _version()


class CancelPickupSchema(Strict):
    version = _version()
    reason = text_field(
        60, shortest=1, load_default="no_longer_needed", metadata={"example": "no_longer_needed"}
    )


class HandedItemSchema(Strict):
    """Units of a line, by its position in the order."""

    line = fields.Integer(strict=True, required=True, validate=validate.Range(1, 10_000))
    quantity = fields.Integer(strict=True, required=True, validate=validate.Range(1, _MOST_UNITS))


class CollectSchema(Strict):
    """What is handed over, what was checked, and what the till took.

    Without ``items`` all that lies there. Never send a document's number.
    """

    version = _version()
    identity_check = fields.Enum(
        IdentityCheck, by_value=True, required=True, metadata={"example": "code"}
    )
    code = text_field(20, load_default="", metadata={"example": "K7M2-9XQ4"})
    paid = fields.Nested(AmountSchema, load_default=None, allow_none=True)
    items = fields.List(
        fields.Nested(HandedItemSchema),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, _MOST_LINES),
    )


class ShopsQuery(Strict):
    """Near to what: a prefecture, or a position; and what it must have."""

    region = text_field(60, load_default="", metadata={"example": "東京都"})
    latitude = fields.Float(load_default=None, validate=validate.Range(-90, 90))
    longitude = fields.Float(load_default=None, validate=validate.Range(-180, 180))
    channel = text_field(60, load_default="")
    sku = text_field(60, load_default="", metadata={"example": "BEANS-200"})
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, _MOST_UNITS))


class ShopSchema(Schema):
    """A shop to fetch things in; ``km`` is null where a position is not known.

    ``hours`` from Monday to Sunday, null where it is closed.
    """

    location = fields.String(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    address = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    region = fields.String(required=True)
    hours = fields.List(fields.List(fields.String(), allow_none=True), required=True)
    km = fields.Float(required=True, allow_none=True)
    areas_apart = fields.Integer(required=True)


class ShopsSchema(Schema):
    shops = fields.List(fields.Nested(ShopSchema), required=True)


def clock_times(hours: Any) -> list[list[str] | None]:
    """Opening hours as a clock shows them."""
    return [[f"{one // 60:02}:{one % 60:02}" for one in day] if day else None for day in hours]
