"""How right forecasts, promises and warnings were, counted by the database over a period."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Date,
    Float,
    Interval,
    Select,
    String,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import Session

from oms_service.infra.db import UtcTime
from oms_service.infra.hot import Hot, named
from oms_service.shipping.models import Forecast, OrderOutlook
from oms_service.shipping.states import ForecastStage

#: Warnings count as said a day ahead if they were said no later than this before the end.
_AHEAD: Final = timedelta(hours=23)
_DAY_S: Final = 86_400.0
_SINCE, _UNTIL, _ENDED_BY = (
    bindparam(name, type_=UtcTime) for name in ("since", "until", "ended_by")
)
#: Stages that foretell an arrival; the day before is asked about lateness instead.
STAGES: Final = (ForecastStage.PLACEMENT, ForecastStage.HANDOVER, ForecastStage.SCAN)


class By(StrEnum):
    """What a report is split by."""

    CARRIER = "carrier"
    LANE = "lane"
    WEEK = "week"


@dataclass(frozen=True)
class Foretold:
    """How right the forecasts of one stage were, of what has arrived.

    ``coverage`` is the share that arrived inside the window, which was to hold 0.8 or more;
    ``median_abs_error_days`` is how far the median was off for half of them.
    """

    deliveries: int
    coverage: float
    median_abs_error_days: float
    mean_width_days: float


@dataclass(frozen=True)
class Kept:
    """How many promises have ended, and which share of them was kept: the first, the last told."""

    ended: int
    original: float
    last_told: float


@dataclass(frozen=True)
class Warned:
    """Of promises that have ended: how many came late, were called at risk a day ahead, or both.

    ``precision`` is the share of warnings that were right, ``recall`` the share of late ones that
    were warned of; None where there were none.
    """

    judged: int
    late: int
    warned: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.warned if self.warned else None

    @property
    def recall(self) -> float | None:
        return self.right / self.late if self.late else None


@dataclass(frozen=True)
class Line:
    """The figures of one carrier, lane or week, or of everything where ``key`` is empty.

    ``key``: a carrier's code, a lane's two regions, or the Monday of a week.
    """

    key: tuple[str, ...]
    foretold: Mapping[ForecastStage, Foretold] = field(default_factory=dict)
    kept: Kept | None = None
    warned: Warned | None = None

    @property
    def deliveries(self) -> int:
        counts = [one.deliveries for one in self.foretold.values()]
        return max([*counts, self.kept.ended if self.kept else 0])

    def as_json(self) -> dict[str, Any]:
        warned = self.warned
        return {
            "key": list(self.key),
            "foretold": {
                str(stage): _rounded(asdict(of)) for stage, of in sorted(self.foretold.items())
            },
            "kept": _rounded(asdict(self.kept)) if self.kept else None,
            "warned": _rounded(
                {**asdict(warned), "precision": warned.precision, "recall": warned.recall}
            )
            if warned
            else None,
        }


@dataclass(frozen=True)
class Period:
    """Whole days of the shop's zone, both counted."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, datetime.min.time(), self.zone)

    @property
    def end(self) -> datetime:
        last = self.last + timedelta(days=1)
        return datetime.combine(last, datetime.min.time(), self.zone)


def report(
    reader: Session | Connection,
    period: Period,
    *,
    now: datetime,
    by: By | None = None,
    stages: Sequence[ForecastStage] = STAGES,
) -> tuple[Line, ...]:
    """The figures of a period, everything together or split; three aggregates, nothing else.

    Args:
        reader: sees committed rows.
        period: forecasts count when their delivery arrived in it, promises and warnings when the
            promise ended in it.
        now: promises that have not ended by then do not count.
        by: what to split by; None for one line of everything.
        stages: those that are wanted; fewer are counted sooner.

    Returns:
        Weeks in order; carriers and lanes with most deliveries first.
    """
    given = {
        "since": period.start,
        "until": period.end,
        "ended_by": min(period.end, now),
        "zone": period.zone.key,
        "stages": [str(one) for one in stages],
    }
    lines: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in _statement(_foretold, by).all(reader, **given):
        foretold = lines.setdefault(_key(row.key), {}).setdefault("foretold", {})
        foretold[ForecastStage(row.stage)] = Foretold(
            row.deliveries, row.inside / row.deliveries, row.error_days, row.width_days
        )
    for row in _statement(_kept, by).all(reader, **given):
        lines.setdefault(_key(row.key), {})["kept"] = Kept(
            row.ended, row.original / row.ended, row.last_told / row.ended
        )
    for row in _statement(_warned, by).all(reader, **given):
        lines.setdefault(_key(row.key), {})["warned"] = Warned(
            row.judged, row.late, row.warned, row.right
        )
    found = [Line(key, **figures) for key, figures in lines.items()]
    if by is By.WEEK:
        return tuple(sorted(found, key=lambda one: one.key))
    return tuple(sorted(found, key=lambda one: (-one.deliveries, one.key)))


