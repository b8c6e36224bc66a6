"""Giving money back because a colleague says so: how much there is, who must agree, which way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.money import Money
from oms_service.operations.rules import payment_rules
from oms_service.operations.rules.payment_rules import Giver, PaymentRules
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.queries import OrderView
from oms_service.payments import gift_cards, limits, policy, refunds
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.policy import Paid
from oms_service.payments.queries import MethodView, RefundView
from oms_service.payments.service import RefundTooHigh, WantedRefund
from oms_service.payments.states import STORED_VALUE, RefundPart, RefundState


class RefundReason(StrEnum):
    """Why a colleague gives money back."""

    LATE = "late"
    QUALITY = "quality"
    MISSING = "missing"
    PRICE = "price"
    DUPLICATE = "duplicate"
    SHIPPING_PROBLEM = "shipping_problem"
    APOLOGY = "apology"
    OTHER = "other"


class NotTheirMethod(DomainError):
    """The money cannot go there: not the customer's, ended, or neither paid with nor a balance."""

    code: ClassVar[str] = "not-their-method"
    http_status: ClassVar[int] = 422


@dataclass(frozen=True)
class Way:
    """A method that paid, and how much of that may still go back to it."""

    method: MethodView | None
    left: Money


@dataclass(frozen=True)
class Refundable:
    """What of an order's money may still go back.

    ``shipping`` is what is left of the shipping charge, ``items`` the rest of what is ``left``;
    ``owed`` is promised and not paid yet, ``disputed`` held by a bank.
    """

    order_id: int
    captured: Money
    refunded: Money
    owed: Money
    disputed: Money
    left: Money
    items: Money
    shipping: Money
    ways: tuple[Way, ...]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Money to give back.

    ``givers`` are the roles of whoever asks. Without ``method_id`` it goes back the ways it came;
    ``to_store_credit`` puts it into the customer's balance with the shop. ``key`` is the
    caller's own, at most 80 characters.
    """

    order_id: int
    amount: Money
    part: RefundPart
    reason: RefundReason
    key: str
    givers: Collection[Giver]
    method_id: int | None = None
    to_store_credit: bool = False


@dataclass(frozen=True)
class Preview:
    """What a wish would bring: which way how much, what is left then, and who must agree.

    A part without a method goes to a balance that is not open yet, or to where nobody knows.
    """

    parts: tuple[Way, ...]
    left_after: Money
    needs_approval: bool
    limit: Money | None


def refundable(session: Session, order_id: int) -> Refundable:
    """What may still go back.

    Raises:
        NotFound: no such order.
    """
    order = order_queries.by_id(session, order_id)
    return _refundable(session, order)


def preview(session: Session, wish: Wish, rules: PaymentRules, *, by: Actor) -> Preview:
    """What a wish would bring if ``by`` had it; changes nothing.

    Raises:
        NotFound: no such order.
        Invalid: an amount of nothing, or of another currency.
        RefundTooHigh: more than is left, of the order or of its shipping.
        NotTheirMethod: the money cannot go there.
    """
    order = order_queries.by_id(session, wish.order_id)
    now = _refundable(session, order)
    left = _check(now, wish)
    parts: tuple[Way, ...]
    if wish.method_id is not None:
        method = _usable(session, order, wish.method_id)
        parts = (Way(method, wish.amount),)
    elif wish.to_store_credit:
        parts = (Way(None, wish.amount),)
    else:
        paid = payment_queries.left_by_method(session, wish.order_id)
        parts = _ways(session, policy.split(wish.amount.minor, paid), wish.amount.currency)
    limit = limit_of(session, by, rules, wish.part, wish.amount.currency, wish.givers)
    given = _given_before(session, wish.order_id, wish.part)
    return Preview(
        parts,
        left - wish.amount,
        limit is not None and given + wish.amount.minor > limit,
        Money(max(0, limit - given), wish.amount.currency) if limit is not None else None,
    )


def request(uow: UnitOfWork, wish: Wish) -> tuple[RefundView, ...]:
    """Give money back; above the limit of whoever asks it waits for a second person. Once a key.

    Raises:
        NotFound, Invalid, RefundTooHigh, NotTheirMethod: as in ``preview``; nothing is owed then.
    """
    order = orders.hold_against_others(uow, wish.order_id)
    key = f"{payment_queries.WISH}{wish.order_id}:{wish.key}"
    known = payments.of_key(uow, wish.order_id, key)
    if known:
        return known
    uow.session.flush()
    rules = payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)
    limits.hold(uow)
    seen = preview(uow.session, wish, rules, by=uow.actor)
    method_id = wish.method_id
    if wish.to_store_credit:
        method_id = gift_cards.store_credit(
            uow, customer_id=order.customer_id, currency=order.currency
        )
    made = payments.request_refund(
        uow,
        WantedRefund(
            order_id=wish.order_id,
            amount=wish.amount,
            reason=wish.reason,
            key=key,
            method_id=method_id,
            part=wish.part,
            needs_approval=seen.needs_approval,
        ),
    )
    payments.rederive(uow, wish.order_id)
    return made


def needs_second_person(
    uow: UnitOfWork, order_id: int, amount: Money, *, givers: Collection[Giver], coming_minor: int
) -> bool:
    """Whether whoever acts, with these roles, may not give an amount alone on top of what was.

    ``coming_minor`` is what one person allowed and is not owed yet.
    """
    uow.session.flush()
    order = order_queries.by_id(uow.session, order_id)
    rules = payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)
    limits.hold(uow)
    limit = limit_of(uow.session, uow.actor, rules, RefundPart.ORDER, amount.currency, givers)
    given = _given_before(uow.session, order_id, RefundPart.ORDER) + coming_minor
    return limit is not None and given + amount.minor > limit


def limit_of(
    session: Session,
    by: Actor,
    rules: PaymentRules,
    part: RefundPart,
    currency: str,
    givers: Collection[Giver],
) -> int | None:
    """Up to how much somebody may give alone, in minor units; None is any amount.

    Their own limit where they have one, lower or higher; else that of their roles.
    """
    own = limits.own(session, by, part, currency)
    return _limit_of_roles(rules, part, givers) if own is None else own


def redirect(uow: UnitOfWork, refund_id: int, *, method_id: int | None) -> RefundView:
    """Send a refund another way: to one of the customer's balances, or to a colleague's hands.

    Args:
        uow: the transaction.
        refund_id: one that was refused, or that waits for a colleague.
        method_id: one of the customer's gift cards or store credits; their store credit, opened
            where there is none, if None.

    Raises:
        NotFound: no such refund.
        NotTheirMethod: the money cannot go there.
        PaymentUnderWay: a provider is paying it.
        IllegalTransition: it is paid or was declined.
    """
    refund = payment_queries.refund(uow.session, refund_id)
    order = orders.hold_against_others(uow, refund.order_id)
    if method_id is None:
        target = gift_cards.store_credit(
            uow, customer_id=order.customer_id, currency=order.currency
        )
    else:
        seen = order_queries.by_id(uow.session, refund.order_id)
        target = _usable(uow.session, seen, method_id).id
    return refunds.redirect(uow, refund_id, method_id=target)


def givers_of(roles: Collection[str]) -> frozenset[Giver]:
    """The roles of somebody that limits are known for."""
    return frozenset(Giver(str(role)) for role in roles if str(role) in set(Giver))


def _refundable(session: Session, order: OrderView) -> Refundable:
    currency = order.total.currency
    sums = payment_queries.sums(session, order.id)
    paid = payment_queries.left_by_method(session, order.id)
    left = policy.refundable(paid)
    all_of_it = payment_queries.refunds(session, order.id)
    owed = sum(one.amount.minor for one in all_of_it if one.state in payment_queries.OWED)
    disputed = payment_queries.disputed(session, order.id)
    of_shipping = sum(
        one.amount.minor
        for one in all_of_it
        if one.part is RefundPart.SHIPPING and one.state is not RefundState.DECLINED
    )
    shipping = min(left, max(0, order.shipping.minor - of_shipping))
    return Refundable(
        order_id=order.id,
        captured=Money(sums.captured, currency),
        refunded=Money(sums.refunded, currency),
        owed=Money(owed, currency),
        disputed=Money(disputed, currency),
        left=Money(left, currency),
        items=Money(left - shipping, currency),
        shipping=Money(shipping, currency),
        ways=_ways(session, [one for one in paid if one.left_minor], currency),
    )


def _check(now: Refundable, wish: Wish) -> Money:
    """What is left of the part that is wished for."""
    if wish.amount.currency != now.left.currency or wish.amount.minor <= 0:
        raise Invalid(
            "not an amount to refund", {"amount": f"must be above 0, in {now.left.currency}"}
        )
    if not 1 <= len(wish.key) <= 80:  # noqa: PLR2004 - as the docstring of Wish says
        raise Invalid("not a key", {"key": "must have 1 to 80 characters"})
    left = now.shipping if wish.part is RefundPart.SHIPPING else now.left
    if left < wish.amount:
        raise RefundTooHigh(left)
    return now.left


def _usable(session: Session, order: OrderView, method_id: int) -> MethodView:
    """One of the customer's balances, or a method that paid for the order."""
    method = payment_queries.methods_by_id(session, [method_id]).get(method_id)
    paid = {one.method_id for one in payment_queries.left_by_method(session, order.id)}
    is_theirs = method is not None and method.customer_id == order.customer_id
    if method is None or not (is_theirs and method.is_active):
        raise NotTheirMethod("this is none of the customer's payment methods")
    is_balance = method.kind in STORED_VALUE and method.currency == order.total.currency
    if not is_balance and method_id not in paid:
        raise NotTheirMethod("the order was not paid with it, and it is no balance")
    return method


def _ways(session: Session, parts: list[Paid], currency: str) -> tuple[Way, ...]:
    known = payment_queries.methods_by_id(
        session, [one.method_id for one in parts if one.method_id is not None]
    )
    return tuple(
        Way(known.get(one.method_id or 0), Money(one.left_minor, currency)) for one in parts
    )


def _limit_of_roles(rules: PaymentRules, part: RefundPart, givers: Collection[Giver]) -> int | None:
    """Up to how much these roles give; None is any amount. No role gives nothing."""
    of: Mapping[Giver, int] = rules.refund_up_to_minor
    if part is RefundPart.GOODWILL:
        of = rules.goodwill_up_to_minor
    if any(giver not in of for giver in givers):
        return None
    return max((of[giver] for giver in givers), default=0)


def _given_before(session: Session, order_id: int, part: RefundPart) -> int:
    """What was given alone of that kind for the order: many small ones are not under the limit."""
    is_kind = part is RefundPart.GOODWILL
    return sum(
        one.amount.minor
        for one in payment_queries.refunds(session, order_id)
        if (one.part is RefundPart.GOODWILL) == is_kind
        and one.is_wish
        and one.decided_by is None
        and one.state is not RefundState.DECLINED
    )
