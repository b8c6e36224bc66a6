"""What time alone does to parcels: promises pass, estimates grow old, carriers fall silent."""

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from oms_service.infra.uow import UnitOfWork
from oms_service.shipping import service
from oms_service.shipping.models import Parcel

BATCH: Final = 200


def sweep_jeopardy(zone: ZoneInfo) -> Callable[[UnitOfWork], int]:
    """The sweep in the shop's zone: one batch of parcels that are to be looked at again.

    A parcel it has looked at is not found again before its time comes anew; parcels that another
    transaction holds are left for the next round.
    """

    def run(uow: UnitOfWork) -> int:
        due = (
            select(Parcel.id)
            .where(Parcel.look_again_at <= uow.now)
            .order_by(Parcel.look_again_at, Parcel.id)
            .limit(BATCH)
            .with_for_update(key_share=True, skip_locked=True)
        )
        ids = sorted(uow.session.scalars(due))
        return service.reassess(uow, ids, zone=zone) if ids else 0

    return run
