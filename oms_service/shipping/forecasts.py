"""The log of forecasts: what was foretold at each stage, as it was said, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra.uow import UnitOfWork
from oms_service.shipping.eta import Estimate
from oms_service.shipping.models import ForecastRow, Parcel, Promise, Shipment
from oms_service.shipping.states import CarrierStatus, ForecastStage


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a forecast is about: a parcel, or a whole order where ``parcel_id`` is None.

    ``carrier`` and the regions are empty where they are not known yet.
    """

    order_id: int
    parcel_id: int | None = None
    carrier: str = ""
    origin_region: str = ""
    destination_region: str = ""


def note(
    uow: UnitOfWork,
    subject: Subject,
    stage: ForecastStage,
    estimate: Estimate,
    *,
    promised_until: datetime | None,
    is_at_risk: bool = False,
    model_version: int = 0,
) -> bool:
    """Keep a forecast; the first of a stage stands, later ones change nothing.

    Args:
        uow: in which it was made.
        subject: the parcel or the order.
        stage: from where it was made.
        estimate: as it is shown from now on.
        promised_until: the end of what was promised first; None where nothing was.
        is_at_risk: whether the promise was said to be at risk then.
        model_version: of the fitted model it was made by, 0 where there is none.

    Returns:
        Whether it is the first of its stage.
    """
    early, late = estimate.window.start, estimate.window.until
    chance = None
    if promised_until is not None:
        chance = min(1.0, max(0.0, estimate.chance_after(promised_until)))
    row = insert(ForecastRow).values(
        order_id=subject.order_id,
        parcel_id=subject.parcel_id,
        stage=stage,
        said_at=uow.now,
        early=early,
        median=min(late, max(early, estimate.median)),
        late=late,
        promised_until=promised_until,
        chance_late=chance,
        is_at_risk=is_at_risk,
        model_version=model_version,
        carrier=subject.carrier[:60],
        origin_region=subject.origin_region[:60],
        destination_region=subject.destination_region[:60],
    )
    is_first = uow.session.scalar(
        row.on_conflict_do_nothing(index_elements=["order_id", "parcel_id", "stage"]).returning(
            literal_column("true")
        )
    )
    return bool(is_first)


def settle_parcel(uow: UnitOfWork, parcel_id: int) -> int:
    """Fill in when a parcel came, and what its customer had been told last; once.

    Returns:
        How many forecasts were waiting for it.
    """
    arrived = select(Parcel.delivered_at).where(
        Parcel.id == parcel_id, Parcel.status == CarrierStatus.DELIVERED
    )
    delivered_at = uow.session.scalar(arrived)
    if delivered_at is None:
        return 0
    told_until = uow.session.scalar(
        select(Promise.window_until)
        .where(Promise.parcel_id == parcel_id, Promise.said_at <= delivered_at)
        .order_by(Promise.said_at.desc(), Promise.id.desc())
        .limit(1)
    )
    return _settle(uow, ForecastRow.parcel_id == parcel_id, delivered_at, told_until)


def settle_order(uow: UnitOfWork, order_id: int) -> int:
    """Fill in when the last parcel of an order came, all of which has been delivered; once.

    Returns:
        How many forecasts were waiting for it.
    """
    delivered_at = uow.session.scalar(
        select(func.max(Parcel.delivered_at))
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Shipment.order_id == order_id)
    )
    if delivered_at is None:
        return 0
    told_until = uow.session.scalar(
        select(func.max(Promise.window_until)).where(
            Promise.order_id == order_id,
            Promise.said_at
            == select(func.max(Promise.said_at))
            .where(Promise.order_id == order_id, Promise.said_at <= delivered_at)
            .scalar_subquery(),
        )
    )
    of_order = and_(ForecastRow.order_id == order_id, ForecastRow.parcel_id.is_(None))
    return _settle(uow, of_order, delivered_at, told_until)


def _settle(
    uow: UnitOfWork,
    which: ColumnElement[bool],
    delivered_at: datetime,
    told_until: datetime | None,
) -> int:
    settled = (
        update(ForecastRow)
        .where(which, ForecastRow.delivered_at.is_(None))
        .values(delivered_at=delivered_at, told_until=told_until)
        .returning(ForecastRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(uow.session.scalars(settled).all())
