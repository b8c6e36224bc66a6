"""Reading answer times: the book as it holds, and the clocks of cases."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.models import CaseEntry
from cases.sla import book as books
from cases.sla.book import Book, Policy
from cases.sla.clocks import ClockState, Metric, Targets
from cases.sla.history import Noted
from cases.sla.models import SlaBook, SlaClock, SlaHours, SlaPolicy
from cases.states import EntryKind
from oms_service.infra.hot import Hot, among
from oms_service.shipping.calendars import national

Reader = Session | Connection

#: Entries that no clock reads.
_SILENT: Final = (EntryKind.NOTE, EntryKind.WARNED)


@dataclass(frozen=True)
class ClockView:
    """One clock of a case; see ``sla.clocks``."""

    case_id: int
    metric: Metric
    round: int
    target: timedelta
    started_at: datetime
    state: ClockState
    elapsed: timedelta
    due_at: datetime | None
    stopped_at: datetime | None
    missed_at: datetime | None
    warned: int

    @property
    def is_open(self) -> bool:
        return self.state in {ClockState.RUNNING, ClockState.PAUSED}


_CLOCK: Final = tuple(getattr(SlaClock, name) for name in ClockView.__dataclass_fields__)
_CLOCKS: Final = Hot(
    select(*_CLOCK)
    .where(SlaClock.case_id == among("case_ids"))
    .order_by(SlaClock.case_id, SlaClock.started_at, SlaClock.id),
    ClockView,
)


def book(reader: Reader, *, today: date) -> Book:
    """Every active policy with its hours, holidays of this year and its neighbours within."""
    version = reader.execute(select(SlaBook.version)).scalar() or 0
    rows = reader.execute(
        select(
            SlaPolicy.id,
            SlaPolicy.code,
            SlaPolicy.reasons,
            SlaPolicy.priorities,
            SlaPolicy.tiers,
            SlaPolicy.channels,
            SlaPolicy.targets,
            SlaPolicy.ladder,
            SlaHours.zone,
            SlaHours.country,
            SlaHours.week,
            SlaHours.special,
        )
        .join(SlaHours, SlaHours.id == SlaPolicy.hours_id)
        .where(SlaPolicy.is_active)
        .order_by(SlaPolicy.position, SlaPolicy.id)
    )
    return Book(
        version,
        tuple(
            Policy(
                id=row.id,
                code=row.code,
                reasons=frozenset(row.reasons),
                priorities=frozenset(row.priorities),
                tiers=frozenset(row.tiers),
                channels=frozenset(row.channels),
                targets=Targets(
                    books.hours(
                        zone=row.zone,
                        given_week=row.week,
                        given_special=row.special,
                        closed=_holidays(row.country, today.year),
                    ),
                    books.targets(row.targets),
                ),
                ladder=books.ladder(row.ladder),
            )
            for row in rows
        ),
    )


def record(reader: Reader, case_id: int) -> list[Noted]:
    """What a case's clocks read of its record, oldest first."""
    rows = reader.execute(
        select(CaseEntry.kind, CaseEntry.data, CaseEntry.at)
        .where(CaseEntry.case_id == case_id, CaseEntry.kind.not_in(_SILENT))
        .order_by(CaseEntry.id)
    )
    return [Noted(*row) for row in rows]


def clocks(reader: Reader, case_ids: Collection[int]) -> dict[int, list[ClockView]]:
    """The clocks of some cases by case, in the order they started; one query."""
    found: dict[int, list[ClockView]] = {}
    for one in _CLOCKS.all(reader, case_ids=list(case_ids)):
        found.setdefault(one.case_id, []).append(one)
    return found


def first_due(case_id: InstrumentedAttribute[int]) -> ScalarSelect[datetime | None]:
    """When the first running clock of a case is due, for the order of other queries."""
    return select(func.min(SlaClock.due_at)).where(SlaClock.case_id == case_id).scalar_subquery()


def _holidays(country: str, year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    return frozenset().union(
        *(national.days_off(country, one) for one in range(year - 1, year + 3))
    )
