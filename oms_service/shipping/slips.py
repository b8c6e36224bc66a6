"""How far arrivals were from the end of what was promised first."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Float, Subquery, cast, func, literal, select
from sqlalchemy.orm import Session

from oms_service.shipping.models import Forecast, Parcel, Shipment
from oms_service.shipping.states import ForecastStage

#: How many, the median and the ninth tenth in seconds; early is below nothing.
Slips = tuple[int, float, float]


def slips(
    reader: Connection | Session,
    *,
    since: datetime,
    until: datetime,
    of: Subquery | None = None,
) -> Mapping[str, Slips]:
    """Parcels that arrived from one moment to before another; all under "".

    ``of`` has columns ``order_id`` and ``key`` to count them by; one under two keys counts twice.
    """
    slip_s = cast(func.extract("epoch", Forecast.delivered_at - Forecast.promised_until), Float)
    key = literal("") if of is None else of.c.key
    query = (
        select(
            key.label("under"),
            func.count(),
            func.percentile_cont(0.5).within_group(slip_s),
            func.percentile_cont(0.9).within_group(slip_s),
        )
        .where(
            Forecast.stage == ForecastStage.HANDOVER,
            Forecast.delivered_at >= since,
            Forecast.delivered_at < until,
            Forecast.promised_until.is_not(None),
        )
        .group_by("under")
    )
    if of is not None:
        query = query.join(of, of.c.order_id == Forecast.order_id)
    return {str(one): (count, half, most) for one, count, half, most in reader.execute(query)}


def carriers() -> Subquery:
    """Every order with the carriers its parcels left with, as ``order_id`` and ``key``."""
    return (
        select(Shipment.order_id, Parcel.carrier.label("key"))
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .where(Parcel.handed_over_at.is_not(None))
        .distinct()
        .subquery()
    )
