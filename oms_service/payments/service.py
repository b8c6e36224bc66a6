"""Money in and out of orders: a ledger written once for each key, refunds never above payments."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import fallout, locks
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.money import Money
from oms_service.orders import service as orders
from oms_service.orders.policy import States
from oms_service.payments import policy, queries
from oms_service.payments.events import RefundApprovalNeeded, RefundPaid, RefundRequested
from oms_service.payments.models import PaymentEntry, PaymentMethod, Refund, StoredValueEntry
from oms_service.payments.policy import Paid
from oms_service.payments.queries import RefundView
from oms_service.payments.states import (
    REFUND,
    STORED_VALUE,
    EntryKind,
    MethodKind,
    RefundAction,
    RefundPart,
    RefundState,
)

#: What the list of failed steps calls a refund that a provider refused.
REFUND_STEP: Final = "payments.refund"


_ENTER: Final = Hot(
    insert(PaymentEntry).on_conflict_do_nothing(index_elements=["key"]).returning(PaymentEntry.id),
    value,
    columns=(
        "order_id",
        "method_id",
        "kind",
        "amount_minor",
        "currency",
        "provider_ref",
        "refund_id",
        "actor",
        "at",
        "key",
    ),
)


class RefundTooHigh(DomainError):
    """More would go back than came in; ``left`` is what may still go back."""

    code: ClassVar[str] = "refund-too-high"

    def __init__(self, left: Money) -> None:
        super().__init__("more than was paid and not yet refunded")
        self.left = left


class NotEnoughBalance(DomainError):
    """The gift card or store credit does not hold as much."""

    code: ClassVar[str] = "not-enough-balance"


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """A line for the payments ledger; ``key`` makes it one line however often it is told."""

    order_id: int
    kind: EntryKind
    amount: Money
    key: str
    method_id: int | None = None
    provider_ref: str = ""
    refund_id: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WantedRefund:
    """Money to go back for a reason. Without ``method_id`` it goes back the ways it came.

    Where it ``needs_approval`` it is not owed until a second person says so.
    """

    order_id: int
    amount: Money
    reason: str
    key: str
    return_id: int | None = None
    method_id: int | None = None
    part: RefundPart = RefundPart.ORDER
    needs_approval: bool = False
    asked_by: str | None = None


def rederive(uow: UnitOfWork, order_id: int) -> States:
    """Bring an order's state columns up to its counters and its ledger."""
    uow.session.flush()
    return orders.rederive(uow, order_id, queries.sums(uow.session, order_id))


def record(uow: UnitOfWork, new: NewEntry) -> bool:
    """Write a ledger line; False when its key has one already. Rederive afterwards.

    A capture from a gift card or store credit takes the amount off its balance.

    Raises:
        NotEnoughBalance: the stored value is less.
    """
    written = _ENTER.first(
        uow.session,
        order_id=new.order_id,
        method_id=new.method_id,
        kind=new.kind,
        amount_minor=new.amount.minor,
        currency=new.amount.currency,
        provider_ref=new.provider_ref,
        refund_id=new.refund_id,
        actor=uow.actor.ref,
        at=new.at or uow.now,
        key=new.key,
    )
    if written is None:
        return False
    if new.kind is EntryKind.CAPTURED and new.method_id is not None:
        method = queries.methods_by_id(uow.session, [new.method_id])[new.method_id]
        if method.kind in STORED_VALUE:
            change_balance(uow, method.id, -new.amount, cause=f"order:{new.order_id}", key=new.key)
    return True


def add_method(
    uow: UnitOfWork,
    *,
    customer_id: int,
    kind: MethodKind,
    token: str,
    currency: str | None = None,
    last_four: str = "",
) -> int:
    """A way to pay that a customer has; asked again, the one of that token. Returns its id.

    A gift card or store credit begins empty; ``change_balance`` fills it.
    """
    stored = kind in STORED_VALUE
    if stored and currency is None:
        raise Invalid("stored value has a currency", {"currency": "is missing"})
    uow.session.execute(
        insert(PaymentMethod)
        .values(
            customer_id=customer_id,
            kind=kind,
            token=token,
            currency=currency,
            last_four=last_four,
            balance_minor=0 if stored else None,
        )
        .on_conflict_do_nothing(index_elements=["customer_id", "token"])
    )
    return uow.session.execute(
        select(PaymentMethod.id).where(
            PaymentMethod.customer_id == customer_id, PaymentMethod.token == token
        )
    ).scalar_one()


