"""Taking an order's money in time: promised, captured as the channel's policy says, let go."""

from typing import Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.money import at_the_door, due, settling
from oms_service.operations.rules import payment_rules
from oms_service.operations.rules.payment_rules import CaptureAt, PaymentRules
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.orders.events import OrderCancelled, OrderCompleted, OrderPlaced
from oms_service.orders.policy import value_of_units
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import OrderState
from oms_service.payments import attempts, policy
from oms_service.payments import queries as payment_queries
from oms_service.payments import service as payments
from oms_service.payments.attempts import AttemptView, CaptureTooHigh, WantedAttempt
from oms_service.payments.events import (
    PaymentAskChanged,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentVoided,
    PaymentWaiting,
)
from oms_service.payments.service import WantedRefund
from oms_service.payments.states import AttemptState, Purpose
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns import exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.states import ExchangeState
from oms_service.shipping.events import ParcelHandedOver, ParcelScanned

#: How many overdue payments a sweep ends at a time.
BATCH: Final = 100
EXPIRED: Final = "expired"
_REFUSED_AT_THE_DOOR: Final = "refused_at_the_door"
_CANCELLED: Final = "order_cancelled"
#: Why a request ends whose amount is not what the order costs any more.
_OTHER_AMOUNT: Final = "other_amount"
#: Money that is asked for because of what an order costs.
_FOR_ORDER: Final = frozenset({due.ORDER_PLACED, due.ORDER_CHANGED, due.EXCHANGE})
#: Orders that nobody is asked for money for.
_ASKS_NOTHING: Final = frozenset({OrderState.DRAFT, OrderState.CANCELLED})


def capture(
    uow: UnitOfWork, order_id: int, amount: Money | None, *, key: str, reason: str = "by_hand"
) -> tuple[AttemptView, ...]:
    """Ask for promised money: one request for each authorization that is needed, oldest first.

    Args:
        uow: the transaction; the order is held, so two who ask at once are added up.
        order_id: which order.
        amount: how much; all that is left where None.
        key: the caller's own, at most 80 characters: asked twice, it is one capture.
        reason: a code.

    Raises:
        NotFound: no such order.
        Invalid: not an amount in the order's currency.
        CaptureTooHigh: more than is promised and not yet asked for.
    """
    order = orders.hold_against_others(uow, order_id)
    known = attempts.under(uow.session, order_id, f"capture:{order_id}:{key}:")
    if known:
        return known
    uow.session.flush()
    open_ones = payment_queries.authorizations(uow.session, order_id)
    left = sum(one.left_minor for one in open_ones)
    wanted = Money(left, order.currency) if amount is None else amount
    if wanted.currency != order.currency or (wanted.minor <= 0 and amount is not None):
        raise Invalid("not an amount to take", {"amount": f"must be above 0, in {order.currency}"})
    if wanted.minor > left or not wanted:
        raise CaptureTooHigh(Money(left, order.currency))
    made: list[AttemptView] = []
    missing = wanted.minor
    for place, one in enumerate(open_ones, start=1):
        part = min(missing, one.left_minor)
        if part:
            made.append(
                attempts.begin(
                    uow,
                    WantedAttempt(
                        order_id=order_id,
                        purpose=Purpose.CAPTURE,
                        amount=Money(part, order.currency),
                        method_id=one.method_id,
                        reason=reason,
                        key=f"capture:{order_id}:{key}:{place}",
                        payment_ref=one.payment_ref,
                        is_final=part == one.left_minor,
                    ),
                )
            )
            missing -= part
    return tuple(made)


