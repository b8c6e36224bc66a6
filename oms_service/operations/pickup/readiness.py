"""By when things would be ready in a shop, before anybody orders them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.inventory import queries as stock
from oms_service.operations.sources import bringing
from oms_service.pickup import policy, queries


@dataclass(frozen=True)
class Readiness:
    """The moment things are ready, in UTC; ``is_brought`` where another place sends some first."""

    ready_by: datetime
    is_brought: bool


def in_shop(
    session: Session,
    location_id: int,
    wanted: Mapping[int, int],
    *,
    buffer: int,
    now: datetime,
) -> Readiness:
    """What would be promised if it were ordered now; nothing is kept for it.

    Args:
        session: to read with.
        location_id: the shop.
        wanted: units by variant.
        buffer: units of each level the sales channel leaves untouched.
        now: UTC.

    Raises:
        Invalid: nothing can be fetched there.
    """
    point = bringing.check_point(session, location_id)
    there = stock.to_promise(session, set(wanted), buffer=buffer)
    is_brought = any(there[of].by_location.get(point.id, 0) < units for of, units in wanted.items())
    terms = queries.terms(session, point.id)
    zone = ZoneInfo(point.zone)
    begins = now + timedelta(days=terms.transfer_days if is_brought else 0)
    day_off = bringing.days_off(session, point.id, zone)
    return Readiness(policy.ready_by(begins, terms, zone, day_off), is_brought)
