"""How many orders came into doubt week by week."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Date, cast, func, select
from sqlalchemy.orm import Session

from oms_service.shipping.models import OutlookChange
from oms_service.shipping.states import Jeopardy


def doubts_by_week(
    reader: Session | Connection, *, begin: datetime, end: datetime, zone: ZoneInfo
) -> Mapping[tuple[date, Jeopardy], int]:
    """Orders whose promise came to stand so, by the Monday of the week; one query.

    An order counts once a week and standing, however often it came back to it.

    Args:
        reader: a session or connection.
        begin: the first moment.
        end: the first moment after.
        zone: whose weeks are meant.
    """
    week = cast(func.date_trunc("week", func.timezone(zone.key, OutlookChange.changed_at)), Date)
    query = (
        select(week, OutlookChange.jeopardy, func.count(OutlookChange.order_id.distinct()))
        .where(
            OutlookChange.changed_at >= begin,
            OutlookChange.changed_at < end,
            OutlookChange.jeopardy != Jeopardy.ON_TIME,
        )
        .group_by(week, OutlookChange.jeopardy)
    )
    return {(row[0], row[1]): row[2] for row in reader.execute(query)}
