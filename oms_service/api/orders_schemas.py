"""What the API takes and gives about orders: placing, quoting, listing and holding them."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.paging import PageQuery
from oms_service.api.schemas import MoneySchema, OrderLineSchema, Strict, text_field, time_field
from oms_service.kernel.languages import Language
from oms_service.kernel.money import EXPONENTS
from oms_service.operations.placement.quoting import MOST_LINES, MOST_MINOR, MOST_UNITS
from oms_service.orders.states import FulfilmentState, HoldReason, OrderState, PaymentState
from oms_service.payments.states import EntryKind

MOST_ORDERS: Final = 500
_PAYMENTS: Final = (str(EntryKind.AUTHORIZED), str(EntryKind.CAPTURED))


def minor_field(**more: Any) -> fields.Integer:
    """An amount in minor units."""
    return fields.Integer(strict=True, validate=validate.Range(0, MOST_MINOR), **more)


class AddressSchema(Strict):
    """Where to. Which parts are needed depends on the country; see ``lacks`` of a quote."""

    recipient = text_field(160, load_default="", metadata={"example": "佐藤 美咲"})
    country = text_field(2, load_default="JP", metadata={"example": "JP"})
    postal_code = text_field(12, load_default="", metadata={"example": "160-0022"})
    region = text_field(60, load_default="", metadata={"example": "東京都"})
    city = text_field(80, load_default="", metadata={"example": "新宿区"})
    line1 = text_field(160, load_default="", metadata={"example": "新宿1-2-3"})
    line2 = text_field(160, load_default="")
    phone = text_field(40, load_default="", metadata={"example": "090-1234-5678"})


class WantedLineSchema(Strict):
    """Some of a variant; without a price, what the catalogue says for the channel."""

    sku = text_field(60, shortest=1, required=True, metadata={"example": "COFFEE"})
    quantity = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, MOST_UNITS),
        metadata={"example": 2},
    )
    unit_price_minor = minor_field(load_default=None, allow_none=True, metadata={"example": 1000})
    discount_minor = minor_field(load_default=0, metadata={"example": 0})


class BuyerSchema(Strict):
    """Who buys: known by ``ref`` (your own name for them) or ``mail``, else added."""

    ref = text_field(80, load_default="", metadata={"example": "C-1001"})
    mail = text_field(320, load_default="", metadata={"example": "misaki.sato@example.jp"})
    phone = text_field(40, load_default="")
    family_name = text_field(80, load_default="", metadata={"example": "佐藤"})
    given_name = text_field(80, load_default="", metadata={"example": "美咲"})
    family_name_kana = text_field(80, load_default="")
    given_name_kana = text_field(80, load_default="")
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)


class NewCustomerSchema(BuyerSchema):
    """A customer to add to a channel, perhaps with where they live."""

    channel = text_field(60, shortest=1, required=True, metadata={"example": "web"})
    address = fields.Nested(AddressSchema, load_default=None, allow_none=True)


class CustomerDoneSchema(Schema):
    """What became of a customer; nothing that was known of them is given back."""

    is_new = fields.Boolean(required=True, metadata={"example": True})


class MovedCustomerSchema(Strict):
    """Whose address changes, by ``ref`` (your own name for them) or ``mail``, and where to."""

    channel = text_field(60, shortest=1, required=True, metadata={"example": "web"})
    ref = text_field(80, load_default="", metadata={"example": "C-1001"})
    mail = text_field(320, load_default="", metadata={"example": ""})
    address = fields.Nested(AddressSchema, required=True)


class CustomerMovedSchema(Schema):
    """Where parcels go from now on, in the form that is kept."""

    country = fields.String(required=True, metadata={"example": "JP"})
    postal_code = fields.String(required=True, metadata={"example": "160-0022"})
    region = fields.String(required=True, metadata={"example": "東京都"})
    city = fields.String(required=True, metadata={"example": "新宿区"})
    line1 = fields.String(required=True, metadata={"example": "新宿1-2-3"})
    line2 = fields.String(required=True, metadata={"example": ""})


class AmountSchema(Strict):
    """An amount in the smallest unit of its currency."""

    minor = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(1, MOST_MINOR),
        metadata={"example": 2000},
    )
    currency = fields.String(
        required=True, validate=validate.OneOf(sorted(EXPONENTS)), metadata={"example": "JPY"}
    )


class NewPaymentSchema(Strict):
    """Money that is promised (authorized) or here (captured) when the order comes in."""

    kind = fields.String(
        required=True, validate=validate.OneOf(_PAYMENTS), metadata={"example": "captured"}
    )
    amount = fields.Nested(AmountSchema, required=True)
    provider_ref = text_field(120, load_default="", metadata={"example": "pi_3Nf8x"})


def wish_fields() -> dict[str, fields.Field[Any]]:
    """A wished day and hours of delivery, as they are taken."""
    return {
        "deliver_on": fields.Date(
            load_default=None,
            allow_none=True,
            metadata={
                "description": "The day on which it should arrive, at its destination.",
                "example": None,
            },
        ),
        "delivery_window": text_field(
            8,
            load_default="",
            metadata={
                "description": "The hours, by their beginning and end: `0812` is the morning,"
                " `1416` from two to four; empty for any. A quote lists those to choose from.",
                "example": "",
            },
        ),
    }


class BasketSchema(Strict):
    """What is asked for. Without ``shipping_minor``, what the channel charges."""

    deliver_on = wish_fields()["deliver_on"]
    delivery_window = wish_fields()["delivery_window"]

    channel = text_field(60, shortest=1, required=True, metadata={"example": "web"})
    lines = fields.List(
        fields.Nested(WantedLineSchema), required=True, validate=validate.Length(1, MOST_LINES)
    )
    ship_to = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    discount_minor = minor_field(load_default=0, metadata={"example": 0})
    shipping_minor = minor_field(load_default=None, allow_none=True, metadata={"example": 550})
    shipping_tax_rate_bp = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 10_000),
        metadata={"description": "In basis points: 1000 is 10 %."},
    )
    may_backorder = fields.Boolean(load_default=False)


class NewOrderSchema(BasketSchema):
    """An order to place. ``external_ref`` is your own name for it: sent twice, it is one order."""

    external_ref = text_field(80, shortest=1, required=True, metadata={"example": "cart-20261122"})
    customer = fields.Nested(BuyerSchema, required=True)
    number = text_field(40, shortest=1, load_default=None, allow_none=True)
    language = fields.Enum(Language, by_value=True, load_default=None, allow_none=True)
    mail = text_field(320, load_default="", metadata={"example": "misaki.sato@example.jp"})
    phone = text_field(40, load_default="", metadata={"example": "090-1234-5678"})
    payments = fields.List(
        fields.Nested(NewPaymentSchema), load_default=list, validate=validate.Length(0, 20)
    )
    placed_at = time_field(load_default=None, allow_none=True)
    pickup_location = text_field(
        60,
        load_default="",
        metadata={
            "description": "The shop where the customer fetches it; then nothing is sent.",
            "example": "",
        },
    )


class NewOrdersSchema(Strict):
    """Up to 500 orders; each is placed or refused by itself."""

    orders = fields.List(
        fields.Nested(NewOrderSchema), required=True, validate=validate.Length(1, MOST_ORDERS)
    )


class TaxSchema(Schema):
    """What is taxed at one rate, rounded once."""

    rate_bp = fields.Integer(required=True, metadata={"example": 800})
    taxable = fields.Nested(MoneySchema, required=True)
    tax = fields.Nested(MoneySchema, required=True)


class QuotedLineSchema(Schema):
    """One line; ``waiting`` of its units are not there and would leave by ``ships_by``."""

    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)
    unit_price = fields.Nested(MoneySchema, required=True)
    discount = fields.Nested(MoneySchema, required=True)
    in_stock = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    may_wait = fields.Boolean(required=True)
    ships_by = fields.Date(required=True, allow_none=True)


class HoursSchema(Schema):
    """Hours that may be wished, at the destination."""

    code = fields.String(required=True, metadata={"example": "1416"})
    ja = fields.String(required=True, metadata={"example": "14~16時"})
    en = fields.String(required=True, metadata={"example": "14:00–16:00"})


class WhenSchema(Schema):
    """From when on and until when a day may be wished, and within which hours."""

    first = fields.Date(required=True, metadata={"example": "2026-11-25"})
    last = fields.Date(required=True, metadata={"example": "2027-01-21"})
    windows = fields.List(fields.Nested(HoursSchema), required=True)


class QuoteSchema(Schema):
    """What an order would come to; nothing is promised by it."""

    can_be_placed = fields.Boolean(required=True, metadata={"example": True})
    lines = fields.List(fields.Nested(QuotedLineSchema), required=True)
    items = fields.Nested(MoneySchema, required=True)
    discount = fields.Nested(MoneySchema, required=True)
    shipping = fields.Nested(MoneySchema, required=True)
    tax = fields.Nested(MoneySchema, required=True)
    taxes = fields.List(fields.Nested(TaxSchema), required=True)
    total = fields.Nested(MoneySchema, required=True)
    lacks = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "What the address lacks, by part."},
    )
    when = fields.Nested(
        WhenSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null where no day can be wished."},
    )


class SoldLineSchema(OrderLineSchema):
    """One line as sold, and how far its units got."""

    discount = fields.Nested(MoneySchema, required=True)
    tax_rate_bp = fields.Integer(required=True, metadata={"example": 800})
    ships_by = fields.Date(required=True, allow_none=True)


class OrderHeadSchema(Schema):
    """One order in a list, without personal data."""

    number = fields.String(required=True, metadata={"example": "A-10423"})
    channel = fields.String(required=True, metadata={"example": "web"})
    placed_at = fields.AwareDateTime(required=True, allow_none=True)
    order_state = fields.Enum(OrderState, by_value=True, required=True)
    payment_state = fields.Enum(PaymentState, by_value=True, required=True)
    fulfilment_state = fields.Enum(FulfilmentState, by_value=True, required=True)
    total = fields.Nested(MoneySchema, required=True)
    version = fields.Integer(required=True, metadata={"example": 3})


class PlacedOrderSchema(OrderHeadSchema):
    """One order with its lines and money, without personal data."""

    items = fields.Nested(MoneySchema, required=True)
    discount = fields.Nested(MoneySchema, required=True)
    shipping = fields.Nested(MoneySchema, required=True)
    tax = fields.Nested(MoneySchema, required=True)
    taxes = fields.List(fields.Nested(TaxSchema), required=True)
    holds = fields.List(fields.Enum(HoldReason, by_value=True), required=True)
    deliver_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The wished day."}
    )
    delivery_window = fields.String(
        required=True, metadata={"description": "The wished hours.", "example": "1416"}
    )
    lines = fields.List(fields.Nested(SoldLineSchema), required=True)


class PlacedSchema(Schema):
    """An order, and whether this request placed it."""

    is_new = fields.Boolean(required=True, metadata={"example": True})
    order = fields.Nested(PlacedOrderSchema, required=True)


class OrdersSchema(Schema):
    orders = fields.List(fields.Nested(OrderHeadSchema), required=True)


class BulkProblemSchema(Schema):
    """Why one order was refused."""

    code = fields.String(required=True, metadata={"example": "out-of-stock"})
    detail = fields.String(required=True)
    fields_ = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, data_key="fields"
    )


class BulkRowSchema(Schema):
    """What became of one order."""

    external_ref = fields.String(required=True, metadata={"example": "cart-20261122"})
    result = fields.String(required=True, validate=validate.OneOf(["placed", "known", "refused"]))
    number = fields.String(required=True, allow_none=True)
    problem = fields.Nested(BulkProblemSchema, required=True, allow_none=True)


class BulkDoneSchema(Schema):
    """What became of each order, in the order they came."""

    placed = fields.Integer(required=True, metadata={"example": 1})
    known = fields.Integer(required=True, metadata={"example": 0})
    refused = fields.Integer(required=True, metadata={"example": 0})
    results = fields.List(fields.Nested(BulkRowSchema), required=True)


class OrdersQuery(PageQuery):
    """Which orders, newest first."""

    order_state = fields.Enum(OrderState, by_value=True, load_default=None)
    payment_state = fields.Enum(PaymentState, by_value=True, load_default=None)
    fulfilment_state = fields.Enum(FulfilmentState, by_value=True, load_default=None)
    channel = text_field(60, load_default="", metadata={"description": "Code of a channel."})
    placed_from = time_field(load_default=None)
    placed_until = time_field(
        load_default=None, metadata={"description": "The first moment that is too late."}
    )
    customer = text_field(
        80, load_default="", metadata={"description": "Your reference of a customer."}
    )
    text = text_field(
        120,
        load_default="",
        metadata={"description": "A number, its digits, a name, mail address or phone number."},
    )


class HoldSchema(Strict):
    """Why an order waits, or need not any more; ``version`` is the one you read."""

    reason = fields.Enum(HoldReason, by_value=True, required=True, metadata={"example": "address"})
    version = fields.Integer(
        strict=True, required=True, validate=validate.Range(1, 2**31 - 1), metadata={"example": 3}
    )


class VariantsQuery(PageQuery):
    """Which variants, by SKU."""

    channel = text_field(60, shortest=1, required=True, metadata={"example": "web"})
    text = text_field(
        120, load_default="", metadata={"description": "A part of a SKU or name, or a barcode."}
    )


class SellingSchema(Schema):
    """How a variant is sold once its stock is gone."""

    mode = fields.String(required=True, metadata={"example": "backorder"})
    limit_units = fields.Integer(required=True, allow_none=True)
    waiting_units = fields.Integer(required=True)
    ships_by = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class VariantSchema(Schema):
    """What is sold. ``price`` is null where the channel has none."""

    sku = fields.String(required=True, metadata={"example": "COFFEE"})
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    options = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    category = fields.String(required=True)
    tax_rate_bp = fields.Integer(required=True, metadata={"example": 800})
    price = fields.Nested(MoneySchema, required=True, allow_none=True)
    available = fields.Integer(
        required=True, metadata={"description": "Units that may be promised now."}
    )
    selling = fields.Nested(SellingSchema, required=True, allow_none=True)


class VariantsSchema(Schema):
    variants = fields.List(fields.Nested(VariantSchema), required=True)


class NewSellingSchema(Strict):
    """How a variant sells once its stock is gone; ``version`` 0 where it had no rule yet."""

    channel = text_field(
        60, load_default="", metadata={"description": "Only there; everywhere where empty."}
    )
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["in_stock", "backorder", "preorder"]),
        metadata={"example": "backorder"},
    )
    limit_units = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, 1_000_000),
        metadata={"example": 50},
    )
    ships_by = fields.Date(load_default=None, allow_none=True, metadata={"example": "2026-12-10"})
    version = fields.Integer(
        strict=True, required=True, validate=validate.Range(0, 2**31 - 1), metadata={"example": 0}
    )
