"""What notices keep of people: the facts they told. That something was told, and when, stays."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from notifications.models import Notice, WayOrder
from notifications.states import NoticeState
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork

ERASED: Final = "erased"


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    told = select(*shown(Notice, "key")).where(_theirs(person)).order_by(Notice.id)
    order = select(*shown(WayOrder)).where(WayOrder.customer_id.in_(person.ids))
    return {
        "notices": listing(session, told),
        "way_orders": listing(session, order.order_by(WayOrder.id)),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """Empty the facts; what waits for the morning is not told any more."""
    ids = lock(uow.session, Notice.id, _theirs(person))
    uow.session.execute(
        update(Notice)
        .where(Notice.id.in_(ids), Notice.state == NoticeState.WAITING)
        .values(state=NoticeState.SUPPRESSED, due_at=None, why=ERASED)
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(delete(WayOrder).where(WayOrder.customer_id.in_(person.ids)))
    uow.session.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(facts={}, unread_at=None)
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    owner, key = Notice.customer_id, Notice.id
    has_one = exists().where(aliased(WayOrder).customer_id == to)
    return {
        "notices": hand_over(uow.session, owner, key, source=source, to=to),
        "way_orders": hand_over(
            uow.session,
            WayOrder.customer_id,
            WayOrder.id,
            source=source,
            to=to,
            where=~has_one,
        ),
    }


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    owner, key = Notice.customer_id, Notice.id
    hand_back(uow.session, owner, key, moved.get("notices", ()), source=source, to=to)
    orders = moved.get("way_orders", ())
    owner, key = WayOrder.customer_id, WayOrder.id
    hand_back(uow.session, owner, key, orders, source=source, to=to)


def _theirs(person: Person) -> ColumnElement[bool]:
    return or_(Notice.customer_id.in_(person.ids), Notice.order_id.in_(person.order_ids))
