"""Settling a difference in what an order costs: the customer owes more, or gets some back."""

from typing import ClassVar

from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.kernel.money import Money
from oms_service.operations.money import due
from oms_service.operations.rules import payment_rules
from oms_service.operations.rules.eligibility import Cause, Code
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.payments import attempts
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.attempts import AttemptView, WantedAttempt
from oms_service.payments.service import NewEntry, NotEnoughBalance, WantedRefund
from oms_service.payments.states import STORED_VALUE, AttemptState, EntryKind, Purpose


class CannotSettle(DomainError):
    """The difference cannot go by that method; ``cause`` says why, in ``rules.reasons``."""

    code: ClassVar[str] = "cannot-settle"

    def __init__(self, cause: Cause) -> None:
        super().__init__(f"this payment method cannot be used: {cause.code}")
        self.cause = cause


def settle(
    uow: UnitOfWork,
    order_id: int,
    difference: Money,
    *,
    method_id: int,
    key: str,
    reason: str,
    needed_minor: int | None = None,
) -> None:
    """Take what the customer owes more, or give back what they owe less; once for each key.

    Stored value is taken at once. For any other method the provider is asked after this
    transaction; until it has answered, the charge is among the order's payment attempts. What
    goes back is first let go of money that is authorized and not yet taken, then refunded.

    Args:
        uow: the transaction.
        order_id: which order; it is held.
        difference: above 0 the customer owes more, below 0 less; 0 does nothing.
        method_id: one of the customer's methods; a refund goes to it too.
        key: the caller's own, at most 80 characters.
        reason: a code, such as ``order_changed``.
        needed_minor: as in ``give_back``.

    Raises:
        NotFound: no such order.
        CannotSettle: not the customer's method, of another currency, or ended.
        NotEnoughBalance: the gift card or store credit holds less.
        RefundTooHigh: more would go back than came in.
    """
    order = orders.hold_against_others(uow, order_id)
    if not difference or _is_settled(uow, order_id, key):
        return
    cause = _object(uow.session, order.customer_id, order.currency, difference, method_id)
    if cause is not None and cause.code is Code.BALANCE_TOO_LOW:
        raise NotEnoughBalance("this gift card or credit does not hold as much")
    if cause is not None:
        raise CannotSettle(cause)
    if difference.minor > 0:
        charge(uow, order_id, difference, method_id=method_id, key=key, reason=reason)
    else:
        give_back(
            uow,
            order_id,
            -difference,
            method_id=method_id,
            key=key,
            reason=reason,
            needed_minor=needed_minor,
        )


def objection(session: Session, order_id: int, difference: Money, method_id: int) -> Cause | None:
    """Why ``settle`` would refuse that method, for previews; None where nothing stands against it.

    Raises:
        NotFound: no such order.
    """
    order = order_queries.by_id(session, order_id)
    return _object(session, order.customer_id, order.total.currency, difference, method_id)


def has_come(session: Session, order_id: int, key: str) -> bool:
    """Whether the money that ``settle`` took under a key is here, and not only asked for."""
    if payment_queries.is_recorded(session, key_of(order_id, key)):
        return True
    asked = attempts.by_key(session, key_of(order_id, key))
    return asked is not None and asked.state is AttemptState.DONE


def asked(session: Session, order_id: int, key: str) -> tuple[AttemptView, ...]:
    """What ``settle`` asked providers for under keys that begin so, oldest first."""
    return attempts.under(session, order_id, key_of(order_id, key))


def ask_no_more(
    uow: UnitOfWork, order_id: int, key: str, *, currency: str, reason: str, is_over: bool
) -> Money:
    """Ask no longer for money that ``settle`` asked for and that is not here; how much that is.

    What is only promised is let go. What a provider is being asked for just now cannot be
    stopped; where it ``is_over``, that counts too, and the caller gives it back should it come.

    Args:
        uow: the transaction; the order is held.
        order_id: which order.
        key: what the keys given to ``settle`` begin with.
        currency: of the order.
        reason: a code.
        is_over: nothing at all is to be paid under these keys any more.
    """
    orders.hold_against_others(uow, order_id)
    uow.session.flush()
    spared = 0
    for one in asked(uow.session, order_id, key):
        if one.state in {AttemptState.WAITING, AttemptState.REFUSED}:
            attempts.end(uow, one.id, reason=reason)
            spared += one.amount.minor
        elif one.state is AttemptState.REQUESTED:
            spared += one.amount.minor if is_over else 0
        elif one.state is AttemptState.DONE and one.purpose is Purpose.AUTHORIZE:
            spared += _let_go(uow, one, reason=reason)
    return Money(spared, currency)


