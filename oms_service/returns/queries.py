"""Reading returns; views only, a fixed number of queries each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import among, named
from oms_service.infra.once import once
from oms_service.kernel import pages
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.kernel.pages import Page
from oms_service.kernel.text import order_key
from oms_service.returns.models import Receipt, ReceiptUnits, Return, ReturnLine, ReturnParcel
from oms_service.returns.states import (
    EXPECTED_STATES,
    Condition,
    Disposition,
    Finding,
    ParcelState,
    RefundFor,
    RefundWhen,
    ReturnKind,
    ReturnReason,
    ReturnState,
)

Reader = Session | Connection


@dataclass(frozen=True)
class ReturnLineView:
    order_line_id: int
    quantity: int
    reason: ReturnReason
    received: int
    disposition: Disposition | None
    condition: Condition | None = None
    evidence: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """Announced units that have not come."""
        return self.quantity - self.received


@dataclass(frozen=True)
class ReturnView:
    """A return with its lines. ``refund`` is what was previewed, the ``fee`` taken off already.

    Of the fee, ``restocking`` and ``postage`` are parts. ``answer`` is for the customer,
    ``decision_note`` for colleagues only.
    """

    id: int
    number: str
    order_id: int
    state: ReturnState
    channel: str
    refund: Money
    fee: Money
    refund_method_id: int | None
    referred_by_rule: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    needs_second_person: bool
    decision_note: str
    received_by: str | None
    received_at: datetime | None
    version: int
    lines: tuple[ReturnLineView, ...]
    kind: ReturnKind
    restocking: Money
    postage: Money
    refund_when: RefundWhen
    refund_for: RefundFor
    answer: str
    sent_at: datetime | None
    send_back_by: datetime | None
    overdue_at: datetime | None
    settled_at: datetime | None
    policy_id: int | None

    @property
    def giver(self) -> str | None:
        """The person who gives the money; None where policy does, or nobody has decided."""
        return None if self.decided_by == SYSTEM.ref else self.decided_by

    @property
    def is_expected(self) -> bool:
        """Whether goods may still come."""
        return self.state in EXPECTED_STATES


@dataclass(frozen=True)
class ReturnParcelView:
    """A parcel on its way back."""

    id: int
    return_id: int
    carrier: str
    tracking_number: str
    state: ParcelState
    announced_at: datetime
    scanned_at: datetime | None


@dataclass(frozen=True)
class ReceiptUnitsView:
    """Units that came: ``order_line_id`` is None for what nobody announced."""

    order_line_id: int | None
    variant_id: int
    quantity: int
    finding: Finding
    disposition: Disposition


@dataclass(frozen=True)
class ReceiptView:
    id: int
    return_id: int
    location_id: int
    parcel_id: int | None
    received_by: str
    received_at: datetime
    units: tuple[ReceiptUnitsView, ...]


@once
def by_id(reader: Reader, return_id: int) -> ReturnView:
    """One return.

    Raises:
        NotFound: there is none.
    """
    found = _views(reader, _BY_ID.all(reader, return_id=return_id))
    if not found:
        raise NotFound(f"no return {return_id}")
    return found[0]


def by_key(reader: Reader, key: str) -> ReturnView | None:
    """The return that was asked for under this key."""
    found = _read(reader, Return.key == key)
    return found[0] if found else None


def by_number(reader: Reader, number: str) -> ReturnView:
    """The return a customer calls ``number``.

    Raises:
        NotFound: there is none.
    """
    found = _read(reader, Return.number == number.strip().upper())
    if not found:
        raise NotFound("no such return")
    return found[0]


def scanned(reader: Reader, code: str) -> ReturnView:
    """The return a receiver means by what is on the parcel: its number, or a tracking number.

    Raises:
        NotFound: neither fits, or a tracking number fits several.
    """
    key = order_key(code)
    rows = reader.execute(
        select(ReturnParcel.return_id).where(ReturnParcel.tracking_key == key).distinct().limit(2)
    ).all()
    found = _read(reader, Return.number == code.strip().upper())
    if not found and len(rows) == 1:
        found = _read(reader, Return.id == rows[0].return_id)
    if not found:
        raise NotFound("no return is expected under this number")
    return found[0]


@once
def of_orders(reader: Reader, order_ids: Collection[int]) -> tuple[ReturnView, ...]:
    """The returns of some orders, oldest first."""
    return _views(reader, _OF_ORDERS.all(reader, order_ids=list(order_ids))) if order_ids else ()


def page(
    reader: Reader,
    *,
    states: Collection[ReturnState] = (),
    kinds: Collection[ReturnKind] = (),
    order_id: int | None = None,
    overdue: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ReturnView]:
    """One page of returns, newest first.

    Args:
        reader: what to read with.
        states: only these; all where empty.
        kinds: only these; all where empty.
        order_id: only of this order.
        overdue: only those that should be on their way by now.
        cursor: from the page before.
        limit: how many.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(Return.id)
    if states:
        query = query.where(Return.state.in_(states))
    if kinds:
        query = query.where(Return.kind.in_(kinds))
    if order_id is not None:
        query = query.where(Return.order_id == order_id)
    if overdue:
        query = query.where(Return.overdue_at.is_not(None), Return.state == ReturnState.APPROVED)
    if cursor:
        query = query.where(Return.id < int(pages.read(cursor, int)[0]))
    ids = list(reader.execute(query.order_by(Return.id.desc()).limit(limit + 1)).scalars())
    views = {view.id: view for view in _read(reader, Return.id.in_(ids))} if ids else {}
    return pages.cut(ids, limit, shown=lambda one: views[one], key=lambda one: [one])


