"""What notices forget: the facts they told, once nobody asks for them any more."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from notifications.models import Notice
from notifications.states import NoticeState
from oms_service.infra.keeping import Kept
from oms_service.infra.uow import UnitOfWork
from oms_service.web.texts import N_


def _old(session: Session, before: datetime) -> int:
    return session.scalar(select(func.count()).select_from(Notice).where(*_over(before))) or 0


def _forget(uow: UnitOfWork, before: datetime, limit: int) -> int:
    ids = uow.session.scalars(
        select(Notice.id)
        .where(*_over(before))
        .order_by(Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    uow.session.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(facts={})
        .execution_options(synchronize_session="fetch")
    )
    return len(ids)


def _over(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return Notice.at < before, Notice.state != NoticeState.WAITING, Notice.facts != {}


KIND: Final = Kept(
    name="notices",
    label=N_("Notices to customers"),
    goes=N_("What a notice told, such as a day or a place, from the moment it was told."),
    stays=N_("Which notice went to whom, and when."),
    days=365,
    least_days=15,
    due=_old,
    forget=_forget,
)
