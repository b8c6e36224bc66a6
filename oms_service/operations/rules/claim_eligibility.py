"""Whether a claim is put right, and who says so: pure, in the words of ``eligibility``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from oms_service.operations.rules.claim_rules import ClaimRules
from oms_service.operations.rules.eligibility import (
    About,
    Cause,
    Code,
    LineFacts,
    Outcome,
    limit_doubts,
)
from oms_service.operations.rules.policy import Approval
from oms_service.returns.states import ClaimReason, Goods, Remedy

#: Goods that the customer does not have: they can neither come back nor have been looked at.
ABSENT: Final = frozenset({ClaimReason.MISSING, ClaimReason.NOT_RECEIVED})


@dataclass(frozen=True, kw_only=True)
class ClaimAsk:
    """Some units of a line, what is wrong with them, what they were sold for in minor units.

    ``free`` units of the same variant may be promised now.
    """

    facts: LineFacts
    quantity: int
    reason: ClaimReason
    value_minor: int
    free: int = 0


@dataclass(frozen=True)
class ClaimLineDecision:
    ask: ClaimAsk
    outcome: Outcome
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class ClaimDecision:
    """The answer for a claim: one refused line refuses the whole; whether the goods stay."""

    outcome: Outcome
    lines: tuple[ClaimLineDecision, ...]
    causes: tuple[Cause, ...]
    goods: Goods

    @property
    def failed_rule(self) -> str:
        """The rule that sends it to a person; empty when none does."""
        return str(self.causes[0].code) if self.outcome is Outcome.PERSON else ""


def decide(
    asks: Sequence[ClaimAsk],
    rules: ClaimRules,
    *,
    remedy: Remedy,
    evidence: frozenset[str],
    today: date,
    about: About,
) -> ClaimDecision:
    """What the policy says of a claim.

    Args:
        asks: each line at most once.
        rules: of the channel.
        remedy: what the customer wishes.
        evidence: codes of what was shown.
        today: in the channel's zone.
        about: the whole wish.
    """
    lines = tuple(_decide_line(ask, rules, remedy, evidence, today) for ask in asks)
    goods = (
        Goods.COME_BACK
        if any(
            rules.of(ask.reason).goods is Goods.COME_BACK and ask.reason not in ABSENT
            for ask in asks
        )
        and not any(ask.reason in ABSENT for ask in asks)
        else Goods.STAY
    )
    refusals = tuple(
        cause for line in lines if line.outcome is Outcome.REFUSED for cause in line.causes
    )
    if refusals:
        return ClaimDecision(Outcome.REFUSED, lines, refusals, goods)
    value = sum(ask.value_minor for ask in asks)
    causes = tuple(cause for line in lines for cause in line.causes)
    limit = rules.at_once_up_to_minor if goods is Goods.STAY else None
    causes += tuple(limit_doubts(limit, value, rules.channels_at_once, about.channel))
    outcome = Outcome.PERSON if causes else Outcome.AT_ONCE
    return ClaimDecision(outcome, lines, causes, goods)


def units_left(facts: LineFacts, reason: ClaimReason) -> int:
    """Units that may still be claimed: delivered ones, or sent ones where they did not come."""
    known = facts.shipped if reason in ABSENT else facts.delivered
    return max(0, known - facts.gone)


def _decide_line(
    ask: ClaimAsk, rules: ClaimRules, remedy: Remedy, evidence: frozenset[str], today: date
) -> ClaimLineDecision:
    refusals = tuple(_state_refusals(ask)) or tuple(_policy_refusals(ask, rules, remedy, today))
    if refusals:
        return ClaimLineDecision(ask, Outcome.REFUSED, refusals)
    doubts = tuple(_doubts(ask, rules, evidence))
    return ClaimLineDecision(ask, Outcome.PERSON if doubts else Outcome.AT_ONCE, doubts)


def _state_refusals(ask: ClaimAsk) -> Iterator[Cause]:
    facts, left = ask.facts, units_left(ask.facts, ask.reason)
    if facts.cancelled == facts.ordered:
        yield Cause(Code.CANCELLED)
    elif not facts.shipped:
        yield Cause(Code.NOT_SHIPPED)
    elif not left and not facts.gone:
        yield Cause(Code.NOT_DELIVERED)
    elif not left:
        yield Cause(_gone(facts))
    elif ask.quantity > left:
        yield Cause(Code.TOO_MANY, {"left": left, "wanted": ask.quantity})


def _gone(facts: LineFacts) -> Code:
    if facts.claimed or facts.kept:
        return Code.ALREADY_CLAIMED
    return Code.RETURN_IN_PROGRESS if facts.return_requested else Code.ALREADY_RETURNED


def _policy_refusals(
    ask: ClaimAsk, rules: ClaimRules, remedy: Remedy, today: date
) -> Iterator[Cause]:
    of_reason, facts = rules.of(ask.reason), ask.facts
    if of_reason.window_days is not None and facts.delivered_on is not None:
        closed_on = facts.delivered_on + timedelta(days=of_reason.window_days)
        if today > closed_on:
            yield Cause(Code.CLAIM_WINDOW_CLOSED, {"closed_on": closed_on})
    if remedy not in of_reason.remedies:
        yield Cause(Code.REMEDY_NOT_OFFERED, {"remedy": str(remedy)})
    if ask.reason is ClaimReason.NOT_RECEIVED and not facts.delivered and facts.sent_on:
        ask_again_on = facts.sent_on + timedelta(days=rules.wait_days)
        if today < ask_again_on:
            yield Cause(Code.STILL_ON_THE_WAY, {"ask_again_on": ask_again_on})
    if remedy is Remedy.REPLACEMENT and ask.free < ask.quantity:
        yield Cause(Code.VARIANT_OUT_OF_STOCK, {"left": ask.free, "wanted": ask.quantity})


def _doubts(ask: ClaimAsk, rules: ClaimRules, evidence: frozenset[str]) -> Iterator[Cause]:
    of_reason = rules.of(ask.reason)
    if of_reason.evidence - evidence:
        yield Cause(Code.EVIDENCE_NEEDED, {"reason": str(ask.reason)})
    if of_reason.approval is Approval.PERSON:
        yield Cause(Code.REASON_NEEDS_PERSON, {"reason": str(ask.reason)})
    elif of_reason.approval is None and rules.approval is Approval.PERSON:
        yield Cause(Code.APPROVAL_NEEDED)
