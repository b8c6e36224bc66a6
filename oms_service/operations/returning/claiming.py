"""Claims: something is wrong with what was delivered, and the shop puts it right."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.money import refund_ways
from oms_service.operations.returning import exchanging, limits, order_book, remedying
from oms_service.operations.returning.order_book import Book
from oms_service.operations.rules import claim_eligibility, claim_rules
from oms_service.operations.rules.claim_eligibility import ClaimAsk, ClaimDecision
from oms_service.operations.rules.claim_rules import ClaimRules
from oms_service.operations.rules.eligibility import Outcome
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import service as orders
from oms_service.payments import service as payments
from oms_service.returns import claim_queries, claims
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.claims import Decided, NewClaim, NewClaimLine
from oms_service.returns.events import (
    ClaimApproved,
    ClaimRejected,
    ClaimRequested,
    ClaimWithdrawn,
)
from oms_service.returns.states import ClaimAction, ClaimReason, Goods, Remedy
from oms_service.sales import queries as sales


class ClaimRefused(DomainError):
    """The policy does not allow it; ``decision`` says why, line by line."""

    code: ClassVar[str] = "claim-refused"

    def __init__(self, decision: ClaimDecision) -> None:
        super().__init__("this claim cannot be accepted")
        self.decision = decision


@dataclass(frozen=True, kw_only=True)
class ClaimedLine:
    """Some units of an order line, and what is wrong with them."""

    line_id: int
    quantity: int
    reason: ClaimReason


@dataclass(frozen=True, kw_only=True)
class WantedClaim:
    """A claim as a customer or a colleague makes it.

    ``refund_minor`` asks for part of the value only; all of it where not given. ``evidence`` are
    codes of what was shown, such as ``photo``. ``key`` and ``digest`` as in returns.
    """

    order_id: int
    lines: Sequence[ClaimedLine]
    remedy: Remedy
    channel: str
    key: str
    evidence: frozenset[str] = frozenset()
    refund_minor: int | None = None
    refund_method_id: int | None = None
    digest: str | None = None


@dataclass(frozen=True)
class ClaimPreview:
    """What would happen: the decision, the money, whether the goods stay. No refund is 0."""

    order_id: int
    decision: ClaimDecision
    remedy: Remedy
    goods: Goods
    refund: Money
    method: str
    digest: str


@dataclass(frozen=True)
class Claimed:
    """The claim that was made, and whether it is allowed at once."""

    view: ClaimView
    outcome: Outcome


def preview(session: Session, wanted: WantedClaim, *, now: datetime) -> ClaimPreview:
    """What a claim would bring; changes nothing, and its key does not matter.

    Raises:
        NotFound: no such order.
        Invalid: a line of another order, a line twice, an odd quantity or amount.
    """
    book = order_book.open_book(session, wanted.order_id, now=now)
    return _look(session, book, _rules(session, book, now), wanted)


def request(uow: UnitOfWork, wanted: WantedClaim) -> Claimed:
    """Make a claim; allowed at once it is put right in the same breath.

    The order is held, so that no unit is put right twice.

    Raises:
        NotFound: no such order.
        Invalid: as in ``preview``.
        ClaimRefused: nothing is changed then.
        Stale: the confirmed preview no longer holds.
        OutOfStock: somebody else just took the last replacement.
    """
    locks.a_name(uow.session, f"claim {wanted.key}")
    known = claim_queries.by_key(uow.session, wanted.key)
    if known is not None:
        if known.order_id != wanted.order_id:
            raise Invalid("this key is of another order", {"key": "was used before"})
        return Claimed(known, Outcome.PERSON if known.referred_by_rule else Outcome.AT_ONCE)
    orders.hold_against_others(uow, wanted.order_id)
    book = order_book.open_book(uow.session, wanted.order_id, now=uow.now)
    rules = _rules(uow.session, book, uow.now)
    seen = _look(uow.session, book, rules, wanted)
    if seen.decision.outcome is Outcome.REFUSED:
        raise ClaimRefused(seen.decision)
    if wanted.digest is not None and wanted.digest != seen.digest:
        raise Stale("what was shown no longer holds")
    view = claims.write(uow, _new_claim(wanted, seen))
    uow.emit(
        ClaimRequested(
            order_id=view.order_id,
            claim_id=view.id,
            reason=str(view.lines[0].reason),
            remedy=str(view.remedy),
            is_referred=seen.decision.outcome is Outcome.PERSON,
            failed_rule=seen.decision.failed_rule,
        )
    )
    if seen.decision.outcome is Outcome.AT_ONCE:
        view = _go_ahead(uow, view, rules, Decided(by=SYSTEM.ref), view.refund)
    payments.rederive(uow, view.order_id)
    return Claimed(view, seen.decision.outcome)


def approve(
    uow: UnitOfWork,
    claim_id: int,
    *,
    version: int,
    givers: Collection[Giver],
    note: str = "",
    answer: str = "",
    refund_minor: int | None = None,
) -> ClaimView:
    """Say yes to a claim that needed a person, to all of the money asked for or to less.

    ``givers`` are the roles of whoever says so: a refund above their limit waits for a second
    person once it is owed, as any other does.

    Raises:
        NotFound: no such claim.
        ClaimAlreadyDecided: a second press; it says who decided.
        Stale: it changed since it was read.
        Invalid: more than was asked for, or nothing.
        OutOfStock: a replacement is wanted and there is none.
    """
    view = _hold(uow, claim_id)
    claims.check(uow, claim_id, ClaimAction.REMEDY, version=version)
    if view.return_id is not None:
        claims.check(uow, claim_id, ClaimAction.AWAIT_GOODS, version=version)
    refund = view.refund
    if refund_minor is not None:
        if view.remedy is not Remedy.REFUND or not 0 < refund_minor <= refund.minor:
            raise Invalid(
                "at most what was asked for", {"refund_minor": f"must be 1 to {refund.minor}"}
            )
        refund = Money(refund_minor, refund.currency)
    book = order_book.open_book(uow.session, view.order_id, now=uow.now)
    decided = Decided(
        by=uow.actor.ref,
        note=note,
        answer=answer,
        needs_second_person=view.remedy is Remedy.REFUND
        and limits.is_above(uow, view.order_id, refund, givers=givers),
    )
    rules = _rules(uow.session, book, uow.now)
    done = _go_ahead(uow, view, rules, decided, refund, by_policy=False)
    payments.rederive(uow, view.order_id)
    return done


def reject(
    uow: UnitOfWork, claim_id: int, *, version: int, note: str = "", answer: str = ""
) -> ClaimView:
    """Say no; the units may be claimed or returned after all.

    Raises:
        NotFound: no such claim.
        ClaimAlreadyDecided: a second press; it says who decided.
        Stale: it changed since it was read.
    """
    view = _hold(uow, claim_id)
    claims.check(uow, claim_id, ClaimAction.REJECT, version=version)
    decided = Decided(by=uow.actor.ref, note=note, answer=answer)
    done = claims.turn(uow, claim_id, ClaimAction.REJECT, decided=decided)
    uow.emit(ClaimRejected(order_id=view.order_id, claim_id=view.id))
    uow.touch(f"order:{view.order_id}")
    return done


def withdraw(uow: UnitOfWork, claim_id: int, *, version: int | None, note: str = "") -> ClaimView:
    """Call a claim off before anything was done about it.

    One whose goods come back is called off with its return, by ``returns.withdraw``.

    Raises:
        NotFound: no such claim.
        ClaimAlreadyDecided: it is over, or its goods are to come back.
        Stale: it changed since it was read.
    """
    view = _hold(uow, claim_id)
    claims.check(uow, claim_id, ClaimAction.REJECT, version=version)
    decided = Decided(by=uow.actor.ref, note=note)
    done = claims.turn(uow, claim_id, ClaimAction.CANCEL, decided=decided)
    uow.emit(ClaimWithdrawn(order_id=view.order_id, claim_id=view.id))
    uow.touch(f"order:{view.order_id}")
    return done


def _hold(uow: UnitOfWork, claim_id: int) -> ClaimView:
    """The claim with its order held."""
    order_id = claim_queries.by_id(uow.session, claim_id).order_id
    orders.hold_against_others(uow, order_id)
    return claim_queries.by_id(uow.session, claim_id)


def _rules(session: Session, book: Book, now: datetime) -> ClaimRules:
    in_force = sales.policy(session, book.channel.id, claim_rules.CLAIMS, at=now)
    return claim_rules.read(in_force.rules) if in_force else claim_rules.WITHOUT


def _go_ahead(
    uow: UnitOfWork,
    view: ClaimView,
    rules: ClaimRules,
    decided: Decided,
    refund: Money,
    *,
    by_policy: bool = True,
) -> ClaimView:
    if view.goods is Goods.COME_BACK and view.return_id is None:
        days = rules.send_back_within_days
        done = remedying.await_goods(uow, view, decided=decided, refund=refund, days=days)
    else:
        done = remedying.remedy(uow, view, decided=decided, refund=refund)
    uow.emit(
        ClaimApproved(
            order_id=view.order_id,
            claim_id=view.id,
            return_id=done.return_id,
            by_policy=by_policy,
        )
    )
    return done


def _look(session: Session, book: Book, rules: ClaimRules, wanted: WantedClaim) -> ClaimPreview:
    _check(book, wanted)
    variants = {book.facts[line.line_id].variant_id for line in wanted.lines}
    free = exchanging.free_units(session, book, sorted(variants))
    asks = []
    for line in wanted.lines:
        facts = book.facts[line.line_id]
        ask = ClaimAsk(
            facts=facts,
            quantity=line.quantity,
            reason=line.reason,
            value_minor=book.value(line.line_id, line.quantity),
            free=free.get(facts.variant_id, 0),
        )
        asks.append(ask)
        free[facts.variant_id] = max(0, free.get(facts.variant_id, 0) - line.quantity)
    decision = claim_eligibility.decide(
        asks,
        rules,
        remedy=wanted.remedy,
        evidence=wanted.evidence,
        today=book.today,
        about=book.about(wanted.channel),
    )
    wallet = refund_ways.open_wallet(session, book.order, wanted.refund_method_id)
    amount = _amount(wanted, sum(ask.value_minor for ask in asks), wallet.refundable)
    seen = ClaimPreview(
        book.order.id,
        decision,
        wanted.remedy,
        decision.goods,
        Money(amount, book.order.total.currency),
        refund_ways.word(session, wallet, amount),
        "",
    )
    return replace(seen, digest=_digest(seen))


def _amount(wanted: WantedClaim, value_minor: int, refundable_minor: int) -> int:
    if wanted.remedy is not Remedy.REFUND:
        return 0
    if wanted.refund_minor is None:
        return min(value_minor, refundable_minor)
    if not 0 < wanted.refund_minor <= value_minor:
        raise Invalid(
            "at most what the goods were sold for",
            {"refund_minor": f"must be 1 to {value_minor}"},
        )
    return min(wanted.refund_minor, refundable_minor)


def _check(book: Book, wanted: WantedClaim) -> None:
    if not wanted.lines:
        raise Invalid("say what is wrong", {"lines": "is empty"})
    wrong = {
        f"lines[{index}]": "is not a line of this order"
        for index, line in enumerate(wanted.lines)
        if line.line_id not in book.lines
    }
    wrong |= {
        f"lines[{index}].quantity": "must be at least 1"
        for index, line in enumerate(wanted.lines)
        if line.quantity < 1
    }
    if len({line.line_id for line in wanted.lines}) != len(wanted.lines):
        wrong["lines"] = "names a line twice"
    if wrong:
        raise Invalid("this cannot be claimed", wrong)


def _digest(seen: ClaimPreview) -> str:
    said = {
        "order": seen.order_id,
        "outcome": seen.decision.outcome,
        "lines": [
            [line.ask.facts.line_id, line.ask.quantity, line.ask.reason, line.outcome]
            for line in seen.decision.lines
        ],
        "remedy": [seen.remedy, seen.goods, seen.refund.minor, seen.method],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _new_claim(wanted: WantedClaim, seen: ClaimPreview) -> NewClaim:
    return NewClaim(
        order_id=wanted.order_id,
        channel=wanted.channel,
        remedy=wanted.remedy,
        goods=seen.goods,
        refund=seen.refund,
        refund_method_id=wanted.refund_method_id,
        evidence=wanted.evidence,
        referred_by_rule=seen.decision.failed_rule,
        key=wanted.key,
        lines=[
            NewClaimLine(
                order_line_id=line.ask.facts.line_id,
                quantity=line.ask.quantity,
                reason=line.ask.reason,
                value_minor=line.ask.value_minor,
            )
            for line in seen.decision.lines
        ],
    )
