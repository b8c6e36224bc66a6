"""The bulk door of shipping: shipments, parcels, scans and promises, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from oms_service.infra import bulk
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.models import Forecast, Parcel, ParcelLine, Promise, Scan, Shipment
from oms_service.shipping.states import Cause, ForecastStage, Jeopardy, Suggestion


@dataclass(frozen=True, kw_only=True, slots=True)
class ShipmentRow:
    """What one location sends for one order."""

    id: int
    number: str
    order_id: int
    location_id: int | None
    created_at: datetime | None
    origin_region: str = ""
    destination_region: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelRow:
    """One box as it stands; times that nobody said stay empty."""

    id: int
    shipment_id: int
    carrier: str
    service: str = ""
    tracking_number: str
    tracking_key: str
    status: CarrierStatus
    status_at: datetime | None = None
    handed_over_at: datetime | None = None
    delivered_at: datetime | None = None
    promised_from: datetime | None = None
    promised_until: datetime | None = None
    estimated_from: datetime | None = None
    estimated_until: datetime | None = None
    estimated_at: datetime | None = None
    estimate_reason: str = ""
    because: Mapping[str, Any] = field(default_factory=dict)
    jeopardy: Jeopardy = Jeopardy.ON_TIME
    cause: Cause = Cause.NONE
    suggestion: Suggestion = Suggestion.NONE
    look_again_at: datetime | None = None
    weight_g: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentRow:
    """How many units of an order line are in a box."""

    parcel_id: int
    order_line_id: int
    quantity: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ScanRow:
    """One word of a carrier."""

    parcel_id: int
    event_key: str
    status: CarrierStatus
    occurred_at: datetime
    received_at: datetime
    place: str = ""
    reason: str = ""
    carrier_words: str = ""
    estimate_from: datetime | None = None
    estimate_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PromiseRow:
    """What a customer was told about an arrival."""

    order_id: int
    parcel_id: int | None
    window_from: datetime
    window_until: datetime
    said_at: datetime
    channel: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForecastRow:
    """What was foretold at one stage, and what came of it where that is known."""

    order_id: int
    parcel_id: int | None
    stage: ForecastStage
    said_at: datetime
    early: datetime
    median: datetime
    late: datetime
    promised_until: datetime | None
    chance_late: float | None
    is_at_risk: bool = False
    model_version: int = 0
    carrier: str
    origin_region: str
    destination_region: str
    delivered_at: datetime | None = None
    told_until: datetime | None = None


def reserve_shipments(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Shipment, count)


def reserve_parcels(session: Session, count: int) -> list[int]:
    return bulk.reserve(session, Parcel, count)


def add(
    session: Session,
    shipments: Sequence[ShipmentRow],
    parcels: Sequence[ParcelRow],
    contents: Sequence[ContentRow],
) -> None:
    bulk.insert(session, Shipment, shipments)
    bulk.insert(session, Parcel, parcels)
    bulk.insert(session, ParcelLine, contents)


def add_words(session: Session, scans: Sequence[ScanRow], promises: Sequence[PromiseRow]) -> None:
    bulk.insert(session, Scan, scans)
    bulk.insert(session, Promise, promises)


def add_forecasts(session: Session, forecasts: Sequence[ForecastRow]) -> None:
    bulk.insert(session, Forecast, forecasts)


def known(session: Session, carrier: str, tracking_keys: Iterable[str]) -> set[str]:
    """Which of these tracking keys the carrier has a parcel for already."""
    return set(
        session.scalars(
            select(Parcel.tracking_key).where(
                Parcel.carrier == carrier, bulk.among(Parcel.tracking_key, tracking_keys)
            )
        )
    )
