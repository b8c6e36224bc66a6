"""What ``/v1/case-reasons`` and their like take and give."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from cases.states import CaseState, LineEnding, Priority, ReasonGroup, Stage
from cases.taxonomy.reasons import LAST
from cases.taxonomy.states import FieldKind
from oms_service.api.schemas import NameSchema, Strict, text_field
from oms_service.kernel.languages import Language

_MOST: Final = 2**31 - 1
_MOST_LINES: Final = 200

REASON: Final = {
    "code": "stuck",
    "name": {"ja": "輸送の停滞", "en": "Stuck in transit"},
    "public_name": {"ja": "荷物が動いていない", "en": "My parcel has stopped moving"},
    "group": "delivery",
    "stages": ["shipped"],
    "queue": "orders",
    "priority": "high",
    "needs_photo": False,
    "is_active": True,
    "position": 40,
    "version": 1,
}
STATUS: Final = {
    "code": "with_carrier",
    "category": "waiting_third_party",
    "agent": {"ja": "配送会社待ち", "en": "Waiting for the carrier"},
    "customer": {"ja": "配送会社に確認中です", "en": "We are asking the carrier"},
    "is_active": True,
    "version": 1,
}
TAG: Final = {"tag": 7, "name": "割れ物", "cases": 12, "open_cases": 3, "version": 1}
FIELD: Final = {
    "code": "where_damaged",
    "kind": "choice",
    "name": {"ja": "破損の箇所", "en": "Where damaged"},
    "choices": [
        {"code": "outer_box", "name": {"ja": "外箱", "en": "Outer box"}, "is_active": True}
    ],
    "reasons": ["damaged"],
    "is_required": False,
    "is_public": False,
    "is_active": True,
    "position": 10,
    "version": 1,
}
SHEET: Final = {
    "number": "C-1017",
    "reason": "damaged",
    "state": "open",
    "status": None,
    "priority": "high",
    "queue": "returns",
    "language": "ja",
    "tags": [{"tag": 7, "name": "割れ物"}],
    "fields": [{"field": "where_damaged", "value": "outer_box"}],
    "orders": [
        {
            "order_number": "A-10407",
            "is_main": True,
            "then": {"fulfilment_state": "shipped"},
            "fulfilment_state": "delivered",
            "order_state": "completed",
            "lines": [{"line": 1, "sku": "CUP-WHITE", "quantity": 1, "ending": "replaced"}],
        }
    ],
    "version": 4,
}


def _place(**more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, LAST), **more)


def _version() -> fields.Integer:
    return fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, _MOST),
        metadata={"description": "The version you read; another one is refused.", "example": 4},
    )


class NamesSchema(Strict):
    """A name in each language."""

    ja = text_field(80, shortest=1, required=True, metadata={"example": "包装について"})
    en = text_field(80, shortest=1, required=True, metadata={"example": "About wrapping"})


class ReasonBodySchema(Strict):
    """A reason; ``stages`` are those of an order in which it is offered to customers."""

    name = fields.Nested(NamesSchema, required=True)
    public_name = fields.Nested(NamesSchema, required=True)
    group = fields.Enum(ReasonGroup, by_value=True, load_default=ReasonGroup.OTHER)
    stages = fields.List(
        fields.Enum(Stage, by_value=True),
        load_default=list,
        validate=validate.Length(0, len(Stage)),
        metadata={"example": ["shipped"]},
    )
    queue = text_field(60, required=True, metadata={"example": "orders"})
    priority = fields.Enum(Priority, by_value=True, load_default=Priority.NORMAL)
    needs_photo = fields.Boolean(load_default=False)
    is_active = fields.Boolean(load_default=True)
    position = _place(load_default=900)


class NewReasonSchema(ReasonBodySchema):
    code = text_field(60, load_default="", metadata={"example": "wrapping"})


class ReasonSchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    public_name = fields.Nested(NameSchema, required=True)
    group = fields.Enum(ReasonGroup, by_value=True, required=True)
    stages = fields.List(fields.Enum(Stage, by_value=True), required=True)
    queue = fields.String(required=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    needs_photo = fields.Boolean(required=True)
    is_active = fields.Boolean(required=True)
    position = fields.Integer(required=True)
    version = fields.Integer(required=True)


class ReasonsQuery(Strict):
    """Which reasons: of all, or those offered in one stage or about one order as it is now."""

    stage = fields.Enum(Stage, by_value=True, load_default=None)
    order = text_field(60, load_default="", metadata={"example": "A-10407"})


class ReasonsSchema(Schema):
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)


class StatusBodySchema(Strict):
    """What colleagues and what customers read."""

    agent = fields.Nested(NamesSchema, required=True)
    customer = fields.Nested(NamesSchema, required=True)
    is_active = fields.Boolean(load_default=True)


class NewStatusSchema(StatusBodySchema):
    """A status within a state of open cases."""

    category = fields.Enum(CaseState, by_value=True, required=True)
    code = text_field(60, load_default="", metadata={"example": "with_maker"})


class StatusSchema(Schema):
    """The words of a state (its code is the state's), or of a status within one."""

    code = fields.String(required=True)
    category = fields.Enum(CaseState, by_value=True, required=True)
    agent = fields.Nested(NameSchema, required=True)
    customer = fields.Nested(NameSchema, required=True)
    is_active = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class StatusesSchema(Schema):
    """A state that is not named has the house's own words."""

    statuses = fields.List(fields.Nested(StatusSchema), required=True)


class TagNameSchema(Strict):
    name = text_field(80, shortest=1, required=True, metadata={"example": "割れ物"})


class IntoSchema(Strict):
    into = fields.Integer(
        strict=True, required=True, validate=validate.Range(1, 2**63 - 1), metadata={"example": 8}
    )


class TagSchema(Schema):
    tag = fields.Integer(required=True)
    name = fields.String(required=True)
    cases = fields.Integer(required=True)
    open_cases = fields.Integer(required=True)
    version = fields.Integer(required=True)


class TagsSchema(Schema):
    tags = fields.List(fields.Nested(TagSchema), required=True)


class MergedSchema(Schema):
    cases = fields.Integer(required=True, metadata={"description": "How many cases changed."})


class ChoiceBodySchema(Strict):
    """A choice; one of before keeps its ``code``."""

    ja = text_field(80, shortest=1, required=True, metadata={"example": "外箱"})
    en = text_field(80, shortest=1, required=True, metadata={"example": "Outer box"})
    code = text_field(60, load_default="", metadata={"example": ""})


class FieldBodySchema(Strict):
    """A field; of no reasons named it belongs to all."""

    name = fields.Nested(NamesSchema, required=True)
    choices = fields.List(
        fields.Nested(ChoiceBodySchema), load_default=list, validate=validate.Length(0, 50)
    )
    reasons = fields.List(
        text_field(60),
        load_default=list,
        validate=validate.Length(0, 200),
        metadata={"example": ["damaged"]},
    )
    is_required = fields.Boolean(load_default=False)
    is_public = fields.Boolean(load_default=False)
    is_active = fields.Boolean(load_default=True)
    position = _place(load_default=900)


class NewFieldSchema(FieldBodySchema):
    kind = fields.Enum(FieldKind, by_value=True, required=True)
    code = text_field(60, load_default="", metadata={"example": "where_damaged"})


class ChoiceSchema(Schema):
    code = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    is_active = fields.Boolean(required=True)


class FieldSchema(Schema):
    code = fields.String(required=True)
    kind = fields.Enum(FieldKind, by_value=True, required=True)
    name = fields.Nested(NameSchema, required=True)
    choices = fields.List(fields.Nested(ChoiceSchema), required=True)
    reasons = fields.List(fields.String(), required=True)
    is_required = fields.Boolean(required=True)
    is_public = fields.Boolean(required=True)
    is_active = fields.Boolean(required=True)
    position = fields.Integer(required=True)
    version = fields.Integer(required=True)


class FieldsSchema(Schema):
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields")


class SortSchema(Strict):
    """What a case shall be; what is left out stays. ``status`` null says no more than the state."""

    reason = text_field(60, load_default=None, allow_none=True, metadata={"example": "damaged"})
    priority = fields.Enum(Priority, by_value=True, load_default=None, allow_none=True)
    queue = text_field(60, load_default=None, allow_none=True, metadata={"example": "returns"})
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)
    status = text_field(60, allow_none=True, metadata={"example": None})
    version = _version()


