"""What of an order may be exchanged for what, and claimed in which way: the choices of a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.kernel.money import Money
from oms_service.operations.returning import exchanging, order_book
from oms_service.operations.returning.order_book import Book
from oms_service.operations.rules import claim_eligibility, claim_rules, exchange_eligibility
from oms_service.operations.rules import exchange_rules as exchanges
from oms_service.operations.rules.claim_eligibility import ClaimAsk
from oms_service.operations.rules.claim_rules import ClaimRules
from oms_service.operations.rules.eligibility import Ask, Cause, Code, Outcome, state_refusals
from oms_service.operations.rules.exchange_eligibility import NewGoods, Swap
from oms_service.operations.rules.exchange_rules import ExchangeRules
from oms_service.orders.queries import LineView
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from oms_service.sales import queries as sales

#: Stock is no reason against a claim before the customer has said what they wish.
_PLENTY: Final = 2**31 - 1


@dataclass(frozen=True)
class OtherVariant:
    """Another version of a product; ``free`` units of it may be promised now."""

    variant: VariantView
    unit_price: Money
    free: int


@dataclass(frozen=True)
class ExchangeableLine:
    """A line, how much of it may be exchanged, for what, and what stands against it.

    ``quantity`` is 0 when no reason whatever would do; with a quantity, ``cause`` is set aside by
    some reasons only. No ``others`` at all: the product has no other version.
    """

    line: LineView
    quantity: int
    cause: Cause | None
    others: tuple[OtherVariant, ...]


@dataclass(frozen=True)
class ClaimableLine:
    """A line, how many units something may be wrong with, and what stands against it.

    ``remedies``: by reason, what the shop offers; a reason without any is not there.
    """

    line: LineView
    quantity: int
    cause: Cause | None
    remedies: Mapping[ClaimReason, frozenset[Remedy]]


def exchangeable_lines(
    session: Session, order_id: int, *, now: datetime
) -> tuple[ExchangeableLine, ...]:
    """Every line of an order with what it may be exchanged for; some fifteen queries.

    Raises:
        NotFound: no such order.
    """
    book = order_book.open_book(session, order_id, now=now)
    in_force = sales.policy(session, book.channel.id, exchanges.EXCHANGES, at=now)
    rules = exchanges.read(in_force.rules) if in_force else None
    others = _others(session, book)
    return tuple(
        _exchangeable(book, rules, line, others.get(line.variant_id, ()))
        for line in book.lines.values()
    )


def claimable_lines(session: Session, order_id: int, *, now: datetime) -> tuple[ClaimableLine, ...]:
    """Every line of an order with what may be claimed of it; eleven queries.

    Raises:
        NotFound: no such order.
    """
    book = order_book.open_book(session, order_id, now=now)
    in_force = sales.policy(session, book.channel.id, claim_rules.CLAIMS, at=now)
    rules = claim_rules.read(in_force.rules) if in_force else claim_rules.WITHOUT
    return tuple(_claimable(book, rules, line) for line in book.lines.values())


def _others(session: Session, book: Book) -> dict[int, tuple[OtherVariant, ...]]:
    """By variant of the order, the other versions that are sold in its channel."""
    kin = catalog.siblings(session, {line.variant_id for line in book.lines.values()})
    ids = sorted({one.id for of in kin.values() for one in of})
    currency = book.order.total.currency
    prices = catalog.prices(session, ids, currency=currency, channel_id=book.channel.id)
    free = exchanging.free_units(session, book, ids)
    return {
        variant_id: tuple(
            OtherVariant(one, Money(prices[one.id], currency), free.get(one.id, 0))
            for one in of
            if one.is_active and one.id in prices and one.id != variant_id
        )
        for variant_id, of in kin.items()
    }


def _exchangeable(
    book: Book, rules: ExchangeRules | None, line: LineView, others: Sequence[OtherVariant]
) -> ExchangeableLine:
    facts = book.facts[line.id]
    against = next(iter(state_refusals(facts, 1)), None)
    if against is not None or not others:
        return ExchangeableLine(line, 0, against, tuple(others))
    best = max(others, key=lambda one: one.free)
    new = NewGoods(
        variant_id=best.variant.id,
        product_id=best.variant.product_id,
        is_sold=True,
        free=best.free,
    )

    def causes(reason: ReturnReason) -> tuple[Cause, ...]:
        swap = Swap(Ask(facts=facts, quantity=1, reason=reason), new)
        decided = exchange_eligibility.decide([swap], rules, today=book.today, about=book.about(""))
        return decided.causes if decided.outcome is Outcome.REFUSED else ()

    plain = causes(ReturnReason.CHANGED_MIND)
    is_open = any(not causes(reason) for reason in ReturnReason)
    return ExchangeableLine(
        line, facts.left if is_open else 0, plain[0] if plain else None, tuple(others)
    )


def _claimable(book: Book, rules: ClaimRules, line: LineView) -> ClaimableLine:
    facts = book.facts[line.id]
    remedies: dict[ClaimReason, frozenset[Remedy]] = {}
    against: Cause | None = None
    for reason in ClaimReason:
        offered = set()
        for remedy in sorted(rules.of(reason).remedies):
            ask = ClaimAsk(facts=facts, quantity=1, reason=reason, value_minor=0, free=_PLENTY)
            decided = claim_eligibility.decide(
                [ask],
                rules,
                remedy=remedy,
                evidence=frozenset(),
                today=book.today,
                about=book.about(""),
            )
            if decided.outcome is not Outcome.REFUSED:
                offered.add(remedy)
            elif against is None or decided.causes[0].code is Code.STILL_ON_THE_WAY:
                against = decided.causes[0]
        if offered:
            remedies[reason] = frozenset(offered)
    units = max((claim_eligibility.units_left(facts, one) for one in remedies), default=0)
    return ClaimableLine(line, units, against, remedies)
