"""What access forgets by itself: codes that are over, and sign-ins long past."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as OrmSession

from oms_service.access.models import HalfSignIn, LoginCode, OutsideTrip, Session
from oms_service.infra.uow import UnitOfWork

#: A code names a mail address, known to us or not: it goes within a day.
CODE_KEPT: Final = timedelta(days=1)


def forget_old_codes(uow: UnitOfWork) -> int:
    """Delete codes past their time; answer how many."""
    gone = uow.session.execute(delete(LoginCode).where(LoginCode.expires_at < uow.now - CODE_KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


def forget_half_ways(uow: UnitOfWork) -> int:
    """Delete what was begun at an entrance and not finished in time; answer how many."""
    return sum(
        uow.session.execute(delete(kind).where(kind.expires_at < uow.now)).rowcount  # type: ignore[attr-defined]  # a DELETE's result has it
        for kind in (HalfSignIn, OutsideTrip)
    )


def old_sessions(session: OrmSession, before: datetime) -> int:
    """How many sign-ins were over by then."""
    over = select(func.count()).select_from(Session).where(Session.expires_at < before)
    return session.scalar(over) or 0


def forget_sessions(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete sign-ins that were over by then."""
    over = (
        select(Session.id)
        .where(Session.expires_at < before)
        .order_by(Session.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = uow.session.execute(delete(Session).where(Session.id.in_(over)))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it
