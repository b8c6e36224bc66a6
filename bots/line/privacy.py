"""What is kept of people on LINE besides conversations: whose account it is, what just came."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bots.line.models import LineAccount, LineEvent, LineNonce
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    theirs = LineAccount.customer_id.in_(person.ids)
    said = (
        select(*shown(LineEvent, "event_key", "reply_token", "tries"))
        .join(LineAccount, LineAccount.id == LineEvent.account_id)
        .where(theirs)
        .order_by(LineEvent.id)
    )
    linked = select(*shown(LineAccount)).where(theirs).order_by(LineAccount.id)
    return {"linked": listing(session, linked), "events": listing(session, said)}


def erase(uow: UnitOfWork, person: Person) -> None:
    """The link goes, and what came and was not dealt with is not dealt with any more."""
    accounts = lock(uow.session, LineAccount.id, LineAccount.customer_id.in_(person.ids))
    uow.session.execute(
        update(LineEvent)
        .where(LineEvent.account_id.in_(accounts), LineEvent.handled_at.is_(None))
        .values(content={}, handled_at=uow.now)
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(
        update(LineNonce)
        .where(LineNonce.customer_id.in_(person.ids), LineNonce.used_at.is_(None))
        .values(used_at=uow.now)
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(
        update(LineAccount)
        .where(LineAccount.id.in_(accounts))
        .values(customer_id=None, linked_at=None)
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    owner, key = LineAccount.customer_id, LineAccount.id
    return {"linked": hand_over(uow.session, owner, key, source=source, to=to)}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    owner, key = LineAccount.customer_id, LineAccount.id
    hand_back(uow.session, owner, key, moved.get("linked", ()), source=source, to=to)
