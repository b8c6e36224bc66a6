"""What the API says and takes about money."""

from typing import Final

from marshmallow import Schema, fields, validate

from oms_service.api.schemas import Strict, text_field, time_field
from oms_service.kernel.money import EXPONENTS
from oms_service.operations.money.refunding import RefundReason
from oms_service.payments.gift_cards import MOST_MINOR as MOST_ON_A_CARD
from oms_service.payments.states import (
    AttemptState,
    EntryKind,
    MethodKind,
    Purpose,
    RefundPart,
    RefundState,
)

#: The largest amount a request may name, in minor units.
MOST_MINOR: Final = 10**12


def _amount(most: int = MOST_MINOR, **more: object) -> fields.Integer:
    return fields.Integer(
        strict=True,
        validate=validate.Range(1, most),
        metadata={"example": 1200, "description": "Minor units of the order's currency."},
        **more,  # type: ignore[arg-type]  # passed on as they are
    )


class PaidMoneySchema(Schema):
    minor = fields.Integer(required=True, metadata={"example": 1200})
    currency = fields.String(required=True, metadata={"example": "JPY"})


class MethodSchema(Schema):
    """A way to pay, as far as it may be shown."""

    kind = fields.Enum(MethodKind, by_value=True, required=True, metadata={"example": "card"})
    last_four = fields.String(required=True, metadata={"example": "4242"})


class LedgerEntrySchema(Schema):
    """One line of the payments ledger; the kind gives the direction."""

    kind = fields.Enum(EntryKind, by_value=True, required=True, metadata={"example": "captured"})
    amount = fields.Nested(PaidMoneySchema, required=True)
    at = fields.String(
        required=True, allow_none=True, metadata={"example": "2026-11-22T01:00:00+00:00"}
    )
    method = fields.Nested(MethodSchema, required=True, allow_none=True)
    reference = fields.String(required=True, metadata={"example": "pi_3Mr"})


class AttemptSchema(Schema):
    """Something asked of a provider; ``slip_number`` is what the customer pays with."""

    purpose = fields.Enum(Purpose, by_value=True, required=True, metadata={"example": "capture"})
    state = fields.Enum(AttemptState, by_value=True, required=True, metadata={"example": "done"})
    amount = fields.Nested(PaidMoneySchema, required=True)
    refusal = fields.String(required=True, metadata={"example": "card_declined"})
    slip_number = fields.String(required=True, metadata={"example": "123456789012"})
    action_url = fields.String(required=True)
    expires_at = fields.String(required=True, allow_none=True)


class RefundSchema(Schema):
    """Money that goes back."""

    amount = fields.Nested(PaidMoneySchema, required=True)
    part = fields.Enum(RefundPart, by_value=True, required=True, metadata={"example": "shipping"})
    reason = fields.String(required=True, metadata={"example": "late"})
    state = fields.Enum(RefundState, by_value=True, required=True, metadata={"example": "paid"})
    failure = fields.String(required=True)
    method = fields.Nested(MethodSchema, required=True, allow_none=True)
    requested_at = fields.String(required=True, metadata={"example": "2026-11-22T01:00:00+00:00"})


class RefundableSchema(Schema):
    """What may still go back: ``items`` and ``shipping`` together are ``left``."""

    left = fields.Nested(PaidMoneySchema, required=True)
    items = fields.Nested(PaidMoneySchema, required=True)
    shipping = fields.Nested(PaidMoneySchema, required=True)
    owed = fields.Nested(PaidMoneySchema, required=True)
    disputed = fields.Nested(PaidMoneySchema, required=True)


class PaymentsSchema(Schema):
    """All of an order's money."""

    ledger = fields.List(fields.Nested(LedgerEntrySchema), required=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    refunds = fields.List(fields.Nested(RefundSchema), required=True)
    capturable = fields.Nested(PaidMoneySchema, required=True)
    refundable = fields.Nested(RefundableSchema, required=True)


class CaptureSchema(Strict):
    """How much promised money to take; all that is left where no amount is given."""

    amount_minor = _amount(load_default=None, allow_none=True)


class VoidSchema(Strict):
    """Let all promised money go."""


class AttemptsSchema(Schema):
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class WishSchema(Strict):
    """Money to give back, the ways it came or into the customer's balance with the shop."""

    amount_minor = _amount(required=True)
    part = fields.Enum(
        RefundPart,
        by_value=True,
        load_default=RefundPart.ORDER,
        metadata={"example": "goodwill"},
    )
    reason = fields.Enum(RefundReason, by_value=True, required=True, metadata={"example": "late"})
    to_store_credit = fields.Boolean(
        load_default=False, truthy={True}, falsy={False}, metadata={"example": False}
    )


class WaySchema(Schema):
    method = fields.Nested(MethodSchema, required=True, allow_none=True)
    amount = fields.Nested(PaidMoneySchema, required=True)


class WishPreviewSchema(Schema):
    """What giving it back would bring; nothing is changed."""

    ways = fields.List(fields.Nested(WaySchema), required=True)
    left_after = fields.Nested(PaidMoneySchema, required=True)
    needs_approval = fields.Boolean(required=True, metadata={"example": False})


class RefundsSchema(Schema):
    refunds = fields.List(fields.Nested(RefundSchema), required=True)


class NewGiftCardSchema(Strict):
    """A gift card to be made."""

    amount_minor = _amount(MOST_ON_A_CARD, required=True)
    currency = fields.String(
        required=True,
        validate=validate.OneOf(sorted(EXPONENTS)),
        metadata={"example": "JPY"},
    )
    expires_at = time_field(
        load_default=None,
        allow_none=True,
        metadata={"example": "2028-11-22T00:00:00+09:00"},
    )


class GiftCardSchema(Schema):
    """A gift card. Its ``code`` is told when it is made and kept nowhere."""

    code = fields.String(metadata={"example": "7KQ2-M4XD-9PRT-WB3H"})
    last_four = fields.String(required=True, metadata={"example": "WB3H"})
    amount = fields.Nested(PaidMoneySchema, required=True)
    state = fields.String(required=True, metadata={"example": "issued"})
    expires_at = fields.String(required=True, allow_none=True)


class GiftCardCodeSchema(Strict):
    """A code as it was typed."""

    code = text_field(60, shortest=1, required=True, metadata={"example": "7KQ2-M4XD-9PRT-WB3H"})


class ClaimSchema(GiftCardCodeSchema):
    """A code, and by an order of theirs the customer who is to have what it holds."""

    order_number = text_field(40, shortest=1, required=True, metadata={"example": "A-10423"})
