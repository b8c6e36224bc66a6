"""What is asked of payment providers: written down first, then called, then told to the ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from oms_service.infra import fallout, locks
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.hot import named
from oms_service.infra.once import once
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.money import Money
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.payments import queries, service
from oms_service.payments.events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentEnded,
    PaymentRefused,
    PaymentRequested,
    PaymentVoided,
    PaymentWaiting,
)
from oms_service.payments.models import PaymentAttempt
from oms_service.payments.service import NewEntry
from oms_service.payments.states import (
    ATTEMPT,
    UNDER_WAY,
    AttemptAction,
    AttemptState,
    EntryKind,
    Purpose,
)

#: The largest amount that is asked for at once: far above any order, well within a column.
MOST_MINOR: Final = 10**12
#: Longer keys of callers are not kept.
LONGEST_KEY: Final = 100
#: A number with fewer digits fits an id.
_DIGITS: Final = 19


class CaptureTooHigh(DomainError):
    """More than is authorized and not yet taken; ``left`` is what may still be captured."""

    code: ClassVar[str] = "capture-too-high"

    def __init__(self, left: Money) -> None:
        super().__init__("more than is authorized and not yet taken")
        self.left = left


@dataclass(frozen=True, kw_only=True)
class WantedAttempt:
    """Something to ask a provider for.

    ``payment_ref`` names the authorization to capture from or let go. ``key`` makes asking twice
    one request. ``expires_at`` is until when a customer may pay.
    """

    order_id: int
    purpose: Purpose
    amount: Money
    method_id: int | None
    reason: str
    key: str
    payment_ref: str = ""
    is_final: bool = True
    expires_at: datetime | None = None


@dataclass(frozen=True)
class AttemptView:
    id: int
    order_id: int
    method_id: int | None
    purpose: Purpose
    amount: Money
    reason: str
    is_final: bool
    payment_ref: str
    state: AttemptState
    round: int
    is_by_hand: bool
    provider_ref: str
    refusal: str
    slip_number: str
    action_url: str
    expires_at: datetime | None
    requested_by: str
    requested_at: datetime
    settled_at: datetime | None

    @property
    def key(self) -> str:
        """Under which the provider is asked: the same in every try, another after a refusal."""
        return f"attempt:{self.id}:{self.round}"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What has to happen before money comes, as a provider says it."""

    is_by_hand: bool = False
    reference: str = ""
    slip_number: str = ""
    action_url: str = ""
    expires_at: datetime | None = None


def one(session: Session, attempt_id: int) -> AttemptView:
    """A request.

    Raises:
        NotFound: there is none.
    """
    row = session.get(PaymentAttempt, attempt_id)
    if row is None:
        raise NotFound(f"no payment attempt {attempt_id}")
    return _view(row)


@once
def of_order(session: Session, order_id: int) -> tuple[AttemptView, ...]:
    """Every request of an order, oldest first."""
    return tuple(_view(row) for row in _OF_ORDER.all(session, order_id=order_id))


_OF_ORDER: Final = named(
    select(*PaymentAttempt.__table__.columns)
    .where(PaymentAttempt.order_id == bindparam("order_id"))
    .order_by(PaymentAttempt.id)
)


def by_key(session: Session, key: str) -> AttemptView | None:
    row = session.scalar(select(PaymentAttempt).where(PaymentAttempt.key == key))
    return _view(row) if row else None


def under(session: Session, order_id: int, prefix: str) -> tuple[AttemptView, ...]:
    """The requests of an order whose keys begin so, oldest first."""
    query = (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.order_id == order_id,
            PaymentAttempt.key.startswith(prefix, autoescape=True),
        )
        .order_by(PaymentAttempt.id)
    )
    return tuple(_view(row) for row in session.scalars(query))


