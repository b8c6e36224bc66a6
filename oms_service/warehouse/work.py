"""Writing fulfilments: what each location has to do for one order. The order must be held.

What is allocated is the truth; the rows here follow it, and nothing is picked or packed that has
not been brought in line with it in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.ids import readable_code
from oms_service.warehouse import boxes, queries
from oms_service.warehouse.events import FulfilmentChanged
from oms_service.warehouse.models import (
    Bin,
    Fulfilment,
    FulfilmentLine,
    PackedBox,
    PackedBoxLine,
    PackingRules,
    PickTask,
    Workplace,
)
from oms_service.warehouse.policy import (
    TOLERANCE_BP,
    TOLERANCE_G,
    Figures,
    is_weight_plausible,
    work_state,
)
from oms_service.warehouse.states import IN_THE_HOUSE, BoxState, WorkState

_LONGEST_CODE = 60
_SHELVED_AT_ONCE = 500
_MOST_TOLERANCE_G = 100_000
_OVER = (WorkState.CLOSED, WorkState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Allocated:
    """What is allocated to an order at one location: (variant, quantity) by order line.

    It should leave by ``ship_by``; work on it begins at ``not_before``, or at once.
    """

    location_id: int
    ship_by: datetime
    not_before: datetime | None = None
    units: Mapping[int, tuple[int, int]] = field(hash=False)


@dataclass(frozen=True)
class Handled:
    """How many units of one order line are picked, and packed, at all locations together."""

    picked: int = 0
    packed: int = 0


@dataclass(frozen=True, kw_only=True)
class NewBin:
    """Where a variant lies; an empty ``code`` takes it off its shelf."""

    location_id: int
    variant_id: int
    zone: str
    code: str


def align(
    uow: UnitOfWork, order_id: int, allocated: Sequence[Allocated], *, is_held: bool
) -> dict[int, Handled]:
    """Let the work of all locations follow what is allocated to an order now.

    Picked units that are allocated no more are to be put back; boxes that hold more than is
    picked are opened again; tasks ask for no more than is still to be fetched.

    Returns:
        What is picked and packed of each order line, for the order's own counters.
    """
    uow.session.flush()
    rows = {row.location_id: row for row in _of_order(uow, order_id)}
    for place in sorted(allocated, key=lambda one: one.location_id):
        row = rows.get(place.location_id)
        if row is None:
            rows[place.location_id] = _open(uow, order_id, place)
        elif row.state in _OVER:
            row.ship_by, row.not_before = place.ship_by, place.not_before
    places = {place.location_id: place.units for place in allocated}
    handled: dict[int, Handled] = {}
    for location_id, row in sorted(rows.items()):
        lines = _follow(uow, row, places.get(location_id, {}))
        _judge(uow, row, lines, is_held=is_held)
        for line in lines:
            before = handled.get(line.order_line_id, Handled())
            handled[line.order_line_id] = Handled(
                before.picked + line.picked, before.packed + line.packed
            )
    uow.session.flush()
    return handled


def ship(uow: UnitOfWork, fulfilment_id: int, units: Mapping[int, int]) -> None:
    """Units by order line have left; those that were picked and packed here are so no more."""
    for row in _lines(uow, fulfilment_id):
        gone = units.get(row.order_line_id, 0)
        row.shipped += gone
        row.wanted -= gone
        row.packed -= min(row.packed, gone)
        row.picked -= min(row.picked, gone)
    uow.session.flush()


def schedule(uow: UnitOfWork, fulfilment_id: int, not_before: datetime | None) -> None:
    """Keep a fulfilment for later, or for now; ``align`` afterwards."""
    locks.one(uow.session, Fulfilment, fulfilment_id).not_before = not_before
    uow.session.flush()


def move(uow: UnitOfWork, order_id: int, places: Sequence[Allocated]) -> None:
    """Let the work of an order leave by other days than before; ``align`` afterwards."""
    rows = {row.location_id: row for row in _of_order(uow, order_id)}
    for place in places:
        row = rows.get(place.location_id)
        if row is not None:
            row.ship_by, row.not_before = place.ship_by, place.not_before
            row.version += 1
    uow.session.flush()


def put_back(uow: UnitOfWork, fulfilment_id: int) -> int:
    """What was picked and called off lies on its shelf again; returns how many units it was."""
    units = 0
    for row in _lines(uow, fulfilment_id):
        units += row.to_put_back
        row.to_put_back = 0
    _touched(uow, fulfilment_id)
    return units


def shelve(uow: UnitOfWork, bins: Sequence[NewBin]) -> None:
    """Say where variants lie; said again, it is the newest word that counts.

    Raises:
        Invalid: a zone or shelf that no label shows.
    """
    wrong = {
        f"bins[{number}]": f"must have at most {_LONGEST_CODE} signs"
        for number, one in enumerate(bins)
        if not _is_code(one.code) or not _is_code(one.zone)
    }
    if wrong:
        raise Invalid("some shelves cannot be", wrong)
    newest = {(one.location_id, one.variant_id): one for one in bins}
    kept = [one for _, one in sorted(newest.items()) if one.code.strip()]
    for first in range(0, len(kept), _SHELVED_AT_ONCE):
        rows = insert(Bin).values(
            [
                {
                    "location_id": one.location_id,
                    "variant_id": one.variant_id,
                    "zone": one.zone.strip(),
                    "code": one.code.strip(),
                }
                for one in kept[first : first + _SHELVED_AT_ONCE]
            ]
        )
        uow.session.execute(
            rows.on_conflict_do_update(
                index_elements=["location_id", "variant_id"],
                set_={"zone": rows.excluded.zone, "code": rows.excluded.code},
            )
        )
    gone = [place for place, one in sorted(newest.items()) if not one.code.strip()]
    if gone:
        uow.session.execute(delete(Bin).where(tuple_(Bin.location_id, Bin.variant_id).in_(gone)))


def work_at(uow: UnitOfWork, location_id: int) -> None:
    """The actor works at this location until they say otherwise."""
    row = insert(Workplace).values(actor=uow.actor.ref, location_id=location_id)
    uow.session.execute(
        row.on_conflict_do_update(
            index_elements=["actor"], set_={"location_id": row.excluded.location_id}
        )
    )


def tolerate(uow: UnitOfWork, location_id: int, *, tolerance_g: int, tolerance_bp: int) -> None:
    """How far boxes may be off their expected weight at a location.

    Raises:
        Invalid: less than nothing, or more than everything.
    """
    wrong = {
        name: f"must be from 0 to {most}"
        for name, value, most in (
            ("tolerance_g", tolerance_g, _MOST_TOLERANCE_G),
            ("tolerance_bp", tolerance_bp, 10_000),
        )
        if not 0 <= value <= most
    }
    if wrong:
        raise Invalid("that tolerance cannot be", wrong)
    row = insert(PackingRules).values(
        location_id=location_id, tolerance_g=tolerance_g, tolerance_bp=tolerance_bp
    )
    uow.session.execute(
        row.on_conflict_do_update(
            index_elements=["location_id"],
            set_={
                "tolerance_g": row.excluded.tolerance_g,
                "tolerance_bp": row.excluded.tolerance_bp,
            },
        )
    )


def tolerance(reader: queries.Reader, location_id: int) -> tuple[int, int]:
    """Grams and basis points a box may be off at a location."""
    query = select(PackingRules.tolerance_g, PackingRules.tolerance_bp).where(
        PackingRules.location_id == location_id
    )
    row = reader.execute(query).one_or_none()
    return (row[0], row[1]) if row else (TOLERANCE_G, TOLERANCE_BP)


def is_plausible(
    reader: queries.Reader, location_id: int, *, weight_g: int, expected_g: int | None
) -> bool:
    """Whether a box may weigh that at this location without a reason."""
    grams, points = tolerance(reader, location_id)
    return is_weight_plausible(weight_g, expected_g, tolerance_g=grams, tolerance_bp=points)


def due(reader: queries.Reader, now: datetime, *, limit: int) -> list[tuple[int, int]]:
    """Fulfilments kept for later whose time has come: (order, fulfilment), the earliest first."""
    query = (
        select(Fulfilment.order_id, Fulfilment.id)
        .where(Fulfilment.state == WorkState.SCHEDULED, Fulfilment.not_before <= now)
        .order_by(Fulfilment.not_before)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in reader.execute(query)]


def _is_code(text: str) -> bool:
    return len(text.strip()) <= _LONGEST_CODE and (not text or text.isprintable())


def _of_order(uow: UnitOfWork, order_id: int) -> list[Fulfilment]:
    query = select(Fulfilment).where(Fulfilment.order_id == order_id).order_by(Fulfilment.id)
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def _open(uow: UnitOfWork, order_id: int, place: Allocated) -> Fulfilment:
    row = Fulfilment(
        number=f"F-{readable_code(8)}",
        order_id=order_id,
        location_id=place.location_id,
        # What it is becomes clear at once; until then nothing has been asked of it.
        state=WorkState.CANCELLED,
        ship_by=place.ship_by,
        not_before=place.not_before,
        opened_at=uow.now,
        version=0,
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def _lines(uow: UnitOfWork, fulfilment_id: int) -> list[FulfilmentLine]:
    query = (
        select(FulfilmentLine)
        .where(FulfilmentLine.fulfilment_id == fulfilment_id)
        .order_by(FulfilmentLine.order_line_id)
    )
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def _follow(
    uow: UnitOfWork, row: Fulfilment, units: Mapping[int, tuple[int, int]]
) -> list[FulfilmentLine]:
    """Bring the lines of one fulfilment in line with what is allocated to them."""
    lines = {line.order_line_id: line for line in _lines(uow, row.id)}
    for line_id, (variant_id, _) in units.items():
        if line_id not in lines:
            lines[line_id] = FulfilmentLine(
                fulfilment_id=row.id,
                order_line_id=line_id,
                variant_id=variant_id,
                wanted=0,
                picked=0,
                packed=0,
                shipped=0,
                short=0,
                to_put_back=0,
            )
            uow.session.add(lines[line_id])
    asked = {line_id: units[line_id][1] if line_id in units else 0 for line_id in lines}
    picked = {line_id: min(line.picked, asked[line_id]) for line_id, line in lines.items()}
    packed = _boxed(uow, row.id, picked) if row.version else {}
    changed = False
    for line_id, line in lines.items():
        changed |= line.wanted != asked[line_id]
        line.to_put_back += line.picked - picked[line_id]
        line.packed, line.picked = packed.get(line_id, 0), picked[line_id]
        line.wanted = asked[line_id]
    uow.session.flush()
    if changed:
        row.version += 1
        _trim_tasks(uow, row.id, lines)
    return [lines[line_id] for line_id in sorted(lines)]


def _boxed(uow: UnitOfWork, fulfilment_id: int, picked: Mapping[int, int]) -> dict[int, int]:
    """Units by line in closed boxes that are still here, once none holds what is not picked.

    Boxes with too much in them are opened again, the newest first.
    """
    held = [
        one for one in queries.boxes_of_fulfilments(uow.session, [fulfilment_id]) if _is_here(one)
    ]
    over = {
        line_id: sum(box.lines.get(line_id, 0) for box in held) - left
        for line_id, left in picked.items()
    }
    packed: dict[int, int] = {}
    for box in sorted(held, key=lambda one: (one.state is not BoxState.OPEN, -one.id)):
        out = {line: min(count, over[line]) for line, count in box.lines.items() if over[line] > 0}
        if box.state is BoxState.OPEN:
            if out:
                left = {line: count - out.get(line, 0) for line, count in box.lines.items()}
                boxes.set_units(uow, box.id, left)
        elif out:
            boxes.unpack(uow, box.id)
            out = dict(box.lines)
        else:
            packed |= {line: packed.get(line, 0) + count for line, count in box.lines.items()}
        for line, count in out.items():
            over[line] -= count
    return packed


def _is_here(box: queries.PackedBox) -> bool:
    return box.state is BoxState.OPEN or box.state in IN_THE_HOUSE


def _trim_tasks(uow: UnitOfWork, fulfilment_id: int, lines: Mapping[int, FulfilmentLine]) -> None:
    """Open tasks ask for no more than is still to be fetched."""
    by_id = {line.id: line for line in lines.values()}
    tasks = uow.session.scalars(
        select(PickTask)
        .where(PickTask.fulfilment_id == fulfilment_id, PickTask.is_open)
        .execution_options(populate_existing=True)
    )
    for task in tasks:
        line = by_id[task.fulfilment_line_id]
        left = min(task.quantity - task.picked - task.short, line.wanted - line.picked)
        if task.picked + task.short + left != task.quantity:
            task.quantity = task.picked + task.short + left
            task.is_open = left > 0
            task.version += 1
    uow.session.flush()


def _judge(
    uow: UnitOfWork, row: Fulfilment, lines: Sequence[FulfilmentLine], *, is_held: bool
) -> None:
    """Write down where the work stands now, and tell when that is somewhere else."""
    being_picked = uow.session.scalar(
        select(PickTask.id).where(PickTask.fulfilment_id == row.id, PickTask.is_open).limit(1)
    )
    state = work_state(
        Figures(
            wanted=sum(line.wanted for line in lines),
            picked=sum(line.picked for line in lines),
            shipped=sum(line.shipped for line in lines),
            short=sum(line.short for line in lines),
            is_being_picked=being_picked is not None,
            is_held=is_held,
            not_before=row.not_before,
        ),
        now=uow.now,
    )
    if state is row.state and row.version:
        return
    row.state = state
    row.version += 1
    uow.emit(
        FulfilmentChanged(
            order_id=row.order_id,
            fulfilment_id=row.id,
            location_id=row.location_id,
            state=state,
        )
    )
    uow.touch(f"warehouse:{row.location_id}")


def _touched(uow: UnitOfWork, fulfilment_id: int) -> None:
    locks.one(uow.session, Fulfilment, fulfilment_id).version += 1
    uow.session.flush()


def in_open_boxes(reader: queries.Reader, fulfilment_id: int) -> dict[int, int]:
    """Units by order line that lie in a box which is not closed yet."""
    query = (
        select(PackedBoxLine.order_line_id, func.sum(PackedBoxLine.quantity))
        .join(PackedBox, PackedBox.id == PackedBoxLine.box_id)
        .where(PackedBox.fulfilment_id == fulfilment_id, PackedBox.state == BoxState.OPEN)
        .group_by(PackedBoxLine.order_line_id)
    )
    return {row[0]: int(row[1]) for row in reader.execute(query)}
