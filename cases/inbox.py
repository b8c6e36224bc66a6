"""The inbox as a table of its own: kept by reactions, built anew by ``oms rebuild inbox``."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cases import families, folding
from cases.events import AboutCase, CaseDueChanged
from cases.holding import DESK
from cases.models import Case, CaseEntry, CaseOrder, InboxRow
from cases.sla import queries as answer_times
from cases.sla.queries import ClockView
from cases.states import ACTIVE, Priority
from cases.taxonomy import queries as taxonomy
from cases.taxonomy.views import TagView
from oms_service.conversations import queries as conversations
from oms_service.conversations.queries import Said
from oms_service.conversations.states import Direction
from oms_service.customers import queries as customers
from oms_service.customers.events import (
    CustomerIdentityAdded,
    CustomerMerged,
    CustomerUnmerged,
)
from oms_service.customers.queries import CustomerView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.text import order_key
from oms_service.orders import queries as orders
from oms_service.shipping import queries as parcels
from oms_service.shipping.events import ParcelHandedOver

#: Urgent first.
RANK: Final = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}
#: When what never comes is due: the end of any list.
NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
#: So many cases in one transaction of a rebuild.
CHUNK: Final = 500
_EXCERPT: Final = 160
#: So many messages and notes of a case are searched, the newest, and so much of them in all.
_MOST_SAID: Final = 60
_MOST_WORDS: Final = 4000
#: So many numbers and addresses of one case.
_MOST_TOKENS: Final = 40


def refresh(uow: UnitOfWork, event: AboutCase) -> None:
    """The reaction to every event of a case."""
    project(uow, [event.case_id])
    uow.touch(DESK)


def follow_people(
    uow: UnitOfWork, event: CustomerMerged | CustomerUnmerged | CustomerIdentityAdded
) -> None:
    """Records are called or reached otherwise than before, in all cases of theirs."""
    people = {event.customer_id}
    if not isinstance(event, CustomerIdentityAdded):
        people.add(event.merged_id)
    ids = uow.session.scalars(select(Case.id).where(Case.customer_id.in_(people)).order_by(Case.id))
    project(uow, list(ids), holds=True)


def follow_due(uow: UnitOfWork, event: CaseDueChanged) -> None:
    """Another answer of a case is due next: only that is written anew."""
    due = _due(answer_times.clocks(uow.session, [event.case_id]).get(event.case_id, ()))
    uow.session.execute(update(InboxRow).where(InboxRow.case_id == event.case_id).values(due))
    uow.touch(DESK)


def follow_parcel(uow: UnitOfWork, event: ParcelHandedOver) -> None:
    """A parcel left: the cases of its order are found by its number."""
    also = select(CaseOrder.case_id).where(CaseOrder.order_id == event.order_id)
    mine = select(Case.id).where(Case.order_id == event.order_id)
    found = uow.session.scalars(mine.union(also).order_by("id")).all()
    if found:
        project(uow, found, holds=True)


def project(uow: UnitOfWork, case_ids: Sequence[int], *, holds: bool = False) -> int:
    """Write the rows of some cases as they are now; the number of queries does not grow.

    Whoever is called by no event of theirs ``holds`` the cases: else a change between reading
    and writing would be told to the inbox first, and then be overwritten by what was before.
    """
    uow.session.flush()
    query = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id)
    if holds:
        query = query.with_for_update(read=True)
    found = uow.session.scalars(query.execution_options(populate_existing=True)).all()
    if not found:
        return 0
    about = _read(uow, found)
    rows = [_row(case, about) for case in found]
    written = insert(InboxRow).values(rows)
    values = {name: written.excluded[name] for name in rows[0] if name != "case_id"}
    uow.session.execute(written.on_conflict_do_update(index_elements=["case_id"], set_=values))
    return len(rows)


def chunks(uow: UnitOfWork) -> Iterator[list[int]]:
    """The ids of all cases, in pieces for one transaction each."""
    ids = list(uow.session.scalars(select(Case.id).order_by(Case.id)))
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def forget(uow: UnitOfWork) -> None:
    """Drop rows whose case is gone, before a rebuild."""
    uow.session.execute(delete(InboxRow).where(InboxRow.case_id.not_in(select(Case.id))))


# What a row is made of


@dataclass(frozen=True)
class _Record:
    """When a case's own record last grew, and what colleagues wrote in it, newest first."""

    grown_at: datetime
    notes: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _About:
    """All that some cases are about, by id."""

    orders: Mapping[int, set[int]]
    numbers: Mapping[int, str]
    tracking: Mapping[int, Sequence[str]]
    people: Mapping[int, CustomerView]
    mails: Mapping[int, Sequence[str]]
    said: Mapping[int, Sequence[Said]]
    records: Mapping[int, _Record]
    clocks: Mapping[int, Sequence[ClockView]]
    tags: Mapping[int, Sequence[TagView]]


def _read(uow: UnitOfWork, found: Sequence[Case]) -> _About:
    session = uow.session
    ids = [case.id for case in found]
    of = {case.id: {case.order_id} if case.order_id else set() for case in found}
    further = select(CaseOrder.case_id, CaseOrder.order_id).where(CaseOrder.case_id.in_(ids))
    for case_id, order_id in session.execute(further):
        of[case_id].add(order_id)
    order_ids = set().union(*of.values())
    customer_ids = {case.customer_id for case in found if case.customer_id}
    threads = _threads(uow, ids)
    people = customers.those(session, customer_ids)
    return _About(
        orders=of,
        numbers=orders.numbers_of(session, order_ids),
        tracking=parcels.tracking_numbers(session, order_ids),
        people=people,
        mails=customers.mails(session, people),
        said=_said(uow, threads),
        records=_records(uow, ids),
        clocks=answer_times.clocks(session, ids),
        tags=taxonomy.tags_of(session, ids),
    )


