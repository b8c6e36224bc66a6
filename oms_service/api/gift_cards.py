"""``/v1/gift-cards``: codes with value are made, looked at, and claimed by customers."""

from collections.abc import Mapping
from typing import Any, Final

from flask import request

from oms_service.access import guard
from oms_service.api import idempotency
from oms_service.api.idempotency import PARAMETER
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.payments_schemas import (
    ClaimSchema,
    GiftCardCodeSchema,
    GiftCardSchema,
    NewGiftCardSchema,
)
from oms_service.kernel import ids
from oms_service.kernel.money import Money
from oms_service.orders import queries as orders
from oms_service.payments import gift_cards
from oms_service.payments.gift_cards import CardView, NewCard
from oms_service.runtime import Runtime, runtime

blueprint = Blueprint("gift-cards", __name__, url_prefix="/v1", description="Gift cards.")
blueprint.before_request(json_only)

#: Codes one key may try: far more than a shop needs, far too few to find one.
GUESSES: Final = "60/hour"


@blueprint.post("/gift-cards")
@guard.guard(scope="giftcards:issue")
@blueprint.arguments(NewGiftCardSchema())
@blueprint.response(201, GiftCardSchema)
@blueprint.refuses(400, 401, 403, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
def issue(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Make a gift card. The same key gets the same code again, which is kept nowhere."""
    house = _counted()
    key = idempotency.key_of_request()
    with house.unit_of_work(guard.actor()) as uow:
        made = gift_cards.issue(
            uow,
            NewCard(
                amount=Money(wanted["amount_minor"], wanted["currency"]),
                cause="sale",
                key=ids.digest(f"{guard.actor().ref} {key}")[:40],
                expires_at=wanted["expires_at"],
            ),
            secret=house.settings.secret_key,
        )
    return {"code": gift_cards.shown(made.code), **_card(made.card)}


@blueprint.post("/gift-cards/look")
@guard.guard(scope="giftcards:use")
@blueprint.arguments(GiftCardCodeSchema())
@blueprint.response(200, GiftCardSchema)
@blueprint.refuses(400, 401, 403, 404, 413, 415, 422, 429)
def look(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a card holds that nobody has claimed. Codes come in bodies, never in addresses."""
    house = _guessed()
    with house.database.looking() as session:
        return _card(gift_cards.look(session, wanted["code"], now=house.clock.now()))


@blueprint.post("/gift-cards/claim")
@guard.guard(scope="giftcards:use")
@blueprint.arguments(ClaimSchema())
@blueprint.response(200, GiftCardSchema)
@blueprint.refuses(400, 401, 403, 404, 413, 415, 422, 429)
def claim(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Let the customer of an order have what a card holds; claimed again, nothing changes."""
    house = _guessed()
    with house.unit_of_work(guard.actor()) as uow:
        order = orders.find(uow.session, wanted["order_number"])
        return _card(gift_cards.claim(uow, wanted["code"], customer_id=order.customer_id))


def _counted() -> Runtime:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    return house


def _guessed() -> Runtime:
    house = _counted()
    house.limits.take("gift-card", f"{guard.api_key().id} {request.remote_addr}", GUESSES)
    return house


def _card(card: CardView) -> dict[str, Any]:
    return {
        "last_four": card.last_four,
        "amount": {"minor": card.amount.minor, "currency": card.amount.currency},
        "state": card.state,
        "expires_at": card.expires_at.isoformat() if card.expires_at else None,
    }
