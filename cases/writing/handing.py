"""Letting go of a case, so that somebody else gets it."""

from cases import holding
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
    holding.let_go(uow, case, RELEASED)
    return holding.done(uow, case)
