"""What the API takes and gives about returns, exchanges and claims."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.paging import PageQuery
from oms_service.api.schemas import MoneySchema, Strict, text_field
from oms_service.operations.rules.eligibility import Code, Outcome
from oms_service.payments.states import MethodKind
from oms_service.returns.states import (
    ClaimReason,
    ClaimState,
    Condition,
    Disposition,
    ExchangeState,
    Finding,
    Goods,
    Moment,
    ParcelState,
    RefundWhen,
    Remedy,
    ReturnKind,
    ReturnReason,
    ReturnState,
)

#: More lines than any order has, more units than any parcel.
MOST_LINES: Final = 200
MOST_UNITS: Final = 100_000
_MOST: Final = 2**31 - 1
_CODE: Final = r"^[a-z0-9_]{1,40}\Z"


def _units(least: int = 1, **more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True,
        validate=validate.Range(least, MOST_UNITS),
        metadata={"example": 1},
        **more,
    )


def _place(**more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, _MOST),
        metadata={"example": 1, "description": "The place of the line in its order, from 1."},
        **more,
    )


def _version() -> fields.Integer:
    return fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, _MOST),
        metadata={"example": 1, "description": "As you read it."},
    )


def _order() -> fields.String:
    return text_field(60, shortest=1, required=True, metadata={"example": "A-10423"})


def _evidence() -> fields.List[str]:
    return fields.List(
        fields.String(validate=validate.Regexp(_CODE), metadata={"example": "photo"}),
        load_default=list,
        validate=validate.Length(0, 20),
    )


def _digest() -> fields.String:
    return fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[0-9a-f]{64}\Z"),
        metadata={"description": "Of the preview that was confirmed."},
    )


def _lines(schema: type[Schema]) -> fields.List[Any]:
    return fields.List(
        fields.Nested(schema), required=True, validate=validate.Length(1, MOST_LINES)
    )


def _said(longest: int = 500) -> fields.String:
    return text_field(longest, load_default="")


class PayBackSchema(Strict):
    """One of the customer's ways to pay; ``last_four`` where they have several of a kind."""

    kind = fields.Enum(MethodKind, by_value=True, required=True, metadata={"example": "gift_card"})
    last_four = text_field(4, load_default="", metadata={"example": "4242"})


class BackLineSchema(Strict):
    """Units to send back, why, in what state, and what proves it."""

    line = _place()
    quantity = _units(required=True)
    reason = fields.Enum(ReturnReason, by_value=True, required=True)
    condition = fields.Enum(Condition, by_value=True, load_default=None, allow_none=True)
    evidence = _evidence()


class ReturnWishSchema(Strict):
    """A return to look at. Without ``refund_to`` the money goes back the way it came."""

    order = _order()
    lines = _lines(BackLineSchema)
    refund_to = fields.Nested(PayBackSchema, load_default=None, allow_none=True)


class NewReturnSchema(ReturnWishSchema):
    """A return to ask for. With the digest of a preview, lines it refused are left out."""

    digest = _digest()


class SwapWishSchema(Strict):
    """Units of a line for as many of another variant of the same product."""

    line = _place()
    sku = text_field(60, shortest=1, required=True, metadata={"example": "COFFEE-BIG"})
    quantity = _units(required=True)
    reason = fields.Enum(ReturnReason, by_value=True, load_default=ReturnReason.CHANGED_MIND)
    condition = fields.Enum(Condition, by_value=True, load_default=None, allow_none=True)
    evidence = _evidence()


class ExchangeWishSchema(Strict):
    """An exchange to look at; ``method`` pays the difference in price or gets it."""

    order = _order()
    swaps = _lines(SwapWishSchema)
    method = fields.Nested(PayBackSchema, load_default=None, allow_none=True)


class NewExchangeSchema(ExchangeWishSchema):
    """An exchange to ask for."""

    digest = _digest()


class ClaimWishLineSchema(Strict):
    """Units of a line, and what is wrong with them."""

    line = _place()
    quantity = _units(required=True)
    reason = fields.Enum(ClaimReason, by_value=True, required=True)


class ClaimWishSchema(Strict):
    """A claim to look at; ``refund_minor`` asks for less than the whole value."""

    order = _order()
    lines = _lines(ClaimWishLineSchema)
    remedy = fields.Enum(Remedy, by_value=True, required=True)
    evidence = _evidence()
    refund_minor = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 10**12)
    )
    refund_to = fields.Nested(PayBackSchema, load_default=None, allow_none=True)


class NewClaimSchema(ClaimWishSchema):
    """A claim to make."""

    digest = _digest()


class DecisionSchema(Strict):
    """A decision: ``note`` is for colleagues, ``answer`` is what the customer reads."""

    version = _version()
    note = _said()
    answer = _said()


