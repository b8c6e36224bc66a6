"""What the API of sourcing takes and gives."""

from typing import Any, Final

from marshmallow import Schema, fields, validate

from oms_service.api.schemas import NameSchema, Strict, text_field, time_field
from oms_service.sourcing.states import DecisionKind
from oms_service.sourcing.weighing import Code

#: A basket to ask about has at most so many lines, and lines so many units.
MOST_LINES: Final = 100
MOST_UNITS: Final = 100_000

CAUSE: Final = {
    "code": "farther",
    "facts": {"more": 220},
    "words": {"ja": "送料の目安が220高くなるため", "en": "Sending from here would cost 220 more"},
}
LOOKED_AT: Final = {
    "location": "osaka",
    "name": {"ja": "大阪倉庫", "en": "Osaka warehouse"},
    "is_chosen": False,
    "quantity": 0,
    "causes": [CAUSE],
}
PICK: Final = {"sku": "BEANS-200", "location": "tokyo", "quantity": 2}
DECISION: Final[dict[str, Any]] = {
    "kind": "promised",
    "decided_at": "2026-11-22T01:42:00+00:00",
    "actor": "system:api",
    "picks": [PICK],
    "taken_back": [],
    "waiting": [],
    "shipping_minor": 880,
    "is_exact": True,
    "most_locations": None,
    "locations": [LOOKED_AT],
}
SOURCING: Final = {"number": "A-10423", "decisions": [DECISION]}


class SourcingCauseSchema(Schema):
    """Why, as a code with its numbers, and in words for staff."""

    code = fields.String(required=True, validate=validate.OneOf([str(one) for one in Code]))
    facts = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    words = fields.Nested(NameSchema, required=True)


class LookedAtSchema(Schema):
    """A location that was looked at."""

    location = fields.String(required=True)
    name = fields.Nested(NameSchema, required=True)
    is_chosen = fields.Boolean(required=True)
    quantity = fields.Integer(required=True)
    causes = fields.List(fields.Nested(SourcingCauseSchema), required=True)


class SourcedUnitsSchema(Schema):
    """Units of a SKU at a location."""

    sku = fields.String(required=True)
    location = fields.String(required=True)
    quantity = fields.Integer(required=True)


class WaitingUnitsSchema(Schema):
    """Units of a SKU that wait for stock."""

    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class SourcingDecisionSchema(Schema):
    """One decision, and why each location sends or does not."""

    kind = fields.String(required=True, validate=validate.OneOf([str(one) for one in DecisionKind]))
    decided_at = time_field(required=True)
    actor = fields.String(required=True)
    picks = fields.List(fields.Nested(SourcedUnitsSchema), required=True)
    taken_back = fields.List(fields.Nested(SourcedUnitsSchema), required=True)
    waiting = fields.List(fields.Nested(WaitingUnitsSchema), required=True)
    shipping_minor = fields.Integer(required=True)
    is_exact = fields.Boolean(required=True)
    most_locations = fields.Integer(required=True, allow_none=True)
    locations = fields.List(fields.Nested(LookedAtSchema), required=True)


class OrderSourcingSchema(Schema):
    """Every decision about an order, oldest first."""

    number = fields.String(required=True)
    decisions = fields.List(fields.Nested(SourcingDecisionSchema), required=True)


class BasketLineSchema(Strict):
    """Units of a SKU somebody thinks of buying."""

    sku = text_field(60, required=True)
    quantity = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MOST_UNITS)
    )


class SourcingPreviewSchema(Strict):
    """A basket, the channel it is bought in, and where to."""

    channel = text_field(60, required=True)
    lines = fields.List(
        fields.Nested(BasketLineSchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_LINES),
    )
    region = text_field(60, load_default="")
    postal_code = text_field(12, load_default="")


class SourcingAnswerSchema(Schema):
    """Where the basket would come from now; nothing is held for it."""

    picks = fields.List(fields.Nested(SourcedUnitsSchema), required=True)
    waiting = fields.List(fields.Nested(WaitingUnitsSchema), required=True)
    shipping_minor = fields.Integer(required=True)
    is_exact = fields.Boolean(required=True)
    most_locations = fields.Integer(required=True, allow_none=True)
    locations = fields.List(fields.Nested(LookedAtSchema), required=True)


ANSWER: Final = {
    key: DECISION[key]
    for key in ("picks", "waiting", "shipping_minor", "is_exact", "most_locations", "locations")
}
