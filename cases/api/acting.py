"""``/v1/cases/{number}/actions``: doing something about an order from its case, by program."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, jsonify
from sqlalchemy.orm import Session

from cases import queries as case_queries
from cases.acting import labels, previews, queries, service, undoing
from cases.acting.previews import ActRefused, Seen, Units
from cases.acting.queries import ActView
from cases.acting.service import NoOrder
from cases.acting.states import ActKind
from cases.acting.wishes import (
    PERMISSIONS,
    By,
    Change,
    GiveBack,
    KeepBack,
    LabelAgain,
    LetGo,
    Replace,
    SendBack,
    Swap,
    Wanted,
    Wish,
)
from cases.api.acting_schemas import (
    EXAMPLE,
    ActOffersSchema,
    ActPreviewSchema,
    ActSchema,
    ActsQuery,
    ActsSchema,
    ActWishSchema,
    NewActSchema,
)
from oms_service.access import guard
from oms_service.api import changes, coming_back, etags, paging
from oms_service.api.coming_back import PolicyRefused, moment, money
from oms_service.api.idempotency import PARAMETER, REPLAYED_HEADER, idempotent
from oms_service.api.openapi import Blueprint, json_only
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Forbidden, Invalid
from oms_service.kernel.money import Money
from oms_service.operations.returning.claiming import ClaimedLine
from oms_service.operations.returning.exchanging import WantedSwap
from oms_service.operations.returning.returns import WantedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.payments import queries as payments
from oms_service.runtime import runtime

blueprint = Blueprint(
    "case_actions", __name__, url_prefix="/v1", description="What is done from cases."
)
blueprint.before_request(json_only)


@blueprint.get("/cases/<number>/offers")
@guard.guard(scope="cases:act")
@blueprint.response(200, ActOffersSchema, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 409, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def offers(number: str) -> Response:
    """All that could be done about the case's main order, and why the rest cannot."""
    coming_back.limit()
    house = runtime()
    with house.database.looking() as session:
        case = case_queries.by_number(session, number)
        order = _order(session, case.id, "")
        found = previews.offers(session, order.id, _by(), now=house.clock.now())
    said = [
        {
            "kind": one.kind,
            "is_possible": one.is_possible,
            "causes": coming_back.said(one.causes),
            "why": one.why,
        }
        for one in found
    ]
    return etags.tagged_by_content(jsonify({"order_number": order.number, "offers": said}))


@blueprint.post("/cases/<number>/actions/preview")
@guard.guard(scope="cases:act")
@blueprint.arguments(ActWishSchema())
@blueprint.response(200, ActPreviewSchema)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
def preview(asked: Mapping[str, Any], number: str) -> dict[str, Any]:
    """What one thing would bring; changes nothing."""
    coming_back.limit()
    house = runtime()
    with house.database.looking() as session:
        case = case_queries.by_number(session, number)
        order = _order(session, case.id, asked["order"])
        wish = _wish(session, order, asked)
        _check_scope(wish)
        try:
            seen = previews.look(session, order.id, wish, _by(), now=house.clock.now())
        except ActRefused as refused:
            raise PolicyRefused(refused.causes) from None
    return _previewed(seen)


