"""Exchanges: what one would bring, and asking for it. Its steps are in ``exchange_steps``."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, Invalid, Stale
from oms_service.kernel.money import Money
from oms_service.operations.money import settling
from oms_service.operations.placement import totals
from oms_service.operations.returning import exchange_steps, order_book
from oms_service.operations.returning.order_book import Book
from oms_service.operations.rules import exchange_eligibility, exchange_rules
from oms_service.operations.rules.eligibility import Ask, Cause, Decision, Outcome
from oms_service.operations.rules.exchange_eligibility import NewGoods, Swap
from oms_service.operations.rules.exchange_rules import ExchangeRules
from oms_service.orders import service as orders
from oms_service.orders.policy import PricedLine
from oms_service.orders.service import Units
from oms_service.payments import service as payments
from oms_service.returns import exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns import service as return_rows
from oms_service.returns.events import ReturnApproved, ReturnRequested
from oms_service.returns.exchanges import ExchangeView, NewExchange, NewExchangeLine
from oms_service.returns.queries import ReturnView
from oms_service.returns.service import NewReturn, NewReturnLine
from oms_service.returns.states import (
    Condition,
    Moment,
    ReturnAction,
    ReturnKind,
    ReturnReason,
)
from oms_service.sales import queries as sales
from oms_service.sales.queries import PolicyView

#: Pairs in one exchange; more are a mistake.
MOST: Final = 100


class ExchangeRefused(DomainError):
    """The policy does not allow it; ``decision`` says why, pair by pair."""

    code: ClassVar[str] = "exchange-refused"

    def __init__(self, decision: Decision) -> None:
        super().__init__("this cannot be exchanged")
        self.decision = decision


@dataclass(frozen=True, kw_only=True)
class WantedSwap:
    """Some units of an order line for as many of another variant."""

    line_id: int
    sku: str
    quantity: int
    reason: ReturnReason = ReturnReason.CHANGED_MIND
    condition: Condition | None = None
    evidence: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class WantedExchange:
    """A wish to exchange several things at once.

    ``method_id`` is one of the customer's: it pays or gets the difference. Without it, what goes
    back goes the way it came, and nothing can be owed. ``key`` is the caller's own; ``digest``
    that of the preview the customer confirmed.
    """

    order_id: int
    swaps: Sequence[WantedSwap]
    channel: str
    key: str
    method_id: int | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Pair:
    """Units of a line and what comes in their place; values are for all units."""

    line_id: int
    variant: VariantView
    quantity: int
    unit_price: Money
    old_value: Money
    new_value: Money


@dataclass(frozen=True)
class ExchangePreview:
    """What would happen. ``difference`` is what the customer owes, below nothing what we do.

    ``needs_method`` says that the customer owes something and has to say by what; ``digest``
    changes when anything of it does.
    """

    order_id: int
    decision: Decision
    pairs: tuple[Pair, ...]
    difference: Money
    needs_method: bool
    sends: Moment
    settles: Moment
    digest: str


@dataclass(frozen=True)
class ExchangeRequested:
    """The return under which the old goods come back, its exchange, and whether it is allowed."""

    view: ReturnView
    exchange: ExchangeView
    outcome: Outcome


@dataclass(frozen=True)
class _Terms:
    policy: PolicyView | None
    rules: ExchangeRules | None

    @property
    def applied(self) -> ExchangeRules:
        return self.rules or exchange_rules.WITHOUT


def preview(
    session: Session,
    order_id: int,
    swaps: Sequence[WantedSwap],
    *,
    now: datetime,
    method_id: int | None = None,
    channel: str = "",
) -> ExchangePreview:
    """What an exchange would bring; changes nothing.

    Raises:
        NotFound: no such order.
        Invalid: a line of another order, an unknown SKU, an odd quantity, a pair twice.
    """
    book = order_book.open_book(session, order_id, now=now)
    terms = _terms(session, book, now)
    return _look(session, book, terms, swaps, method_id=method_id, channel=channel)


def request(uow: UnitOfWork, wanted: WantedExchange) -> ExchangeRequested:
    """Ask for an exchange; allowed at once it goes ahead in the same breath.

    Raises:
        NotFound: no such order.
        Invalid: as in ``preview``, or something is owed and no method named.
        ExchangeRefused: nothing is changed then.
        Stale: the confirmed preview no longer holds.
        OutOfStock: somebody else just took the last of the new goods.
        NotEnoughBalance: the gift card named was used meanwhile.
    """
    locks.a_name(uow.session, f"return {wanted.key}")
    known = return_queries.by_key(uow.session, wanted.key)
    if known is not None:
        if known.order_id != wanted.order_id or known.kind is not ReturnKind.EXCHANGE:
            raise Invalid("this key is of something else", {"key": "was used before"})
        outcome = Outcome.PERSON if known.referred_by_rule else Outcome.AT_ONCE
        return ExchangeRequested(known, exchanges.by_return(uow.session, known.id), outcome)
    orders.hold_against_others(uow, wanted.order_id)
    book = order_book.open_book(uow.session, wanted.order_id, now=uow.now)
    terms = _terms(uow.session, book, uow.now)
    seen = _look(
        uow.session,
        book,
        terms,
        wanted.swaps,
        method_id=wanted.method_id,
        channel=wanted.channel,
    )
    _agree(seen, wanted)
    view = return_rows.write(uow, _new_return(uow, wanted, seen, terms))
    _write_exchange(uow, view, wanted, seen, terms.applied)
    orders.move_units(
        uow,
        view.order_id,
        [
            Units(line_id=line.order_line_id, changes={"return_requested": line.quantity})
            for line in view.lines
        ],
    )
    decision = seen.decision
    uow.emit(
        ReturnRequested(
            order_id=view.order_id,
            return_id=view.id,
            is_referred=decision.outcome is Outcome.PERSON,
            failed_rule=decision.failed_rule,
            refund_minor=0,
            currency=view.refund.currency,
        )
    )
    if decision.outcome is Outcome.AT_ONCE:
        view = return_rows.decide(uow, view.id, ReturnAction.APPROVE, version=None, by=SYSTEM.ref)
        exchange_steps.accept(uow, view)
        uow.emit(ReturnApproved(order_id=view.order_id, return_id=view.id, by_policy=True))
    payments.rederive(uow, view.order_id)
    exchange = exchanges.by_return(uow.session, view.id)
    return ExchangeRequested(view, exchange, decision.outcome)


def _terms(session: Session, book: Book, now: datetime) -> _Terms:
    in_force = sales.policy(session, book.channel.id, exchange_rules.EXCHANGES, at=now)
    return _Terms(in_force, exchange_rules.read(in_force.rules) if in_force else None)


def _look(
    session: Session,
    book: Book,
    terms: _Terms,
    wanted: Sequence[WantedSwap],
    *,
    method_id: int | None,
    channel: str,
) -> ExchangePreview:
    known = catalog.variants_by_sku(session, {swap.sku for swap in wanted})
    _check(book, wanted, known)
    swaps, pairs = _swaps(session, book, wanted, known)
    decision = exchange_eligibility.decide(
        swaps, terms.rules, today=book.today, about=book.about(channel)
    )
    difference = _difference(session, book, pairs)
    if decision.outcome is not Outcome.REFUSED and method_id is not None and difference:
        cause = settling.objection(session, book.order.id, difference, method_id)
        decision = _against(decision, cause) if cause is not None else decision
    seen = ExchangePreview(
        book.order.id,
        decision,
        pairs,
        difference,
        difference.minor > 0 and method_id is None,
        terms.applied.sends,
        terms.applied.settles,
        "",
    )
    return replace(seen, digest=_digest(seen, terms.policy, method_id))


def _check(book: Book, wanted: Sequence[WantedSwap], known: Mapping[str, VariantView]) -> None:
    if not 1 <= len(wanted) <= MOST:
        raise Invalid("choose what to exchange", {"swaps": f"must be 1 to {MOST}"})
    wrong = {
        f"swaps[{index}].line_id": "is not a line of this order"
        for index, one in enumerate(wanted)
        if one.line_id not in book.lines
    }
    wrong |= {
        f"swaps[{index}].sku": "is not in the catalogue"
        for index, one in enumerate(wanted)
        if one.sku not in known
    }
    wrong |= {
        f"swaps[{index}].quantity": "must be at least 1"
        for index, one in enumerate(wanted)
        if one.quantity < 1
    }
    if len({(one.line_id, one.sku) for one in wanted}) != len(wanted):
        wrong["swaps"] = "names a pair twice"
    if wrong:
        raise Invalid("this cannot be exchanged", wrong)


def _swaps(
    session: Session,
    book: Book,
    wanted: Sequence[WantedSwap],
    known: Mapping[str, VariantView],
) -> tuple[list[Swap], tuple[Pair, ...]]:
    """What to decide about and what it is worth; units of one line are valued in turn."""
    currency = book.order.total.currency
    ids = [variant.id for variant in known.values()]
    prices = catalog.prices(session, ids, currency=currency, channel_id=book.channel.id)
    free = free_units(session, book, ids)
    before: dict[int, int] = {}
    swaps, pairs = [], []
    for one in wanted:
        variant = known[one.sku]
        price = prices.get(variant.id)
        value = book.value(one.line_id, one.quantity, after=before.get(one.line_id, 0))
        before[one.line_id] = before.get(one.line_id, 0) + one.quantity
        ask = Ask(
            facts=book.facts[one.line_id],
            quantity=one.quantity,
            reason=one.reason,
            value_minor=value,
            condition=one.condition,
            evidence=one.evidence,
        )
        new = NewGoods(
            variant_id=variant.id,
            product_id=variant.product_id,
            is_sold=variant.is_active and price is not None,
            free=free.get(variant.id, 0),
        )
        swaps.append(Swap(ask, new))
        pairs.append(
            Pair(
                one.line_id,
                variant,
                one.quantity,
                Money(price or 0, currency),
                Money(value, currency),
                Money((price or 0) * one.quantity, currency),
            )
        )
    return swaps, tuple(pairs)


def free_units(session: Session, book: Book, variant_ids: Sequence[int]) -> dict[int, int]:
    """Units of variants that may be promised in the order's channel, over locations in use."""
    used = {place.id for place in stock.locations(session)}
    free = dict.fromkeys(variant_ids, 0)
    for level in stock.availability(session, variant_ids):
        if level.location_id in used:
            free[level.variant_id] += max(0, level.available - book.channel.stock_buffer)
    return free


