"""The log of forecasts: what was foretold at each stage, as it was said, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    and_,
    any_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra.hot import Hot
from oms_service.infra.uow import UnitOfWork
from oms_service.shipping import chains
from oms_service.shipping.eta import Estimate
from oms_service.shipping.models import Forecast, Parcel, Shipment
from oms_service.shipping.states import ForecastStage
from oms_service.shipping.windows import Window


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


#: A day before the promise ends a warning still helps.
AHEAD: Final = timedelta(days=1)


def is_day_before(promised_until: datetime | None, now: datetime) -> bool:
    """Whether a promise ends within a day, and has not ended."""
    return promised_until is not None and promised_until - AHEAD <= now < promised_until


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """A forecast as it is kept.

    Attributes:
        subject: the parcel or the order.
        stage: from where it was made.
        estimate: as it is shown from now on.
        promised_until: the end of what was promised first; None where nothing was.
        is_at_risk: whether the promise was said to be at risk then.
        model_version: of the fitted model it was made by, 0 where there is none.
    """

    subject: Subject
    stage: ForecastStage
    estimate: Estimate
    promised_until: datetime | None
    is_at_risk: bool = False
    model_version: int = 0


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
    """Keep one forecast, as ``Foretold`` says; the first of a stage stands.

    Returns:
        Whether it is the first of its stage.
    """
    told = Foretold(
        subject=subject,
        stage=stage,
        estimate=estimate,
        promised_until=promised_until,
        is_at_risk=is_at_risk,
        model_version=model_version,
    )
    return bool(_keep(uow, [told]))


def note_parcels(uow: UnitOfWork, told: Sequence[Foretold]) -> int:
    """Keep forecasts of parcels; the first of a stage stands, later ones change nothing.

    Returns:
        How many are the first of their stage.
    """
    if not told:
        return 0
    ids = sorted({one.subject.parcel_id or 0 for one in told})
    kept = {(parcel_id, stage) for parcel_id, stage in _KEPT.all(uow.session, parcel_ids=ids)}
    return _keep(uow, [one for one in told if (one.subject.parcel_id, one.stage) not in kept])


def _keep(uow: UnitOfWork, told: Sequence[Foretold]) -> int:
    return len(_KEEP.each(uow.session, [_row(one, uow.now) for one in told]))


def _row(told: Foretold, now: datetime) -> dict[str, object]:
    subject, estimate, promised_until = told.subject, told.estimate, told.promised_until
    early, late = estimate.window.start, estimate.window.until
    chance = None
    if promised_until is not None:
        chance = min(1.0, max(0.0, estimate.chance_after(promised_until)))
    return {
        "order_id": subject.order_id,
        "parcel_id": subject.parcel_id,
        "stage": told.stage,
        "said_at": now,
        "early": early,
        "median": min(late, max(early, estimate.median)),
        "late": late,
        "promised_until": promised_until,
        "chance_late": chance,
        "is_at_risk": told.is_at_risk,
        "model_version": told.model_version,
        "carrier": subject.carrier[:60],
        "origin_region": subject.origin_region[:60],
        "destination_region": subject.destination_region[:60],
    }


_KEPT: Final[Hot[tuple[int, ForecastStage]]] = Hot(
    select(Forecast.parcel_id, Forecast.stage).where(
        Forecast.parcel_id == any_(bindparam("parcel_ids", type_=ARRAY(BigInteger)))
    ),
    lambda parcel_id, stage: (parcel_id, stage),
)
_KEEP: Final = Hot(
    insert(Forecast)
    .on_conflict_do_nothing(index_elements=["order_id", "parcel_id", "stage"])
    .returning(Forecast.id),
    int,
    columns=(
        "order_id",
        "parcel_id",
        "stage",
        "said_at",
        "early",
        "median",
        "late",
        "promised_until",
        "chance_late",
        "is_at_risk",
        "model_version",
        "carrier",
        "origin_region",
        "destination_region",
    ),
)


def settle_parcel(uow: UnitOfWork, parcel_id: int) -> int:
    """Fill in when a parcel came, and what its customer had been told last; once.

    Returns:
        How many forecasts were waiting for it.
    """
    arrived = uow.session.execute(
        select(Parcel.delivered_at, Shipment.order_id)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Parcel.id == parcel_id, Parcel.delivered_at.is_not(None))
    ).first()
    if arrived is None:
        return 0
    told = chains.told_last(uow.session, arrived.order_id, parcel_id, until=arrived.delivered_at)
    return _settle(uow, Forecast.parcel_id == parcel_id, arrived.delivered_at, told)


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
    told = chains.told_last(uow.session, order_id, None, until=delivered_at)
    of_order = and_(Forecast.order_id == order_id, Forecast.parcel_id.is_(None))
    return _settle(uow, of_order, delivered_at, told)


def _settle(
    uow: UnitOfWork,
    which: ColumnElement[bool],
    delivered_at: datetime,
    told: Window | None,
) -> int:
    settled = (
        update(Forecast)
        .where(which, Forecast.delivered_at.is_(None))
        .values(delivered_at=delivered_at, told_until=told.until if told else None)
        .returning(Forecast.id)
        .execution_options(synchronize_session=False)
    )
    return len(uow.session.scalars(settled).all())
