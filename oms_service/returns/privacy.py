"""What returns keep of people: the words in which they were decided. They go where orders go."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_service.infra.privacy import Moved, Person, listing, shown
from oms_service.infra.uow import UnitOfWork
from oms_service.returns.models import Return
from oms_service.returns.states import ReturnState


def waiting(session: Session, person: Person) -> Sequence[str]:
    numbers = session.scalars(
        select(Return.number)
        .where(
            Return.order_id.in_(person.order_ids),
            Return.state.in_((ReturnState.REQUESTED, ReturnState.APPROVED)),
        )
        .order_by(Return.id)
    )
    return [f"return {number} is under way" for number in numbers]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    own = select(*shown(Return, "key", "version")).where(Return.order_id.in_(person.order_ids))
    return {"returns": listing(session, own.order_by(Return.id))}


def erase(uow: UnitOfWork, person: Person) -> None:
    uow.session.execute(
        update(Return)
        .where(Return.order_id.in_(person.order_ids), Return.decision_note != "")
        .values(decision_note="")
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's signature
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved."""
