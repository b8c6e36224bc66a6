"""What colleagues were told goes after a while, whole: it only points at what is kept elsewhere."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from notifications.colleagues.models import ColleagueNotice
from oms_service.infra.keeping import Kept
from oms_service.infra.uow import UnitOfWork
from oms_service.web.texts import N_


def _old(session: Session, before: datetime) -> int:
    query = select(func.count()).select_from(ColleagueNotice).where(ColleagueNotice.at < before)
    return session.scalar(query) or 0


def _forget(uow: UnitOfWork, before: datetime, limit: int) -> int:
    old = (
        select(ColleagueNotice.id)
        .where(ColleagueNotice.at < before)
        .order_by(ColleagueNotice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = uow.session.execute(
        delete(ColleagueNotice)
        .where(ColleagueNotice.id.in_(old))
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


KIND: Final = Kept(
    name="colleague_notices",
    label=N_("Notices to colleagues"),
    goes=N_("What a colleague was told, and when they read it, from the moment they were told."),
    stays=N_("What it was about: cases, orders and stock have rules of their own."),
    days=180,
    least_days=7,
    due=_old,
    forget=_forget,
)
