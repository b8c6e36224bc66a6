"""Reading the papers of stock: purchase orders, transfers, count sheets, and reasons to choose."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from oms_service.infra.db import Model
from oms_service.inventory.models import (
    CountLine,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    StockCount,
    StockReason,
    Transfer,
    TransferLine,
)
from oms_service.inventory.states import (
    OPEN_COUNTS,
    OPEN_PURCHASES,
    OPEN_TRANSFERS,
    CountState,
    Explanation,
    PurchaseState,
    TransferState,
)
from oms_service.kernel import pages
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Words
from oms_service.kernel.pages import Page

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class PurchaseLineView:
    """Units of one variant, as ordered and as they came."""

    id: int
    variant_id: int
    ordered: int
    received: int
    damaged: int
    called_off: int

    @property
    def outstanding(self) -> int:
        """Units that are still to come."""
        return max(0, self.ordered - self.received - self.damaged - self.called_off)

    @property
    def over(self) -> int:
        """Units that came though nobody had ordered them."""
        return max(0, self.received + self.damaged - self.ordered)


@dataclass(frozen=True)
class PurchaseView:
    """A purchase order; ``end_reason`` is the code of why less came."""

    id: int
    number: str
    supplier: str
    reference: str
    location_id: int
    state: PurchaseState
    expected_on: date
    ordered_by: str
    ordered_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    end_reason: str
    version: int
    lines: tuple[PurchaseLineView, ...]

    @property
    def outstanding(self) -> int:
        return sum(line.outstanding for line in self.lines)

    @property
    def ordered(self) -> int:
        return sum(line.ordered for line in self.lines)


@dataclass(frozen=True)
class ReceiptView:
    """One delivery: units received and damaged by variant."""

    number: str
    delivery_note: str
    received_by: str
    received_at: datetime
    lines: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class TransferLineView:
    """Units of one variant: asked for, sent, and as they arrived."""

    variant_id: int
    requested: int
    sent: int
    received: int
    damaged: int
    explanation: Explanation | None

    @property
    def difference(self) -> int:
        """Below nothing where units are missing, above where there are too many."""
        return self.received + self.damaged - self.sent


@dataclass(frozen=True)
class TransferView:
    """A transfer; ``owner`` is who has to explain what differs."""

    id: int
    number: str
    from_location_id: int
    to_location_id: int
    state: TransferState
    expected_on: date | None
    requested_by: str
    requested_at: datetime
    dispatched_by: str | None
    dispatched_at: datetime | None
    received_by: str | None
    received_at: datetime | None
    owner: str | None
    settled_by: str | None
    settled_at: datetime | None
    version: int
    lines: tuple[TransferLineView, ...]

    @property
    def differing(self) -> tuple[TransferLineView, ...]:
        """The lines of which not as much arrived as had left; none before they arrive."""
        if self.received_at is None:
            return ()
        return tuple(line for line in self.lines if line.difference)


@dataclass(frozen=True)
class CountLineView:
    """One variant of a sheet; ``variance`` is None until it was counted."""

    variant_id: int
    expected: int
    counted: int | None
    booked: int | None
    counted_by: str | None
    counted_at: datetime | None

    @property
    def variance(self) -> int | None:
        """What was counted beyond what the books said at that moment."""
        if self.counted is None or self.booked is None:
            return None
        return self.counted - self.booked


@dataclass(frozen=True)
class CountView:
    """A count sheet."""

    id: int
    number: str
    location_id: int
    state: CountState
    started_by: str
    started_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    version: int
    lines: tuple[CountLineView, ...]

    @property
    def counted(self) -> tuple[CountLineView, ...]:
        return tuple(line for line in self.lines if line.counted is not None)

    @property
    def variances(self) -> tuple[CountLineView, ...]:
        return tuple(line for line in self.lines if line.variance)


@dataclass(frozen=True)
class ReasonView:
    code: str
    words: Words


def reasons(session: Session) -> tuple[ReasonView, ...]:
    """The reasons people may choose, in the shop's order."""
    rows = session.execute(
        select(StockReason.code, StockReason.words)
        .where(StockReason.is_active)
        .order_by(StockReason.rank, StockReason.id)
    )
    return tuple(ReasonView(*row) for row in rows)


def reason_words(session: Session) -> dict[str, Words]:
    """Every reason's words by code, those no longer offered too."""
    rows = session.execute(select(StockReason.code, StockReason.words))
    return {row.code: row.words for row in rows}


def check_reason(session: Session, code: str) -> None:
    """Refuse a reason the shop does not offer.

    Raises:
        Invalid: it is not one of them.
    """
    if code not in {one.code for one in reasons(session)}:
        raise Invalid("choose one of the shop's reasons", {"reason": "is not a reason of the shop"})


def purchase(session: Session, number: str) -> PurchaseView:
    """The purchase order of that number.

    Raises:
        NotFound: there is none.
    """
    return _one(session, PurchaseOrder, number, _purchases)


