"""What the routes of returns, exchanges and claims share: reading wishes, saying answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from flask import request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.access import guard, personal
from oms_service.api import problems
from oms_service.api.idempotency import HEADER
from oms_service.catalog import queries as catalog
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.rules import reasons
from oms_service.operations.rules.eligibility import Cause, LineFacts, Outcome
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.payments import queries as payments
from oms_service.returns import exchanges
from oms_service.returns import queries as returns
from oms_service.returns.exchanges import ExchangeView
from oms_service.returns.queries import ReturnParcelView, ReturnView
from oms_service.runtime import runtime

#: Under which name wishes that programs bring are kept.
CHANNEL: Final = "api"


class Asked(Protocol):
    """Some units of a line that somebody asked about."""

    @property
    def facts(self) -> LineFacts: ...
    @property
    def quantity(self) -> int: ...


class Answered(Protocol):
    """What policy says of them."""

    @property
    def ask(self) -> Asked: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def causes(self) -> tuple[Cause, ...]: ...


class PolicyRefused(problems.Explained):
    """The shop's policy does not allow it; ``causes`` says why in each language."""

    code = "refused-by-policy"

    def __init__(self, causes: Sequence[Cause]) -> None:
        super().__init__("the policy does not allow this", {"causes": said(causes)})


def limit() -> None:
    house = runtime()
    house.limits.take("api", str(guard.api_key().id), house.settings.api_rate)


def key() -> str:
    """The caller's key, short enough to be part of one of ours, and nobody else's."""
    return "api:" + ids.digest(f"{guard.actor().ref} {request.headers[HEADER]}")[:40]


def places(session: Session, order: OrderView) -> dict[int, LineView]:
    """The lines of an order by their place in it."""
    return {line.position: line for line in orders.lines(session, order.id)}


def line_ids(session: Session, order: OrderView, asked: Sequence[int], name: str) -> list[int]:
    """The lines at these places.

    Raises:
        Invalid: the order has no line there; the field is named.
    """
    known = places(session, order)
    wrong = {
        f"{name}[{index}].line": "is not a line of this order"
        for index, place in enumerate(asked)
        if place not in known
    }
    if wrong:
        raise Invalid("the order has no such line", wrong)
    return [known[place].id for place in asked]


def method_id(session: Session, order: OrderView, choice: Mapping[str, Any] | None) -> int | None:
    """The customer's method that is meant.

    Raises:
        Invalid: they have none like that, or several.
    """
    if choice is None:
        return None
    fits = [
        method.id
        for method in payments.methods(session, order.customer_id)
        if method.kind is choice["kind"] and choice["last_four"] in {"", method.last_four}
    ]
    if len(fits) != 1:
        raise Invalid(
            "no one method of the customer is meant",
            {"method": "is not one of the customer's" if not fits else "fits several"},
        )
    return fits[0]


def said(causes: Sequence[Cause]) -> list[dict[str, str]]:
    """Each cause with a sentence in each language."""
    return [
        {"code": str(cause.code)}
        | {str(language): reasons.say(cause, language) for language in Language}
        for cause in causes
    ]


def answers(lines: Sequence[Answered], places_of: Mapping[int, int]) -> list[dict[str, Any]]:
    """What policy says line by line; ``places_of`` is the place by line id."""
    return [
        {
            "line": places_of[line.ask.facts.line_id],
            "quantity": line.ask.quantity,
            "outcome": line.outcome,
            "causes": said(line.causes),
        }
        for line in lines
    ]


def money(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}


def moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def several(session: Session | Connection, views: Sequence[ReturnView]) -> list[dict[str, Any]]:
    """Returns as the API says them, in a number of queries that does not grow with them."""
    found = orders.by_ids(session, {view.order_id for view in views})
    lines = {line.id: line for of in orders.lines_of(session, list(found)).values() for line in of}
    ids_of = [view.id for view in views]
    swaps = exchanges.of_returns(session, ids_of)
    new = {line.variant_id for swap in swaps.values() for line in swap.lines}
    skus = {one.id: one.sku for one in catalog.variants(session, new).values()} if new else {}
    parcels: dict[int, list[ReturnParcelView]] = {}
    for parcel in returns.parcels_of(session, ids_of):
        parcels.setdefault(parcel.return_id, []).append(parcel)
    return [
        _return(
            view,
            found[view.order_id],
            lines,
            parcels.get(view.id, []),
            _exchange(swaps[view.id], lines, skus) if view.id in swaps else None,
        )
        for view in views
    ]


def _return(
    view: ReturnView,
    order: OrderView,
    lines: Mapping[int, LineView],
    parcels: Sequence[ReturnParcelView],
    exchange: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "number": view.number,
        "order": order.number,
        "kind": view.kind,
        "state": view.state,
        "refund": money(view.refund),
        "fee": money(view.fee),
        "refund_when": view.refund_when,
        "referred_by_rule": view.referred_by_rule,
        "needs_second_person": view.needs_second_person,
        "answer": personal.shown(view.answer),
        "requested_at": moment(view.requested_at),
        "send_back_by": moment(view.send_back_by),
        "received_at": moment(view.received_at),
        "settled_at": moment(view.settled_at),
        "version": view.version,
        "lines": [
            {
                "line": lines[line.order_line_id].position,
                "sku": lines[line.order_line_id].sku,
                "quantity": line.quantity,
                "received": line.received,
                "reason": line.reason,
                "condition": line.condition,
                "evidence": list(line.evidence),
                "disposition": line.disposition,
            }
            for line in view.lines
        ],
        "parcels": [
            {
                "carrier": parcel.carrier,
                "tracking_number": parcel.tracking_number,
                "state": parcel.state,
            }
            for parcel in parcels
        ],
        "exchange": exchange,
    }


def _exchange(
    swap: ExchangeView, lines: Mapping[int, LineView], skus: Mapping[int, str]
) -> dict[str, Any]:
    return {
        "state": swap.state,
        "sends": swap.sends,
        "settles": swap.settles,
        "difference": money(swap.difference),
        "settled": money(swap.settled),
        "pairs": [
            {
                "line": lines[line.order_line_id].position,
                "sku": skus[line.variant_id],
                "quantity": line.quantity,
                "unit_price": money(line.unit_price),
                "old_value": money(line.old_value),
                "new_value": money(line.new_value),
            }
            for line in swap.lines
        ],
    }
