"""Asking customers how a delivery and its products were, and taking their answer.

Asked once for each order, some time after all of it was delivered, and only where nothing about it
is open: who waits for an answer of ours is not asked how content they are.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from cases import opening
from cases.after import answers, rules
from cases.after.events import FeedbackAsked, FeedbackGiven
from cases.after.models import LineFeedback, OrderFeedback
from cases.after.policy import PATIENCE, is_low, was_asked_lately
from cases.after.rules import Rules
from cases.after.states import AskState, Skipped
from cases.after.surveys import last_asked
from cases.after.views import FeedbackView, Given
from cases.models import Case
from cases.states import ACTIVE
from oms_service.customers import queries as customers
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderCompleted
from oms_service.orders.queries import LineView
from oms_service.orders.states import OrderState
from oms_service.pickup import queries as pickups
from oms_service.returns import queries as returns
from oms_service.returns.states import ReturnState
from oms_service.shipping import queries as shipping

#: What a customer refuses who does not want to be asked.
PURPOSE: Final = "surveys"
REASON: Final = "feedback"
#: Where such cases come from: the house opens them, so nobody waits for a first word.
FROM_FEEDBACK: Final = "feedback"
BATCH: Final = 100
#: What is in the way of asking is looked at again so much later.
_LOOK_AGAIN: Final = timedelta(days=1)
_OVER: Final = frozenset({ReturnState.REJECTED, ReturnState.RECEIVED, ReturnState.CANCELLED})


# Planning


def plan(uow: UnitOfWork, event: OrderCompleted) -> None:
    """All of an order is there: note that its customer is to be asked, or why not."""
    order = orders.by_id(uow.session, event.order_id)
    held = rules.in_force(uow.session)
    parcels = shipping.parcels_of(uow.session, [order.id])
    arrived = [one for one in parcels if one.delivered_at is not None]
    if not arrived or pickups.of_order(uow.session, order.id) is not None:
        return
    last = max(arrived, key=lambda one: one.delivered_at or uow.now)
    delivered_at = last.delivered_at or uow.now
    if uow.now - delivered_at > PATIENCE:
        return
    is_asked = held.asks_feedback
    uow.session.execute(
        insert(OrderFeedback)
        .values(
            order_id=order.id,
            customer_id=order.customer_id,
            language=order.language,
            carrier=last.carrier,
            delivered_at=delivered_at,
            state=AskState.WAITING if is_asked else AskState.SKIPPED,
            why="" if is_asked else Skipped.OFF,
            due_at=delivered_at + held.feedback_after if is_asked else None,
            words="",
            answered_on="",
            version=1,
        )
        .on_conflict_do_nothing(index_elements=["order_id"])
    )


def ask_due(uow: UnitOfWork) -> int:
    """Ask everybody whose time has come; answer how many were looked at."""
    due = (
        select(OrderFeedback)
        .where(OrderFeedback.state == AskState.WAITING, OrderFeedback.due_at <= uow.now)
        .order_by(OrderFeedback.due_at, OrderFeedback.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = list(uow.session.scalars(due))
    held = rules.in_force(uow.session)
    for one in found:
        _ask(uow, one, held)
        # What was asked a moment ago counts for the next one of the same customer.
        uow.session.flush()
    return len(found)


def _ask(uow: UnitOfWork, feedback: OrderFeedback, held: Rules) -> None:
    why = _why_not(uow, feedback, held)
    if why is None and _is_in_the_way(uow, feedback, held):
        planned = feedback.delivered_at + held.feedback_after
        if uow.now - planned < PATIENCE:
            feedback.due_at = uow.now + _LOOK_AGAIN
            return
        why = Skipped.UNFINISHED
    feedback.version += 1
    feedback.due_at = None
    if why is not None:
        feedback.state, feedback.why = AskState.SKIPPED, why
        return
    feedback.state = AskState.ASKED
    feedback.asked_at, feedback.answer_until = uow.now, uow.now + held.answer_within
    uow.emit(
        FeedbackAsked(
            order_id=feedback.order_id,
            feedback_id=feedback.id,
            answer_until=feedback.answer_until.isoformat(),
        )
    )


def _why_not(uow: UnitOfWork, feedback: OrderFeedback, held: Rules) -> Skipped | None:
    """What will not change by waiting."""
    if not held.asks_feedback:
        return Skipped.OFF
    if customers.find(uow.session, feedback.customer_id) is None:
        return Skipped.UNKNOWN_CUSTOMER
    if customers.refuses(uow.session, feedback.customer_id, PURPOSE):
        return Skipped.REFUSED
    order = orders.by_id(uow.session, feedback.order_id)
    return Skipped.CANCELLED if order.order_state is OrderState.CANCELLED else None


def _is_in_the_way(uow: UnitOfWork, feedback: OrderFeedback, held: Rules) -> bool:
    """Whether something is open, or this customer was asked too short a while ago."""
    locks.a_name(uow.session, f"asking:{feedback.customer_id}")
    asked_at = last_asked(uow, feedback.customer_id)
    if was_asked_lately(asked_at, held, now=uow.now):
        return True
    is_open = select(Case.id).where(
        Case.customer_id == feedback.customer_id, Case.state.in_(ACTIVE), ~Case.is_internal
    )
    if uow.session.scalar(is_open.limit(1)) is not None:
        return True
    asked = returns.of_orders(uow.session, [feedback.order_id])
    return any(one.state not in _OVER for one in asked)


# Answering


def give(
    uow: UnitOfWork,
    feedback_id: int,
    *,
    score: int | None,
    words: str = "",
    lines: Collection[Given] = (),
    on: str,
) -> FeedbackView:
    """Take a customer's answer, whole; given again, the last one counts.

    Args:
        uow: its actor is who answers.
        feedback_id: the question.
        score: of the delivery, 1 to 5; None where they say nothing of it.
        words: about the delivery.
        lines: of the products, as many as they like.
        on: where it was answered, as a code.

    Raises:
        NotFound: no such question was asked.
        Invalid: no score at all, one outside 1 to 5, words too long, a line of another order.
        TooLate: its deadline has passed.
    """
    answers.check(score, words)
    for one in lines:
        answers.check(one.score, one.words)
    if score is None and not lines:
        raise Invalid("nothing was said", {"score": "is missing"})
    feedback = locks.one(uow.session, OrderFeedback, feedback_id)
    answers.assert_open(feedback, now=uow.now)
    of = {line.id: line for line in orders.lines(uow.session, feedback.order_id)}
    if not {one.order_line_id for one in lines} <= of.keys():
        raise Invalid("that is not in this order", {"lines": "are of another order"})
    feedback.state, feedback.score, feedback.words = AskState.ANSWERED, score, words.strip()
    feedback.answered_at, feedback.answered_on = uow.now, on
    feedback.version += 1
    _keep(uow, feedback_id, lines, of)
    uow.emit(FeedbackGiven(order_id=feedback.order_id, feedback_id=feedback_id, score=score))
    if is_low(score, rules.in_force(uow.session)) and feedback.case_id is None:
        feedback.case_id = _look_into(uow, feedback)
    uow.session.flush()
    return view_of(feedback)


def _keep(
    uow: UnitOfWork, feedback_id: int, lines: Collection[Given], of: Mapping[int, LineView]
) -> None:
    uow.session.execute(delete(LineFeedback).where(LineFeedback.feedback_id == feedback_id))
    rows = {
        one.order_line_id: {
            "feedback_id": feedback_id,
            "order_line_id": one.order_line_id,
            "variant_id": of[one.order_line_id].variant_id,
            "sku": of[one.order_line_id].sku,
            "name": dict(of[one.order_line_id].name),
            "score": one.score,
            "words": one.words.strip(),
        }
        for one in lines
    }
    if rows:
        uow.session.execute(insert(LineFeedback).values([rows[key] for key in sorted(rows)]))


def _look_into(uow: UnitOfWork, feedback: OrderFeedback) -> int:
    """Somebody looks at what went wrong, and may write to the customer."""
    case = opening.open_case(
        uow,
        reason=REASON,
        language=feedback.language,
        channel=FROM_FEEDBACK,
        order_id=feedback.order_id,
        customer_id=feedback.customer_id,
        wanted={"score": feedback.score},
        failed_rule="low_score",
    )
    return case.id


def view_of(feedback: OrderFeedback) -> FeedbackView:
    return FeedbackView(
        **{name: getattr(feedback, name) for name in FeedbackView.__dataclass_fields__}
    )
