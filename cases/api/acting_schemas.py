"""What ``/v1/cases/{number}/actions`` takes and gives."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cases.acting.states import ActKind
from oms_service.api.changes_schemas import CancelWishSchema, ChangeCauseSchema, ChangeWishSchema
from oms_service.api.coming_back_schemas import (
    BackLineSchema,
    ClaimWishLineSchema,
    PayBackSchema,
    SwapWishSchema,
)
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import MoneySchema, Strict, text_field
from oms_service.operations.money.refunding import RefundReason
from oms_service.orders.states import HoldReason
from oms_service.payments.attempts import MOST_MINOR
from oms_service.payments.states import RefundPart, RefundState

_MOST_LINES: Final = 200
_MOST_UNITS: Final = 100_000
_MOST: Final = 2**31 - 1
#: An action as the description shows it.
EXAMPLE: Final = {
    "action": 1,
    "kind": "refund",
    "order_number": "A-10407",
    "amount": {"minor": 500, "currency": "JPY"},
    "return_number": None,
    "claim_number": None,
    "change": None,
    "refunds": [{"amount": {"minor": 500, "currency": "JPY"}, "state": "requested"}],
    "waits": False,
    "done_by": "integration:3",
    "done_at": "2026-11-22T01:42:00+00:00",
    "undone_at": None,
    "why_not_undone": "money_on_its_way",
}


def _lines(schema: type[Schema], **more: Any) -> Any:
    return fields.List(fields.Nested(schema), validate=validate.Length(1, _MOST_LINES), **more)


def _maybe(schema: type[Schema]) -> Any:
    return fields.Nested(schema, load_default=None, allow_none=True)


class ActRefundUnitsSchema(Strict):
    """Units of a line; ``line`` is its place in the order, from 1."""

    line = fields.Integer(
        strict=True, required=True, validate=validate.Range(1, _MOST), metadata={"example": 1}
    )
    quantity = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, _MOST_UNITS),
        metadata={"example": 1},
    )


class ActGiveBackSchema(Strict):
    """Money to give back: ``amount_minor``, or what ``lines`` were sold for, or all that is left.

    ``to_store_credit`` puts it into the customer's balance with the shop.
    """

    part = fields.Enum(RefundPart, by_value=True, load_default=RefundPart.ORDER)
    reason = fields.Enum(RefundReason, by_value=True, required=True)
    amount_minor = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MOST_MINOR),
        metadata={"example": 500},
    )
    lines = _lines(ActRefundUnitsSchema, load_default=None, allow_none=True)
    to_store_credit = fields.Boolean(load_default=False)


class ActReplaceSchema(Strict):
    """Units to send again; ``evidence`` are codes of what the customer showed."""

    lines = _lines(ClaimWishLineSchema, required=True)
    evidence = fields.List(
        fields.String(validate=validate.Regexp(r"^[a-z0-9_]{1,40}\Z")),
        load_default=list,
        validate=validate.Length(0, 20),
        metadata={"example": ["photo"]},
    )


class ActSendBackSchema(Strict):
    """A return on behalf of the customer."""

    lines = _lines(BackLineSchema, required=True)


class ActExchangeSchema(Strict):
    """An exchange on behalf of the customer; ``method`` pays or receives a difference."""

    swaps = _lines(SwapWishSchema, required=True)
    method = fields.Nested(PayBackSchema, load_default=None, allow_none=True)


class ActHoldSchema(Strict):
    reason = fields.Enum(HoldReason, by_value=True, required=True)


class ActLabelSchema(Strict):
    """Send the customer the label of a return that is expected once more."""

    return_number = text_field(20, shortest=1, required=True, metadata={"example": "R-7K2M9QXP"})


#: By which name each thing to do stands in a request.
WISHES: Final = (
    *("refund", "replacement", "send_back", "exchange", "change", "cancel"),
    *("hold", "release", "label"),
)


class ActWishSchema(Strict):
    """One thing to do about an order of a case: exactly one of these; the others stay away."""

    order = text_field(
        60,
        load_default="",
        metadata={
            "example": "A-10407",
            "description": "One of the case's orders; the main one where not given.",
        },
    )
    refund = _maybe(ActGiveBackSchema)
    replacement = _maybe(ActReplaceSchema)
    send_back = _maybe(ActSendBackSchema)
    exchange = _maybe(ActExchangeSchema)
    change = _maybe(ChangeWishSchema)
    cancel = _maybe(CancelWishSchema)
    hold = _maybe(ActHoldSchema)
    release = _maybe(ActHoldSchema)
    label = _maybe(ActLabelSchema)

    @validates_schema
    def one_thing(self, data: dict[str, Any], **_more: Any) -> None:
        """Exactly one thing is done at a time."""
        if sum(data.get(name) is not None for name in WISHES) != 1:
            raise ValidationError(f"say exactly one of {', '.join(WISHES)}", "refund")


class NewActSchema(ActWishSchema):
    """A thing to do. ``digest`` is that of the preview that was confirmed."""

    digest = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[0-9a-f]{64}\Z"),
        metadata={"description": "Of the preview that was confirmed."},
    )


class ActGoodsSchema(Schema):
    sku = fields.String(required=True, metadata={"example": "MUG"})
    quantity = fields.Integer(required=True, metadata={"example": 1})


class ActPreviewSchema(Schema):
    """What would happen. ``causes`` are what policy leaves to a person, which is whoever does it.

    Amounts are null where there are none.
    """

    kind = fields.Enum(ActKind, by_value=True, required=True)
    order_number = fields.String(required=True, metadata={"example": "A-10407"})
    refund = fields.Nested(MoneySchema, required=True, allow_none=True)
    due = fields.Nested(MoneySchema, required=True, allow_none=True)
    left_after = fields.Nested(MoneySchema, required=True, allow_none=True)
    comes_back = fields.List(fields.Nested(ActGoodsSchema), required=True)
    is_sent = fields.List(fields.Nested(ActGoodsSchema), required=True)
    causes = fields.List(fields.Nested(ChangeCauseSchema), required=True)
    needs_second_person = fields.Boolean(required=True)
    digest = fields.String(required=True)


class ActRefundSchema(Schema):
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.Enum(RefundState, by_value=True, required=True)


class ActSchema(Schema):
    """What was done; ``action`` counts those of the case from 1.

    ``why_not_undone`` is a code, empty while it can be called off.
    """

    action = fields.Integer(required=True)
    kind = fields.Enum(ActKind, by_value=True, required=True)
    order_number = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True, allow_none=True)
    return_number = fields.String(required=True, allow_none=True)
    claim_number = fields.String(required=True, allow_none=True)
    change = fields.Integer(required=True, allow_none=True)
    refunds = fields.List(fields.Nested(ActRefundSchema), required=True)
    waits = fields.Boolean(required=True)
    done_by = fields.String(required=True)
    done_at = fields.AwareDateTime(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    why_not_undone = fields.String(required=True)


class ActsQuery(PageQuery):
    """Which page."""


class ActsSchema(Schema):
    actions = fields.List(fields.Nested(ActSchema), required=True)


class ActOfferSchema(Schema):
    """Something that could be done; ``causes`` and ``why`` say what stands against it."""

    kind = fields.Enum(ActKind, by_value=True, required=True)
    is_possible = fields.Boolean(required=True)
    causes = fields.List(fields.Nested(ChangeCauseSchema), required=True)
    why = fields.String(required=True, metadata={"example": "nothing_left"})


class ActOffersSchema(Schema):
    order_number = fields.String(required=True, metadata={"example": "A-10407"})
    offers = fields.List(fields.Nested(ActOfferSchema), required=True)