def _let_go(uow: UnitOfWork, promised: AttemptView, *, reason: str) -> int:
    """Let go what is left of a promise; minor units."""
    open_ones = payment_queries.authorizations(uow.session, promised.order_id)
    for left in open_ones:
        if (left.method_id, left.payment_ref) == (promised.method_id, promised.provider_ref):
            amount = Money(min(left.left_minor, promised.amount.minor), promised.amount.currency)
            attempts.begin(
                uow,
                WantedAttempt(
                    order_id=promised.order_id,
                    purpose=Purpose.VOID,
                    amount=amount,
                    method_id=promised.method_id,
                    reason=reason,
                    key=f"void:{promised.order_id}:settled:{promised.id}",
                    payment_ref=left.payment_ref,
                ),
            )
            return amount.minor
    return 0


def charge(
    uow: UnitOfWork, order_id: int, amount: Money, *, method_id: int, key: str, reason: str
) -> None:
    """Take an amount: from a balance at once, else by asking the method's provider; once a key.

    Where the channel takes money later, a card is only asked to promise it.

    Raises:
        NotFound: no such order.
        NotEnoughBalance: the gift card or store credit holds less.
        Invalid: not an amount in the order's currency.
    """
    order = orders.hold_against_others(uow, order_id)
    method = payment_queries.methods_by_id(uow.session, [method_id])[method_id]
    if method.kind not in STORED_VALUE:
        rules = payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)
        attempts.begin(
            uow,
            WantedAttempt(
                order_id=order_id,
                purpose=Purpose.AUTHORIZE if rules.asks_first(method.kind) else Purpose.CHARGE,
                amount=amount,
                method_id=method_id,
                reason=reason,
                key=key_of(order_id, key),
                expires_at=rules.pays_until(method.kind, uow.now),
            ),
        )
        return
    payments.record(
        uow,
        NewEntry(
            order_id=order_id,
            kind=EntryKind.CAPTURED,
            amount=amount,
            key=key_of(order_id, key),
            method_id=method_id,
        ),
    )
    payments.rederive(uow, order_id)


def give_back(
    uow: UnitOfWork,
    order_id: int,
    amount: Money,
    *,
    method_id: int | None,
    key: str,
    reason: str,
    needed_minor: int | None = None,
) -> None:
    """Owe back what an order costs less; once a key. Without a method, the ways it came.

    Money that was not taken yet need not go back; an order nobody has paid for owes nothing.

    Args:
        uow: the transaction.
        order_id: which order; it is held.
        amount: how much less it costs.
        method_id: where it goes.
        key: the caller's own, at most 80 characters.
        reason: a code.
        needed_minor: what the customer is to have paid in all once this is done; as
            ``due.standing`` says where not given.

    Raises:
        NotFound: no such order.
        RefundTooHigh: more would go back than came in.
    """
    uow.session.flush()
    now = due.standing(uow.session, order_id)
    needed = now.needed_minor if needed_minor is None else needed_minor
    owed = min(amount.minor, now.came_minor - needed)
    if owed <= 0:
        return
    payments.request_refund(
        uow,
        WantedRefund(
            order_id=order_id,
            amount=Money(owed, amount.currency),
            reason=reason,
            key=key_of(order_id, key),
            method_id=method_id,
        ),
    )
    payments.rederive(uow, order_id)


def _object(
    session: Session, customer_id: int, currency: str, difference: Money, method_id: int
) -> Cause | None:
    method = payment_queries.methods_by_id(session, [method_id]).get(method_id)
    if method is None or method.customer_id != customer_id:
        return Cause(Code.METHOD_NOT_YOURS)
    if not method.is_active:
        return Cause(Code.METHOD_ENDED)
    if difference.currency != currency or (method.currency or currency) != currency:
        return Cause(Code.METHOD_CURRENCY)
    if method.kind in STORED_VALUE and (method.balance_minor or 0) < difference.minor:
        return Cause(Code.BALANCE_TOO_LOW)
    return None


def _is_settled(uow: UnitOfWork, order_id: int, key: str) -> bool:
    """Whether this difference was settled before: in the ledger, or asked of a provider."""
    return payment_queries.is_recorded(uow.session, key_of(order_id, key)) or (
        attempts.by_key(uow.session, key_of(order_id, key)) is not None
    )


def key_of(order_id: int, key: str) -> str:
    """Under which key in ledger and requests ``settle`` notes what it did under a caller's."""
    return f"settle:{order_id}:{key}"
