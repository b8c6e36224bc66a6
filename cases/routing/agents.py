"""Colleagues as routing sees them: who there is, whether they are there, what they carry."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from cases.routing.events import AgentChanged
from cases.routing.models import Agent
from cases.routing.states import Presence
from oms_service.access import queries as access
from oms_service.access.states import Role
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale

#: So much at once until somebody says otherwise.
CAPACITY: Final = 20
#: Whoever may work on cases stands on the list; who does it all day is given some.
_WORKS: Final = "cases:work"
#: Somebody who is away comes back within so much.
_LONGEST: Final = timedelta(days=60)
_BACK: Final = frozenset({Presence.BUSY, Presence.AWAY})


def ensure(uow: UnitOfWork) -> int:
    """Give every colleague who may work on cases a place in routing; how many are new.

    Agents are given cases from the start, others once somebody gives them capacity.
    """
    able = {
        one.id: one for one in access.all_staff(uow.session) if one.is_active and one.may(_WORKS)
    }
    known = set(uow.session.scalars(select(Agent.staff_id)))
    rows = []
    for staff_id in sorted(able.keys() - known):
        is_agent = Role.AGENT in able[staff_id].roles
        rows.append(
            {
                "staff_id": staff_id,
                "languages": [str(able[staff_id].language)],
                "skills": [],
                "capacity": CAPACITY if is_agent else 0,
                "load": 0,
                "presence": Presence.PRESENT if is_agent else Presence.OFFLINE,
                "presence_since": uow.now,
                "timed_out": not is_agent,
                "version": 1,
            }
        )
    if not rows:
        return 0
    added = uow.session.scalars(
        insert(Agent)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["staff_id"])
        .returning(Agent.staff_id)
    ).all()
    _count_anew(uow, added)
    return len(added)


def set_presence(
    uow: UnitOfWork, staff_id: int, presence: Presence, *, back_at: datetime | None = None
) -> None:
    """Say whether a colleague is there; said again, it changes nothing.

    Args:
        uow: the transaction.
        staff_id: whose presence.
        presence: only who is present is given cases.
        back_at: when they expect to be back; only of who is busy or away. They are present again
            by themselves then.

    Raises:
        NotFound: they have no place in routing.
        Invalid: they would be back in the past, or in the far future, or are there anyway.
    """
    if back_at is not None:
        if presence not in _BACK:
            raise Invalid("only who is away comes back", {"back_at": "goes with busy and away"})
        if not uow.now < back_at <= uow.now + _LONGEST:
            raise Invalid("nobody comes back then", {"back_at": "must lie within two months"})
    held = _held(uow, staff_id)
    if (held.presence, held.back_at, held.timed_out) == (presence, back_at, False):
        return
    _set(uow, held, presence, back_at=back_at)


def present(uow: UnitOfWork, staff_id: int) -> None:
    """They are there now.

    Raises:
        NotFound: they have no place in routing.
    """
    set_presence(uow, staff_id, Presence.PRESENT)


def seen(uow: UnitOfWork, staff_id: int) -> None:
    """Somebody has just asked for a page; whom the house had set offline is present again."""
    found = uow.session.execute(
        update(Agent)
        .where(Agent.staff_id == staff_id)
        .values(seen_at=uow.now)
        .returning(Agent.timed_out, Agent.capacity)
    ).one_or_none()
    if found is not None and found.timed_out and found.capacity:
        present(uow, staff_id)


def leave(uow: UnitOfWork, staff_id: int) -> None:
    """They have signed out everywhere, or have not been seen for long."""
    held = _held(uow, staff_id)
    if held.presence is not Presence.OFFLINE:
        _set(uow, held, Presence.OFFLINE, timed_out=True)


def change(
    uow: UnitOfWork,
    staff_id: int,
    *,
    capacity: int,
    languages: Collection[str],
    skills: Collection[str],
    version: int,
) -> None:
    """Write down what a colleague can, all of it. The values are checked by ``service``.

    Raises:
        NotFound: they have no place in routing.
        Stale: somebody wrote it meanwhile.
    """
    held = _held(uow, staff_id)
    if held.version != version:
        raise Stale("somebody changed this colleague meanwhile")
    held.capacity, held.languages = capacity, sorted(languages)
    held.skills = sorted(skills)
    held.version += 1
    uow.session.flush()
    tell(uow, held)


def tell(uow: UnitOfWork, held: Agent) -> None:
    """Tell whoever cares that routing sees somebody with other eyes."""
    uow.emit(AgentChanged(staff_id=held.staff_id, presence=str(held.presence)))
    uow.touch(TEAM)


#: Pages that show who is there listen to this.
TEAM: Final = "team"
#: So many in one transaction of a sweep.
BATCH: Final = 50


def by_the_clock(uow: UnitOfWork, idle: timedelta) -> int:
    """The sweep: bring back whom their time away is over for, set offline who has left.

    Somebody has left who is not signed in any more, or has asked for nothing for ``idle``.
    """
    back = uow.session.scalars(
        select(Agent)
        .where(Agent.back_at <= uow.now)
        .order_by(Agent.staff_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for held in back:
        _set(uow, held, Presence.PRESENT)
    signed_in = access.signed_in(uow.session, uow.now)
    last = func.greatest(func.coalesce(Agent.seen_at, Agent.presence_since), Agent.presence_since)
    gone = uow.session.scalars(
        select(Agent)
        .where(
            Agent.presence != Presence.OFFLINE,
            Agent.back_at.is_(None),
            or_(
                last < uow.now - idle,
                Agent.seen_at.is_not(None) & Agent.staff_id.not_in(signed_in),
            ),
        )
        .order_by(Agent.staff_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for held in gone:
        _set(uow, held, Presence.OFFLINE, timed_out=True)
    return len(back) + len(gone)


def mend(uow: UnitOfWork) -> int:
    """The sweep: count the load of everybody anew whose counter is not what they carry."""
    wrong = uow.session.scalars(
        select(Agent.staff_id)
        .where(Agent.load != _CARRIED)
        .order_by(Agent.staff_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    _count_anew(uow, wrong)
    return len(wrong)


def count_all(uow: UnitOfWork) -> None:
    """Count what everybody carries, after the weights of channels changed; the table is locked."""
    uow.session.execute(
        update(Agent).values(load=_CARRIED).execution_options(synchronize_session=False)
    )


#: What somebody's open cases weigh, as the trigger on ``cases`` counts it.
_CARRIED: Final = text(
    "coalesce((SELECT sum(weight_of_channel(c.channel)) FROM cases c"
    " WHERE c.assignee_id = agents.staff_id AND c.state NOT IN ('resolved', 'closed')), 0)"
)


def _count_anew(uow: UnitOfWork, staff_ids: Collection[int]) -> None:
    for staff_id in sorted(staff_ids):
        # The row is held before it is counted, so that nothing is given in between.
        uow.session.execute(
            select(Agent.staff_id).where(Agent.staff_id == staff_id).with_for_update()
        )
        uow.session.execute(
            update(Agent)
            .where(Agent.staff_id == staff_id)
            .values(load=_CARRIED)
            .execution_options(synchronize_session=False)
        )


def _held(uow: UnitOfWork, staff_id: int) -> Agent:
    held = uow.session.get(Agent, staff_id, with_for_update=True, populate_existing=True)
    if held is None:
        raise NotFound("this colleague does not work on cases")
    return held


def _set(
    uow: UnitOfWork,
    held: Agent,
    presence: Presence,
    *,
    back_at: datetime | None = None,
    timed_out: bool = False,
) -> None:
    if held.presence is not presence:
        held.presence_since = uow.now
    held.presence, held.back_at, held.timed_out = presence, back_at, timed_out
    uow.session.flush()
    tell(uow, held)