def _difference(session: Session, book: Book, pairs: Sequence[Pair]) -> Money:
    """By how much the order will cost more, as it is added up anew."""
    taken: dict[int, int] = {}
    for pair in pairs:
        taken[pair.line_id] = taken.get(pair.line_id, 0) + pair.quantity
    bill = totals.bill(session, book.order)
    if any(taken.get(line.line_id, 0) > line.ordered - line.removed for line in bill.lines):
        return Money(0, book.order.total.currency)
    stays = [
        replace(line, removed=line.removed + taken.get(line.line_id, 0)) for line in bill.lines
    ]
    comes = [
        PricedLine(
            line_id=-index,
            ordered=pair.quantity,
            unit_price_minor=pair.unit_price.minor,
            discount_minor=0,
            tax_rate_bp=pair.variant.tax_rate_bp,
        )
        for index, pair in enumerate(pairs, start=1)
    ]
    anew = totals.after_change(bill, [*stays, *comes])
    return Money(anew.totals.total_minor, book.order.total.currency) - book.order.total


def _against(decision: Decision, cause: Cause) -> Decision:
    lines = tuple(
        replace(line, outcome=Outcome.REFUSED, causes=(cause,)) for line in decision.lines
    )
    return Decision(Outcome.REFUSED, lines, (cause,), 0, 0)


