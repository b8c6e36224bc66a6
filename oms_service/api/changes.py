"""``/v1/orders/{number}/changes`` and ``/cancel``: orders that change after they were placed."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, Final

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from oms_service.access import guard
from oms_service.api import etags, reach
from oms_service.api.changes_schemas import (
    CancelWishSchema,
    ChangePreviewSchema,
    ChangeSchema,
    ChangesSchema,
    ChangeWishSchema,
    NewCancelSchema,
    NewChangeSchema,
)
from oms_service.api.idempotency import HEADER, PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.api.orders_shapes import head, money
from oms_service.api.problems import Explained
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Forbidden, Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.changes import changing, changing_preview
from oms_service.operations.changes.change_wishes import (
    CallOff,
    DeliverAt,
    Expedite,
    PayOtherwise,
    SetQuantities,
    ShipElsewhere,
    Swap,
    SwapItems,
    Wish,
)
from oms_service.operations.changes.changing import StaleOrder, Wanted
from oms_service.operations.changes.changing_preview import Preview
from oms_service.operations.rules import reasons
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Cause
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders.changes import ChangeView
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind
from oms_service.payments import queries as payments
from oms_service.payments.queries import MethodView
from oms_service.runtime import runtime
from oms_service.sales import queries as sales

blueprint = Blueprint("changes", __name__, url_prefix="/v1", description="Changing placed orders.")
blueprint.before_request(json_only)

#: Under which name changes that programs ask for are kept.
CHANNEL: Final = "api"


class Refused(Explained):
    """The shop's policy does not allow the change; ``causes`` says why in each language."""

    code: ClassVar[str] = "change-refused"


class Overtaken(Explained):
    """The order has changed since it was read; ``order`` is its state now."""

    code: ClassVar[str] = "stale-version"


@blueprint.post("/orders/<number>/changes/preview")
@guard.guard(scope="orders:change")
@blueprint.arguments(ChangeWishSchema())
@blueprint.response(200, ChangePreviewSchema)
@blueprint.refuses(400, 401, 403, 404, 413, 415, 422, 429)
def preview(asked: Mapping[str, Any], number: str) -> Response:
    """What a change would bring: money, stock, day of arrival, and whether it is allowed."""
    return _preview(number, asked, read_wish)


