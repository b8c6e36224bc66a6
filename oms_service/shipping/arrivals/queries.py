"""The model in use, and what is known of others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import Hot
from oms_service.shipping.arrivals.fitted import NOTHING, Fitted
from oms_service.shipping.arrivals.models import EtaFit, EtaModel

Reader = Session | Connection


class _Newest(NamedTuple):
    version: int
    digest: str


_NEWEST: Final = Hot(
    select(EtaModel.version, EtaModel.digest)
    .where(EtaModel.is_active)
    .order_by(EtaModel.version.desc())
    .limit(1),
    _Newest,
)
#: The models this process has read, by digest; there is seldom more than one.
_READ: Final[dict[str, Fitted]] = {}
_MOST_READ: Final = 4


@dataclass(frozen=True)
class ModelView:
    """A fitted model without its numbers; ``figures`` are those of its own backtest."""

    version: int
    digest: str
    fitted_at: datetime
    journeys: int
    from_at: datetime | None
    until_at: datetime | None
    is_active: bool
    refusal: str
    figures: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True)
class FitView:
    """One night's fit; ``outcome`` is empty until it is finished."""

    id: int
    day: date
    finished_at: datetime | None
    outcome: str


def current(reader: Reader) -> Fitted:
    """The newest model in use, read once in each process; ``NOTHING`` where there is none."""
    newest = _NEWEST.first(reader)
    if newest is None:
        return NOTHING
    found = _READ.get(newest.digest)
    if found is None or found.version != newest.version:
        query = select(EtaModel.data).where(EtaModel.version == newest.version)
        found = Fitted.of_bytes(reader.execute(query).scalar_one(), version=newest.version)
        while len(_READ) >= _MOST_READ:
            _READ.pop(next(iter(_READ)))
        _READ[newest.digest] = found
    return found


def models(reader: Reader, *, limit: int = 20) -> tuple[ModelView, ...]:
    """The kept models, newest first."""
    query = _VIEW.order_by(EtaModel.version.desc()).limit(limit)
    return tuple(ModelView(*row) for row in reader.execute(query))


def model_of(reader: Reader, digest: str) -> ModelView | None:
    """The model of those numbers, if it was kept."""
    row = reader.execute(_VIEW.where(EtaModel.digest == digest)).one_or_none()
    return ModelView(*row) if row else None


def fit(reader: Reader, fit_id: int) -> FitView | None:
    """One night's fit."""
    query = select(EtaFit.id, EtaFit.day, EtaFit.finished_at, EtaFit.outcome)
    row = reader.execute(query.where(EtaFit.id == fit_id)).one_or_none()
    return FitView(*row) if row else None


_VIEW: Final = select(
    EtaModel.version,
    EtaModel.digest,
    EtaModel.fitted_at,
    EtaModel.journeys,
    EtaModel.from_at,
    EtaModel.until_at,
    EtaModel.is_active,
    EtaModel.refusal,
    EtaModel.figures,
)
