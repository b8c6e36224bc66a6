"""Whether goods may be exchanged for others: a pure decision, in the words of ``eligibility``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from oms_service.operations.rules.eligibility import (
    About,
    Ask,
    Cause,
    Code,
    Decision,
    LineDecision,
    Outcome,
    goods_refusals,
    limit_doubts,
    reason_doubts,
    state_refusals,
)
from oms_service.operations.rules.exchange_rules import ExchangeRules


@dataclass(frozen=True, kw_only=True)
class NewGoods:
    """The variant that is wanted instead; ``free`` units of it may be promised now."""

    variant_id: int
    product_id: int
    is_sold: bool
    free: int


@dataclass(frozen=True)
class Swap:
    """Some units of a line, and what is wanted in their place."""

    ask: Ask
    new: NewGoods


def decide(
    swaps: Sequence[Swap], rules: ExchangeRules | None, *, today: date, about: About
) -> Decision:
    """What the policy says of an exchange. One refused swap refuses the whole.

    Args:
        swaps: several may take units of one line, each for another variant.
        rules: None where the channel has no policy; then a person decides.
        today: in the channel's zone.
        about: the whole wish.
    """
    lines = tuple(_decide_one(swap, swaps, rules, today, about) for swap in swaps)
    refusals = tuple(
        cause for line in lines if line.outcome is Outcome.REFUSED for cause in line.causes
    )
    if refusals:
        return Decision(Outcome.REFUSED, lines, refusals, 0, 0)
    value = sum(swap.ask.value_minor for swap in swaps)
    causes = tuple(cause for line in lines for cause in line.causes)
    if rules is not None:
        causes += tuple(
            limit_doubts(rules.at_once_up_to_minor, value, rules.channels_at_once, about.channel)
        )
    return Decision(Outcome.PERSON if causes else Outcome.AT_ONCE, lines, causes, value, 0)


def _decide_one(
    swap: Swap,
    swaps: Sequence[Swap],
    rules: ExchangeRules | None,
    today: date,
    about: About,
) -> LineDecision:
    ask = swap.ask
    wanted = sum(one.ask.quantity for one in swaps if one.ask.facts.line_id == ask.facts.line_id)
    refusals = tuple(state_refusals(ask.facts, wanted))
    if rules is not None and not refusals:
        refusals = tuple(_policy_refusals(ask, rules, today, about))
    if not refusals:
        same_product = rules is None or rules.same_product
        refusals = tuple(_new_refusals(swap, swaps, same_product=same_product))
    if refusals:
        return LineDecision(ask, Outcome.REFUSED, refusals)
    if rules is None:
        return LineDecision(ask, Outcome.PERSON, (Cause(Code.NO_POLICY),))
    doubts = tuple(
        reason_doubts(
            ask.facts,
            rules.of(ask.reason),
            approval=rules.approval,
            reason=ask.reason,
            shown=ask.evidence,
        )
    )
    return LineDecision(ask, Outcome.PERSON if doubts else Outcome.AT_ONCE, doubts)


def _policy_refusals(ask: Ask, rules: ExchangeRules, today: date, about: About) -> Iterator[Cause]:
    if rules.whole_order_delivered and not about.is_wholly_delivered:
        yield Cause(Code.ORDER_NOT_DELIVERED)
    if rules.once_per_order and about.came_back_before:
        yield Cause(Code.ONCE_ONLY)
    yield from goods_refusals(
        ask.facts,
        rules.of(ask.reason).waives,
        window_days=rules.window_days,
        excluded=rules.excluded_categories,
        today=today,
    )


def _new_refusals(swap: Swap, swaps: Sequence[Swap], *, same_product: bool) -> Iterator[Cause]:
    new, old = swap.new, swap.ask.facts
    wanted = sum(one.ask.quantity for one in swaps if one.new.variant_id == new.variant_id)
    if same_product and new.product_id != old.product_id:
        yield Cause(Code.OTHER_PRODUCT)
    elif new.variant_id == old.variant_id:
        yield Cause(Code.SAME_VARIANT)
    elif not new.is_sold:
        yield Cause(Code.VARIANT_NOT_SOLD)
    elif new.free < wanted:
        yield Cause(Code.VARIANT_OUT_OF_STOCK, {"left": new.free, "wanted": wanted})
