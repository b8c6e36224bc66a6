"""Writing orders: placing their rows, moving their units, holding them, deriving their state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import Integer, bindparam, delete, exists, func, insert, select, update

from oms_service.infra import locks
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import text
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language, Words
from oms_service.orders import policy
from oms_service.orders.events import OrderCompleted
from oms_service.orders.models import Hold, Order, OrderLine, OrderLog, OrderTax
from oms_service.orders.policy import COUNTERS, Counters, States, Sums
from oms_service.orders.queries import ORDER_COLUMNS, OrderView, order_of
from oms_service.orders.states import FulfilmentState, HoldReason, OrderState, PaymentState

#: Numbers of our own begin above this, clear of those that other systems gave.
FIRST_OWN_NUMBER: Final = 100_000
_NEXT: Final = select(func.nextval(func.pg_get_serial_sequence("orders", "id")).label("id")).cte(
    "next", nesting=True
)


def _identity(order_id: int, is_taken: bool) -> tuple[int, bool]:  # noqa: FBT001 - a row's columns
    return order_id, is_taken


#: The next id, and whether the number we would give it is taken already.
_NEXT_ID: Final = Hot(
    select(
        _NEXT.c.id,
        exists().where(Order.number_key == func.concat("A", _NEXT.c.id + FIRST_OWN_NUMBER)),
    ),
    _identity,
)
#: The next id, and whether the number that was given is taken already.
_NEXT_ID_BESIDE: Final = Hot(
    select(_NEXT.c.id, exists().where(Order.number_key == bindparam("number_key"))), _identity
)
_OF_REFERENCE: Final = Hot(
    select(Order.id).where(
        Order.channel_id == bindparam("channel_id"),
        Order.external_ref == bindparam("external_ref"),
    ),
    value,
)
_WRITE: Final = Hot(
    insert(Order),
    tuple,
    columns=(
        "id",
        "number",
        "number_key",
        "digits_key",
        "channel_id",
        "external_ref",
        "content_key",
        "customer_id",
        "language",
        "currency",
        "placed_at",
        "created_at",
        "ship_to",
        "mail_key",
        "phone_key",
        "postal_key",
        "pickup_location_id",
        "deliver_on",
        "delivery_window",
        "items_minor",
        "discount_minor",
        "shipping_minor",
        "tax_minor",
        "total_minor",
        "is_draft",
        "order_state",
        "payment_state",
        "fulfilment_state",
    ),
)
_WRITE_LINE: Final = Hot(
    insert(OrderLine).returning(OrderLine.id),
    value,
    columns=(
        "order_id",
        "position",
        "variant_id",
        "sku",
        "name",
        "options",
        "unit_price_minor",
        "discount_minor",
        "tax_rate_bp",
        "ordered",
        "origin",
        "replaces_line_id",
    ),
)
_WRITE_TAX: Final = Hot(
    insert(OrderTax), tuple, columns=("order_id", "rate_bp", "taxable_minor", "tax_minor")
)
_WRITE_LOG: Final = Hot(
    insert(OrderLog), tuple, columns=("order_id", "kind", "at", "actor", "channel", "data")
)


_BEGIN: Final = Hot(
    update(Order)
    .where(Order.id == bindparam("order_id"))
    .values(
        order_state=bindparam("order"),
        payment_state=bindparam("payment"),
        fulfilment_state=bindparam("fulfilment"),
    )
    .returning(*ORDER_COLUMNS),
    order_of,
)
#: Changes of a line's counters; those that do not change are changed by nothing.
_MOVE: Final = Hot(
    update(OrderLine)
    .where(OrderLine.id == bindparam("line"), OrderLine.order_id == bindparam("of_order"))
    .values(
        {
            name: getattr(OrderLine, name) + bindparam(f"{name}_by", type_=Integer)
            for name in COUNTERS[1:]
        }
    )
    .returning(OrderLine.id),
    value,
)
_UNMOVED: Final = {f"{name}_by": 0 for name in COUNTERS[1:]}


class NumberTaken(DomainError):
    """Another order has this number."""

    code: ClassVar[str] = "order-number-taken"


@dataclass(frozen=True, kw_only=True)
class NewLine:
    """One line as sold; the position is its place in the order.

    ``replaces_line_id`` names the line whose units it takes the place of, if any.
    """

    variant_id: int
    sku: str
    name: Words
    options: Mapping[str, str]
    unit_price_minor: int
    tax_rate_bp: int
    ordered: int
    discount_minor: int = 0
    replaces_line_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewTotals:
    """The money of an order as its row keeps it, in minor units of the order's currency."""

    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True)
