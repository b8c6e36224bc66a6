"""Learning how long things take: read, lived through, compared with the model in use, kept."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from zoneinfo import ZoneInfo

from oms_service.infra.db import Database
from oms_service.infra.progress import Tell, silently
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.clock import Clock
from oms_service.operations.outlook.journeys import gather
from oms_service.shipping.arrivals import queries, service
from oms_service.shipping.arrivals.backtest import moments
from oms_service.shipping.arrivals.events import FitDue
from oms_service.shipping.arrivals.fitted import NOTHING, Fitted
from oms_service.shipping.arrivals.fitting import Fit, fit, is_clearly_worse
from oms_service.shipping.arrivals.journeys import Journey
from oms_service.shipping.arrivals.queries import ModelView
from oms_service.shipping.arrivals.service import History, Outcome
from oms_service.shipping.eta import Known

_TOLD_EVERY = 500
OpenUnitOfWork = Callable[[], AbstractContextManager[UnitOfWork]]


@dataclass(frozen=True)
class Learned:
    """What came of it.

    Attributes:
        outcome: as a code.
        model: the model as kept; None where there was nothing to learn.
        current_error_days: the median error of the model in use, on the parcels compared.
    """

    outcome: Outcome
    model: ModelView | None
    current_error_days: float | None = None


@dataclass(frozen=True)
class Learning:
    """Fits a model of the shop's own history.

    Attributes:
        zone: the shop's.
        clock: what time it is.
        database: to read from; no transaction stays open while it computes.
    """

    zone: ZoneInfo
    clock: Clock
    database: Database

    def learn(
        self, open_uow: OpenUnitOfWork, *, tell: Tell = silently, anyway: bool = False
    ) -> Learned:
        """Learn from all there is, and use it unless it is clearly worse than what is in use.

        Run twice, or twice at once, the same history is the same row.

        Args:
            open_uow: opens the one short transaction in which the model is kept.
            tell: told how far it is.
            anyway: use it even where it is clearly worse.
        """
        journeys = gather(self.database, now=self.clock.now(), tell=tell)
        if not any(one.delivered_at for one in journeys):
            return Learned(Outcome.NOTHING_TO_LEARN, None)
        of = moments(journeys)

        def now_and_then(done: int) -> None:
            if done % _TOLD_EVERY == 0:
                tell("learning", done, of)

        found = fit(journeys, self.zone, tell=now_and_then)
        with self.database.looking() as session:
            current = queries.current(session)
        if current.digest == found.fitted.digest:
            with self.database.looking() as session:
                return Learned(Outcome.UNCHANGED, queries.model_of(session, current.digest))
        theirs = error_of(current, found, self.zone)
        is_worse = is_clearly_worse(found.recent_error_days, theirs) and not anyway
        with open_uow() as uow:
            model = service.keep(
                uow, found, _history(journeys), refusal=Outcome.WORSE if is_worse else ""
            )
        outcome = Outcome.ACTIVATED if model.is_active else Outcome.WORSE
        return Learned(outcome, model, theirs)

    def fit(self, outside: Outside, event: FitDue) -> None:
        """Learn for one night. Run again, it finds the night finished, or learns the same."""
        with outside.unit_of_work() as uow:
            night = queries.fit(uow.session, event.fit_id)
        if night is None or night.finished_at is not None:
            return
        learned = self.learn(outside.unit_of_work)
        version = learned.model.version if learned.model else None
        with outside.unit_of_work() as uow:
            service.finish(uow, event.fit_id, learned.outcome, version=version)


def error_of(fitted: Fitted, of: Fit, zone: ZoneInfo) -> float | None:
    """The median error, in days, of a model on the last parcels of a history; None of nothing."""
    if fitted is NOTHING or not of.recent:
        return None
    tell = Known(zone, fitted=fitted).foreteller
    errors = []
    for journey in of.recent:
        if journey.handed_over_at is None or journey.delivered_at is None:
            continue
        lead = tell.on_the_road(
            journey.road,
            journey.handed_over_at,
            lane=None,
            extra_days=0,
            now=journey.handed_over_at,
        )
        if lead is not None:
            arrival = journey.delivered_at.timestamp()
            errors.append(abs(arrival - lead.points[len(lead.points) // 2]))
    return median(errors) / timedelta(days=1).total_seconds() if errors else None


def _history(journeys: Sequence[Journey]) -> History:
    begun = [at for one in journeys for at in (one.placed_at, one.handed_over_at) if at]
    ended = [at for one in journeys for at in (one.handed_over_at, one.delivered_at) if at]
    return History(len(journeys), min(begun, default=None), max(ended, default=None))