def capturing(session: Session, order_id: int) -> int:
    """Minor units that are being captured or charged just now."""
    query = select(func.coalesce(func.sum(PaymentAttempt.amount_minor), 0)).where(
        PaymentAttempt.order_id == order_id,
        PaymentAttempt.purpose.in_((Purpose.CAPTURE, Purpose.CHARGE)),
        PaymentAttempt.state.in_(UNDER_WAY),
    )
    return int(session.scalar(query) or 0)


def by_reference(session: Session, reference: str) -> tuple[AttemptView, ...]:
    """The requests whose outcome a provider calls so, newest first."""
    if not reference:
        return ()
    query = (
        select(PaymentAttempt)
        .where(PaymentAttempt.provider_ref == reference)
        .order_by(PaymentAttempt.id.desc())
    )
    return tuple(_view(row) for row in session.scalars(query))


def of_call(session: Session, key: str) -> AttemptView | None:
    """The request whose provider was called with that key, in its present try or an older one."""
    number = key.split(":")[1] if key.count(":") else ""
    if not (number.isascii() and number.isdigit() and len(number) < _DIGITS):
        return None
    row = session.get(PaymentAttempt, int(number))
    return _view(row) if row else None


def overdue(session: Session, *, now: datetime, limit: int) -> tuple[AttemptView, ...]:
    """Requests that still wait though their time is over, longest overdue first."""
    query = (
        select(PaymentAttempt)
        .where(PaymentAttempt.state == AttemptState.WAITING, PaymentAttempt.expires_at <= now)
        .order_by(PaymentAttempt.expires_at, PaymentAttempt.id)
        .limit(limit)
    )
    return tuple(_view(row) for row in session.scalars(query))


def begin(uow: UnitOfWork, wanted: WantedAttempt) -> AttemptView:
    """Write down what to ask a provider for; an effect asks. Same key, same request.

    The order is held, so that requests under way and the ledger are added up by one at a time.

    Raises:
        NotFound: no such order.
        Invalid: not an amount of the order's currency, or a key that names another order's request.
        CaptureTooHigh: more would be taken or let go than is authorized; nothing is asked.
    """
    order = orders.hold_against_others(uow, wanted.order_id)
    if not 1 <= len(wanted.key) <= LONGEST_KEY:
        raise Invalid("not a key", {"key": f"must have 1 to {LONGEST_KEY} characters"})
    known = by_key(uow.session, wanted.key)
    if known is not None:
        if known.order_id != wanted.order_id:
            raise Invalid("this key is of another order", {"key": "was used before"})
        return known
    if not 0 < wanted.amount.minor <= MOST_MINOR or wanted.amount.currency != order.currency:
        raise Invalid("not an amount to pay", {"amount": f"must be above 0, in {order.currency}"})
    uow.session.flush()
    if wanted.purpose in {Purpose.CAPTURE, Purpose.VOID}:
        _check_authorized(uow, wanted)
    row = PaymentAttempt(
        order_id=wanted.order_id,
        method_id=wanted.method_id,
        purpose=wanted.purpose,
        amount_minor=wanted.amount.minor,
        currency=wanted.amount.currency,
        reason=wanted.reason,
        is_final=wanted.is_final,
        payment_ref=wanted.payment_ref,
        expires_at=wanted.expires_at,
        state=AttemptState.REQUESTED,
        round=1,
        requested_by=uow.actor.ref,
        requested_at=uow.now,
        key=wanted.key,
    )
    uow.session.add(row)
    uow.session.flush()
    _ask(uow, row)
    uow.touch(f"order:{wanted.order_id}")
    return _view(row)


