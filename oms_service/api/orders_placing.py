"""``POST /v1/orders``: placing orders, one or many, and what one would come to."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from oms_service.access import guard
from oms_service.api import reach
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_schemas import (
    BasketSchema,
    BulkDoneSchema,
    NewOrderSchema,
    NewOrdersSchema,
    PlacedSchema,
    QuoteSchema,
)
from oms_service.api.orders_shapes import money, order, whole
from oms_service.customers import joining
from oms_service.customers.joining import Person
from oms_service.infra.db import is_in_the_way
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import places
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.placement import placing, quoting
from oms_service.operations.placement.placing import Payment, Placed, PlaceOrder, Unavailable
from oms_service.operations.placement.quoting import Basket, Quote, WantedLine
from oms_service.operations.sources.wishing import Reach
from oms_service.payments.states import EntryKind
from oms_service.runtime import runtime
from oms_service.shipping import wishes
from oms_service.shipping.wishes import Wish

blueprint = Blueprint(
    "placing", __name__, url_prefix="/v1", description="Placing orders, and what they would cost."
)
blueprint.before_request(json_only)

#: How often one order of many is tried while others are in its way.
_TRIES: Final = 3
#: What a row is refused with when others stayed in its way; sent again, it may well go through.
_BUSY: Final = {"code": "conflict", "detail": "others are at work with this; send it again"}


@blueprint.post("/orders")
@guard.guard(scope="orders:place")
@blueprint.arguments(NewOrderSchema())
@blueprint.response(201, PlacedSchema, headers=REPLAYED_HEADER)
@blueprint.alt_response(200, schema=PlacedSchema, description="It was placed before", success=True)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def place(uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Place an order, all of it or nothing.

    The same ``external_ref`` of a channel is the same order: sent again with the same content
    it is given back, with other content it is refused as ``external-ref-reused``.
    """
    _count()
    placed = _place(uow, wanted)
    parts = placed.parts
    said = (
        order(uow.session, placed.order)
        if parts is None
        else whole(
            placed.order,
            wanted["channel"],
            taxes=parts.taxes,
            holds=parts.holds,
            of=parts.lines,
        )
    )
    return {"is_new": placed.is_new, "order": said}, 201 if placed.is_new else 200


