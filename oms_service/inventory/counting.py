"""Counting shelves: a sheet with what the books say, what was counted, and what is put right."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, service
from oms_service.inventory.events import CountApproved
from oms_service.inventory.models import CountLine, StockCount, StockLevel
from oms_service.inventory.papers import CountView
from oms_service.inventory.service import Move, Why
from oms_service.inventory.states import COUNT, CountAction, CountState, MovementKind
from oms_service.inventory.writing import (
    MOST_LINES,
    check_location,
    check_units,
    check_version,
)
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.ids import readable_code


class BeingCounted(DomainError):
    """Another sheet that is not settled yet holds some of it; ``variant_ids`` says what."""

    code: ClassVar[str] = "being-counted"

    def __init__(self, variant_ids: Collection[int]) -> None:
        super().__init__("another count of this is not settled yet")
        self.variant_ids = tuple(sorted(variant_ids))


@dataclass(frozen=True, kw_only=True)
class NewCount:
    """What to count where, once for each ``key``."""

    location_id: int
    variant_ids: Collection[int]
    key: str


def start(uow: UnitOfWork, new: NewCount) -> CountView:
    """Make a sheet: what the books say now is frozen on it.

    Raises:
        Invalid: nothing to count, too much for one sheet, a closed location.
        BeingCounted: another open sheet has some of it.
    """
    locks.a_name(uow.session, f"count {new.key}")
    known = uow.session.scalar(select(StockCount.id).where(StockCount.key == new.key))
    if known is not None:
        return papers.count_by_id(uow.session, known)
    check_units(dict.fromkeys(new.variant_ids, 1))
    check_location(uow, new.location_id)
    row = StockCount(
        number=f"CT-{readable_code(8)}",
        location_id=new.location_id,
        state=CountState.OPEN,
        started_by=uow.actor.ref,
        started_at=uow.now,
        version=1,
        key=new.key,
    )
    uow.session.add(row)
    uow.session.flush()
    _put_on_sheet(uow, row, new.variant_ids)
    return papers.count_by_id(uow.session, row.id)


def enter(
    uow: UnitOfWork, count_id: int, counted: Mapping[int, int], *, version: int | None = None
) -> CountView:
    """Write down what was counted, by variant; counted again, the last word holds.

    What the books say at this moment is written beside it, so that goods which moved before or
    move afterwards are not taken for missing. A variant the sheet did not name is added to it.

    Raises:
        NotFound: no such count.
        IllegalTransition: it has been submitted or is over.
        Invalid: odd quantities, too many lines.
        BeingCounted: another open sheet has some of what is added.
        Stale: it changed since it was read.
    """
    row = _held(uow, count_id, CountAction.ENTER, version)
    check_units(counted, least=0)
    lines = _lines(uow, row)
    fresh = counted.keys() - lines.keys()
    if fresh:
        if len(lines) + len(fresh) > MOST_LINES:
            raise Invalid("there are too many lines", {"lines": f"has more than {MOST_LINES}"})
        _put_on_sheet(uow, row, fresh)
        lines = _lines(uow, row)
    booked = _booked(uow, row.location_id, counted.keys())
    for variant_id, quantity in counted.items():
        line = lines[variant_id]
        line.counted, line.booked = quantity, booked.get(variant_id, 0)
        line.counted_by, line.counted_at = uow.actor.ref, uow.now
    _turn(uow, row, CountAction.ENTER)
    return papers.count_by_id(uow.session, row.id)


def submit(uow: UnitOfWork, count_id: int, *, version: int | None = None) -> CountView:
    """Hand the sheet in; lines nobody counted stay as they are in the books.

    Raises:
        NotFound: no such count.
        IllegalTransition: it has been submitted or is over.
        Invalid: nothing was counted.
        Stale: it changed since it was read.
    """
    row = _held(uow, count_id, CountAction.SUBMIT, version)
    if all(line.counted is None for line in _lines(uow, row).values()):
        raise Invalid("nothing was counted yet", {"lines": "has nothing counted"})
    row.submitted_by, row.submitted_at = uow.actor.ref, uow.now
    _turn(uow, row, CountAction.SUBMIT)
    return papers.count_by_id(uow.session, row.id)


def send_back(uow: UnitOfWork, count_id: int, *, version: int | None = None) -> CountView:
    """Let it be counted again.

    Raises:
        NotFound: no such count.
        IllegalTransition: it has not been submitted, or is over.
        Stale: it changed since it was read.
    """
    row = _held(uow, count_id, CountAction.SEND_BACK, version)
    row.submitted_by = row.submitted_at = None
    _turn(uow, row, CountAction.SEND_BACK)
    return papers.count_by_id(uow.session, row.id)


def approve(uow: UnitOfWork, count_id: int, *, version: int | None = None) -> CountView:
    """Put the books right by each variance; what moved since the counting stays moved.

    Raises:
        NotFound: no such count.
        IllegalTransition: it has not been submitted, or is over.
        OutOfStock: less was counted than is promised or reserved; nothing is changed.
        Stale: it changed since it was read.
    """
    row = _held(uow, count_id, CountAction.APPROVE, version)
    variances = {
        variant_id: line.counted - line.booked
        for variant_id, line in _lines(uow, row).items()
        if line.counted is not None and line.booked is not None
    }
    service.move(
        uow,
        [
            Move(
                kind=MovementKind.ADJUSTED,
                variant_id=variant_id,
                location_id=row.location_id,
                quantity=variance,
            )
            for variant_id, variance in variances.items()
        ],
        Why(key=f"count:{row.id}", cause=f"count:{row.number}", reason="counted"),
    )
    _end(uow, row, CountAction.APPROVE)
    uow.emit(
        CountApproved(
            count_id=row.id,
            location_id=row.location_id,
            units_more=sum(max(0, variance) for variance in variances.values()),
            units_less=sum(max(0, -variance) for variance in variances.values()),
        )
    )
    return papers.count_by_id(uow.session, row.id)


def cancel(uow: UnitOfWork, count_id: int, *, version: int | None = None) -> CountView:
    """Throw the sheet away; the books stay as they are.

    Raises:
        NotFound: no such count.
        IllegalTransition: it is over already.
        Stale: it changed since it was read.
    """
    row = _held(uow, count_id, CountAction.CANCEL, version)
    _end(uow, row, CountAction.CANCEL)
    return papers.count_by_id(uow.session, row.id)


def _put_on_sheet(uow: UnitOfWork, row: StockCount, variant_ids: Collection[int]) -> None:
    expected = _booked(uow, row.location_id, variant_ids)
    added = set(
        uow.session.scalars(
            insert(CountLine)
            .values(
                [
                    {
                        "count_id": row.id,
                        "variant_id": variant_id,
                        "location_id": row.location_id,
                        "expected": expected.get(variant_id, 0),
                        "is_open": True,
                    }
                    for variant_id in sorted(variant_ids)
                ]
            )
            .on_conflict_do_nothing()
            .returning(CountLine.variant_id)
        )
    )
    taken = set(variant_ids) - added
    if taken:
        raise BeingCounted(taken)


def _booked(uow: UnitOfWork, location_id: int, variant_ids: Collection[int]) -> dict[int, int]:
    rows = uow.session.execute(
        select(StockLevel.variant_id, StockLevel.on_hand).where(
            StockLevel.location_id == location_id, StockLevel.variant_id.in_(variant_ids)
        )
    )
    return {row.variant_id: row.on_hand for row in rows}


def _held(uow: UnitOfWork, count_id: int, action: CountAction, version: int | None) -> StockCount:
    """The sheet, locked, if the action is legal; that it is not says more than the version."""
    row = locks.one(uow.session, StockCount, count_id)
    COUNT.after(row.state, action)
    check_version(row, version)
    return row


def _lines(uow: UnitOfWork, row: StockCount) -> dict[int, CountLine]:
    found = uow.session.scalars(
        select(CountLine)
        .where(CountLine.count_id == row.id)
        .order_by(CountLine.id)
        .execution_options(populate_existing=True)
    )
    return {line.variant_id: line for line in found}


def _turn(uow: UnitOfWork, row: StockCount, action: CountAction) -> None:
    row.state = COUNT.after(row.state, action)
    row.version += 1
    uow.session.flush()


def _end(uow: UnitOfWork, row: StockCount, action: CountAction) -> None:
    row.ended_by, row.ended_at = uow.actor.ref, uow.now
    _turn(uow, row, action)
    uow.session.execute(update(CountLine).where(CountLine.count_id == row.id).values(is_open=False))
