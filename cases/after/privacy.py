"""What answers keep of people: their words. Scores stay, as figures of the shop."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from cases.after.models import LineFeedback, OrderFeedback, Survey
from cases.after.states import AskState, Skipped
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    lines = (
        select(*shown(LineFeedback))
        .join(OrderFeedback, OrderFeedback.id == LineFeedback.feedback_id)
        .where(_deliveries(person))
        .order_by(LineFeedback.feedback_id, LineFeedback.order_line_id)
    )
    deliveries = select(*shown(OrderFeedback)).where(_deliveries(person))
    surveys = select(*shown(Survey)).where(_surveys(person))
    return {
        "satisfaction": listing(session, surveys.order_by(Survey.id)),
        "feedback": listing(session, deliveries.order_by(OrderFeedback.id)),
        "feedback_on_products": listing(session, lines),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """Empty the words; whoever was still to be asked is not asked any more."""
    session = uow.session
    surveys = lock(session, Survey.id, _surveys(person))
    deliveries = lock(session, OrderFeedback.id, _deliveries(person))
    for table, ids in ((Survey, surveys), (OrderFeedback, deliveries)):
        session.execute(
            update(table)
            .where(table.id.in_(ids), table.state == AskState.WAITING)
            .values(state=AskState.SKIPPED, due_at=None, why=Skipped.ERASED)
            .execution_options(synchronize_session="fetch")
        )
        session.execute(
            update(table)
            .where(table.id.in_(ids))
            .values(words="")
            .execution_options(synchronize_session="fetch")
        )
    session.execute(
        update(LineFeedback)
        .where(LineFeedback.feedback_id.in_(deliveries))
        .values(words="")
        .execution_options(synchronize_session=False)
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    session = uow.session
    surveys = hand_over(session, Survey.customer_id, Survey.id, source=source, to=to)
    deliveries = hand_over(
        session, OrderFeedback.customer_id, OrderFeedback.id, source=source, to=to
    )
    return {"surveys": surveys, "feedback": deliveries}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    session = uow.session
    for name, owner, key in (
        ("surveys", Survey.customer_id, Survey.id),
        ("feedback", OrderFeedback.customer_id, OrderFeedback.id),
    ):
        hand_back(session, owner, key, moved.get(name, ()), source=source, to=to)


def _surveys(person: Person) -> ColumnElement[bool]:
    return Survey.customer_id.in_(person.ids)


def _deliveries(person: Person) -> ColumnElement[bool]:
    return or_(
        OrderFeedback.customer_id.in_(person.ids), OrderFeedback.order_id.in_(person.order_ids)
    )
