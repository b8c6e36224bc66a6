"""What must be said before a case is settled, and what its ending says of its lines."""

from cases import holding
from cases.events import CaseResolved
from cases.models import Case
from cases.states import CaseState, LineEnding
from cases.taxonomy import fields, matters, queries
from cases.taxonomy.policy import ending_of
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

#: Endings that ask for nothing: the matter goes on elsewhere, or its customer is forgotten.
_ASK_NOTHING = frozenset({"duplicate", "erased"})


class Unsettled(Invalid):
    """Something must be said first: ``fields`` names the lines and fields."""

    code = "case-unsettled"


def assert_settleable(
    uow: UnitOfWork, case: Case, code: str, *, lines_ended: LineEnding | None = None
) -> None:
    """Ask a colleague for what a case needs before it is settled. The case is held.

    Where the ending says nothing of lines that are open yet, ``lines_ended`` does.

    Raises:
        Unsettled: required fields are empty, or lines are open.
    """
    if code in _ASK_NOTHING:
        return
    wrong = {f"fields.{one}": "is missing" for one in fields.missing(uow, case.id, case.reason)}
    is_open = bool(queries.open_lines(uow.session, case.id))
    ending = lines_ended or ending_of(code, case.wanted)
    if is_open and ending is None:
        wrong["lines"] = "are not settled"
    if wrong:
        raise Unsettled("say this first", wrong)
    if is_open and lines_ended is not None:
        matters.settle_rest(uow, case.id, lines_ended)


def ending_typed(typed: str) -> LineEnding | None:
    """How the other lines ended, as a form says it; None where it says nothing."""
    return LineEnding(typed) if typed in set(LineEnding) else None


def settled(uow: UnitOfWork, event: CaseResolved) -> None:
    """The reaction: lines nobody spoke of ended as the case did."""
    case = locks.one(uow.session, Case, event.case_id)
    ending = ending_of(event.resolution, case.wanted)
    if case.state in {CaseState.RESOLVED, CaseState.CLOSED} and ending is not None:
        matters.settle_rest(uow, case.id, ending)
        holding.touch(uow, case.id)
