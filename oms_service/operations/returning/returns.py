"""Returns from wish to decision; whoever asks (chat, portal, desk, API), it is decided here."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, ActorKind
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.money import refund_ways
from oms_service.operations.returning import (
    exchange_steps,
    limits,
    order_book,
    receiving,
    remedying,
)
from oms_service.operations.returning.order_book import Book
from oms_service.operations.rules import eligibility, policy
from oms_service.operations.rules.eligibility import Ask, Cause, Decision, Outcome
from oms_service.operations.rules.payment_rules import Giver
from oms_service.operations.rules.policy import ReturnRules
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import LineView
from oms_service.orders.service import Units
from oms_service.payments import service as payments
from oms_service.returns import queries as return_queries
from oms_service.returns import service as return_rows
from oms_service.returns.events import (
    ReturnApproved,
    ReturnRejected,
    ReturnRequested,
    ReturnWithdrawn,
)
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import NewReturn, NewReturnLine
from oms_service.returns.states import (
    Condition,
    RefundFor,
    RefundWhen,
    ReturnAction,
    ReturnKind,
    ReturnReason,
    ReturnState,
)
from oms_service.sales import queries as sales
from oms_service.sales.queries import PolicyView


class Refused(DomainError):
    """The policy does not allow it; ``decision`` says why, line by line."""

    code: ClassVar[str] = "return-refused"

    def __init__(self, decision: Decision) -> None:
        super().__init__("this cannot be returned")
        self.decision = decision


class AlreadyRefunded(DomainError):
    """Money has gone back for it: the return cannot be called off any more."""

    code: ClassVar[str] = "return-refunded"


@dataclass(frozen=True, kw_only=True)
class WantedLine:
    """Some units of an order line to send back, why, in what state, and what proves it."""

    line_id: int
    quantity: int
    reason: ReturnReason
    condition: Condition | None = None
    evidence: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A wish to return something.

    ``key`` is the caller's own: asking twice is one return. ``digest`` is that of the preview
    the customer confirmed; with it, lines the preview refused are left out, without it one
    refused line refuses the whole. ``refund_method_id`` sends the money to one of the
    customer's gift cards or store credits instead of the way it came.
    """

    order_id: int
    lines: Sequence[WantedLine]
    channel: str
    key: str
    digest: str | None = None
    refund_method_id: int | None = None


@dataclass(frozen=True)
class ReturnableLine:
    """A line, how much of it may be asked for, and what stands against it without a fault.

    ``quantity`` is 0 when no reason whatever would do; ``cause`` then says why. A line with a
    quantity and a cause can only come back for reasons that set the cause aside. ``until`` is the
    last day on which it may be asked for without a fault; None where nobody can say.
    """

    line: LineView
    quantity: int
    cause: Cause | None
    until: date | None = None


@dataclass(frozen=True)
class Preview:
    """What would happen: the decision, what goes back, when, which way, and what is taken off.

    ``fee`` is all that is taken off, ``restocking`` and ``postage`` are parts of it. ``method`` is
    ``original_payment``, ``gift_card``, ``store_credit``, ``bank_transfer`` or ``mixed``.
    ``digest`` changes when any of it does.
    """

    order_id: int
    decision: Decision
    refund: Money
    fee: Money
    method: str
    digest: str
    restocking: Money
    postage: Money
    when: RefundWhen


@dataclass(frozen=True)
class Requested:
    """The return that was made, and whether it is allowed at once."""

    view: ReturnView
    outcome: Outcome


@dataclass(frozen=True)
class _Terms:
    """The policy in force for an order; no rules where its channel has none."""

    policy: PolicyView | None
    rules: ReturnRules | None


def returnable_lines(
    session: Session, order_id: int, *, now: datetime
) -> tuple[ReturnableLine, ...]:
    """Every line of an order with how much of it may be sent back; ten queries.

    Raises:
        NotFound: no such order.
    """
    book = order_book.open_book(session, order_id, now=now)
    rules = _terms(session, book, now).rules
    return tuple(_returnable(book, rules, line) for line in book.lines.values())


