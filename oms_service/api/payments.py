"""``/v1/orders/{number}/payments`` and ``/refunds``: an order's money, taken and given back."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

from oms_service.access import guard, personal
from oms_service.api import etags
from oms_service.api.idempotency import HEADER, PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.payments_schemas import (
    AttemptsSchema,
    CaptureSchema,
    PaymentsSchema,
    RefundsSchema,
    VoidSchema,
    WishPreviewSchema,
    WishSchema,
)
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.masking import Kind
from oms_service.kernel.money import Money
from oms_service.operations.money import paying, refunding
from oms_service.operations.money.refunding import Wish
from oms_service.operations.rules import payment_rules
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.payments import attempts
from oms_service.payments import queries as payments
from oms_service.payments.attempts import AttemptView
from oms_service.payments.queries import MethodView, RefundView
from oms_service.runtime import runtime

blueprint = Blueprint("payments", __name__, url_prefix="/v1", description="Money of orders.")
blueprint.before_request(json_only)

_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 429)


@blueprint.get("/orders/<number>/payments")
@guard.guard(scope="payments:read")
@blueprint.response(200, PaymentsSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def of_order(number: str) -> Response:
    """The ledger, what providers were asked, refunds, and what may be taken or go back."""
    house = _counted()
    with house.database.looking() as session:
        order = orders.find(session, number)
        entries = payments.entries(session, order.id)
        asked = attempts.of_order(session, order.id)
        back = payments.refunds(session, order.id)
        left = refunding.refundable(session, order.id)
        open_minor = sum(one.left_minor for one in payments.authorizations(session, order.id))
        used = {one.method_id for one in entries} | {one.method_id for one in back}
        known = payments.methods_by_id(session, [one for one in used if one is not None])
    said = {
        "ledger": [
            {
                "kind": one.kind,
                "amount": _money(one.amount),
                "at": one.at.isoformat() if one.at else None,
                "method": _method(known.get(one.method_id or 0)),
                "reference": one.provider_ref,
            }
            for one in entries
        ],
        "attempts": [_attempt(one) for one in asked],
        "refunds": [_refund(one, known) for one in back],
        "capturable": _money(Money(open_minor, order.total.currency)),
        "refundable": {
            name: _money(getattr(left, name))
            for name in ("left", "items", "shipping", "owed", "disputed")
        },
    }
    return etags.tagged_by_content(jsonify(said))


@blueprint.post("/orders/<number>/payments/capture")
@guard.guard(scope="payments:capture")
@blueprint.arguments(CaptureSchema())
@blueprint.response(202, AttemptsSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def capture(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Take promised money, never more than is left. Providers are asked after the answer."""
    _counted()
    order = orders.find(uow.session, number)
    minor = wanted["amount_minor"]
    amount = Money(minor, order.total.currency) if minor else None
    made = paying.capture(uow, order.id, amount, key=_key())
    return {"attempts": [_attempt(one) for one in made]}, 202


@blueprint.post("/orders/<number>/payments/void")
@guard.guard(scope="payments:capture")
@blueprint.arguments(VoidSchema())
@blueprint.response(202, AttemptsSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def void(uow: UnitOfWork, _wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Let all promised money go, and wait no longer for slips that nobody has paid."""
    _counted()
    order = orders.find(uow.session, number)
    made = paying.let_go(uow, order.id, key=_key(), reason="by_hand")
    return {"attempts": [_attempt(one) for one in made]}, 202


@blueprint.post("/orders/<number>/refunds/preview")
@guard.guard(scope="refunds:make")
@blueprint.arguments(WishSchema())
@blueprint.response(200, WishPreviewSchema)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
def preview(wanted: Mapping[str, Any], number: str) -> dict[str, Any]:
    """Which way the money would go, what is left then, and whether somebody must agree."""
    house = _counted()
    with house.database.looking() as session:
        order = orders.find(session, number)
        rules = payment_rules.of_channel(session, order.channel_id, at=house.clock.now())
        seen = refunding.preview(session, _wish(wanted, order, "preview"), rules, by=guard.actor())
    return {
        "ways": [{"method": _method(way.method), "amount": _money(way.left)} for way in seen.parts],
        "left_after": _money(seen.left_after),
        "needs_approval": seen.needs_approval,
    }


@blueprint.post("/orders/<number>/refunds")
@guard.guard(scope="refunds:make")
@blueprint.arguments(WishSchema())
@blueprint.response(202, RefundsSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(*_REFUSALS)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def refund(uow: UnitOfWork, wanted: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Give money back: any of it, its shipping, or a kindness.

    Above a limit it waits for a colleague to agree.
    """
    _counted()
    order = orders.find(uow.session, number)
    made = refunding.request(uow, _wish(wanted, order, _key()))
    known = payments.methods_by_id(
        uow.session, [one.method_id for one in made if one.method_id is not None]
    )
    return {"refunds": [_refund(one, known) for one in made]}, 202


def _counted() -> Any:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)
    return house


def _key() -> str:
    """The caller's key, short enough to be part of one of ours, and nobody else's."""
    return ids.digest(f"{guard.actor().ref} {request.headers[HEADER]}")[:40]


def _wish(wanted: Mapping[str, Any], order: OrderView, key: str) -> Wish:
    return Wish(
        order_id=order.id,
        amount=Money(wanted["amount_minor"], order.total.currency),
        part=wanted["part"],
        reason=wanted["reason"],
        key=key,
        givers={Giver.INTEGRATION},
        to_store_credit=wanted["to_store_credit"],
    )


def _money(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}


def _method(method: MethodView | None) -> dict[str, str] | None:
    return {"kind": method.kind, "last_four": method.last_four} if method else None


def _attempt(one: AttemptView) -> dict[str, Any]:
    return {
        "purpose": one.purpose,
        "state": one.state,
        "amount": _money(one.amount),
        "refusal": one.refusal,
        "slip_number": personal.shown(one.slip_number, Kind.NUMBER),
        "action_url": personal.shown(one.action_url),
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
    }


def _refund(one: RefundView, known: Mapping[int, MethodView]) -> dict[str, Any]:
    return {
        "amount": _money(one.amount),
        "part": one.part,
        "reason": one.reason,
        "state": one.state,
        "failure": one.failure,
        "method": _method(known.get(one.method_id or 0)),
        "requested_at": one.requested_at.isoformat(),
    }
