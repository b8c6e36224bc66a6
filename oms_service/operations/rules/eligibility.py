"""Whether something may come back: a pure decision over a policy and the facts of an order.

``exchange_eligibility`` and ``claim_eligibility`` decide about those in the same words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from oms_service.operations.rules.policy import (
    WHOLE_BP,
    Approval,
    ReasonRules,
    RefundWay,
    ReturnRules,
    Rule,
)
from oms_service.returns.states import Condition, ReturnReason


class Outcome(StrEnum):
    """What a policy answers."""

    AT_ONCE = "at_once"
    PERSON = "person"
    REFUSED = "refused"


class Code(StrEnum):
    """Why a policy does not simply say yes; ``operations.rules.reasons`` has the words."""

    CANCELLED = "cancelled"
    NOT_DELIVERED = "not_delivered"
    RETURN_IN_PROGRESS = "return_in_progress"
    ALREADY_RETURNED = "already_returned"
    TOO_MANY = "too_many"
    WINDOW_CLOSED = "window_closed"
    FINAL_SALE = "final_sale"
    NOT_RETURNABLE = "not_returnable"
    DELIVERY_DATE_UNKNOWN = "delivery_date_unknown"
    REASON_NEEDS_PERSON = "reason_needs_person"
    ABOVE_LIMIT = "above_limit"
    APPROVAL_NEEDED = "approval_needed"
    NO_POLICY = "no_policy"
    METHOD_NOT_YOURS = "method_not_yours"
    METHOD_ENDED = "method_ended"
    METHOD_CURRENCY = "method_currency"
    BALANCE_TOO_LOW = "balance_too_low"
    ONCE_ONLY = "once_only"
    ORDER_NOT_DELIVERED = "order_not_delivered"
    CONDITION_NOT_ACCEPTED = "condition_not_accepted"
    VALUE_TOO_HIGH = "value_too_high"
    REFUND_WAY_NOT_OFFERED = "refund_way_not_offered"
    EVIDENCE_NEEDED = "evidence_needed"
    CHANNEL_NEEDS_PERSON = "channel_needs_person"
    OTHER_PRODUCT = "other_product"
    SAME_VARIANT = "same_variant"
    VARIANT_NOT_SOLD = "variant_not_sold"
    VARIANT_OUT_OF_STOCK = "variant_out_of_stock"
    ALREADY_CLAIMED = "already_claimed"
    NOT_SHIPPED = "not_shipped"
    CLAIM_WINDOW_CLOSED = "claim_window_closed"
    STILL_ON_THE_WAY = "still_on_the_way"
    REMEDY_NOT_OFFERED = "remedy_not_offered"
    CHANGE_NOT_OFFERED = "change_not_offered"
    ORDER_CANCELLED = "order_cancelled"
    ALREADY_SHIPPED = "already_shipped"
    ALREADY_PACKED = "already_packed"
    ALREADY_PICKING = "already_picking"
    LABEL_BOUGHT = "label_bought"
    ORDER_WAITS = "order_waits"
    CUT_OFF_PASSED = "cut_off_passed"
    PLACED_UNKNOWN = "placed_unknown"
    NO_FURTHER_CHANGE = "no_further_change"
    CHANGED_OFTEN_ENOUGH = "changed_often_enough"
    REASON_NOT_ACCEPTED = "reason_not_accepted"
    NOTHING_CHANGES = "nothing_changes"
    NOT_SO_MANY = "not_so_many"
    MORE_NOT_OFFERED = "more_not_offered"
    FEWER_NOT_OFFERED = "fewer_not_offered"
    METHOD_NOT_OFFERED = "method_not_offered"
    METHOD_MISSING = "method_missing"
    NOT_PAID_YET = "not_paid_yet"
    PAYMENT_WAITS = "payment_waits"
    SPEED_NOT_OFFERED = "speed_not_offered"
    ADDRESS_NOT_SERVED = "address_not_served"
    ADDRESS_INCOMPLETE = "address_incomplete"
    COLLECTED_IN_SHOP = "collected_in_shop"
    CHANGE_NEEDS_PERSON = "change_needs_person"
    WISH_NOT_OFFERED = "wish_not_offered"
    WINDOW_NOT_OFFERED = "window_not_offered"
    DAY_PAST = "day_past"
    DAY_TOO_SOON = "day_too_soon"
    DAY_TOO_FAR = "day_too_far"
    DAY_CLOSED = "day_closed"
    DAY_UNKNOWN = "day_unknown"
    WITH_CARRIER = "with_carrier"


@dataclass(frozen=True)
class Cause:
    """One reason with its numbers, codes and dates, ready to be put into words."""

    code: Code
    facts: Mapping[str, int | str | date] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """What is known of a line somebody wants to send back.

    ``delivered_on`` is the day it arrived in the channel's zone, ``sent_on`` the day it left, None
    where nobody said. ``claimed`` units have been put right, or are being, with the goods staying;
    for ``kept`` ones others were sent in exchange, though they never came back.
    """

    line_id: int
    ordered: int
    cancelled: int
    delivered: int
    return_requested: int
    returned: int
    delivered_on: date | None
    category: str
    is_final_sale: bool
    shipped: int = 0
    claimed: int = 0
    kept: int = 0
    sent_on: date | None = None
    variant_id: int = 0
    product_id: int = 0

    @property
    def gone(self) -> int:
        """Units that came back, are announced to, or were put right where they are."""
        return self.return_requested + self.returned + self.claimed + self.kept

    @property
    def left(self) -> int:
        """Delivered units that are still the customer's to send back."""
        return max(0, self.delivered - self.gone)


