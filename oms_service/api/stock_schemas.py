"""What the API of stock takes and gives."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from oms_service.api.paging import PageQuery
from oms_service.api.pickups_schemas import PickupBuyerSchema, PickupSchema
from oms_service.api.schemas import (
    NameSchema,
    ProblemSchema,
    Strict,
    text_field,
    time_field,
)
from oms_service.inventory.policy import MOST_MOVED
from oms_service.inventory.queries import Only
from oms_service.inventory.states import (
    CountState,
    Explanation,
    Handling,
    MovementKind,
    PurchaseState,
    ReservationEnd,
    TransferState,
)
from oms_service.inventory.writing import MOST_LINES

#: One question about availability names at most so many SKUs.
MOST_SKUS: Final = 200

LEVEL: Final = {
    "sku": "BEANS-200",
    "location": "tokyo",
    "on_hand": 47,
    "allocated": 5,
    "reserved": 2,
    "safety_stock": 4,
    "available": 36,
    "incoming": 24,
    "damaged": 1,
    "quality_control": 0,
    "reorder_point": 40,
    "is_low": True,
}
AVAILABLE: Final = {
    "sku": "BEANS-200",
    "name": {"ja": "コーヒー豆", "en": "Coffee beans"},
    "available": 51,
    "incoming": 24,
    "locations": [
        {"location": "osaka", "available": 15},
        {"location": "tokyo", "available": 36},
    ],
    "next_expected": {"on": "2026-12-01", "quantity": 24},
}
MOVEMENT: Final = {
    "kind": "shipped",
    "at": "2026-11-22T01:42:00+00:00",
    "actor": "staff:7",
    "cause": "shipment:S-7K2M9",
    "reason": "",
    "changes": {"on_hand": -2, "allocated": -2},
    "after": {
        "on_hand": 47,
        "allocated": 5,
        "reserved": 2,
        "incoming": 24,
        "damaged": 1,
        "quality_control": 0,
    },
}
PURCHASE: Final = {
    "number": "PO-7K2M9QXR",
    "supplier": "Coffee Trading Co.",
    "reference": "2026-118",
    "location": "tokyo",
    "state": "partly_received",
    "expected_on": "2026-12-01",
    "ordered_at": "2026-11-20T01:00:00+00:00",
    "ended_at": None,
    "end_reason": "",
    "version": 2,
    "lines": [
        {
            "sku": "BEANS-200",
            "ordered": 24,
            "received": 10,
            "damaged": 2,
            "called_off": 0,
            "outstanding": 12,
            "over": 0,
        }
    ],
}
TRANSFER: Final = {
    "number": "TR-4HX9W2PD",
    "from_location": "tokyo",
    "to_location": "osaka",
    "state": "discrepant",
    "expected_on": "2026-11-25",
    "requested_at": "2026-11-20T01:00:00+00:00",
    "dispatched_at": "2026-11-21T06:30:00+00:00",
    "received_at": "2026-11-22T02:10:00+00:00",
    "settled_at": None,
    "owner": "staff:7",
    "version": 3,
    "lines": [
        {
            "sku": "BEANS-200",
            "requested": 12,
            "sent": 12,
            "received": 11,
            "damaged": 0,
            "difference": -1,
            "explanation": None,
        }
    ],
}
COUNT: Final = {
    "number": "CT-9RB3T6YU",
    "location": "tokyo",
    "state": "submitted",
    "started_at": "2026-11-22T00:30:00+00:00",
    "submitted_at": "2026-11-22T01:10:00+00:00",
    "ended_at": None,
    "version": 4,
    "lines": [{"sku": "BEANS-200", "expected": 49, "booked": 47, "counted": 46, "variance": -1}],
}
RESERVATION: Final = {
    "number": "RV-5QZK8N3C",
    "sku": "BEANS-200",
    "location": "tokyo",
    "quantity": 2,
    "holder": "cart:8f3a",
    "until": "2026-11-22T02:00:00+00:00",
    "ended_at": None,
    "ended_how": None,
}


def number_field(least: int = 1, most: int = MOST_MOVED, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **more)


def code_field(**more: Any) -> fields.String:
    return text_field(60, shortest=1, **more)


def lines_field(schema: type[Schema]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(schema), required=True, validate=validate.Length(1, MOST_LINES)
    )


def version_field() -> fields.Integer:
    return number_field(
        1,
        2**31 - 1,
        load_default=None,
        allow_none=True,
        metadata={"description": "As you read it; another version now is refused."},
    )


class AvailabilityQuery(Strict):
    """Which variants, for which sales channel."""

    sku = fields.List(
        code_field(),
        required=True,
        validate=validate.Length(1, MOST_SKUS),
        metadata={"description": "Repeat it for several; the unknown are left out."},
    )
    channel = text_field(
        60,
        load_default="",
        metadata={"description": "Its buffer is kept at every location. Empty: none."},
    )


class PlaceSchema(Schema):
    location = fields.String(required=True)
    available = fields.Integer(required=True)


class ExpectedSchema(Schema):
    """The next goods that are to come by purchase."""

    on = fields.Date(required=True)
    quantity = fields.Integer(required=True)


class AvailabilitySchema(Schema):
    """What may be promised of a variant, overall and by location."""

    sku = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    available = fields.Integer(required=True)
    incoming = fields.Integer(required=True)
    locations = fields.List(fields.Nested(PlaceSchema), required=True)
    next_expected = fields.Nested(ExpectedSchema, required=True, allow_none=True)


class AvailabilitiesSchema(Schema):
    availability = fields.List(fields.Nested(AvailabilitySchema), required=True)


class LevelsQuery(PageQuery):
    """Which levels."""

    q = text_field(
        100,
        load_default="",
        metadata={"description": "Words of the SKU, the barcode or the name, in either language."},
    )
    sku = text_field(60, load_default="")
    location = text_field(60, load_default="")
    which = fields.Enum(
        Only,
        by_value=True,
        load_default=Only.ALL,
        metadata={
            "description": "low: at the reorder point or below; negative: safety stock is used "
            "up; apart: damaged or in quality control; incoming."
        },
    )


class LevelSchema(Schema):
    """How much of a variant a location has; ``available`` has safety stock taken off."""

    sku = fields.String(required=True)
    location = fields.String(required=True)
    on_hand = fields.Integer(required=True)
    allocated = fields.Integer(required=True)
    reserved = fields.Integer(required=True)
    safety_stock = fields.Integer(required=True)
    available = fields.Integer(required=True)
    incoming = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    quality_control = fields.Integer(required=True)
    reorder_point = fields.Integer(required=True)
    is_low = fields.Boolean(required=True)


class LevelsSchema(Schema):
    levels = fields.List(fields.Nested(LevelSchema), required=True)


class MovementSchema(Schema):
    """One change of a level, with the level after it. ``changes`` names what changed."""

    kind = fields.Enum(MovementKind, by_value=True, required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    cause = fields.String(required=True)
    reason = fields.String(required=True)
    changes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    after = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class MovementsSchema(Schema):
    movements = fields.List(fields.Nested(MovementSchema), required=True)


class ElsewhereSchema(Schema):
    """A variant that lacks, and which other locations could do."""

    sku = fields.String(required=True)
    wanted = fields.Integer(required=True)
    available = fields.Integer(required=True)
    elsewhere = fields.List(fields.Nested(PlaceSchema), required=True)


class ConflictSchema(ProblemSchema):
    """The request does not fit the state of things; ``shortages`` where stock lacks."""

    shortages = fields.List(fields.Nested(ElsewhereSchema))


class HandledLineSchema(Strict):
    sku = code_field(required=True)
    location = code_field(required=True)
    quantity = number_field(
        -MOST_MOVED,
        required=True,
        metadata={"description": "Below 0 only in an adjustment: units that are not there."},
    )


class HandleSchema(Strict):
    """Goods moved by hand.

    adjust: more or fewer on hand. quarantine: from the shelf to quality control; clear: back.
    damage: from the shelf to the damaged ones; condemn: from quality control to them; mend: back
    to the shelf. discard: damaged ones are gone.
    """

    action = fields.Enum(Handling, by_value=True, required=True, metadata={"example": "adjust"})
    reason = code_field(required=True, metadata={"example": "broken"})
    lines = lines_field(HandledLineSchema)


class SettingsSchema(Strict):
    """What a level keeps back, and from how few available units on more should be ordered."""

    sku = code_field(required=True)
    location = code_field(required=True)
    safety_stock = number_field(0, required=True)
    reorder_point = number_field(0, required=True)


class QuantityLineSchema(Strict):
    sku = code_field(required=True)
    quantity = number_field(required=True)


class NewPurchaseSchema(Strict):
    """Goods to order from a supplier."""

    supplier = text_field(80, shortest=1, required=True)
    reference = text_field(80, load_default="")
    location = code_field(required=True)
    expected_on = fields.Date(required=True)
    lines = lines_field(QuantityLineSchema)


class CameLineSchema(Strict):
    sku = code_field(required=True)
    received = number_field(0, required=True, metadata={"description": "Sound units."})
    damaged = number_field(0, load_default=0)


class NewReceiptSchema(Strict):
    """What a delivery brought; more than was ordered is booked in, less stays to come."""

    delivery_note = text_field(80, load_default="")
    version = version_field()
    lines = lines_field(CameLineSchema)


class RescheduleSchema(Strict):
    expected_on = fields.Date(required=True)
    version = version_field()


class EndSchema(Strict):
    """Nothing more is to come; ``reason`` is a code of the shop's list."""

    reason = code_field(required=True, metadata={"example": "supplier"})
    version = version_field()


