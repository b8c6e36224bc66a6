"""Sending things back and exchanging them: what there is, what it brings, doing it once."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from bots.dialogue.contracts.changing import MethodData
from bots.dialogue.contracts.returning import TermsData
from bots.dialogue.turns import Data, Result
from bots.skills import coming_back as back
from bots.skills.coming_back import NothingWillDo
from bots.skills.context import Context, Skill, known_customer, money, own, refusal, refusals
from bots.skills.proposing import Agreed, Doer, Done, NoLonger, NotAllowed, propose
from cases.acting import labels
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.inventory.service import OutOfStock
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language
from oms_service.operations.money.settling import CannotSettle
from oms_service.operations.returning import choices, exchanging, returns
from oms_service.operations.returning.choices import ExchangeableLine
from oms_service.operations.returning.exchanging import (
    ExchangePreview,
    ExchangeRefused,
    WantedExchange,
    WantedSwap,
)
from oms_service.operations.rules import exchange_rules, policy
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.operations.rules.policy import RefundWay
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.payments.service import NotEnoughBalance
from oms_service.payments.states import STORED_VALUE, MethodKind
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import Moment, ReturnReason
from oms_service.sales import queries as sales

#: As much of the shop's terms as one reads in a chat.
_TERMS_SHOWN: Final = 400
#: By what a difference can be paid in a chat.
_PAYS: Final = frozenset(
    {MethodKind.CARD, MethodKind.PAYPAL, MethodKind.GIFT_CARD, MethodKind.STORE_CREDIT}
)


# Returns


def return_facts(context: Context, given: Data, customer_id: int) -> Result:
    """What of an order may come back, line by line, and where its money can go."""
    return back.facts(
        context, given, "return_facts", customer_id, open_in=back.DELIVERED, of=_of_return
    )


def propose_return(context: Context, given: Data, customer_id: int) -> Result:
    """What the return would bring; it is written down to be agreed to."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("propose_return", "unknown")
    wanted = {
        "lines": [[one["line_id"], one["quantity"]] for one in given["lines"]],
        "reason": given["reason"],
        "method_id": given["method_id"] or None,
    }
    session = context.uow.session
    try:
        seen = returns.preview(
            session,
            order.id,
            _wanted_lines(context, order.id, wanted),
            now=context.uow.now,
            refund_method_id=wanted["method_id"],
            channel=context.conversation.channel,
        )
    except Invalid as error:
        is_money = "refund_method_id" in error.fields
        code = Code.METHOD_NOT_YOURS if is_money else Code.NOT_RETURNABLE
        return back.refused("propose_return", [Cause(code)])
    if seen.decision.outcome is Outcome.REFUSED:
        causes = seen.decision.causes or [one.causes[0] for one in seen.decision.refused]
        return back.refused("propose_return", causes)
    names = {line.id: dict(line.name) for line in orders.lines(session, order.id)}
    is_agents = seen.decision.outcome is Outcome.PERSON
    shown = propose(
        context,
        customer_id,
        kind="return",
        order_id=order.id,
        arguments=wanted,
        digest=seen.digest,
        decision="agent" if is_agents else "at_once",
        shown={
            "number": order.number,
            "summary": back.known(context, order)["summary"],
            "lines": [
                {
                    "name": names[line.ask.facts.line_id],
                    "quantity": line.ask.quantity,
                    "is_allowed": line.outcome is not Outcome.REFUSED,
                    "refusal": refusal(line.causes[0]) if line.outcome is Outcome.REFUSED else None,
                }
                for line in seen.decision.lines
            ],
            "refund": money(seen.refund),
            "fee": money(seen.fee) if seen.fee.minor else None,
            "method": seen.method,
            "doubts": back.doubts(seen.decision.causes) if is_agents else [],
            "needs_photo": is_agents and back.lacks_photo(_all_causes(seen.decision.lines)),
            "terms": _terms(context, order.id),
        },
    )
    return Result("propose_return", "ok", shown)


