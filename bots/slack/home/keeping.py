"""Which Homes are open, and which of them have to be drawn anew."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bots.slack.models import SlackHome, SlackPerson, SlackWorkspace
from oms_service.infra.uow import UnitOfWork

#: A Home that nobody has opened for so long is looked at by nobody.
OPEN: Final = timedelta(hours=12)
#: So long between two drawings of one Home.
PACE: Final = timedelta(seconds=5)
#: A courier that has not come back after so long is taken for dead.
LEASE: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Due:
    """A Home that is to be drawn now; ``wanted`` as it was counted then."""

    id: int
    workspace_id: int
    user: str
    wanted: int


def opened(uow: UnitOfWork, person_id: int) -> int:
    """Somebody looks at their Home now, which is drawn at once; how often it was wanted."""
    kept = insert(SlackHome).values(
        person_id=person_id, opened_at=uow.now, next_at=uow.now + PACE, wanted=1, drawn=1
    )
    return uow.session.scalars(
        kept.on_conflict_do_update(
            index_elements=["person_id"],
            set_={"opened_at": uow.now, "next_at": uow.now + PACE, "drawn": SlackHome.wanted},
        ).returning(SlackHome.wanted)
    ).one()


def want(uow: UnitOfWork, staff_ids: Collection[int]) -> None:
    """Have the open Homes of colleagues drawn anew."""
    if staff_ids:
        _want(uow, SlackPerson.staff_id.in_(sorted(staff_ids)))


def _want(uow: UnitOfWork, who: ColumnElement[bool]) -> None:
    theirs = select(SlackPerson.id).where(who)
    uow.session.execute(
        update(SlackHome)
        .where(SlackHome.person_id.in_(theirs), SlackHome.opened_at > uow.now - OPEN)
        .values(wanted=SlackHome.wanted + 1)
        .execution_options(synchronize_session=False)
    )


def take(uow: UnitOfWork) -> Due | None:
    """Lease the Home that has waited longest."""
    row = uow.session.execute(
        select(SlackHome.id, SlackPerson.workspace_id, SlackPerson.user, SlackHome.wanted)
        .join(SlackPerson, SlackPerson.id == SlackHome.person_id)
        .join(SlackWorkspace, SlackWorkspace.id == SlackPerson.workspace_id)
        .where(
            SlackHome.wanted > SlackHome.drawn,
            SlackHome.next_at <= uow.now,
            SlackHome.opened_at > uow.now - OPEN,
            or_(SlackHome.busy_until.is_(None), SlackHome.busy_until < uow.now),
            SlackPerson.staff_id.is_not(None),
            SlackWorkspace.revoked_at.is_(None),
            SlackWorkspace.trouble == "",
        )
        .order_by(SlackHome.next_at, SlackHome.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=SlackHome)
    ).one_or_none()
    if row is None:
        return None
    _set(uow, row.id, busy_until=uow.now + LEASE)
    return Due(*row)


def done(uow: UnitOfWork, due: Due) -> None:
    """It shows what was wanted when it was taken."""
    _set(uow, due.id, drawn=due.wanted, busy_until=None, next_at=uow.now + PACE)


def put_off(uow: UnitOfWork, due: Due, wait_s: float) -> None:
    """It could not be drawn now."""
    _set(uow, due.id, busy_until=None, next_at=uow.now + timedelta(seconds=wait_s))


def _set(uow: UnitOfWork, home_id: int, **values: Any) -> None:
    uow.session.execute(
        update(SlackHome)
        .where(SlackHome.id == home_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
