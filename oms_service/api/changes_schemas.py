"""What the API takes and gives about changes of placed orders."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.orders_schemas import AddressSchema, wish_fields
from oms_service.api.schemas import MoneySchema, Strict, text_field
from oms_service.operations.changes.change_wishes import MOST_LINES, MOST_UNITS
from oms_service.operations.rules.change_rules import Speed
from oms_service.operations.rules.eligibility import Code, Outcome
from oms_service.orders.states import ChangeKind, ChangeState
from oms_service.payments.states import MethodKind

#: Positions of lines and versions fit a column of the database.
_MOST: Final = 2**31 - 1
_KINDS: Final = [str(kind) for kind in ChangeKind if kind is not ChangeKind.CANCEL]


def _count(least: int, most: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **more)


class MethodChoiceSchema(Strict):
    """One of the customer's payment methods; ``last_four`` where they have two of a kind."""

    kind = fields.Enum(MethodKind, by_value=True, required=True, metadata={"example": "gift_card"})
    last_four = text_field(4, load_default="", metadata={"example": ""})


class ChangedUnitsSchema(Strict):
    """Units of a line; ``line`` is its place in the order, from 1."""

    line = _count(1, _MOST, required=True, metadata={"example": 1})
    quantity = _count(0, MOST_UNITS, required=True, metadata={"example": 1})


class ItemSwapSchema(Strict):
    """Units of a line, and the SKU wanted in their place."""

    line = _count(1, _MOST, required=True, metadata={"example": 1})
    quantity = _count(1, MOST_UNITS, required=True, metadata={"example": 1})
    sku = text_field(60, shortest=1, required=True, metadata={"example": "MUG"})


def _list_of(schema: type[Schema]) -> Any:
    return fields.List(
        fields.Nested(schema),
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, MOST_LINES),
    )


class ChangeWishSchema(Strict):
    """What is to be changed.

    ``address`` needs ``address``, ``payment`` ``method``, ``items`` ``swaps``, ``quantity``
    ``quantities`` (how many are wanted from now on), ``expedite`` ``speed``. ``delivery`` takes
    ``deliver_on`` and ``delivery_window``: without either, any time will do. ``method`` says by
    what a difference in price is paid, or gets it back.
    """

    kind = fields.String(
        required=True, validate=validate.OneOf(_KINDS), metadata={"example": "quantity"}
    )
    address = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    method = fields.Nested(MethodChoiceSchema, load_default=None, allow_none=True)
    swaps = _list_of(ItemSwapSchema)
    quantities = _list_of(ChangedUnitsSchema)
    speed = fields.Enum(Speed, by_value=True, load_default=None, allow_none=True)
    deliver_on = wish_fields()["deliver_on"]
    delivery_window = wish_fields()["delivery_window"]


class CancelWishSchema(Strict):
    """Call off the order, or units of it where ``lines`` names them; ``reason`` is a code."""

    reason = fields.String(
        required=True,
        validate=validate.Regexp(r"^[a-z0-9_]{1,60}\Z"),
        metadata={"example": "no_longer_needed"},
    )
    lines = _list_of(ChangedUnitsSchema)


class _Asked(Strict):
    version = _count(
        1, _MOST, required=True, metadata={"description": "Of the order.", "example": 1}
    )
    digest = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[0-9a-f]{64}\Z"),
        metadata={"description": "Of the preview that was confirmed."},
    )


class NewChangeSchema(ChangeWishSchema, _Asked):
    """A change to make. ``is_proposal`` keeps it for somebody else to confirm within a day."""

    is_proposal = fields.Boolean(load_default=False)


class NewCancelSchema(CancelWishSchema, _Asked):
    """An order, or units of it, to call off."""


class ChangeCauseSchema(Schema):
    """Why not, or why not without a person: a code and a sentence in each language."""

    code = fields.Enum(Code, by_value=True, required=True)
    ja = fields.String(required=True)
    en = fields.String(required=True)


class StockEffectSchema(Schema):
    """Units that become free (above 0) or are taken (below 0)."""

    sku = fields.String(required=True, metadata={"example": "MUG"})
    quantity = fields.Integer(required=True, metadata={"example": -1})
    unit_price = fields.Nested(MoneySchema, required=True)


class ChangePreviewSchema(Schema):
    """What a change would bring. ``settled`` is taken at once (above 0) or given back (below 0).

    ``moved`` goes from one payment method to another. Days are null where nobody knows.
    """

    number = fields.String(required=True, metadata={"example": "A-100001"})
    version = fields.Integer(required=True, metadata={"example": 1})
    kind = fields.Enum(ChangeKind, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    causes = fields.List(fields.Nested(ChangeCauseSchema), required=True)
    before = fields.Nested(MoneySchema, required=True)
    after = fields.Nested(MoneySchema, required=True)
    settled = fields.Nested(MoneySchema, required=True)
    moved = fields.Nested(MoneySchema, required=True)
    stock = fields.List(fields.Nested(StockEffectSchema), required=True)
    arrives_before = fields.Date(required=True, allow_none=True)
    arrives_after = fields.Date(required=True, allow_none=True)
    digest = fields.String(required=True)


class ChangeSchema(Schema):
    """A change of an order; ``change`` counts those of the order from 1."""

    number = fields.String(required=True, metadata={"example": "A-100001"})
    change = fields.Integer(required=True, metadata={"example": 1})
    kind = fields.Enum(ChangeKind, by_value=True, required=True)
    state = fields.Enum(ChangeState, by_value=True, required=True)
    reason = fields.String(required=True, metadata={"example": ""})
    before = fields.Nested(MoneySchema, required=True)
    after = fields.Nested(MoneySchema, required=True)
    settled = fields.Nested(MoneySchema, required=True)
    referred_by_rule = fields.String(required=True, metadata={"example": ""})
    requested_by = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


class ChangesSchema(Schema):
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
