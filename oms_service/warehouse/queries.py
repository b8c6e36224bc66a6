"""Reading the work: fulfilments, pick lists, boxes and manifests as frozen views."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    bindparam,
    exists,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from oms_service.infra.db import UtcTime
from oms_service.infra.hot import among, named
from oms_service.infra.once import once
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.pages import Page
from oms_service.warehouse.models import (
    Bin,
    FulfilmentLine,
    Manifest,
    PackedBoxLine,
    PickList,
    PickTask,
    Workplace,
)
from oms_service.warehouse.models import (
    Fulfilment as FulfilmentRow,
)
from oms_service.warehouse.models import PackedBox as PackedBoxRow
from oms_service.warehouse.states import (
    BoxState,
    ListState,
    ServiceReason,
    WeightReason,
    WorkState,
)

Reader = Session | Connection
T = TypeVar("T")

#: Fulfilments somebody may work on.
AT_WORK: Final = (WorkState.OPEN, WorkState.INCOMPLETE, WorkState.IN_PROGRESS)
#: Those that are not over.
WAITING: Final = (*AT_WORK, WorkState.ON_HOLD, WorkState.SCHEDULED)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LineWork:
    """How far one line of an order got at one location; see ``models.FulfilmentLine``."""

    id: int
    order_line_id: int
    variant_id: int
    wanted: int
    picked: int
    packed: int
    shipped: int
    short: int
    to_put_back: int


@dataclass(frozen=True)
class Fulfilment:
    """What one location has to do for one order."""

    id: int
    number: str
    order_id: int
    location_id: int
    state: WorkState
    ship_by: datetime
    not_before: datetime | None
    opened_at: datetime
    version: int
    lines: tuple[LineWork, ...]

    @property
    def wanted(self) -> int:
        """Units that are still to leave from here."""
        return sum(line.wanted for line in self.lines)

    @property
    def picked(self) -> int:
        return sum(line.picked for line in self.lines)

    @property
    def packed(self) -> int:
        return sum(line.packed for line in self.lines)

    @property
    def to_put_back(self) -> int:
        return sum(line.to_put_back for line in self.lines)


@dataclass(frozen=True)
class ToDo:
    """How much waits at one location: fulfilments by state, and what somebody should look at.

    Those that are over are not counted.
    """

    states: Mapping[WorkState, int]
    #: Those to be worked on that should have left already.
    late: int
    #: Picked, and not in a box yet.
    to_pack: int
    #: Called off after it was picked.
    to_put_back: int
    #: Boxes without a label, and boxes a carrier may take.
    to_label: int
    to_hand_over: int


@dataclass(frozen=True)
class Task:
    """Units of one line that a list fetches from one shelf."""

    id: int
    pick_list_id: int
    fulfilment_id: int
    order_id: int
    order_line_id: int
    variant_id: int
    position: int
    zone: str
    bin: str
    quantity: int
    picked: int
    short: int
    is_open: bool
    version: int

    @property
    def left(self) -> int:
        return self.quantity - self.picked - self.short


@dataclass(frozen=True)
class Walk:
    """A pick list with its tasks in the order of the walk."""

    id: int
    number: str
    location_id: int
    zone: str
    picker: str
    state: ListState
    created_at: datetime
    version: int
    tasks: tuple[Task, ...]

    @property
    def units(self) -> int:
        return sum(task.quantity for task in self.tasks)

    @property
    def done(self) -> int:
        return sum(task.picked + task.short for task in self.tasks)

    @property
    def next(self) -> Task | None:
        """The first task with something left to fetch."""
        return next((task for task in self.tasks if task.is_open), None)


@dataclass(frozen=True)
class PackedBox:
    """One box of one order; ``lines``: quantity by order line. Outside measures, mm and grams.

    ``tracking_number`` is empty until the box has a label. ``choice`` says why this carrier and
    service, in codes and facts.
    """

    id: int
    number: str
    order_id: int
    location_id: int
    fulfilment_id: int
    state: BoxState
    box_code: str
    carrier: str
    service: str
    choice: Mapping[str, Any]
    service_reason: ServiceReason | None
    weight_g: int
    expected_weight_g: int | None
    weight_reason: WeightReason | None
    length_mm: int
    width_mm: int
    height_mm: int
    tracking_number: str
    opened_at: datetime
    packed_at: datetime | None
    packed_by: str | None
    labelled_at: datetime | None
    handed_over_at: datetime | None
    parcel_id: int | None
    manifest_id: int | None
    version: int
    lines: Mapping[int, int]


@dataclass(frozen=True)
class Waiting:
    """How many boxes wait, and the numbers of the oldest dozen of them."""

    count: int
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Steps:
    """When goods became a location's work, when they were at the packing table, when packed."""

    opened_at: datetime
    picked_at: datetime
    packed_at: datetime | None


