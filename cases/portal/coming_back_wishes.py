"""What a wish about goods that come back would bring, and having it done: for the customer's page.

Decided by the operations alone; here their three kinds are shown and asked for alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from cases import referring
from cases.portal.coming_back_forms import Kind, Pick, Wish
from cases.views import CaseView
from oms_service.conversations import attachments_queries as files
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.returning import claiming, exchanging, returns
from oms_service.operations.returning.claiming import ClaimedLine, ClaimPreview, WantedClaim
from oms_service.operations.returning.exchanging import (
    ExchangePreview,
    WantedExchange,
    WantedSwap,
)
from oms_service.operations.returning.returns import Preview, Wanted, WantedLine
from oms_service.operations.rules import claim_rules, exchange_rules, policy, reasons
from oms_service.operations.rules.claim_eligibility import ClaimDecision
from oms_service.operations.rules.eligibility import Cause, Code, Decision, Outcome
from oms_service.orders.queries import OrderView
from oms_service.returns import service as return_rows
from oms_service.returns.states import ClaimReason, ClaimState, Goods, ReturnReason
from oms_service.sales import queries as sales
from oms_service.sales.queries import PolicyView

#: Under which name wishes that customers make on these pages are kept.
CHANNEL: Final = "portal"
_POLICIES: Final = {
    Kind.RETURN: policy.RETURNS,
    Kind.EXCHANGE: exchange_rules.EXCHANGES,
    Kind.PROBLEM: claim_rules.CLAIMS,
}


@dataclass(frozen=True)
class Terms:
    """The terms that hold: ``view`` where the shop wrote some, ``must_agree`` where they ask.

    ``send_back_by`` is until when the goods would have to leave if it were allowed now.
    """

    view: PolicyView | None
    must_agree: bool
    send_back_by: datetime | None


@dataclass(frozen=True)
class Seen:
    """A wish, decided: what a customer looks at before they say yes.

    ``refused``: why not, by line; lines that are not there are allowed. ``doubts`` are why a
    person decides. ``money`` is what comes back, or below nothing what is owed.
    """

    wish: Wish
    outcome: Outcome
    refused: Mapping[int, tuple[str, ...]]
    doubts: tuple[str, ...]
    lacks_photo: bool
    money: Money
    digest: str
    terms: Terms
    of_return: Preview | None = None
    of_exchange: ExchangePreview | None = None
    of_claim: ClaimPreview | None = None

    @property
    def allowed(self) -> tuple[Pick, ...]:
        return tuple(one for one in self.wish.picks if one.line_id not in self.refused)

    @property
    def by_person(self) -> bool:
        return self.outcome is Outcome.PERSON

    @property
    def comes_back(self) -> bool:
        """Whether goods are to be sent to us."""
        return self.of_claim is None or self.of_claim.goods is Goods.COME_BACK

    @property
    def needs_method(self) -> bool:
        return self.of_exchange is not None and self.of_exchange.needs_method


@dataclass(frozen=True)
class Done:
    """The number of what was asked for; ``case`` where a person decides."""

    number: str
    kind: Kind
    case: CaseView | None


def terms(session: Session, order: OrderView, kind: Kind, *, now: datetime) -> Terms:
    """The terms for a kind of wish; an exchange without its own goes by those of returns."""
    found = sales.in_force(session, order.channel_id, [policy.RETURNS, _POLICIES[kind]], at=now)
    own, of_returns = found.get(_POLICIES[kind]), found.get(policy.RETURNS)
    days, must_agree = None, False
    if of_returns is not None and kind is not Kind.PROBLEM:
        customer = customers.find(session, order.customer_id)
        rules = policy.read(of_returns.rules)
        rules = rules.for_tier(customer.tier) if customer else rules
        must_agree = rules.must_agree
        days = rules.send_back_within_days
    if kind is Kind.EXCHANGE:
        applied = exchange_rules.read(own.rules) if own else exchange_rules.WITHOUT
        days = applied.send_back_within_days
    elif kind is Kind.PROBLEM:
        of_claims = claim_rules.read(own.rules) if own else claim_rules.WITHOUT
        days = of_claims.send_back_within_days
    shown = own or (of_returns if kind is Kind.EXCHANGE else None)
    has_words = shown is not None and any(shown.text.values())
    return Terms(
        shown if has_words else None,
        must_agree and has_words,
        return_rows.days_from(now, days),
    )


def look(
    session: Session, order: OrderView, wish: Wish, *, now: datetime, language: Language
) -> Seen:
    """What the wish would bring; changes nothing.

    Raises:
        Invalid: more of a line than it has, a line of another order, an unknown version.
    """
    evidence = files.evidence(session, order_id=order.id)
    held = terms(session, order, wish.kind, now=now)
    match wish.kind:
        case Kind.RETURN:
            found = returns.preview(
                session, order.id, _lines(wish, evidence), now=now, channel=CHANNEL
            )
            decision = found.decision
            refused = {line.ask.facts.line_id: line.causes for line in decision.refused}
            return Seen(
                wish,
                decision.outcome,
                _said(refused, language),
                _doubts(decision, language),
                _lacks_photo(decision.causes),
                found.refund,
                found.digest,
                held,
                of_return=found,
            )
        case Kind.EXCHANGE:
            swapped = exchanging.preview(
                session,
                order.id,
                _swaps(wish, evidence),
                now=now,
                method_id=wish.method_id,
                channel=CHANNEL,
            )
            decision = swapped.decision
            refused = {line.ask.facts.line_id: line.causes for line in decision.refused}
            return Seen(
                wish,
                decision.outcome,
                _said(refused, language),
                _doubts(decision, language),
                _lacks_photo(decision.causes),
                -swapped.difference,
                swapped.digest,
                held,
                of_exchange=swapped,
            )
        case Kind.PROBLEM:
            claimed = claiming.preview(
                session, _claim(order, wish, evidence, key="", digest=None), now=now
            )
            of_claim = claimed.decision
            against = {
                line.ask.facts.line_id: line.causes
                for line in of_claim.lines
                if line.outcome is Outcome.REFUSED
            }
            return Seen(
                wish,
                of_claim.outcome,
                _said(against, language),
                _doubts(of_claim, language),
                _lacks_photo(of_claim.causes),
                claimed.refund,
                claimed.digest,
                held,
                of_claim=claimed,
            )


def ask_for(uow: UnitOfWork, order: OrderView, wish: Wish, *, key: str, digest: str) -> Done:
    """Have it done as it was shown; what a person decides is before one in the same breath.

    Raises:
        Stale: what was shown no longer holds.
        Refused, ExchangeRefused, ClaimRefused: the policy does not allow it any more.
        Invalid: as in ``look``; or the difference of an exchange has no method.
        OutOfStock, NotEnoughBalance, CannotSettle: somebody was quicker, or a card is used up.
    """
    evidence = files.evidence(uow.session, order_id=order.id)
    if wish.kind is Kind.PROBLEM:
        made = claiming.request(uow, _claim(order, wish, evidence, key=key, digest=digest))
        waits = made.outcome is Outcome.PERSON and made.view.state is ClaimState.REQUESTED
        claim_case = referring.case_of_claim(uow, made.view) if waits else None
        return Done(made.view.number, wish.kind, claim_case)
    if wish.kind is Kind.EXCHANGE:
        wanted = WantedExchange(
            order_id=order.id,
            swaps=_swaps(wish, evidence),
            channel=CHANNEL,
            key=key,
            method_id=wish.method_id,
            digest=digest,
        )
        swapped = exchanging.request(uow, wanted)
        view, outcome = swapped.view, swapped.outcome
    else:
        asked = returns.request(
            uow,
            Wanted(
                order_id=order.id,
                lines=_lines(wish, evidence),
                channel=CHANNEL,
                key=key,
                digest=digest,
            ),
        )
        view, outcome = asked.view, asked.outcome
    case = None
    if outcome is Outcome.PERSON:
        case = referring.case_of_return(uow, view.id, view.referred_by_rule)
    return Done(view.number, wish.kind, case)


def _lines(wish: Wish, evidence: frozenset[str]) -> list[WantedLine]:
    return [
        WantedLine(
            line_id=one.line_id,
            quantity=one.quantity,
            reason=ReturnReason(one.reason),
            condition=one.condition,
            evidence=evidence,
        )
        for one in wish.picks
    ]


def _swaps(wish: Wish, evidence: frozenset[str]) -> list[WantedSwap]:
    return [
        WantedSwap(
            line_id=one.line_id,
            sku=one.sku,
            quantity=one.quantity,
            reason=ReturnReason(one.reason),
            evidence=evidence,
        )
        for one in wish.picks
    ]


def _claim(
    order: OrderView, wish: Wish, evidence: frozenset[str], *, key: str, digest: str | None
) -> WantedClaim:
    return WantedClaim(
        order_id=order.id,
        lines=[
            ClaimedLine(line_id=one.line_id, quantity=one.quantity, reason=ClaimReason(one.reason))
            for one in wish.picks
        ],
        remedy=wish.remedy,
        channel=CHANNEL,
        key=key,
        evidence=evidence,
        refund_minor=wish.part.minor if wish.part is not None else None,
        digest=digest,
    )


def _lacks_photo(causes: Sequence[Cause]) -> bool:
    return any(cause.code is Code.EVIDENCE_NEEDED for cause in causes)


def _doubts(decision: Decision | ClaimDecision, language: Language) -> tuple[str, ...]:
    """Why a person decides; nothing where nobody does."""
    is_person = decision.outcome is Outcome.PERSON
    return _sentences(decision.causes, language) if is_person else ()


def _said(causes: Mapping[int, Sequence[Cause]], language: Language) -> dict[int, tuple[str, ...]]:
    return {line_id: _sentences(of, language) for line_id, of in causes.items()}


def _sentences(causes: Sequence[Cause], language: Language) -> tuple[str, ...]:
    """Each sentence once, in their order."""
    return tuple(dict.fromkeys(reasons.say(cause, language) for cause in causes))