def terms(session: Session, order_id: int, *, now: datetime) -> PolicyView | None:
    """The shop's terms of return (返品特約) that hold for an order, with their version.

    They are shown before a return is asked for, and the return keeps which ones were. None where
    the order's channel has none.

    Raises:
        NotFound: no such order.
    """
    order = order_queries.by_id(session, order_id)
    return sales.policy(session, order.channel_id, policy.RETURNS, at=now)


def preview(
    session: Session,
    order_id: int,
    lines: Sequence[WantedLine],
    *,
    now: datetime,
    refund_method_id: int | None = None,
    channel: str = "",
) -> Preview:
    """What a return of these lines would bring; changes nothing.

    Raises:
        NotFound: no such order.
        Invalid: a line of another order, a line twice, an odd quantity, somebody else's gift card.
    """
    book = order_book.open_book(session, order_id, now=now)
    terms = _terms(session, book, now)
    return _look(session, book, terms, lines, method_id=refund_method_id, channel=channel)


def request(uow: UnitOfWork, wanted: Wanted) -> Requested:
    """Ask for a return; allowed at once it is approved in the same breath.

    The order is held while the policy is asked, so that two wishes never count one unit twice.

    Raises:
        NotFound: no such order.
        Invalid: as in ``preview``.
        Refused: nothing is changed then.
        Stale: the confirmed preview no longer holds.
    """
    locks.a_name(uow.session, f"return {wanted.key}")
    known = return_queries.by_key(uow.session, wanted.key)
    if known is not None:
        if known.order_id != wanted.order_id or known.kind is not ReturnKind.RETURN:
            raise Invalid("this key is of something else", {"key": "was used before"})
        return Requested(known, _outcome_of(known))
    orders.hold_against_others(uow, wanted.order_id)
    book = order_book.open_book(uow.session, wanted.order_id, now=uow.now)
    terms = _terms(uow.session, book, uow.now)
    seen = _look(
        uow.session,
        book,
        terms,
        wanted.lines,
        method_id=wanted.refund_method_id,
        channel=wanted.channel,
    )
    _agree(seen, wanted.digest)
    decision = seen.decision
    view = return_rows.write(uow, _new_return(uow, wanted, seen, terms))
    count_announced(uow, view, by=1)
    uow.emit(
        ReturnRequested(
            order_id=view.order_id,
            return_id=view.id,
            is_referred=decision.outcome is Outcome.PERSON,
            failed_rule=decision.failed_rule,
            refund_minor=view.refund.minor,
            currency=view.refund.currency,
        )
    )
    if decision.outcome is Outcome.AT_ONCE:
        view = return_rows.decide(uow, view.id, ReturnAction.APPROVE, version=None, by=SYSTEM.ref)
        _go_ahead(uow, view, by_policy=True)
    payments.rederive(uow, view.order_id)
    return Requested(view, decision.outcome)


def approve(
    uow: UnitOfWork,
    return_id: int,
    *,
    version: int,
    givers: Collection[Giver],
    note: str = "",
    answer: str = "",
) -> ReturnView:
    """Say yes to a return or exchange that needed a person.

    Args:
        uow: the transaction.
        return_id: which one.
        version: as the colleague saw it.
        givers: the roles of whoever says so: a refund above their limit waits for a second
            person once it is owed, as any other does.
        note: for colleagues only.
        answer: what the customer reads.

    Raises:
        NotFound: no such return.
        AlreadyDecided: a second press; it says who decided.
        Stale: it changed since it was read.
        OutOfStock: the new goods of an exchange are gone.
        CannotSettle: its difference cannot be settled by the method named.
        NotEnoughBalance: the gift card named holds less than the difference.
    """
    _hold_order_of(uow, return_id)
    asked = return_queries.by_id(uow.session, return_id)
    view = return_rows.decide(
        uow,
        return_id,
        ReturnAction.APPROVE,
        version=version,
        note=note,
        answer=answer,
        needs_second_person=limits.is_above(uow, asked.order_id, asked.refund, givers=givers),
    )
    _go_ahead(uow, view, by_policy=False)
    payments.rederive(uow, view.order_id)
    return view