@dataclass(frozen=True)
class ManifestView:
    """What one carrier collected from one location on one day; ``boxes`` counts them."""

    id: int
    number: str
    location_id: int
    carrier: str
    day: date
    opened_at: datetime
    closed_at: datetime | None
    boxes: int


_FULFILMENT: Final = (
    FulfilmentRow.id,
    FulfilmentRow.number,
    FulfilmentRow.order_id,
    FulfilmentRow.location_id,
    FulfilmentRow.state,
    FulfilmentRow.ship_by,
    FulfilmentRow.not_before,
    FulfilmentRow.opened_at,
    FulfilmentRow.version,
)
_LINE: Final = (
    FulfilmentLine.id,
    FulfilmentLine.order_line_id,
    FulfilmentLine.variant_id,
    FulfilmentLine.wanted,
    FulfilmentLine.picked,
    FulfilmentLine.packed,
    FulfilmentLine.shipped,
    FulfilmentLine.short,
    FulfilmentLine.to_put_back,
)
_BOX: Final = (
    PackedBoxRow.id,
    PackedBoxRow.number,
    PackedBoxRow.order_id,
    PackedBoxRow.location_id,
    PackedBoxRow.fulfilment_id,
    PackedBoxRow.state,
    PackedBoxRow.box_code,
    PackedBoxRow.carrier,
    PackedBoxRow.service,
    PackedBoxRow.choice,
    PackedBoxRow.service_reason,
    PackedBoxRow.weight_g,
    PackedBoxRow.expected_weight_g,
    PackedBoxRow.weight_reason,
    PackedBoxRow.length_mm,
    PackedBoxRow.width_mm,
    PackedBoxRow.height_mm,
    PackedBoxRow.tracking_number,
    PackedBoxRow.opened_at,
    PackedBoxRow.packed_at,
    PackedBoxRow.packed_by,
    PackedBoxRow.labelled_at,
    PackedBoxRow.handed_over_at,
    PackedBoxRow.parcel_id,
    PackedBoxRow.manifest_id,
    PackedBoxRow.version,
)
_DOZEN: Final = 12
_NUMBERS: Final[ColumnElement[Any]] = func.array_agg(
    aggregate_order_by(PackedBoxRow.number, PackedBoxRow.id), type_=ARRAY(String)
)
_WITHOUT_NUMBER: Final = named(
    select(
        PackedBoxRow.carrier,
        func.count().label("many"),
        _NUMBERS[1:_DOZEN].label("numbers"),
    )
    .where(
        PackedBoxRow.location_id == among("location_ids"),
        PackedBoxRow.state == BoxState.PACKED,
        PackedBoxRow.carrier == func.any(bindparam("carriers", type_=ARRAY(String))),
    )
    .group_by(PackedBoxRow.carrier)
)


# Fulfilments


def fulfilment(reader: Reader, fulfilment_id: int) -> Fulfilment:
    """The fulfilment of that id.

    Raises:
        NotFound: there is none.
    """
    return _one(fulfilments_where(reader, FulfilmentRow.id == fulfilment_id), "fulfilment")


def fulfilment_by_number(reader: Reader, number: str) -> Fulfilment:
    """The fulfilment ``F-...``, in whatever case it was typed.

    Raises:
        NotFound: there is none.
    """
    wanted = number.strip().upper()
    return _one(fulfilments_where(reader, FulfilmentRow.number == wanted), "fulfilment")


