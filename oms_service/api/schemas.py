"""What the API takes and gives; the description at ``/v1/openapi.json`` is made of these."""

import unicodedata
from typing import Any, Final

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate

from oms_service.ports.carrier import CarrierStatus

_YEARS: Final = (2000, 2099)


class Strict(Schema):
    """Refuses fields it does not know: a typing mistake is told, not ignored."""

    class Meta:  # noqa: D106 - marshmallow's own word
        unknown = RAISE


def storable(text: str) -> None:
    """Refuse what PostgreSQL or UTF-8 cannot hold."""
    if any(sign == "\0" or unicodedata.category(sign) == "Cs" for sign in text):
        raise ValidationError("has characters that cannot be stored")


def text_field(longest: int, *, shortest: int = 0, **more: Any) -> fields.String:
    return fields.String(validate=[validate.Length(shortest, longest), storable], **more)


def _of_our_time(value: Any) -> None:
    if not _YEARS[0] <= value.year <= _YEARS[1]:
        raise ValidationError("must be in this century")


def time_field(**more: Any) -> fields.AwareDateTime:
    """A time with an offset, such as ``2026-11-22T07:42:00+09:00``."""
    return fields.AwareDateTime(format="iso", validate=_of_our_time, **more)


class FieldErrorSchema(Schema):
    field = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """An error (RFC 9457). Some say more, such as ``causes``, ``order`` or ``shortages``."""

    class Meta:  # noqa: D106 - marshmallow's own word
        unknown = INCLUDE

    type = fields.String(required=True, metadata={"example": "/problems/not-found"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))
    request_id = fields.String(required=True)


class WindowSchema(Schema):
    """When something is expected; ``is_whole_days`` says that the hours mean nothing."""

    start = fields.AwareDateTime(required=True, data_key="from")
    until = fields.AwareDateTime(required=True)
    is_whole_days = fields.Boolean(required=True)


class NameSchema(Schema):
    """A name in each language."""

    ja = fields.String(required=True)
    en = fields.String(required=True)


class MoneySchema(Schema):
    """An amount in the smallest unit of its currency."""

    minor = fields.Integer(required=True)
    currency = fields.String(required=True)


class OrderLineSchema(Schema):
    sku = fields.String(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    options = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    unit_price = fields.Nested(MoneySchema, required=True)
    counters = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class EntrySchema(Schema):
    """One fact of an order's past; ``at`` is null where no source said when."""

    kind = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    actor = fields.String(required=True)
    channel = fields.String(required=True)
    facts = fields.Dict(keys=fields.String(), required=True)
    is_public = fields.Boolean(required=True)


class TimelineSchema(Schema):
    entries = fields.List(fields.Nested(EntrySchema), required=True)


class EstimateSchema(Strict):
    """The carrier's own estimate."""

    start = time_field(required=True, data_key="from")
    until = time_field(required=True)


class ScanSchema(Strict):
    """One word of a carrier about a parcel."""

    carrier = text_field(60, shortest=1, required=True, metadata={"example": "yamato"})
    tracking_number = text_field(60, shortest=1, required=True)
    event_id = text_field(
        160,
        load_default="",
        metadata={"description": "The same whenever the same scan is reported again."},
    )
    status = fields.Enum(CarrierStatus, by_value=True, required=True)
    occurred_at = time_field(required=True)
    place = text_field(120, load_default="")
    #: A code: it is told on, to customers, partners and in figures, and is not erased with people.
    reason = fields.String(
        validate=validate.Regexp(r"^([a-z][a-z_]{0,59})?\Z", error="must be a code such as snow"),
        load_default="",
        metadata={
            "example": "snow",
            "description": "A code; the carrier's own words go into `carrier_words`.",
        },
    )
    carrier_words = text_field(200, load_default="")
    estimate = fields.Nested(EstimateSchema, load_default=None, allow_none=True)


class ScansSchema(Strict):
    scans = fields.List(fields.Nested(ScanSchema), required=True, validate=validate.Length(1, 500))


class RefusedScanSchema(Schema):
    tracking_number = fields.String(required=True)
    why = fields.String(required=True, metadata={"enum": ["no_such_parcel", "from_the_future"]})
    waits = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether it is kept, and counts by itself once its parcel is known.",
            "example": True,
        },
    )


class ScansDoneSchema(Schema):
    """What became of the scans; a repeated one changes nothing."""

    new = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    refused = fields.List(fields.Nested(RefusedScanSchema), required=True)
