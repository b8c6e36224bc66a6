"""What the pages about goods that come back show, read in a number of queries that is fixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for
from sqlalchemy.orm import Session

from cases import queries
from cases.acting import labels
from cases.portal import coming_back_wishes as wishes
from cases.portal import coming_back_words as words
from cases.portal.coming_back_forms import Kind, Way
from cases.portal.coming_back_wishes import Terms
from cases.referring import reason_of
from cases.views import CaseView
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.operations.returning import choices as offered
from oms_service.operations.returning import returns
from oms_service.operations.returning.choices import OtherVariant
from oms_service.operations.rules import (
    claim_rules,
    exchange_rules,
    policy,
    reasons,
)
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.payments import queries as payments
from oms_service.payments.queries import MethodView
from oms_service.returns import claim_queries, exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.exchanges import ExchangeView
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import (
    ClaimState,
    Condition,
    Remedy,
    ReturnKind,
    ReturnReason,
    ReturnState,
)
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import PolicyView

#: Kinds of terms that anybody may read.
_PUBLIC: Final = frozenset({policy.RETURNS, exchange_rules.EXCHANGES, claim_rules.CLAIMS})


@dataclass(frozen=True)
class Choice:
    """A line in the form: ``most`` units may be chosen; ``why`` is what stands against it.

    With units to choose, ``why`` holds for some reasons only. ``reasons`` are pairs of code and
    msgid; ``others`` what it may be exchanged for.
    """

    line: LineView
    most: int
    why: str
    reasons: Sequence[tuple[str, str]]
    others: Sequence[OtherVariant] = ()


@dataclass(frozen=True)
class Choices:
    """The form: its lines, what it asks besides, and the terms."""

    lines: Sequence[Choice]
    conditions: Sequence[Condition]
    ways: Sequence[Way]
    wants_photo: bool
    terms: Terms

    @property
    def is_possible(self) -> bool:
        return any(one.most for one in self.lines)

    @property
    def only_one(self) -> bool:
        """Whether there is a single unit to choose, so that it is chosen already."""
        return sum(one.most for one in self.lines) == 1


@dataclass(frozen=True)
class Given:
    """Something asked for before, in the list of an order."""

    number: str
    back: ReturnView | None
    claim: ClaimView | None


@dataclass(frozen=True)
class Result:
    """How something stands that was asked for. ``back``: the goods that come back, if any do."""

    number: str
    kind: Kind
    back: ReturnView | None
    claim: ClaimView | None
    exchange: ExchangeView | None
    lines: Sequence[tuple[LineView, int]]
    terms: PolicyView | None
    case: CaseView | None

    @property
    def version(self) -> int:
        if self.back is not None:
            return self.back.version
        return self.claim.version if self.claim else 0

    @property
    def waits(self) -> bool:
        """Whether a colleague decides."""
        if self.claim is not None:
            return self.claim.state is ClaimState.REQUESTED
        return self.back is not None and self.back.state is ReturnState.REQUESTED

    @property
    def may_withdraw(self) -> bool:
        """Whether it may still be tried; policy and warehouse have the last word."""
        if self.back is not None:
            return self.back.state in {ReturnState.REQUESTED, ReturnState.APPROVED}
        return self.claim is not None and self.claim.state is ClaimState.REQUESTED

    @property
    def is_withdrawn(self) -> bool:
        if self.back is not None:
            return self.back.state is ReturnState.CANCELLED
        return self.claim is not None and self.claim.state is ClaimState.CANCELLED


def choices(
    session: Session, order: OrderView, kind: Kind, *, now: datetime, language: Language
) -> Choices:
    """What can be chosen in the form of a kind, and why the rest cannot."""
    held = wishes.terms(session, order, kind, now=now)
    match kind:
        case Kind.RETURN:
            return _returnable(session, order, held, now, language)
        case Kind.EXCHANGE:
            return _exchangeable(session, order, held, now, language)
        case Kind.PROBLEM:
            return _claimable(session, order, held, now, language)


def methods(session: Session, order: OrderView) -> tuple[MethodView, ...]:
    """The ways by which the customer may pay the difference of an exchange."""
    return tuple(
        one
        for one in payments.methods(session, order.customer_id)
        if one.kind in words.PAYS_BY and one.currency in {None, order.total.currency}
    )


def of_order(session: Session, order_id: int) -> list[Given]:
    """What was asked for of an order, newest first; a claim has its goods with it."""
    back = {one.id: one for one in return_queries.of_orders(session, [order_id])}
    claims = claim_queries.of_orders(session, [order_id])
    of_claims = {one.return_id for one in claims}
    found = [Given(one.number, None, one) for one in claims]
    found += [Given(one.number, one, None) for one in back.values() if one.id not in of_claims]
    return sorted(found, key=_asked_at, reverse=True)


def result(session: Session, order: OrderView, number: str) -> Result:
    """What of the order has this number.

    Raises:
        NotFound: nothing; what belongs to another order is as unknown.
    """
    wanted = number.strip().upper()
    back = return_queries.of_orders(session, [order.id])
    claims = claim_queries.of_orders(session, [order.id])
    view = next((one for one in back if one.number == wanted), None)
    claim = next((one for one in claims if one.number == wanted), None)
    if claim is None and view is not None and view.kind is ReturnKind.CLAIM:
        claim = next((one for one in claims if one.return_id == view.id), None)
    if claim is not None:
        view = next((one for one in back if one.id == claim.return_id), None)
    if view is None and claim is None:
        raise NotFound("nothing was asked for under this number")
    return _result(session, order, view, claim)


def label_url(house: Runtime, view: ReturnView, order: OrderView) -> str:
    """Where the label of a return is, on this site."""
    token = labels.token(house, view.id, order.customer_id)
    return url_for("return_labels.label", written=token)


def public_terms(session: Session, policy_id: int, *, now: datetime) -> PolicyView:
    """The words of a version of the terms.

    Raises:
        NotFound: there is none, it has no words, or it does not hold yet.
    """
    found = sales.policy_by_id(session, policy_id)
    if found.kind not in _PUBLIC or found.in_force_from > now or not any(found.text.values()):
        raise NotFound("no such terms")
    return found


def _result(
    session: Session, order: OrderView, back: ReturnView | None, claim: ClaimView | None
) -> Result:
    lines = {one.id: one for one in orders.lines(session, order.id)}
    units = claim.lines if claim is not None else back.lines if back is not None else ()
    is_exchange = back is not None and back.kind is ReturnKind.EXCHANGE
    kind = Kind.PROBLEM if claim else Kind.EXCHANGE if is_exchange else Kind.RETURN
    policy_id = back.policy_id if back is not None else None
    terms = sales.policy_by_id(session, policy_id) if policy_id is not None else None
    return Result(
        number=claim.number if claim is not None else back.number if back is not None else "",
        kind=kind,
        back=back,
        claim=claim,
        exchange=exchanges.by_return(session, back.id) if back and is_exchange else None,
        lines=[(lines[one.order_line_id], one.quantity) for one in units],
        terms=terms if terms is not None and any(terms.text.values()) else None,
        case=_case(session, back, claim),
    )


def _case(session: Session, back: ReturnView | None, claim: ClaimView | None) -> CaseView | None:
    found = queries.of_return(session, back.id) if back is not None else None
    if found is None and claim is not None:
        of_claim = queries.open_of_order(session, claim.order_id, reason_of(claim))
        is_its = of_claim is not None and of_claim.wanted.get("claim_number") == claim.number
        found = of_claim if is_its else None
    return None if found is None or found.is_internal else found


def _returnable(
    session: Session, order: OrderView, held: Terms, now: datetime, language: Language
) -> Choices:
    in_force = returns.terms(session, order.id, now=now)
    rules = policy.read(in_force.rules) if in_force else None
    limits = rules is not None and rules.conditions != frozenset(Condition)
    lines = [
        Choice(
            one.line,
            one.quantity,
            reasons.say(one.cause, language) if one.cause else "",
            _pairs(words.RETURN_REASONS),
        )
        for one in returns.returnable_lines(session, order.id, now=now)
    ]
    return Choices(
        lines,
        tuple(Condition) if limits else (),
        (),
        rules is not None and any(rules.of(one).evidence for one in ReturnReason),
        held,
    )


def _exchangeable(
    session: Session, order: OrderView, held: Terms, now: datetime, language: Language
) -> Choices:
    in_force = sales.policy(session, order.channel_id, exchange_rules.EXCHANGES, at=now)
    rules = exchange_rules.read(in_force.rules) if in_force else exchange_rules.WITHOUT
    lines = [
        Choice(
            one.line,
            one.quantity,
            reasons.say(one.cause, language) if one.cause else "",
            _pairs(words.RETURN_REASONS),
            one.others,
        )
        for one in offered.exchangeable_lines(session, order.id, now=now)
    ]
    return Choices(lines, (), (), any(rules.of(one).evidence for one in ReturnReason), held)


def _claimable(
    session: Session, order: OrderView, held: Terms, now: datetime, language: Language
) -> Choices:
    in_force = sales.policy(session, order.channel_id, claim_rules.CLAIMS, at=now)
    rules = claim_rules.read(in_force.rules) if in_force else claim_rules.WITHOUT
    found = offered.claimable_lines(session, order.id, now=now)
    remedies = {remedy for one in found for of in one.remedies.values() for remedy in of}
    lines = [
        Choice(
            one.line,
            one.quantity,
            reasons.say(one.cause, language) if one.cause and not one.quantity else "",
            [
                (str(code), word)
                for code, word in words.CLAIM_REASONS.items()
                if code in one.remedies
            ],
        )
        for one in found
    ]
    ways = [
        way
        for way in Way
        if (Remedy.REPLACEMENT if way is Way.REPLACEMENT else Remedy.REFUND) in remedies
    ]
    wants_photo = any(rules.of(code).evidence for one in found for code in one.remedies)
    return Choices(lines, (), ways, wants_photo, held)


def _pairs(said: Mapping[ReturnReason, str]) -> list[tuple[str, str]]:
    return [(str(code), word) for code, word in said.items()]


def _asked_at(one: Given) -> datetime:
    view = one.claim or one.back
    if view is None:
        raise AssertionError("something was asked for")
    return view.requested_at