def reject(
    uow: UnitOfWork, return_id: int, *, version: int, note: str = "", answer: str = ""
) -> ReturnView:
    """Say no; the units may be asked for again.

    Args:
        uow: the transaction.
        return_id: which one.
        version: as the colleague saw it.
        note: for colleagues only.
        answer: what the customer reads.

    Raises:
        NotFound: no such return.
        AlreadyDecided: a second press; it says who decided.
        Stale: it changed since it was read.
    """
    _hold_order_of(uow, return_id)
    view = return_rows.decide(
        uow, return_id, ReturnAction.REJECT, version=version, note=note, answer=answer
    )
    count_announced(uow, view, by=-1)
    _undo(uow, view)
    payments.rederive(uow, view.order_id)
    uow.emit(ReturnRejected(order_id=view.order_id, return_id=view.id))
    return view


def withdraw(uow: UnitOfWork, return_id: int, *, version: int | None, note: str = "") -> ReturnView:
    """Call a return or exchange off: the goods stay with the customer.

    A customer may do so until a carrier has the goods; staff as long as none have come.

    Raises:
        NotFound: no such return.
        AlreadyDecided: it is over already.
        IllegalTransition: a customer whose goods are on their way.
        Stale: it changed since it was read.
        AlreadyRefunded: money has gone back for it.
        AlreadyOnItsWay: the new goods of the exchange have left.
    """
    _hold_order_of(uow, return_id)
    before = return_queries.by_id(uow.session, return_id)
    by_customer = uow.actor.kind is ActorKind.CUSTOMER
    if by_customer and before.state is ReturnState.IN_TRANSIT:
        raise IllegalTransition("return", before.state, "withdraw")
    view = return_rows.decide(uow, return_id, ReturnAction.CANCEL, version=version, note=note)
    if receiving.is_refunded(uow, view):
        raise AlreadyRefunded("money has gone back for this return")
    count_announced(uow, view, by=-1)
    _undo(uow, view)
    payments.rederive(uow, view.order_id)
    uow.emit(ReturnWithdrawn(order_id=view.order_id, return_id=view.id, by_customer=by_customer))
    return view


def count_announced(uow: UnitOfWork, view: ReturnView, *, by: int) -> None:
    """Count the units of a return as announced, or with ``by=-1`` as not announced any more."""
    orders.move_units(
        uow,
        view.order_id,
        [
            Units(line_id=line.order_line_id, changes={"return_requested": by * line.quantity})
            for line in view.lines
        ],
    )


def _go_ahead(uow: UnitOfWork, view: ReturnView, *, by_policy: bool) -> None:
    if view.kind is ReturnKind.EXCHANGE:
        exchange_steps.accept(uow, view)
    elif view.refund_when is RefundWhen.AT_ONCE:
        receiving.owe_early(uow, view)
    uow.emit(ReturnApproved(order_id=view.order_id, return_id=view.id, by_policy=by_policy))


def _undo(uow: UnitOfWork, view: ReturnView) -> None:
    """What hung on the return is off, too."""
    if view.kind is ReturnKind.EXCHANGE:
        exchange_steps.cancel(uow, view)
    elif view.kind is ReturnKind.CLAIM:
        remedying.call_off(uow, view)


def _terms(session: Session, book: Book, now: datetime) -> _Terms:
    in_force = sales.policy(session, book.channel.id, policy.RETURNS, at=now)
    rules = policy.read(in_force.rules).for_tier(book.tier) if in_force else None
    return _Terms(in_force, rules)


def _returnable(book: Book, rules: ReturnRules | None, line: LineView) -> ReturnableLine:
    """The answer without a fault first; then whether any other reason would do."""
    facts = book.facts[line.id]

    def answer(reason: ReturnReason) -> eligibility.LineDecision:
        ask = Ask(facts=facts, quantity=1, reason=reason)
        about = book.about("")
        return eligibility.decide([ask], rules, today=book.today, about=about).lines[0]

    plain = answer(ReturnReason.CHANGED_MIND)
    is_open = any(answer(reason).outcome is not Outcome.REFUSED for reason in ReturnReason)
    cause = plain.causes[0] if plain.outcome is Outcome.REFUSED else None
    until = None
    if rules is not None and cause is None and facts.delivered_on is not None:
        until = facts.delivered_on + timedelta(days=rules.window_days)
    return ReturnableLine(line, facts.left if is_open else 0, cause, until)