def _digest(seen: ExchangePreview, in_force: PolicyView | None, method_id: int | None) -> str:
    said = {
        "order": seen.order_id,
        "policy": in_force.id if in_force else None,
        "outcome": seen.decision.outcome,
        "pairs": [
            [pair.line_id, pair.variant.id, pair.quantity, pair.unit_price.minor]
            for pair in seen.pairs
        ],
        "difference": [seen.difference.minor, method_id, seen.sends, seen.settles],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _agree(seen: ExchangePreview, wanted: WantedExchange) -> None:
    if seen.decision.outcome is Outcome.REFUSED:
        raise ExchangeRefused(seen.decision)
    if seen.needs_method:
        raise Invalid("say how the difference is paid", {"method_id": "is missing"})
    if wanted.digest is not None and wanted.digest != seen.digest:
        raise Stale("what was shown no longer holds")


def _new_return(
    uow: UnitOfWork, wanted: WantedExchange, seen: ExchangePreview, terms: _Terms
) -> NewReturn:
    lines: dict[int, NewReturnLine] = {}
    for swap in wanted.swaps:
        known = lines.get(swap.line_id)
        lines[swap.line_id] = NewReturnLine(
            order_line_id=swap.line_id,
            quantity=swap.quantity + (known.quantity if known else 0),
            reason=known.reason if known else swap.reason,
            condition=known.condition if known else swap.condition,
            evidence=swap.evidence | (known.evidence if known else frozenset()),
        )
    return NewReturn(
        order_id=wanted.order_id,
        channel=wanted.channel,
        kind=ReturnKind.EXCHANGE,
        refund=Money(0, seen.difference.currency),
        fee_minor=0,
        refund_method_id=wanted.method_id,
        referred_by_rule=seen.decision.failed_rule,
        policy_id=terms.policy.id if terms.policy else None,
        key=wanted.key,
        send_back_by=return_rows.days_from(uow.now, terms.applied.send_back_within_days),
        lines=list(lines.values()),
    )


def _write_exchange(
    uow: UnitOfWork,
    view: ReturnView,
    wanted: WantedExchange,
    seen: ExchangePreview,
    rules: ExchangeRules,
) -> None:
    exchanges.write(
        uow,
        NewExchange(
            return_id=view.id,
            order_id=view.order_id,
            sends=rules.sends,
            settles=rules.settles,
            never_back=rules.never_back,
            method_id=wanted.method_id,
            difference=seen.difference,
            lines=[
                NewExchangeLine(
                    order_line_id=pair.line_id,
                    variant_id=pair.variant.id,
                    quantity=pair.quantity,
                    unit_price_minor=pair.unit_price.minor,
                    old_value_minor=pair.old_value.minor,
                    new_value_minor=pair.new_value.minor,
                )
                for pair in seen.pairs
            ],
        ),
    )