def finish(uow: UnitOfWork, attempt_id: int, *, reference: str = "") -> AttemptView:
    """It was done: the ledger gets its lines; said again, it changes nothing.

    Raises:
        NotFound: no such request.
    """
    row = _held(uow, attempt_id)
    if row.state is AttemptState.DONE:
        return _view(row)
    row.state = ATTEMPT.after(row.state, AttemptAction.FINISH)
    row.settled_at = uow.now
    row.is_by_hand = False
    row.provider_ref = reference or row.provider_ref or row.payment_ref or f"attempt:{row.id}"
    for kind in _ENTRIES[row.purpose]:
        service.record(
            uow,
            NewEntry(
                order_id=row.order_id,
                kind=kind,
                amount=Money(row.amount_minor, row.currency),
                key=f"attempt:{row.id}:{kind}",
                method_id=row.method_id,
                provider_ref=row.payment_ref or row.provider_ref,
            ),
        )
    fallout.settle_for(uow, FalloutKind.PAYMENT, subject_id=row.id, step=step_of(row.purpose))
    uow.emit(
        _FACTS[row.purpose](
            order_id=row.order_id,
            attempt_id=row.id,
            amount_minor=row.amount_minor,
            currency=row.currency,
        )
    )
    service.rederive(uow, row.order_id)
    return _view(row)


def wait(uow: UnitOfWork, attempt_id: int, of: Waiting, *, round_: int) -> AttemptView:
    """Somebody has to do something before it is done; told again, only what is new counts.

    ``round_`` is the try that was answered: an answer to an older one says nothing any more.
    """
    row = _held(uow, attempt_id)
    if row.round != round_ or row.state not in {AttemptState.REQUESTED, AttemptState.WAITING}:
        return _view(row)
    is_news = row.state is AttemptState.REQUESTED
    row.state = ATTEMPT.after(row.state, AttemptAction.WAIT)
    row.is_by_hand = of.is_by_hand
    row.provider_ref = of.reference or row.provider_ref
    row.slip_number = of.slip_number or row.slip_number
    row.action_url = of.action_url or row.action_url
    row.expires_at = of.expires_at or row.expires_at
    if is_news:
        uow.emit(
            PaymentWaiting(
                order_id=row.order_id,
                attempt_id=row.id,
                purpose=row.purpose,
                is_by_hand=row.is_by_hand,
                expires_at=row.expires_at.isoformat() if row.expires_at else "",
            )
        )
    uow.touch(f"order:{row.order_id}")
    return _view(row)


def refuse(uow: UnitOfWork, attempt_id: int, refusal: str, *, round_: int) -> AttemptView:
    """The provider said no: it is on the list of failed steps until somebody tries again."""
    row = _held(uow, attempt_id)
    if row.round != round_ or row.state not in {AttemptState.REQUESTED, AttemptState.WAITING}:
        return _view(row)
    row.state = ATTEMPT.after(row.state, AttemptAction.REFUSE)
    row.refusal, row.settled_at, row.is_by_hand = refusal[:60], uow.now, False
    number = order_queries.by_id(uow.session, row.order_id).number
    fallout.record(
        uow,
        FalloutKind.PAYMENT,
        subject_id=row.id,
        step=step_of(row.purpose),
        what=f"{row.purpose} {row.amount_minor} {row.currency}, {number}",
        cause=row.refusal,
        owner="lead",
        attempts=row.round,
    )
    uow.emit(
        PaymentRefused(
            order_id=row.order_id, attempt_id=row.id, purpose=row.purpose, refusal=row.refusal
        )
    )
    uow.touch(f"order:{row.order_id}")
    return _view(row)


def end(uow: UnitOfWork, attempt_id: int, *, reason: str) -> AttemptView:
    """Wait no longer; ended again, it changes nothing.

    Raises:
        NotFound: no such request.
        IllegalTransition: it is done, or the provider is being asked just now.
    """
    row = _held(uow, attempt_id)
    if row.state is AttemptState.ENDED:
        return _view(row)
    row.state = ATTEMPT.after(row.state, AttemptAction.END)
    row.settled_at, row.is_by_hand = uow.now, False
    fallout.settle_for(uow, FalloutKind.PAYMENT, subject_id=row.id, step=step_of(row.purpose))
    uow.emit(
        PaymentEnded(order_id=row.order_id, attempt_id=row.id, purpose=row.purpose, reason=reason)
    )
    uow.touch(f"order:{row.order_id}")
    return _view(row)