def let_go(uow: UnitOfWork, order_id: int, *, key: str, reason: str) -> tuple[AttemptView, ...]:
    """Let all promised money go, and wait no longer for money nobody has paid yet; once a key.

    Raises:
        NotFound: no such order.
    """
    order = orders.hold_against_others(uow, order_id)
    for one in attempts.of_order(uow.session, order_id):
        takes = one.purpose in {Purpose.AUTHORIZE, Purpose.CHARGE}
        if takes and one.state in {AttemptState.WAITING, AttemptState.REFUSED}:
            attempts.end(uow, one.id, reason=reason)
    known = attempts.under(uow.session, order_id, f"void:{order_id}:{key}:")
    if known:
        return known
    uow.session.flush()
    return tuple(
        attempts.begin(
            uow,
            WantedAttempt(
                order_id=order_id,
                purpose=Purpose.VOID,
                amount=Money(one.left_minor, order.currency),
                method_id=one.method_id,
                reason=reason,
                key=f"void:{order_id}:{key}:{place}",
                payment_ref=one.payment_ref,
            ),
        )
        for place, one in enumerate(payment_queries.authorizations(uow.session, order_id), start=1)
    )


def follow_cost(uow: UnitOfWork, order_id: int) -> None:
    """Ask by slip, and at the door, for what the order costs now, no more and no less.

    A request over another amount is ended, and one over the right amount takes its place; the
    customer may still pay the old one, and what is too much then goes back. Counts from what came
    and what is asked for, so that running again asks for nothing more. What a provider is being
    asked for just now follows once it has answered.

    Raises:
        NotFound: no such order.
    """
    order = orders.hold_against_others(uow, order_id)
    if order.order_state in _ASKS_NOTHING:
        return
    uow.session.flush()
    now = due.standing(uow.session, order_id)
    over = now.asked_minor - now.missing_minor
    for one in reversed(now.of_exchanges):
        if one.amount.minor <= over:
            _ask_anew(uow, one, 0)
            over -= one.amount.minor
    for one in reversed(now.loose):
        amount = max(0, one.amount.minor - over)
        if amount != one.amount.minor:
            _ask_anew(uow, one, amount)
            over -= one.amount.minor - amount


def _ask_anew(uow: UnitOfWork, old: AttemptView, amount_minor: int) -> None:
    """End a request, and ask for another amount by the same method; nothing is asked for 0."""
    attempts.end(uow, old.id, reason=_OTHER_AMOUNT)
    amount = Money(amount_minor, old.amount.currency)
    new_id = None
    if amount:
        order = order_queries.by_id(uow.session, old.order_id)
        rules = payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)
        known = payment_queries.methods_by_id(uow.session, [old.method_id or 0])
        until = [rules.pays_until(one.kind, uow.now) for one in known.values()]
        new_id = attempts.begin(
            uow,
            WantedAttempt(
                order_id=old.order_id,
                purpose=old.purpose,
                amount=amount,
                method_id=old.method_id,
                reason=old.reason,
                key=f"instead:{old.order_id}:{old.id}",
                expires_at=until[0] if until else None,
            ),
        ).id
    uow.emit(
        PaymentAskChanged(
            order_id=old.order_id,
            attempt_id=old.id,
            new_attempt_id=new_id,
            before_minor=old.amount.minor,
            after_minor=amount_minor,
            currency=old.amount.currency,
        )
    )


def end_overdue(uow: UnitOfWork) -> int:
    """The sweep: slips whose deadline has passed; returns how many were ended."""
    late = attempts.overdue(uow.session, now=uow.now, limit=BATCH)
    for one in sorted(late, key=lambda attempt: (attempt.order_id, attempt.id)):
        attempts.end_if_waiting(uow, one.id, reason=EXPIRED)
    return len(late)


def send_back_if_cancelled(uow: UnitOfWork, order_id: int, *, key: str) -> None:
    """Owe back what came for an order that was called off; once a key."""
    order = orders.hold_against_others(uow, order_id)
    if order.order_state is OrderState.CANCELLED:
        uow.session.flush()
        _send_back(uow, order_id, key)


# Reactions


def after_placement(uow: UnitOfWork, event: OrderPlaced) -> None:
    """Money that came promised with the order is taken at once where the channel says so."""
    if _rules(uow, event.order_id).capture is CaptureAt.PLACEMENT:
        _capture_up_to(uow, event.order_id, None, key="placed")


