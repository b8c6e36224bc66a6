"""Which cases a colleague reaches: those of their queues; who asks for a case asks here.

A merged case is where the one is that stands for it, as all that comes late goes there.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from cases import families, queries
from cases.models import Case
from cases.views import CaseView
from oms_service.access.guard import staff
from oms_service.access.queries import StaffView
from oms_service.access.states import ScopeKind
from oms_service.infra.hot import among, named
from oms_service.kernel.errors import NotFound

Reader = Connection | Session
_QUEUES: Final = named(select(Case.id, Case.queue_id).where(Case.id == among("case_ids")))


def case(reader: Reader, number: str) -> CaseView:
    """The case that the colleague at hand has typed or pressed, if it is one of theirs.

    Raises:
        NotFound: there is none, or not for them.
    """
    found = queries.by_number(reader, number)
    if not those(reader, [found.id], staff()):
        raise NotFound("no such case")
    return found


def those(reader: Reader, case_ids: Collection[int], me: StaffView) -> frozenset[int]:
    """Those of some cases that a colleague reaches."""
    if not me.queues:
        return frozenset(case_ids)
    queues = queues_of(reader, case_ids)
    return frozenset(one for one, queue in queues.items() if me.reaches(ScopeKind.QUEUE, queue))


def queues_of(reader: Reader, case_ids: Collection[int]) -> dict[int, int]:
    """The queue of each case, or of the one that stands for it."""
    roots = families.root_ids(reader, case_ids)
    rows = _QUEUES.all(reader, case_ids=sorted(set(roots.values())))
    of = {row.id: row.queue_id for row in rows}
    return {one: of[root] for one, root in roots.items()}


def reached(case_id: InstrumentedAttribute[int | None], me: StaffView) -> ColumnElement[bool]:
    """Whether a row of another table is of a case that a colleague reaches."""
    if not me.queues:
        return true()
    stands = aliased(Case)
    queue = func.coalesce(stands.queue_id, Case.queue_id)
    found = select(Case.id).outerjoin(stands, stands.id == Case.merged_into_id)
    return case_id.in_(found.where(queue.in_(sorted(me.queues))))