@blueprint.post("/orders/quote")
@guard.guard(scope="orders:place")
@blueprint.arguments(BasketSchema())
@blueprint.response(200, QuoteSchema)
@blueprint.refuses(400, 401, 403, 404, 413, 415, 422, 429)
def quote(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What an order would come to: prices, tax per rate, sending, and what is there.

    Nothing is kept or promised.
    """
    _count()
    house = runtime()
    with house.unit_of_work(guard.actor()) as uow:
        basket = Basket(
            channel=reach.channel(uow.session, wanted["channel"]),
            lines=_lines(wanted),
            ship_to=wanted["ship_to"],
            discount_minor=wanted["discount_minor"],
            shipping_minor=wanted["shipping_minor"],
            shipping_tax_rate_bp=wanted["shipping_tax_rate_bp"],
            wish=Wish(wanted["deliver_on"], wanted["delivery_window"]),
        )
        return _quote(quoting.quote(uow, basket, may_backorder=wanted["may_backorder"]))


@blueprint.post("/orders/bulk")
@guard.guard(scope="orders:place")
@blueprint.arguments(NewOrdersSchema())
@blueprint.response(200, BulkDoneSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def place_many(_uow: UnitOfWork, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Place up to 500 orders, each by itself: one that is refused spoils no other.

    When the answer is lost, send the same again: what was placed is known by its
    ``external_ref``, the rest goes on.
    """
    _count()
    results = [_one_of_many(one) for one in wanted["orders"]]
    counts = {
        name: sum(one["result"] == name for one in results)
        for name in ("placed", "known", "refused")
    }
    return {**counts, "results": results}, 200


def _one_of_many(wanted: Mapping[str, Any]) -> dict[str, Any]:
    row = {"external_ref": wanted["external_ref"], "number": None, "problem": None}
    for _ in range(_TRIES):
        try:
            with runtime().unit_of_work(guard.actor()) as uow:
                placed = _place(uow, wanted)
        except DomainError as error:
            fields = error.fields if isinstance(error, Invalid | Unavailable) else {}
            problem = {"code": error.code, "detail": str(error), "fields": fields}
            return {**row, "result": "refused", "problem": problem}
        except DBAPIError as error:
            if not is_in_the_way(error):
                raise
        else:
            result = "placed" if placed.is_new else "known"
            return {**row, "result": result, "number": placed.order.number}
    return {**row, "result": "refused", "problem": {**_BUSY, "fields": {}}}


def _place(uow: UnitOfWork, wanted: Mapping[str, Any]) -> Placed:
    channel = reach.channel(uow.session, wanted["channel"])
    buyer = dict(wanted["customer"])
    language = buyer.pop("language") or wanted["language"] or channel.locale
    buyer["mail"] = buyer["mail"] or wanted["mail"]
    buyer["phone"] = buyer["phone"] or wanted["phone"]
    person = Person(scope=channel.code, language=language, **buyer)
    return placing.place(
        uow,
        PlaceOrder(
            channel=channel.code,
            external_ref=wanted["external_ref"],
            customer_id=joining.known_or_new(uow, person).customer_id,
            lines=_lines(wanted),
            number=wanted["number"],
            language=wanted["language"],
            ship_to=wanted["ship_to"],
            mail=wanted["mail"] or buyer["mail"],
            phone=wanted["phone"] or buyer["phone"],
            discount_minor=wanted["discount_minor"],
            shipping_minor=wanted["shipping_minor"],
            shipping_tax_rate_bp=wanted["shipping_tax_rate_bp"],
            payments=[
                Payment(
                    kind=EntryKind(one["kind"]),
                    amount=Money(one["amount"]["minor"], one["amount"]["currency"]),
                    provider_ref=one["provider_ref"],
                )
                for one in wanted["payments"]
            ],
            placed_at=wanted["placed_at"],
            may_backorder=wanted["may_backorder"],
            deliver_on=wanted["deliver_on"],
            delivery_window=wanted["delivery_window"],
            pickup_location_id=_shop(uow, wanted["pickup_location"]),
        ),
        channel=channel,
        is_in_force=True,
    )


def _shop(uow: UnitOfWork, code: str) -> int | None:
    """The shop where it is fetched, if it is.

    Raises:
        Invalid: there is none of that code.
    """
    if not code:
        return None
    for point in places.pickup_points(uow.session):
        if point.code == code:
            return point.id
    raise Invalid("no such shop", {"pickup_location": "is no shop to fetch things"})


def _lines(wanted: Mapping[str, Any]) -> list[WantedLine]:
    return [WantedLine(**line) for line in wanted["lines"]]


def _quote(found: Quote) -> dict[str, Any]:
    currency, totals = found.channel.currency, found.totals

    def said(minor: int) -> dict[str, Any]:
        return money(Money(minor, currency))

    return {
        "can_be_placed": found.can_be_placed and not found.lacks,
        "lines": [
            {
                "sku": one.line.sku,
                "quantity": one.line.ordered,
                "unit_price": said(one.line.unit_price_minor),
                "discount": said(one.line.discount_minor),
                "in_stock": one.in_stock,
                "waiting": one.waiting,
                "may_wait": one.may_wait,
                "ships_by": one.ships_by,
            }
            for one in found.lines
        ],
        "items": said(totals.items_minor),
        "discount": said(totals.discount_minor),
        "shipping": said(totals.shipping_minor),
        "tax": said(totals.tax_minor),
        "taxes": [
            {
                "rate_bp": one.rate_bp,
                "taxable": said(one.taxable_minor),
                "tax": said(one.tax_minor),
            }
            for one in totals.taxes
        ],
        "total": said(totals.total_minor),
        "lacks": dict(found.lacks),
        "when": _when(found.reach),
    }


def _when(found: Reach | None) -> dict[str, Any] | None:
    """The days and hours that may be wished."""
    if found is None or found.first is None:
        return None
    hours = [wishes.hours_of(one) for one in found.windows]
    return {
        "first": found.first,
        "last": found.last,
        "windows": [
            {"code": one, **{str(lang): wishes.hours_said(one, lang) for lang in Language}}
            for one in hours
        ],
    }


def _count() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
