"""Tags: put on cases and taken off, each once; called otherwise, and merged, for all cases."""

from typing import Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from cases import holding
from cases.events import CaseEdited
from cases.models import Case
from cases.states import EntryKind
from cases.taxonomy import queries
from cases.taxonomy.models import Tag, Tagged
from cases.taxonomy.policy import tag_of
from cases.taxonomy.views import TagView
from cases.views import CaseView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale

#: So many tags a case may have.
MOST: Final = 20
_TRIES: Final = 5


class TagTaken(DomainError):
    """Another tag is called so; the two can be merged."""

    code = "tag-taken"


class TagInUse(DomainError):
    """Cases have it, so it cannot go."""

    code = "tag-in-use"


def put(uow: UnitOfWork, case_id: int, typed: str) -> CaseView:
    """Put a tag on a case; one it has already stays as it is.

    Raises:
        Invalid: it is empty or too long, or the case has as many as it may.
    """
    name, key = tag_of(typed)
    case = holding.locked(uow, case_id)
    tag = _held(uow, name, key)
    has = uow.session.scalars(select(Tagged.tag_id).where(Tagged.case_id == case.id)).all()
    if tag.id in has:
        return holding.view_of(case)
    if len(has) >= MOST:
        raise Invalid("a case has only so many tags", {"tag": f"there are {MOST} already"})
    uow.session.execute(
        insert(Tagged).values(case_id=case.id, tag_id=tag.id, by=uow.actor.ref, at=uow.now)
    )
    return _told(uow, case, before="", after=tag)


def take_off(uow: UnitOfWork, case_id: int, tag_id: int) -> CaseView:
    """Take a tag off a case; one it does not have is off already."""
    if not _can_be(tag_id):
        raise NotFound("no such tag")
    case = holding.locked(uow, case_id)
    gone = uow.session.scalar(
        delete(Tagged)
        .where(Tagged.case_id == case.id, Tagged.tag_id == tag_id)
        .returning(Tagged.tag_id)
        .execution_options(synchronize_session=False)
    )
    if gone is None:
        return holding.view_of(case)
    return _told(uow, case, before=queries.tag(uow.session, tag_id), after="")


def rename(uow: UnitOfWork, tag_id: int, typed: str, *, version: int) -> TagView:
    """Call a tag otherwise, on all cases that have it.

    Raises:
        NotFound: there is none.
        Invalid: the name is empty or too long.
        TagTaken: another one is called so.
        Stale: somebody called it otherwise meanwhile.
    """
    name, key = tag_of(typed)
    if not _can_be(tag_id):
        raise NotFound("no such tag")
    locks.a_name(uow.session, f"tag:{key}")
    tag = locks.one(uow.session, Tag, tag_id)
    if tag.version != version:
        raise Stale("somebody called this tag otherwise meanwhile")
    other = uow.session.scalar(select(Tag.id).where(Tag.key == key, Tag.id != tag_id))
    if other is not None:
        raise TagTaken(f"another tag is called {name}")
    tag.name, tag.key, tag.version = name, key, tag.version + 1
    uow.session.flush()
    return TagView(tag.id, tag.name)


def merge(uow: UnitOfWork, tag_id: int, *, into: int) -> int:
    """Let all cases of one tag have another instead, and drop it; how many cases changed.

    Raises:
        NotFound: one of them is no more.
        Invalid: both are the same.
    """
    if tag_id == into:
        raise Invalid("a tag does not go into itself", {"into": "is the same"})
    if not (_can_be(tag_id) and _can_be(into)):
        raise NotFound("no such tag")
    held = locks.those(uow.session, Tag, Tag.id.in_((tag_id, into)), by=(Tag.id,))
    if {one.id for one in held} != {tag_id, into}:
        raise NotFound("no such tag")
    # Nobody puts either tag on a case while both are held, and cases are not held here: whoever
    # holds one and waits for its tag waits for this, and this never for them.
    other = aliased(Tagged)
    has_both = exists().where(other.case_id == Tagged.case_id, other.tag_id == into)
    moved = uow.session.scalars(
        update(Tagged)
        .where(Tagged.tag_id == tag_id, ~has_both)
        .values(tag_id=into)
        .returning(Tagged.case_id)
        .execution_options(synchronize_session=False)
    ).all()
    doubled = uow.session.scalars(
        delete(Tagged)
        .where(Tagged.tag_id == tag_id)
        .returning(Tagged.case_id)
        .execution_options(synchronize_session=False)
    ).all()
    cases = [*moved, *doubled]
    uow.session.execute(
        delete(Tag).where(Tag.id == tag_id).execution_options(synchronize_session="fetch")
    )
    for case_id in sorted(cases):
        uow.emit(CaseEdited(case_id=case_id, what="tag", before=str(tag_id), after=str(into)))
    return len(cases)


def drop(uow: UnitOfWork, tag_id: int) -> None:
    """Drop a tag that no case has; one that is gone is gone.

    Raises:
        TagInUse: cases have it; it can be merged into another.
    """
    held = locks.those(uow.session, Tag, Tag.id == tag_id, by=(Tag.id,)) if _can_be(tag_id) else []
    if not held:
        return
    if uow.session.scalar(select(exists().where(Tagged.tag_id == tag_id))):
        raise TagInUse("cases have this tag")
    uow.session.delete(held[0])
    uow.session.flush()


def _can_be(tag_id: int) -> bool:
    """Whether a number can be the id of a row."""
    return 0 < tag_id < 2**63


def _held(uow: UnitOfWork, name: str, key: str) -> TagView:
    """The tag of that key, kept from being merged away until this transaction ends."""
    for _ in range(_TRIES):
        uow.session.execute(
            insert(Tag)
            .values(name=name, key=key, version=1)
            .on_conflict_do_nothing(index_elements=["key"])
        )
        found = uow.session.execute(
            select(Tag.id, Tag.name).where(Tag.key == key).with_for_update(read=True)
        ).one_or_none()
        if found is not None:
            return TagView(found.id, found.name)
    raise Stale("this tag is being put and merged again and again")


def _told(uow: UnitOfWork, case: Case, *, before: TagView | str, after: TagView | str) -> CaseView:
    was, now = (one if isinstance(one, str) else one.name for one in (before, after))
    case.version += 1
    holding.enter(uow, case, EntryKind.EDITED, data={"what": "tag", "from": was, "to": now})
    told = [one if isinstance(one, str) else str(one.id) for one in (before, after)]
    uow.emit(CaseEdited(case_id=case.id, what="tag", before=told[0], after=told[1]))
    return holding.done(uow, case)
