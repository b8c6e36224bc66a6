"""What ``/v1/cases`` takes and gives."""

from typing import Final

from marshmallow import Schema, fields

from cases.states import CaseState, Priority
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import MoneySchema, NameSchema, text_field
from oms_service.kernel.languages import Language

#: A case as the description shows it.
EXAMPLE: Final = {
    "number": "C-1017",
    "reason": "return",
    "reason_name": {"ja": "返品", "en": "Return"},
    "state": "open",
    "priority": "normal",
    "language": "ja",
    "channel": "webchat",
    "order_number": "A-10407",
    "opened_at": "2026-11-22T01:42:00+00:00",
    "first_reply_at": None,
    "resolved_at": None,
    "resolution": "",
    "failed_rule": "above_limit",
    "version": 2,
}
EXAMPLE_ONE: Final = {
    **EXAMPLE,
    "return_number": "RMA-7K2M9",
    "refund": {"minor": 12800, "currency": "JPY"},
    "lines": [{"sku": "KNIT-NAVY-M", "quantity": 1}],
}


class CasesQuery(PageQuery):
    """Which cases."""

    state = fields.Enum(
        CaseState,
        by_value=True,
        load_default=None,
        metadata={"description": "Only cases in this state."},
    )
    order = text_field(
        60,
        load_default="",
        metadata={"description": "Only cases about this order, by its number.", "example": "A-1"},
    )


class CaseSchema(Schema):
    """A case without personal data and without what anybody wrote; what is null is not so far."""

    number = fields.String(required=True)
    reason = fields.String(required=True)
    reason_name = fields.Nested(NameSchema, required=True)
    state = fields.Enum(CaseState, by_value=True, required=True)
    priority = fields.Enum(Priority, by_value=True, required=True)
    language = fields.Enum(Language, by_value=True, required=True)
    channel = fields.String(required=True)
    order_number = fields.String(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True)
    first_reply_at = fields.AwareDateTime(required=True, allow_none=True)
    resolved_at = fields.AwareDateTime(required=True, allow_none=True)
    resolution = fields.String(required=True)
    failed_rule = fields.String(required=True)
    version = fields.Integer(required=True)


class CaseLineSchema(Schema):
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class OneCaseSchema(CaseSchema):
    """A case with the return it is about and the order lines that were asked for."""

    return_number = fields.String(required=True, allow_none=True)
    refund = fields.Nested(MoneySchema, required=True, allow_none=True)
    lines = fields.List(fields.Nested(CaseLineSchema), required=True)


class CasesSchema(Schema):
    cases = fields.List(fields.Nested(CaseSchema), required=True)