def purchase_by_id(session: Session, purchase_id: int) -> PurchaseView:
    """A purchase order that exists."""
    (view,) = _purchases(session, [session.get_one(PurchaseOrder, purchase_id)])
    return view


def purchases(
    session: Session,
    *,
    is_open: bool,
    location_id: int | None = None,
    among: Collection[int] = (),
    cursor: str = "",
    limit: int = 50,
) -> Page[PurchaseView]:
    """Purchase orders: those goods are still to come of by their day, else all, newest first.

    ``among`` leaves only those of some locations.

    Raises:
        Invalid: the cursor is not one of this list.
    """
    query = select(PurchaseOrder)
    if location_id is not None:
        query = query.where(PurchaseOrder.location_id == location_id)
    if among:
        query = query.where(PurchaseOrder.location_id.in_(among))
    if is_open:
        return _due_first(session, query, cursor, limit)
    query = _newest_first(query, PurchaseOrder, cursor)
    return _page(session, query, limit, _purchases)


def receipts(session: Session, purchase_id: int) -> tuple[ReceiptView, ...]:
    """The deliveries of a purchase order, oldest first."""
    rows = session.scalars(
        select(Receipt).where(Receipt.purchase_id == purchase_id).order_by(Receipt.id)
    ).all()
    found = session.execute(
        select(
            ReceiptLine.receipt_id,
            PurchaseLine.variant_id,
            ReceiptLine.received,
            ReceiptLine.damaged,
        )
        .join(PurchaseLine, PurchaseLine.id == ReceiptLine.purchase_line_id)
        .where(ReceiptLine.receipt_id.in_([row.id for row in rows]))
        .order_by(ReceiptLine.id)
    )
    lines: dict[int, list[tuple[int, int, int]]] = {}
    for line in found:
        lines.setdefault(line.receipt_id, []).append((line.variant_id, line.received, line.damaged))
    return tuple(
        ReceiptView(
            row.number,
            row.delivery_note,
            row.received_by,
            row.received_at,
            tuple(lines.get(row.id, ())),
        )
        for row in rows
    )


def expected(session: Session, variant_ids: Collection[int]) -> dict[int, tuple[int, date]]:
    """Of each variant, the next goods that are to come by purchase: how many, and on which day."""
    rows = session.execute(
        select(
            PurchaseLine.variant_id,
            PurchaseOrder.expected_on,
            PurchaseLine.ordered - PurchaseLine.received - PurchaseLine.damaged,
        )
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.purchase_id)
        .where(
            PurchaseLine.variant_id.in_(variant_ids),
            PurchaseOrder.state.in_(OPEN_PURCHASES),
            PurchaseLine.ordered > PurchaseLine.received + PurchaseLine.damaged,
        )
        .order_by(PurchaseOrder.expected_on.desc(), PurchaseOrder.id.desc())
    )
    return {variant_id: (units, day) for variant_id, day, units in rows}


def transfer(session: Session, number: str) -> TransferView:
    """The transfer of that number.

    Raises:
        NotFound: there is none.
    """
    return _one(session, Transfer, number, _transfers)


def transfer_by_id(session: Session, transfer_id: int) -> TransferView:
    """A transfer that exists."""
    (view,) = _transfers(session, [session.get_one(Transfer, transfer_id)])
    return view


def transfers(
    session: Session,
    *,
    is_open: bool,
    location_id: int | None = None,
    among: Collection[int] = (),
    cursor: str = "",
    limit: int = 50,
) -> Page[TransferView]:
    """Transfers from or to a location, newest first; ``is_open`` leaves out what is over.

    ``among`` leaves only those of some locations.

    Raises:
        Invalid: the cursor is not one of this list.
    """
    query = _newest_first(select(Transfer), Transfer, cursor)
    if is_open:
        query = query.where(Transfer.state.in_(OPEN_TRANSFERS))
    if location_id is not None:
        query = query.where(
            or_(Transfer.from_location_id == location_id, Transfer.to_location_id == location_id)
        )
    if among:
        query = query.where(
            or_(Transfer.from_location_id.in_(among), Transfer.to_location_id.in_(among))
        )
    return _page(session, query, limit, _transfers)


def count(session: Session, number: str) -> CountView:
    """The count sheet of that number.

    Raises:
        NotFound: there is none.
    """
    return _one(session, StockCount, number, _counts)


def count_by_id(session: Session, count_id: int) -> CountView:
    """A count sheet that exists."""
    (view,) = _counts(session, [session.get_one(StockCount, count_id)])
    return view


def counts(
    session: Session,
    *,
    is_open: bool,
    location_id: int | None = None,
    among: Collection[int] = (),
    cursor: str = "",
    limit: int = 50,
) -> Page[CountView]:
    """Count sheets, newest first; ``is_open`` leaves out what is over.

    ``among`` leaves only those of some locations.

    Raises:
        Invalid: the cursor is not one of this list.
    """
    query = _newest_first(select(StockCount), StockCount, cursor)
    if is_open:
        query = query.where(StockCount.state.in_(OPEN_COUNTS))
    if location_id is not None:
        query = query.where(StockCount.location_id == location_id)
    if among:
        query = query.where(StockCount.location_id.in_(among))
    return _page(session, query, limit, _counts)


