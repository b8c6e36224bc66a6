"""What fields of the shop's own keep of people: whatever colleagues wrote of their cases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from cases.models import Case
from cases.taxonomy.models import FieldValue
from oms_service.conversations.privacy import threads_of
from oms_service.infra.privacy import Moved, Person, listing
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:
    """Nothing: open cases say it themselves."""
    del session, person
    return []


def export(session: Session, person: Person) -> Mapping[str, Any]:
    query = (
        select(Case.number.label("case"), FieldValue.field, FieldValue.value, FieldValue.at)
        .join(Case, Case.id == FieldValue.case_id)
        .where(_theirs(session, person))
        .order_by(Case.id, FieldValue.field)
    )
    return {"fields": listing(session, query)}


def erase(uow: UnitOfWork, person: Person) -> None:
    """Empty the fields of all their cases; a field that says nothing has no row."""
    empty(uow, uow.session.scalars(select(Case.id).where(_theirs(uow.session, person))).all())


def empty(uow: UnitOfWork, case_ids: Sequence[int]) -> None:
    """Empty the fields of some cases."""
    uow.session.execute(
        delete(FieldValue)
        .where(FieldValue.case_id.in_(case_ids))
        .execution_options(synchronize_session=False)
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    """Nothing: values hang on cases, which move."""
    del uow, source, to
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved."""
    del uow, moved, source, to


def _theirs(session: Session, person: Person) -> ColumnElement[bool]:
    return or_(
        Case.customer_id.in_(person.ids),
        Case.order_id.in_(person.order_ids),
        Case.conversation_id.in_(threads_of(session, person)),
    )