def after_authorized(uow: UnitOfWork, event: PaymentAuthorized) -> None:
    """The same for money that was promised later; a cancelled order needs none."""
    order = order_queries.by_id(uow.session, event.order_id)
    if order.order_state is OrderState.CANCELLED:
        let_go(uow, event.order_id, key=f"authorized:{event.attempt_id}", reason=_CANCELLED)
        return
    rules = _rules(uow, event.order_id)
    lines = order_queries.lines(uow.session, event.order_id)
    is_due = rules.capture is CaptureAt.PLACEMENT
    if is_due or (rules.capture is CaptureAt.HAND_OVER and _has_left(lines)):
        _capture_up_to(uow, event.order_id, None, key=f"authorized:{event.attempt_id}")


def after_hand_over(uow: UnitOfWork, event: ParcelHandedOver) -> None:
    """What has left the house is paid for, where the channel takes money then.

    Counts from what was shipped so far and captured so far, so that running again adds nothing.
    """
    orders.hold_against_others(uow, event.order_id)
    if _rules(uow, event.order_id).capture is not CaptureAt.HAND_OVER:
        return
    order = order_queries.by_id(uow.session, event.order_id)
    lines = order_queries.lines(uow.session, event.order_id)
    due = order.total.minor if _has_left(lines) else _worth_of_shipped(order, lines)
    _capture_up_to(uow, event.order_id, due, key=f"parcel:{event.parcel_id}")


def after_waiting(uow: UnitOfWork, event: PaymentWaiting) -> None:
    """The order may have changed while a provider made out the slip."""
    follow_cost(uow, event.order_id)


def after_money(uow: UnitOfWork, event: PaymentCaptured | PaymentVoided) -> None:
    """Money for a cancelled order goes back; promised money that nothing needs any more is let go.

    A customer may pay a slip after the order was called off, became cheaper, or got another slip.
    """
    order = orders.hold_against_others(uow, event.order_id)
    if order.order_state is OrderState.CANCELLED:
        _send_back(uow, event.order_id, str(event.attempt_id))
    else:
        _send_back_surplus(uow, event.order_id, attempts.one(uow.session, event.attempt_id))
        follow_cost(uow, event.order_id)
    lines = order_queries.lines(uow.session, event.order_id)
    by_hand_over = _rules(uow, event.order_id).capture is CaptureAt.HAND_OVER
    if order.order_state is OrderState.CANCELLED or (by_hand_over and _has_left(lines)):
        let_go(uow, event.order_id, key=f"after:{event.attempt_id}", reason="not_needed")


def after_cancelling(uow: UnitOfWork, event: OrderCancelled) -> None:
    """Nobody pays for what was called off."""
    let_go(uow, event.order_id, key="cancelled", reason=_CANCELLED)


def after_completion(uow: UnitOfWork, event: OrderCompleted) -> None:
    """The carrier has brought everything, so it has taken the money at the door.

    What was asked for after the last parcel had left is still to be paid.
    """
    gone = at_the_door.gone(uow.session, event.order_id)
    for one in at_the_door.waiting(uow.session, event.order_id):
        if one.id in gone:
            attempts.finish(uow, one.id)


def after_scan(uow: UnitOfWork, event: ParcelScanned) -> None:
    """A parcel that goes back was not paid for at the door."""
    if event.is_newest and event.status == CarrierStatus.RETURNING:
        for one in at_the_door.waiting(uow.session, event.order_id):
            attempts.end(uow, one.id, reason=_REFUSED_AT_THE_DOOR)


def _rules(uow: UnitOfWork, order_id: int) -> PaymentRules:
    order = order_queries.by_id(uow.session, order_id)
    return payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)