_Build = Callable[[By | None], Select[*tuple[Any, ...]]]


@cache
def _statement(build: _Build, by: By | None) -> Hot[Any]:
    """Built once for each split; days, zone and stages are given when it is said."""
    return named(build(by))


def _foretold(by: By | None) -> Select[*tuple[Any, ...]]:
    came = Forecast.delivered_at
    # EXTRACT answers a numeric, which is many times slower to sort and to add up than a float.
    error_s = func.abs(cast(func.extract("epoch", came - Forecast.median), Float))
    width_s = cast(func.extract("epoch", Forecast.late - Forecast.early), Float)
    key = _group(by, came)
    stages = bindparam("stages", type_=ARRAY(String))
    return (
        select(
            key.label("key"),
            Forecast.stage,
            func.count().label("deliveries"),
            func.count().filter(came.between(Forecast.early, Forecast.late)).label("inside"),
            cast(func.percentile_cont(0.5).within_group(error_s) / _DAY_S, Float).label(
                "error_days"
            ),
            cast(func.avg(width_s) / _DAY_S, Float).label("width_days"),
        )
        .where(Forecast.stage == func.any(stages), came >= _SINCE, came < _UNTIL)
        .group_by(key, Forecast.stage)
    )


def _kept(by: By | None) -> Select[*tuple[Any, ...]]:
    came, until = Forecast.delivered_at, Forecast.promised_until
    key = _group(by, until)
    return (
        select(
            key.label("key"),
            func.count().label("ended"),
            func.count().filter(came < until).label("original"),
            func.count().filter(came < Forecast.told_until).label("last_told"),
        )
        .where(*_ended(ForecastStage.HANDOVER))
        .group_by(key)
    )


def _warned(by: By | None) -> Select[*tuple[Any, ...]]:
    came, until = Forecast.delivered_at, Forecast.promised_until
    key, at_risk = _group(by, until), Forecast.is_at_risk
    is_late = came.is_(None) | (came >= until)
    return (
        select(
            key.label("key"),
            func.count().label("judged"),
            func.count().filter(is_late).label("late"),
            func.count().filter(at_risk).label("warned"),
            func.count().filter(is_late & at_risk).label("right"),
        )
        .where(
            *_ended(ForecastStage.DAY_BEFORE),
            Forecast.said_at <= until - literal(_AHEAD, Interval()),
        )
        .group_by(key)
    )


def _ended(stage: ForecastStage) -> Iterable[ColumnElement[bool]]:
    """Promises that ended in the period; what was called off before it came made none broken."""
    is_wanted = (
        select(OrderOutlook.is_open)
        .where(OrderOutlook.order_id == Forecast.order_id)
        .scalar_subquery()
    )
    return (
        Forecast.stage == stage,
        Forecast.promised_until > _SINCE,
        Forecast.promised_until <= _ENDED_BY,
        case(
            (Forecast.delivered_at.is_not(None), true()),
            else_=func.coalesce(is_wanted, true()) != false(),
        ),
    )


def _group(by: By | None, at: ColumnElement[datetime] | Any) -> ColumnElement[Any]:
    match by:
        case By.CARRIER:
            return Forecast.carrier.expression
        case By.LANE:
            return func.concat(Forecast.origin_region, literal(_ARROW), Forecast.destination_region)
        case By.WEEK:
            # A window of whole days ends at a midnight, which belongs to the day before it.
            within = at - literal(timedelta(microseconds=1), Interval())
            local = func.timezone(bindparam("zone", type_=String), within)
            return cast(func.date_trunc("week", local), Date)
    return literal("")


_ARROW: Final = "\t"


def _key(value: object) -> tuple[str, ...]:
    return tuple(str(value).split(_ARROW)) if value else ()


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in figures.items()
    }


def has_any(reader: Session | Connection) -> bool:
    """Whether anything was ever foretold."""
    return _ANY.first(reader) is not None


_ANY: Final = named(select(Forecast.id).limit(1))


#: The columns of ``table``, as a CSV file names them.
COLUMNS: Final = (
    "deliveries",
    *(f"{stage}_{name}" for stage in STAGES for name in ("coverage", "median_abs_error_days")),
    "promises_ended",
    "kept_original",
    "kept_last_told",
    "late",
    "warned",
    "right",
    "precision",
    "recall",
)


def table(line: Line) -> Sequence[object]:
    """A line's figures in the order of ``COLUMNS``; empty where there is none."""
    stages = [line.foretold.get(stage) for stage in STAGES]
    kept, warned = line.kept, line.warned
    cells = [
        line.deliveries,
        *(
            value
            for one in stages
            for value in ((one.coverage, one.median_abs_error_days) if one else (None, None))
        ),
        *((kept.ended, kept.original, kept.last_told) if kept else (None, None, None)),
        *((warned.late, warned.warned, warned.right) if warned else (None, None, None)),
        *((warned.precision, warned.recall) if warned else (None, None)),
    ]
    return ["" if one is None else round(one, 4) for one in cells]