class ClaimApprovalSchema(DecisionSchema):
    """A yes, to all of the money asked for or to less."""

    refund_minor = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 10**12)
    )


class CallOffSchema(Strict):
    """Calling it off; ``note`` is for colleagues."""

    version = _version()
    note = _said()


class BackParcelSchema(Strict):
    """A parcel on its way back to us."""

    carrier = fields.String(
        required=True, validate=validate.Regexp(_CODE), metadata={"example": "yamato"}
    )
    tracking_number = fields.String(
        required=True,
        validate=validate.Regexp(r"^[0-9A-Za-z][0-9A-Za-z \-]{3,58}\Z"),
        metadata={"example": "1234-5678-9012"},
    )


class ArrivedSchema(Strict):
    """Units of an announced line that came, and what becomes of them."""

    line = _place()
    quantity = _units(required=True)
    disposition = fields.Enum(Disposition, by_value=True, required=True)
    finding = fields.Enum(Finding, by_value=True, load_default=Finding.EXPECTED)


class StraySchema(Strict):
    """Units in the parcel that nobody announced."""

    sku = text_field(60, shortest=1, required=True, metadata={"example": "MUG"})
    quantity = _units(required=True)
    disposition = fields.Enum(Disposition, by_value=True, load_default=Disposition.QUALITY_CONTROL)


class ReceiveSchema(Strict):
    """Goods that came in. Without ``arrived``, all that was still to come did.

    ``location`` is a code, the first in use where not given; ``tracking_number`` is that of an
    announced parcel. ``is_last`` says that nothing more will come.
    """

    version = _version()
    location = text_field(60, load_default=None, allow_none=True)
    tracking_number = text_field(60, load_default=None, allow_none=True)
    is_last = fields.Boolean(load_default=True)
    arrived = fields.List(
        fields.Nested(ArrivedSchema),
        load_default=None,
        allow_none=True,
        validate=validate.Length(0, MOST_LINES),
    )
    strays = fields.List(
        fields.Nested(StraySchema), load_default=list, validate=validate.Length(0, MOST_LINES)
    )


class ReturnsQuery(PageQuery):
    """Which returns."""

    state = fields.Enum(ReturnState, by_value=True, load_default=None)
    kind = fields.Enum(ReturnKind, by_value=True, load_default=None)
    order = text_field(60, load_default="", metadata={"description": "Order number."})
    overdue = fields.Boolean(
        load_default=False, metadata={"description": "Only those that should be on their way."}
    )


class ClaimsQuery(PageQuery):
    """Which claims."""

    state = fields.Enum(ClaimState, by_value=True, load_default=None)
    order = text_field(60, load_default="", metadata={"description": "Order number."})


class PolicyCauseSchema(Schema):
    """Why not, or why not without a person: a code and a sentence in each language."""

    code = fields.Enum(Code, by_value=True, required=True)
    ja = fields.String(required=True)
    en = fields.String(required=True)


class LineAnswerSchema(Schema):
    """What policy says of one line of a wish."""

    line = fields.Integer(required=True, metadata={"example": 1})
    quantity = fields.Integer(required=True, metadata={"example": 1})
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    causes = fields.List(fields.Nested(PolicyCauseSchema), required=True)


class ReturnPreviewSchema(Schema):
    """What a return would bring: ``fee`` is all that is taken off, two parts of it are named."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    lines = fields.List(fields.Nested(LineAnswerSchema), required=True)
    causes = fields.List(fields.Nested(PolicyCauseSchema), required=True)
    refund = fields.Nested(MoneySchema, required=True)
    fee = fields.Nested(MoneySchema, required=True)
    restocking = fields.Nested(MoneySchema, required=True)
    postage = fields.Nested(MoneySchema, required=True)
    refund_when = fields.Enum(RefundWhen, by_value=True, required=True)
    way = fields.String(required=True, metadata={"example": "original_payment"})
    digest = fields.String(required=True)


class PairSchema(Schema):
    """Units of a line and what comes in their place; values are for all of them."""

    line = fields.Integer(required=True, metadata={"example": 1})
    sku = fields.String(required=True, metadata={"example": "COFFEE-BIG"})
    quantity = fields.Integer(required=True, metadata={"example": 1})
    unit_price = fields.Nested(MoneySchema, required=True)
    old_value = fields.Nested(MoneySchema, required=True)
    new_value = fields.Nested(MoneySchema, required=True)


class ExchangePreviewSchema(Schema):
    """What an exchange would bring; above 0 the customer owes the difference."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    lines = fields.List(fields.Nested(LineAnswerSchema), required=True)
    causes = fields.List(fields.Nested(PolicyCauseSchema), required=True)
    pairs = fields.List(fields.Nested(PairSchema), required=True)
    difference = fields.Nested(MoneySchema, required=True)
    needs_method = fields.Boolean(required=True)
    sends = fields.Enum(Moment, by_value=True, required=True)
    settles = fields.Enum(Moment, by_value=True, required=True)
    digest = fields.String(required=True)


