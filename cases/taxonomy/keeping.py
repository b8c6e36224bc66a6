"""What fields of the shop's own say of people, for whoever shows or erases it."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from cases.models import Case
from cases.taxonomy.models import FieldValue
from oms_service.infra.privacy import Listing, listing
from oms_service.infra.uow import UnitOfWork


def export(session: Session, theirs: ColumnElement[bool]) -> Listing:
    """What fields say of the cases that fit."""
    query = (
        select(Case.number.label("case"), FieldValue.field, FieldValue.value, FieldValue.at)
        .join(Case, Case.id == FieldValue.case_id)
        .where(theirs)
        .order_by(Case.id, FieldValue.field)
    )
    return listing(session, query)


def erase(uow: UnitOfWork, case_ids: Collection[int]) -> None:
    """Empty the fields of some cases, which the caller holds."""
    uow.session.execute(
        delete(FieldValue)
        .where(FieldValue.case_id.in_(case_ids))
        .execution_options(synchronize_session=False)
    )
