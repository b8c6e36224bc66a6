"""What time alone does to parcels: promises pass, estimates grow old, carriers fall silent."""

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select

from oms_service.infra.uow import UnitOfWork
from oms_service.shipping import service
from oms_service.shipping.jeopardy import SILENCE
from oms_service.shipping.models import Parcel
from oms_service.shipping.states import FINAL, MOVING, Jeopardy

BATCH: Final = 200


def sweep_jeopardy(zone: ZoneInfo) -> Callable[[UnitOfWork], int]:
    """The sweep in the shop's zone: one batch of parcels whose picture is out of date.

    A parcel it has looked at is not found again before its time comes anew; parcels that another
    transaction holds are left for the next round.
    """

    def run(uow: UnitOfWork) -> int:
        heard_at = func.coalesce(Parcel.status_at, Parcel.handed_over_at)
        due = (
            select(Parcel.id)
            .where(
                Parcel.status.not_in(FINAL),
                or_(
                    Parcel.estimated_until < uow.now,
                    and_(
                        Parcel.promised_until <= uow.now,
                        Parcel.jeopardy.in_((Jeopardy.ON_TIME, Jeopardy.AT_RISK)),
                    ),
                    and_(
                        Parcel.status.in_(MOVING),
                        heard_at <= uow.now - SILENCE,
                        Parcel.jeopardy != Jeopardy.STALLED,
                    ),
                ),
            )
            .order_by(Parcel.id)
            .limit(BATCH)
            .with_for_update(key_share=True, skip_locked=True)
        )
        ids = list(uow.session.scalars(due))
        return service.reassess(uow, ids, zone=zone) if ids else 0

    return run