def counts(reader: Reader) -> dict[ReturnState, int]:
    """How many returns are in each state."""
    rows = reader.execute(select(Return.state, func.count()).group_by(Return.state))
    return {row[0]: row[1] for row in rows}


def overdue(reader: Reader, *, now: datetime, limit: int) -> tuple[int, ...]:
    """Approved returns whose goods should be on their way and that nobody told of, oldest first."""
    query = (
        select(Return.id)
        .where(
            Return.state == ReturnState.APPROVED,
            Return.overdue_at.is_(None),
            Return.send_back_by < now,
        )
        .order_by(Return.send_back_by, Return.id)
        .limit(limit)
    )
    return tuple(reader.execute(query).scalars())


def parcels_of(reader: Reader, return_ids: Collection[int]) -> tuple[ReturnParcelView, ...]:
    """The parcels announced for some returns, oldest first."""
    query = (
        select(
            ReturnParcel.id,
            ReturnParcel.return_id,
            ReturnParcel.carrier,
            ReturnParcel.tracking_number,
            ReturnParcel.state,
            ReturnParcel.announced_at,
            ReturnParcel.scanned_at,
        )
        .where(ReturnParcel.return_id.in_(return_ids))
        .order_by(ReturnParcel.id)
    )
    return tuple(ReturnParcelView(*row) for row in reader.execute(query))


def receipts_of(reader: Reader, return_id: int) -> tuple[ReceiptView, ...]:
    """What came in for a return, in the order it came; two queries."""
    receipts = reader.execute(
        select(
            Receipt.id,
            Receipt.return_id,
            Receipt.location_id,
            Receipt.parcel_id,
            Receipt.received_by,
            Receipt.received_at,
        )
        .where(Receipt.return_id == return_id)
        .order_by(Receipt.id)
    ).all()
    units: dict[int, list[ReceiptUnitsView]] = {row.id: [] for row in receipts}
    rows = reader.execute(
        select(
            ReceiptUnits.receipt_id,
            ReturnLine.order_line_id,
            ReceiptUnits.variant_id,
            ReceiptUnits.quantity,
            ReceiptUnits.finding,
            ReceiptUnits.disposition,
        )
        .outerjoin(ReturnLine, ReturnLine.id == ReceiptUnits.return_line_id)
        .where(ReceiptUnits.receipt_id.in_(units))
        .order_by(ReceiptUnits.id)
    )
    for row in rows:
        units[row.receipt_id].append(
            ReceiptUnitsView(
                row.order_line_id, row.variant_id, row.quantity, row.finding, row.disposition
            )
        )
    return tuple(
        ReceiptView(
            one.id,
            one.return_id,
            one.location_id,
            one.parcel_id,
            one.received_by,
            one.received_at,
            tuple(units[one.id]),
        )
        for one in receipts
    )


def _read(reader: Reader, where: ColumnElement[bool]) -> tuple[ReturnView, ...]:
    """Two queries, however many there are."""
    return _views(reader, reader.execute(_query().where(where).order_by(Return.id)).all())


def _views(reader: Reader, rows: Sequence[Any]) -> tuple[ReturnView, ...]:
    """Returns with their lines; one query."""
    lines: dict[int, list[ReturnLineView]] = {row.id: [] for row in rows}
    if rows:
        for line in _LINES.all(reader, return_ids=list(lines)):
            lines[line.return_id].append(
                ReturnLineView(
                    line.order_line_id,
                    line.quantity,
                    line.reason,
                    line.received,
                    line.disposition,
                    line.condition,
                    tuple(line.evidence),
                )
            )
    return tuple(
        ReturnView(
            row.id,
            row.number,
            row.order_id,
            row.state,
            row.channel,
            Money(row.refund_minor, row.currency),
            Money(row.fee_minor, row.currency),
            row.refund_method_id,
            row.referred_by_rule,
            row.requested_by,
            row.requested_at,
            row.decided_by,
            row.decided_at,
            row.needs_second_person,
            row.decision_note,
            row.received_by,
            row.received_at,
            row.version,
            tuple(lines[row.id]),
            row.kind,
            Money(row.restocking_minor, row.currency),
            Money(row.postage_minor, row.currency),
            row.refund_when,
            row.refund_for,
            row.answer,
            row.sent_at,
            row.send_back_by,
            row.overdue_at,
            row.settled_at,
            row.policy_id,
        )
        for row in rows
    )


_UNREAD: Final = frozenset({"key"})


def _query() -> Select[*tuple[Any, ...]]:
    table = Return.__table__
    return select(*(column for column in table.columns if column.name not in _UNREAD))


_OF_ORDERS: Final = named(_query().where(Return.order_id == among("order_ids")).order_by(Return.id))
_BY_ID: Final = named(_query().where(Return.id == bindparam("return_id")))
_LINES: Final = named(
    select(
        ReturnLine.return_id,
        ReturnLine.order_line_id,
        ReturnLine.quantity,
        ReturnLine.reason,
        ReturnLine.received,
        ReturnLine.disposition,
        ReturnLine.condition,
        ReturnLine.evidence,
    )
    .where(ReturnLine.return_id == among("return_ids"))
    .order_by(ReturnLine.return_id, ReturnLine.order_line_id)
)