def end_if_waiting(uow: UnitOfWork, attempt_id: int, *, reason: str) -> None:
    """End what still waits; whatever became of it meanwhile stays."""
    if _held(uow, attempt_id).state is AttemptState.WAITING:
        end(uow, attempt_id, reason=reason)


def retry(uow: UnitOfWork, attempt_id: int) -> AttemptView:
    """Ask anew what was refused, under a new key.

    Raises:
        NotFound: no such request.
        IllegalTransition: it was not refused.
        CaptureTooHigh: the money has been taken or let go by another request meanwhile.
    """
    row = _held(uow, attempt_id)
    state = ATTEMPT.after(row.state, AttemptAction.RETRY)
    if row.purpose in {Purpose.CAPTURE, Purpose.VOID}:
        _check_authorized(uow, _as_wanted(row))
    row.state, row.round = state, row.round + 1
    row.refusal, row.settled_at = "", None
    fallout.settle_for(uow, FalloutKind.PAYMENT, subject_id=row.id, step=step_of(row.purpose))
    _ask(uow, row)
    uow.touch(f"order:{row.order_id}")
    return _view(row)


def step_of(purpose: Purpose) -> str:
    """What the list of failed steps calls a request."""
    return f"payments.{purpose}"


_ENTRIES: Final = {
    Purpose.AUTHORIZE: (EntryKind.AUTHORIZED,),
    Purpose.CHARGE: (EntryKind.CAPTURED,),
    Purpose.CAPTURE: (EntryKind.CAPTURED,),
    Purpose.VOID: (EntryKind.VOIDED,),
}
_FACTS: Final = {
    Purpose.AUTHORIZE: PaymentAuthorized,
    Purpose.CHARGE: PaymentCaptured,
    Purpose.CAPTURE: PaymentCaptured,
    Purpose.VOID: PaymentVoided,
}


def _held(uow: UnitOfWork, attempt_id: int) -> PaymentAttempt:
    orders.hold_against_others(uow, one(uow.session, attempt_id).order_id)
    return locks.one(uow.session, PaymentAttempt, attempt_id)


def _check_authorized(uow: UnitOfWork, wanted: WantedAttempt) -> None:
    left = sum(
        one.left_minor
        for one in queries.authorizations(uow.session, wanted.order_id)
        if (one.method_id, one.payment_ref) == (wanted.method_id, wanted.payment_ref)
    )
    if wanted.amount.minor > left:
        raise CaptureTooHigh(Money(left, wanted.amount.currency))


def _ask(uow: UnitOfWork, row: PaymentAttempt) -> None:
    uow.emit(
        PaymentRequested(
            order_id=row.order_id,
            attempt_id=row.id,
            purpose=row.purpose,
            amount_minor=row.amount_minor,
            currency=row.currency,
        )
    )


def _as_wanted(row: PaymentAttempt) -> WantedAttempt:
    return WantedAttempt(
        order_id=row.order_id,
        purpose=row.purpose,
        amount=Money(row.amount_minor, row.currency),
        method_id=row.method_id,
        reason=row.reason,
        key=row.key,
        payment_ref=row.payment_ref,
        is_final=row.is_final,
    )


def _view(row: PaymentAttempt) -> AttemptView:
    return AttemptView(
        row.id,
        row.order_id,
        row.method_id,
        row.purpose,
        Money(row.amount_minor, row.currency),
        row.reason,
        row.is_final,
        row.payment_ref,
        row.state,
        row.round,
        row.is_by_hand,
        row.provider_ref,
        row.refusal,
        row.slip_number,
        row.action_url,
        row.expires_at,
        row.requested_by,
        row.requested_at,
        row.settled_at,
    )