class PapersQuery(PageQuery):
    """Which papers."""

    location = text_field(60, load_default="")
    open = fields.Boolean(load_default=False, metadata={"description": "Only those not over."})


class PurchaseLineSchema(Schema):
    sku = fields.String(required=True)
    ordered = fields.Integer(required=True)
    received = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    called_off = fields.Integer(required=True)
    outstanding = fields.Integer(required=True)
    over = fields.Integer(required=True)


class PurchaseSchema(Schema):
    """A purchase order and how much of it has come."""

    number = fields.String(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    location = fields.String(required=True)
    state = fields.Enum(PurchaseState, by_value=True, required=True)
    expected_on = fields.Date(required=True)
    ordered_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True)
    version = fields.Integer(required=True)
    lines = fields.List(fields.Nested(PurchaseLineSchema), required=True)


class PurchasesSchema(Schema):
    purchase_orders = fields.List(fields.Nested(PurchaseSchema), required=True)


class NewTransferSchema(Strict):
    """Goods that should go from one location to another."""

    from_location = code_field(required=True)
    to_location = code_field(required=True)
    expected_on = fields.Date(load_default=None, allow_none=True)
    lines = lines_field(QuantityLineSchema)


class SentLineSchema(Strict):
    sku = code_field(required=True)
    quantity = number_field(0, required=True)


