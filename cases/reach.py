"""Which cases a colleague reaches: those of their queues; every door of the desk asks here.

A merged case is where the one is that stands for it, as all that comes late goes there.
"""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from cases import families, queries
from cases.models import Case
from cases.together import queries as together
from cases.views import CaseView
from oms_service.access import doors
from oms_service.access.guard import staff
from oms_service.access.queries import StaffView
from oms_service.access.states import ScopeKind
from oms_service.kernel.errors import NotFound

Reader = Connection | Session


def register(app: Flask) -> None:
    """Say what the addresses of the desk lead to."""
    doors.leads(app, "/desk/cases/<number>", ScopeKind.QUEUE, _of_case)
    doors.leads(app, "/desk/team/told/<number>", ScopeKind.QUEUE, _of_case)
    doors.leads(app, "/desk/tasks/<number>", ScopeKind.QUEUE, _of_task)
    doors.of_all(
        app,
        "/desk/bulk/<public_id>",
        "/desk/files/<public_id>",
        "/desk/views/<public_id>",
        because="one's own, or what all colleagues share",
    )
    doors.of_all(
        app,
        "/desk/deliveries/rules/",
        "/desk/macros/",
        "/desk/routing/",
        "/desk/settings/",
        "/desk/team/",
        "/desk/times/",
        because="settings of the desk, for who may change them at all",
    )
    doors.of_all(
        app, "/desk/refunds/<", because="money of an order, for who may agree to it at all"
    )


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
    queues = _queues(reader, case_ids)
    return frozenset(one for one, queue in queues.items() if me.reaches(ScopeKind.QUEUE, queue))


def _queues(reader: Reader, case_ids: Collection[int]) -> dict[int, int]:
    """The queue of each case, or of the one that stands for it."""
    roots = families.root_ids(reader, case_ids)
    rows = reader.execute(select(Case.id, Case.queue_id).where(Case.id.in_(set(roots.values()))))
    of = {row.id: row.queue_id for row in rows}
    return {one: of[root] for one, root in roots.items()}


def _of_case(reader: Connection, gaps: Mapping[str, Any]) -> frozenset[int]:
    found = queries.by_number(reader, str(gaps["number"]))
    return frozenset(_queues(reader, [found.id]).values())


def _of_task(reader: Connection, gaps: Mapping[str, Any]) -> frozenset[int]:
    found = together.task(reader, str(gaps["number"]))
    return frozenset(_queues(reader, [found.case_id]).values())