def _of_return(context: Context, order: OrderView) -> Mapping[str, Any]:
    session, now = context.uow.session, context.uow.now
    found = returns.returnable_lines(session, order.id, now=now)
    if not any(one.quantity for one in found):
        raise NothingWillDo([one.cause for one in found if one.cause is not None])
    in_force = sales.policy(session, order.channel_id, policy.RETURNS, at=now)
    ways = policy.read(in_force.rules).refund_ways if in_force else frozenset({RefundWay.ORIGINAL})
    used = back.used_for(context, order)
    stored = [
        one
        for one in back.methods(context, order)
        if one.kind in STORED_VALUE and RefundWay(str(one.kind)) in ways and one.id not in used
    ]
    choice = [back.method_data(one, used) for one in stored]
    if RefundWay.ORIGINAL in ways:
        choice.insert(0, _as_it_came(context, order, used))
    return {
        "lines": [
            {
                **_line(one.line),
                "own_options": dict(one.line.options),
                "quantity": one.quantity,
                "refusal": refusal(one.cause) if one.cause and not one.quantity else None,
            }
            for one in found
        ],
        "methods": choice,
    }


def _as_it_came(context: Context, order: OrderView, used: Collection[int | None]) -> MethodData:
    """The way the order was paid; 0 stands for it where that was more than one method."""
    came = [one for one in back.methods(context, order) if one.id in used]
    if len(came) == len(used) == 1:
        return back.method_data(came[0], used)
    return {
        "method_id": 0,
        "kind": "original",
        "brand": "",
        "last_four": "",
        "balance": None,
        "is_used": True,
    }


def _do_return(context: Context, agreed: Agreed) -> Done:
    """Ask for what was shown and agreed to; a case is opened where a person must decide."""
    order_id = _order_of(agreed)
    wanted = returns.Wanted(
        order_id=order_id,
        lines=_wanted_lines(context, order_id, agreed.arguments),
        channel=context.conversation.channel,
        key=agreed.key,
        digest=agreed.digest,
        refund_method_id=agreed.arguments["method_id"],
    )
    try:
        made = returns.request(context.uow, wanted)
    except returns.Refused as error:
        raise NotAllowed(refusals(error.decision)) from None
    except (Stale, Invalid):
        raise NoLonger from None
    more = {
        "reason": agreed.arguments["reason"],
        "refund_minor": made.view.refund.minor,
        "currency": made.view.refund.currency,
    }
    return _done(context, made.view, made.outcome, reason="return", wanted=more)


# Exchanges


def exchange_facts(context: Context, given: Data, customer_id: int) -> Result:
    """What of an order may be exchanged, for which versions, and how a difference can be paid."""
    return back.facts(
        context, given, "exchange_facts", customer_id, open_in=back.DELIVERED, of=_of_exchange
    )


