"""Fetching goods from their shelves: lists, scans, short picks, and undoing all of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from oms_service.catalog import goods as catalog
from oms_service.catalog.goods import Goods
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import counting
from oms_service.inventory import service as inventory
from oms_service.inventory.counting import BeingCounted, NewCount
from oms_service.inventory.service import Move, Why
from oms_service.inventory.states import MovementKind
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.operations.dispatch import fulfilling
from oms_service.operations.sources import sourcing
from oms_service.orders import service as orders
from oms_service.warehouse import lists, queries, work
from oms_service.warehouse.events import PickedShort
from oms_service.warehouse.queries import Fulfilment, Task, Walk
from oms_service.warehouse.states import ListAction, ListState, ShortReason

#: More than anybody pushes through a warehouse at once.
MOST_FULFILMENTS: Final = 50
#: How many tries to find what nobody else is at; more than enough for a whole shift at once.
_ROUNDS: Final = 8
_LONGEST_KEY: Final = 128


class NothingToPick(DomainError):
    """Everything there is picked, waits, or is being fetched by somebody."""

    code: ClassVar[str] = "nothing-to-pick"


class WrongItem(DomainError):
    """Something else was scanned than what is to be fetched."""

    code: ClassVar[str] = "wrong-item"

    def __init__(self, wanted: Sequence[Goods], scanned: Goods | None) -> None:
        what = scanned.sku if scanned else "not in the catalogue"
        super().__init__(f"this is {what}; {', '.join(one.sku for one in wanted)} is wanted")
        self.wanted = tuple(wanted)
        self.scanned = scanned


class TooMany(DomainError):
    """More than is still to be fetched."""

    code: ClassVar[str] = "more-than-wanted"

    def __init__(self, left: int) -> None:
        super().__init__(f"only {left} more are wanted")
        self.left = left


class ListPaused(DomainError):
    """The list is paused, done or cancelled."""

    code: ClassVar[str] = "pick-list-not-active"


@dataclass(frozen=True, kw_only=True)
class WantedList:
    """What somebody wants to fetch: one fulfilment, or a batch of a location."""

    location_id: int
    zone: str = ""
    most: int = 10
    fulfilment_id: int | None = None


def start(uow: UnitOfWork, wanted: WantedList, *, key: str) -> Walk:
    """A pick list for the actor, of work that nobody else is at, the most urgent first.

    Orders somebody is busy with are left to them. Asked again with the same key, it is the
    same list.

    Raises:
        Invalid: a batch of nothing or of too many, or no key.
        NotFound: no such fulfilment.
        NothingToPick: nothing is left that nobody fetches.
        OnHold, NotYet, NothingHere: the one fulfilment asked for cannot be picked.
    """
    _check(wanted, key)
    own = f"{uow.actor.ref}:{key}"
    locks.a_name(uow.session, f"pick list {own}")
    known = lists.known_by_key(uow.session, own)
    if known is not None:
        return known
    chosen = _the_one(uow, wanted) if wanted.fulfilment_id else _batch(uow, wanted)
    walk = lists.create(
        uow,
        location_id=wanted.location_id,
        zone=wanted.zone,
        fulfilment_ids=list(chosen),
        key=own,
    )
    if not walk.tasks:
        raise NothingToPick("nothing is left to fetch there")
    for order_id in sorted(set(chosen.values())):
        fulfilling.tell(uow, order_id)
    return walk


def scan(
    uow: UnitOfWork, task_id: int, *, code: str, quantity: int = 1, version: int | None = None
) -> Task:
    """Units of a task are in the picker's hands, proved by the code on them.

    Args:
        uow: the transaction.
        task_id: which task.
        code: the barcode or SKU that was scanned.
        quantity: how many of them.
        version: of the task as the picker saw it, so that a repeated scan counts once.

    Raises:
        NotFound: no such task.
        NotYours, Stale, ListPaused: the picker cannot go on with it as it is.
        OnHold, NotYet, NothingHere: the order waits, or was called off.
        WrongItem: something else was scanned; nothing is counted.
        TooMany: more than is wanted.
    """
    task = _held(uow, task_id, version)
    _check_code(uow, task, code)
    if not 1 <= quantity <= task.left:
        raise TooMany(task.left)
    lists.take(uow, task_id, quantity)
    return _told(uow, task)


def short(
    uow: UnitOfWork, task_id: int, *, found: int, reason: ShortReason, version: int | None = None
) -> Task:
    """Of what a task still asks for, only ``found`` are on the shelf.

    They are picked; the rest comes from elsewhere or waits for stock. What the books said too
    much is taken off them: written off where it was not found, set aside where it is damaged or
    has to be looked for.

    Raises:
        NotFound: no such task.
        NotYours, Stale, ListPaused: the picker cannot go on with it as it is.
        OnHold, NotYet, NothingHere: the order waits, or was called off.
        Invalid: nothing is missing, or less than nothing was found.
    """
    task = _held(uow, task_id, version)
    if not 0 <= found < task.left:
        raise Invalid(
            "say how many are there", {"found": f"must be from 0 to {max(0, task.left - 1)}"}
        )
    said = lists.fall_short(uow, task_id, found=found, reason=reason)
    fulfilling.align(uow, task.order_id)
    sourcing.resource(
        uow,
        task.order_id,
        away_from=said.location_id,
        units={said.order_line_id: said.missing},
        key=f"short:{said.id}",
    )
    _off_the_books(uow, said.id, (said.variant_id, said.location_id), said.missing, reason)
    uow.emit(
        PickedShort(
            order_id=task.order_id,
            short_pick_id=said.id,
            order_line_id=said.order_line_id,
            fulfilment_id=task.fulfilment_id,
            location_id=said.location_id,
            variant_id=said.variant_id,
            missing=said.missing,
            reason=reason,
        )
    )
    return _told(uow, task)


def undo(uow: UnitOfWork, task_id: int, *, quantity: int = 1, version: int | None = None) -> Task:
    """Units of a task lie on their shelf again.

    Raises:
        NotFound: no such task.
        NotYours, Stale: the picker cannot go on with it as it is.
        NothingToUndo: not so many are picked, or they lie in a box.
        Invalid: less than one.
    """
    if quantity < 1:
        raise Invalid("say how many go back", {"quantity": "must be at least 1"})
    task = queries.task(uow.session, task_id)
    orders.hold_against_others(uow, task.order_id)
    fulfilling.align(uow, task.order_id)
    task = queries.task(uow.session, task_id)
    walk = queries.walk(uow.session, task.pick_list_id)
    lists.check(task, walk, actor=uow.actor.ref, version=version)
    if walk.state is ListState.CANCELLED:
        raise lists.NothingToUndo("this list was given up")
    boxed = work.in_open_boxes(uow.session, task.fulfilment_id).get(task.order_line_id, 0)
    packed = {
        line.order_line_id: line.packed
        for line in queries.fulfilment(uow.session, task.fulfilment_id).lines
    }
    lists.lay_back(uow, task_id, quantity, in_boxes=boxed + packed.get(task.order_line_id, 0))
    return _told(uow, task)


def pick_for(
    uow: UnitOfWork,
    fulfilment_id: int,
    scans: Sequence[tuple[str, int]],
    *,
    key: str,
    version: int | None = None,
) -> Fulfilment:
    """Scanned units, (code, quantity) each, of one fulfilment are in the actor's hands.

    On the list by which the actor fetches it, or on a new one of that ``key``; all or nothing.

    Raises:
        NotFound: no such fulfilment.
        Stale: it changed since it was read.
        OnHold, NotYet, NothingHere: nobody works on it.
        NothingToPick: nothing is left to fetch, or somebody else fetches it.
        WrongItem, TooMany: something else was scanned, or more than is wanted.
    """
    fulfilling.begin(uow, fulfilment_id, version=version)
    walk_id = _own_list(uow, fulfilment_id, key)
    for code, quantity in scans:
        left = quantity
        for task in _tasks_called(uow, walk_id, fulfilment_id, code):
            count = min(left, task.left)
            if count:
                scan(uow, task.id, code=code, quantity=count)
                left -= count
        if left or quantity < 1:
            raise TooMany(quantity - left)
    return queries.fulfilment(uow.session, fulfilment_id)


def short_for(
    uow: UnitOfWork,
    fulfilment_id: int,
    code: str,
    *,
    found: int,
    reason: ShortReason,
    key: str,
    version: int | None = None,
) -> Fulfilment:
    """Of what is still to be fetched under one code, only ``found`` are there; as ``short``."""
    fulfilling.begin(uow, fulfilment_id, version=version)
    walk_id = _own_list(uow, fulfilment_id, key)
    tasks = _tasks_called(uow, walk_id, fulfilment_id, code)
    if not tasks:
        raise NothingToPick("nothing of this is left to fetch")
    short(uow, tasks[0].id, found=found, reason=reason)
    return queries.fulfilment(uow.session, fulfilment_id)


def pause(uow: UnitOfWork, pick_list_id: int, *, version: int | None = None) -> Walk:
    """The picker does something else for a while; nobody gets the list meanwhile.

    Raises:
        NotFound, Stale, NotYours, IllegalTransition: it stays as it is.
    """
    _check_mine(uow, pick_list_id)
    lists.turn(uow, pick_list_id, ListAction.PAUSE, version=version)
    return queries.walk(uow.session, pick_list_id)


def resume(uow: UnitOfWork, pick_list_id: int, *, version: int | None = None) -> Walk:
    """The picker goes on with a paused list.

    Raises:
        NotFound, Stale, NotYours, IllegalTransition: it stays as it is.
    """
    _check_mine(uow, pick_list_id)
    lists.turn(uow, pick_list_id, ListAction.RESUME, version=version)
    return queries.walk(uow.session, pick_list_id)


def take_over(uow: UnitOfWork, pick_list_id: int, *, version: int | None = None) -> Walk:
    """The actor walks the rest of a colleague's list; taken over already, nothing changes.

    Raises:
        NotFound: no such list.
        Stale: it changed since it was read.
        ListPaused: it is over.
    """
    walk = queries.walk(uow.session, pick_list_id)
    if walk.picker == uow.actor.ref:
        return walk
    if walk.state not in (ListState.PICKING, ListState.PAUSED):
        raise ListPaused("this list is over")
    lists.hand_to(uow, pick_list_id, uow.actor.ref, version=version)
    uow.touch(f"warehouse:{walk.location_id}")
    return queries.walk(uow.session, pick_list_id)


def give_up(uow: UnitOfWork, pick_list_id: int, *, version: int | None = None) -> Walk:
    """Leave the rest of a list to others; what is picked stays picked.

    Raises:
        NotFound, Stale, NotYours, IllegalTransition: it stays as it is.
    """
    walk = _check_mine(uow, pick_list_id)
    order_ids = sorted({task.order_id for task in walk.tasks if task.is_open})
    for order_id in order_ids:
        orders.hold_against_others(uow, order_id)
    lists.turn(uow, pick_list_id, ListAction.CANCEL, version=version)
    lists.let_go(uow, pick_list_id)
    for order_id in order_ids:
        fulfilling.tell(uow, order_id)
    uow.touch(f"warehouse:{walk.location_id}")
    return queries.walk(uow.session, pick_list_id)


def count_after_short(uow: UnitOfWork, event: PickedShort) -> None:
    """A reaction: somebody counts what was not where the books said, unless it is being counted.

    A location that is closed meanwhile counts nothing any more.
    """
    new = NewCount(
        location_id=event.location_id,
        variant_ids=[event.variant_id],
        key=f"short:{event.short_pick_id}",
    )
    with suppress(BeingCounted, Invalid):
        counting.start(uow, new)


def _check(wanted: WantedList, key: str) -> None:
    wrong = {}
    if not 1 <= wanted.most <= MOST_FULFILMENTS:
        wrong["most"] = f"must be from 1 to {MOST_FULFILMENTS}"
    if not key or len(key) > _LONGEST_KEY - 48 or "\0" in key:
        wrong["key"] = "is missing or too long"
    if len(wanted.zone) > catalog.LONGEST_CODE or "\0" in wanted.zone:
        wrong["zone"] = "is no zone"
    if wrong:
        raise Invalid("that pick list cannot be", wrong)


def _the_one(uow: UnitOfWork, wanted: WantedList) -> dict[int, int]:
    fulfilment = fulfilling.begin(uow, wanted.fulfilment_id or 0)
    if fulfilment.location_id != wanted.location_id:
        raise Invalid("that is at another location", {"fulfilment": "is at another location"})
    return {fulfilment.id: fulfilment.order_id}


def _batch(uow: UnitOfWork, wanted: WantedList) -> dict[int, int]:
    """Fulfilments whose orders nobody holds, each brought in line and still to be fetched."""
    chosen: dict[int, int] = {}
    seen: set[int] = set()
    for _ in range(_ROUNDS):
        found = lists.candidates(
            uow.session,
            wanted.location_id,
            zone=wanted.zone,
            limit=wanted.most - len(chosen),
            beyond=sorted(seen),
        )
        seen |= {order_id for _, order_id in found}
        free = orders.hold_those_free(uow, {order_id for _, order_id in found})
        now = {
            one: of for order in sorted(free) for one, of in fulfilling.align(uow, order).items()
        }
        mine = lists.with_work(uow.session, [one for one, _ in found], zone=wanted.zone)
        chosen |= {
            one: order_id
            for one, order_id in found
            if one in now and one in mine and now[one].state in lists.PICKABLE
        }
        if not found or len(chosen) >= wanted.most:
            break
    if not chosen:
        raise NothingToPick("nothing is left to fetch there")
    return chosen


def _held(uow: UnitOfWork, task_id: int, version: int | None) -> Task:
    """A task with its order held, as it is now, if the actor may go on with it."""
    order_id = queries.task(uow.session, task_id).order_id
    orders.hold_against_others(uow, order_id)
    now = fulfilling.align(uow, order_id)
    task = queries.task(uow.session, task_id)
    walk = queries.walk(uow.session, task.pick_list_id)
    lists.check(task, walk, actor=uow.actor.ref, version=version)
    fulfilling.check(now[task.fulfilment_id])
    if walk.state is not ListState.PICKING:
        raise ListPaused("this list is not being picked")
    return task


def _check_mine(uow: UnitOfWork, pick_list_id: int) -> Walk:
    walk = queries.walk(uow.session, pick_list_id)
    if walk.picker != uow.actor.ref:
        raise lists.NotYours("somebody else picks this list")
    return walk


def _own_list(uow: UnitOfWork, fulfilment_id: int, key: str) -> int:
    """The list by which the actor fetches a fulfilment; a new one where there is none."""
    mine = lists.open_list(uow.session, fulfilment_id, uow.actor.ref)
    if mine is not None:
        return mine
    place = queries.fulfilment(uow.session, fulfilment_id).location_id
    wanted = WantedList(location_id=place, fulfilment_id=fulfilment_id)
    return start(uow, wanted, key=key).id


def _tasks_called(uow: UnitOfWork, walk_id: int, fulfilment_id: int, code: str) -> list[Task]:
    """The open tasks of a list for one fulfilment whose goods a code means.

    Raises:
        WrongItem: it means none of its goods.
    """
    mine = [
        task
        for task in queries.walk(uow.session, walk_id).tasks
        if task.fulfilment_id == fulfilment_id
    ]
    known = catalog.goods(uow.session, {task.variant_id for task in mine})
    meant = [task for task in mine if known[task.variant_id].is_called(code)]
    if not meant:
        others = catalog.called(uow.session, code)
        raise WrongItem(list(known.values()), others[0] if others else None)
    return [task for task in meant if task.is_open]


def _check_code(uow: UnitOfWork, task: Task, code: str) -> None:
    wanted = catalog.goods(uow.session, [task.variant_id])[task.variant_id]
    if not wanted.is_called(code):
        others = catalog.called(uow.session, code)
        raise WrongItem([wanted], others[0] if others else None)


def _told(uow: UnitOfWork, task: Task) -> Task:
    fulfilling.tell(uow, task.order_id)
    lists.settle(uow, task.pick_list_id)
    return queries.task(uow.session, task.id)


def _off_the_books(
    uow: UnitOfWork, short_id: int, place: tuple[int, int], missing: int, reason: ShortReason
) -> None:
    """What is not there cannot be promised to the next one."""
    why = Why(
        key=f"short:{short_id}", cause=f"short_pick:{short_id}", reason=f"short pick: {reason}"
    )
    if reason is ShortReason.NOT_FOUND:
        inventory.adjust(uow, {place: -missing}, why)
        return
    kind = MovementKind.DAMAGED if reason is ShortReason.DAMAGED else MovementKind.QUARANTINED
    aside = Move(kind=kind, variant_id=place[0], location_id=place[1], quantity=missing)
    inventory.move(uow, [aside], why)