@dataclass(frozen=True, kw_only=True)
class About:
    """What is known of the whole wish: who asks where, and what became of the order before."""

    channel: str = ""
    way: RefundWay = RefundWay.ORIGINAL
    is_wholly_delivered: bool = True
    came_back_before: bool = False


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Some units of a line, why, and what they were sold for in minor units."""

    facts: LineFacts
    quantity: int
    reason: ReturnReason
    value_minor: int = 0
    condition: Condition | None = None
    evidence: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LineDecision:
    """The answer for one line."""

    ask: Ask
    outcome: Outcome
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Decision:
    """The answer for a whole wish. Lines refused do not stop the others.

    ``fee_minor`` is all that is taken off, never more than the goods are worth; the parts of it
    for restocking and for the way back are told apart.
    """

    outcome: Outcome
    lines: tuple[LineDecision, ...]
    causes: tuple[Cause, ...]
    value_minor: int
    fee_minor: int
    restocking_minor: int = 0
    postage_minor: int = 0

    @property
    def allowed(self) -> tuple[LineDecision, ...]:
        return tuple(line for line in self.lines if line.outcome is not Outcome.REFUSED)

    @property
    def refused(self) -> tuple[LineDecision, ...]:
        return tuple(line for line in self.lines if line.outcome is Outcome.REFUSED)

    @property
    def failed_rule(self) -> str:
        """The rule that sends it to a person; empty when none does."""
        return str(self.causes[0].code) if self.outcome is Outcome.PERSON else ""


def decide(
    asks: Sequence[Ask], rules: ReturnRules | None, *, today: date, about: About | None = None
) -> Decision:
    """What the policy says of a wish.

    Args:
        asks: each line at most once.
        rules: None where the channel has no policy; then a person decides.
        today: in the channel's zone.
        about: the whole wish, where more is known of it than its lines.
    """
    whole = about or About()
    lines = tuple(_decide_line(ask, rules, today, whole) for ask in asks)
    allowed = [line for line in lines if line.outcome is not Outcome.REFUSED]
    if not allowed:
        causes = tuple(cause for line in lines for cause in line.causes)
        return Decision(Outcome.REFUSED, lines, causes, 0, 0)
    value = sum(line.ask.value_minor for line in allowed)
    if rules is None:
        causes = tuple(cause for line in allowed for cause in line.causes)
        return Decision(Outcome.PERSON, lines, causes, value, 0)
    refusals = tuple(_refusals_of_the_whole(rules, value, whole))
    if refusals:
        refused = tuple(LineDecision(line.ask, Outcome.REFUSED, refusals) for line in lines)
        return Decision(Outcome.REFUSED, refused, refusals, 0, 0)
    causes = tuple(cause for line in allowed for cause in line.causes)
    causes += tuple(_doubts_of_the_whole(rules, value, whole))
    fee, restocking, postage = _taken(rules, [line.ask for line in allowed], value)
    outcome = Outcome.PERSON if causes else Outcome.AT_ONCE
    return Decision(outcome, lines, causes, value, fee + restocking + postage, restocking, postage)


def state_refusals(facts: LineFacts, quantity: int) -> Iterator[Cause]:
    """What no policy can allow: units that are not with the customer, or not any more."""
    if facts.cancelled == facts.ordered:
        yield Cause(Code.CANCELLED)
    elif not facts.delivered:
        yield Cause(Code.NOT_DELIVERED)
    elif not facts.left:
        yield Cause(_gone(facts))
    elif quantity > facts.left:
        yield Cause(Code.TOO_MANY, {"left": facts.left, "wanted": quantity})


def goods_refusals(
    facts: LineFacts,
    waived: frozenset[Rule],
    *,
    window_days: int,
    excluded: frozenset[str],
    today: date,
) -> Iterator[Cause]:
    """What a policy holds against goods, whatever is to be done with them."""
    if facts.is_final_sale and Rule.FINAL_SALE not in waived:
        yield Cause(Code.FINAL_SALE)
    if facts.category in excluded and Rule.CATEGORY not in waived:
        yield Cause(Code.NOT_RETURNABLE, {"category": facts.category})
    if facts.delivered_on is not None and Rule.WINDOW not in waived:
        closed_on = facts.delivered_on + timedelta(days=window_days)
        if today > closed_on:
            yield Cause(
                Code.WINDOW_CLOSED,
                {
                    "days": window_days,
                    "delivered_on": facts.delivered_on,
                    "closed_on": closed_on,
                },
            )


def reason_doubts(
    facts: LineFacts,
    of_reason: ReasonRules,
    *,
    approval: Approval,
    reason: str,
    shown: frozenset[str],
) -> Iterator[Cause]:
    """What a person has to look at: an unknown date, missing evidence, a reason of its own."""
    if facts.delivered_on is None and Rule.WINDOW not in of_reason.waives:
        yield Cause(Code.DELIVERY_DATE_UNKNOWN)
    if of_reason.evidence - shown:
        yield Cause(Code.EVIDENCE_NEEDED, {"reason": reason})
    if of_reason.approval is Approval.PERSON:
        yield Cause(Code.REASON_NEEDS_PERSON, {"reason": reason})
    elif of_reason.approval is None and approval is Approval.PERSON:
        yield Cause(Code.APPROVAL_NEEDED)


def limit_doubts(
    limit_minor: int | None, value_minor: int, channels: frozenset[str] | None, channel: str
) -> Iterator[Cause]:
    """What a person has to look at because of the amount, or of where it was asked for."""
    if limit_minor is not None and value_minor > limit_minor:
        yield Cause(Code.ABOVE_LIMIT, {"limit_minor": limit_minor, "value_minor": value_minor})
    if channels is not None and channel not in channels:
        yield Cause(Code.CHANNEL_NEEDS_PERSON, {"channel": channel})


def _gone(facts: LineFacts) -> Code:
    if facts.return_requested:
        return Code.RETURN_IN_PROGRESS
    return Code.ALREADY_CLAIMED if facts.claimed or facts.kept else Code.ALREADY_RETURNED


def _decide_line(ask: Ask, rules: ReturnRules | None, today: date, about: About) -> LineDecision:
    refusals = tuple(state_refusals(ask.facts, ask.quantity))
    if rules is not None and not refusals:
        refusals = tuple(_policy_refusals(ask, rules, today, about))
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


def _policy_refusals(ask: Ask, rules: ReturnRules, today: date, about: About) -> Iterator[Cause]:
    waived = rules.of(ask.reason).waives
    if rules.whole_order_delivered and not about.is_wholly_delivered:
        yield Cause(Code.ORDER_NOT_DELIVERED)
    if rules.once_per_order and about.came_back_before:
        yield Cause(Code.ONCE_ONLY)
    yield from goods_refusals(
        ask.facts,
        waived,
        window_days=rules.window_days,
        excluded=rules.excluded_categories,
        today=today,
    )
    condition = ask.condition
    if condition not in {None, *rules.conditions} and Rule.CONDITION not in waived:
        yield Cause(Code.CONDITION_NOT_ACCEPTED, {"condition": str(condition)})


def _refusals_of_the_whole(rules: ReturnRules, value_minor: int, about: About) -> Iterator[Cause]:
    limit = rules.at_most_minor
    if limit is not None and value_minor > limit:
        yield Cause(Code.VALUE_TOO_HIGH, {"limit_minor": limit, "value_minor": value_minor})
    if about.way not in rules.refund_ways:
        yield Cause(Code.REFUND_WAY_NOT_OFFERED, {"way": str(about.way)})


def _doubts_of_the_whole(rules: ReturnRules, value_minor: int, about: About) -> Iterator[Cause]:
    yield from limit_doubts(
        rules.at_once_up_to_minor, value_minor, rules.channels_at_once, about.channel
    )


def _taken(rules: ReturnRules, asks: Sequence[Ask], value_minor: int) -> tuple[int, int, int]:
    """The fee, what restocking costs and the way back; together never above the value."""

    def pay(rule: Rule) -> list[Ask]:
        return [ask for ask in asks if rule not in rules.of(ask.reason).waives]

    fee = min(rules.fee_minor if pay(Rule.FEE) else 0, value_minor)
    restocking = sum(
        ask.value_minor * rules.restocking_bp // WHOLE_BP + rules.restocking_minor * ask.quantity
        for ask in pay(Rule.RESTOCKING)
    )
    restocking = min(restocking, value_minor - fee)
    postage = min(rules.postage_minor if pay(Rule.POSTAGE) else 0, value_minor - fee - restocking)
    return fee, restocking, postage
