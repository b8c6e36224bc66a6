"""Letting go of a case, so that somebody else gets it."""

from cases import holding
from cases.events import CaseReleased
from cases.states import EntryKind
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork

RELEASED = "released"


def release(uow: UnitOfWork, case_id: int, *, version: int | None = None) -> CaseView:
    """Give a case back to its queue.

    Raises:
        AlreadyDone: nobody has it, or it is settled.
        Stale: it changed since it was read.
    """
    case = holding.locked(uow, case_id)
    holding.assert_active(uow, case)
    if case.assignee_id is None:
        raise holding.AlreadyDone(RELEASED, "")
    holding.check(case, version)
    before, case.assignee_id = case.assignee_id, None
    case.version += 1
    holding.enter(uow, case, EntryKind.ASSIGNED, data={"to": None, "why": RELEASED})
    uow.emit(CaseReleased(case_id=case.id, staff_id=before))
    return holding.done(uow, case)