def fulfilments_of(reader: Reader, order_id: int) -> tuple[Fulfilment, ...]:
    """What the locations have to do for one order, the oldest first."""
    return fulfilments_where(reader, FulfilmentRow.order_id == order_id)


def fulfilments_by_id(reader: Reader, ids: Collection[int]) -> dict[int, Fulfilment]:
    """These fulfilments by id, in two queries; an unknown id is left out."""
    found = fulfilments_where(reader, FulfilmentRow.id.in_(ids)) if ids else ()
    return {one.id: one for one in found}


def fulfilments_where(
    reader: Reader, where: ColumnElement[bool], *, limit: int | None = None
) -> tuple[Fulfilment, ...]:
    """Fulfilments with their lines, in two queries, those that should leave first in front."""
    query = select(*_FULFILMENT).where(where).order_by(FulfilmentRow.ship_by, FulfilmentRow.id)
    rows = reader.execute(query.limit(limit) if limit else query).all()
    lines = _lines_of(reader, [row.id for row in rows])
    return tuple(Fulfilment(*row, tuple(lines.get(row.id, ()))) for row in rows)


def page(
    reader: Reader,
    *,
    location_id: int | None = None,
    order_id: int | None = None,
    states: Collection[WorkState] = (),
    late_at: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Fulfilment]:
    """One page of fulfilments, those that should leave first in front; two queries.

    Args:
        reader: a session or connection.
        location_id: only there.
        order_id: only of this order.
        states: only in these; empty for any.
        late_at: only those that should have left before this time.
        cursor: of the page before.
        limit: how many.

    Raises:
        Invalid: a cursor of another list.
    """
    where = FulfilmentRow.id > 0
    if location_id is not None:
        where &= FulfilmentRow.location_id == location_id
    if order_id is not None:
        where &= FulfilmentRow.order_id == order_id
    if states:
        where &= FulfilmentRow.state.in_(states)
    if late_at is not None:
        where &= FulfilmentRow.ship_by <= late_at
    if cursor:
        micros, last_id = pages.read(cursor, int, int)
        where &= tuple_(FulfilmentRow.ship_by, FulfilmentRow.id) > (
            literal(_moment(int(micros)), UtcTime()),
            int(last_id),
        )
    found = fulfilments_where(reader, where, limit=limit + 1)
    return pages.cut(
        found,
        limit,
        shown=lambda one: one,
        key=lambda one: [round(one.ship_by.timestamp() * 1_000_000), one.id],
    )


def with_loose_units(
    reader: Reader, location_id: int, *, limit: int = 100
) -> tuple[Fulfilment, ...]:
    """Fulfilments with something picked that is in no closed box, the most urgent first."""
    here = FulfilmentRow.location_id == location_id
    return fulfilments_where(
        reader, here & _has_line(FulfilmentLine.picked > FulfilmentLine.packed), limit=limit
    )


def with_units_to_put_back(
    reader: Reader, location_id: int, *, limit: int = 100
) -> tuple[Fulfilment, ...]:
    """Fulfilments of which something was picked and then called off."""
    here = FulfilmentRow.location_id == location_id
    return fulfilments_where(reader, here & _has_line(FulfilmentLine.to_put_back > 0), limit=limit)


def to_do(reader: Reader, location_id: int, now: datetime) -> ToDo:
    """How much waits at a location."""
    here = FulfilmentRow.location_id == location_id
    states = dict.fromkeys(WorkState, 0)
    rows = reader.execute(
        select(FulfilmentRow.state, func.count())
        .where(here, FulfilmentRow.state.in_(WAITING))
        .group_by(FulfilmentRow.state)
    )
    states |= {row[0]: row[1] for row in rows}

    def fulfilments(where: ColumnElement[bool]) -> int:
        return reader.execute(
            select(func.count()).select_from(FulfilmentRow).where(here, where)
        ).scalar_one()

    def boxes(state: BoxState) -> int:
        return reader.execute(
            select(func.count()).where(
                PackedBoxRow.location_id == location_id, PackedBoxRow.state == state
            )
        ).scalar_one()

    return ToDo(
        states=states,
        late=fulfilments(FulfilmentRow.state.in_(AT_WORK) & (FulfilmentRow.ship_by <= now)),
        to_pack=fulfilments(_has_line(FulfilmentLine.picked > FulfilmentLine.packed)),
        to_put_back=fulfilments(_has_line(FulfilmentLine.to_put_back > 0)),
        to_label=boxes(BoxState.PACKED),
        to_hand_over=boxes(BoxState.LABELLED),
    )


