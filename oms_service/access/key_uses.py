"""When each key of a program was used last, to the minute."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update

from oms_service.access.models import ApiKey
from oms_service.access.queries import KeyView
from oms_service.infra.uow import UnitOfWork

NOTED_EVERY: Final = timedelta(minutes=1)


def is_unnoted(key: KeyView, now: datetime) -> bool:
    """Whether a use at this moment is worth writing down: not twice a minute."""
    return key.last_used_at is None or key.last_used_at <= now - NOTED_EVERY


def note_use(uow: UnitOfWork, key_id: int) -> bool:
    """Write down that a key is used; whether it was not written a minute ago.

    Of many requests at once one writes, and nobody waits for it.
    """
    still = (
        select(ApiKey.id)
        .where(
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= uow.now - NOTED_EVERY),
        )
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    noted = uow.session.scalar(
        update(ApiKey).where(ApiKey.id == still).values(last_used_at=uow.now).returning(ApiKey.id)
    )
    return noted is not None
