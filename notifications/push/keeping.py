"""What web push forgets: what rang where, and browsers that ring no more."""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from notifications.push.models import PushBrowser, PushRing
from notifications.push.states import RingState
from oms_service.infra.keeping import Kept
from oms_service.infra.uow import UnitOfWork
from oms_service.web.texts import N_


def _old(session: Session, before: datetime) -> int:
    rings = select(func.count()).select_from(PushRing).where(*_rung(before))
    browsers = select(func.count()).select_from(PushBrowser).where(*_ended(before))
    return (session.scalar(rings) or 0) + (session.scalar(browsers) or 0)


def _forget(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Rings first: a browser goes once nothing names it any more."""
    session, gone = uow.session, 0
    for table, over in ((PushRing, _rung(before)), (PushBrowser, _ended(before))):
        ids = session.scalars(
            select(table.id)
            .where(*over)
            .order_by(table.id)
            .limit(limit - gone)
            .with_for_update(skip_locked=True)
        ).all()
        session.execute(delete(table).where(table.id.in_(ids)))
        gone += len(ids)
    return gone


def _rung(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return PushRing.made_at < before, PushRing.state != RingState.WAITING


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    named = select(PushRing.id).where(PushRing.browser_id == PushBrowser.id).exists()
    return PushBrowser.ended_at < before, ~named


KIND: Final = Kept(
    name="rings",
    label=N_("Rings in browsers"),
    goes=N_("Which browser rang for which notice, and browsers that ring no more."),
    stays=N_("That the notice was told."),
    days=90,
    least_days=7,
    due=_old,
    forget=_forget,
)