def counts_to_approve(session: Session) -> int:
    """How many count sheets wait for somebody to approve them."""
    query = select(func.count()).where(StockCount.state == CountState.SUBMITTED)
    return session.scalar(query) or 0


V = TypeVar("V", PurchaseView, TransferView, CountView)
Paper = TypeVar("Paper", PurchaseOrder, Transfer, StockCount)


def _one(
    session: Session,
    model: type[Paper],
    number: str,
    shown: Callable[[Session, Sequence[Paper]], list[V]],
) -> V:
    row = session.scalar(select(model).where(model.number == number))
    if row is None:
        raise NotFound(f"no {model.__tablename__} {number!r}")
    (view,) = shown(session, [row])
    return view


def _newest_first(query: Select[Paper], model: type[Paper], cursor: str) -> Select[Paper]:
    if cursor:
        (last,) = pages.read(cursor, int)
        query = query.where(model.id < int(last))
    return query.order_by(model.id.desc())


def _page(
    session: Session,
    query: Select[Paper],
    limit: int,
    shown: Callable[[Session, Sequence[Paper]], list[V]],
) -> Page[V]:
    views = shown(session, session.scalars(query.limit(limit + 1)).all())
    return pages.cut(views, limit, shown=lambda view: view, key=lambda view: [view.id])


def _due_first(
    session: Session, query: Select[PurchaseOrder], cursor: str, limit: int
) -> Page[PurchaseView]:
    query = query.where(PurchaseOrder.state.in_(OPEN_PURCHASES)).order_by(
        PurchaseOrder.expected_on, PurchaseOrder.id
    )
    if cursor:
        day, last = pages.read(cursor, str, int)
        try:
            after = date.fromisoformat(str(day))
        except ValueError:
            raise Invalid(
                "this cursor is not valid here", {"cursor": "not a cursor of this list"}
            ) from None
        query = query.where(
            or_(
                PurchaseOrder.expected_on > after,
                and_(PurchaseOrder.expected_on == after, PurchaseOrder.id > int(last)),
            )
        )
    views = _purchases(session, session.scalars(query.limit(limit + 1)).all())
    return pages.cut(
        views,
        limit,
        shown=lambda view: view,
        key=lambda view: [view.expected_on.isoformat(), view.id],
    )


def _purchases(session: Session, rows: Sequence[PurchaseOrder]) -> list[PurchaseView]:
    lines: dict[int, list[PurchaseLineView]] = {row.id: [] for row in rows}
    for line in session.scalars(
        select(PurchaseLine).where(PurchaseLine.purchase_id.in_(lines)).order_by(PurchaseLine.id)
    ):
        lines[line.purchase_id].append(
            PurchaseLineView(
                line.id,
                line.variant_id,
                line.ordered,
                line.received,
                line.damaged,
                line.called_off,
            )
        )
    return [
        PurchaseView(
            row.id,
            row.number,
            row.supplier,
            row.reference,
            row.location_id,
            row.state,
            row.expected_on,
            row.ordered_by,
            row.ordered_at,
            row.ended_by,
            row.ended_at,
            row.end_reason,
            row.version,
            tuple(lines[row.id]),
        )
        for row in rows
    ]


def _transfers(session: Session, rows: Sequence[Transfer]) -> list[TransferView]:
    lines: dict[int, list[TransferLineView]] = {row.id: [] for row in rows}
    for line in session.scalars(
        select(TransferLine).where(TransferLine.transfer_id.in_(lines)).order_by(TransferLine.id)
    ):
        lines[line.transfer_id].append(
            TransferLineView(
                line.variant_id,
                line.requested,
                line.sent,
                line.received,
                line.damaged,
                line.explanation,
            )
        )
    return [
        TransferView(
            row.id,
            row.number,
            row.from_location_id,
            row.to_location_id,
            row.state,
            row.expected_on,
            row.requested_by,
            row.requested_at,
            row.dispatched_by,
            row.dispatched_at,
            row.received_by,
            row.received_at,
            row.owner,
            row.settled_by,
            row.settled_at,
            row.version,
            tuple(lines[row.id]),
        )
        for row in rows
    ]


def _counts(session: Session, rows: Sequence[StockCount]) -> list[CountView]:
    lines: dict[int, list[CountLineView]] = {row.id: [] for row in rows}
    for line in session.scalars(
        select(CountLine).where(CountLine.count_id.in_(lines)).order_by(CountLine.id)
    ):
        lines[line.count_id].append(
            CountLineView(
                line.variant_id,
                line.expected,
                line.counted,
                line.booked,
                line.counted_by,
                line.counted_at,
            )
        )
    return [
        CountView(
            row.id,
            row.number,
            row.location_id,
            row.state,
            row.started_by,
            row.started_at,
            row.submitted_by,
            row.submitted_at,
            row.ended_by,
            row.ended_at,
            row.version,
            tuple(lines[row.id]),
        )
        for row in rows
    ]