@blueprint.post("/orders/<number>/changes")
@guard.guard(scope="orders:change")
@blueprint.arguments(NewChangeSchema())
@blueprint.response(201, ChangeSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def change(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Change an order, or propose to; what policy leaves to a person stays proposed."""
    limited()
    how = changing.propose if asked["is_proposal"] else changing.request
    return _change(uow, number, asked, read_wish, how), 201


@blueprint.post("/orders/<number>/cancel/preview")
@guard.guard(scope="orders:cancel")
@blueprint.arguments(CancelWishSchema())
@blueprint.response(200, ChangePreviewSchema)
@blueprint.refuses(400, 401, 403, 404, 413, 415, 422, 429)
def preview_cancel(asked: Mapping[str, Any], number: str) -> Response:
    """What calling off an order, or units of it, would bring."""
    return _preview(number, asked, read_call_off)


@blueprint.post("/orders/<number>/cancel")
@guard.guard(scope="orders:cancel")
@blueprint.arguments(NewCancelSchema())
@blueprint.response(201, ChangeSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def cancel(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Call off an order, or units of it: stock is free again, money goes back."""
    limited()
    return _change(uow, number, asked, read_call_off, changing.request), 201


@blueprint.get("/orders/<number>/changes")
@guard.guard(scope="orders:read")
@blueprint.response(200, ChangesSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def several(number: str) -> Response:
    """Every change of an order, oldest first."""
    limited()
    with runtime().database.reading() as connection:
        order = orders.find(connection, number)
        found = changes.of_order(connection, order.id)
    return etags.tagged_by_content(jsonify({"changes": [said(order, one) for one in found]}))


@blueprint.get("/orders/<number>/changes/<int(max=2147483647):position>")
@guard.guard(scope="orders:read")
@blueprint.response(200, ChangeSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str, position: int) -> Response:
    """One change of an order."""
    limited()
    with runtime().database.reading() as connection:
        order = orders.find(connection, number)
        found = changes.of_order_at(connection, order.id, position)
    return etags.tagged(jsonify(said(order, found)), str(found.state))


@blueprint.post("/orders/<number>/changes/<int(max=2147483647):position>/confirm")
@guard.guard(scope="orders:change")
@blueprint.response(200, ChangeSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def confirm(uow: UnitOfWork, number: str, position: int) -> tuple[dict[str, Any], int]:
    """Do what was proposed, if it still would bring what was shown."""
    return _decide(uow, number, position, changing.confirm)


@blueprint.post("/orders/<number>/changes/<int(max=2147483647):position>/decline")
@guard.guard(scope="orders:change")
@blueprint.response(200, ChangeSchema, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def decline(uow: UnitOfWork, number: str, position: int) -> tuple[dict[str, Any], int]:
    """Let a proposed change be."""
    return _decide(uow, number, position, changing.decline)


Make = Callable[[Session, OrderView, Mapping[str, Any]], Wish]


def limited() -> None:
    """Count this request against what its key may ask for."""
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def _preview(number: str, asked: Mapping[str, Any], make: Make) -> Response:
    limited()
    house = runtime()
    with house.database.looking() as session:
        order = orders.find(session, number)
        wish = make(session, order, asked)
        seen = changing_preview.preview(session, order.id, wish, now=house.clock.now())
    return jsonify(_previewed(seen))


def _change(
    uow: UnitOfWork,
    number: str,
    asked: Mapping[str, Any],
    make: Make,
    how: Callable[[UnitOfWork, Wanted], ChangeView],
) -> dict[str, Any]:
    order = orders.find(uow.session, number)
    wanted = Wanted(
        order_id=order.id,
        wish=make(uow.session, order, asked),
        channel=CHANNEL,
        key=caller_key(),
        version=asked["version"],
        digest=asked["digest"],
    )
    with explained(uow.session):
        return said(order, how(uow, wanted))


def caller_key() -> str:
    """The caller's key, short enough to keep: of this key's owner and this address alone."""
    named = f"{request.path}\n{request.headers[HEADER]}"
    return f"api:{guard.api_key().id}:{hashlib.sha256(named.encode()).hexdigest()}"


def _decide(
    uow: UnitOfWork, number: str, position: int, how: Callable[[UnitOfWork, int], ChangeView]
) -> tuple[dict[str, Any], int]:
    limited()
    order = orders.find(uow.session, number)
    found = changes.of_order_at(uow.session, order.id, position)
    if found.kind is ChangeKind.CANCEL and "orders:cancel" not in guard.api_key().scopes:
        raise Forbidden("the key lacks the scope orders:cancel")
    with explained(uow.session):
        return said(order, how(uow, found.id)), 200


@contextmanager
def explained(session: Session) -> Iterator[None]:
    """Refusals with their reasons, and a stale version with what the order is now."""
    try:
        yield
    except ChangeRefused as error:
        causes = [_cause(one) for one in error.decision.causes]
        raise Refused("the shop's policy does not allow this", {"causes": causes}) from None
    except StaleOrder as error:
        channel = sales.codes(session)[error.order.channel_id]
        facts = {"order": head(error.order, channel)}
        raise Overtaken("the order has changed since you read it", facts) from None


def read_wish(session: Session, order: OrderView, asked: Mapping[str, Any]) -> Wish:
    kind = ChangeKind(asked["kind"])
    if kind is ChangeKind.DELIVERY:
        return DeliverAt(deliver_on=asked["deliver_on"], window=asked["delivery_window"])
    needs = _NEEDS[kind]
    if asked[needs] is None:
        raise Invalid("this change is not complete", {needs: "is missing"})
    method_id = _method(session, order, asked["method"])
    if kind is ChangeKind.ADDRESS:
        return ShipElsewhere(address=asked["address"])
    if kind is ChangeKind.PAYMENT and method_id is not None:
        return PayOtherwise(method_id=method_id)
    if kind is ChangeKind.ITEMS:
        return SwapItems(swaps=_swaps(session, order, asked["swaps"]), method_id=method_id)
    if kind is ChangeKind.QUANTITY:
        units = _units(session, order, asked["quantities"], name="quantities")
        return SetQuantities(quantities=units, method_id=method_id)
    return Expedite(speed=asked["speed"], method_id=method_id)


_NEEDS: Final = {
    ChangeKind.ADDRESS: "address",
    ChangeKind.PAYMENT: "method",
    ChangeKind.ITEMS: "swaps",
    ChangeKind.QUANTITY: "quantities",
    ChangeKind.EXPEDITE: "speed",
}


def read_call_off(session: Session, order: OrderView, asked: Mapping[str, Any]) -> Wish:
    lines = None
    if asked["lines"] is not None:
        lines = _units(session, order, asked["lines"], name="lines")
    return CallOff(reason=asked["reason"], lines=lines)


def _units(
    session: Session, order: OrderView, asked: Sequence[Mapping[str, int]], *, name: str
) -> dict[int, int]:
    places = {line.position: line.id for line in orders.lines(session, order.id)}
    wrong = {
        f"{name}[{index}].line": "is not in this order"
        for index, one in enumerate(asked)
        if one["line"] not in places
    }
    if len({one["line"] for one in asked}) != len(asked):
        wrong[name] = "names a line twice"
    if wrong:
        raise Invalid("this order has no such lines", wrong)
    return {places[one["line"]]: one["quantity"] for one in asked}


def _swaps(session: Session, order: OrderView, asked: Sequence[Mapping[str, Any]]) -> list[Swap]:
    places = {line.position: line.id for line in orders.lines(session, order.id)}
    known = catalog.variants_by_sku(session, {one["sku"] for one in asked})
    wrong = {
        f"swaps[{index}].line": "is not in this order"
        for index, one in enumerate(asked)
        if one["line"] not in places
    } | {
        f"swaps[{index}].sku": "is not in the catalogue"
        for index, one in enumerate(asked)
        if one["sku"] not in known
    }
    if wrong:
        raise Invalid("these items cannot be swapped", wrong)
    return [
        Swap(line_id=places[one["line"]], quantity=one["quantity"], variant_id=known[one["sku"]].id)
        for one in asked
    ]


def _method(session: Session, order: OrderView, asked: Mapping[str, Any] | None) -> int | None:
    """The one method of the customer that fits; unknown and somebody else's alike."""
    if asked is None:
        return None
    fitting = [
        one.id
        for one in _methods(session, order)
        if one.kind is asked["kind"] and asked["last_four"] in {"", one.last_four}
    ]
    if len(fitting) != 1:
        says = "fits several; send last_four" if fitting else "is not one of the customer's"
        raise Invalid("there is no such payment method", {"method": says})
    return fitting[0]


def _methods(session: Session, order: OrderView) -> Sequence[MethodView]:
    """The customer's ways to pay; for a key of one channel, those that paid in that channel."""
    found = payments.methods(session, order.customer_id)
    only = reach.only()
    if only is None:
        return found
    theirs = orders.by_ids(session, orders.ids_of_customer(session, order.customer_id))
    of_channel = [one.id for one in theirs.values() if one.channel_id == only]
    used = payments.methods_used(session, of_channel)
    return [one for one in found if one.id in used]


def _previewed(seen: Preview) -> dict[str, Any]:
    return {
        "number": seen.order.number,
        "version": seen.order.version,
        "kind": seen.wish.kind,
        "outcome": seen.decision.outcome,
        "causes": [_cause(one) for one in seen.decision.causes],
        "before": money(seen.before),
        "after": money(seen.after),
        "settled": money(seen.settled),
        "moved": money(seen.moved),
        "stock": [
            {"sku": one.sku, "quantity": one.quantity, "unit_price": money(one.unit_price)}
            for one in seen.stock
        ],
        "arrives_before": seen.arrival.before.isoformat() if seen.arrival.before else None,
        "arrives_after": seen.arrival.after.isoformat() if seen.arrival.after else None,
        "digest": seen.digest,
    }


def _cause(cause: Cause) -> dict[str, str]:
    words = {str(language): reasons.say(cause, language) for language in Language}
    return {"code": str(cause.code), **words}


def said(order: OrderView, view: ChangeView) -> dict[str, Any]:
    """One change, as ``ChangeSchema``."""
    return {
        "number": order.number,
        "change": view.position,
        "kind": view.kind,
        "state": view.state,
        "reason": view.reason,
        "before": money(view.before),
        "after": money(view.after),
        "settled": money(view.settled),
        "referred_by_rule": view.referred_by_rule,
        "requested_by": view.requested_by,
        "requested_at": view.requested_at.isoformat(),
        "expires_at": _iso(view.expires_at),
        "decided_by": view.decided_by,
        "decided_at": _iso(view.decided_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