class PutTagSchema(Strict):
    tag = text_field(80, shortest=1, required=True, metadata={"example": "割れ物"})


class ValueBodySchema(Strict):
    """What a field says; empty: nothing any more. Yes or no are ``yes`` and ``no``."""

    field = text_field(60, shortest=1, required=True, metadata={"example": "where_damaged"})
    value = text_field(500, required=True, metadata={"example": "outer_box"})


class ValuesBodySchema(Strict):
    fields_ = fields.List(
        fields.Nested(ValueBodySchema),
        required=True,
        validate=validate.Length(1, 60),
        data_key="fields",
    )
    version = _version()


class OrderBodySchema(Strict):
    order = text_field(60, shortest=1, required=True, metadata={"example": "A-10408"})
    version = _version()


class LineBodySchema(Strict):
    """A line by its place in its order, from 1; ``ending`` null takes back how it ended."""

    order = text_field(60, shortest=1, required=True, metadata={"example": "A-10407"})
    line = fields.Integer(
        strict=True, required=True, validate=validate.Range(1, _MOST), metadata={"example": 1}
    )
    quantity = fields.Integer(
        strict=True, validate=validate.Range(0, _MOST), metadata={"example": 1}
    )
    ending = fields.Enum(LineEnding, by_value=True, allow_none=True)


class LinesBodySchema(Strict):
    lines = fields.List(
        fields.Nested(LineBodySchema), required=True, validate=validate.Length(1, _MOST_LINES)
    )
    version = _version()


class TagOnCaseSchema(Schema):
    tag = fields.Integer(required=True)
    name = fields.String(required=True)


class ValueSchema(Schema):
    field = fields.String(required=True)
    value = fields.String(required=True)


class SheetLineSchema(Schema):
    line = fields.Integer(required=True)
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)
    ending = fields.Enum(LineEnding, by_value=True, required=True, allow_none=True)


class SheetOrderSchema(Schema):
    """An order of a case as it is, and ``then``: what it was when it came to the case."""

    order_number = fields.String(required=True)
    is_main = fields.Boolean(required=True)
    then = fields.Dict(required=True)
    order_state = fields.String(required=True)
    fulfilment_state = fields.String(required=True)
    lines = fields.List(fields.Nested(SheetLineSchema), required=True)


class SheetSchema(Schema):
    """What a case is about; values of fields may be personal."""

    number = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    status = fields.String(required=True, allow_none=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    queue = fields.String(required=True)
    language = fields.Enum(Language, by_value=True, required=True)
    tags = fields.List(fields.Nested(TagOnCaseSchema), required=True)
    fields_ = fields.List(fields.Nested(ValueSchema), required=True, data_key="fields")
    orders = fields.List(fields.Nested(SheetOrderSchema), required=True)
    version = fields.Integer(required=True)
