"""Fitting: a history lived through once, and what was learned written down as plain numbers.

Every forecast of the history is made before its outcome is known, so the figures that come with a
model are those of its own backtest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

from oms_service.shipping.arrivals.backtest import Lived, Report, Tell, live_through
from oms_service.shipping.arrivals.fitted import (
    Cell,
    Fitted,
    Manner,
    rounded,
    rounded_manner,
    rounded_record,
    rounded_spans,
)
from oms_service.shipping.arrivals.journeys import Journey, Stage
from oms_service.shipping.arrivals.model import Way
from oms_service.shipping.arrivals.pooling import Sample
from oms_service.shipping.arrivals.signs import Key
from oms_service.shipping.arrivals.silences import silences, stays

#: A group that has seen less than this much adds nothing to the group it leans on.
_TOO_LITTLE: Final = 0.5
#: Weekdays of a lane are told apart from so much on.
_WEEKDAY_NEEDS: Final = 3.0
_WEEKDAY_KEY: Final = 5
#: How much of the end of a history two models are compared on, and how many parcels that takes.
COMPARED: Final = timedelta(days=28)
LEAST_COMPARED: Final = 30
#: So much more error, by its share and in days, is clearly worse.
_WORSE_SHARE, _WORSE_DAYS = 1.25, 0.1


@dataclass(frozen=True)
class Fit:
    """A fitted model, how well it foretold its own history, and the part that is compared.

    ``recent`` are the last parcels of the history; ``recent_error_days`` is the median of their
    errors, each foretold from what was known when it left.
    """

    fitted: Fitted
    report: Report
    recent: tuple[Journey, ...]
    recent_error_days: float | None

    @property
    def figures(self) -> dict[str, Any]:
        """What is kept beside the model."""
        return {**self.report.as_json(), "recent_error_days": self.recent_error_days}


def fit(journeys: Sequence[Journey], zone: ZoneInfo, *, tell: Tell | None = None) -> Fit:
    """Learn from a history; the same history in any order gives the same model.

    Args:
        journeys: in any order.
        zone: the shop's.
        tell: told after each moment how many there were; ``backtest.moments`` says of how many.
    """
    ordered = sorted(journeys, key=_place_in_time)
    lived = live_through(ordered, zone, tell=tell)
    recent, error = _recent(ordered, lived)
    return Fit(_compiled(ordered, lived, zone), lived.report, recent, error)


def is_clearly_worse(error_days: float | None, than_days: float | None) -> bool:
    """Whether one median error is beyond doubt larger than another of the same parcels."""
    if error_days is None or than_days is None:
        return False
    return error_days > than_days * _WORSE_SHARE + _WORSE_DAYS


def _place_in_time(one: Journey) -> tuple[object, ...]:
    """An order that does not depend on how the history was read."""
    times = (one.placed_at, one.handed_over_at, one.delivered_at, one.promised_at)
    return (
        *((at is None, at.timestamp() if at else 0.0) for at in times),
        (one.road.origin, one.road.destination, one.road.carrier, one.road.service),
        one.location,
        sorted((at.timestamp(), str(stage)) for stage, at in one.indoors),
        sorted((said.occurred_at.timestamp(), str(said.status), said.key) for said in one.heard),
    )


def _recent(journeys: Sequence[Journey], lived: Lived) -> tuple[tuple[Journey, ...], float | None]:
    if lived.ended_at is None:
        return (), None
    since = lived.ended_at - COMPARED
    errors = {
        one.number: one.error_days
        for one in lived.outcomes[Stage.HANDOVER]
        if (journeys[one.number].delivered_at or since) > since
    }
    if len(errors) < LEAST_COMPARED:
        return (), None
    recent = tuple(journeys[number] for number in errors)
    return recent, round(median(errors.values()), 4)


def _compiled(journeys: Sequence[Journey], lived: Lived, zone: ZoneInfo) -> Fitted:
    at = lived.ended_at
    if at is None:
        return Fitted()
    model, signs = lived.model, lived.signs
    return Fitted(
        as_of=at.replace(microsecond=0),
        days=_cells(model.roads(Way.DAYS, at)),
        hours=_cells(model.roads(Way.HOURS, at)),
        indoors=_cells(signs.indoors(at)),
        scans=_cells(signs.scans(at)),
        records={key: rounded_record(one) for key, one in signs.records(at)},
        manners={name: _manner(lived, name, at) for name in model.carriers()},
        shut={
            origin: closed
            for origin in sorted({one.road.origin for one in journeys})
            if (closed := model.hands_over(origin))
        },
        silences=rounded_spans(silences(journeys, zone, at=at, closed=model.closed)),
        stays=rounded_spans(stays(journeys, zone, at=at, closed=model.hands_over)),
    )


def _cells(found: Iterable[tuple[Key, float, Sample]]) -> dict[Key, Cell]:
    return {
        key: rounded(weight, (days for days, _ in values))
        for key, weight, values in found
        if weight >= (_WEEKDAY_NEEDS if len(key) == _WEEKDAY_KEY else _TOO_LITTLE)
    }


def _manner(lived: Lived, carrier: str, at: datetime) -> Manner:
    model = lived.model
    early, late = model.ranks(Stage.HANDOVER, carrier)
    return rounded_manner(
        Manner(
            by_hours=model.way(Stage.HANDOVER, carrier) is Way.HOURS,
            early=early,
            late=late,
            behind_days=model.shift(Stage.HANDOVER, carrier, at),
            closed=model.closed(carrier),
        )
    )