def _capture_up_to(uow: UnitOfWork, order_id: int, due_minor: int | None, *, key: str) -> None:
    """Ask for what is due and neither captured nor asked for, as far as it is promised."""
    order = orders.hold_against_others(uow, order_id)
    uow.session.flush()
    left = sum(one.left_minor for one in payment_queries.authorizations(uow.session, order_id))
    amount = left
    if due_minor is not None:
        taken = payment_queries.sums(uow.session, order_id).captured
        taken += attempts.capturing(uow.session, order_id)
        amount = min(left, due_minor - taken)
    if amount > 0:
        capture(uow, order_id, Money(amount, order.currency), key=key, reason="by_policy")


def _worth_of_shipped(order: OrderView, lines: tuple[LineView, ...]) -> int:
    """What the units that left cost, shipping included: it is owed with the first parcel."""
    values = order_queries.values_of_lines(order, lines)

    def worth(line: LineView, units: int) -> int:
        gone = line.counters.removed
        return value_of_units(values[line.id], line.counters.ordered, before=gone, units=units)

    of_units = sum(worth(line, _charged_of_shipped(line)) for line in lines)
    of_all = sum(worth(line, line.counters.charged) for line in lines)
    return of_units + max(0, order.total.minor - of_all)


def _charged_of_shipped(line: LineView) -> int:
    """Units that left, less those that others were sent for in exchange."""
    exchanged = max(0, line.counters.removed - line.counters.cancelled)
    return line.counters.shipped - exchanged


def _has_left(lines: tuple[LineView, ...]) -> bool:
    """Whether everything that was not cancelled has left the house."""
    return all(line.counters.shipped >= line.counters.wanted for line in lines)


def _send_back(uow: UnitOfWork, order_id: int, key: str) -> None:
    left = policy.refundable(payment_queries.left_by_method(uow.session, order_id))
    order = order_queries.by_id(uow.session, order_id)
    if left:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=order_id,
                amount=Money(left, order.total.currency),
                reason="paid_after_cancelling",
                key=f"order:{order_id}:late:{key}",
            ),
        )


def _send_back_surplus(uow: UnitOfWork, order_id: int, came: AttemptView) -> None:
    """Owe back what came and the order does not cost any more.

    What was paid ahead for an exchange that waits for its goods is not too much.
    """
    if not _is_for_order(uow, came):
        return
    uow.session.flush()
    now = due.standing(uow.session, order_id)
    left = policy.refundable(payment_queries.left_by_method(uow.session, order_id))
    surplus = min(now.came_minor - now.needed_minor, came.amount.minor, left)
    if surplus > 0:
        payments.request_refund(
            uow,
            WantedRefund(
                order_id=order_id,
                amount=Money(surplus, came.amount.currency),
                reason=due.PAID_TOO_MUCH,
                key=f"order:{order_id}:surplus:{came.id}",
                method_id=came.method_id,
            ),
        )
        payments.rederive(uow, order_id)


def _is_for_order(uow: UnitOfWork, came: AttemptView) -> bool:
    """Whether money was asked for because of what the order costs, or is captured of what was.

    Money that moves from one method to another, and that of exchanges which were called off, is
    given back by those who know of them.
    """
    asks = {came}
    if came.purpose is Purpose.CAPTURE:
        asks = {
            one
            for one in attempts.by_reference(uow.session, came.payment_ref)
            if one.purpose is Purpose.AUTHORIZE and one.order_id == came.order_id
        }
    called_off = _of_called_off(uow, came.order_id)
    return any(one.reason in _FOR_ORDER and one.id not in called_off for one in asks)


def _of_called_off(uow: UnitOfWork, order_id: int) -> set[int]:
    """The requests of exchanges that were called off."""
    views = return_queries.of_orders(uow.session, [order_id])
    known = exchanges.of_returns(uow.session, [view.id for view in views])
    return {
        asked.id
        for one in known.values()
        if one.state is ExchangeState.CANCELLED
        for asked in settling.asked(uow.session, order_id, f"exchange:{one.id}:")
    }
