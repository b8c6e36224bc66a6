"""How far arrivals were from the end of what was promised first."""

from typing import Any

from sqlalchemy import Float, Select, Subquery, bindparam, cast, func, select

from oms_service.infra.headings import Called, heading
from oms_service.shipping.models import Forecast, Parcel, Shipment
from oms_service.shipping.states import ForecastStage


def slips(*, of: Subquery | None = None, called: Called | None = None) -> Select[*tuple[Any, ...]]:
    """Parcels that arrived from the moment ``since`` to before ``until``.

    ``of`` has columns ``order_id`` and ``key`` to count them by; one under two keys counts twice.

    Returns:
        A statement that answers ``under, many, half, most``: the heading, how many, the median
        and the ninth tenth in seconds; early is below nothing.
    """
    slip_s = cast(func.extract("epoch", Forecast.delivered_at - Forecast.promised_until), Float)
    query = (
        select(
            heading(Forecast.delivered_at, of, called).label("under"),
            func.count().label("many"),
            func.percentile_cont(0.5).within_group(slip_s).label("half"),
            func.percentile_cont(0.9).within_group(slip_s).label("most"),
        )
        .where(
            Forecast.stage == ForecastStage.HANDOVER,
            Forecast.delivered_at >= bindparam("since"),
            Forecast.delivered_at < bindparam("until"),
            Forecast.promised_until.is_not(None),
        )
        .group_by("under")
    )
    return query if of is None else query.join(of, of.c.order_id == Forecast.order_id)


def carriers() -> Subquery:
    """Every order with the carriers its parcels left with, as ``order_id`` and ``key``."""
    return (
        select(Shipment.order_id, Parcel.carrier.label("key"))
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .where(Parcel.handed_over_at.is_not(None))
        .distinct()
        .subquery()
    )
