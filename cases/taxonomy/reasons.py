"""The shop's list of reasons: adding one, writing one anew. None is ever deleted: it rests."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from cases.models import Queue, Reason
from cases.opening import OTHER
from cases.states import Priority, ReasonGroup, Stage
from cases.taxonomy import queries
from cases.taxonomy.policy import code_of, in_both
from cases.views import ReasonView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, Stale

LAST: Final = 9999


class Taken(DomainError):
    """There is one of that code already."""

    code = "code-taken"


@dataclass(frozen=True, kw_only=True)
class ReasonWish:
    """What a reason is to say; names by language."""

    name: Mapping[str, Any]
    public_name: Mapping[str, Any]
    queue: str
    priority: Priority
    group: ReasonGroup
    stages: Collection[Stage]
    needs_photo: bool
    is_active: bool
    position: int


def add(uow: UnitOfWork, wish: ReasonWish, *, code: str = "") -> ReasonView:
    """Add a reason; its code is made of its English name where none is given.

    Raises:
        Invalid: naming what is wrong.
        Taken: there is one of that code.
    """
    values = _values(uow, wish)
    found = code_of(code, values["name"])
    added = uow.session.scalar(
        insert(Reason)
        .values(code=found, version=1, **values)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(Reason.code)
    )
    if added is None:
        raise Taken(f"there is a reason of the code {found}")
    return queries.reason(uow.session, found)


def change(uow: UnitOfWork, code: str, wish: ReasonWish, *, version: int) -> ReasonView:
    """Write a reason anew; cases that have it keep it, also when it is offered no more.

    Raises:
        NotFound: there is none.
        Invalid: naming what is wrong.
        Stale: somebody wrote it meanwhile.
    """
    queries.reason(uow.session, code)
    values = _values(uow, wish)
    if code == OTHER and not (wish.is_active and set(wish.stages) == set(Stage)):
        raise Invalid(
            "what fits nothing else needs a reason",
            {"is_active" if not wish.is_active else "stages": "is always offered"},
        )
    changed = uow.session.scalar(
        update(Reason)
        .where(Reason.code == code, Reason.version == version)
        .values(version=Reason.version + 1, **values)
        .returning(Reason.code)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Stale("somebody wrote this reason meanwhile")
    return queries.reason(uow.session, code)


def _values(uow: UnitOfWork, wish: ReasonWish) -> dict[str, Any]:
    queues = {row.code: row.id for row in uow.session.execute(select(Queue.id, Queue.code))}
    if wish.queue not in queues:
        raise Invalid("there is no such queue", {"queue": "is unknown"})
    if not 0 <= wish.position <= LAST:
        raise Invalid("that is no place", {"position": f"must be between 0 and {LAST}"})
    return {
        "name": in_both(wish.name, "name"),
        "public_name": in_both(wish.public_name, "public_name"),
        "queue_id": queues[wish.queue],
        "priority": wish.priority,
        "group": wish.group,
        "stages": [str(one) for one in Stage if one in set(wish.stages)],
        "needs_photo": wish.needs_photo,
        "is_active": wish.is_active,
        "position": wish.position,
    }
