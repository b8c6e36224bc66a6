"""Telling customers of goods that they fetch in a shop: ready, kept how long, kept no more."""

from dataclasses import dataclass
from typing import Any

from notifications import rules, service
from notifications.service import Told
from notifications.teller import Teller, items
from oms_service.catalog import queries as catalog
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.languages import Language
from oms_service.pickup import queries as pickups
from oms_service.pickup.events import (
    AboutEnd,
    PickupCancelled,
    PickupExpired,
    PickupExtended,
    PickupReady,
    PickupReminderDue,
)
from oms_service.pickup.queries import PickupView
from oms_service.pickup.states import PickupState


@dataclass(frozen=True)
class OfPickups:
    """The reactions. A pickup that has ended by the time this is heard is not waited for."""

    teller: Teller

    def ready(self, uow: UnitOfWork, event: PickupReady) -> None:
        self._waits(uow, rules.PICKUP_READY, event.pickup_id, event.collect_by)

    def reminder(self, uow: UnitOfWork, event: PickupReminderDue) -> None:
        self._waits(uow, rules.PICKUP_REMINDER, event.pickup_id, event.collect_by)

    def extended(self, uow: UnitOfWork, event: PickupExtended) -> None:
        self._waits(uow, rules.PICKUP_EXTENDED, event.pickup_id, event.collect_by)

    def expired(self, uow: UnitOfWork, event: PickupExpired) -> None:
        if event.customer_id is None:
            self._tell(uow, rules.PICKUP_EXPIRED, pickups.by_id(uow.session, event.pickup_id), {})
        else:
            self._of_nothing_left(uow, rules.PICKUP_EXPIRED, event, event.customer_id)

    def cancelled(self, uow: UnitOfWork, event: PickupCancelled) -> None:
        """Only a reservation: an order that is called off is told as such."""
        if event.customer_id is not None:
            self._of_nothing_left(uow, rules.PICKUP_CANCELLED, event, event.customer_id)

    def _of_nothing_left(
        self, uow: UnitOfWork, rule: rules.Rule, event: AboutEnd, customer_id: int
    ) -> None:
        """A reservation has left nothing that could be looked up but what its end says."""
        pickup = pickups.by_id(uow.session, event.pickup_id)
        known = [event.variant_id] if event.variant_id is not None else []
        kept = list(catalog.variants(uow.session, known).values())
        told = Told(
            rule=rule,
            key=f"{rule.template}:{pickup.id}:",
            customer_id=customer_id,
            language=Language(event.language),
            facts={
                "order": event.order_number,
                "code": pickup.shown_code,
                "place": dict(stock.location(uow.session, pickup.location_id).name),
                "first_item": dict(kept[0].name) if kept else {},
                "further_items": event.further_items,
            },
            of=pickup.id,
        )
        service.tell(uow, told, zone=self.teller.zone, stops=self.teller.stops)

    def _waits(self, uow: UnitOfWork, rule: rules.Rule, pickup_id: int, collect_by: str) -> None:
        pickup = pickups.by_id(uow.session, pickup_id)
        if pickup.state is PickupState.READY:
            self._tell(uow, rule, pickup, {"until_at": collect_by})

    def _tell(
        self, uow: UnitOfWork, rule: rules.Rule, pickup: PickupView, more: dict[str, Any]
    ) -> None:
        if pickup.order_id is None:
            return
        facts = {
            "code": pickup.shown_code,
            "place": dict(stock.location(uow.session, pickup.location_id).name),
            **items(uow, pickup.order_id),
            **more,
        }
        key = f"{pickup.id}:{more.get('until_at', '')}"
        self.teller.of_order(uow, rule, pickup.order_id, key=key, facts=facts, of=pickup.id)
