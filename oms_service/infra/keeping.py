"""How long what is kept of people stays: a rule for each kind of it, and one sweep that forgets.

A package that keeps something for a while says so once as ``Kept``: what goes, by which time, and
how. What has gone no longer fits ``due``, so that the sweep may run twice, or die between two
batches, and goes on where it was.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import CheckConstraint, Connection, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from oms_service.infra import locks
from oms_service.infra.db import ActorRef, Code, Model
from oms_service.infra.fallout import cause_of
from oms_service.infra.privacy import impatiently
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale

log = structlog.get_logger(__name__)

#: Rows of one kind that go in one transaction.
BATCH: Final = 200
MOST_DAYS: Final = 36_500
_LOCK: Final = "retention"


class RetentionRule(Model):
    """How many days one kind is kept where the shop has said so; none is for ever."""

    __tablename__ = "retention_rules"
    __table_args__ = (CheckConstraint(f"days BETWEEN 1 AND {MOST_DAYS}", name="days"),)

    kind: Mapped[Code] = mapped_column(primary_key=True)
    days: Mapped[int | None]
    changed_by: Mapped[ActorRef]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One kind of data and how it goes. ``label``, ``goes`` and ``stays`` are msgids."""

    name: str
    label: str
    #: What goes, and from when its days are counted.
    goes: str
    #: What of it stays for ever, as books and figures need it.
    stays: str
    #: Days where the shop has said nothing; None is for ever.
    days: int | None
    #: The fewest days that may be chosen: the house itself works with it for so long.
    least_days: int = 1
    #: How many rows are older than a moment and still there.
    due: Callable[[Session, datetime], int]
    #: Let at most so many of them go; how many did.
    forget: Callable[[UnitOfWork, datetime, int], int]


@dataclass(frozen=True)
class RuleView:
    """What holds for one kind; ``changed_by`` and ``changed_at`` where the shop has said it."""

    days: int | None
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Rules:
    """What holds for every kind; ``version`` grows with each change."""

    version: int
    of: Mapping[str, RuleView]


@dataclass
class Keeping:
    """Every kind of the house, filled at composition."""

    _kinds: dict[str, Kept] = field(default_factory=dict)

    def add(self, *kinds: Kept) -> None:
        for kept in kinds:
            if kept.name in self._kinds:
                raise ValueError(f"two kinds of data named {kept.name!r}")
            self._kinds[kept.name] = kept

    def all(self) -> tuple[Kept, ...]:
        return tuple(self._kinds.values())

    def rules(self, reader: Session | Connection) -> Rules:
        """What holds now; one query."""
        found = select(
            RetentionRule.kind,
            RetentionRule.days,
            RetentionRule.changed_by,
            RetentionRule.changed_at,
            RetentionRule.version,
        )
        said = {row.kind: row for row in reader.execute(found)}
        return Rules(
            sum(row.version for row in said.values()),
            {
                kept.name: RuleView(row.days, row.changed_by, row.changed_at)
                if (row := said.get(kept.name))
                else RuleView(kept.days)
                for kept in self.all()
            },
        )

    def due(
        self, session: Session, days: Mapping[str, int | None], *, now: datetime
    ) -> dict[str, int]:
        """How many rows of each kind would go at once under these days."""
        self._check(days)
        return {
            kept.name: kept.due(session, now - timedelta(days=kept_for)) if kept_for else 0
            for kept in self.all()
            for kept_for in (days[kept.name],)
        }

    def change(self, uow: UnitOfWork, days: Mapping[str, int | None], *, version: int) -> Rules:
        """Let these days hold from now on; the sweep does the rest.

        Args:
            uow: the transaction.
            days: for every kind; None is for ever.
            version: of the rules as they were read.

        Raises:
            Invalid: too few or too many days; ``fields`` are kinds.
            Stale: somebody changed the rules meanwhile.
        """
        self._check(days)
        locks.a_name(uow.session, _LOCK)
        before = self.rules(uow.session)
        if before.version != version:
            raise Stale("somebody changed these rules meanwhile")
        changed = [
            {
                "kind": name,
                "days": wanted,
                "changed_by": uow.actor.ref,
                "changed_at": uow.now,
                "version": 1,
            }
            for name, wanted in days.items()
            if before.of[name].days != wanted
        ]
        if changed:
            said = insert(RetentionRule).values(changed)
            uow.session.execute(
                said.on_conflict_do_update(
                    index_elements=["kind"],
                    set_={
                        "days": said.excluded.days,
                        "changed_by": said.excluded.changed_by,
                        "changed_at": said.excluded.changed_at,
                        "version": RetentionRule.version + 1,
                    },
                )
            )
        return self.rules(uow.session)

    def forget(self, uow: UnitOfWork) -> int:
        """The sweep: a batch of each kind. A kind that fails keeps no other; how many went.

        The largest batch is told, so that a full one is followed by the next at once.
        """
        impatiently(uow.session)
        rules = self.rules(uow.session)
        most = 0
        for kept in self.all():
            days = rules.of[kept.name].days
            if days is None:
                continue
            try:
                with uow.session.begin_nested():
                    gone = kept.forget(uow, uow.now - timedelta(days=days), BATCH)
            except DBAPIError as error:
                log.warning("keeping.waits", kind=kept.name, cause=cause_of(error))
                continue
            if gone:
                log.info("keeping.forgot", kind=kept.name, rows=gone)
            most = max(most, gone)
        return most

    def _check(self, days: Mapping[str, int | None]) -> None:
        if set(days) != set(self._kinds):
            raise Invalid("every kind once", {"kinds": "are not those there are"})
        wrong = {
            kept.name: f"must be from {kept.least_days} to {MOST_DAYS}"
            for kept in self.all()
            if (wanted := days[kept.name]) is not None
            and not kept.least_days <= wanted <= MOST_DAYS
        }
        if wrong:
            raise Invalid("these days cannot hold", wrong)