def _look(
    session: Session,
    book: Book,
    terms: _Terms,
    lines: Sequence[WantedLine],
    *,
    method_id: int | None,
    channel: str,
) -> Preview:
    _check_wanted(book, lines)
    asks = [
        Ask(
            facts=book.facts[line.line_id],
            quantity=line.quantity,
            reason=line.reason,
            value_minor=book.value(line.line_id, line.quantity),
            condition=line.condition,
            evidence=line.evidence,
        )
        for line in lines
    ]
    wallet = refund_ways.open_wallet(session, book.order, method_id)
    decision = eligibility.decide(
        asks, terms.rules, today=book.today, about=book.about(channel, wallet.way)
    )
    currency = book.order.total.currency
    refund_minor = min(decision.value_minor - decision.fee_minor, wallet.refundable)
    rules = terms.rules
    seen = Preview(
        book.order.id,
        decision,
        Money(refund_minor, currency),
        Money(decision.fee_minor, currency),
        refund_ways.word(session, wallet, refund_minor),
        "",
        Money(decision.restocking_minor, currency),
        Money(decision.postage_minor, currency),
        rules.when_refunded(refund_minor) if rules else RefundWhen.ON_RECEIPT,
    )
    return replace(seen, digest=_digest(seen, terms.policy))


def _check_wanted(book: Book, lines: Sequence[WantedLine]) -> None:
    if not lines:
        raise Invalid("choose what to return", {"lines": "is empty"})
    wrong = {
        f"lines[{index}]": "is not a line of this order"
        for index, line in enumerate(lines)
        if line.line_id not in book.lines
    }
    wrong |= {
        f"lines[{index}].quantity": "must be at least 1"
        for index, line in enumerate(lines)
        if line.quantity < 1
    }
    if len({line.line_id for line in lines}) != len(lines):
        wrong["lines"] = "names a line twice"
    if wrong:
        raise Invalid("this cannot be returned", wrong)


def _digest(seen: Preview, in_force: PolicyView | None) -> str:
    said = {
        "order": seen.order_id,
        "policy": in_force.id if in_force else None,
        "outcome": seen.decision.outcome,
        "lines": [
            [line.ask.facts.line_id, line.ask.quantity, line.ask.reason, line.outcome]
            for line in seen.decision.lines
        ],
        "refund": [seen.refund.minor, seen.fee.minor, seen.method, seen.when],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _agree(seen: Preview, digest: str | None) -> None:
    """Refuse what the policy refuses, and what is not what the customer confirmed."""
    decision = seen.decision
    if decision.outcome is Outcome.REFUSED or (decision.refused and digest is None):
        raise Refused(decision)
    if digest is not None and digest != seen.digest:
        raise Stale("what was shown no longer holds")


def _new_return(uow: UnitOfWork, wanted: Wanted, seen: Preview, terms: _Terms) -> NewReturn:
    rules = terms.rules
    days = rules.send_back_within_days if rules else None
    return NewReturn(
        order_id=wanted.order_id,
        channel=wanted.channel,
        refund=seen.refund,
        fee_minor=seen.fee.minor,
        restocking_minor=seen.restocking.minor,
        postage_minor=seen.postage.minor,
        refund_method_id=wanted.refund_method_id,
        refund_when=seen.when,
        refund_for=rules.refund_for if rules else RefundFor.RECEIVED,
        send_back_by=return_rows.days_from(uow.now, days),
        referred_by_rule=seen.decision.failed_rule,
        policy_id=terms.policy.id if terms.policy else None,
        key=wanted.key,
        lines=[
            NewReturnLine(
                order_line_id=line.ask.facts.line_id,
                quantity=line.ask.quantity,
                reason=line.ask.reason,
                condition=line.ask.condition,
                evidence=line.ask.evidence,
            )
            for line in seen.decision.allowed
        ],
    )


def _outcome_of(view: ReturnView) -> Outcome:
    return Outcome.PERSON if view.referred_by_rule else Outcome.AT_ONCE


def _hold_order_of(uow: UnitOfWork, return_id: int) -> None:
    """An order is locked before its returns, whoever comes."""
    orders.hold_against_others(uow, return_queries.by_id(uow.session, return_id).order_id)
