"""Keeping what figures are counted from: written anew whenever something happens to a case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from cases.events import AboutCase
from cases.models import Case, CaseEntry, CaseLine, CaseOrder
from cases.reports import deriving
from cases.reports.deriving import Line, Story
from cases.reports.models import CaseFact, CaseSpan
from cases.sla import queries as answer_times
from cases.states import EntryKind
from cases.taxonomy import queries as taxonomy
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.orders.events import OrderChanged
from oms_service.shipping import queries as parcels
from oms_service.shipping.events import ParcelHandedOver

#: So many cases in one transaction of a rebuild or a sweep.
CHUNK: Final = 500
#: Lines of a record that no figure reads.
_SILENT: Final = (EntryKind.NOTE, EntryKind.WARNED, EntryKind.EDITED, EntryKind.ROUTED)


def follow(uow: UnitOfWork, event: AboutCase) -> None:
    """The reaction to every event of a case; it comes after the one of its clocks."""
    derive(uow, [event.case_id])


def follow_order(uow: UnitOfWork, event: ParcelHandedOver | OrderChanged) -> None:
    """A parcel left, or other goods are wanted: the cases of that order are about them too."""
    further = select(CaseOrder.case_id).where(CaseOrder.order_id == event.order_id)
    mine = select(Case.id).where(Case.order_id == event.order_id)
    found = uow.session.scalars(mine.union(further).order_by("id")).all()
    if found:
        derive(uow, found, holds=True)


def derive(uow: UnitOfWork, case_ids: Sequence[int], *, holds: bool = False) -> int:
    """Write the rows of some cases as they are now; the number of queries does not grow.

    Whoever is called by no event of theirs ``holds`` the cases: else what is read here could be
    written after what came meanwhile.
    """
    uow.session.flush()
    query = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id)
    if holds:
        query = query.with_for_update(read=True)
    found = uow.session.scalars(query.execution_options(populate_existing=True)).all()
    if not found:
        return 0
    ids = [case.id for case in found]
    told = _stories(uow, found)
    about = _matters(uow, found)
    tags = taxonomy.tags_of(uow.session, ids)
    rows = [
        _fact(case, told[case.id], about[case.id], sorted(one.id for one in tags.get(case.id, ())))
        for case in found
    ]
    written = insert(CaseFact).values(rows)
    values = {name: written.excluded[name] for name in rows[0] if name != "case_id"}
    uow.session.execute(written.on_conflict_do_update(index_elements=["case_id"], set_=values))
    _write_spans(uow, found, told)
    return len(rows)


def chunks(uow: UnitOfWork) -> Iterator[list[int]]:
    """The ids of all cases, in pieces for one transaction each."""
    ids = list(uow.session.scalars(select(Case.id).order_by(Case.id)))
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def forget(uow: UnitOfWork) -> None:
    """Drop rows whose case is gone, before a rebuild."""
    gone = select(CaseFact.case_id).where(CaseFact.case_id.not_in(select(Case.id)))
    uow.session.execute(delete(CaseSpan).where(CaseSpan.case_id.in_(gone)))
    uow.session.execute(delete(CaseFact).where(CaseFact.case_id.in_(gone)))


def catch_up(uow: UnitOfWork) -> int:
    """The sweep: cases from before figures were counted get their rows."""
    missing = (
        select(Case.id)
        .outerjoin(CaseFact, CaseFact.case_id == Case.id)
        .where(CaseFact.case_id.is_(None))
        .order_by(Case.id)
        .limit(CHUNK)
    )
    return derive(uow, uow.session.scalars(missing).all(), holds=True)


# Inside


def _stories(uow: UnitOfWork, found: Sequence[Case]) -> dict[int, Story]:
    ids = [case.id for case in found]
    records: dict[int, list[Line]] = {one: [] for one in ids}
    lines = (
        select(CaseEntry.case_id, CaseEntry.kind, CaseEntry.data, CaseEntry.actor, CaseEntry.at)
        .where(CaseEntry.case_id.in_(ids), CaseEntry.kind.not_in(_SILENT))
        .order_by(CaseEntry.case_id, CaseEntry.id)
    )
    for case_id, *line in uow.session.execute(lines):
        records[case_id].append(Line(*line))
    clocks = answer_times.clocks(uow.session, ids)
    return {
        case.id: deriving.story(
            records[case.id],
            clocks.get(case.id, ()),
            channel=case.channel,
            assignee_id=case.assignee_id,
        )
        for case in found
    }


def _matters(
    uow: UnitOfWork, found: Sequence[Case]
) -> Mapping[int, tuple[Sequence[str], Sequence[str]]]:
    """Carriers and products of some cases."""
    session = uow.session
    ids = [case.id for case in found]
    of = {case.id: {case.order_id} if case.order_id else set() for case in found}
    further = select(CaseOrder.case_id, CaseOrder.order_id).where(CaseOrder.case_id.in_(ids))
    for case_id, order_id in session.execute(further):
        of[case_id].add(order_id)
    order_ids = set().union(*of.values())
    sold = orders.lines_of(session, order_ids) if order_ids else {}
    sku_of = {line.id: line.sku for lines in sold.values() for line in lines}
    named: dict[int, set[str]] = {}
    lines = select(CaseLine.case_id, CaseLine.order_line_id).where(CaseLine.case_id.in_(ids))
    for case_id, line_id in session.execute(lines):
        if line_id in sku_of:
            named.setdefault(case_id, set()).add(sku_of[line_id])
    carriers: dict[int, set[str]] = {}
    for parcel in parcels.parcels_of(session, sorted(order_ids)) if order_ids else ():
        if parcel.handed_over_at is not None and parcel.carrier:
            carriers.setdefault(parcel.order_id, set()).add(parcel.carrier)
    return {
        case_id: (
            sorted(set().union(*(carriers.get(one, set()) for one in mine))),
            sorted(
                named.get(case_id)
                or {line.sku for one in mine for line in sold.get(one, ()) if line.sku}
            ),
        )
        for case_id, mine in of.items()
    }


def _fact(
    case: Case, told: Story, about: tuple[Sequence[str], Sequence[str]], tags: Sequence[int]
) -> dict[str, Any]:
    carriers, skus = about
    return {
        "case_id": case.id,
        "queue_id": case.queue_id,
        "assignee_id": case.assignee_id,
        "reason": case.reason,
        "channel": case.channel,
        "language": case.language,
        "tags": list(tags),
        "carriers": list(carriers),
        "skus": list(skus),
        "is_counted": case.merged_into_id is None,
        "is_contact": deriving.is_contact(case.channel, is_internal=case.is_internal),
        "opened_at": case.opened_at,
        "first_assigned_at": told.first_assigned_at,
        "first_resolved_at": told.first_resolved_at,
        "resolved_at": case.resolved_at,
        "replies": told.replies,
        "reopenings": told.reopenings,
    }


def _write_spans(uow: UnitOfWork, found: Sequence[Case], told: Mapping[int, Story]) -> None:
    """All spans of these cases; one that has begun anew, such as a settling, is no span.

    A case that is part of another one has none: it is not counted.
    """
    ids = [case.id for case in found]
    uow.session.execute(delete(CaseSpan).where(CaseSpan.case_id.in_(ids)))
    rows = [
        {"case_id": case.id, **asdict(span)}
        for case in found
        if case.merged_into_id is None
        for span in told[case.id].spans
    ]
    if rows:
        uow.session.execute(insert(CaseSpan).values(rows))
