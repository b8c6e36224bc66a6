"""What decisions about changing an order need to know of it, in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from oms_service.operations.money import due
from oms_service.operations.money.due import Standing
from oms_service.operations.placement import totals
from oms_service.operations.placement.totals import Bill
from oms_service.operations.rules import change_rules
from oms_service.operations.rules.change_eligibility import OrderFacts
from oms_service.operations.rules.change_rules import ChangeRules
from oms_service.orders import changes
from oms_service.orders import queries as order_queries
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import OrderState
from oms_service.payments import attempts
from oms_service.payments import policy as payment_policy
from oms_service.payments import queries as payment_queries
from oms_service.payments.policy import Authorization, Paid
from oms_service.payments.queries import MethodView
from oms_service.payments.states import AttemptState
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse.states import BoxState

#: The reason under which money of changes is asked for and given back.
REASON: Final = due.ORDER_CHANGED
#: What has to be paid before the order may be changed again, unless it follows the change.
_WAITED_FOR: Final = frozenset({REASON, due.EXCHANGE, due.PAID_OTHERWISE})


@dataclass(frozen=True)
class Book:
    """All that a decision about changing an order needs; ``held`` is promised and not taken yet."""

    order: OrderView
    lines: Mapping[int, LineView] = field(hash=False)
    bill: Bill
    channel: ChannelView
    policy_id: int | None
    rules: ChangeRules
    facts: OrderFacts
    standing: Standing
    paid: tuple[Paid, ...]
    held: tuple[Authorization, ...]
    methods: Mapping[int, MethodView] = field(hash=False)
    ship_to: Mapping[str, Any] = field(hash=False)
    speed: str
    now: datetime

    def method(self, method_id: int | None) -> MethodView | None:
        """One of the customer's; unknown and somebody else's alike are None."""
        return self.methods.get(method_id or 0)

    @property
    def kept_minor(self) -> int:
        """What the shop has of the customer's money and does not owe back."""
        return payment_policy.refundable(self.paid)

    @property
    def usual_method_id(self) -> int | None:
        """The method that paid most of what is still there, has promised it, or is asked for it."""
        of = self.paid if any(one.left_minor for one in self.paid) else self.held
        known = [one for one in of if one.left_minor and one.method_id is not None]
        if known:
            return max(known, key=lambda one: one.left_minor).method_id
        return next((one.method_id for one in self.standing.asked if one.method_id), None)


def open_book(session: Session, order_id: int, *, now: datetime) -> Book:
    """Read an order with what its channel allows.

    Raises:
        NotFound: no such order.
    """
    order = order_queries.by_id(session, order_id)
    bill = totals.bill(session, order)
    lines = {line.id: line for line in order_queries.lines(session, order_id)}
    channel = sales.channel_by_id(session, order.channel_id)
    policy = sales.policy(session, channel.id, change_rules.CHANGES, at=now)
    boxes = warehouse.boxes_of(session, order_id)
    waiting = {AttemptState.REQUESTED, AttemptState.WAITING}
    asked = attempts.of_order(session, order_id)
    standing = due.standing(session, order_id)
    loose = {one.id for one in standing.loose}
    way = order_queries.way(session, order_id)
    ago = (now - order.placed_at).total_seconds() if order.placed_at else None
    facts = OrderFacts(
        state=order.order_state,
        is_held=order.order_state is OrderState.ON_HOLD,
        lines={line.id: line.counters for line in lines.values()},
        minutes_ago=None if ago is None else int(ago // 60),
        changed=changes.confirmed_kinds(session, order_id),
        has_label=any(box.state is BoxState.LABELLED for box in boxes),
        is_collected=way.pickup_location_id is not None,
        payment_waits=any(
            one.reason in _WAITED_FOR and one.state in waiting and one.id not in loose
            for one in asked
        ),
    )
    return Book(
        order,
        lines,
        bill,
        channel,
        policy.id if policy else None,
        change_rules.read(policy.rules) if policy else change_rules.USUAL,
        facts,
        standing,
        payment_queries.left_by_method(session, order_id),
        payment_queries.authorizations(session, order_id),
        {one.id: one for one in payment_queries.methods(session, order.customer_id)},
        order_queries.destination(session, order_id),
        way.speed,
        now,
    )
