"""How it stands this minute, for the lead's board: what waits where, who is there, what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    and_,
    func,
    literal,
    null,
    or_,
    select,
    true,
)

from cases.models import InboxRow
from cases.reports.models import CaseFact, CaseSpan
from cases.routing import queries as routing
from cases.routing.queries import AgentView
from cases.sla.clocks import Metric
from oms_service.infra.db import UtcTime
from oms_service.kernel.languages import Words

#: What is due within so long is due soon.
SOON: Final = timedelta(hours=1)
#: How far apart the points of the day's course are.
STEP: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class QueueNow:
    """One queue: its open cases, in how many a customer waits, since when the first of them."""

    code: str
    name: Words
    open: int
    waiting: int
    unassigned: int
    overdue: int
    due_soon: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Overdue:
    """A case whose answer is late, or due soonest."""

    number: str
    queue_id: int
    assignee_id: int | None
    due_at: datetime


@dataclass(frozen=True)
class Board:
    """Everything on it, as of ``at``; ``today`` began at the shop's midnight.

    ``nobody`` counts open cases that nobody has by why, as ``cases.routing`` says it.
    """

    at: datetime
    queues: Sequence[QueueNow]
    agents: Sequence[AgentView]
    nobody: Sequence[tuple[str, int]]
    late: Sequence[Overdue]
    opened_today: int
    settled_today: int

    def total(self, name: str) -> int:
        """One count over all queues."""
        return sum(getattr(one, name) for one in self.queues)

    @property
    def oldest_at(self) -> datetime | None:
        return min((one.oldest_at for one in self.queues if one.oldest_at), default=None)


#: So many late cases are named; the inbox has them all.
MOST_LATE: Final = 10


def board(
    reader: Connection, *, now: datetime, zone: ZoneInfo, only: frozenset[int] = frozenset()
) -> Board:
    """The board as of now, of these queues only or of all; seven queries, whatever there is."""
    today = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    opened, settled = (
        _since(reader, at, today, only) for at in (CaseFact.opened_at, CaseFact.resolved_at)
    )
    return Board(
        at=now,
        queues=_queues(reader, now, only),
        agents=routing.agents(reader),
        nobody=sorted(
            routing.waiting(reader, only=only).items(), key=lambda one: (-one[1], one[0])
        ),
        late=_late(reader, now, only),
        opened_today=opened,
        settled_today=settled,
    )


@dataclass(frozen=True)
class WaitingAt:
    """In how many cases a customer waited at a moment."""

    at: datetime
    waiting: int


def course(
    reader: Connection, *, now: datetime, zone: ZoneInfo, only: frozenset[int] = frozenset()
) -> tuple[WaitingAt, ...]:
    """Waiting customers at each half hour since the shop's midnight, and now; one query.

    A wait that was called off in time is in no fact, and not in what was before it ended either.
    """
    start = datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)
    steps = int((now - start) / STEP)
    times = [start + STEP * n for n in range(steps + 1)]
    if times[-1] != now:
        times.append(now.astimezone(UTC))
    at = func.unnest(literal(times, ARRAY(UtcTime))).table_valued("at").render_derived(name="each")
    lasted = func.make_interval(0, 0, 0, 0, 0, 0, CaseSpan.calendar_s)
    over = select(
        (CaseSpan.ended_at - lasted).label("since"), CaseSpan.ended_at.label("until")
    ).where(
        CaseSpan.metric.in_((Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)),
        CaseSpan.ended_at > start,
    )
    still = select(InboxRow.waiting_since, null()).where(
        InboxRow.is_active.is_(True), InboxRow.waiting_since.is_not(None)
    )
    if only:
        over = over.join(CaseFact, CaseFact.case_id == CaseSpan.case_id).where(
            CaseFact.queue_id.in_(only)
        )
        still = still.where(InboxRow.queue_id.in_(only))
    waits = over.union_all(still).subquery()
    rows = reader.execute(
        select(at.c.at, func.count(waits.c.since))
        .select_from(at)
        .outerjoin(
            waits,
            and_(
                waits.c.since <= at.c.at,
                or_(waits.c.until.is_(None), waits.c.until > at.c.at),
            ),
        )
        .group_by(at.c.at)
        .order_by(at.c.at)
    )
    return tuple(WaitingAt(*row) for row in rows)


def _queues(reader: Connection, now: datetime, only: frozenset[int]) -> list[QueueNow]:
    rows = reader.execute(
        select(
            InboxRow.queue_id,
            func.count().label("open"),
            func.count(InboxRow.waiting_since).label("waiting"),
            func.count().filter(InboxRow.assignee_id.is_(None)).label("unassigned"),
            func.count().filter(InboxRow.due_by <= now).label("overdue"),
            func.count()
            .filter(InboxRow.due_by > now, InboxRow.due_by <= now + SOON)
            .label("due_soon"),
            func.min(InboxRow.waiting_since).label("oldest_at"),
        )
        .where(InboxRow.is_active.is_(True))
        .group_by(InboxRow.queue_id)
    )
    held: dict[int, Any] = {row.queue_id: row for row in rows}
    found = []
    for queue in routing.queues(reader):
        if only and queue.id not in only:
            continue
        row = held.get(queue.id)
        counts = row[1:] if row is not None else (0, 0, 0, 0, 0, None)
        found.append(QueueNow(queue.code, queue.name, *counts))
    return sorted(found, key=lambda one: (-one.overdue, -one.waiting, one.code))


def _late(reader: Connection, now: datetime, only: frozenset[int]) -> list[Overdue]:
    rows = reader.execute(
        select(InboxRow.number, InboxRow.queue_id, InboxRow.assignee_id, InboxRow.due_by)
        .where(InboxRow.is_active.is_(True), InboxRow.due_by <= now + SOON)
        .where(InboxRow.queue_id.in_(only) if only else true())
        .order_by(InboxRow.due_by, InboxRow.case_id)
        .limit(MOST_LATE)
    )
    return [Overdue(*row) for row in rows]


def _since(reader: Connection, at: Any, moment: datetime, only: frozenset[int]) -> int:
    conditions: list[ColumnElement[bool]] = [CaseFact.is_counted.is_(True), at >= moment]
    if only:
        conditions.append(CaseFact.queue_id.in_(only))
    return reader.execute(select(func.count()).where(*conditions)).scalar_one()
