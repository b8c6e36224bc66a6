"""How colleagues want to be told: by which way of what, and when not by mail."""

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notifications.colleagues.models import ColleagueWish
from notifications.colleagues.planner import QUIET_FROM_H, QUIET_UNTIL_H, Wish
from notifications.colleagues.rules import NEEDED
from notifications.colleagues.states import Kind, Way
from oms_service.customers import zones
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

Reader = Connection | Session


def of(reader: Reader, staff_ids: Collection[int], *, shop: ZoneInfo) -> dict[int, Wish]:
    """What some colleagues chose, by id; who chose nothing wants the bell. One query."""
    rows = reader.execute(
        select(
            ColleagueWish.staff_id,
            ColleagueWish.ways,
            ColleagueWish.zone,
            ColleagueWish.quiet_from_h,
            ColleagueWish.quiet_until_h,
        ).where(ColleagueWish.staff_id.in_(staff_ids))
    )
    said = {
        row.staff_id: Wish(
            _zone(row.zone, shop), _ways(row.ways), row.quiet_from_h, row.quiet_until_h
        )
        for row in rows
    }
    return {one: said.get(one, Wish(shop)) for one in staff_ids}


def zone_of(reader: Reader, staff_id: int) -> str:
    """The name of the zone that a colleague chose; empty for the shop's."""
    found = reader.execute(select(ColleagueWish.zone).where(ColleagueWish.staff_id == staff_id))
    return found.scalar_one_or_none() or ""


def choose(
    uow: UnitOfWork,
    staff_id: int,
    ways: Mapping[Kind, Way],
    *,
    zone: str = "",
    quiet_from_h: int = QUIET_FROM_H,
    quiet_until_h: int = QUIET_UNTIL_H,
) -> None:
    """Be told so from now on; chosen again alike, nothing changes.

    Raises:
        Invalid: naming what is wrong.
    """
    wrong = {str(kind): "has to be told" for kind in NEEDED if ways.get(kind) is Way.NOT}
    if zone and zone not in zones.known():
        wrong["zone"] = "is not a time zone"
    hours = {"quiet_from_h": quiet_from_h, "quiet_until_h": quiet_until_h}
    wrong |= {name: "must be 0 to 23" for name, hour in hours.items() if not 0 <= hour <= 23}  # noqa: PLR2004 - hours of a day
    if wrong:
        raise Invalid("these choices cannot hold", wrong)
    said: dict[str, object] = {
        "ways": {str(kind): str(way) for kind, way in ways.items()},
        "zone": zone,
        **hours,
        "changed_at": uow.now,
    }
    uow.session.execute(
        insert(ColleagueWish)
        .values(staff_id=staff_id, **said)
        .on_conflict_do_update(index_elements=["staff_id"], set_=said)
    )


def _ways(written: Mapping[str, str]) -> dict[Kind, Way]:
    """What was chosen; a kind or way that is no more says nothing."""
    return {
        Kind(kind): Way(way)
        for kind, way in written.items()
        if kind in set(Kind) and way in set(Way)
    }


def _zone(name: str, shop: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else shop
    except (ZoneInfoNotFoundError, ValueError):
        return shop
