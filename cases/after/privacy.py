"""What answers keep of people: their words. Scores stay, as figures of the shop."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
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
        _empty_words(uow, table, ids)


def old_words(session: Session, before: datetime) -> int:
    """How many answers with words were given before that."""
    return sum(
        session.scalar(select(func.count()).select_from(table).where(_worded(table, before))) or 0
        for table in (Survey, OrderFeedback)
    )


def forget_words(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Empty the words of old answers; the scores stay."""
    gone = 0
    for table in (Survey, OrderFeedback):
        ids = uow.session.scalars(
            select(table.id)
            .where(_worded(table, before))
            .order_by(table.id)
            .limit(limit - gone)
            .with_for_update(skip_locked=True)
        ).all()
        _empty_words(uow, table, ids)
        gone += len(ids)
    return gone


def _worded(table: type[Survey | OrderFeedback], before: datetime) -> ColumnElement[bool]:
    words = table.words != ""
    if table is OrderFeedback:
        of_lines = select(LineFeedback.feedback_id).where(
            LineFeedback.feedback_id == OrderFeedback.id, LineFeedback.words != ""
        )
        words = or_(words, of_lines.exists())
    return and_(table.answered_at < before, words)


def _empty_words(uow: UnitOfWork, table: type[Survey | OrderFeedback], ids: Sequence[int]) -> None:
    uow.session.execute(
        update(table)
        .where(table.id.in_(ids))
        .values(words="")
        .execution_options(synchronize_session="fetch")
    )
    if table is OrderFeedback:
        uow.session.execute(
            update(LineFeedback)
            .where(LineFeedback.feedback_id.in_(ids))
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