class NewTax:
    """What is taxed at one rate, in basis points, and the tax; minor units."""

    rate_bp: int
    taxable_minor: int
    tax_minor: int


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """An order as its rows will say it, with prices and tax settled.

    ``taxes`` add up to ``tax_minor``; without them nothing is said of rates. A draft is not
    placed: its ``placed_at`` is empty.
    """

    number: str | None
    channel_id: int
    external_ref: str
    customer_id: int
    language: Language
    currency: str
    placed_at: datetime | None
    lines: Sequence[NewLine]
    items_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    ship_to: Mapping[str, Any] | None = None
    mail: str = ""
    phone: str = ""
    pickup_location_id: int | None = None
    deliver_on: date | None = None
    delivery_window: str = ""
    taxes: Sequence[NewTax] = ()
    content_key: str = ""
    is_draft: bool = False


@dataclass(frozen=True)
class Written:
    """The rows of an order: its id, and the ids of its lines in their order."""

    order_id: int
    line_ids: tuple[int, ...]
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Units:
    """How the counters of one line change: ``Units(line_id=7, changes={"allocated": 2})``."""

    line_id: int
    changes: Mapping[str, int] = field(hash=False)


def write(uow: UnitOfWork, new: NewOrder) -> Written:
    """The rows of an order, once for each (channel, external reference).

    Whoever comes second with the same reference waits for the first and gets its order.

    Raises:
        NumberTaken: the number is that of another order.
        Invalid: an order without lines, or without a digit in its number.
    """
    if not new.lines:
        raise Invalid("an order needs a line", {"lines": "is empty"})
    known = claim_reference(uow, new.channel_id, new.external_ref)
    if known is not None:
        return Written(known, _line_ids(uow, known), is_new=False)
    return write_claimed(uow, new)


def claim_reference(uow: UnitOfWork, channel_id: int, external_ref: str) -> int | None:
    """Keep others from a channel's reference until the end; the id of the order that has it."""
    locks.a_name(uow.session, f"order {channel_id} {external_ref}")
    return _OF_REFERENCE.first(uow.session, channel_id=channel_id, external_ref=external_ref)


def write_claimed(uow: UnitOfWork, new: NewOrder) -> Written:
    """The same for a reference that ``claim_reference`` found free in this transaction."""
    order_id, number = _identify(uow, new.number)
    _WRITE.run(
        uow.session,
        id=order_id,
        number=number,
        number_key=text.order_key(number),
        digits_key=text.digits_key(number),
        channel_id=new.channel_id,
        external_ref=new.external_ref,
        content_key=new.content_key,
        customer_id=new.customer_id,
        language=new.language,
        currency=new.currency,
        placed_at=new.placed_at,
        created_at=uow.now,
        ship_to=dict(new.ship_to) if new.ship_to else None,
        mail_key=text.mail_key(new.mail),
        phone_key=text.phone_key(new.phone),
        postal_key=text.postal_key(str((new.ship_to or {}).get("postal_code", ""))),
        pickup_location_id=new.pickup_location_id,
        deliver_on=new.deliver_on,
        delivery_window=new.delivery_window,
        items_minor=new.items_minor,
        discount_minor=new.discount_minor,
        shipping_minor=new.shipping_minor,
        tax_minor=new.tax_minor,
        total_minor=new.total_minor,
        is_draft=new.is_draft,
        order_state=OrderState.DRAFT if new.is_draft else OrderState.PLACED,
        payment_state=PaymentState.UNPAID,
        fulfilment_state=FulfilmentState.UNALLOCATED,
    )
    return Written(order_id, write_lines(uow, order_id, new), is_new=True)