@blueprint.post("/cases/<number>/actions")
@guard.guard(scope="cases:act")
@blueprint.arguments(NewActSchema())
@blueprint.response(201, ActSchema, example=EXAMPLE, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def act(uow: UnitOfWork, asked: Mapping[str, Any], number: str) -> tuple[dict[str, Any], int]:
    """Do it, once for the key; money above the key's limit waits for a colleague to agree."""
    coming_back.limit()
    case = case_queries.by_number(uow.session, number)
    order = _order(uow.session, case.id, asked["order"])
    wish = _wish(uow.session, order, asked)
    _check_scope(wish)
    if isinstance(wish, LabelAgain):
        text = labels.mail(runtime(), uow.session, wish.return_number, case.language)
        wish = replace(wish, text=text)
    wanted = Wanted(wish=wish, key=coming_back.key(), digest=asked["digest"], order_id=order.id)
    try:
        with changes.explained(uow.session):
            done = service.do(uow, case.id, wanted, _by())
    except ActRefused as refused:
        raise PolicyRefused(refused.causes) from None
    return _said(uow.session, [done])[0], 201


@blueprint.get("/cases/<number>/actions")
@guard.guard(scope="cases:read")
@blueprint.arguments(ActsQuery(), location="query")
@blueprint.response(200, ActsSchema, example={"actions": [EXAMPLE]}, headers=paging.LINK_HEADER)
@blueprint.refuses(401, 403, 404, 422, 429)
def several(wanted: Mapping[str, Any], number: str) -> Response:
    """What was done from the case, the newest first."""
    coming_back.limit()
    limit = int(wanted["limit"])
    with runtime().database.looking() as session:
        case = case_queries.by_number(session, number)
        found = queries.page_of(session, case.id, cursor=wanted["cursor"] or None, limit=limit)
        said = _said(session, found.items)
    return paging.with_link(jsonify({"actions": said}), found, limit=limit)


@blueprint.get("/cases/<number>/actions/<int(max=2147483647):position>")
@guard.guard(scope="cases:read")
@blueprint.response(200, ActSchema, example=EXAMPLE, headers=etags.ETAG_HEADER)
@blueprint.alt_response(304, description="You have the newest version", success=True)
@blueprint.refuses(401, 403, 404, 429)
@blueprint.doc(parameters=[etags.IF_NONE_MATCH])
def one(number: str, position: int) -> Response:
    """One thing that was done, and what has become of it."""
    coming_back.limit()
    with runtime().database.looking() as session:
        case = case_queries.by_number(session, number)
        said = _said(session, [queries.at(session, case.id, position)])[0]
    return etags.tagged_by_content(jsonify(said))


@blueprint.post("/cases/<number>/actions/<int(max=2147483647):position>/undo")
@guard.guard(scope="cases:act")
@blueprint.response(200, ActSchema, example=EXAMPLE, headers=REPLAYED_HEADER)
@blueprint.refuses(400, 401, 403, 404, 409, 413, 415, 422, 429)
@blueprint.doc(parameters=[PARAMETER])
@idempotent
def undo(uow: UnitOfWork, number: str, position: int) -> tuple[dict[str, Any], int]:
    """Call it off, where the world allows."""
    coming_back.limit()
    case = case_queries.by_number(uow.session, number)
    found = queries.at(uow.session, case.id, position)
    done = service.undo(uow, found.id, _by())
    return _said(uow.session, [done])[0], 200


def _by() -> By:
    """Whoever may act from cases may have a label sent: it says nothing of its own."""
    scopes = frozenset(guard.api_key().scopes)
    return By(frozenset({Giver.INTEGRATION}), scopes | {PERMISSIONS[ActKind.LABEL]}, guard.actor())


def _check_scope(wish: Wish) -> None:
    needs = PERMISSIONS[wish.kind]
    if not _by().may(needs):
        raise Forbidden(f"the key lacks the scope {needs}")


def _order(session: Session, case_id: int, number: str) -> OrderView:
    """The order named, if the case is about it; else its main one."""
    own = queries.orders_of(session, case_id)
    if number:
        found = orders.find(session, number)
        if found.id not in own:
            raise NoOrder("this case is about no such order")
        return found
    if not own:
        raise NoOrder("this case is about no order")
    return orders.by_id(session, own[0])


def _wish(session: Session, order: OrderView, asked: Mapping[str, Any]) -> Wish:  # noqa: PLR0911 - one for each kind
    if asked["refund"] is not None:
        return _give_back(session, order, asked["refund"])
    if asked["change"] is not None:
        return Change(wish=changes.read_wish(session, order, asked["change"]))
    if asked["cancel"] is not None:
        return Change(wish=changes.read_call_off(session, order, asked["cancel"]))
    if asked["hold"] is not None:
        return KeepBack(reason=asked["hold"]["reason"])
    if asked["release"] is not None:
        return LetGo(reason=asked["release"]["reason"])
    if asked["label"] is not None:
        return LabelAgain(return_number=asked["label"]["return_number"], text="")
    return _of_goods(session, order, asked)


def _of_goods(session: Session, order: OrderView, asked: Mapping[str, Any]) -> Wish:
    if asked["replacement"] is not None:
        lines = asked["replacement"]["lines"]
        found = coming_back.line_ids(session, order, [one["line"] for one in lines], "lines")
        claimed = [
            ClaimedLine(line_id=line_id, quantity=one["quantity"], reason=one["reason"])
            for line_id, one in zip(found, lines, strict=True)
        ]
        return Replace(lines=claimed, evidence=frozenset(asked["replacement"]["evidence"]))
    if asked["send_back"] is not None:
        lines = asked["send_back"]["lines"]
        found = coming_back.line_ids(session, order, [one["line"] for one in lines], "lines")
        return SendBack(
            lines=[
                WantedLine(
                    line_id=line_id,
                    quantity=one["quantity"],
                    reason=one["reason"],
                    condition=one["condition"],
                    evidence=frozenset(one["evidence"]),
                )
                for line_id, one in zip(found, lines, strict=True)
            ]
        )
    swaps = asked["exchange"]["swaps"]
    found = coming_back.line_ids(session, order, [one["line"] for one in swaps], "swaps")
    return Swap(
        swaps=[
            WantedSwap(
                line_id=line_id,
                sku=one["sku"],
                quantity=one["quantity"],
                reason=one["reason"],
                condition=one["condition"],
                evidence=frozenset(one["evidence"]),
            )
            for line_id, one in zip(found, swaps, strict=True)
        ],
        method_id=coming_back.method_id(session, order, asked["exchange"]["method"]),
    )


def _give_back(session: Session, order: OrderView, asked: Mapping[str, Any]) -> GiveBack:
    minor, lines = asked["amount_minor"], asked["lines"]
    units = None
    if lines is not None:
        found = coming_back.line_ids(session, order, [one["line"] for one in lines], "lines")
        if len(set(found)) != len(found):
            raise Invalid("these lines cannot be meant", {"lines": "names a line twice"})
        units = {line: one["quantity"] for line, one in zip(found, lines, strict=True)}
    return GiveBack(
        part=asked["part"],
        reason=asked["reason"],
        amount=Money(minor, order.total.currency) if minor is not None else None,
        lines=units,
        to_store_credit=asked["to_store_credit"],
    )


def _previewed(seen: Seen) -> dict[str, Any]:
    def amount(of: Money | None) -> dict[str, Any] | None:
        return money(of) if of is not None else None

    def goods(of: tuple[Units, ...]) -> list[dict[str, Any]]:
        return [{"sku": one.sku, "quantity": one.quantity} for one in of]

    return {
        "kind": seen.kind,
        "order_number": seen.order.number,
        "refund": amount(seen.refund),
        "due": amount(seen.due),
        "left_after": amount(seen.left_after),
        "comes_back": goods(seen.comes_back),
        "is_sent": goods(seen.is_sent),
        "causes": coming_back.said(seen.doubts),
        "needs_second_person": seen.needs_second_person,
        "digest": seen.digest,
    }


def _said(session: Session, acts: list[ActView] | tuple[ActView, ...]) -> list[dict[str, Any]]:
    """Acts as ``ActSchema``; a few queries for each."""
    numbers = orders.numbers_of(session, {one.order_id for one in acts})
    me = guard.actor().ref
    found = []
    for act in acts:
        refunds = [payments.refund(session, one) for one in act.refund_ids]
        minor = act.facts.get("amount_minor")
        amount = money(Money(int(minor), str(act.facts["currency"]))) if minor else None
        found.append(
            {
                "action": act.position,
                "kind": act.kind,
                "order_number": numbers[act.order_id],
                "amount": amount,
                "return_number": act.facts.get("return_number"),
                "claim_number": act.facts.get("claim_number"),
                "change": act.facts.get("change"),
                "refunds": [{"amount": money(one.amount), "state": one.state} for one in refunds],
                "waits": any(one.state == "awaiting_approval" for one in refunds),
                "done_by": act.done_by,
                "done_at": act.done_at.isoformat(),
                "undone_at": moment(act.undone_at),
                "why_not_undone": undoing.why_not(session, act, by=me),
            }
        )
    return found
