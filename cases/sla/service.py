"""Keeping the clocks of cases: derived from the record, told of once, whoever asks how often."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from cases import service
from cases.events import AboutCase, CaseDueChanged, CaseSlaWarned
from cases.models import Case
from cases.sla import queries
from cases.sla.book import Book, Facts, Policy, Step
from cases.sla.clocks import WARNINGS, Clock, ClockState, Metric, clocks_of
from cases.sla.events import CaseEscalated
from cases.sla.history import marks
from cases.sla.models import SlaClock
from oms_service.customers import queries as customers
from oms_service.customers.states import Tier
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork

#: As many cases as one transaction of a sweep takes on.
BATCH: Final = 100
_OPEN: Final = ("running", "paused")
_KEPT: Final = ("case_id", "metric", "round", "warned")


def follow(uow: UnitOfWork, event: AboutCase) -> None:
    """The reaction to every event of a case."""
    refresh(uow, event.case_id)


def refresh(uow: UnitOfWork, case_id: int, *, book: Book | None = None) -> None:
    """Derive the clocks of a case anew from its record. The case is held until the end.

    Done again, or late, nothing changes; what people were told stays told.
    """
    uow.session.flush()
    case = locks.one(uow.session, Case, case_id)
    before = _next_due(uow, case_id)
    _derive(uow, case, book)
    metric, due_at = after = _next_due(uow, case_id)
    if after != before:
        due = due_at.isoformat() if due_at else ""
        uow.emit(CaseDueChanged(case_id=case_id, metric=metric, due_at=due))


def _next_due(uow: UnitOfWork, case_id: int) -> tuple[str, datetime | None]:
    """The running clock of a case that is due first."""
    query = (
        select(SlaClock.metric, SlaClock.due_at)
        .where(SlaClock.case_id == case_id, SlaClock.due_at.is_not(None))
        .order_by(SlaClock.due_at, SlaClock.metric)
        .limit(1)
    )
    row = uow.session.execute(query).one_or_none()
    return (str(row.metric), row.due_at) if row else ("", None)


def _derive(uow: UnitOfWork, case: Case, book: Book | None) -> None:
    case_id = case.id
    book = book or queries.book(uow.session, today=uow.now.date())
    policy = book.policy(_facts(uow, case))
    if policy is None:
        _cancel(uow, case_id, book.version)
        return
    warned = {
        (row.metric, row.round): row.warned
        for row in uow.session.execute(
            select(SlaClock.metric, SlaClock.round, SlaClock.warned).where(
                SlaClock.case_id == case_id
            )
        )
    }
    found = clocks_of(
        marks(queries.record(uow.session, case_id), channel=case.channel), policy.targets
    )
    rows = [
        _row(case_id, clock, policy, book, warned.get((clock.metric, clock.round), 0))
        for clock in found
    ]
    if rows:
        _write(uow, rows)
    _cancel(uow, case_id, book.version, but=[(one.metric, one.round) for one in found])


def refresh_old(uow: UnitOfWork) -> int:
    """The sweep: clocks that run by an older book than the one in force are derived anew."""
    book = queries.book(uow.session, today=uow.now.date())
    old = (
        select(SlaClock.case_id)
        .where(SlaClock.book_version < book.version, SlaClock.state.in_(_OPEN))
        .distinct()
        .order_by(SlaClock.case_id)
        .limit(BATCH)
    )
    found = list(uow.session.scalars(old))
    for case_id in found:
        refresh(uow, case_id, book=book)
    return len(found)


def warn(uow: UnitOfWork) -> int:
    """The sweep: tell of every share of a target that has passed, each once.

    Cases that others hold are left for the next round, a few seconds on.
    """
    due = (
        select(Case.id)
        .where(Case.id.in_(select(SlaClock.case_id).where(SlaClock.warn_at <= uow.now).distinct()))
        .order_by(Case.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    held = list(uow.session.scalars(due))
    if not held:
        return 0
    book = queries.book(uow.session, today=uow.now.date())
    for case_id in held:
        refresh(uow, case_id, book=book)  # hours may have been edited since
        _tell(uow, case_id, book)
    return len(held)


def _tell(uow: UnitOfWork, case_id: int, book: Book) -> None:
    by_id = {policy.id: policy for policy in book.policies}
    rows = uow.session.scalars(
        select(SlaClock)
        .where(SlaClock.case_id == case_id, SlaClock.warn_at <= uow.now)
        .order_by(SlaClock.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        policy = by_id[row.policy_id]
        clock = _clock(row)
        before, row.warned = row.warned, max(_passed(clock, policy, uow.now), row.warned)
        row.warn_at = _next_warning(clock, policy, row.warned)
        uow.session.flush()
        case = service.note_warning(
            uow, case_id, metric=row.metric, percent=row.warned, due_at=row.due_at
        )
        uow.emit(
            CaseSlaWarned(
                case_id=case_id,
                metric=row.metric,
                percent=row.warned,
                due_at=row.due_at.isoformat() if row.due_at else "",
                staff_id=case.assignee_id,
            )
        )
        for step in policy.steps(before, row.warned):
            if step is Step.RAISE_PRIORITY:
                service.raise_priority(uow, case_id)
            uow.emit(
                CaseEscalated(
                    case_id=case_id, step=str(step), metric=row.metric, percent=row.warned
                )
            )


def _facts(uow: UnitOfWork, case: Case) -> Facts:
    person = customers.find(uow.session, case.customer_id) if case.customer_id else None
    return Facts(
        reason=case.reason,
        priority=case.priority,
        tier=person.tier if person else Tier.STANDARD,
        channel=case.channel,
    )


def _row(case_id: int, clock: Clock, policy: Policy, book: Book, warned: int) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "metric": clock.metric,
        "round": clock.round,
        "policy_id": policy.id,
        "book_version": book.version,
        "target": clock.target,
        "started_at": clock.started_at,
        "state": clock.state,
        "elapsed": clock.elapsed,
        "running_since": clock.running_since,
        "stopped_at": clock.stopped_at,
        "due_at": clock.due_at,
        "missed_at": clock.missed_at,
        "warned": warned,
        "warn_at": _next_warning(clock, policy, warned),
    }


def _write(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    new = insert(SlaClock).values(rows)
    uow.session.execute(
        new.on_conflict_do_update(
            index_elements=["case_id", "metric", "round"],
            set_={name: new.excluded[name] for name in rows[0] if name not in _KEPT},
        )
    )


def _cancel(
    uow: UnitOfWork, case_id: int, version: int, but: Iterable[tuple[Metric, int]] = ()
) -> None:
    """End the open clocks that no policy asks for any more."""
    uow.session.execute(
        update(SlaClock)
        .where(
            SlaClock.case_id == case_id,
            SlaClock.state.in_(_OPEN),
            tuple_(SlaClock.metric, SlaClock.round).not_in(list(but)),
        )
        .values(
            state=ClockState.CANCELLED,
            stopped_at=uow.now,
            running_since=None,
            due_at=None,
            warn_at=None,
            book_version=version,
        )
        .execution_options(synchronize_session=False)
    )


def _next_warning(clock: Clock, policy: Policy, warned: int) -> datetime | None:
    ahead = next((percent for percent in WARNINGS if percent > warned), None)
    return clock.moment_of(ahead, policy.targets.hours) if ahead else None


def _passed(clock: Clock, policy: Policy, now: datetime) -> int:
    """The highest share that people are told of and that has passed."""
    hours = policy.targets.hours
    moments = ((percent, clock.moment_of(percent, hours)) for percent in WARNINGS)
    return max((percent for percent, at in moments if at is not None and at <= now), default=0)


def _clock(row: SlaClock) -> Clock:
    return Clock(**{name: getattr(row, name) for name in Clock.__dataclass_fields__})
