"""What the API takes and gives about invoices, receipts and credit notes."""

from marshmallow import Schema, fields

from oms_service.api.schemas import MoneySchema, Strict, text_field
from oms_service.documents.states import DocumentKind
from oms_service.operations.money.billing import LONGEST_PURPOSE, LONGEST_RECIPIENT


class WantedInvoiceSchema(Strict):
    """Whom the invoice names; the customer where nothing is said."""

    recipient = text_field(
        LONGEST_RECIPIENT, load_default="", metadata={"example": "株式会社みなと企画 御中"}
    )


class WantedReceiptSchema(Strict):
    """Whom the receipt names, and what it is for (但し書き)."""

    recipient = text_field(
        LONGEST_RECIPIENT, load_default="", metadata={"example": "株式会社みなと企画 御中"}
    )
    purpose = text_field(LONGEST_PURPOSE, load_default="", metadata={"example": "コーヒー代として"})
    is_paper = fields.Boolean(
        load_default=False,
        metadata={"description": "It goes out on paper; cash may then need a revenue stamp."},
    )


class RateSumSchema(Schema):
    """All of one tax rate, in basis points; the tax is rounded once."""

    tax_rate_bp = fields.Integer(required=True, metadata={"example": 800})
    amount_minor = fields.Integer(required=True, metadata={"example": 1080})
    tax_minor = fields.Integer(required=True, metadata={"example": 80})


class DocumentSchema(Schema):
    """One document as issued: it never changes. ``about`` is the document it refers to."""

    number = fields.String(required=True, metadata={"example": "I-000123"})
    kind = fields.Enum(DocumentKind, by_value=True, required=True)
    about = fields.String(required=True, metadata={"example": ""})
    total = fields.Nested(MoneySchema, required=True)
    rates = fields.List(fields.Nested(RateSumSchema), required=True)
    prices_contain_tax = fields.Boolean(required=True)
    registration = fields.String(required=True, metadata={"example": "T7000012050002"})
    issued_at = fields.AwareDateTime(
        required=True, metadata={"example": "2026-11-22T00:42:00+00:00"}
    )
    sha256 = fields.String(
        required=True, metadata={"description": "Of the PDF as it was issued, in hex."}
    )
    has_gone_out = fields.Boolean(
        required=True, metadata={"description": "A receipt that did says next that it is reissued."}
    )


class DocumentsSchema(Schema):
    documents = fields.List(fields.Nested(DocumentSchema), required=True)
