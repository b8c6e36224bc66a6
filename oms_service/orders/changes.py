"""Changes of placed orders as rows: what was wished, what it would bring, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, Row, bindparam, func, null, select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.hot import named
from oms_service.infra.once import once
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.kernel.money import Money
from oms_service.orders.models import Order, OrderChange
from oms_service.orders.states import CHANGE, ChangeAction, ChangeKind, ChangeState

Reader = Session | Connection

#: The same words for a change that does not exist and for one of another order.
_UNKNOWN: Final = "no such change"


class ChangeDecided(DomainError):
    """Somebody has decided about it already; ``change`` says who and how."""

    code: ClassVar[str] = "change-decided"

    def __init__(self, change: "ChangeView") -> None:
        super().__init__(f"this change is {change.state} already")
        self.change = change


@dataclass(frozen=True)
class ChangeView:
    """One change of an order, without its addresses.

    ``position`` counts the changes of the order from 1: with the order's number it is what people
    call it. ``settled`` is above nothing where money was taken, below where it goes back.
    """

    id: int
    order_id: int
    position: int
    kind: ChangeKind
    state: ChangeState
    channel: str
    reason: str
    wish: Mapping[str, Any] = field(hash=False)
    method_id: int | None
    before: Money
    after: Money
    settled: Money
    digest: str
    referred_by_rule: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state is ChangeState.PROPOSED


@dataclass(frozen=True, kw_only=True)
class NewChange:
    """A change to write down; amounts in minor units of the order's currency."""

    order_id: int
    kind: ChangeKind
    channel: str
    wish: Mapping[str, Any] = field(hash=False)
    key: str
    digest: str
    before_minor: int
    after_minor: int
    reason: str = ""
    method_id: int | None = None
    address: Mapping[str, Any] | None = field(default=None, hash=False)
    referred_by_rule: str = ""
    expires_at: datetime | None = None


def propose(uow: UnitOfWork, new: NewChange) -> ChangeView:
    """Write a change down as proposed; the order must be held, and the key not be used yet."""
    last = uow.session.scalar(
        select(func.max(OrderChange.position)).where(OrderChange.order_id == new.order_id)
    )
    row = OrderChange(
        order_id=new.order_id,
        position=(last or 0) + 1,
        kind=new.kind,
        state=ChangeState.PROPOSED,
        channel=new.channel,
        reason=new.reason,
        wish=dict(new.wish),
        address=dict(new.address) if new.address else null(),
        address_before=null(),
        method_id=new.method_id,
        before_minor=new.before_minor,
        after_minor=new.after_minor,
        settled_minor=0,
        digest=new.digest,
        referred_by_rule=new.referred_by_rule,
        requested_by=uow.actor.ref,
        requested_at=uow.now,
        expires_at=new.expires_at,
        key=new.key,
    )
    uow.session.add(row)
    uow.session.flush()
    return by_id(uow.session, row.id)


def decide(
    uow: UnitOfWork,
    change_id: int,
    action: ChangeAction,
    *,
    settled_minor: int = 0,
    address_before: Mapping[str, Any] | None = None,
) -> ChangeView:
    """Bring a proposed change to its end; the order must be held.

    Raises:
        NotFound: no such change.
        ChangeDecided: it has come to an end already.
    """
    row = locks.one(uow.session, OrderChange, change_id)
    if row.state is not ChangeState.PROPOSED:
        raise ChangeDecided(by_id(uow.session, change_id))
    row.state = CHANGE.after(row.state, action)
    row.decided_by, row.decided_at = uow.actor.ref, uow.now
    row.settled_minor = settled_minor
    if address_before:
        row.address_before = dict(address_before)
    uow.session.flush()
    return by_id(uow.session, change_id)


def by_id(reader: Reader, change_id: int) -> ChangeView:
    """One change.

    Raises:
        NotFound: there is none.
    """
    return _the_one(reader, OrderChange.id == change_id)


def of_order_at(reader: Reader, order_id: int, position: int) -> ChangeView:
    """The change of an order at that position.

    Raises:
        NotFound: there is none.
    """
    return _the_one(reader, (OrderChange.order_id == order_id) & (OrderChange.position == position))


def by_key(reader: Reader, key: str) -> ChangeView | None:
    """The change asked for under a key, if it was."""
    row = reader.execute(_query().where(OrderChange.key == key)).one_or_none()
    return _view(row) if row else None


@once
def of_order(reader: Reader, order_id: int) -> tuple[ChangeView, ...]:
    """Every change of an order, oldest first."""
    return tuple(_view(row) for row in _OF_ORDER.all(reader, order_id=order_id))


@once
def confirmed_kinds(reader: Reader, order_id: int) -> tuple[ChangeKind, ...]:
    """What was changed of an order so far, in its order."""
    return tuple(
        one.kind for one in of_order(reader, order_id) if one.state is ChangeState.CONFIRMED
    )


def wanted_address(reader: Reader, change_id: int) -> Mapping[str, Any] | None:
    """Where a change would send the order; personal. None where it has no address any more."""
    query = select(OrderChange.address).where(OrderChange.id == change_id)
    return reader.execute(query).scalar_one_or_none()


def run_out(reader: Reader, *, now: datetime, limit: int) -> tuple[int, ...]:
    """Proposed changes whose time is over, the oldest first."""
    query = (
        select(OrderChange.id)
        .where(OrderChange.state == ChangeState.PROPOSED, OrderChange.expires_at <= now)
        .order_by(OrderChange.expires_at, OrderChange.id)
        .limit(limit)
    )
    return tuple(reader.execute(query).scalars())


_COLUMNS: Final = (
    OrderChange.id,
    OrderChange.order_id,
    OrderChange.position,
    OrderChange.kind,
    OrderChange.state,
    OrderChange.channel,
    OrderChange.reason,
    OrderChange.wish,
    OrderChange.method_id,
    OrderChange.before_minor,
    OrderChange.after_minor,
    OrderChange.settled_minor,
    OrderChange.digest,
    OrderChange.referred_by_rule,
    OrderChange.requested_by,
    OrderChange.requested_at,
    OrderChange.expires_at,
    OrderChange.decided_by,
    OrderChange.decided_at,
    Order.currency,
)


def _query() -> Any:
    return select(*_COLUMNS).join(Order, Order.id == OrderChange.order_id)


#: Asked for on every page of an order and of a case.
_OF_ORDER: Final = named(
    _query().where(OrderChange.order_id == bindparam("order_id")).order_by(OrderChange.position)
)


def _the_one(reader: Reader, where: Any) -> ChangeView:
    row = reader.execute(_query().where(where)).one_or_none()
    if row is None:
        raise NotFound(_UNKNOWN)
    return _view(row)


def _view(row: Row[*tuple[Any, ...]]) -> ChangeView:
    return ChangeView(
        row.id,
        row.order_id,
        row.position,
        row.kind,
        row.state,
        row.channel,
        row.reason,
        row.wish,
        row.method_id,
        Money(row.before_minor, row.currency),
        Money(row.after_minor, row.currency),
        Money(row.settled_minor, row.currency),
        row.digest,
        row.referred_by_rule,
        row.requested_by,
        row.requested_at,
        row.expires_at,
        row.decided_by,
        row.decided_at,
    )
