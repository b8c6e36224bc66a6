"""Writing pick lists: who fetches what. The orders of what is fetched must be held."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import aliased

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Stale
from oms_service.kernel.ids import readable_code
from oms_service.warehouse import queries
from oms_service.warehouse.models import (
    Bin,
    Fulfilment,
    FulfilmentLine,
    PickList,
    PickTask,
    ShortPick,
)
from oms_service.warehouse.policy import walking_order
from oms_service.warehouse.queries import Reader, Task, Walk
from oms_service.warehouse.states import (
    PICK_LIST,
    ListAction,
    ListState,
    ShortReason,
)

#: Nobody begins anything else than these.
PICKABLE = queries.AT_WORK


class NotYours(DomainError):
    """Somebody else walks this list; they can hand it over."""

    code = "pick-list-not-yours"


class NothingToUndo(DomainError):
    """Nothing of it is picked, or all of it lies in boxes already."""

    code = "nothing-to-undo"


@dataclass(frozen=True)
class ShortSaid:
    """Units that were not where the books said, as they were written down."""

    id: int
    order_line_id: int
    variant_id: int
    location_id: int
    missing: int


def candidates(
    reader: Reader, location_id: int, *, zone: str, limit: int, beyond: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """Fulfilments with something to fetch that nobody fetches: (id, order), the most urgent first.

    Args:
        reader: a session or connection.
        location_id: where.
        zone: only what lies there; empty for everything.
        limit: at most so many.
        beyond: orders that are not asked for again.
    """
    query = (
        select(Fulfilment.id, Fulfilment.order_id)
        .where(
            Fulfilment.location_id == location_id,
            Fulfilment.state.in_(PICKABLE),
            exists(_fetchable(zone).where(FulfilmentLine.fulfilment_id == Fulfilment.id)),
        )
        .order_by(Fulfilment.ship_by, Fulfilment.id)
        .limit(limit)
    )
    if beyond:
        query = query.where(Fulfilment.order_id.not_in(beyond))
    return [(row[0], row[1]) for row in reader.execute(query)]


def with_work(reader: Reader, fulfilment_ids: Collection[int], *, zone: str) -> frozenset[int]:
    """Those of these fulfilments that have something to fetch which nobody fetches."""
    query = select(FulfilmentLine.fulfilment_id).where(
        FulfilmentLine.fulfilment_id.in_(fulfilment_ids), FulfilmentLine.id.in_(_fetchable(zone))
    )
    return frozenset(reader.execute(query).scalars())


def zones(reader: Reader, location_id: int) -> tuple[str, ...]:
    """The zones of a location, in the order of their names."""
    query = select(Bin.zone).where(Bin.location_id == location_id, Bin.zone != "").distinct()
    return tuple(sorted(reader.execute(query).scalars()))


def known_by_key(reader: Reader, key: str) -> Walk | None:
    """The list that was made with this key."""
    found = queries.walks_where(reader, PickList.key == key)
    return found[0] if found else None


def open_list(reader: Reader, fulfilment_id: int, picker: str) -> int | None:
    """The list being picked by which somebody fetches a fulfilment."""
    query = (
        select(PickList.id)
        .join(PickTask, PickTask.pick_list_id == PickList.id)
        .where(
            PickTask.fulfilment_id == fulfilment_id,
            PickTask.is_open,
            PickList.picker == picker,
            PickList.state == ListState.PICKING,
        )
        .order_by(PickList.id)
        .limit(1)
    )
    return reader.execute(query).scalar_one_or_none()


def create(
    uow: UnitOfWork, *, location_id: int, zone: str, fulfilment_ids: Sequence[int], key: str
) -> Walk:
    """A list for the actor with all that is to be fetched for these fulfilments, as one walks."""
    row = PickList(
        number=f"P-{readable_code(8)}",
        location_id=location_id,
        zone=zone,
        picker=uow.actor.ref,
        state=ListState.PICKING,
        created_at=uow.now,
        key=key,
        version=1,
    )
    uow.session.add(row)
    uow.session.flush()
    found = uow.session.execute(
        select(FulfilmentLine, Bin.zone, Bin.code)
        .join(Fulfilment, Fulfilment.id == FulfilmentLine.fulfilment_id)
        .outerjoin(Bin, _bin_of_line())
        .where(FulfilmentLine.id.in_(_fetchable(zone)))
        .where(FulfilmentLine.fulfilment_id.in_(fulfilment_ids))
    ).all()
    ordered = sorted(
        found,
        key=lambda one: (*walking_order(one[1] or "", one[2] or ""), one[0].variant_id, one[0].id),
    )
    uow.session.add_all(
        PickTask(
            pick_list_id=row.id,
            fulfilment_id=line.fulfilment_id,
            fulfilment_line_id=line.id,
            position=position,
            zone=of_zone or "",
            bin=shelf or "",
            quantity=line.wanted - line.picked,
            picked=0,
            short=0,
            is_open=True,
            version=1,
        )
        for position, (line, of_zone, shelf) in enumerate(ordered, start=1)
    )
    uow.session.flush()
    uow.touch(f"warehouse:{location_id}")
    return queries.walk(uow.session, row.id)


def take(uow: UnitOfWork, task_id: int, quantity: int) -> None:
    """So many more units of a task are in the picker's hands."""
    row, line = _with_line(uow, task_id)
    row.picked += quantity
    row.is_open = row.picked + row.short < row.quantity
    row.version += 1
    line.picked += quantity
    uow.session.flush()