class DispatchSchema(Strict):
    """What leaves. Without ``lines`` all that was asked for."""

    lines = fields.List(
        fields.Nested(SentLineSchema),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_LINES),
    )
    version = version_field()


class ArriveSchema(Strict):
    """What arrived; a SKU left out did not come."""

    lines = fields.List(
        fields.Nested(CameLineSchema), required=True, validate=validate.Length(0, MOST_LINES)
    )
    version = version_field()


class ExplainedLineSchema(Strict):
    sku = code_field(required=True)
    explanation = fields.Enum(Explanation, by_value=True, required=True)


class SettleSchema(Strict):
    """What became of each difference."""

    lines = lines_field(ExplainedLineSchema)
    version = version_field()


class VersionSchema(Strict):
    version = version_field()


class TransferLineSchema(Schema):
    sku = fields.String(required=True)
    requested = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    received = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    difference = fields.Integer(required=True)
    explanation = fields.Enum(Explanation, by_value=True, required=True, allow_none=True)


class TransferSchema(Schema):
    """A transfer; ``owner`` has to explain what differs."""

    number = fields.String(required=True)
    from_location = fields.String(required=True)
    to_location = fields.String(required=True)
    state = fields.Enum(TransferState, by_value=True, required=True)
    expected_on = fields.Date(required=True, allow_none=True)
    requested_at = fields.AwareDateTime(required=True)
    dispatched_at = fields.AwareDateTime(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True, allow_none=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    lines = fields.List(fields.Nested(TransferLineSchema), required=True)


class TransfersSchema(Schema):
    transfers = fields.List(fields.Nested(TransferSchema), required=True)


class NewCountSchema(Strict):
    """What to count where."""

    location = code_field(required=True)
    skus = fields.List(code_field(), required=True, validate=validate.Length(1, MOST_LINES))


class CountedLineSchema(Strict):
    sku = code_field(required=True)
    counted = number_field(0, required=True)


class EnterSchema(Strict):
    """What was counted; a SKU the sheet does not name is added to it."""

    lines = lines_field(CountedLineSchema)
    version = version_field()


class CountLineSchema(Schema):
    """``booked`` is what the books said when it was counted; null is not counted yet."""

    sku = fields.String(required=True)
    expected = fields.Integer(required=True)
    booked = fields.Integer(required=True, allow_none=True)
    counted = fields.Integer(required=True, allow_none=True)
    variance = fields.Integer(required=True, allow_none=True)


class CountSchema(Schema):
    """A count sheet."""

    number = fields.String(required=True)
    location = fields.String(required=True)
    state = fields.Enum(CountState, by_value=True, required=True)
    started_at = fields.AwareDateTime(required=True)
    submitted_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)
    lines = fields.List(fields.Nested(CountLineSchema), required=True)