def _threads(uow: UnitOfWork, case_ids: Collection[int]) -> dict[int, set[int]]:
    """The conversations of each case, and of those that were merged into it."""
    of_each = families.members_of(uow.session, case_ids)
    members = set().union(*of_each.values())
    rows = uow.session.execute(
        select(Case.id, Case.conversation_id).where(
            Case.id.in_(members), Case.conversation_id.is_not(None)
        )
    )
    of = {row.id: row.conversation_id for row in rows}
    return {one: {of[it] for it in family if it in of} for one, family in of_each.items()}


def _said(uow: UnitOfWork, threads: Mapping[int, set[int]]) -> dict[int, list[Said]]:
    """What was said in each case, the newest first."""
    said = conversations.said(uow.session, set().union(*threads.values()), most=_MOST_SAID)
    found = {}
    for case_id, of_case in threads.items():
        words = [one for thread in sorted(of_case) for one in said.get(thread, ())]
        found[case_id] = sorted(words, key=lambda one: one.at, reverse=True)[:_MOST_SAID]
    return found


def _records(uow: UnitOfWork, case_ids: Collection[int]) -> dict[int, _Record]:
    grown = select(CaseEntry.case_id, func.max(CaseEntry.at)).where(CaseEntry.case_id.in_(case_ids))
    found = {
        case_id: _Record(at)
        for case_id, at in uow.session.execute(grown.group_by(CaseEntry.case_id))
    }
    newest = (
        select(
            CaseEntry.id,
            CaseEntry.case_id,
            CaseEntry.at,
            CaseEntry.text,
            func.row_number()
            .over(partition_by=CaseEntry.case_id, order_by=CaseEntry.id.desc())
            .label("nth"),
        )
        .where(CaseEntry.case_id.in_(case_ids), CaseEntry.text != "")
        .subquery()
    )
    written = select(newest.c.case_id, newest.c.at, newest.c.text).where(newest.c.nth <= _MOST_SAID)
    for case_id, at, text in uow.session.execute(written.order_by(newest.c.id.desc())):
        found[case_id].notes.append((at, text))
    return found


def _row(case: Case, about: _About) -> dict[str, Any]:
    record = about.records.get(case.id, _Record(case.opened_at))
    # What was said since the record last grew belongs to no case yet: built anew at any time,
    # the row is the same.
    said = [one for one in about.said.get(case.id, ()) if one.at <= record.grown_at and one.text]
    person = about.people.get(case.customer_id or 0)
    last = next((one.text for one in said if one.direction is Direction.IN), "")
    return {
        "case_id": case.id,
        "number": case.number,
        "reason": case.reason,
        "state": case.state,
        "is_active": case.state in ACTIVE,
        "priority_rank": RANK[case.priority],
        "queue_id": case.queue_id,
        "assignee_id": case.assignee_id,
        "customer_id": person.id if person else None,
        "customer_name": person.name if person else "",
        "tier": person.tier if person else "",
        "channel": case.channel,
        "language": case.language,
        "tags": sorted(tag.id for tag in about.tags.get(case.id, ())),
        "order_number": about.numbers.get(case.order_id or 0, ""),
        "excerpt": " ".join(last.split())[:_EXCERPT],
        "opened_at": case.opened_at,
        "waiting_since": case.waiting_since,
        "waits_from": case.waiting_since or NEVER,
        "updated_at": record.grown_at,
        "search": searchable(case.number, _numbers(case.id, about), person, _mails(person, about)),
        "words": _words(said, record),
        **_due(about.clocks.get(case.id, ())),
    }


def searchable(
    number: str, others: Sequence[str], person: CustomerView | None, mails: Sequence[str] = ()
) -> str:
    """Everything a case is found by, folded: numbers in any dress, names in either script."""
    said = [number, order_key(number)]
    for one in others[:_MOST_TOKENS]:
        said += [one, order_key(one)]
    if person is not None:
        pairs = (
            (person.family_name, person.given_name),
            (person.family_name_kana, person.given_name_kana),
        )
        for family, given in pairs:
            said += [f"{family} {given}", f"{family}{given}", f"{given} {family}"]
            said.append(f"{given}{family}")
    return folding.tokens([*said, *mails[:_MOST_TOKENS]])


def _numbers(case_id: int, about: _About) -> list[str]:
    of = sorted(about.orders[case_id])
    numbers = [about.numbers[one] for one in of if one in about.numbers]
    return numbers + [number for one in of for number in about.tracking.get(one, ())]


def _mails(person: CustomerView | None, about: _About) -> Sequence[str]:
    return about.mails.get(person.id, ()) if person else ()


def _words(said: Sequence[Said], record: _Record) -> str:
    """What was written in and about the case, the newest first, as much as is searched."""
    written = [*((one.at, one.text) for one in said), *record.notes]
    newest = sorted(written, key=lambda one: one[0], reverse=True)
    return f" {folding.grams(' '.join(text for _at, text in newest)[:_MOST_WORDS])} "


def _due(clocks: Sequence[ClockView]) -> dict[str, Any]:
    first = min(
        ((one.due_at, one.metric) for one in clocks if one.due_at is not None), default=None
    )
    at, metric = first or (None, "")
    return {"due_at": at, "due_metric": metric, "due_by": at or NEVER}
