"""How many units customers wanted to send back week by week, and why."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Date, cast, func, select
from sqlalchemy.orm import Session

from oms_service.returns.models import Return, ReturnLine
from oms_service.returns.states import ReturnReason


def by_week(
    reader: Session | Connection, *, begin: datetime, end: datetime, zone: ZoneInfo
) -> Mapping[tuple[date, ReturnReason], int]:
    """Units asked to be returned, by the Monday of their week and their reason; one query.

    Args:
        reader: a session or connection.
        begin: the first moment.
        end: the first moment after.
        zone: whose weeks are meant.
    """
    week = cast(func.date_trunc("week", func.timezone(zone.key, Return.requested_at)), Date)
    query = (
        select(week, ReturnLine.reason, func.sum(ReturnLine.quantity))
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .where(Return.requested_at >= begin, Return.requested_at < end)
        .group_by(week, ReturnLine.reason)
    )
    return {(row[0], row[1]): int(row[2]) for row in reader.execute(query)}
