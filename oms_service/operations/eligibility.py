"""Whether something may come back: a pure decision over a policy and the facts of an order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from oms_service.operations.policy import Approval, ReturnRules, Rule
from oms_service.returns.states import ReturnReason


class Outcome(StrEnum):
    """What a policy answers."""

    AT_ONCE = "at_once"
    PERSON = "person"
    REFUSED = "refused"


class Code(StrEnum):
    """Why a policy does not simply say yes; ``operations.reasons`` has the words."""

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


@dataclass(frozen=True)
class Cause:
    """One reason with its numbers, codes and dates, ready to be put into words."""

    code: Code
    facts: Mapping[str, int | str | date] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """What is known of a line somebody wants to send back.

    ``delivered_on`` is the day it arrived in the channel's zone, None where nobody said.
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

    @property
    def left(self) -> int:
        """Delivered units that neither came back nor are announced to."""
        return max(0, self.delivered - self.return_requested - self.returned)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Some units of a line, why, and what they were sold for in minor units."""

    facts: LineFacts
    quantity: int
    reason: ReturnReason
    value_minor: int = 0


@dataclass(frozen=True)
class LineDecision:
    """The answer for one line."""

    ask: Ask
    outcome: Outcome
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Decision:
    """The answer for a whole wish. Lines refused do not stop the others.

    ``fee_minor`` is taken once for the return, never more than the goods are worth.
    """

    outcome: Outcome
    lines: tuple[LineDecision, ...]
    causes: tuple[Cause, ...]
    value_minor: int
    fee_minor: int

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


def decide(asks: Sequence[Ask], rules: ReturnRules | None, *, today: date) -> Decision:
    """What the policy says of a wish.

    Args:
        asks: each line at most once.
        rules: None where the channel has no policy; then a person decides.
        today: in the channel's zone.
    """
    lines = tuple(_decide_line(ask, rules, today) for ask in asks)
    allowed = [line for line in lines if line.outcome is not Outcome.REFUSED]
    if not allowed:
        causes = tuple(cause for line in lines for cause in line.causes)
        return Decision(Outcome.REFUSED, lines, causes, 0, 0)
    value = sum(line.ask.value_minor for line in allowed)
    causes = tuple(cause for line in allowed for cause in line.causes)
    fee = 0
    if rules is not None:
        causes += tuple(_of_the_whole(rules, value))
        pays = any(Rule.FEE not in rules.of(line.ask.reason).waives for line in allowed)
        fee = min(rules.fee_minor, value) if pays else 0
    outcome = Outcome.PERSON if causes else Outcome.AT_ONCE
    return Decision(outcome, lines, causes, value, fee)


def closes_on(delivered_on: date, rules: ReturnRules) -> date:
    """The last day on which a return may be asked for."""
    return delivered_on + timedelta(days=rules.window_days)


def _decide_line(ask: Ask, rules: ReturnRules | None, today: date) -> LineDecision:
    refusals = tuple(_state_refusals(ask))
    if rules is not None and not refusals:
        refusals = tuple(_policy_refusals(ask, rules, today))
    if refusals:
        return LineDecision(ask, Outcome.REFUSED, refusals)
    doubts = (Cause(Code.NO_POLICY),) if rules is None else tuple(_doubts(ask, rules))
    return LineDecision(ask, Outcome.PERSON if doubts else Outcome.AT_ONCE, doubts)


def _state_refusals(ask: Ask) -> Iterator[Cause]:
    """What no policy can allow: units that are not with the customer."""
    facts = ask.facts
    if facts.cancelled == facts.ordered:
        yield Cause(Code.CANCELLED)
    elif not facts.delivered:
        yield Cause(Code.NOT_DELIVERED)
    elif not facts.left:
        coming = facts.return_requested
        yield Cause(Code.RETURN_IN_PROGRESS if coming else Code.ALREADY_RETURNED)
    elif ask.quantity > facts.left:
        yield Cause(Code.TOO_MANY, {"left": facts.left, "wanted": ask.quantity})


def _policy_refusals(ask: Ask, rules: ReturnRules, today: date) -> Iterator[Cause]:
    waived = rules.of(ask.reason).waives
    facts = ask.facts
    if facts.is_final_sale and Rule.FINAL_SALE not in waived:
        yield Cause(Code.FINAL_SALE)
    if facts.category in rules.excluded_categories and Rule.CATEGORY not in waived:
        yield Cause(Code.NOT_RETURNABLE, {"category": facts.category})
    if facts.delivered_on is not None and Rule.WINDOW not in waived:
        closed_on = closes_on(facts.delivered_on, rules)
        if today > closed_on:
            yield Cause(
                Code.WINDOW_CLOSED,
                {
                    "days": rules.window_days,
                    "delivered_on": facts.delivered_on,
                    "closed_on": closed_on,
                },
            )


def _doubts(ask: Ask, rules: ReturnRules) -> Iterator[Cause]:
    """What a person has to look at."""
    of_reason = rules.of(ask.reason)
    if ask.facts.delivered_on is None and Rule.WINDOW not in of_reason.waives:
        yield Cause(Code.DELIVERY_DATE_UNKNOWN)
    if of_reason.approval is Approval.PERSON:
        yield Cause(Code.REASON_NEEDS_PERSON, {"reason": ask.reason})
    elif of_reason.approval is None and rules.approval is Approval.PERSON:
        yield Cause(Code.APPROVAL_NEEDED)


def _of_the_whole(rules: ReturnRules, value_minor: int) -> Iterator[Cause]:
    limit = rules.at_once_up_to_minor
    if limit is not None and value_minor > limit:
        yield Cause(Code.ABOVE_LIMIT, {"limit_minor": limit, "value_minor": value_minor})