def write_lines(uow: UnitOfWork, order_id: int, new: NewOrder) -> tuple[int, ...]:
    """The lines and taxes of an order that has none yet; returns the lines' ids."""
    line_ids = _add_lines(uow, order_id, new.lines)
    write_taxes(uow, order_id, new.taxes)
    return line_ids


def write_taxes(uow: UnitOfWork, order_id: int, taxes: Sequence[NewTax]) -> None:
    """What a new order is taxed at each rate."""
    _WRITE_TAX.each(
        uow.session,
        [
            {
                "order_id": order_id,
                "rate_bp": one.rate_bp,
                "taxable_minor": one.taxable_minor,
                "tax_minor": one.tax_minor,
            }
            for one in taxes
        ],
    )


def replace_taxes(uow: UnitOfWork, order_id: int, taxes: Sequence[NewTax]) -> None:
    """What an order is taxed at each rate from now on; the order must be held."""
    uow.session.flush()
    uow.session.execute(
        delete(OrderTax)
        .where(OrderTax.order_id == order_id)
        .execution_options(synchronize_session=False)
    )
    write_taxes(uow, order_id, taxes)


def begin(
    uow: UnitOfWork,
    order_id: int,
    counters: Sequence[Counters],
    sums: Sums,
    *,
    total_minor: int,
    is_held: bool,
) -> OrderView:
    """Write down the state of an order that this transaction wrote, without reading it again.

    Args:
        uow: the transaction.
        order_id: the order that was written.
        counters: of each of its lines.
        sums: what its payments ledger adds up to.
        total_minor: what it costs, in minor units of its currency.
        is_held: whether it was put on hold.
    """
    states = policy.derive(counters, sums, total_minor=total_minor, is_held=is_held)
    uow.touch(f"order:{order_id}")
    return _BEGIN.one(
        uow.session,
        order_id=order_id,
        order=states.order,
        payment=states.payment,
        fulfilment=states.fulfilment,
    )


def give_days(uow: UnitOfWork, order_id: int, days: Mapping[int, date | None]) -> None:
    """Say by which day the waiting units of lines are to leave; the order must be held."""
    for line_id, day in sorted(days.items()):
        uow.session.execute(
            update(OrderLine)
            .where(OrderLine.id == line_id, OrderLine.order_id == order_id)
            .values(ships_by=day)
            .execution_options(synchronize_session=False)
        )


def hold_against_others(uow: UnitOfWork, order_id: int) -> Order:
    """The order's row, locked: everything of the order changes under it.

    Raises:
        NotFound: no such order.
    """
    return locks.one(uow.session, Order, order_id)


def hold_those_free(uow: UnitOfWork, order_ids: Collection[int]) -> frozenset[int]:
    """Hold those of these orders that nobody else holds, without waiting; returns which."""
    query = select(Order.id).where(Order.id.in_(order_ids)).order_by(Order.id)
    return frozenset(uow.session.scalars(query.with_for_update(skip_locked=True)))


def add_lines(
    uow: UnitOfWork, order_id: int, lines: Sequence[NewLine], *, origin: str
) -> tuple[int, ...]:
    """Further lines of an order that stands, behind those it has; returns their ids.

    The order must be held. The caller promises their units and calls
    ``placement.totals.retotal``, since they cost money. Not safe to repeat on its own: whoever
    calls it knows from a key whether it was done.

    Args:
        uow: the transaction.
        order_id: which order.
        lines: at least one; each with at least one unit.
        origin: what brought them, such as ``change:12`` or ``exchange:5``.

    Raises:
        Invalid: no lines, or a line that replaces one of another order.
    """
    if not lines:
        raise Invalid("there is nothing to add", {"lines": "is empty"})
    last = uow.session.scalar(
        select(func.max(OrderLine.position)).where(OrderLine.order_id == order_id)
    )
    own = set(_line_ids(uow, order_id))
    if any(line.replaces_line_id not in own | {None} for line in lines):
        raise Invalid("a line may replace one of its order", {"lines": "are of another order"})
    _add_lines(uow, order_id, lines, first=(last or 0) + 1, origin=origin)
    return tuple(line_id for line_id in _line_ids(uow, order_id) if line_id not in own)