def _has_line(where: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(FulfilmentLine.id).where(FulfilmentLine.fulfilment_id == FulfilmentRow.id, where)
    )


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        raise Invalid("this cursor is not valid here", {"cursor": "not of this list"}) from None


def picked_at(reader: Reader, order_line_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """How many units of these lines are picked, by (order line, location)."""
    query = (
        select(FulfilmentLine.order_line_id, FulfilmentRow.location_id, FulfilmentLine.picked)
        .join(FulfilmentRow, FulfilmentRow.id == FulfilmentLine.fulfilment_id)
        .where(FulfilmentLine.order_line_id.in_(order_line_ids), FulfilmentLine.picked > 0)
    )
    return {(row[0], row[1]): row[2] for row in reader.execute(query)}


@dataclass(frozen=True)
class BinView:
    """On which shelf one variant lies at one location."""

    location_id: int
    variant_id: int
    zone: str
    code: str


def bins(
    reader: Reader,
    location_id: int,
    *,
    variant_ids: Collection[int] | None = None,
    cursor: str = "",
    limit: int = 100,
) -> Page[BinView]:
    """The shelves of a location in the order in which pickers walk.

    Args:
        reader: a session or connection.
        location_id: where.
        variant_ids: only of these variants.
        cursor: of the page before.
        limit: how many.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(Bin.location_id, Bin.variant_id, Bin.zone, Bin.code)
        .where(Bin.location_id == location_id)
        .order_by(Bin.zone, Bin.code, Bin.variant_id)
        .limit(limit + 1)
    )
    if variant_ids is not None:
        query = query.where(Bin.variant_id.in_(variant_ids))
    if cursor:
        zone, code, variant_id = pages.read(cursor, str, str, int)
        after = tuple_(literal(str(zone)), literal(str(code)), literal(int(variant_id)))
        query = query.where(tuple_(Bin.zone, Bin.code, Bin.variant_id) > after)
    rows = [BinView(*row) for row in reader.execute(query)]
    return pages.cut(
        rows, limit, shown=lambda one: one, key=lambda one: [one.zone, one.code, one.variant_id]
    )


def workplace(reader: Reader, actor: str) -> int | None:
    """The location somebody works at, as they said last."""
    query = select(Workplace.location_id).where(Workplace.actor == actor)
    return reader.execute(query).scalar_one_or_none()


# Pick lists


def walk(reader: Reader, pick_list_id: int) -> Walk:
    """The pick list of that id.

    Raises:
        NotFound: there is none.
    """
    return _one(walks_where(reader, PickList.id == pick_list_id), "pick list")


def walk_by_number(reader: Reader, number: str) -> Walk:
    """The pick list ``P-...``.

    Raises:
        NotFound: there is none.
    """
    return _one(walks_where(reader, PickList.number == number.strip().upper()), "pick list")


def open_walks(reader: Reader, location_id: int, *, limit: int = 100) -> tuple[Walk, ...]:
    """The lists being walked at a location, or paused, the oldest first."""
    active = PickList.state.in_((ListState.PICKING, ListState.PAUSED))
    return walks_where(reader, (PickList.location_id == location_id) & active, limit=limit)


def walks_where(
    reader: Reader, where: ColumnElement[bool], *, limit: int | None = None
) -> tuple[Walk, ...]:
    """Pick lists with their tasks, in two queries."""
    columns = (
        PickList.id,
        PickList.number,
        PickList.location_id,
        PickList.zone,
        PickList.picker,
        PickList.state,
        PickList.created_at,
        PickList.version,
    )
    query = select(*columns).where(where).order_by(PickList.id)
    rows = reader.execute(query.limit(limit) if limit else query).all()
    if not rows:
        return ()
    tasks: dict[int, list[Task]] = {}
    for task in tasks_where(reader, PickTask.pick_list_id.in_([row.id for row in rows])):
        tasks.setdefault(task.pick_list_id, []).append(task)
    return tuple(Walk(*row, tuple(tasks.get(row.id, ()))) for row in rows)


def task(reader: Reader, task_id: int) -> Task:
    """The task of that id.

    Raises:
        NotFound: there is none.
    """
    return _one(tasks_where(reader, PickTask.id == task_id), "pick task")


def tasks_where(reader: Reader, where: ColumnElement[bool]) -> tuple[Task, ...]:
    """Tasks, each list's in the order of its walk."""
    query: Select[*tuple[Any, ...]] = (
        select(
            PickTask.id,
            PickTask.pick_list_id,
            PickTask.fulfilment_id,
            FulfilmentRow.order_id,
            FulfilmentLine.order_line_id,
            FulfilmentLine.variant_id,
            PickTask.position,
            PickTask.zone,
            PickTask.bin,
            PickTask.quantity,
            PickTask.picked,
            PickTask.short,
            PickTask.is_open,
            PickTask.version,
        )
        .join(FulfilmentLine, FulfilmentLine.id == PickTask.fulfilment_line_id)
        .join(FulfilmentRow, FulfilmentRow.id == PickTask.fulfilment_id)
        .where(where)
        .order_by(PickTask.pick_list_id, PickTask.position)
    )
    return tuple(Task(*row) for row in reader.execute(query))


# Boxes and manifests


def box(reader: Reader, box_id: int) -> PackedBox:
    """The box of that id.

    Raises:
        NotFound: there is none.
    """
    return _one(boxes_where(reader, PackedBoxRow.id == box_id), "box")


def boxes_by_id(reader: Reader, ids: Collection[int]) -> dict[int, PackedBox]:
    """These boxes."""
    return {one.id: one for one in boxes_where(reader, PackedBoxRow.id.in_(ids))} if ids else {}


def box_by_number(reader: Reader, number: str) -> PackedBox:
    """The box ``B-...``.

    Raises:
        NotFound: there is none.
    """
    return _one(boxes_where(reader, PackedBoxRow.number == number.strip().upper()), "box")


@once
def boxes_of(reader: Reader, order_id: int) -> tuple[PackedBox, ...]:
    """Every box of an order that was not unpacked, the oldest first."""
    kept = PackedBoxRow.state != BoxState.UNPACKED
    return boxes_where(reader, (PackedBoxRow.order_id == order_id) & kept)


def boxes_of_fulfilments(reader: Reader, ids: Collection[int]) -> tuple[PackedBox, ...]:
    """Every box of these fulfilments that was not unpacked, the oldest first."""
    kept = PackedBoxRow.state != BoxState.UNPACKED
    return boxes_where(reader, PackedBoxRow.fulfilment_id.in_(ids) & kept) if ids else ()


def steps_of_parcels(reader: Reader, parcel_ids: Collection[int]) -> dict[int, Steps]:
    """How the goods of these parcels went through the house, where they went through ours."""
    query = (
        select(
            PackedBoxRow.parcel_id,
            FulfilmentRow.opened_at,
            PackedBoxRow.opened_at,
            PackedBoxRow.packed_at,
        )
        .join(FulfilmentRow, FulfilmentRow.id == PackedBoxRow.fulfilment_id)
        .where(PackedBoxRow.parcel_id.in_(parcel_ids))
    )
    return {
        parcel_id: Steps(opened_at, picked_at, packed_at)
        for parcel_id, opened_at, picked_at, packed_at in reader.execute(query)
        if parcel_id is not None
    }


def boxes_at(
    reader: Reader,
    location_id: int,
    states: Sequence[BoxState],
    *,
    carrier: str | None = None,
    limit: int | None = None,
) -> tuple[PackedBox, ...]:
    """The boxes in these states at a location, of one carrier or of all, the oldest first."""
    where = (PackedBoxRow.location_id == location_id) & PackedBoxRow.state.in_(states)
    if carrier is not None:
        where &= PackedBoxRow.carrier == carrier
    return boxes_where(reader, where, limit=limit)


def boxes_without_number(
    reader: Reader, location_ids: Collection[int], carrier: str, *, limit: int
) -> tuple[PackedBox, ...]:
    """The packed boxes of a carrier at these locations without its number, the oldest first."""
    return boxes_where(
        reader,
        PackedBoxRow.location_id.in_(location_ids)
        & (PackedBoxRow.state == BoxState.PACKED)
        & (PackedBoxRow.carrier == carrier),
        limit=limit,
    )


def without_number(
    reader: Reader, location_ids: Collection[int], carriers: Collection[str]
) -> dict[str, Waiting]:
    """The same counted, for each of these carriers that has some; one query."""
    rows = _WITHOUT_NUMBER.all(reader, location_ids=list(location_ids), carriers=list(carriers))
    return {carrier: Waiting(count, tuple(numbers)) for carrier, count, numbers in rows}


def boxes_on(reader: Reader, manifest_id: int) -> tuple[PackedBox, ...]:
    """The boxes a carrier collected with one manifest, the oldest first."""
    return boxes_where(reader, PackedBoxRow.manifest_id == manifest_id)


def boxes_where(
    reader: Reader, where: ColumnElement[bool], *, limit: int | None = None
) -> tuple[PackedBox, ...]:
    """Boxes with their lines, in two queries."""
    query: Select[*tuple[Any, ...]] = select(*_BOX).where(where).order_by(PackedBoxRow.id)
    rows = reader.execute(query.limit(limit) if limit else query).all()
    if not rows:
        return ()
    lines: dict[int, dict[int, int]] = {}
    within = select(
        PackedBoxLine.box_id, PackedBoxLine.order_line_id, PackedBoxLine.quantity
    ).where(PackedBoxLine.box_id.in_([row.id for row in rows]))
    for line in reader.execute(within.order_by(PackedBoxLine.order_line_id)):
        lines.setdefault(line.box_id, {})[line.order_line_id] = line.quantity
    values: list[tuple[Any, ...]] = [(*row, lines.get(row.id, {})) for row in rows]
    return tuple(PackedBox(*one) for one in values)


def manifest(reader: Reader, manifest_id: int) -> ManifestView:
    """The manifest of that id.

    Raises:
        NotFound: there is none.
    """
    return _one(_manifests(reader, Manifest.id == manifest_id), "manifest")


def manifest_by_number(reader: Reader, number: str) -> ManifestView:
    """The manifest ``M-...``.

    Raises:
        NotFound: there is none.
    """
    return _one(_manifests(reader, Manifest.number == number.strip().upper()), "manifest")


def manifests_of(reader: Reader, location_id: int, day: date) -> tuple[ManifestView, ...]:
    """The manifests of one day at a location, and older ones that are still open."""
    of_day = (Manifest.day == day) | Manifest.closed_at.is_(None)
    return _manifests(reader, (Manifest.location_id == location_id) & of_day)


def _manifests(reader: Reader, where: ColumnElement[bool]) -> tuple[ManifestView, ...]:
    boxes = (
        select(func.count())
        .where(PackedBoxRow.manifest_id == Manifest.id)
        .scalar_subquery()
        .label("boxes")
    )
    query = (
        select(
            Manifest.id,
            Manifest.number,
            Manifest.location_id,
            Manifest.carrier,
            Manifest.day,
            Manifest.opened_at,
            Manifest.closed_at,
            boxes,
        )
        .where(where)
        .order_by(Manifest.day, Manifest.id)
    )
    return tuple(ManifestView(*row) for row in reader.execute(query))


def _lines_of(reader: Reader, ids: Sequence[int]) -> dict[int, list[LineWork]]:
    if not ids:
        return {}
    query: Select[*tuple[Any, ...]] = (
        select(FulfilmentLine.fulfilment_id, *_LINE)
        .where(FulfilmentLine.fulfilment_id.in_(ids))
        .order_by(FulfilmentLine.fulfilment_id, FulfilmentLine.order_line_id)
    )
    found: dict[int, list[LineWork]] = {}
    row: Row[*tuple[Any, ...]]
    for row in reader.execute(query):
        found.setdefault(row.fulfilment_id, []).append(LineWork(*row[1:]))
    return found


def _one(found: Sequence[T], what: str) -> T:
    if not found:
        raise NotFound(f"no such {what}")
    return found[0]
