"""Telling customers of their orders: received, held, changed, called off, waiting for stock."""

from dataclasses import dataclass
from typing import Final

from cases.portal.links import WaitingLinks
from notifications import rules
from notifications.teller import Teller, is_news, items, named
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.orders.events import (
    OrderCancelled,
    OrderChangeClosed,
    OrderChanged,
    OrderHeld,
    OrderLinesCancelled,
    OrderPlaced,
    OrderReleased,
)
from oms_service.orders.states import ChangeKind, HoldReason, OrderState
from oms_service.pickup import queries as pickups
from oms_service.sourcing.events import BackorderFilled
from oms_service.warehouse.events import FulfilmentChanged
from oms_service.warehouse.states import WorkState

#: What customers may know of, and do something about; a check of the house is its own business.
HOLDS: Final = frozenset({HoldReason.PAYMENT, HoldReason.ADDRESS})
#: Why an order is called off that its customer did not ask for.
OURS: Final = frozenset({"not_paid_in_time", "out_of_stock", "fraud"})
#: Told by the end of its pickup, which says more.
TOLD_ELSEWHERE: Final = frozenset({"not_collected"})


@dataclass(frozen=True)
class OfOrders:
    """The reactions."""

    teller: Teller
    waiting: WaitingLinks
    site: str

    def received(self, uow: UnitOfWork, event: OrderPlaced) -> None:
        """What was paid at a counter, or long ago elsewhere, needs no confirmation."""
        pickup = pickups.of_order(uow.session, event.order_id)
        if (pickup is not None and pickup.is_reservation) or not is_news(uow, event.placed_at):
            return
        facts = {
            "amount_minor": event.total_minor,
            "currency": event.currency,
            **items(uow, event.order_id),
        }
        self.teller.of_order(uow, rules.RECEIVED, event.order_id, key=event.order_id, facts=facts)
        if event.is_backordered:
            self._waits(uow, event.order_id)

    def held(self, uow: UnitOfWork, event: OrderHeld) -> None:
        """Unless it is over by the time this is heard."""
        is_so = HoldReason(event.reason) in orders.open_holds(uow.session, event.order_id)
        if is_so and event.reason == HoldReason.ADDRESS:
            self._of_hold(uow, rules.HELD, event.order_id, event.reason)

    def released(self, uow: UnitOfWork, event: OrderReleased) -> None:
        """Only what was told to wait is told to go on."""
        if event.reason == HoldReason.ADDRESS and not event.is_held:
            self._of_hold(uow, rules.RELEASED, event.order_id, event.reason)

    def cancelled(self, uow: UnitOfWork, event: OrderCancelled) -> None:
        if event.reason in TOLD_ELSEWHERE:
            return
        rule = rules.CANCELLED_BY_US if event.reason in OURS else rules.CANCELLED
        facts = {"why": event.reason, **items(uow, event.order_id)}
        self.teller.of_order(uow, rule, event.order_id, key=event.order_id, facts=facts)

    def partly_cancelled(self, uow: UnitOfWork, event: OrderLinesCancelled) -> None:
        facts = {"units": event.units}
        self.teller.of_order(
            uow, rules.PARTLY_CANCELLED, event.order_id, key=event.change_id, facts=facts
        )

    def changed(self, uow: UnitOfWork, event: OrderChanged) -> None:
        """What was called off has notices of its own."""
        if event.kind == ChangeKind.CANCEL:
            return
        facts = {
            "what": f"change.{event.kind}",
            "settled_minor": event.settled_minor,
            "currency": event.currency,
        }
        self.teller.of_order(uow, rules.CHANGED, event.order_id, key=event.change_id, facts=facts)

    def not_changed(self, uow: UnitOfWork, event: OrderChangeClosed) -> None:
        """Only what a colleague turned down: what nobody confirmed is nothing new."""
        if event.state == "declined":
            self.teller.of_order(uow, rules.CHANGE_DECLINED, event.order_id, key=event.change_id)

    def preparing(self, uow: UnitOfWork, event: FulfilmentChanged) -> None:
        if event.state == WorkState.IN_PROGRESS:
            facts = items(uow, event.order_id)
            self.teller.of_order(
                uow, rules.PREPARING, event.order_id, key=event.fulfilment_id, facts=facts
            )

    def came(self, uow: UnitOfWork, event: BackorderFilled) -> None:
        """The goods that were waited for, named by what came."""
        lines = [
            line
            for line in orders.lines(uow.session, event.order_id)
            if line.variant_id == event.variant_id
        ]
        facts = named(lines)
        key = f"{event.order_id}:{event.decision_id}:{event.variant_id}"
        self.teller.of_order(
            uow, rules.STOCK_CAME, event.order_id, key=key, facts=facts, of=event.order_id
        )

    def _of_hold(self, uow: UnitOfWork, rule: rules.Rule, order_id: int, reason: str) -> None:
        order = orders.by_id(uow.session, order_id)
        if order.order_state is OrderState.CANCELLED:
            return
        facts = {"why": reason, **items(uow, order_id)}
        key = f"{order_id}:{uow.causation_id}"
        self.teller.of_order(uow, rule, order_id, key=key, facts=facts, of=order_id)

    def _waits(self, uow: UnitOfWork, order_id: int) -> None:
        lines = [one for one in orders.lines(uow.session, order_id) if one.counters.backordered]
        if not lines:
            return
        order = orders.by_id(uow.session, order_id)
        days = [line.ships_by for line in lines]
        known = [day for day in days if day is not None]
        facts = {
            **named(lines),
            "leaves_by": max(known).isoformat() if len(known) == len(days) else None,
            "link": self.site.rstrip("/") + self.waiting.path(order.id, order.customer_id),
        }
        self.teller.of_order(
            uow, rules.BACKORDERED, order_id, key=order_id, facts=facts, of=order_id
        )