def retotal(uow: UnitOfWork, order_id: int, new: NewTotals) -> None:
    """Write down what an order costs now; the order must be held. Rederive afterwards.

    ``placement.totals.retotal`` adds up; this only writes.
    """
    row = hold_against_others(uow, order_id)
    row.items_minor = new.items_minor
    row.discount_minor = new.discount_minor
    row.shipping_minor = new.shipping_minor
    row.tax_minor = new.tax_minor
    row.total_minor = new.total_minor
    uow.session.flush()


def move_units(uow: UnitOfWork, order_id: int, units: Sequence[Units]) -> None:
    """Change line counters; the CHECKs of the table refuse what cannot be.

    The order must be held. Call ``payments.service.rederive`` once all of them are changed.
    """
    for one in sorted(units, key=lambda unit: unit.line_id):
        unknown = set(one.changes) - set(COUNTERS[1:])
        if unknown:
            raise ValueError(f"no counters {sorted(unknown)}")
        changes = {f"{name}_by": by for name, by in one.changes.items() if by}
        if not changes:
            continue
        changed = _MOVE.first(
            uow.session, line=one.line_id, of_order=order_id, **(_UNMOVED | changes)
        )
        if changed is None:
            raise Invalid("this order has no such line", {"lines": "is of another order"})


def rederive(uow: UnitOfWork, order_id: int, sums: Sums) -> States:
    """Write down what state the order is in now; the only writer of the state columns.

    The order must be held. Completion is told once, when it is reached.
    """
    row = hold_against_others(uow, order_id)
    held = uow.session.scalar(
        select(Hold.id).where(Hold.order_id == order_id, Hold.released_at.is_(None)).limit(1)
    )
    states = policy.derive(
        counters_of(uow, order_id),
        sums,
        total_minor=row.total_minor,
        is_draft=row.is_draft,
        is_held=held is not None,
    )
    was_open = row.order_state is not OrderState.COMPLETED
    row.order_state, row.payment_state, row.fulfilment_state = (
        states.order,
        states.payment,
        states.fulfilment,
    )
    row.version += 1
    if was_open and states.order is OrderState.COMPLETED:
        note(uow, order_id, "completed")
        uow.emit(OrderCompleted(order_id=order_id))
    uow.session.flush()
    uow.touch(f"order:{order_id}")
    return states


