"""Watching cases, calling colleagues, and what each of them is told in a list of their own."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases import families, holding
from cases.events import (
    CaseAppended,
    CaseAssigned,
    CaseMentioned,
    CaseMerged,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseTaskChanged,
)
from cases.models import Case, CaseEntry
from cases.states import EntryKind
from cases.together.mentions import Colleague, called
from cases.together.models import CaseNews, CaseWatcher
from cases.together.states import NewsKind, TaskState
from oms_service.access import queries as access
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import Invalid

#: Additions to a case that those who watch it are told of.
_TOLD: Final = frozenset({"message", "matter"})


def topic(staff_id: int) -> str:
    """What the list of a colleague's news listens to."""
    return f"news:{staff_id}"


# Watching


def watch(uow: UnitOfWork, case_id: int, staff_id: int) -> None:
    """Somebody wants to be told of a case.

    Raises:
        NotFound: no such case.
        Invalid: no such colleague is at work, or they may not read cases.
    """
    if staff_id not in readers(uow.session):
        raise Invalid("that colleague does not read cases", {"staff": "cannot read cases"})
    case = families.held(uow, case_id)
    _set(uow, case.id, staff_id, is_watching=True)


def unwatch(uow: UnitOfWork, case_id: int, staff_id: int) -> None:
    """They have left and stay away, whatever happens, until they are called or come back."""
    case = families.held(uow, case_id)
    _set(uow, case.id, staff_id, is_watching=False)


def join(uow: UnitOfWork, case_id: int, staff_ids: Collection[int]) -> None:
    """They have to do with a case and so watch it, unless they have left it before."""
    if staff_ids:
        uow.session.execute(
            insert(CaseWatcher)
            .values(
                [
                    {
                        "case_id": case_id,
                        "staff_id": one,
                        "is_watching": True,
                        "changed_at": uow.now,
                    }
                    for one in sorted(staff_ids)
                ]
            )
            .on_conflict_do_nothing(index_elements=["case_id", "staff_id"])
        )


def share(uow: UnitOfWork, source_id: int, to_id: int) -> tuple[list[int], list[int]]:
    """Who watches one case watches another too: all of them, and those who did not before."""
    theirs = sorted(_watchers(uow, source_id))
    before = set(
        uow.session.scalars(select(CaseWatcher.staff_id).where(CaseWatcher.case_id == to_id))
    )
    join(uow, to_id, theirs)
    return theirs, [one for one in theirs if one not in before]


def take_away(uow: UnitOfWork, case_id: int, staff_ids: Collection[int]) -> None:
    """They watch a case no more, as if they never had."""
    uow.session.execute(
        delete(CaseWatcher).where(
            CaseWatcher.case_id == case_id, CaseWatcher.staff_id.in_(staff_ids)
        )
    )


# Calling


def mention(uow: UnitOfWork, case: Case, entry_id: int, text: str) -> tuple[int, ...]:
    """Tell everybody whom a note calls and who may see the case; whom.

    The case is held, the note is its ``entry_id``.
    """
    able = readers(uow.session, case.queue_id)
    found = called(text, list(able.values()))
    me = uow.actor
    told = tuple(one for one in found if me.ref != Actor(ActorKind.STAFF, str(one)).ref)
    for staff_id in told:
        uow.session.execute(
            insert(CaseNews)
            .values(
                staff_id=staff_id,
                case_id=case.id,
                kind=NewsKind.MENTIONED,
                entry_id=entry_id,
                by=uow.actor.ref,
                times=1,
                at=uow.now,
            )
            .on_conflict_do_nothing(index_elements=["staff_id", "entry_id"])
        )
        uow.emit(CaseMentioned(case_id=case.id, staff_id=staff_id, entry_id=entry_id))
        uow.touch(topic(staff_id))
    join(uow, case.id, told)
    return told


# News


def read_news(uow: UnitOfWork, staff_id: int, *, up_to: int, case_id: int | None = None) -> int:
    """Somebody has seen their news up to one of them; how many were new.

    Args:
        uow: the transaction.
        staff_id: whose news.
        up_to: the id of the newest one seen.
        case_id: only those of one case.
    """
    seen = update(CaseNews).where(
        CaseNews.staff_id == staff_id, CaseNews.id <= up_to, CaseNews.read_at.is_(None)
    )
    if case_id is not None:
        seen = seen.where(CaseNews.case_id == case_id)
    done = uow.session.execute(
        seen.values(read_at=uow.now).execution_options(synchronize_session=False)
    )
    uow.touch(topic(staff_id))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def on_replied(uow: UnitOfWork, event: CaseReplied) -> None:
    """Whoever answers watches from then on; the others are told."""
    by = _by_of(uow, event)
    if by.kind is ActorKind.STAFF:
        join(uow, event.case_id, [int(by.id)])
    tell(uow, event.case_id, NewsKind.REPLIED, by)


