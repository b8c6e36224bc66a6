"""Forecasts as a log holds them, in bulk, for reports."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from oms_service.shipping import bulk
from oms_service.shipping.bulk import ForecastRow
from oms_service.shipping.states import ForecastStage


def a_forecast(
    order_id: int,
    parcel_id: int | None,
    promised_until: datetime,
    *,
    stage: ForecastStage = ForecastStage.HANDOVER,
    off_hours: float | None = 0.0,
    is_at_risk: bool = False,
    carrier: str = "yamato",
    to: str = "東京都",
    told_later_hours: float = 0.0,
) -> ForecastRow:
    """One of a delivery that was foretold for noon of its promised day, from nine to six.

    It came ``off_hours`` after noon, or never where that is None.
    """
    noon = promised_until - timedelta(hours=12)
    came = None if off_hours is None else noon + timedelta(hours=off_hours)
    return ForecastRow(
        order_id=order_id,
        parcel_id=parcel_id,
        stage=stage,
        said_at=promised_until - timedelta(days=1),
        early=noon - timedelta(hours=3),
        median=noon,
        late=noon + timedelta(hours=6),
        promised_until=promised_until,
        chance_late=0.5 if is_at_risk else 0.1,
        is_at_risk=is_at_risk,
        carrier=carrier,
        origin_region="大阪府",
        destination_region=to,
        delivered_at=came,
        told_until=promised_until + timedelta(hours=told_later_hours) if came else None,
    )


def keep(session: Session, forecasts: Sequence[ForecastRow]) -> None:
    bulk.add_forecasts(session, forecasts)
