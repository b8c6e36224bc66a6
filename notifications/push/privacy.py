"""What web push keeps of people: where their browsers are rung, until they are not."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from notifications.push.models import PushBrowser
from notifications.push.states import Ending
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    """All but the keys: who has them with the address could be taken for the browser."""
    kept = (
        select(
            PushBrowser.device,
            PushBrowser.endpoint,
            PushBrowser.made_at,
            PushBrowser.last_ok_at,
            PushBrowser.ended_at,
            PushBrowser.why,
        )
        .where(PushBrowser.customer_id.in_(person.ids))
        .order_by(PushBrowser.id)
    )
    return {"browsers": listing(session, kept)}


def erase(uow: UnitOfWork, person: Person) -> None:
    """Nothing rings any more, and nothing says where it did."""
    left = or_(PushBrowser.ended_at.is_(None), PushBrowser.device != "")
    ids = lock(uow.session, PushBrowser.id, PushBrowser.customer_id.in_(person.ids) & left)
    uow.session.execute(
        update(PushBrowser)
        .where(PushBrowser.id.in_(ids), PushBrowser.ended_at.is_(None))
        .values(mark=None, ended_at=uow.now, why=str(Ending.ERASED), endpoint="")
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(
        update(PushBrowser)
        .where(PushBrowser.id.in_(ids))
        .values(p256dh="", auth="", device="")
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    owner, key = PushBrowser.customer_id, PushBrowser.id
    return {"browsers": hand_over(uow.session, owner, key, source=source, to=to)}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    owner, key = PushBrowser.customer_id, PushBrowser.id
    hand_back(uow.session, owner, key, moved.get("browsers", ()), source=source, to=to)
