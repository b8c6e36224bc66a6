"""What the API of the warehouse takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field
from oms_service.operations.dispatch.packing import MOST_G, MOST_MM
from oms_service.warehouse.states import (
    BoxState,
    ServiceReason,
    ShortReason,
    WeightReason,
    WorkState,
)

_MOST_UNITS: Final = 1_000_000
_MOST_ITEMS: Final = 200
_MOST_VERSION: Final = 2**31 - 1

FULFILMENT: Final = {
    "number": "F-7K2M9XQ4",
    "order": "A-10423",
    "location": "tokyo",
    "state": "in_progress",
    "ship_by": "2026-11-22T15:00:00+00:00",
    "not_before": None,
    "version": 4,
    "lines": [
        {
            "sku": "BEANS-200",
            "barcode": "4901234567894",
            "wanted": 2,
            "picked": 1,
            "packed": 0,
            "shipped": 0,
            "short": 0,
            "to_put_back": 0,
        }
    ],
}
BOX: Final = {
    "number": "B-3XQ47K2M",
    "fulfilment": "F-7K2M9XQ4",
    "state": "packed",
    "box": "S",
    "carrier": "yamato",
    "service": "takkyubin",
    "weight_g": 480,
    "expected_weight_g": 470,
    "size_mm": [206, 156, 106],
    "tracking_number": "",
    "version": 2,
    "items": [{"sku": "BEANS-200", "quantity": 2}],
}


def _whole(least: int, most: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **more)


class FulfilmentsQuery(PageQuery):
    """Which fulfilments."""

    location = text_field(60, load_default="", metadata={"description": "A location's code."})
    order = text_field(40, load_default="", metadata={"description": "An order's number."})
    state = fields.Enum(WorkState, by_value=True, load_default=None)


class FulfilmentLineSchema(Schema):
    sku = fields.String(required=True)
    barcode = fields.String(required=True, allow_none=True)
    wanted = fields.Integer(required=True)
    picked = fields.Integer(required=True)
    packed = fields.Integer(required=True)
    shipped = fields.Integer(required=True)
    short = fields.Integer(required=True)
    to_put_back = fields.Integer(required=True)


class FulfilmentSchema(Schema):
    """What one location has to do for one order."""

    number = fields.String(required=True)
    order = fields.String(required=True)
    location = fields.String(required=True)
    state = fields.Enum(WorkState, by_value=True, required=True)
    ship_by = fields.AwareDateTime(required=True)
    not_before = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)
    lines = fields.List(fields.Nested(FulfilmentLineSchema), required=True)


class FulfilmentsSchema(Schema):
    fulfilments = fields.List(fields.Nested(FulfilmentSchema), required=True)


class ScannedSchema(Strict):
    """Units under one barcode or SKU."""

    code = text_field(60, shortest=1, required=True)
    quantity = _whole(1, _MOST_UNITS, load_default=1)


class _Versioned(Strict):
    version = _whole(1, _MOST_VERSION, required=True, metadata={"description": "As you read it."})


class PickSchema(_Versioned):
    """What is in the picker's hands now."""

    items = fields.List(
        fields.Nested(ScannedSchema), required=True, validate=validate.Length(1, _MOST_ITEMS)
    )


class ShortSchema(_Versioned):
    """Less is there than should be."""

    code = text_field(60, shortest=1, required=True)
    found = _whole(0, _MOST_UNITS, required=True)
    reason = fields.Enum(ShortReason, by_value=True, required=True)


class PackSchema(_Versioned):
    """A closed box: what is in it, and what it weighs."""

    box = text_field(60, load_default="", metadata={"description": "A box of the shop, by code."})
    items = fields.List(
        fields.Nested(ScannedSchema), required=True, validate=validate.Length(1, _MOST_ITEMS)
    )
    weight_g = _whole(1, MOST_G, required=True)
    weight_reason = fields.Enum(WeightReason, by_value=True, load_default=None)
    size_mm = fields.List(
        _whole(1, MOST_MM),
        load_default=None,
        allow_none=True,
        validate=validate.Length(equal=3),
        metadata={"description": "Outside length, width and height; those of the box if missing."},
    )
    carrier = text_field(60, load_default="", metadata={"description": "The proposed if empty."})
    service = text_field(60, load_default="")
    service_reason = fields.Enum(ServiceReason, by_value=True, load_default=None)


class HandOverSchema(_Versioned):
    """The carriers take every labelled box."""


class LabelSchema(Strict):
    """A carrier's number for a box."""

    carrier = text_field(60, shortest=1, required=True)
    tracking_number = text_field(60, shortest=1, required=True)


class UnpackSchema(_Versioned):
    """Open a box again."""


class BoxItemSchema(Schema):
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class PackedBoxSchema(Schema):
    """One box of one order."""

    number = fields.String(required=True)
    fulfilment = fields.String(required=True)
    state = fields.Enum(BoxState, by_value=True, required=True)
    box = fields.String(required=True)
    carrier = fields.String(required=True)
    service = fields.String(required=True)
    weight_g = fields.Integer(required=True)
    expected_weight_g = fields.Integer(required=True, allow_none=True)
    size_mm = fields.List(fields.Integer(), required=True)
    tracking_number = fields.String(required=True)
    version = fields.Integer(required=True)
    items = fields.List(fields.Nested(BoxItemSchema), required=True)


class PackedBoxesSchema(Schema):
    boxes = fields.List(fields.Nested(PackedBoxSchema), required=True)


BIN: Final = {
    "sku": "BEANS-200",
    "location": "tokyo",
    "zone": "A",
    "shelf": "A-10",
}
_MOST_BINS: Final = 500


def _label(**more: Any) -> fields.String:
    """What stands on the label of a shelf."""
    return text_field(60, **more)


class BinsQuery(PageQuery):
    """Which shelves."""

    location = text_field(60, required=True, metadata={"description": "A location's code."})


class BinSchema(Strict):
    """On which shelf a variant lies; an empty shelf takes it off its shelf."""

    sku = text_field(60, required=True)
    location = text_field(60, required=True)
    zone = _label(load_default="")
    shelf = _label(required=True)


class BinsSchema(Schema):
    bins = fields.List(fields.Nested(BinSchema), required=True)


class NewBinsSchema(Strict):
    bins = fields.List(
        fields.Nested(BinSchema), required=True, validate=validate.Length(1, _MOST_BINS)
    )