def lay_back(uow: UnitOfWork, task_id: int, quantity: int, *, in_boxes: int) -> None:
    """So many units of a task lie on the shelf again.

    Raises:
        NothingToUndo: less than that is picked and not in a box.
    """
    row, line = _with_line(uow, task_id)
    if quantity > min(row.picked, line.picked - in_boxes):
        raise NothingToUndo("nothing of this is picked and not packed yet")
    row.picked -= quantity
    row.is_open = row.picked + row.short < row.quantity
    row.version += 1
    line.picked -= quantity
    uow.session.flush()


def fall_short(uow: UnitOfWork, task_id: int, *, found: int, reason: ShortReason) -> ShortSaid:
    """Of what a task still asks for, only ``found`` units are there."""
    row, line = _with_line(uow, task_id)
    missing = row.quantity - row.picked - row.short - found
    row.picked += found
    row.short += missing
    row.is_open = False
    row.version += 1
    line.picked += found
    line.short += missing
    fulfilment = uow.session.get_one(Fulfilment, row.fulfilment_id)
    said = ShortPick(
        pick_task_id=row.id,
        order_line_id=line.order_line_id,
        location_id=fulfilment.location_id,
        variant_id=line.variant_id,
        found=found,
        missing=missing,
        reason=reason,
        said_at=uow.now,
        said_by=uow.actor.ref,
    )
    uow.session.add(said)
    uow.session.flush()
    return ShortSaid(said.id, said.order_line_id, said.variant_id, said.location_id, missing)


def turn(
    uow: UnitOfWork, pick_list_id: int, action: ListAction, *, version: int | None = None
) -> None:
    """Move a list to its next state.

    Raises:
        NotFound: no such list.
        Stale: it changed since it was read.
        IllegalTransition: the list is not in such a state.
    """
    row = locks.one(uow.session, PickList, pick_list_id)
    if version is not None and row.version != version:
        raise Stale("this pick list changed since you opened it")
    row.state = PICK_LIST.after(row.state, action)
    row.ended_at = uow.now if row.state in (ListState.DONE, ListState.CANCELLED) else None
    row.version += 1
    uow.session.flush()


def hand_to(uow: UnitOfWork, pick_list_id: int, picker: str, *, version: int | None = None) -> None:
    """Somebody else walks the rest of a list.

    Raises:
        NotFound: no such list.
        Stale: it changed since it was read.
    """
    row = locks.one(uow.session, PickList, pick_list_id)
    if version is not None and row.version != version:
        raise Stale("this pick list changed since you opened it")
    row.picker = picker
    row.version += 1
    uow.session.flush()


def settle(uow: UnitOfWork, pick_list_id: int) -> None:
    """A list with nothing left to fetch is done, and one with something left is not."""
    row = locks.one(uow.session, PickList, pick_list_id)
    uow.session.flush()
    is_open = uow.session.scalar(
        select(PickTask.id).where(PickTask.pick_list_id == pick_list_id, PickTask.is_open).limit(1)
    )
    if is_open is None and row.state in (ListState.PICKING, ListState.PAUSED):
        turn(uow, pick_list_id, ListAction.FINISH)
    elif is_open is not None and row.state is ListState.DONE:
        turn(uow, pick_list_id, ListAction.REOPEN)


def let_go(uow: UnitOfWork, pick_list_id: int) -> None:
    """End all open tasks of a list where they are: what is picked stays so."""
    tasks = uow.session.scalars(
        select(PickTask)
        .where(PickTask.pick_list_id == pick_list_id, PickTask.is_open)
        .execution_options(populate_existing=True)
    )
    for row in tasks:
        row.quantity = row.picked + row.short
        row.is_open = False
        row.version += 1
    uow.session.flush()


def check(task: Task, walk: Walk, *, actor: str, version: int | None) -> None:
    """Whether the actor may go on with a task as they saw it.

    Raises:
        Stale: it changed since it was read.
        NotYours: somebody else walks this list.
    """
    if walk.picker != actor:
        raise NotYours("somebody else picks this list")
    if version is not None and task.version != version:
        raise Stale("this task changed since you saw it")


def _with_line(uow: UnitOfWork, task_id: int) -> tuple[PickTask, FulfilmentLine]:
    row = locks.one(uow.session, PickTask, task_id)
    return row, locks.one(uow.session, FulfilmentLine, row.fulfilment_line_id)


def _bin_of_line() -> ColumnElement[bool]:
    return and_(
        Bin.location_id == Fulfilment.location_id, Bin.variant_id == FulfilmentLine.variant_id
    )


def _fetchable(zone: str) -> Select[int]:
    """Lines with something to fetch that nobody fetches."""
    mine = aliased(PickTask)
    query = select(FulfilmentLine.id).where(
        FulfilmentLine.wanted > FulfilmentLine.picked,
        ~exists(select(mine.id).where(mine.fulfilment_line_id == FulfilmentLine.id, mine.is_open)),
    )
    if not zone:
        return query
    within = aliased(Bin)
    of = aliased(Fulfilment)
    return query.where(
        exists(
            select(within.id)
            .join(of, of.location_id == within.location_id)
            .where(
                of.id == FulfilmentLine.fulfilment_id,
                within.variant_id == FulfilmentLine.variant_id,
                within.zone == zone,
            )
        )
    )
