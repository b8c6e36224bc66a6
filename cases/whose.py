"""Whose cases they are."""

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from cases.models import Case
from oms_service.conversations.privacy import threads_of
from oms_service.infra.privacy import Person


def theirs(session: Session, person: Person) -> ColumnElement[bool]:
    """Which cases are a person's: by themselves, their orders or their conversations."""
    return or_(
        Case.customer_id.in_(person.ids),
        Case.order_id.in_(person.order_ids),
        Case.conversation_id.in_(threads_of(session, person)),
    )
