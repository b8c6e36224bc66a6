"""Writing and reading exchanges: what an RMA of that kind sends in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.once import once
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.returns.models import Exchange, ExchangeLine
from oms_service.returns.states import (
    EXCHANGE,
    ExchangeAction,
    ExchangeState,
    Moment,
    NeverBack,
)

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class NewExchangeLine:
    """Units of an order line and the variant in their place; values are for all units."""

    order_line_id: int
    variant_id: int
    quantity: int
    unit_price_minor: int
    old_value_minor: int
    new_value_minor: int


@dataclass(frozen=True, kw_only=True)
class NewExchange:
    return_id: int
    order_id: int
    sends: Moment
    settles: Moment
    never_back: NeverBack
    method_id: int | None
    difference: Money
    lines: Sequence[NewExchangeLine]


@dataclass(frozen=True)
class ExchangeLineView:
    """A pair of an exchange; ``new_line_id`` once the new units are a line of the order."""

    id: int
    order_line_id: int
    variant_id: int
    quantity: int
    unit_price: Money
    old_value: Money
    new_value: Money
    new_line_id: int | None


@dataclass(frozen=True)
class ExchangeView:
    """An exchange with its pairs.

    ``difference`` is what the customer owes, below nothing what the shop does; ``settled`` how
    much of it has been asked for or given back.
    """

    id: int
    return_id: int
    order_id: int
    state: ExchangeState
    sends: Moment
    settles: Moment
    never_back: NeverBack
    method_id: int | None
    difference: Money
    settled: Money
    sent_at: datetime | None
    lines: tuple[ExchangeLineView, ...]


def write(uow: UnitOfWork, new: NewExchange) -> ExchangeView:
    """The rows of an exchange in its first state; its order must be held."""
    row = Exchange(
        return_id=new.return_id,
        order_id=new.order_id,
        state=ExchangeState.REQUESTED,
        sends=new.sends,
        settles=new.settles,
        never_back=new.never_back,
        method_id=new.method_id,
        difference_minor=new.difference.minor,
        settled_minor=0,
        currency=new.difference.currency,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(
        ExchangeLine(
            exchange_id=row.id,
            order_line_id=line.order_line_id,
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            old_value_minor=line.old_value_minor,
            new_value_minor=line.new_value_minor,
        )
        for line in new.lines
    )
    uow.session.flush()
    return by_return(uow.session, new.return_id)


def turn(
    uow: UnitOfWork,
    exchange_id: int,
    action: ExchangeAction,
    *,
    settled: Money | None = None,
    difference: Money | None = None,
) -> None:
    """Move an exchange on; its order must be held.

    Args:
        uow: the transaction.
        exchange_id: which one.
        action: what happens.
        settled: how much of the difference has been asked for or given back by now.
        difference: what it came to, where the order changed since the preview.

    Raises:
        IllegalTransition: its state does not allow that.
    """
    row = locks.one(uow.session, Exchange, exchange_id)
    row.state = EXCHANGE.after(row.state, action)
    if action is ExchangeAction.SEND:
        row.sent_at = uow.now
    if settled is not None:
        row.settled_minor = settled.minor
    if difference is not None:
        row.difference_minor = difference.minor
    uow.session.flush()


def note_settled(uow: UnitOfWork, exchange_id: int, *, settled: Money) -> None:
    """How much of the difference has been asked for or given back by now."""
    locks.one(uow.session, Exchange, exchange_id).settled_minor = settled.minor
    uow.session.flush()


def give_new_lines(uow: UnitOfWork, lines: Mapping[int, int]) -> None:
    """Say which lines of the order send the new units, by line of the exchange."""
    for line_id, new_line_id in sorted(lines.items()):
        uow.session.get_one(ExchangeLine, line_id).new_line_id = new_line_id
    uow.session.flush()


def by_return(reader: Reader, return_id: int) -> ExchangeView:
    """The exchange under a return.

    Raises:
        NotFound: it is a return of another kind, or none.
    """
    found = of_returns(reader, [return_id]).get(return_id)
    if found is None:
        raise NotFound("no such exchange")
    return found


@once
def of_returns(reader: Reader, return_ids: Sequence[int]) -> dict[int, ExchangeView]:
    """The exchanges under some returns, by return; two queries."""
    columns = Exchange.__table__.columns
    rows = reader.execute(
        select(*columns).where(Exchange.return_id.in_(return_ids)).order_by(Exchange.id)
    ).all()
    lines: dict[int, list[ExchangeLineView]] = {row.id: [] for row in rows}
    currencies = {row.id: row.currency for row in rows}
    if rows:
        found = reader.execute(
            select(*ExchangeLine.__table__.columns)
            .where(ExchangeLine.exchange_id.in_(lines))
            .order_by(ExchangeLine.id)
        )
        for line in found:
            currency = currencies[line.exchange_id]
            lines[line.exchange_id].append(
                ExchangeLineView(
                    line.id,
                    line.order_line_id,
                    line.variant_id,
                    line.quantity,
                    Money(line.unit_price_minor, currency),
                    Money(line.old_value_minor, currency),
                    Money(line.new_value_minor, currency),
                    line.new_line_id,
                )
            )
    return {
        row.return_id: ExchangeView(
            row.id,
            row.return_id,
            row.order_id,
            row.state,
            row.sends,
            row.settles,
            row.never_back,
            row.method_id,
            Money(row.difference_minor, row.currency),
            Money(row.settled_minor, row.currency),
            row.sent_at,
            tuple(lines[row.id]),
        )
        for row in rows
    }
