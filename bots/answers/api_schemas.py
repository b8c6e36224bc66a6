"""What the endpoints of the shop's answers take and give."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from bots.answers.service import LONGEST_BODY, LONGEST_QUESTION, MOST_QUESTIONS
from bots.answers.states import Topic
from oms_service.api.paging import PageQuery
from oms_service.api.schemas import Strict, text_field

_CODE: Final = 60

ANSWER: Final = {
    "code": "shipping_cost",
    "version": 1,
    "topic": "shipping",
    "product": None,
    "questions": {"ja": ["送料はいくらですか"], "en": ["How much is shipping?"]},
    "body": {
        "ja": "送料は{shipping_charges}です。",
        "en": "Shipping costs {shipping_charges}.",
    },
    "is_active": True,
    "by": "staff:3",
    "at": "2026-11-22T01:42:00+00:00",
}
ANSWERS: Final = {"answers": [ANSWER]}
FOUND: Final = {
    "answers": [
        {
            "code": "shipping_cost",
            "text": {"ja": "送料は日本国内660円です。", "en": "Shipping costs ¥660 (Japan)."},
        }
    ]
}


def _questions() -> fields.List[Any]:
    return fields.List(
        text_field(LONGEST_QUESTION, shortest=1),
        load_default=list,
        validate=validate.Length(max=MOST_QUESTIONS),
    )


class ShopQuestionsSchema(Strict):
    """How it may be asked; the first one is the title."""

    ja = _questions()
    en = _questions()


class ShopAnswerBodySchema(Strict):
    """The answer in one language or both; ``{name}`` stands for a value of the shop."""

    ja = text_field(LONGEST_BODY, load_default="")
    en = text_field(LONGEST_BODY, load_default="")


class ShopAnswerWishSchema(Strict):
    """What an answer is to be; one language is enough."""

    topic = fields.Enum(Topic, by_value=True, required=True, metadata={"example": "shipping"})
    product = text_field(
        _CODE, load_default="", metadata={"description": "A product's code, for topic products."}
    )
    questions = fields.Nested(ShopQuestionsSchema, required=True)
    body = fields.Nested(ShopAnswerBodySchema, required=True)
    is_active = fields.Boolean(load_default=True)


class NewShopAnswerSchema(ShopAnswerWishSchema):
    code = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-z][a-z0-9_]{1,39}\Z"),
        metadata={"example": "gift_wrapping"},
    )


class ShopAnswerSchema(Schema):
    """The version of an answer that holds; version 0 came with the product."""

    code = fields.String(required=True)
    version = fields.Integer(required=True)
    topic = fields.Enum(Topic, by_value=True, required=True)
    product = fields.String(required=True, allow_none=True)
    questions = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), required=True
    )
    body = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    is_active = fields.Boolean(required=True)
    by = fields.String(required=True, metadata={"description": "Empty for version 0."})
    at = fields.AwareDateTime(required=True, allow_none=True)


class AnswersQuery(PageQuery):
    """Which answers."""

    topic = fields.Enum(Topic, by_value=True, load_default=None, allow_none=True)


class ShopAnswersSchema(Schema):
    answers = fields.List(fields.Nested(ShopAnswerSchema), required=True)


class FindQuery(Strict):
    """A question as a customer would ask it."""

    question = text_field(
        LONGEST_QUESTION, shortest=1, required=True, metadata={"example": "How much is shipping?"}
    )


class FilledShopAnswerSchema(Schema):
    """An answer with its variables said."""

    code = fields.String(required=True)
    text = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class FoundShopAnswersSchema(Schema):
    """What fits: one, several that fit about as well, or none."""

    answers = fields.List(fields.Nested(FilledShopAnswerSchema), required=True)