def counters_of(uow: UnitOfWork, order_id: int) -> list[Counters]:
    """Every line's counters, as they are in this transaction."""
    uow.session.flush()
    query = select(*(getattr(OrderLine, name) for name in COUNTERS)).where(
        OrderLine.order_id == order_id
    )
    return [Counters(**row._mapping) for row in uow.session.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def note(
    uow: UnitOfWork,
    order_id: int,
    kind: str,
    data: Mapping[str, Any] | None = None,
    *,
    channel: str = "",
    at: datetime | None = None,
) -> None:
    """A line in the order's log, for what no other ledger tells; ids, codes and amounts only."""
    _WRITE_LOG.run(
        uow.session,
        order_id=order_id,
        kind=kind,
        at=at or uow.now,
        actor=uow.actor.ref,
        channel=channel,
        data=dict(data or {}),
    )


def send_elsewhere(uow: UnitOfWork, order_id: int, ship_to: Mapping[str, Any]) -> None:
    """The order goes to another address, of the parts that ``NewOrder`` has; it must be held."""
    row = hold_against_others(uow, order_id)
    row.ship_to = dict(ship_to)
    row.postal_key = text.postal_key(str(ship_to.get("postal_code", "")))
    uow.session.flush()


def give_speed(uow: UnitOfWork, order_id: int, speed: str) -> None:
    """The kind of delivery the customer pays for, as a code; the order must be held."""
    hold_against_others(uow, order_id).speed = speed
    uow.session.flush()


def wish_delivery(uow: UnitOfWork, order_id: int, deliver_on: date | None, window: str) -> None:
    """When the customer wishes it to arrive: None and empty for any time; the order must be held.

    Args:
        uow: the transaction.
        order_id: which.
        deliver_on: the day, at its destination.
        window: the hours, as ``1416``.
    """
    row = hold_against_others(uow, order_id)
    row.deliver_on, row.delivery_window = deliver_on, window
    row.version += 1
    uow.session.flush()


def give_cancel_reason(uow: UnitOfWork, order_id: int, reason: str) -> None:
    """Why the order was called off, as a code; the order must be held."""
    hold_against_others(uow, order_id).cancel_reason = reason


def put_on_hold(uow: UnitOfWork, order_id: int, reason: HoldReason, *, rule: str = "") -> bool:
    """Make an order wait; False when it waits for that reason already. Rederive afterwards.

    ``rule`` is the code of the rule that asked for it, empty where a person did.
    """
    hold_against_others(uow, order_id)
    if _open_hold(uow, order_id, reason) is not None:
        return False
    begin_hold(uow, order_id, reason, rule=rule)
    uow.session.flush()
    return True


def begin_hold(uow: UnitOfWork, order_id: int, reason: HoldReason, *, rule: str = "") -> None:
    """The rows of a hold that the order does not have yet."""
    uow.session.add(Hold(order_id=order_id, reason=reason, held_at=uow.now, held_by=uow.actor.ref))
    note(uow, order_id, "held", {"reason": reason} | ({"rule": rule} if rule else {}))


def release_hold(uow: UnitOfWork, order_id: int, reason: HoldReason) -> bool:
    """Let an order go on; False when it does not wait for that reason. Rederive afterwards."""
    hold_against_others(uow, order_id)
    row = _open_hold(uow, order_id, reason)
    if row is None:
        return False
    row.released_at, row.released_by = uow.now, uow.actor.ref
    note(uow, order_id, "released", {"reason": reason})
    uow.session.flush()
    return True


def held_by_rule(uow: UnitOfWork, order_id: int) -> dict[HoldReason, str]:
    """The open holds that rules put on, with the code of each rule; the order must be held."""
    held = select(Hold.reason).where(Hold.order_id == order_id, Hold.released_at.is_(None))
    open_reasons = set(uow.session.scalars(held))
    log = (
        select(OrderLog.data)
        .where(OrderLog.order_id == order_id, OrderLog.kind == "held")
        .order_by(OrderLog.id)
    )
    newest = {data["reason"]: data.get("rule", "") for data in uow.session.scalars(log)}
    return {reason: rule for reason in open_reasons if (rule := newest.get(reason, ""))}


def _open_hold(uow: UnitOfWork, order_id: int, reason: HoldReason) -> Hold | None:
    return uow.session.scalar(
        select(Hold).where(
            Hold.order_id == order_id, Hold.reason == reason, Hold.released_at.is_(None)
        )
    )


def _identify(uow: UnitOfWork, wanted: str | None) -> tuple[int, str]:
    """A new order's id, and its number: as the channel gave it, or one that nobody has."""
    if wanted is not None:
        if not text.digits_key(wanted):
            raise Invalid("an order number needs a digit", {"number": "has no digit"})
        order_id, is_taken = _NEXT_ID_BESIDE.one(uow.session, number_key=text.order_key(wanted))
        if is_taken:
            raise NumberTaken("another order has this number")
        return order_id, wanted
    order_id, is_taken = _NEXT_ID.one(uow.session)
    ours = f"A-{FIRST_OWN_NUMBER + order_id}"
    return order_id, f"{ours}-{order_id}" if is_taken else ours


def _add_lines(
    uow: UnitOfWork,
    order_id: int,
    lines: Sequence[NewLine],
    *,
    first: int = 1,
    origin: str = "",
) -> tuple[int, ...]:
    rows = [
        {
            "order_id": order_id,
            "position": position,
            "variant_id": line.variant_id,
            "sku": line.sku,
            "name": line.name,
            "options": dict(line.options),
            "unit_price_minor": line.unit_price_minor,
            "discount_minor": line.discount_minor,
            "tax_rate_bp": line.tax_rate_bp,
            "ordered": line.ordered,
            "origin": origin,
            "replaces_line_id": line.replaces_line_id,
        }
        for position, line in enumerate(lines, start=first)
    ]
    return tuple(_WRITE_LINE.each(uow.session, rows))


def _line_ids(uow: UnitOfWork, order_id: int) -> tuple[int, ...]:
    query = select(OrderLine.id).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    return tuple(uow.session.scalars(query))
