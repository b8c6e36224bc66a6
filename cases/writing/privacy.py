"""What agents have typed for people and not sent: answers on their way, and drafts."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cases.models import Case
from cases.whose import theirs
from cases.writing import enclosing
from cases.writing.models import Draft, PendingReply
from cases.writing.states import ReplyState
from oms_service.conversations import attachments
from oms_service.infra.privacy import Moved, Person, listing, lock, shown
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound


def waiting(session: Session, person: Person) -> Sequence[str]:
    query = (
        select(Case.number)
        .join(PendingReply, PendingReply.case_id == Case.id)
        .where(theirs(session, person), PendingReply.state == ReplyState.WAITING)
        .order_by(PendingReply.id)
    )
    return [f"an answer in case {number} has not left yet" for number in session.scalars(query)]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    own = theirs(session, person)
    of_case = Case.number.label("case")
    pending = select(of_case, *shown(PendingReply)).join(Case, Case.id == PendingReply.case_id)
    drafts = select(of_case, *shown(Draft)).join(Case, Case.id == Draft.case_id)
    return {
        "pending_replies": listing(session, pending.where(own).order_by(PendingReply.id)),
        "drafts": listing(session, drafts.where(own).order_by(Draft.case_id, Draft.staff_id)),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """What has not left yet never does; ids, times and counts stay."""
    empty(uow, lock(uow.session, Case.id, theirs(uow.session, person)))


def empty(uow: UnitOfWork, case_ids: Sequence[int]) -> None:
    """Give up what was typed in cases that are held, with the files that were to go with it."""
    given_up = uow.session.scalars(
        update(PendingReply)
        .where(PendingReply.case_id.in_(case_ids), PendingReply.state == ReplyState.WAITING)
        .values(text="", state=ReplyState.UNDONE, settled_at=uow.now)
        .returning(PendingReply.enclosed)
        .execution_options(synchronize_session=False)
    ).all()
    for one in given_up:
        if one is None:
            continue
        files = enclosing.enclosed_of(one)
        for public_id in files.ids:
            with suppress(NotFound):
                attachments.discard(uow, scope=files.scope, public_id=public_id)
    uow.session.execute(
        delete(Draft)
        .where(Draft.case_id.in_(case_ids))
        .execution_options(synchronize_session=False)
    )


def old_drafts(session: Session, before: datetime) -> int:
    """How many drafts nobody has typed at since then."""
    old = select(func.count()).select_from(Draft).where(Draft.updated_at < before)
    return session.scalar(old) or 0


def forget_drafts(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete old drafts; one that somebody types at just now is left to the next time."""
    old = (
        select(Draft.case_id, Draft.staff_id)
        .where(Draft.updated_at < before)
        .order_by(Draft.case_id, Draft.staff_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = uow.session.execute(old).all()
    for case_id, staff_id in found:
        uow.session.execute(
            delete(Draft).where(Draft.case_id == case_id, Draft.staff_id == staff_id)
        )
    return len(found)


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's shape
    """Nothing moves: what is typed belongs to a case, and goes where the case goes."""
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved."""
