"""Reading returns; views only, a fixed number of queries each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.orm import Session

from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.returns.models import Return, ReturnLine
from oms_service.returns.states import Disposition, ReturnReason, ReturnState

Reader = Session | Connection


@dataclass(frozen=True)
class ReturnLineView:
    order_line_id: int
    quantity: int
    reason: ReturnReason
    received: int
    disposition: Disposition | None


@dataclass(frozen=True)
class ReturnView:
    """A return with its lines. ``refund`` is what was previewed, the ``fee`` taken off already."""

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
    decision_note: str
    received_by: str | None
    received_at: datetime | None
    version: int
    lines: tuple[ReturnLineView, ...]


def by_id(reader: Reader, return_id: int) -> ReturnView:
    """One return.

    Raises:
        NotFound: there is none.
    """
    found = _read(reader, Return.id == return_id)
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


def of_orders(reader: Reader, order_ids: Collection[int]) -> tuple[ReturnView, ...]:
    """The returns of some orders, oldest first."""
    return _read(reader, Return.order_id.in_(order_ids)) if order_ids else ()


def _read(reader: Reader, where: ColumnElement[bool]) -> tuple[ReturnView, ...]:
    """Two queries, however many there are."""
    rows = reader.execute(select(*_COLUMNS).where(where).order_by(Return.id)).all()
    lines: dict[int, list[ReturnLineView]] = {row.id: [] for row in rows}
    if rows:
        found = reader.execute(
            select(
                ReturnLine.return_id,
                ReturnLine.order_line_id,
                ReturnLine.quantity,
                ReturnLine.reason,
                ReturnLine.received,
                ReturnLine.disposition,
            )
            .where(ReturnLine.return_id.in_(lines))
            .order_by(ReturnLine.return_id, ReturnLine.order_line_id)
        )
        for return_id, line, quantity, reason, received, disposition in found:
            lines[return_id].append(ReturnLineView(line, quantity, reason, received, disposition))
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
            row.decision_note,
            row.received_by,
            row.received_at,
            row.version,
            tuple(lines[row.id]),
        )
        for row in rows
    )


_COLUMNS: Final[tuple[Any, ...]] = (
    Return.id,
    Return.number,
    Return.order_id,
    Return.state,
    Return.channel,
    Return.refund_minor,
    Return.fee_minor,
    Return.currency,
    Return.refund_method_id,
    Return.referred_by_rule,
    Return.requested_by,
    Return.requested_at,
    Return.decided_by,
    Return.decided_at,
    Return.decision_note,
    Return.received_by,
    Return.received_at,
    Return.version,
)
