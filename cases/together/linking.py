"""Cases that hang together: linked, opened from one another, waiting for one another."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from cases import families, holding, opening, queries
from cases.events import CaseAppended
from cases.models import Case
from cases.states import ACTIVE, EntryKind
from cases.together.models import CaseChild, CaseLink
from cases.together.states import LinkKind
from cases.views import CaseView
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.orders.service import hold_against_others

#: As long as the note that a child case begins with may be.
LONGEST_NOTE: Final = 2000


class OthersOpen(Invalid):
    """Cases this one waits for are open; ``fields["others"]`` names them."""

    code = "others-open"
    http_status = 409

    def __init__(self, numbers: tuple[str, ...]) -> None:
        named = ", ".join(numbers)
        super().__init__(f"{named} still open", {"others": named})


@dataclass(frozen=True, kw_only=True)
class Child:
    """A case to open from another.

    ``order_id`` is the order it is about, if any; ``is_blocking`` lets the parent wait for it.
    """

    reason: str
    key: str
    note: str = ""
    order_id: int | None = None
    is_blocking: bool = False


def link(uow: UnitOfWork, from_id: int, to_id: int, kind: LinkKind) -> None:
    """Say how two cases hang together; said again, nothing more happens.

    Raises:
        Invalid: it is the same case, or each would block the other.
        NotFound: no such case.
    """
    first, second = _pair(from_id, to_id, kind)
    _both(uow, first, second)
    if kind is LinkKind.BLOCKS and _is_linked(uow, second, first, kind):
        raise Invalid("each would wait for the other", {"kind": "goes the other way already"})
    made = uow.session.scalar(
        insert(CaseLink)
        .values(from_id=first, to_id=second, kind=kind, by=uow.actor.ref, at=uow.now)
        .on_conflict_do_nothing(index_elements=["from_id", "to_id", "kind"])
        .returning(CaseLink.from_id)
    )
    if made is not None:
        _note(uow, first, second, "linked", kind)


def unlink(uow: UnitOfWork, from_id: int, to_id: int, kind: LinkKind) -> None:
    """They do not hang together so; where they did not, nothing happens."""
    first, second = _pair(from_id, to_id, kind)
    _both(uow, first, second)
    gone = uow.session.scalar(
        delete(CaseLink)
        .where(CaseLink.from_id == first, CaseLink.to_id == second, CaseLink.kind == kind)
        .returning(CaseLink.from_id)
    )
    if gone is not None:
        _note(uow, first, second, "unlinked", kind)


def open_child(
    uow: UnitOfWork, parent_id: int, child: Child, *, assignee_id: int | None = None
) -> CaseView:
    """Open a case from another, with a reason, a queue and a colleague of its own.

    An open case of that order and reason becomes the child instead. Done again under its key,
    nothing more happens.

    Raises:
        Invalid: the case would be its own child, or belongs to another already.
        AlreadyDone: the parent is settled.
        NotFound: no such case.
    """
    if child.order_id is not None:
        hold_against_others(uow, child.order_id)
    parent = families.held(uow, parent_id)
    before = uow.session.execute(
        select(CaseChild.child_id, CaseChild.parent_id).where(CaseChild.key == child.key)
    ).one_or_none()
    if before is not None:
        if before.parent_id != parent.id:
            raise Invalid("this key was used for another case", {"key": "was used before"})
        return holding.view_of(uow.session.get_one(Case, before.child_id))
    holding.assert_active(uow, parent)
    _check(uow, child)
    made = opening.open_case(
        uow,
        reason=child.reason,
        language=parent.language,
        channel="desk",
        order_id=child.order_id,
        customer_id=parent.customer_id,
        passes_on=False,
        is_internal=parent.is_internal,
    )
    held = _belong(uow, made.id, parent, child)
    if child.note.strip():
        holding.enter(uow, held, EntryKind.NOTE, text=child.note.strip())
    if assignee_id is not None:
        worker = _worker(uow, assignee_id)
        holding.assert_sees(held, worker)
        holding.assign_to(uow, held, worker.id, "given")
    parent.version += 1
    for case, other, what in ((parent, held, "child_opened"), (held, parent, "opened_from")):
        data = {"what": what, "case_id": other.id, "number": other.number}
        holding.enter(uow, case, EntryKind.LINKED, data=data)
        uow.emit(CaseAppended(case_id=case.id, what="linked"))
    holding.done(uow, parent)
    return holding.done(uow, held)


def assert_free(uow: UnitOfWork, case_id: int) -> None:
    """Refuse to settle a case that waits for others.

    Raises:
        OthersOpen: a blocking child, or a case linked as blocking, is open.
    """
    blockers = (
        select(Case.number)
        .outerjoin(CaseChild, CaseChild.child_id == Case.id)
        .outerjoin(CaseLink, (CaseLink.from_id == Case.id) & (CaseLink.to_id == case_id))
        .where(
            Case.state.in_(ACTIVE),
            or_(
                (CaseChild.parent_id == case_id) & CaseChild.is_blocking,
                CaseLink.kind == LinkKind.BLOCKS,
            ),
        )
        .distinct()
        .order_by(Case.number)
    )
    numbers = tuple(uow.session.scalars(blockers))
    if numbers:
        raise OthersOpen(numbers)


# Inside

_SAYS: Final = {
    LinkKind.RELATED: ("related", "related"),
    LinkKind.DUPLICATE: ("duplicate_of", "duplicated_by"),
    LinkKind.BLOCKS: ("blocks", "blocked_by"),
}


def _check(uow: UnitOfWork, child: Child) -> None:
    wrong = {}
    if len(child.note) > LONGEST_NOTE:
        wrong["note"] = "is too long"
    known = queries.reasons(uow.session).get(child.reason)
    if known is None or not known.is_active:
        wrong["reason"] = "is not offered"
    if wrong:
        raise Invalid("that is no case to open", wrong)


def _worker(uow: UnitOfWork, staff_id: int) -> StaffView:
    found = {one.id: one for one in access.all_staff(uow.session)}.get(staff_id)
    if found is None or not (found.is_active and found.may("cases:work")):
        raise Invalid("that colleague does not work on cases", {"staff": "cannot take cases"})
    return found


def _belong(uow: UnitOfWork, child_id: int, parent: Case, child: Child) -> Case:
    """The new case, held, as the child of its parent."""
    if child_id == parent.id:
        raise Invalid("that is this case itself", {"reason": "is the reason of this case"})
    added = uow.session.scalar(
        insert(CaseChild)
        .values(
            child_id=child_id,
            parent_id=parent.id,
            is_blocking=child.is_blocking,
            key=child.key,
            by=uow.actor.ref,
            at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["child_id"])
        .returning(CaseChild.child_id)
    )
    if added is None or _is_above(uow, child_id, parent.id):
        raise Invalid("that case belongs to another", {"reason": "has a case of another already"})
    return locks.one(uow.session, Case, child_id)


def _is_above(uow: UnitOfWork, case_id: int, child_id: int) -> bool:
    """Whether a case is the parent of another, over however many steps."""
    way = select(CaseChild.parent_id.label("id")).where(CaseChild.child_id == child_id)
    found = way.cte("way", recursive=True)
    onward = aliased(CaseChild)
    found = found.union(select(onward.parent_id).join(found, onward.child_id == found.c.id))
    return uow.session.scalar(select(found.c.id).where(found.c.id == case_id)) is not None


def _pair(from_id: int, to_id: int, kind: LinkKind) -> tuple[int, int]:
    if from_id == to_id:
        raise Invalid("a case does not hang together with itself", {"to": "is the same case"})
    if kind is LinkKind.RELATED and from_id > to_id:
        return to_id, from_id
    return from_id, to_id


def _is_linked(uow: UnitOfWork, from_id: int, to_id: int, kind: LinkKind) -> bool:
    query = select(CaseLink.from_id).where(
        CaseLink.from_id == from_id, CaseLink.to_id == to_id, CaseLink.kind == kind
    )
    return uow.session.scalar(query) is not None


def _both(uow: UnitOfWork, first: int, second: int) -> dict[int, Case]:
    """Both cases, held before anything refers to them.

    Raises:
        NotFound: one of them is not there.
    """
    held = locks.those(uow.session, Case, Case.id.in_((first, second)), by=[Case.id])
    if len(held) < len({first, second}):
        raise NotFound("no such case")
    return {one.id: one for one in held}


def _note(uow: UnitOfWork, first: int, second: int, what: str, kind: LinkKind) -> None:
    """Both records say it."""
    by_id = _both(uow, first, second)
    for case_id, other_id, way in zip((first, second), (second, first), _SAYS[kind], strict=True):
        other = by_id[other_id]
        data = {"what": f"{what}_{way}", "case_id": other.id, "number": other.number}
        case = by_id[case_id]
        case.version += 1
        holding.enter(uow, case, EntryKind.LINKED, data=data)
        uow.emit(CaseAppended(case_id=case.id, what="linked"))
        holding.done(uow, case)