class ClaimPreviewSchema(Schema):
    """What a claim would bring, and whether the goods stay."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    lines = fields.List(fields.Nested(LineAnswerSchema), required=True)
    causes = fields.List(fields.Nested(PolicyCauseSchema), required=True)
    remedy = fields.Enum(Remedy, by_value=True, required=True)
    goods = fields.Enum(Goods, by_value=True, required=True)
    refund = fields.Nested(MoneySchema, required=True)
    way = fields.String(required=True, metadata={"example": "original_payment"})
    digest = fields.String(required=True)


class ReturnedLineSchema(Schema):
    line = fields.Integer(required=True, metadata={"example": 1})
    sku = fields.String(required=True, metadata={"example": "COFFEE"})
    quantity = fields.Integer(required=True, metadata={"example": 2})
    received = fields.Integer(required=True, metadata={"example": 1})
    reason = fields.Enum(ReturnReason, by_value=True, required=True)
    condition = fields.Enum(Condition, by_value=True, required=True, allow_none=True)
    evidence = fields.List(fields.String(), required=True)
    disposition = fields.Enum(Disposition, by_value=True, required=True, allow_none=True)


class ParcelBackSchema(Schema):
    carrier = fields.String(required=True, metadata={"example": "yamato"})
    tracking_number = fields.String(required=True, metadata={"example": "1234-5678-9012"})
    state = fields.Enum(ParcelState, by_value=True, required=True)


class ExchangeOfReturnSchema(Schema):
    """What a return of that kind sends in turn."""

    state = fields.Enum(ExchangeState, by_value=True, required=True)
    sends = fields.Enum(Moment, by_value=True, required=True)
    settles = fields.Enum(Moment, by_value=True, required=True)
    difference = fields.Nested(MoneySchema, required=True)
    settled = fields.Nested(MoneySchema, required=True)
    pairs = fields.List(fields.Nested(PairSchema), required=True)


class ReturnSchema(Schema):
    """A return with its lines, its parcels, and its exchange if it is one."""

    number = fields.String(required=True, metadata={"example": "R-7KQ2M9XD"})
    order = fields.String(required=True, metadata={"example": "A-10423"})
    kind = fields.Enum(ReturnKind, by_value=True, required=True)
    state = fields.Enum(ReturnState, by_value=True, required=True)
    refund = fields.Nested(MoneySchema, required=True)
    fee = fields.Nested(MoneySchema, required=True)
    refund_when = fields.Enum(RefundWhen, by_value=True, required=True)
    referred_by_rule = fields.String(required=True, metadata={"example": ""})
    needs_second_person = fields.Boolean(required=True, metadata={"example": False})
    answer = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    send_back_by = fields.AwareDateTime(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True, allow_none=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True, metadata={"example": 2})
    lines = fields.List(fields.Nested(ReturnedLineSchema), required=True)
    parcels = fields.List(fields.Nested(ParcelBackSchema), required=True)
    exchange = fields.Nested(ExchangeOfReturnSchema, required=True, allow_none=True)


class ReturnsSchema(Schema):
    returns = fields.List(fields.Nested(ReturnSchema), required=True)


class ClaimedLineSchema(Schema):
    line = fields.Integer(required=True, metadata={"example": 1})
    sku = fields.String(required=True, metadata={"example": "COFFEE"})
    quantity = fields.Integer(required=True, metadata={"example": 1})
    reason = fields.Enum(ClaimReason, by_value=True, required=True)
    value = fields.Nested(MoneySchema, required=True)


class GoodsClaimSchema(Schema):
    """A claim; ``return_number`` names the return under which its goods come back first."""

    number = fields.String(required=True, metadata={"example": "CL-7KQ2M9XD"})
    order = fields.String(required=True, metadata={"example": "A-10423"})
    state = fields.Enum(ClaimState, by_value=True, required=True)
    remedy = fields.Enum(Remedy, by_value=True, required=True)
    goods = fields.Enum(Goods, by_value=True, required=True)
    refund = fields.Nested(MoneySchema, required=True)
    return_number = fields.String(required=True, allow_none=True)
    evidence = fields.List(fields.String(), required=True)
    referred_by_rule = fields.String(required=True, metadata={"example": ""})
    needs_second_person = fields.Boolean(required=True, metadata={"example": False})
    answer = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    remedied_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True, metadata={"example": 2})
    lines = fields.List(fields.Nested(ClaimedLineSchema), required=True)


class GoodsClaimsSchema(Schema):
    claims = fields.List(fields.Nested(GoodsClaimSchema), required=True)