def change_balance(uow: UnitOfWork, method_id: int, by: Money, *, cause: str, key: str) -> bool:
    """Add to or take from stored value, once for each key; False when it was done before.

    Raises:
        NotEnoughBalance: the balance would fall below nothing, or is of another currency.
    """
    written = uow.session.scalar(
        insert(StoredValueEntry)
        .values(
            method_id=method_id,
            amount_minor=by.minor,
            cause=cause,
            actor=uow.actor.ref,
            at=uow.now,
            key=key,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(StoredValueEntry.id)
    )
    if written is None:
        return False
    changed = uow.session.scalar(
        update(PaymentMethod)
        .where(
            PaymentMethod.id == method_id,
            PaymentMethod.kind.in_(STORED_VALUE),
            PaymentMethod.currency == by.currency,
            PaymentMethod.balance_minor + by.minor >= 0,
        )
        .values(balance_minor=PaymentMethod.balance_minor + by.minor)
        .returning(PaymentMethod.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise NotEnoughBalance("this gift card or credit does not hold as much")
    return True


def request_refund(uow: UnitOfWork, wanted: WantedRefund) -> tuple[RefundView, ...]:
    """Owe money back; asked again with the same key, the refunds made the first time.

    An order paid in several ways gets a refund for each of them. Refunds owed and paid never
    exceed what was captured: the order is held while they are added up.

    Raises:
        RefundTooHigh: nothing is owed then.
        Invalid: an amount of nothing, or of another currency.
    """
    order = orders.hold_against_others(uow, wanted.order_id)
    known = of_key(uow, wanted.order_id, wanted.key)
    if known:
        return known
    if wanted.amount.minor <= 0 or wanted.amount.currency != order.currency:
        raise Invalid("not an amount to refund", {"amount": "must be positive, in the order's"})
    uow.session.flush()
    paid = queries.left_by_method(uow.session, wanted.order_id)
    left = policy.refundable(paid)
    if wanted.amount.minor > left:
        raise RefundTooHigh(Money(left, order.currency))
    if wanted.method_id is None:
        parts = policy.split(wanted.amount.minor, paid)
    else:
        parts = [Paid(wanted.method_id, wanted.amount.minor)]
    made = [
        _owe(uow, wanted, part, payment_ref, order.currency)
        for part, payment_ref in _by_payment(uow, wanted.order_id, parts)
    ]
    return tuple(queries.refund(uow.session, refund_id) for refund_id in made)


def confirm_paid(uow: UnitOfWork, refund_id: int, *, reference: str = "") -> RefundView:
    """Say that a refund is paid; said again, it changes nothing.

    One to a gift card or store credit is in its balance then, whoever says so.

    Raises:
        NotFound: no such refund.
    """
    known = queries.refund(uow.session, refund_id)
    orders.hold_against_others(uow, known.order_id)
    row = locks.one(uow.session, Refund, refund_id)
    if row.state is RefundState.PAID:
        return queries.refund(uow.session, refund_id)
    row.state = REFUND.after(row.state, RefundAction.PAY)
    row.settled_at, row.is_by_hand, row.failure = uow.now, False, ""
    row.provider_ref = reference[:120] or row.provider_ref
    fallout.settle_for(uow, FalloutKind.PAYMENT, subject_id=row.id, step=REFUND_STEP)
    _credit(uow, queries.refund(uow.session, refund_id))
    record(
        uow,
        NewEntry(
            order_id=row.order_id,
            kind=EntryKind.REFUNDED,
            amount=Money(row.amount_minor, row.currency),
            key=key_of(refund_id),
            method_id=row.method_id,
            provider_ref=reference,
            refund_id=refund_id,
        ),
    )
    uow.emit(
        RefundPaid(
            order_id=row.order_id,
            refund_id=refund_id,
            return_id=row.return_id,
            amount_minor=row.amount_minor,
            currency=row.currency,
        )
    )
    rederive(uow, row.order_id)
    return queries.refund(uow.session, refund_id)


def pay_into_balance(uow: UnitOfWork, refund_id: int) -> RefundView:
    """Pay a refund to the gift card or store credit it is owed to, and say so; once.

    Raises:
        NotFound: no such refund.
        Invalid: it is not owed to stored value.
    """
    orders.hold_against_others(uow, queries.refund(uow.session, refund_id).order_id)
    if not _credit(uow, queries.refund(uow.session, refund_id)):
        raise Invalid("this refund is not owed to stored value")
    return confirm_paid(uow, refund_id)


def _credit(uow: UnitOfWork, refund: RefundView) -> bool:
    """Put a refund into the balance it is owed to, once; False where it goes another way."""
    known = queries.methods_by_id(uow.session, [refund.method_id] if refund.method_id else [])
    method = known.get(refund.method_id or 0)
    if method is None or method.kind not in STORED_VALUE:
        return False
    key = key_of(refund.id)
    change_balance(uow, method.id, refund.amount, cause=key, key=key)
    return True


def key_of(refund_id: int) -> str:
    """The one key under which a refund is paid, here and at a provider."""
    return f"refund:{refund_id}"


def call_key(refund_id: int, round_: int) -> str:
    """The key a provider is called with: after a refusal another, else always the same."""
    return key_of(refund_id) if round_ == 1 else f"{key_of(refund_id)}:{round_}"


def _by_payment(uow: UnitOfWork, order_id: int, parts: list[Paid]) -> list[tuple[Paid, str]]:
    """Parts cut so that each comes out of one payment of the provider's.

    What fits no payment, such as money for a gift card that did not pay, has no reference.
    """
    left = queries.left_by_payment(uow.session, order_id)
    cut: list[tuple[Paid, str]] = []
    for part in parts:
        missing = part.left_minor
        for (method_id, payment_ref), amount in left.items():
            taken = min(missing, amount) if method_id == part.method_id else 0
            if taken > 0:
                cut.append((Paid(part.method_id, taken), payment_ref))
                missing -= taken
        if missing:
            cut.append((Paid(part.method_id, missing), ""))
    return cut


def _owe(uow: UnitOfWork, wanted: WantedRefund, part: Paid, payment_ref: str, currency: str) -> int:
    key = f"{wanted.key}:{part.method_id or 'unknown'}"
    row = Refund(
        order_id=wanted.order_id,
        return_id=wanted.return_id,
        method_id=part.method_id,
        amount_minor=part.left_minor,
        currency=currency,
        reason=wanted.reason,
        state=RefundState.AWAITING_APPROVAL if wanted.needs_approval else RefundState.REQUESTED,
        requested_by=wanted.asked_by or uow.actor.ref,
        requested_at=uow.now,
        key=_free_key(uow, key),
        part=wanted.part,
        payment_ref=payment_ref,
    )
    uow.session.add(row)
    uow.session.flush()
    if wanted.needs_approval:
        uow.emit(
            RefundApprovalNeeded(
                order_id=row.order_id,
                refund_id=row.id,
                amount_minor=row.amount_minor,
                currency=currency,
            )
        )
    else:
        tell_requested(uow, queries.refund(uow.session, row.id))
    return row.id


def tell_requested(uow: UnitOfWork, refund: RefundView) -> None:
    """Say that money is owed, so that an effect pays it."""
    uow.emit(
        RefundRequested(
            order_id=refund.order_id,
            refund_id=refund.id,
            return_id=refund.return_id,
            amount_minor=refund.amount.minor,
            currency=refund.amount.currency,
        )
    )


def _free_key(uow: UnitOfWork, key: str) -> str:
    """The key, with a number behind it where one method's money is out of several payments."""
    taken = set(
        uow.session.scalars(select(Refund.key).where(Refund.key.startswith(key, autoescape=True)))
    )
    number = 1
    while (name := key if number == 1 else f"{key}:{number}") in taken:
        number += 1
    return name


def of_key(uow: UnitOfWork, order_id: int, key: str) -> tuple[RefundView, ...]:
    """The refunds made under a key, one a method."""
    found = uow.session.scalars(
        select(Refund.id).where(
            Refund.order_id == order_id, Refund.key.startswith(f"{key}:", autoescape=True)
        )
    )
    return tuple(queries.refund(uow.session, refund_id) for refund_id in sorted(found))