class CountsSchema(Schema):
    counts = fields.List(fields.Nested(CountSchema), required=True)


class NewReservationSchema(Strict):
    """Units to hold at one location, all or none.

    For a cart: ``holder`` and ``until``. For somebody who comes to a shop to fetch and buy them:
    ``pickup`` and ``channel``; the shop's terms say until when they are kept.
    """

    location = code_field(required=True)
    holder = text_field(
        80,
        shortest=1,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "What holds them: a kind and an id, never a name.",
            "example": "cart:8f3a",
        },
    )
    until = time_field(load_default=None, allow_none=True)
    pickup = fields.Nested(PickupBuyerSchema, load_default=None, allow_none=True)
    channel = text_field(
        60, load_default="", metadata={"description": "Its buffer is left untouched."}
    )
    lines = lines_field(QuantityLineSchema)

    @validates_schema
    def check_purpose(self, said: dict[str, Any], **_more: Any) -> None:
        """A cart's needs both its words; a pickup's needs neither, but its channel."""
        needed = ("channel",) if said.get("pickup") else ("holder", "until")
        barred = ("holder", "until") if said.get("pickup") else ()
        wrong = {name: ["is missing"] for name in needed if not said.get(name)}
        wrong |= {name: ["is not said of a pickup"] for name in barred if said.get(name)}
        if wrong:
            raise ValidationError(wrong)


class UntilSchema(Strict):
    until = time_field(required=True)


class ReservationSchema(Schema):
    """Units held until a time; ``ended_how`` is null while they are."""

    number = fields.String(required=True)
    sku = fields.String(required=True)
    location = fields.String(required=True)
    quantity = fields.Integer(required=True)
    holder = fields.String(required=True)
    until = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_how = fields.Enum(ReservationEnd, by_value=True, required=True, allow_none=True)


class ReservationsSchema(Schema):
    reservations = fields.List(fields.Nested(ReservationSchema), required=True)
    pickup = fields.Nested(PickupSchema, required=True, allow_none=True)