def on_appended(uow: UnitOfWork, event: CaseAppended) -> None:
    """The customer wrote, or asked again."""
    if event.what in _TOLD:
        tell(uow, event.case_id, NewsKind.MESSAGE, SYSTEM)


def on_assigned(uow: UnitOfWork, event: CaseAssigned) -> None:
    """Somebody has it now: told to those who watch, except to whoever took it."""
    tell(uow, event.case_id, NewsKind.ASSIGNED, Actor(ActorKind.STAFF, str(event.staff_id)))


def on_resolved(uow: UnitOfWork, event: CaseResolved) -> None:
    tell(uow, event.case_id, NewsKind.RESOLVED, _changed_by(uow, event.case_id))


def on_reopened(uow: UnitOfWork, event: CaseReopened) -> None:
    tell(uow, event.case_id, NewsKind.REOPENED, _changed_by(uow, event.case_id))


def on_merged(uow: UnitOfWork, event: CaseMerged) -> None:
    tell(uow, event.into_id, NewsKind.MERGED, _changed_by(uow, event.case_id))


def on_task(uow: UnitOfWork, event: CaseTaskChanged) -> None:
    """A side task has ended."""
    if event.state in {TaskState.DONE, TaskState.CANCELLED}:
        tell(uow, event.case_id, NewsKind.TASK, _changed_by(uow, event.case_id))


def tell(uow: UnitOfWork, case_id: int, kind: NewsKind, by: Actor) -> None:
    """Put something into the list of everybody who watches, except of whoever did it."""
    me = int(by.id) if by.kind is ActorKind.STAFF and by.id else 0
    rows = [
        {
            "staff_id": one,
            "case_id": case_id,
            "kind": kind,
            "entry_id": None,
            "by": by.ref,
            "times": 1,
            "at": uow.now,
        }
        for one in sorted(_watchers(uow, case_id) - {me})
    ]
    if not rows:
        return
    news = insert(CaseNews).values(rows)
    uow.session.execute(
        news.on_conflict_do_update(
            index_elements=["staff_id", "case_id", "kind"],
            index_where=CaseNews.read_at.is_(None) & CaseNews.entry_id.is_(None),
            set_={"times": CaseNews.times + 1, "at": news.excluded.at, "by": news.excluded.by},
        )
    )
    for row in rows:
        uow.touch(topic(int(str(row["staff_id"]))))


# Inside


def _set(uow: UnitOfWork, case_id: int, staff_id: int, *, is_watching: bool) -> None:
    row = insert(CaseWatcher).values(
        case_id=case_id, staff_id=staff_id, is_watching=is_watching, changed_at=uow.now
    )
    uow.session.execute(
        row.on_conflict_do_update(
            index_elements=["case_id", "staff_id"],
            set_={"is_watching": is_watching, "changed_at": uow.now},
        )
    )
    holding.touch(uow, case_id)


def _watchers(uow: UnitOfWork, case_id: int) -> set[int]:
    query = select(CaseWatcher.staff_id).where(
        CaseWatcher.case_id == case_id, CaseWatcher.is_watching
    )
    return set(uow.session.scalars(query))


def readers(session: Session, queue_id: int | None = None) -> dict[int, Colleague]:
    """Everybody at work who may read cases, those of one queue where it is named."""
    return {
        one.id: Colleague(one.id, one.name, one.mail, one.roles, one.queues)
        for one in access.all_staff(session)
        if one.is_active
        and one.may("cases:read")
        and (queue_id is None or not one.queues or queue_id in one.queues)
    }


def _by_of(uow: UnitOfWork, event: CaseReplied) -> Actor:
    """Who wrote the answer that an event tells of."""
    ref = uow.session.scalar(
        select(CaseEntry.actor).where(
            CaseEntry.case_id == event.case_id,
            CaseEntry.kind == EntryKind.REPLIED,
            CaseEntry.data["message_id"].as_integer() == event.message_id,
        )
    )
    return Actor.from_ref(ref) if ref else SYSTEM


def _changed_by(uow: UnitOfWork, case_id: int) -> Actor:
    """Who wrote the last line of a case's record."""
    ref = uow.session.scalar(
        select(CaseEntry.actor)
        .where(CaseEntry.case_id == case_id)
        .order_by(CaseEntry.id.desc())
        .limit(1)
    )
    return Actor.from_ref(ref) if ref else SYSTEM
