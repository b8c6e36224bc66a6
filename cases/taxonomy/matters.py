"""What a case is about: one or several orders, chosen lines of them, and how each line ended."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cases import holding, snapshots
from cases.events import CaseEdited
from cases.models import Case, CaseLine, CaseOrder
from cases.states import EntryKind, LineEnding
from cases.taxonomy import queries
from cases.taxonomy.sorting import write
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.orders import queries as orders

#: So many further orders a case may be about.
MOST: Final = 20


class NotTheirs(DomainError):
    """The order belongs to another customer than the case."""

    code = "order-of-another-customer"


class LinesSettled(DomainError):
    """Lines of it have ended already: what is written of them stays."""

    code = "lines-settled"


def add_order(
    uow: UnitOfWork, case_id: int, order_id: int, *, version: int | None = None
) -> CaseView:
    """Let a case be about a further order; one it has already stays as it is.

    The first order of a case that had none becomes the one it is mainly about.

    Raises:
        NotFound: there is no such order.
        NotTheirs: it is somebody else's.
        AnotherOpen: an open case of that order and reason is there already.
        Invalid: the case has as many as it may.
        Stale: it changed since it was read.
    """
    case = holding.locked_after(uow, case_id, [order_id])
    holding.check(case, version)
    order = orders.by_id(uow.session, order_id)
    if case.customer_id is not None and order.customer_id != case.customer_id:
        raise NotTheirs("that order is another customer's")
    further = _further(uow, case.id)
    if order_id == case.order_id or order_id in further:
        return holding.view_of(case)
    if case.order_id is None:
        write(
            uow,
            case,
            {
                "order_id": order.id,
                "snapshot": snapshots.of_order(order),
                "customer_id": case.customer_id or order.customer_id,
            },
        )
    elif len(further) >= MOST:
        raise Invalid("a case is about only so many orders", {"order": f"there are {MOST} already"})
    else:
        uow.session.execute(
            insert(CaseOrder).values(
                case_id=case.id, order_id=order.id, snapshot=snapshots.of_order(order)
            )
        )
    return _told(uow, case, "order", "", order.number)


def remove_order(
    uow: UnitOfWork, case_id: int, order_id: int, *, version: int | None = None
) -> CaseView:
    """Let a case be about an order no more, nor about its lines; one it does not have is gone.

    Where it was the main one, the next takes its place.

    Raises:
        LinesSettled: lines of it have ended, or a return of it waits in this case.
        AnotherOpen: an open case of the next order and reason is there already.
        Stale: it changed since it was read.
    """
    case = holding.locked_after(uow, case_id, _further(uow, case_id))
    holding.check(case, version)
    further = _further(uow, case.id)
    if order_id != case.order_id and order_id not in further:
        return holding.view_of(case)
    theirs = [one.id for one in orders.lines(uow.session, order_id)]
    mine = (CaseLine.case_id == case.id, CaseLine.order_line_id.in_(theirs))
    settled = uow.session.scalar(
        select(func.count()).select_from(CaseLine).where(*mine, CaseLine.resolution != "")
    )
    if settled or (order_id == case.order_id and case.return_id is not None):
        raise LinesSettled("what was done about this order stays in the case")
    uow.session.execute(delete(CaseLine).where(*mine).execution_options(synchronize_session=False))
    if order_id == case.order_id:
        following = min(further, default=None)
        write(
            uow,
            case,
            {"order_id": following, "snapshot": further[following] if following else {}},
        )
        order_gone = following
    else:
        order_gone = order_id
    if order_gone is not None:
        uow.session.execute(
            delete(CaseOrder)
            .where(CaseOrder.case_id == case.id, CaseOrder.order_id == order_gone)
            .execution_options(synchronize_session=False)
        )
    number = orders.by_id(uow.session, order_id).number
    return _told(uow, case, "order", number, "")


def choose_lines(
    uow: UnitOfWork, case_id: int, quantities: Mapping[int, int], *, version: int | None = None
) -> CaseView:
    """Say which lines a case is about, and how many pieces of each; 0 is none.

    Lines that are not named stay as they are.

    Raises:
        Invalid: a line is of none of its orders, or has fewer pieces.
        LinesSettled: one of them has ended.
        Stale: it changed since it was read.
    """
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    known = {
        one.line.id: one for order in queries.orders_of(uow.session, case.id) for one in order.lines
    }
    wrong = {
        f"lines.{line_id}": "is no line of its orders, or has fewer pieces"
        for line_id, quantity in quantities.items()
        if line_id not in known or not 0 <= quantity <= known[line_id].line.counters.ordered
    }
    if wrong:
        raise Invalid("these lines cannot be chosen", wrong)
    changed = {
        line_id: quantity
        for line_id, quantity in quantities.items()
        if known[line_id].quantity != quantity
    }
    if any(known[line_id].ending is not None for line_id in changed):
        raise LinesSettled("a line that has ended stays as it is")
    if not changed:
        return holding.view_of(case)
    for line_id, quantity in sorted(changed.items()):
        _choose(uow, case.id, line_id, quantity)
    told = ", ".join(f"{known[one].line.sku} × {count}" for one, count in sorted(changed.items()))
    return _told(uow, case, "line", "", told[:200])


def settle_lines(
    uow: UnitOfWork,
    case_id: int,
    endings: Mapping[int, LineEnding | None],
    *,
    version: int | None = None,
) -> CaseView:
    """Say how lines of a case ended; None takes that back.

    Raises:
        Invalid: the case is not about one of these lines.
        Stale: it changed since it was read.
    """
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    held = {
        row.order_line_id: row.resolution
        for row in uow.session.execute(
            select(CaseLine.order_line_id, CaseLine.resolution).where(CaseLine.case_id == case.id)
        )
    }
    wrong = {f"lines.{one}": "is no line of this case" for one in endings if one not in held}
    if wrong:
        raise Invalid("these lines are none of this case", wrong)
    meant = {one: str(ending or "") for one, ending in endings.items()}
    changed = {one: ending for one, ending in sorted(meant.items()) if held[one] != ending}
    if not changed:
        return holding.view_of(case)
    skus = queries.skus(uow.session, case.id)
    for one, ending in changed.items():
        _settle(uow, case.id, one, ending)
        data = {"what": "line_ending", "sku": skus[one], "from": held[one], "to": ending}
        holding.enter(uow, case, EntryKind.EDITED, data=data)
        uow.emit(CaseEdited(case_id=case.id, what="line", before=held[one], after=ending))
    case.version += 1
    return holding.done(uow, case)


def settle_rest(uow: UnitOfWork, case_id: int, ending: LineEnding) -> None:
    """Let all lines of a held case that are open yet have ended so."""
    uow.session.execute(
        update(CaseLine)
        .where(CaseLine.case_id == case_id, CaseLine.resolution == "")
        .values(resolution=str(ending))
        .execution_options(synchronize_session=False)
    )


def _choose(uow: UnitOfWork, case_id: int, line_id: int, quantity: int) -> None:
    if quantity == 0:
        uow.session.execute(
            delete(CaseLine)
            .where(CaseLine.case_id == case_id, CaseLine.order_line_id == line_id)
            .execution_options(synchronize_session=False)
        )
        return
    new = insert(CaseLine).values(
        case_id=case_id, order_line_id=line_id, quantity=quantity, resolution=""
    )
    uow.session.execute(
        new.on_conflict_do_update(
            index_elements=["case_id", "order_line_id"], set_={"quantity": new.excluded.quantity}
        )
    )


def _settle(uow: UnitOfWork, case_id: int, line_id: int, ending: str) -> None:
    uow.session.execute(
        update(CaseLine)
        .where(CaseLine.case_id == case_id, CaseLine.order_line_id == line_id)
        .values(resolution=ending)
        .execution_options(synchronize_session=False)
    )


def _further(uow: UnitOfWork, case_id: int) -> dict[int, dict[str, object]]:
    rows = uow.session.execute(
        select(CaseOrder.order_id, CaseOrder.snapshot).where(CaseOrder.case_id == case_id)
    )
    return {row.order_id: row.snapshot for row in rows}


def _told(uow: UnitOfWork, case: Case, what: str, before: str, after: str) -> CaseView:
    case.version += 1
    holding.enter(uow, case, EntryKind.EDITED, data={"what": what, "from": before, "to": after})
    uow.emit(CaseEdited(case_id=case.id, what=what, before=before, after=after))
    return holding.done(uow, case)