def propose_exchange(context: Context, given: Data, customer_id: int) -> Result:
    """What the exchange would bring; what is owed goes by the way the order was paid, if it can."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("propose_exchange", "unknown")
    wanted = {
        "swaps": [[one["line_id"], one["quantity"], one["variant_id"]] for one in given["swaps"]],
        "reason": given["reason"],
        "method_id": given["method_id"],
    }
    usable = {one.id: one for one in back.methods(context, order) if one.kind in _PAYS}
    try:
        seen = _preview(context, order, wanted)
        if seen.needs_method and usable:
            wanted["method_id"] = next(iter(usable))
            seen = _preview(context, order, wanted)
    except Invalid:
        return back.refused("propose_exchange", [Cause(Code.VARIANT_NOT_SOLD)])
    if seen.decision.outcome is Outcome.REFUSED:
        return back.refused("propose_exchange", seen.decision.causes)
    if seen.needs_method:
        return back.refused("propose_exchange", [Cause(Code.METHOD_MISSING)])
    is_agents = seen.decision.outcome is Outcome.PERSON
    method = usable.get(wanted["method_id"] or 0)
    used = back.used_for(context, order)
    shown = propose(
        context,
        customer_id,
        kind="exchange",
        order_id=order.id,
        arguments=wanted,
        digest=seen.digest,
        decision="agent" if is_agents else "at_once",
        shown={
            "number": order.number,
            "summary": back.known(context, order)["summary"],
            "swaps": _swaps_shown(context, order, seen),
            "difference": money(seen.difference),
            "method": back.method_data(method, used) if method else None,
            "is_sent_at_once": seen.sends is Moment.AT_ONCE,
            "doubts": back.doubts(seen.decision.causes) if is_agents else [],
            "needs_photo": is_agents and back.lacks_photo(_all_causes(seen.decision.lines)),
        },
    )
    return Result("propose_exchange", "ok", shown)


def _of_exchange(context: Context, order: OrderView) -> Mapping[str, Any]:
    session, now = context.uow.session, context.uow.now
    found = choices.exchangeable_lines(session, order.id, now=now)
    usable = [one for one in found if one.quantity and one.others]
    if not usable:
        raise NothingWillDo([one.cause or Cause(Code.VARIANT_NOT_SOLD) for one in found])
    ids = {one.line.variant_id for one in usable}
    ids |= {other.variant.id for one in usable for other in one.others}
    words = _option_words(context, catalog.variants(session, ids))
    in_force = sales.policy(session, order.channel_id, exchange_rules.EXCHANGES, at=now)
    rules = exchange_rules.read(in_force.rules) if in_force else exchange_rules.WITHOUT
    used = back.used_for(context, order)
    return {
        "lines": [_exchangeable(one, words) for one in usable],
        "methods": [
            back.method_data(one, used) for one in back.methods(context, order) if one.kind in _PAYS
        ],
        "is_once": rules.once_per_order,
    }


def _exchangeable(one: ExchangeableLine, words: Mapping[int, dict[str, str]]) -> dict[str, Any]:
    line = one.line
    itself = {
        "variant_id": line.variant_id,
        "options": dict(line.options),
        "words": words[line.variant_id],
        "price": money(line.unit_price),
        "is_available": False,
    }
    others = [
        {
            "variant_id": other.variant.id,
            "options": dict(other.variant.options),
            "words": words[other.variant.id],
            "price": money(other.unit_price),
            "is_available": other.free > 0,
        }
        for other in one.others
    ]
    return {
        **_line(line),
        "options": words[line.variant_id],
        "quantity": one.quantity,
        "variant_id": line.variant_id,
        "own_options": dict(line.options),
        "option_words": {},
        "variants": [itself, *others],
        "price": money(line.unit_price),
        "refusal": refusal(one.cause) if one.cause else None,
    }


def _preview(context: Context, order: OrderView, wanted: Mapping[str, Any]) -> ExchangePreview:
    return exchanging.preview(
        context.uow.session,
        order.id,
        _wanted_swaps(context, order.id, wanted),
        now=context.uow.now,
        method_id=wanted["method_id"],
        channel=context.conversation.channel,
    )


def _swaps_shown(context: Context, order: OrderView, seen: ExchangePreview) -> list[dict[str, Any]]:
    lines = {line.id: line for line in orders.lines(context.uow.session, order.id)}
    ids = {pair.variant.id for pair in seen.pairs}
    ids |= {lines[pair.line_id].variant_id for pair in seen.pairs}
    words = _option_words(context, catalog.variants(context.uow.session, ids))
    return [
        {
            "name": dict(lines[pair.line_id].name),
            "had": words[lines[pair.line_id].variant_id],
            "wanted": words[pair.variant.id],
            "quantity": pair.quantity,
            "price_before": money(lines[pair.line_id].unit_price),
            "price_after": money(pair.unit_price),
        }
        for pair in seen.pairs
    ]


def _do_exchange(context: Context, agreed: Agreed) -> Done:
    """Have what was shown exchanged; a case is opened where a person must decide."""
    order_id = _order_of(agreed)
    try:
        made = exchanging.request(
            context.uow,
            WantedExchange(
                order_id=order_id,
                swaps=_wanted_swaps(context, order_id, agreed.arguments),
                channel=context.conversation.channel,
                key=agreed.key,
                method_id=agreed.arguments["method_id"],
                digest=agreed.digest,
            ),
        )
    except ExchangeRefused as error:
        raise NotAllowed(refusals(error.decision)) from None
    except OutOfStock:
        raise NotAllowed([refusal(Cause(Code.VARIANT_OUT_OF_STOCK, _NONE_LEFT))]) from None
    except NotEnoughBalance:
        raise NotAllowed([refusal(Cause(Code.BALANCE_TOO_LOW))]) from None
    except CannotSettle as error:
        raise NotAllowed([refusal(error.cause)]) from None
    except (Stale, Invalid):
        raise NoLonger from None
    more = {
        "reason": agreed.arguments["reason"],
        "swaps": agreed.arguments["swaps"],
        "difference_minor": made.exchange.difference.minor,
        "currency": made.exchange.difference.currency,
    }
    return _done(context, made.view, made.outcome, reason="exchange", wanted=more)


# Both


def _done(
    context: Context,
    made: ReturnView,
    outcome: Outcome,
    *,
    reason: str,
    wanted: Mapping[str, Any],
) -> Done:
    back.keep_with_order(context, made.order_id)
    number = orders.by_id(context.uow.session, made.order_id).number
    told: dict[str, Any] = {"page": back.page(context, made.order_id, made.number)}
    terms = _terms(context, made.order_id)
    if terms is not None:
        told["terms"] = terms["link"]
    facts = {"return_number": made.number}
    if outcome is Outcome.AT_ONCE:
        told["label"] = labels.url_of(context.runtime, context.uow.session, made.number)
        return Done(decision="at_once", order_number=number, facts=facts, told=told)
    case = back.case_for(
        context,
        made.order_id,
        reason=reason,
        wanted={"return_number": made.number, **wanted},
        lines={line.order_line_id: line.quantity for line in made.lines},
        failed_rule=made.referred_by_rule,
        return_id=made.id,
    )
    return Done(
        decision="agent", order_number=number, case_number=case.number, facts=facts, told=told
    )


def _terms(context: Context, order_id: int) -> TermsData | None:
    """The terms of return as a chat shows them; the page has all of them."""
    found = returns.terms(context.uow.session, order_id, now=context.uow.now)
    if found is None or not any(found.text.values()):
        return None
    text = {
        code: said if len(said) <= _TERMS_SHOWN else f"{said[:_TERMS_SHOWN].rstrip()}…"
        for code, said in found.text.items()
    }
    return {"text": text, "link": f"{context.runtime.links.base}/return-terms/{found.id}"}


def _wanted_lines(
    context: Context, order_id: int, wanted: Mapping[str, Any]
) -> list[returns.WantedLine]:
    shown = back.evidence(context, order_id)
    reason = _reason(wanted)
    return [
        returns.WantedLine(line_id=line, quantity=units, reason=reason, evidence=shown)
        for line, units in wanted["lines"]
    ]


def _wanted_swaps(context: Context, order_id: int, wanted: Mapping[str, Any]) -> list[WantedSwap]:
    """Raises: Invalid: a version that is not in the catalogue."""
    shown = back.evidence(context, order_id)
    reason = _reason(wanted)
    known = catalog.variants(context.uow.session, {variant for _, _, variant in wanted["swaps"]})
    if any(variant not in known for _, _, variant in wanted["swaps"]):
        raise Invalid("not in the catalogue", {"swaps": "names an unknown variant"})
    return [
        WantedSwap(
            line_id=line,
            sku=known[variant].sku,
            quantity=units,
            reason=reason,
            evidence=shown,
        )
        for line, units, variant in wanted["swaps"]
    ]


def _reason(wanted: Mapping[str, Any]) -> ReturnReason:
    try:
        return ReturnReason(wanted["reason"])
    except ValueError:
        return ReturnReason.OTHER


def _line(line: LineView) -> dict[str, Any]:
    return {
        "line_id": line.id,
        "name": dict(line.name),
        "options": " / ".join(line.options.values()),
    }


def _option_words(
    context: Context, variants: Mapping[int, VariantView]
) -> dict[int, dict[str, str]]:
    """The options of variants as customers read them."""
    known = catalog.option_words(context.uow.session, variants)
    return {
        variant_id: {
            str(language): " / ".join(
                known.get(variant_id, {}).get(str(language), {}).values() or one.options.values()
            )
            for language in Language
        }
        for variant_id, one in variants.items()
    }


def _all_causes(lines: Any) -> list[Cause]:
    return [cause for line in lines for cause in line.causes]


def _order_of(agreed: Agreed) -> int:
    if agreed.order_id is None:
        raise AssertionError("what comes back is of an order")
    return agreed.order_id


#: Somebody else took the last one.
_NONE_LEFT: Final[Mapping[str, Any]] = {"left": 0, "wanted": 1}
#: By the kind of a proposal.
DOERS: Final[Mapping[str, Doer]] = {"return": _do_return, "exchange": _do_exchange}
SKILLS: Final[Mapping[str, Skill]] = {
    "return_facts": known_customer(return_facts),
    "propose_return": known_customer(propose_return),
    "exchange_facts": known_customer(exchange_facts),
    "propose_exchange": known_customer(propose_exchange),
}
