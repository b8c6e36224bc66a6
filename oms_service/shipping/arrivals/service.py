"""Keeping fitted models, and asking for one each night."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.shipping.arrivals import queries
from oms_service.shipping.arrivals.events import FitDue
from oms_service.shipping.arrivals.fitting import Fit
from oms_service.shipping.arrivals.models import EtaFit, EtaModel
from oms_service.shipping.arrivals.queries import ModelView

#: So many models are kept; the one in use always is.
KEPT: Final = 10
#: At night, when nobody waits.
NIGHTLY_AT: Final = time(3)
_NIGHTS_KEPT: Final = timedelta(days=90)
_LOCK: Final = "eta_models"


class Outcome(StrEnum):
    """What came of a fit."""

    ACTIVATED = "activated"
    UNCHANGED = "unchanged"
    WORSE = "worse_than_current"
    NOTHING_TO_LEARN = "nothing_to_learn"


@dataclass(frozen=True)
class History:
    """What a model was learned from."""

    journeys: int
    from_at: datetime | None
    until_at: datetime | None


def keep(uow: UnitOfWork, found: Fit, history: History, *, refusal: str = "") -> ModelView:
    """Write a model down; kept again, it is the same row.

    Args:
        uow: holds other fits back until it ends.
        found: the model with its figures.
        history: what it was learned from.
        refusal: why it is not to be used, as a code; empty to use it from now on.
    """
    locks.a_name(uow.session, _LOCK)
    fitted = found.fitted
    uow.session.execute(
        insert(EtaModel)
        .values(
            digest=fitted.digest,
            fitted_at=uow.now,
            journeys=history.journeys,
            from_at=history.from_at,
            until_at=history.until_at,
            figures=found.figures,
            data=fitted.to_bytes(),
            is_active=not refusal,
            refusal=refusal,
        )
        .on_conflict_do_nothing(index_elements=["digest"])
    )
    if not refusal:
        # Somebody may want one that was refused before.
        uow.session.execute(
            update(EtaModel)
            .where(EtaModel.digest == fitted.digest, ~EtaModel.is_active)
            .values(is_active=True, refusal="")
            .execution_options(synchronize_session=False)
        )
    _forget_old(uow)
    kept = queries.model_of(uow.session, fitted.digest)
    assert kept is not None  # noqa: S101 - it was just written, or was there
    return kept


def ask_nightly(zone: ZoneInfo) -> Callable[[UnitOfWork], int]:
    """The sweep that asks for a fit once a night, in the shop's zone."""

    def run(uow: UnitOfWork) -> int:
        local = uow.now.astimezone(zone)
        if local.time() < NIGHTLY_AT:
            return 0
        fit_id = uow.session.scalar(
            insert(EtaFit)
            .values(day=local.date(), requested_at=uow.now, outcome="")
            .on_conflict_do_nothing(index_elements=["day"])
            .returning(EtaFit.id)
        )
        if fit_id is None:
            return 0
        uow.emit(FitDue(fit_id=fit_id))
        oldest = local.date() - _NIGHTS_KEPT
        uow.session.execute(delete(EtaFit).where(EtaFit.day < oldest))
        return 1

    return run


def finish(uow: UnitOfWork, fit_id: int, outcome: Outcome, *, version: int | None) -> None:
    """Note what came of a night's fit; the first word holds."""
    uow.session.execute(
        update(EtaFit)
        .where(EtaFit.id == fit_id, EtaFit.finished_at.is_(None))
        .values(finished_at=uow.now, outcome=outcome, version=version)
        .execution_options(synchronize_session=False)
    )


def _forget_old(uow: UnitOfWork) -> None:
    newest = select(EtaModel.version).order_by(EtaModel.version.desc()).limit(KEPT)
    in_use = select(EtaModel.version).where(EtaModel.is_active)
    in_use = in_use.order_by(EtaModel.version.desc()).limit(1)
    uow.session.execute(
        delete(EtaModel)
        .where(
            EtaModel.version.not_in(newest.scalar_subquery()),
            EtaModel.version.not_in(in_use.scalar_subquery()),
        )
        .execution_options(synchronize_session=False)
    )
